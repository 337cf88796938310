/* test_outbox.c - order, back-off, rates, giving up and the log, on the fake clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "outbox_bed.h"

static struct outbox_bed bed;

static int begin(void **state)
{
	(void)state;
	bed_begin(&bed, 2);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bed_end(&bed);
	return 0;
}

static void put_many(size_t channel, int from, int to)
{
	char key[32];

	for (int nth = from; nth <= to; nth++) {
		snprintf(key, sizeof(key), "m%d", nth);
		bed_put(&bed, channel, key, (uint64_t)nth);
	}
}

static void expect_sequence(size_t channel, int from, int to)
{
	const struct scripted *script = &bed.scripts[channel];
	char key[32];

	assert_int_equal(script->arrived, to - from + 1);
	for (int nth = from; nth <= to; nth++) {
		snprintf(key, sizeof(key), "m%d", nth);
		assert_string_equal(script->arrivals[nth - from].key, key);
	}
}

static int64_t since_ms(const struct scripted *script, int nth, int before)
{
	return (script->attempt_us[nth] - script->attempt_us[before]) / 1000;
}

/* --- the main path --- */

static void test_messages_arrive_once_and_in_order(void **state)
{
	(void)state;
	put_many(0, 1, 50);
	bed_put(&bed, 1, "other", 7);
	assert_int_equal(outbox_depth(bed.outbox), 51);
	assert_int_equal(bed.scripts[0].attempts, 0); /* nothing is stored yet */
	bed_advance(&bed, 10 * BW_SECOND_US);
	expect_sequence(0, 1, 50);
	assert_string_equal(bed_arrived(&bed, 1), "other");
	assert_int_equal(bed.scripts[0].under_way_most, 1);
	assert_int_equal(outbox_depth(bed.outbox), 0);
	assert_int_equal(outbox_oldest(bed.outbox).us, 0);
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 0);
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, false), 51);
	assert_int_equal(bed_state(&bed, 0).sent, 50);
	assert_true(bed_state(&bed, 0).last_sent.us > FAKE_WALL_START_US);
	assert_true(bed.changes > 0);
	assert_string_equal(bed.log, "");
}

static void test_many_messages_share_commits(void **state)
{
	(void)state;
	put_many(0, 1, 200);
	put_many(1, 1, 200);
	bed_advance(&bed, 3000);
	assert_true(fake_store_commits(bed.store) <= 2);
	assert_true(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true) >= 1);
	bed_advance(&bed, BED_HOUR_US);
	expect_sequence(0, 1, 200);
	expect_sequence(1, 1, 200);
}

static void test_the_next_message_waits_until_the_outcome_is_stored(void **state)
{
	(void)state;
	put_many(0, 1, 2);
	bed_advance(&bed, FAKE_STORE_COMMIT_US);
	assert_int_equal(bed.scripts[0].attempts, 1);
	bed_advance(&bed, 10000); /* answered: the outcome is not stored yet */
	assert_int_equal(bed.scripts[0].arrived, 1);
	assert_int_equal(bed.scripts[0].attempts, 1);
	bed_advance(&bed, 2 * FAKE_STORE_COMMIT_US);
	assert_int_equal(bed.scripts[0].attempts, 2);
}

static void test_a_message_to_nobody_is_given_up_and_told(void **state)
{
	(void)state;
	bed.channels[3].name = "nobody";
	bed_put(&bed, 3, "x", 1);
	assert_int_equal(outbox_depth(bed.outbox), 0);
	assert_non_null(strstr(bed.log, "!a message is given up: there is no channel nobody"));
	assert_non_null(strstr(bed_rows(&bed, NULL, 9), "\"state\":\"given_up\""));
}

/* --- what fails --- */

static void test_the_first_of_a_queue_is_tried_until_it_works(void **state)
{
	struct scripted *script = &bed.scripts[0];

	(void)state;
	script->outcome = CHANNEL_RETRY;
	script->text = "connection refused";
	put_many(0, 1, 3);
	bed_put(&bed, 1, "free", 9);
	bed_advance(&bed, 100 * BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "");
	assert_string_equal(bed_arrived(&bed, 1), "free"); /* another channel does not care */
	assert_true(script->attempts >= 4);
	assert_string_equal(bed_state(&bed, 0).trouble, "connection refused");
	assert_int_equal(bed_state(&bed, 0).queued, 3);
	assert_true(bed_state(&bed, 0).failing_since.us > 0);
	assert_true(bed_state(&bed, 0).next_try.us > io_loop_wall(bed.loop).us);
	script->outcome = CHANNEL_SENT;
	script->text = NULL;
	bed_advance(&bed, 6 * 60 * BW_SECOND_US);
	expect_sequence(0, 1, 3);
	assert_string_equal(bed_state(&bed, 0).trouble, "");
	assert_int_equal(bed_state(&bed, 0).failing_since.us, 0);
	assert_memory_equal(bed.log,
			    "!channel c0 fails: connection refused; trying again until it "
			    "works\nchannel c0 works again after ",
			    96);
	assert_non_null(strstr(bed.log, " s; 2 wait\n"));
}

