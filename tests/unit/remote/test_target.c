/* test_target.c - all samples arrive, once and in order, whatever the other side and this machine
 * do meanwhile; on the fake clock.
 */
#include "target_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "rows.h"

enum { WALKS = 60 };

static struct bed bed;

static int begin(void **state)
{
	(void)state;
	bed_begin(&bed);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bed_end(&bed);
	return 0;
}

static void expect_all_since(int64_t from_ms)
{
	char *expected = bed_expected(&bed, from_ms);
	char *arrived = bed_arrived(&bed);

	assert_true(strlen(expected) > 0);
	assert_string_equal(arrived, expected);
	free(expected);
	free(arrived);
}

/* Looks go on, until nothing is left to be sent. */
static void catch_up(void)
{
	for (int nth = 0; nth < 200; nth++) {
		bed_wait(&bed, 11);
		if (bed_state(&bed).failing_since.us == 0 &&
		    bed_state(&bed).behind_us < 20 * BW_SECOND_US)
			return;
	}
	fail_msg("still behind: %s", bed_state(&bed).trouble);
}

static void expect_all_after(int64_t from_ms)
{
	bed_wait(&bed, 60);
	catch_up();
	bed_wait(&bed, 20);
	expect_all_since(from_ms);
}

static int64_t start_ms(void)
{
	return bed_now_ms(&bed) - REMOTE_SETTLE_US / 1000;
}

/* --- the main path --- */

static void test_what_happens_from_now_on_arrives(void **state)
{
	int64_t from_ms;

	(void)state;
	bed_live(&bed, 100); /* before anybody wanted it */
	from_ms = start_ms();
	bed_start(&bed, 1);
	bed_live(&bed, 600);
	expect_all_after(from_ms);
	assert_int_equal(bed_state(&bed).rejected, 0);
	assert_int_equal(bed_state(&bed).failures, 0);
	assert_true(bed_state(&bed).samples > 600);
	assert_string_equal(bed_state(&bed).host, "127.0.0.1:9090");
	assert_string_equal(bed_state(&bed).trouble, "");
	assert_string_equal(bed.log.data, "");
	assert_non_null(strstr(bed.asked.data, "POST http://127.0.0.1:9090/api/v1/write\n"));
	assert_non_null(strstr(bed.asked.data, "Content-Encoding: snappy\n"));
	assert_non_null(strstr(bed.asked.data, "Content-Type: application/x-protobuf\n"));
	assert_non_null(strstr(bed.asked.data, "X-Prometheus-Remote-Write-Version: 0.1.0\n"));
}

static void test_what_was_before_comes_too_when_it_is_wanted(void **state)
{
	int64_t from_ms;

	(void)state;
	bed_live(&bed, 3600);
	bed.settings[0].backfill_us = 3000 * BW_SECOND_US;
	from_ms = start_ms() - 3000 * 1000;
	bed_start(&bed, 1);
	bed_live(&bed, 10);
	expect_all_after(from_ms);
}

static void test_two_targets_do_not_know_of_each_other(void **state)
{
	struct remote_state second;

	(void)state;
	bed.settings[1].labels = (const struct remote_label[]){ { "copy", "b" } };
	bed.settings[1].label_count = 1;
	bed_start(&bed, 2);
	bed_live(&bed, 300);
	bed_wait(&bed, 30);
	remote_state(bed.remote, 1, &second);
	assert_string_equal(second.name, "2");
	assert_int_equal(second.samples, bed_state(&bed).samples);
	assert_true(second.samples > 0);
	assert_non_null(strstr(bed.arrived.data, "component=\"c1\",copy=\"b\",state="));
}

/* --- the other side fails --- */

static void test_an_outage_is_caught_up_in_order(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	bed.mood = BED_REFUSES_CONNECTIONS;
	bed_live(&bed, 2 * 3600);
	assert_string_equal(bed_state(&bed).trouble, "connection refused by 127.0.0.1:9090");
	assert_true(bed_state(&bed).behind_us > 7000 * BW_SECOND_US);
	assert_true(bed_state(&bed).next_try.us > 0);
	bed.mood = BED_TAKES;
	bed_live(&bed, 100);
	expect_all_after(from_ms);
	assert_int_equal(bed_state(&bed).rejected + bed_state(&bed).repeated, 0);
	assert_string_equal(bed_state(&bed).trouble, "");
	assert_non_null(strstr(bed.log.data, "!remote_write 1 fails: connection refused by "
					     "127.0.0.1:9090; the history waits and is sent "
					     "later\n"));
	assert_non_null(strstr(bed.log.data, "\nremote_write 1 works again after 72"));
}

