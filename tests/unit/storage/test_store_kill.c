/* test_store_kill.c - kill -9 at any moment: what store_flush() returned for is there afterwards,
 * and the file opens as if nothing had been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/store_builder.h"

enum { ROUNDS = 25, ACKNOWLEDGEMENTS_MAX = 12, BURST = 40 };

static struct store_bed bed;

/* Appends without end and tells after each flush how far it came. */
static void be_killed(int pipe, int64_t from)
{
	if (store_bed_open(&bed) != BW_OK)
		_exit(1);
	for (int64_t next = from;;) {
		for (int i = 0; i < BURST; i++)
			store_bed_append(&bed, "database", next++, i % 7 == 0 ? "refused" : NULL);
		store_flush(bed.store);
		if (write(pipe, &next, sizeof(next)) != sizeof(next))
			_exit(2);
	}
}

/* Runs a child until it has acknowledged so many times, then kills it; how far it said it came. */
static int64_t run_and_kill(int64_t from, int acknowledgements)
{
	int64_t acknowledged = from, value;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		be_killed(ends[1], from);
	}
	close(ends[1]);
	for (int i = 0; i < acknowledgements; i++) {
		assert_int_equal(read(ends[0], &value, sizeof(value)), sizeof(value));
		acknowledged = value;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(ends[0], &value, sizeof(value)) == sizeof(value))
		acknowledged = value;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return acknowledged;
}

static void test_nothing_acknowledged_is_lost(void **state)
{
	uint32_t seed = 4711;
	int64_t from = 0;

	store_bed_begin(&bed);
	for (int round = 0; round < ROUNDS; round++) {
		struct store_answer answer;
		int64_t acknowledged;

		seed = seed * 1664525 + 1013904223;
		acknowledged = run_and_kill(from, (int)(seed >> 16) % ACKNOWLEDGEMENTS_MAX);
		assert_int_equal(store_bed_open(&bed), BW_OK);
		assert_string_equal(store_bed_status(&bed).trouble, "");
		answer = store_bed_ask(&bed, "database", 0, INT32_MAX, VIEW_ROWS_MAX);
		assert_false(answer.failed);
		assert_true((int64_t)answer.count >= acknowledged);
		/* Batches are whole: no number is missing below the last. */
		if (answer.count > 0)
			assert_int_equal(answer.last_ms, answer.count - 1);
		from = (int64_t)answer.count;
		store_bed_close(&bed);
	}
	assert_true(from >= ROUNDS * BURST);
	assert_int_equal(store_bed_files(&bed, "bellwether.db.damaged-"), 0);
	store_bed_end(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_acknowledged_is_lost),
	};

	return cmocka_run_group_tests_name("store kill", tests, NULL, NULL);
}