static void test_back_off_doubles_to_five_minutes_less_a_little(void **state)
{
	static const int64_t most_ms[] = { 5000,   10000,  20000,  40000,  80000,
					   160000, 300000, 300000, 300000, 300000 };
	struct scripted *script = &bed.scripts[0];
	int uneven = 0;

	(void)state;
	script->outcome = CHANNEL_RETRY;
	put_many(0, 1, 1);
	bed_advance(&bed, BED_HOUR_US);
	for (int nth = 0; nth < 10; nth++) {
		int64_t ms = since_ms(script, nth + 1, nth) - 10;

		assert_in_range(ms, most_ms[nth] * 4 / 5 - 1, most_ms[nth] + 1);
		uneven += ms % 1000 != 0;
	}
	assert_true(uneven > 5);
}

static void test_retry_after_is_kept_but_not_for_ever(void **state)
{
	struct scripted *script = &bed.scripts[0];

	(void)state;
	script->outcome = CHANNEL_RETRY;
	script->retry_us = 42 * BW_SECOND_US;
	put_many(0, 1, 1);
	bed_advance(&bed, 100 * BW_SECOND_US);
	assert_int_equal(since_ms(script, 1, 0), 42010);
	assert_int_equal(since_ms(script, 2, 1), 42010);
	script->retry_us = 1000 * BED_HOUR_US;
	bed_advance(&bed, 3 * BED_HOUR_US);
	assert_int_equal(since_ms(script, 4, 3), 3600010);
}

static void test_what_is_refused_is_given_up_and_the_next_one_goes(void **state)
{
	(void)state;
	bed.scripts[0].outcome = CHANNEL_REFUSED;
	bed.scripts[0].text = "400 Bad Request";
	put_many(0, 1, 1);
	bed_advance(&bed, BW_SECOND_US);
	assert_true(bed_state(&bed, 0).failing_since.us > 0);
	bed.scripts[0].outcome = CHANNEL_SENT;
	put_many(0, 2, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "m2");
	assert_int_equal(bed.scripts[0].attempts, 2);
	assert_int_equal(bed_state(&bed, 0).given_up, 1);
	assert_int_equal(bed_state(&bed, 0).failing_since.us, 0);
	assert_non_null(strstr(bed.log, "!channel c0 refuses a message, which is given up: \"m1\": "
					"400 Bad Request"));
}

static void test_what_is_too_old_is_given_up_while_the_channel_fails(void **state)
{
	(void)state;
	bed.scripts[0].outcome = CHANNEL_RETRY;
	bed.scripts[0].text = "no route";
	put_many(0, 1, 2);
	bed_advance(&bed, 12 * BED_HOUR_US);
	put_many(0, 3, 3);
	bed_advance(&bed, 12 * BED_HOUR_US - 60 * BW_SECOND_US);
	assert_int_equal(outbox_depth(bed.outbox), 3);
	bed_advance(&bed, BED_HOUR_US);
	assert_int_equal(outbox_depth(bed.outbox), 1);
	assert_int_equal(bed_state(&bed, 0).given_up, 2);
	assert_non_null(strstr(bed.log,
			       "!channel c0: 2 messages are given up: not delivered within "
			       "24 h: no route"));
	bed.scripts[0].outcome = CHANNEL_SENT;
	bed_advance(&bed, BED_HOUR_US);
	expect_sequence(0, 3, 3);
}

static void test_an_old_message_is_tried_once_more_after_a_long_stop(void **state)
{
	(void)state;
	bed.scripts[0].outcome = CHANNEL_RETRY;
	put_many(0, 1, 1);
	bed_advance(&bed, BW_SECOND_US);
	bed_close(&bed);
	bed_advance(&bed, 72 * BED_HOUR_US);
	bed.scripts[0].outcome = CHANNEL_SENT;
	bed_open(&bed);
	bed_advance(&bed, BW_SECOND_US);
	expect_sequence(0, 1, 1);
}

