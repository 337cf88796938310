/* test_store_records.c - records: what is in force is never lost, what has ended goes in time, and
 * a commit is told when it is one.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/store_builder.h"
#include "support/store_look.h"

static struct store_bed bed;

static int begin(void **state)
{
	(void)state;
	store_bed_begin(&bed);
	return 0;
}

static int begin_open(void **state)
{
	begin(state);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	store_bed_end(&bed);
	return 0;
}

static void reopen(void)
{
	store_bed_close(&bed);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
}

static void put_text(enum store_record_kind kind, uint64_t id, int64_t ended_seconds,
		     const char *text)
{
	const struct store_record record = {
		.kind = kind,
		.id = id,
		.ended = { ended_seconds != 0 ? STORE_NOON_US + ended_seconds * BW_SECOND_US : 0 },
		.text = text,
	};

	store_put_record(bed.store, &record);
}

static void put(enum store_record_kind kind, uint64_t id, int64_t ended_seconds)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"id\":%llu}", (unsigned long long)id);
	put_text(kind, id, ended_seconds, text);
}

/* "3 {...}; 4! {...}; ", with "!" behind those that have ended. */
struct told {
	size_t count;
	char text[4096];
	uint64_t first, last;
	size_t longest;
};

static void tell(void *arg, const struct store_record *record)
{
	struct told *told = arg;
	size_t len = strlen(told->text);

	if (told->count++ == 0)
		told->first = record->id;
	told->last = record->id;
	if (strlen(record->text) > told->longest)
		told->longest = strlen(record->text);
	snprintf(told->text + len, sizeof(told->text) - len, "%llu%s %s; ",
		 (unsigned long long)record->id, record->ended.us != 0 ? "!" : "", record->text);
}

static struct told load(enum store_record_kind kind, size_t ended_max)
{
	struct told told = { 0 };

	store_load_records(bed.store, kind, ended_max, tell, &told);
	return told;
}

static int count_in_file(const char *sql)
{
	return store_look_number(&bed, sql);
}

/* --- what goes in comes out --- */

static void test_records_come_back_by_kind_and_id(void **state)
{
	(void)state;
	put(STORE_RECORD_ALERT, 7, 0);
	put(STORE_RECORD_ALERT, 3, 0);
	put(STORE_RECORD_SILENCE, 3, 0);
	put(STORE_RECORD_ALERT, 5, 20);
	put(STORE_RECORD_ALERT, 4, 10);
	put_text(STORE_RECORD_MESSAGE, 9, 0,
		 "{\"text\":\"'; DROP TABLE record; -- \xe2\x82\xac\"}");
	reopen();
	assert_string_equal(load(STORE_RECORD_ALERT, 9).text,
			    "3 {\"id\":3}; 7 {\"id\":7}; 4! {\"id\":4}; 5! {\"id\":5}; ");
	assert_string_equal(load(STORE_RECORD_SILENCE, 9).text, "3 {\"id\":3}; ");
	assert_string_equal(load(STORE_RECORD_MESSAGE, 9).text,
			    "9 {\"text\":\"'; DROP TABLE record; -- \xe2\x82\xac\"}; ");
}

static void test_the_latest_text_of_a_record_counts(void **state)
{
	(void)state;
	put_text(STORE_RECORD_ALERT, 1, 0, "first");
	put_text(STORE_RECORD_ALERT, 1, 0, "second");
	put_text(STORE_RECORD_ALERT, 2, 0, "in force");
	store_flush(bed.store);
	put_text(STORE_RECORD_ALERT, 1, 0, "third");
	put_text(STORE_RECORD_ALERT, 2, 5, "over");
	reopen();
	assert_string_equal(load(STORE_RECORD_ALERT, 9).text, "1 third; 2! over; ");
}

static void test_only_the_newest_ended_ones_are_read_and_the_highest_number(void **state)
{
	(void)state;
	put(STORE_RECORD_MESSAGE, 1, 30);
	put(STORE_RECORD_MESSAGE, 2, 10);
	put(STORE_RECORD_MESSAGE, 3, 40);
	put(STORE_RECORD_MESSAGE, 4, 20);
	put(STORE_RECORD_MESSAGE, 9, 5);
	reopen();
	assert_string_equal(load(STORE_RECORD_MESSAGE, 2).text,
			    "1! {\"id\":1}; 3! {\"id\":3}; 9! {\"id\":9}; ");
	assert_string_equal(load(STORE_RECORD_MESSAGE, 0).text, "9! {\"id\":9}; ");
	assert_string_equal(load(STORE_RECORD_ALERT, 9).text, "");
}