static void test_a_lost_answer_doubles_nothing(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	bed.mood = BED_TAKES_AND_CUTS;
	bed_live(&bed, 100);
	bed.mood = BED_TAKES;
	bed_live(&bed, 100);
	expect_all_after(from_ms);
	assert_int_equal(bed_state(&bed).rejected, 0);
	assert_true(bed_state(&bed).failures > 0);
}

static void test_silence_is_a_failure(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed.mood = BED_HANGS;
	bed_live(&bed, 60);
	assert_string_equal(bed_state(&bed).trouble, "no answer within 30 s");
	bed.mood = BED_TAKES;
	bed_live(&bed, 100);
	expect_all_after(from_ms);
}

static void test_back_off_doubles_to_a_minute(void **state)
{
	(void)state;
	bed_start(&bed, 1);
	bed.mood = BED_ANSWERS;
	bed.status = 503;
	bed.body = "overloaded";
	bed_live(&bed, 600);
	assert_string_equal(bed_state(&bed).trouble, "HTTP 503: overloaded");
	for (size_t nth = 1; nth < bed.requests; nth++) {
		int64_t full_ms = nth < 7 ? 1000 << (nth - 1) : 60000;
		int64_t waited_ms = bed.asked_ms[nth] - bed.asked_ms[nth - 1];

		if (full_ms > 60000)
			full_ms = 60000;
		assert_in_range(waited_ms, full_ms * 4 / 5, full_ms + 2);
	}
	assert_true(bed.requests >= 12);
}

static void test_who_asks_for_a_pause_gets_it(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed.mood = BED_ANSWERS;
	bed.status = 429;
	bed.headers = "Retry-After: 300";
	bed_live(&bed, 200);
	assert_int_equal(bed.requests, 1);
	bed.mood = BED_TAKES;
	bed_live(&bed, 200);
	assert_true(bed.asked_ms[1] - bed.asked_ms[0] >= 300000);
	expect_all_after(from_ms);
}

static void test_wrong_credentials_cost_no_sample(void **state)
{
	static const int codes[] = { 401, 403, 404, 405, 407, 302, 308 };
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed.mood = BED_ANSWERS;
	for (size_t nth = 0; nth < sizeof(codes) / sizeof(codes[0]); nth++) {
		bed.status = codes[nth];
		bed_live(&bed, 70);
		assert_int_equal(bed_state(&bed).rejected, 0);
		assert_true(bed_state(&bed).failing_since.us > 0);
	}
	bed.mood = BED_TAKES;
	bed_live(&bed, 100);
	expect_all_after(from_ms);
}

/* --- samples are refused --- */

static void test_one_bad_series_costs_only_itself(void **state)
{
	char *arrived, *expected;
	int64_t from_ms = start_ms();
	size_t lost = 0;

	(void)state;
	bed_start(&bed, 1);
	bed.poison = "{component=\"c1\",state=\"degraded\"}";
	bed_live(&bed, 300);
	bed_wait(&bed, 100);
	catch_up();
	arrived = bed_arrived(&bed);
	expected = bed_expected(&bed, from_ms);
	assert_null(strstr(arrived, bed.poison));
	for (const char *at = expected; (at = strstr(at, bed.poison)) != NULL; at++)
		lost++;
	assert_int_equal(bed_state(&bed).rejected, lost);
	assert_int_equal(bed_state(&bed).rejected_ever, lost);
	assert_true(bed_state(&bed).is_refused);
	assert_non_null(strstr(bed.log.data, "!remote_write 1: samples were refused and dropped"));
	free(arrived);
	free(expected);
}

static void test_who_refuses_everything_is_not_asked_for_ever(void **state)
{
	(void)state;
	bed_start(&bed, 1);
	bed.mood = BED_ANSWERS;
	bed.status = 422;
	bed_live(&bed, 3600);
	bed_wait(&bed, 60);
	assert_true(bed_state(&bed).rejected > 5000);
	assert_true(bed.requests < 1000);
	assert_true(bed_state(&bed).behind_us < 20 * BW_SECOND_US);
	assert_int_equal(bed_state(&bed).failing_since.us, 0);
}

/* --- this machine fails --- */

static void test_only_what_is_on_disk_is_sent(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	fake_store_set(bed.store, FAKE_DISK_REFUSES);
	bed_live(&bed, 100);
	assert_int_equal(bed.requests, 0);
	assert_non_null(strstr(bed_state(&bed).trouble, "not on disk yet"));
	fake_store_set(bed.store, FAKE_DISK_WORKS);
	bed_live(&bed, 100);
	expect_all_after(from_ms);
}