/* The proof of the issue: nothing goes for an hour, then everything, in order, once. */
static void test_an_outage_of_every_channel_for_an_hour(void **state)
{
	(void)state;
	for (int nth = 0; nth < 2; nth++) {
		bed.scripts[nth].outcome = CHANNEL_RETRY;
		bed.scripts[nth].text = "connection refused";
	}
	for (int minute = 0; minute < 60; minute++) {
		put_many(0, minute * 5 + 1, minute * 5 + 5);
		put_many(1, minute * 3 + 1, minute * 3 + 3);
		bed_advance(&bed, 60 * BW_SECOND_US);
		if (minute % 20 == 7) {
			bed_crash(&bed);
			bed_open(&bed);
		}
	}
	assert_int_equal(outbox_depth(bed.outbox), 480);
	for (int nth = 0; nth < 2; nth++)
		bed.scripts[nth].outcome = CHANNEL_SENT;
	bed_advance(&bed, 10 * 60 * BW_SECOND_US);
	expect_sequence(0, 1, 300);
	expect_sequence(1, 1, 180);
	assert_int_equal(outbox_depth(bed.outbox), 0);
	assert_int_equal(bed.scripts[0].under_way_most, 1);
}

/* --- rates --- */

static void test_no_more_go_within_a_time_than_may_and_they_are_spread(void **state)
{
	struct scripted *script = &bed.scripts[0];

	(void)state;
	bed.channels[0].rate_max = 10;
	bed.channels[0].rate_us = 60 * BW_SECOND_US;
	bed_set_channels(&bed, 2);
	put_many(0, 1, 40);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(script->arrived, 5);
	assert_true(bed_state(&bed, 0).next_try.us > io_loop_wall(bed.loop).us);
	bed_advance(&bed, BED_HOUR_US);
	expect_sequence(0, 1, 40);
	for (int nth = 10; nth < 40; nth++)
		assert_true(since_ms(script, nth, nth - 10) >= 60000);
	for (int nth = 6; nth < 40; nth++)
		assert_true(since_ms(script, nth, nth - 1) >= 6000);
	assert_true(since_ms(script, 39, 0) < 5 * 60000);
}

/* --- settings --- */

static void test_messages_of_a_channel_that_is_gone_are_given_up(void **state)
{
	(void)state;
	bed.scripts[1].silent = true;
	put_many(1, 1, 3);
	bed_advance(&bed, BW_SECOND_US);
	bed_set_channels(&bed, 1);
	assert_int_equal(outbox_depth(bed.outbox), 0);
	assert_int_equal(outbox_channel_count(bed.outbox), 1);
	assert_non_null(strstr(bed.log, "!channel c1 is no longer configured; 3 messages to it are "
					"given up"));
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 0);
}