static void test_a_record_as_long_as_may_be_comes_back_whole(void **state)
{
	char *text = malloc(STORE_RECORD_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', STORE_RECORD_MAX);
	text[STORE_RECORD_MAX] = '\0';
	put_text(STORE_RECORD_SILENCE, 1, 0, text);
	reopen();
	assert_int_equal(load(STORE_RECORD_SILENCE, 1).longest, STORE_RECORD_MAX);
	free(text);
}

static void test_memory_keeps_no_record(void **state)
{
	const struct store_config config = { .history_us = STORE_DAY_US };

	(void)state;
	assert_int_equal(store_open(&config, (struct bw_wall){ 0 }, &bed.store, NULL), BW_OK);
	put(STORE_RECORD_ALERT, 1, 0);
	store_flush(bed.store);
	assert_string_equal(store_bed_status(&bed).trouble, "");
	assert_string_equal(load(STORE_RECORD_ALERT, 1).text, "");
}

/* --- retention --- */

static void test_what_has_ended_goes_with_the_history_and_what_is_in_force_stays(void **state)
{
	(void)state;
	put(STORE_RECORD_ALERT, 1, 0);
	put(STORE_RECORD_ALERT, 2, 10);
	put(STORE_RECORD_MESSAGE, 3, 10);
	put(STORE_RECORD_MESSAGE, 4, 2 * 86400);
	store_flush(bed.store);
	store_bed_append(&bed, "any", INT64_C(2) * 86400 * 1000, NULL);
	put(STORE_RECORD_ALERT, 5, 0);
	reopen();
	assert_string_equal(load(STORE_RECORD_ALERT, 9).text, "1 {\"id\":1}; 5 {\"id\":5}; ");
	assert_string_equal(load(STORE_RECORD_MESSAGE, 9).text, "4! {\"id\":4}; ");
}

static void test_ended_records_are_bounded_in_number(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 12000; id++)
		put(STORE_RECORD_MESSAGE, id, (int64_t)id);
	store_flush(bed.store);
	for (uint64_t id = 12001; id <= 12003; id++) {
		put(STORE_RECORD_MESSAGE, id, (int64_t)id);
		store_flush(bed.store);
	}
	assert_int_equal(count_in_file("SELECT count(*) FROM record WHERE {w}id > 0"), 10000);
	assert_int_equal(count_in_file("SELECT min(id) FROM record WHERE {w}id > 0"), 2004);
}

/* --- commits --- */

struct outcome {
	int calls, failed;
};

static void note(void *arg, enum bw_status status)
{
	struct outcome *outcome = arg;

	outcome->calls++;
	outcome->failed += status != BW_OK;
	assert_true(status == BW_OK || status == BW_EIO);
}

static void await(struct outcome *outcome, int calls)
{
	while (outcome->calls < calls) {
		usleep(200);
		store_dispatch(bed.store);
	}
	assert_int_equal(outcome->calls, calls);
}

static void test_a_commit_is_told_when_the_record_is_in_the_file(void **state)
{
	struct outcome outcome = { 0 };

	(void)state;
	for (int round = 1; round <= 20; round++) {
		put(STORE_RECORD_MESSAGE, (uint64_t)round, 0);
		store_commit(bed.store, note, &outcome);
		assert_int_equal(outcome.calls, round - 1);
		await(&outcome, round);
		assert_int_equal(count_in_file("SELECT count(*) FROM record WHERE {w}id > 0"),
				 round);
	}
	assert_int_equal(outcome.failed, 0);
}

static void test_nothing_to_commit_is_committed(void **state)
{
	struct outcome outcome = { 0 };

	(void)state;
	store_commit(bed.store, note, &outcome);
	await(&outcome, 1);
	assert_int_equal(outcome.failed, 0);
}

static void test_what_is_held_together_is_committed_together(void **state)
{
	struct outcome outcome = { 0 };
	uint64_t before = store_bed_status(&bed).commits;

	(void)state;
	store_hold(bed.store);
	store_hold(bed.store);
	for (uint64_t id = 1; id <= 3000; id++) {
		put(STORE_RECORD_ALERT, id, 0);
		store_commit(bed.store, note, &outcome);
		put(STORE_RECORD_MESSAGE, id, 0);
		if (id == 1) /* a chance for a thread that does not wait for the rest */
			for (int nth = 0; nth < 250 && store_bed_status(&bed).queued > 0; nth++)
				usleep(200);
	}
	store_release(bed.store);
	store_dispatch(bed.store);
	assert_int_equal(outcome.calls, 0);
	store_release(bed.store);
	await(&outcome, 3000);
	assert_int_equal(outcome.failed, 0);
	assert_int_equal(store_bed_status(&bed).commits, before + 1);
	assert_int_equal(count_in_file("SELECT count(*) FROM record WHERE {w}id > 0"), 6000);
}