static void test_a_history_that_cannot_be_read_is_read_later(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	fake_view_fail(bed.view, true);
	bed_live(&bed, 100);
	assert_string_equal(bed_state(&bed).trouble,
			    "the history cannot be read: the disk is sick");
	fake_view_fail(bed.view, false);
	bed_live(&bed, 100);
	expect_all_after(from_ms);
}

static void test_what_is_gone_is_counted(void **state)
{
	int64_t sent_ms, gone_ms;

	(void)state;
	bed.history_us = 3600 * BW_SECOND_US;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	bed.mood = BED_REFUSES_CONNECTIONS;
	bed_live(&bed, 100);
	sent_ms = bed_state(&bed).sent.us / 1000;
	bed_stop(&bed); /* what is read already would be sent */
	bed_live(&bed, 2 * 3600);
	gone_ms = bed_now_ms(&bed) - 3600 * 1000;
	bed.mood = BED_TAKES;
	bw_buf_clear(&bed.arrived);
	bed.series_count = 0;
	bed_start(&bed, 1);
	expect_all_after(gone_ms);
	assert_int_equal(bed_state(&bed).lost_us, (gone_ms - sent_ms) * 1000);
	assert_non_null(strstr(bed_state(&bed).loss, "s of the history were no longer kept"));
}

static void test_the_bound_of_the_history_counts_too(void **state)
{
	struct store_status status = { .limited = true };

	(void)state;
	bed_live(&bed, 1000);
	status.raw_from.us = io_loop_wall(bed.loop).us - 500 * BW_SECOND_US;
	fake_store_set_status(bed.store, &status);
	bed.settings[0].backfill_us = 900 * BW_SECOND_US;
	bed_start(&bed, 1);
	expect_all_after(status.raw_from.us / 1000 - 1);
	assert_int_equal(bed_state(&bed).lost_us, 0); /* it never was to be sent */
}

static void test_the_clock_goes_back(void **state)
{
	(void)state;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	fake_shift_wall(bed.loop, -86400 * BW_SECOND_US);
	bed_wait(&bed, 30);
	assert_non_null(strstr(bed_state(&bed).loss, "the clock was set back"));
	assert_in_range(bed_state(&bed).behind_us, 0, 20 * BW_SECOND_US);
}

/* A daemon that was killed looks at its history and marks where it ended, behind the place. */
static void test_marks_of_a_dead_daemon_are_sent(void **state)
{
	int64_t from_ms = start_ms(), left_at_ms;

	(void)state;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	left_at_ms = bed_now_ms(&bed);
	bed_wait(&bed, 25);
	assert_true(bed_state(&bed).sent.us / 1000 > left_at_ms);
	bed_stop(&bed);
	fake_store_crash(bed.store);
	for (int nth = 0; nth < BED_COMPONENTS; nth++)
		rows_mark(fake_view_rows(bed.view, SERIES_COMPONENT,
					 (const char *const[]){ "c0", "c1", "c2" }[nth]),
			  left_at_ms + 1, SERIES_NONE);
	bed_start(&bed, 0);
	remote_left_at(bed.remote, (struct bw_wall){ left_at_ms * 1000 });
	remote_set(bed.remote, bed.settings, 1, bed.history_us);
	bed_live(&bed, 100);
	expect_all_after(from_ms);
	assert_non_null(strstr(bed.arrived.data, "stale @"));
	assert_int_equal(bed_state(&bed).rejected_ever, 0);
}

static uint64_t random_state;

static int chance(int most)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int)((random_state >> 33) % (uint64_t)most);
}

static void misfortune(void)
{
	static const enum bed_mood moods[] = {
		BED_TAKES, BED_TAKES_AND_CUTS, BED_REFUSES_CONNECTIONS,
		BED_HANGS, BED_TAKES,          BED_ANSWERS
	};

	switch (chance(4)) {
	case 0:
		bed_crash(&bed);
		break;
	case 1:
		fake_advance(bed.loop, chance(20000)); /* in the middle of something */
		bed_crash(&bed);
		break;
	case 2:
		fake_store_set(bed.store, chance(3) == 0 ? FAKE_DISK_REFUSES : FAKE_DISK_WORKS);
		break;
	default:
		bed.mood = moods[chance(6)];
		bed.status = 500 + chance(5);
		break;
	}
}