static void test_a_reload_tries_at_once_with_the_new_settings_and_the_same_key(void **state)
{
	static struct scripted mended;

	(void)state;
	memset(&mended, 0, sizeof(mended));
	mended.takes_us = 10000;
	bed.scripts[0].outcome = CHANNEL_RETRY;
	put_many(0, 1, 2);
	bed_advance(&bed, 30 * 60 * BW_SECOND_US);
	bed.channels[0].settings = &mended;
	bed_set_channels(&bed, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(mended.arrived, 2);
	assert_string_equal(mended.arrivals[0].key, "m1");

	mended.silent = true;
	put_many(0, 3, 3);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(mended.under_way, 1);
	bed_set_channels(&bed, 2);
	mended.silent = false;
	bed_set_channels(&bed, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(mended.under_way, 0);
	assert_string_equal(mended.arrivals[2].key, "m3");
}

/* --- limits --- */

static void test_too_many_messages_cost_reminders_first(void **state)
{
	(void)state;
	bed.scripts[0].silent = bed.scripts[1].silent = true;
	put_many(0, 1, OUTBOX_MAX - 12);
	for (int nth = 0; nth < 10; nth++)
		bed_put_kind(&bed, 1, nth < 2 ? "early" : "late", NOTICE_REMINDER);
	put_many(1, 1, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(outbox_depth(bed.outbox), OUTBOX_MAX);
	put_many(1, 3, 12); /* the first reminder is under way and stays; so one of c0 goes */
	assert_int_equal(outbox_depth(bed.outbox), OUTBOX_MAX);
	assert_int_equal(bed_state(&bed, 1).queued, 13);
	assert_int_equal(bed_state(&bed, 1).given_up, 9);
	assert_int_equal(bed_state(&bed, 0).given_up, 1);
	assert_non_null(strstr(bed.log,
			       "!channel c1: a message is dropped, because more than 10000 "
			       "wait: \"Still: early\""));
	assert_non_null(strstr(bed.log,
			       "!channel c0: a message is dropped, because more than 10000 "
			       "wait: \"m2\""));
	bed.scripts[0].silent = bed.scripts[1].silent = false;
	bed_set_channels(&bed, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed.scripts[0].arrivals[0].key, "m1");
	assert_string_equal(bed.scripts[0].arrivals[1].key, "m3");
}

static void test_a_notice_too_long_for_a_record_lists_fewer_alerts(void **state)
{
	struct notice_alert rows[NOTICE_ALERTS_MAX];
	char *title = malloc(6000);
	struct notice notice = { .kind = NOTICE_FIRING,
				 .channel = "c0",
				 .group = "",
				 .remark = "",
				 .key = "long",
				 .alerts = rows,
				 .count = NOTICE_ALERTS_MAX,
				 .more = 5 };

	(void)state;
	assert_non_null(title);
	memset(title, '"', 5999);
	title[5999] = '\0';
	for (size_t nth = 0; nth < NOTICE_ALERTS_MAX; nth++)
		rows[nth] = (struct notice_alert){ .id = nth + 1, .title = title, .rule = "" };
	outbox_put(bed.outbox, &notice);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "long");
	assert_int_equal(bed.scripts[0].arrivals[0].count, 5);
	assert_int_equal(bed.scripts[0].arrivals[0].more, 20);
	free(title);
}

/* --- looking --- */

static void test_the_log_tells_everything_newest_first(void **state)
{
	json_t *rows, *row;

	(void)state;
	put_many(0, 1, 1);
	bed_advance(&bed, BW_SECOND_US);
	bed.scripts[1].outcome = CHANNEL_RETRY;
	bed.scripts[1].text = "503 Service Unavailable";
	bed_put_kind(&bed, 1, "r", NOTICE_RESOLVED);
	bed_advance(&bed, 2 * BW_SECOND_US);
	bed.scripts[0].silent = true;
	put_many(0, 2, 3);
	bed_advance(&bed, BW_SECOND_US);
	rows = json_loads(bed_rows(&bed, NULL, 9), 0, NULL);
	assert_int_equal(json_array_size(rows), 4);
	row = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(row, "id")), "m4");
	assert_string_equal(json_string_value(json_object_get(row, "state")), "queued");
	assert_true(json_is_null(json_object_get(row, "next_try")));
	row = json_array_get(rows, 1);
	assert_string_equal(json_string_value(json_object_get(row, "state")), "sending");
	row = json_array_get(rows, 2);
	assert_string_equal(json_string_value(json_object_get(row, "channel")), "c1");
	assert_string_equal(json_string_value(json_object_get(row, "kind")), "resolved");
	assert_string_equal(json_string_value(json_object_get(row, "state")), "queued");
	assert_string_equal(json_string_value(json_object_get(row, "text")),
			    "503 Service Unavailable");
	assert_int_equal(json_integer_value(json_object_get(row, "attempts")), 1);
	assert_true(json_is_string(json_object_get(row, "next_try")));
	assert_true(json_is_null(json_object_get(row, "ended")));
	row = json_array_get(rows, 3);
	assert_string_equal(json_string_value(json_object_get(row, "state")), "sent");
	assert_string_equal(json_string_value(json_object_get(row, "key")), "m1");
	assert_string_equal(json_string_value(json_object_get(row, "headline")), "m1");
	assert_string_equal(json_string_value(json_object_get(row, "text")), "200 OK");
	assert_string_equal(json_string_value(json_array_get(json_object_get(row, "alerts"), 0)),
			    "a1");
	assert_string_equal(json_string_value(json_object_get(row, "at")),
			    "2026-03-02T14:30:00+00:00");
	assert_true(json_is_string(json_object_get(row, "ended")));
	json_decref(rows);
	rows = json_loads(bed_rows(&bed, "c0", 2), 0, NULL);
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
}

static void test_the_log_can_be_read_by_alert(void **state)
{
	struct bw_json json;
	struct bw_buf rows;

	(void)state;
	put_many(0, 1, 5);
	put_many(1, 3, 3);
	bw_buf_init(&rows, 0);
	bw_json_init(&json, &rows);
	outbox_write_alert_log(bed.outbox, 3, 9, &json);
	assert_non_null(strstr(rows.data, "\"m6\""));
	assert_non_null(strstr(rows.data, "\"m3\""));
	assert_null(strstr(rows.data, "\"m4\""));
	bw_buf_finish(&rows);
}