static void test_memory_commits_too(void **state)
{
	const struct store_config config = { .history_us = STORE_DAY_US };
	struct outcome outcome = { 0 };

	(void)state;
	assert_int_equal(store_open(&config, (struct bw_wall){ 0 }, &bed.store, NULL), BW_OK);
	put(STORE_RECORD_MESSAGE, 1, 0);
	store_commit(bed.store, note, &outcome);
	await(&outcome, 1);
	assert_int_equal(outcome.failed, 0);
}

static void test_a_refusing_disk_is_told_at_once_and_loses_nothing(void **state)
{
	struct outcome outcome = { 0 };
	sqlite3 *other;

	if (store_bed_url() != NULL)
		skip();
	(void)state;
	assert_int_equal(sqlite3_open(bed.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	put_text(STORE_RECORD_MESSAGE, 1, 0, "first");
	store_commit(bed.store, note, &outcome);
	while (store_bed_status(&bed).queued > 0)
		usleep(200);
	put_text(STORE_RECORD_MESSAGE, 1, 0, "second"); /* while the first is being refused */
	await(&outcome, 1);
	assert_int_equal(outcome.failed, 1);
	put_text(STORE_RECORD_MESSAGE, 2, 0, "other");
	store_commit(bed.store, note, &outcome);
	await(&outcome, 2);
	assert_int_equal(outcome.failed, 2);
	assert_int_equal(store_bed_status(&bed).queued, 2);
	store_flush(bed.store);
	assert_int_equal(store_bed_status(&bed).queued, 2);
	assert_int_equal(store_bed_status(&bed).dropped, 0);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	store_flush(bed.store);
	store_commit(bed.store, note, &outcome);
	await(&outcome, 3);
	assert_int_equal(outcome.failed, 2);
	reopen();
	assert_string_equal(load(STORE_RECORD_MESSAGE, 1).text, "1 second; 2 other; ");
}

/* --- a full queue --- */

enum { IN_FORCE = STORE_QUEUE_MAX + 5000 };

static void test_records_in_force_are_never_dropped(void **state)
{
	struct store_bed first;
	struct store_status status;

	(void)state;
	first = bed;
	assert_int_equal(store_bed_open(&bed), BW_EIO);
	for (uint64_t id = 1; id <= IN_FORCE; id++)
		put(STORE_RECORD_ALERT, id, 0);
	for (int i = 0; i < STORE_QUEUE_MAX + 10000; i++)
		store_bed_append(&bed, "a", i, NULL);
	for (uint64_t id = 1; id <= STORE_QUEUE_MAX + 10000; id++)
		put(STORE_RECORD_MESSAGE, id, 10);
	status = store_bed_status(&bed);
	assert_true(status.dropped > 0);
	assert_int_equal(status.queued + status.dropped, IN_FORCE + 2 * (STORE_QUEUE_MAX + 10000));
	store_bed_close(&first);
	store_flush(bed.store);
	assert_int_equal(load(STORE_RECORD_ALERT, 0).count, IN_FORCE);
}

static void test_a_record_that_changes_takes_one_place_in_the_queue(void **state)
{
	struct store_bed first;

	(void)state;
	first = bed;
	assert_int_equal(store_bed_open(&bed), BW_EIO);
	for (int round = 0; round < 200000; round++) {
		put(STORE_RECORD_ALERT, (uint64_t)(round % 5000), 0);
		if (round % 3 == 0)
			put(STORE_RECORD_MESSAGE, (uint64_t)(round % 5000), round % 2);
	}
	assert_in_range(store_bed_status(&bed).queued, 5001, 10000);
	assert_int_equal(store_bed_status(&bed).dropped, 0);
	store_bed_close(&first);
	store_flush(bed.store);
	assert_int_equal(load(STORE_RECORD_ALERT, 0).count, 5000);
}

/* --- closing --- */

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool reached, open;
};

/* As wake, it keeps the store's thread where a hanging disk would. */
static void wait_at_gate(void *arg)
{
	struct gate *gate = arg;

	pthread_mutex_lock(&gate->mutex);
	gate->reached = true;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

static void open_gate(struct gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	gate->open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->mutex);
}

static void test_who_waits_is_told_when_a_hanging_store_is_closed(void **state)
{
	struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	const struct store_config config = {
		.path = store_bed_where(&bed),
		.instance = bed.instance,
		.history_us = STORE_DAY_US,
		.wake = wait_at_gate,
		.wake_arg = &gate,
	};
	struct outcome first = { 0 }, second = { 0 };

	(void)state;
	assert_int_equal(store_open(&config, (struct bw_wall){ STORE_NOON_US }, &bed.store, NULL),
			 BW_OK);
	put(STORE_RECORD_MESSAGE, 1, 0);
	store_commit(bed.store, note, &first);
	pthread_mutex_lock(&gate.mutex);
	while (!gate.reached)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	pthread_mutex_unlock(&gate.mutex);
	put(STORE_RECORD_MESSAGE, 2, 0);
	store_commit(bed.store, note, &second);
	store_close(bed.store, 1000);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.failed, 0);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.failed, 1);

	/* Left to itself the thread writes the rest and lets go of the file. */
	(void)!store_bed_open(&bed);
	open_gate(&gate);
	while (!store_bed_status(&bed).usable)
		store_flush(bed.store);
	assert_int_equal(load(STORE_RECORD_MESSAGE, 0).count, 2);
}

