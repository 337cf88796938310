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

static void say(void *arg)
{
	if (write(*(int *)arg, "saved", 5) != 5)
		_exit(1);
}

static void without_memory_the_handler_runs_and_the_process_ends(void **state)
{
	int ends[2], status;
	char text[16] = "";
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		if (dup2(ends[1], STDERR_FILENO) < 0)
			_exit(1);
		xalloc_set_handler(say, &ends[1]);
		failing_allocator_arm(0);
		(void)xmalloc(10);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 71);
	assert_int_equal(read(ends[0], text, 15), 15);
	assert_memory_equal(text, "savedbellwether", 15);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_usable_memory),
		cmocka_unit_test(without_memory_the_handler_runs_and_the_process_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
