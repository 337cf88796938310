/* test_outbox_store.c - the outbox and its store: restarts, crashes at any point, and a disk that
 * refuses or hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void test_nothing_is_sent_before_it_is_stored(void **state)
{
	(void)state;
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, FAKE_STORE_COMMIT_US - 1);
	assert_int_equal(bed.scripts[0].attempts, 0);
	bed_advance(&bed, 1);
	assert_int_equal(bed.scripts[0].attempts, 1);
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 1);
}

static void test_a_restart_goes_on_where_it_was(void **state)
{
	(void)state;
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, BW_SECOND_US);
	bed.scripts[0].outcome = CHANNEL_RETRY;
	bed.scripts[0].text = "timed out";
	bed_put(&bed, 0, "b", 2);
	bed_put(&bed, 0, "c", 3);
	bed_advance(&bed, 100 * BW_SECOND_US);
	struct outbox_channel_state before = bed_state(&bed, 0);
	bed_close(&bed);
	bed_advance(&bed, BW_SECOND_US);
	bed_open(&bed);
	struct outbox_channel_state after = bed_state(&bed, 0);
	assert_int_equal(after.queued, 2);
	assert_int_equal(after.failing_since.us, before.failing_since.us);
	assert_int_equal(after.last_sent.us, before.last_sent.us);
	assert_string_equal(after.trouble, "timed out");
	assert_non_null(strstr(bed_rows(&bed, NULL, 1), "\"m3\""));
	assert_non_null(strstr(bed_rows(&bed, NULL, 9), "\"attempts\":5"));
	assert_non_null(strstr(bed_rows(&bed, NULL, 9), "\"key\":\"a\""));
	bed.scripts[0].outcome = CHANNEL_SENT;
	bed_advance(&bed, 10 * BW_SECOND_US);
	bed_put(&bed, 0, "d", 4); /* with a number of its own */
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b c d");
	assert_non_null(strstr(bed_rows(&bed, NULL, 1), "\"m4\""));
}

static void test_what_the_other_side_asked_for_outlives_a_restart(void **state)
{
	(void)state;
	bed.scripts[0].outcome = CHANNEL_RETRY;
	bed.scripts[0].retry_us = 600 * BW_SECOND_US;
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, BW_SECOND_US);
	bed_close(&bed);
	bed_open(&bed);
	bed.scripts[0].outcome = CHANNEL_SENT;
	bed_advance(&bed, 590 * BW_SECOND_US);
	assert_int_equal(bed.scripts[0].attempts, 1);
	bed_advance(&bed, 20 * BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a");
}

static void test_a_message_under_way_at_a_crash_comes_again_with_its_key(void **state)
{
	(void)state;
	bed_put(&bed, 0, "a", 1);
	bed_put(&bed, 0, "b", 2);
	bed_advance(&bed, FAKE_STORE_COMMIT_US + 7000); /* the other side has it, we do not know */
	bed_crash(&bed);
	bed_open(&bed);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a a b");
}

static void test_what_is_known_to_be_delivered_never_comes_again(void **state)
{
	(void)state;
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, BW_SECOND_US);
	bed_crash(&bed);
	bed_open(&bed);
	bed_advance(&bed, BED_HOUR_US);
	assert_string_equal(bed_arrived(&bed, 0), "a");
}

static void test_a_channel_gone_at_a_start_gives_its_messages_up(void **state)
{
	(void)state;
	bed.scripts[1].outcome = CHANNEL_RETRY;
	bed_put(&bed, 1, "a", 1);
	bed_put(&bed, 1, "b", 2);
	bed_advance(&bed, BW_SECOND_US);
	bed_close(&bed);
	bed.channel_count = 1;
	bed_open(&bed);
	assert_int_equal(outbox_depth(bed.outbox), 0);
	bed_advance(&bed, BW_SECOND_US);
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 0);
	assert_non_null(strstr(bed_rows(&bed, "c1", 1), "no longer configured"));
}