static size_t count_rows(void)
{
	json_t *rows = json_loads(bed_rows(&bed, NULL, 9999), 0, NULL);
	size_t count = json_array_size(rows);

	json_decref(rows);
	return count;
}

static void test_the_log_is_bounded_and_keeps_what_waits(void **state)
{
	(void)state;
	bed.scripts[1].outcome = CHANNEL_RETRY;
	put_many(1, 1, 2);
	for (int round = 0; round < 12; round++) {
		put_many(0, round * 50 + 1, round * 50 + 50);
		bed_advance(&bed, 60 * BW_SECOND_US);
	}
	expect_sequence(0, 1, 600);
	assert_int_equal(bed.scripts[0].arrived, 600);
	assert_int_equal(outbox_depth(bed.outbox), 2);
	assert_int_equal(count_rows(), OUTBOX_LOG_MAX + 2);
}

/* --- kinds that keep state --- */

static void test_a_kind_with_state_is_told_again_every_minute(void **state)
{
	(void)state;
	bed.channels[0].kind = &bed_kind_of_state;
	bed.firing = 2;
	bed_set_channels(&bed, 2);
	bed_advance(&bed, 3 * 60 * BW_SECOND_US - BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "state0 state1 state0 state1 state0 state1");
	assert_string_equal(bed_arrived(&bed, 1), "");
	assert_int_equal(count_rows(), 0);
	put_many(0, 1, 1); /* goes between, once, and the rhythm stays */
	bed_advance(&bed, BW_SECOND_US / 2);
	assert_string_equal(bed.scripts[0].arrivals[6].key, "m1");
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed.scripts[0].arrivals[7].key, "state0");
	assert_int_equal(bed.scripts[0].under_way_most, 1);
}

static void test_what_fires_is_not_told_before_what_waits(void **state)
{
	(void)state;
	bed.channels[0].kind = &bed_kind_of_state;
	bed.firing = 1;
	bed.scripts[0].outcome = CHANNEL_RETRY;
	bed.scripts[0].text = "connection refused";
	bed_set_channels(&bed, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(bed.scripts[0].attempts, 1);
	assert_string_equal(bed_state(&bed, 0).trouble, "connection refused");
	put_many(0, 1, 2);
	bed_advance(&bed, 10 * 60 * BW_SECOND_US);
	bed.scripts[0].outcome = CHANNEL_SENT;
	bed_advance(&bed, 6 * 60 * BW_SECOND_US);
	assert_memory_equal(bed_arrived(&bed, 0), "m1 m2 state0", 12);
	assert_string_equal(bed_state(&bed, 0).trouble, "");
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BED(test_messages_arrive_once_and_in_order),
		WITH_BED(test_many_messages_share_commits),
		WITH_BED(test_the_next_message_waits_until_the_outcome_is_stored),
		WITH_BED(test_a_message_to_nobody_is_given_up_and_told),
		WITH_BED(test_the_first_of_a_queue_is_tried_until_it_works),
		WITH_BED(test_back_off_doubles_to_five_minutes_less_a_little),
		WITH_BED(test_retry_after_is_kept_but_not_for_ever),
		WITH_BED(test_what_is_refused_is_given_up_and_the_next_one_goes),
		WITH_BED(test_what_is_too_old_is_given_up_while_the_channel_fails),
		WITH_BED(test_an_old_message_is_tried_once_more_after_a_long_stop),
		WITH_BED(test_an_outage_of_every_channel_for_an_hour),
		WITH_BED(test_no_more_go_within_a_time_than_may_and_they_are_spread),
		WITH_BED(test_messages_of_a_channel_that_is_gone_are_given_up),
		WITH_BED(test_a_reload_tries_at_once_with_the_new_settings_and_the_same_key),
		WITH_BED(test_too_many_messages_cost_reminders_first),
		WITH_BED(test_a_notice_too_long_for_a_record_lists_fewer_alerts),
		WITH_BED(test_the_log_tells_everything_newest_first),
		WITH_BED(test_the_log_can_be_read_by_alert),
		WITH_BED(test_the_log_is_bounded_and_keeps_what_waits),
		WITH_BED(test_a_kind_with_state_is_told_again_every_minute),
		WITH_BED(test_what_fires_is_not_told_before_what_waits),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