static void test_who_waits_at_a_close_hears_of_its_commit(void **state)
{
	struct outcome outcome = { 0 };

	(void)state;
	put(STORE_RECORD_MESSAGE, 1, 0);
	store_commit(bed.store, note, &outcome);
	store_bed_close(&bed);
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.failed, 0);
}

/* --- kill -9 --- */

struct killed {
	int pipe;
	uint64_t next;
};

/* Tells the parent which record is safe, then stores the next one. */
static void tell_and_go_on(void *arg, enum bw_status status)
{
	struct killed *killed = arg;

	if (status != BW_OK ||
	    write(killed->pipe, &killed->next, sizeof(killed->next)) != sizeof(killed->next))
		_exit(1);
	put(STORE_RECORD_MESSAGE, ++killed->next, 0);
	store_commit(bed.store, tell_and_go_on, killed);
}

static void be_killed(int pipe, uint64_t from)
{
	struct killed killed = { pipe, from };

	if (store_bed_open(&bed) != BW_OK)
		_exit(2);
	store_commit(bed.store, tell_and_go_on, &killed);
	for (;;) {
		usleep(100);
		store_dispatch(bed.store);
	}
}

static uint64_t run_and_kill(uint64_t from, int commits)
{
	uint64_t value = from;
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
	for (int i = 0; i < commits; i++)
		assert_int_equal(read(ends[0], &value, sizeof(value)), sizeof(value));
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(ends[0], &value, sizeof(value)) == sizeof(value))
		continue;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return value;
}

static void test_no_committed_record_is_lost_by_a_kill(void **state)
{
	uint64_t from = 0;

	(void)state;
	for (int round = 0; round < 15; round++) {
		uint64_t committed = run_and_kill(from, round % 5);
		struct told told;

		assert_int_equal(store_bed_open(&bed), BW_OK);
		told = load(STORE_RECORD_MESSAGE, 0);
		assert_true(told.count >= committed);
		assert_int_equal(told.count, told.last);
		from = told.last;
		store_bed_close(&bed);
	}
	assert_true(from >= 15);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, begin_open, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_records_come_back_by_kind_and_id),
		WITH_STORE(test_the_latest_text_of_a_record_counts),
		WITH_STORE(test_only_the_newest_ended_ones_are_read_and_the_highest_number),
		WITH_STORE(test_a_record_as_long_as_may_be_comes_back_whole),
		WITH_FOLDER(test_memory_keeps_no_record),
		WITH_STORE(test_what_has_ended_goes_with_the_history_and_what_is_in_force_stays),
		WITH_STORE(test_ended_records_are_bounded_in_number),
		WITH_STORE(test_a_commit_is_told_when_the_record_is_in_the_file),
		WITH_STORE(test_nothing_to_commit_is_committed),
		WITH_STORE(test_what_is_held_together_is_committed_together),
		WITH_FOLDER(test_memory_commits_too),
		WITH_STORE(test_a_refusing_disk_is_told_at_once_and_loses_nothing),
		WITH_STORE(test_records_in_force_are_never_dropped),
		WITH_STORE(test_a_record_that_changes_takes_one_place_in_the_queue),
		WITH_FOLDER(test_who_waits_is_told_when_a_hanging_store_is_closed),
		WITH_STORE(test_who_waits_at_a_close_hears_of_its_commit),
		WITH_FOLDER(test_no_committed_record_is_lost_by_a_kill),
	};

	return cmocka_run_group_tests_name("store records", tests, NULL, NULL);
}