static void test_records_of_strangers_are_left_alone_and_told(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"state\":\"queued\"}",
		"{\"state\":\"queued\",\"notice\":3}",
		("{\"state\":\"who\",\"notice\":{\"kind\":\"firing\",\"channel\":\"c0\","
		 "\"alerts\":[]}}"),
	};

	(void)state;
	bed_close(&bed);
	for (size_t nth = 0; nth < sizeof(texts) / sizeof(texts[0]); nth++) {
		const struct store_record record = { .kind = STORE_RECORD_MESSAGE,
						     .id = nth + 100,
						     .text = texts[nth] };

		store_put_record(bed.store, &record);
	}
	bed_advance(&bed, BW_SECOND_US);
	fake_store_set(bed.store, FAKE_DISK_WORKS);
	bed_open(&bed);
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, BW_SECOND_US);
	bed_close(&bed);
	bed.log[0] = '\0';
	bed_open(&bed);
	assert_non_null(strstr(bed.log, "!a stored message (m105) cannot be read"));
	assert_non_null(strstr(bed.log, "!a stored message (m100) cannot be read"));
	bed_put(&bed, 0, "b", 1);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b");
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 6);
}

/* --- a disk that does not --- */

static void test_a_full_disk_does_not_silence_anybody(void **state)
{
	(void)state;
	fake_store_set(bed.store, FAKE_DISK_REFUSES);
	bed_put(&bed, 0, "a", 1);
	bed_put(&bed, 0, "b", 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b");
	assert_non_null(strstr(outbox_trouble(bed.outbox), "cannot be stored"));
	assert_non_null(strstr(bed.log, "!messages cannot be stored and are sent all the same"));
	bed_advance(&bed, 60 * BW_SECOND_US);
	fake_store_set(bed.store, FAKE_DISK_WORKS);
	bed_advance(&bed, 2 * OUTBOX_PATIENCE_US); /* without a further message */
	assert_string_equal(outbox_trouble(bed.outbox), "");
	assert_non_null(strstr(bed.log, "\nmessages are stored again before they are sent\n"));
	bed_crash(&bed);
	bed_open(&bed);
	bed_advance(&bed, BED_HOUR_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b");
}

static void test_a_hanging_disk_does_not_either(void **state)
{
	(void)state;
	fake_store_set(bed.store, FAKE_DISK_HANGS);
	bed_put(&bed, 0, "a", 1);
	bed_advance(&bed, OUTBOX_PATIENCE_US - 1);
	assert_int_equal(bed.scripts[0].attempts, 0);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a");
	bed_put(&bed, 0, "b", 2); /* no further patience with the same hanging */
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b");
	assert_non_null(strstr(outbox_trouble(bed.outbox), "does not answer"));
	fake_store_set(bed.store, FAKE_DISK_WORKS);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(outbox_trouble(bed.outbox), "");
	bed_put(&bed, 0, "c", 3);
	assert_int_equal(bed.scripts[0].attempts, 2);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b c");
	assert_int_equal(fake_store_count(bed.store, STORE_RECORD_MESSAGE, true), 0);
}

static void test_without_a_store_messages_go_at_once(void **state)
{
	struct store *store = bed.store;

	(void)state;
	bed_close(&bed);
	bed.store = NULL;
	bed_open(&bed);
	bed_put(&bed, 0, "a", 1);
	bed_put(&bed, 0, "b", 1);
	assert_int_equal(bed.scripts[0].attempts, 1);
	bed_advance(&bed, BW_SECOND_US);
	assert_string_equal(bed_arrived(&bed, 0), "a b");
	bed_close(&bed);
	bed.store = store;
	bed_open(&bed);
}

/* --- random walks --- */

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

enum { WALKS = 200, STEPS = 120 };

/* What was put and is surely on disk, by channel. */
struct walk {
	int last_put[2];
	bool kept[2][STEPS + 1];
};

static void one_step(struct walk *walk)
{
	size_t channel = chance(2);
	char key[32];

	switch (chance(12)) {
	case 0:
		bed.scripts[channel].outcome = CHANNEL_RETRY;
		break;
	case 1:
	case 2:
		bed.scripts[channel].outcome = CHANNEL_SENT;
		break;
	case 3:
		bed.scripts[channel].takes_us = 1 + chance(30000);
		break;
	case 4:
		bed_crash(&bed);
		bed_open(&bed);
		break;
	case 5:
		bed_set_channels(&bed, 2);
		break;
	default:
		snprintf(key, sizeof(key), "%d", ++walk->last_put[channel]);
		bed_put(&bed, channel, key, 1);
		break;
	}
	if (chance(3) == 0)
		bed_advance(&bed, chance(40000));
	else if (chance(10) == 0)
		bed_advance(&bed, chance(300) * BW_SECOND_US);
}

/* A message whose key is on disk must arrive; that is looked up in the log of a new outbox. */
static void note_kept(struct walk *walk)
{
	char needle[64];

	for (size_t channel = 0; channel < 2; channel++) {
		const char *rows = bed_rows(&bed, channel == 0 ? "c0" : "c1", 9999);

		for (int nth = 1; nth <= walk->last_put[channel]; nth++) {
			snprintf(needle, sizeof(needle), "\"key\":\"%d\"", nth);
			walk->kept[channel][nth] = strstr(rows, needle) != NULL;
		}
	}
}

static void check_channel(const struct walk *walk, size_t channel)
{
	const struct scripted *script = &bed.scripts[channel];
	bool arrived[STEPS + 1] = { false };
	int latest = 0;

	for (size_t nth = 0; nth < script->arrived; nth++) {
		int number = (int)strtol(script->arrivals[nth].key, NULL, 10);

		/* In order; the same one again only right behind itself. */
		assert_true(number >= latest);
		latest = number;
		arrived[number] = true;
	}
	for (int nth = 1; nth <= walk->last_put[channel]; nth++)
		assert_true(arrived[nth] || !walk->kept[channel][nth]);
	assert_int_equal(script->under_way_most <= 1, 1);
}

static void test_nothing_is_lost_doubled_or_turned_round_by_crashes_at_any_point(void **state)
{
	(void)state;
	for (int nth = 0; nth < WALKS; nth++) {
		struct walk walk = { 0 };

		seed = 20260302u + (uint32_t)nth * 2654435761u;
		bed_end(&bed);
		bed_begin(&bed, 2);
		for (int step = 0; step < STEPS; step++)
			one_step(&walk);
		bed_crash(&bed);
		bed_open(&bed);
		note_kept(&walk);
		bed.scripts[0].outcome = bed.scripts[1].outcome = CHANNEL_SENT;
		bed_advance(&bed, BED_HOUR_US);
		assert_int_equal(outbox_depth(bed.outbox), 0);
		for (size_t channel = 0; channel < 2; channel++)
			check_channel(&walk, channel);
	}
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BED(test_nothing_is_sent_before_it_is_stored),
		WITH_BED(test_a_restart_goes_on_where_it_was),
		WITH_BED(test_what_the_other_side_asked_for_outlives_a_restart),
		WITH_BED(test_a_message_under_way_at_a_crash_comes_again_with_its_key),
		WITH_BED(test_what_is_known_to_be_delivered_never_comes_again),
		WITH_BED(test_a_channel_gone_at_a_start_gives_its_messages_up),
		WITH_BED(test_records_of_strangers_are_left_alone_and_told),
		WITH_BED(test_a_full_disk_does_not_silence_anybody),
		WITH_BED(test_a_hanging_disk_does_not_either),
		WITH_BED(test_without_a_store_messages_go_at_once),
		WITH_BED(test_nothing_is_lost_doubled_or_turned_round_by_crashes_at_any_point),
	};

	return cmocka_run_group_tests_name("outbox store", tests, NULL, NULL);
}