/* Crashes, outages, lost answers and refusing disks in any order: each sample arrives once. */
static void walk(uint64_t seed)
{
	int64_t from_ms = start_ms();

	random_state = seed;
	bed.settings[0].batch_max = (size_t)(1 + chance(60));
	bed_start(&bed, 1);
	bed_live(&bed, 1); /* where it begins is on disk */
	for (int step = 0; step < 40; step++) {
		bed_live(&bed, 1 + chance(80));
		misfortune();
	}
	fake_store_set(bed.store, FAKE_DISK_WORKS);
	bed.mood = BED_TAKES;
	bed_live(&bed, 100);
	expect_all_after(from_ms);
	assert_int_equal(bed_state(&bed).rejected_ever, 0);
}

static void test_any_misfortune_loses_and_doubles_nothing(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WALKS; seed++) {
		if (seed > 1) {
			bed_end(&bed);
			bed_begin(&bed);
		}
		walk(seed);
	}
}

/* --- settings --- */

static void test_a_reload_goes_on_where_it_was(void **state)
{
	int64_t from_ms = start_ms();

	(void)state;
	bed_start(&bed, 1);
	bed_live(&bed, 100);
	remote_set(bed.remote, bed.settings, 1, bed.history_us); /* nothing has changed */
	assert_true(bed_state(&bed).samples > 0);
	bed.settings[0].batch_max = 7;
	bed_live(&bed, 13);
	remote_set(bed.remote, bed.settings, 1, bed.history_us);
	assert_int_equal(bed_state(&bed).samples, 0);
	bed_live(&bed, 50);
	remote_set(bed.remote, bed.settings, 0, bed.history_us);
	assert_int_equal(remote_count(bed.remote), 0);
	bed_live(&bed, 50);
	remote_set(bed.remote, bed.settings, 1, bed.history_us); /* back again */
	bed_live(&bed, 50);
	expect_all_after(from_ms);
	assert_int_equal(bed_state(&bed).rejected, 0);
}

static void test_no_secret_is_told(void **state)
{
	static const char *const headers[] = { "X-Key: k3yk3y", NULL };
	struct remote_settings *one = &bed.settings[0];

	(void)state;
	one->url = "http://user:p4ss@metrics.example:9090/t0ken/write?k=v4lue";
	one->bearer = "b3arer";
	one->headers = headers;
	bed.mood = BED_ANSWERS;
	bed.status = 400;
	bed_start(&bed, 1);
	for (int nth = 0; nth < 4; nth++) {
		const char *const echoes[] = { "you said b3arer", "key k3yk3y is bad", "p4ss",
					       "no /t0ken/write?k=v4lue here" };
		bed.body = echoes[nth];
		bed.status = nth % 2 ? 401 : 400;
		bed_live(&bed, 120);
		const struct remote_state seen = bed_state(&bed);
		const char *const texts[] = { seen.host, seen.trouble, seen.loss, bed.log.data };
		const char *const secrets[] = { "b3arer", "k3yk3y", "p4ss", "t0ken", "v4lue" };

		for (size_t text = 0; text < 4; text++) {
			for (size_t secret = 0; secret < 5; secret++)
				assert_null(strstr(texts[text], secrets[secret]));
		}
		assert_string_equal(seen.host, "metrics.example:9090");
	}
	assert_non_null(strstr(bed.asked.data, "X-Key: k3yk3y\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define row(test) cmocka_unit_test_setup_teardown(test, begin, end)
		row(test_what_happens_from_now_on_arrives),
		row(test_what_was_before_comes_too_when_it_is_wanted),
		row(test_two_targets_do_not_know_of_each_other),
		row(test_an_outage_is_caught_up_in_order),
		row(test_a_lost_answer_doubles_nothing),
		row(test_silence_is_a_failure),
		row(test_back_off_doubles_to_a_minute),
		row(test_who_asks_for_a_pause_gets_it),
		row(test_wrong_credentials_cost_no_sample),
		row(test_one_bad_series_costs_only_itself),
		row(test_who_refuses_everything_is_not_asked_for_ever),
		row(test_only_what_is_on_disk_is_sent),
		row(test_a_history_that_cannot_be_read_is_read_later),
		row(test_what_is_gone_is_counted),
		row(test_the_bound_of_the_history_counts_too),
		row(test_the_clock_goes_back),
		row(test_marks_of_a_dead_daemon_are_sent),
		row(test_any_misfortune_loses_and_doubles_nothing),
		row(test_a_reload_goes_on_where_it_was),
		row(test_no_secret_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
