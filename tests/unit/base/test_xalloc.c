#include "base/xalloc.h"

#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

static void gives_usable_memory(void **state)
{
	char *zeroed = xcalloc(3, 4), *copy = xstrndup("abcdef", 3), *whole = xstrdup("xyz");
	char *grown = xrealloc(xmalloc(0), 100);
	struct bw_arena *arena = bw_arena_create(0);

	assert_memory_equal(zeroed, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	assert_string_equal(copy, "abc");
	assert_string_equal(whole, "xyz");
	memset(grown, 1, 100);
	assert_string_equal(xarena_text(arena, "q"), "q");
	assert_non_null(xarena_alloc(arena, 10));
	bw_arena_destroy(arena);
	free(zeroed);
	free(copy);
	free(whole);
	free(grown);
}

/* What a process that runs `ends` leaves on its standard error, and its exit status. */
static int end_of(void (*ends)(void), char text[16])
{
	int pipe_ends[2], status;
	pid_t child;

	assert_int_equal(pipe(pipe_ends), 0);
	child = fork();
	if (child == 0) {
		if (dup2(pipe_ends[1], STDERR_FILENO) < 0)
			_exit(1);
		ends();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	close(pipe_ends[1]);
	memset(text, 0, 16);
	assert_true(read(pipe_ends[0], text, 15) >= 0);
	close(pipe_ends[0]);
	return WEXITSTATUS(status);
}

static void allocate_without_memory(void)
{
	failing_allocator_arm(0);
	(void)xmalloc(10);
}

static void answer_no_memory(void)
{
	xalloc_must(BW_ENOMEM);
}

static void answer_ok(void)
{
	xalloc_must(BW_OK);
}

static void without_memory_the_process_says_so_and_ends(void **state)
{
	char text[16];

	assert_int_equal(end_of(allocate_without_memory, text), 71);
	assert_string_equal(text, "bellwether: out");
	assert_int_equal(end_of(answer_no_memory, text), 71);
	assert_string_equal(text, "bellwether: out");
	assert_int_equal(end_of(answer_ok, text), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_usable_memory),
		cmocka_unit_test(without_memory_the_process_says_so_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
