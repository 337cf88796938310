/* test_breaker_words.c - the window's words, and words that nobody of us wrote: old, newer, full,
 * impossible, random.
 */
#include "support/breaker_builder.h"

static segment_word *calls_word(uint32_t shard, int64_t ms)
{
	return &world.breaker->shards[shard].calls[ms / 1000 % SEGMENT_SLOTS];
}

static void test_calls_leave_the_window(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

	world_open(&config);
	calls(BW_BREAKER_FAILURE, 4, 500);
	assert_int_equal(look(59999).window.total_calls, 4);
	assert_int_equal(look(60000).window.total_calls, 0);
	calls(BW_BREAKER_FAILURE, 4, 60000);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_a_reused_bucket_starts_at_zero(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 7, 1500);
	calls(BW_BREAKER_SUCCESS, 2, 1500 + 64000);
	assert_int_equal(look(65500).window.total_calls, 2);
	assert_true(look(65500).window.avg_response_time_s == 0.001);
}

static void test_time_never_moves_the_window_back(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

	world_open(&config);
	calls(BW_BREAKER_FAILURE, 3, 100000);
	assert_int_equal(look(20000).window.total_calls, 3);
	calls(BW_BREAKER_SUCCESS, 9, 20000);
	assert_int_equal(look(100000).window.total_calls, 3);
	assert_int_equal(look(100000).lifetime.success, 9);
	calls(BW_BREAKER_FAILURE, 1, 90000);
	expect_state(BW_BREAKER_CLOSED);
	calls(BW_BREAKER_FAILURE, 1, 90000);
	expect_state(BW_BREAKER_OPEN);
}

static void test_a_clock_from_the_far_future_does_not_block_recording(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 1, INT64_C(10) * 365 * 86400 * 1000);
	calls(BW_BREAKER_SUCCESS, 3, 5000);
	assert_int_equal(look(5000).window.total_calls, 3);
}

static void test_a_leap_over_the_tags_circle_brings_nothing_old_back(void **state)
{
	/* 2^20 buckets of a second later every tag is the same again. */
	int64_t circle_ms = (INT64_C(1) << 20) * 1000;

	world_open(NULL);
	for (int64_t ms = 1000; ms < 60000; ms += 1000) {
		calls(BW_BREAKER_FAILURE, 1, ms);
		bw_breaker_metrics_only(world.breaker);
	}
	assert_int_equal(look(59000).window.total_calls, 59);
	assert_int_equal(look(59000 + circle_ms).window.total_calls, 0);
	calls(BW_BREAKER_SUCCESS, 2, 30000 + circle_ms);
	assert_int_equal(look(59000 + circle_ms).window.total_calls, 2);
	assert_int_equal(look(59000 + circle_ms).window.has_last_failure, false);
}

static void test_rare_calls_are_counted_whatever_their_slot_held(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.window_us = 600000 * MS;
	world_open(&config);
	for (int64_t i = 0; i < 400; i++) {
		int64_t ms = i * 400000 * 1000 + i % 7 * 10000;

		calls(BW_BREAKER_SUCCESS, 1, ms);
		assert_int_equal(look(ms).window.total_calls, 1);
	}
}

static void test_a_word_of_a_whole_circle_ago_is_gone(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 4, 7000);
	/* Each gap is short, and none of these calls comes to its slot. */
	for (int64_t bucket = 100000; bucket < 1 << 20; bucket += 100000)
		calls(BW_BREAKER_SUCCESS, 1, bucket / 64 * 64 * 1000);
	calls(BW_BREAKER_SUCCESS, 1, ((INT64_C(1) << 20) + 7 + 10) * 1000);
	assert_int_equal(look(((INT64_C(1) << 20) + 7 + 10) * 1000).window.total_calls, 1);
}

static void test_passing_a_multiple_keeps_the_window(void **state)
{
	int64_t multiple_ms = (INT64_C(1) << 18) * 1000;

	world_open(NULL);
	for (int64_t ms = multiple_ms - 30000; ms < multiple_ms + 20000; ms += 1000)
		calls(BW_BREAKER_SUCCESS, 1, ms);
	assert_int_equal(look(multiple_ms + 19000).window.total_calls, 50);
}

static void test_emptying_the_ring_goes_on_where_a_killed_one_stopped(void **state)
{
	int64_t circle_ms = (INT64_C(1) << 20) * 1000;

	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 3, 1000);
	calls(BW_BREAKER_SUCCESS, 3, 2000);
	/* The killed one had emptied one word; last_epoch stands where it stood. */
	*calls_word(0, 1000) = 0;
	calls(BW_BREAKER_SUCCESS, 1, 3000 + circle_ms);
	assert_int_equal(look(3000 + circle_ms).window.total_calls, 1);
}

static void test_a_plausibly_newer_word_is_left_alone(void **state)
{
	static const struct {
		uint32_t epoch, generation;
		int64_t kept; /* is the sample dropped? */
	} rows[] = {
		{ 5, 1, 1 },                  /* this bucket: added to */
		{ 5 + 64, 1, 0 },             /* newer */
		{ 5 + (1 << 19), 1, 0 },      /* just newer */
		{ 5 + (1 << 19) + 1, 1, 1 },  /* ancient */
		{ (5 - 64) & 0xfffff, 1, 1 }, /* older */
		{ 5, 2, 0 },                  /* of a newer generation */
		{ 5, 2047, 0 },               /* just newer */
		{ 5, 0xfff, 1 },              /* of an older generation */
		{ (5 - 64) & 0xfffff, 2, 1 }, /* older, whatever the generation */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t word;

		world_open(NULL);
		word = word_bucket(word_tag(rows[i].epoch, rows[i].generation), 0, 0);
		*calls_word(0, 5000) = word;
		cell()->last_epoch = 0;
		calls(BW_BREAKER_SUCCESS, 1, 4000);
		*calls_word(0, 5000) = word;
		calls(BW_BREAKER_SUCCESS, 1, 5000);
		assert_int_equal(look(5000).window.total_calls, 1 + rows[i].kept);
		if (rows[i].kept == 0)
			assert_int_equal(*calls_word(0, 5000), word);
	}
}

static void test_a_bucket_of_the_same_cycle_is_carried_over(void **state)
{
	struct bw_breaker_snapshot seen;

	world_of_open();
	calls(BW_BREAKER_SUCCESS, 1, 70000);
	calls(BW_BREAKER_FAILURE, 1, 70000);
	seen = look(70000);
	/* Two generations in one bucket, and both count; the first five have left the window. */
	assert_int_equal(seen.window.total_calls, 2);
	assert_true(seen.window.failure_rate == 0.5);
}

static void test_a_full_bucket_hands_over_to_the_next_shard(void **state)
{
	struct bw_breaker_snapshot seen;

	world_open_shaped(NULL, 1, 2);
	calls(BW_BREAKER_SUCCESS, 1, 1000);
	*calls_word(0, 1000) = word_bucket(word_tag(1, 1), 65535, 10);
	calls(BW_BREAKER_SUCCESS, 2, 1000);
	calls(BW_BREAKER_FAILURE, 1, 1000);
	seen = look(1000);
	assert_int_equal(seen.window.total_calls, 65538);
	assert_int_equal(word_bucket_high(*calls_word(1, 1000)), 3);
	assert_int_equal(word_bucket_low(*calls_word(1, 1000)), 1);
	assert_true(seen.window.avg_response_time_s > 0);
}

static void test_with_every_shard_full_total_and_failed_are_dropped_alike(void **state)
{
	struct bw_breaker_snapshot seen;

	world_open_shaped(NULL, 1, 2);
	calls(BW_BREAKER_SUCCESS, 1, 1000);
	*calls_word(0, 1000) = word_bucket(word_tag(1, 1), 65535, 100);
	*calls_word(1, 1000) = word_bucket(word_tag(1, 1), 65535, 100);
	for (int i = 0; i < 4; i++) {
		assert_true(call(BW_BREAKER_SUCCESS, 1, 1000));
		assert_true(call(BW_BREAKER_TIMEOUT, 1, 1000));
	}
	seen = look(1000);
	assert_int_equal(seen.window.total_calls, 2 * 65535);
	assert_true(seen.window.failure_rate == 100.0 / 65535);
	assert_true(seen.window.timeout_rate == 0);
	assert_int_equal(seen.lifetime.success, 5);
	assert_int_equal(seen.lifetime.failure, 4);
}

static void test_a_full_sum_of_durations_hands_over_too(void **state)
{
	world_open_shaped(NULL, 1, 2);
	calls(BW_BREAKER_SUCCESS, 1, 1000);
	world.breaker->shards[0].durations[1] = word_bucket(word_tag(1, 1), 0xffff, 0xffff);
	calls(BW_BREAKER_SUCCESS, 1, 1000);
	calls(BW_BREAKER_FAILURE, 1, 1000);
	assert_int_equal((uint32_t)world.breaker->shards[1].durations[1], 20);
}

static void test_counts_of_failures_in_a_row_saturate(void **state)
{
	world_open(NULL);
	bw_breaker_metrics_only(world.breaker);
	cell()->consecutive = word_tagged(2, WORD_TIME_MAX);
	calls(BW_BREAKER_FAILURE, 2, 1);
	assert_int_equal(look(1).consecutive_failures, (int64_t)WORD_TIME_MAX);
	calls(BW_BREAKER_SUCCESS, 1, 1);
	assert_int_equal(look(1).consecutive_failures, 0);
}

static void test_episodes_within_a_millisecond_are_told_apart(void **state)
{
	struct bw_breaker_event events[8];
	uint64_t cursor = 0;

	world_open(NULL);
	for (int i = 0; i < 3; i++) {
		bw_breaker_metrics_only(world.breaker);
		calls(BW_BREAKER_FAILURE, 5, 1000);
		assert_int_equal(events_after(&cursor, events, 8), 2);
		assert_int_equal(events[1].cause, BW_BREAKER_WOULD_HAVE_OPENED);
	}
}

/* --- impossible words --- */

static uint64_t corrupt_count(void)
{
	struct bw_region_info info;

	bw_region_info(world.region, &info);
	return info.corrupt;
}

static void test_impossible_control_words_count_as_closed(void **state)
{
	static const uint64_t words[] = {
		UINT64_C(7) << 61 | UINT64_C(5) << 37,                    /* no such state */
		UINT64_C(6) << 61 | UINT64_C(5) << 37, UINT64_C(1) << 61, /* no generation */
		UINT64_C(3) << 61 | UINT64_C(5) << 37 | 1000, /* a deadline without OPEN */
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		world_open(NULL);
		cell()->control = words[i];
		expect_state(BW_BREAKER_CLOSED);
		assert_int_equal(corrupt_count(), 0);
		assert_true(call(BW_BREAKER_FAILURE, 1, 1));
		assert_int_equal(corrupt_count(), 1);
		assert_int_equal(look(1).window.total_calls, 1);
		calls(BW_BREAKER_FAILURE, 4, 1);
		expect_state(BW_BREAKER_OPEN);
		assert_int_equal(corrupt_count(), 1);
	}
}

static uint64_t next_random(void)
{
	static uint64_t bits = 88172645463325252u;

	bits ^= bits << 13;
	bits ^= bits >> 7;
	bits ^= bits << 17;
	return bits;
}

/* Anything but the name and what says that the cell is one. */
static void scribble(int words)
{
	segment_word *first = (segment_word *)cell();
	size_t count = world.region->cell_bytes / sizeof(*first);
	size_t fixed = offsetof(struct segment_cell, ready) / sizeof(*first);

	for (int i = 0; i < words; i++) {
		size_t at_word = next_random() % count;

		if (at_word < fixed || at_word > fixed + SEGMENT_NAME_BYTES / 8)
			first[at_word] = next_random() >> (next_random() % 64);
	}
}

static void use_every_door(int64_t ms)
{
	struct bw_breaker_event events[70];
	struct bw_breaker_worker workers[4];
	struct bw_breaker_config config;
	struct bw_breaker_ticket ticket = acquire_at(ms);
	struct bw_breaker_call timed = bw_breaker_begin(world.breaker);
	struct bw_breaker_ticket any = { next_random(), (int64_t)next_random() };
	uint64_t cursor = next_random() % 4 == 0 ? next_random() : 0, missed = 0;
	struct bw_breaker_snapshot seen = look(ms);

	assert_true((unsigned)seen.state <= BW_BREAKER_METRICS_ONLY);
	assert_true(seen.window.failure_rate >= 0 && seen.window.failure_rate <= 1);
	assert_true(seen.window.timeout_rate >= 0 && seen.window.timeout_rate <= 1);
	assert_true(seen.window.uptime_percentage >= 0 && seen.window.uptime_percentage <= 100);
	assert_true(seen.time_until_retry_us >= 0);
	record_at(ticket, (enum bw_breaker_outcome)(next_random() % 7),
		  (int64_t)(next_random() % 100000), ms);
	record_at(any, BW_BREAKER_FAILURE, 1, ms);
	bw_breaker_end(world.breaker, timed, BW_BREAKER_SUCCESS);
	bw_breaker_config(world.breaker, &config);
	assert_int_equal(bw_breaker_config_check(&config, NULL), BW_OK);
	bw_breaker_workers(world.breaker, workers, 4);
	for (size_t count = 1, turns = 0; count > 0 && turns < 4; turns++) {
		count = bw_breaker_events(world.breaker, &cursor, events, 70, &missed);
		assert_true(count <= SEGMENT_EVENTS + 1);
	}
	switch (next_random() % 16) {
	case 0:
		bw_breaker_reset(world.breaker);
		break;
	case 1:
		bw_breaker_metrics_only(world.breaker);
		break;
	case 2:
		bw_breaker_enable(world.breaker);
		break;
	case 3:
		bw_breaker_open_until(world.breaker, (int64_t)next_random());
		break;
	default:
		break;
	}
}

static void test_random_words_never_crash_a_door(void **state)
{
	world_open_shaped(NULL, 4, 2);
	for (int round = 0; round < 3000; round++) {
		scribble(1 + (int)(next_random() % 40));
		use_every_door((int64_t)(next_random() % 100000000));
	}
	/* And it heals: a reset, and a window later all is well. */
	assert_int_equal(bw_breaker_configure(world.breaker, &bw_breaker_config_default, NULL),
			 BW_OK);
	bw_breaker_reset(world.breaker);
	calls(BW_BREAKER_FAILURE, 5, 200000000);
	expect_state(BW_BREAKER_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		breaker_test(test_calls_leave_the_window),
		breaker_test(test_a_reused_bucket_starts_at_zero),
		breaker_test(test_time_never_moves_the_window_back),
		breaker_test(test_a_clock_from_the_far_future_does_not_block_recording),
		breaker_test(test_a_leap_over_the_tags_circle_brings_nothing_old_back),
		breaker_test(test_rare_calls_are_counted_whatever_their_slot_held),
		breaker_test(test_a_word_of_a_whole_circle_ago_is_gone),
		breaker_test(test_passing_a_multiple_keeps_the_window),
		breaker_test(test_emptying_the_ring_goes_on_where_a_killed_one_stopped),
		breaker_test(test_a_plausibly_newer_word_is_left_alone),
		breaker_test(test_a_bucket_of_the_same_cycle_is_carried_over),
		breaker_test(test_a_full_bucket_hands_over_to_the_next_shard),
		breaker_test(test_with_every_shard_full_total_and_failed_are_dropped_alike),
		breaker_test(test_a_full_sum_of_durations_hands_over_too),
		breaker_test(test_counts_of_failures_in_a_row_saturate),
		breaker_test(test_episodes_within_a_millisecond_are_told_apart),
		breaker_test(test_impossible_control_words_count_as_closed),
		breaker_test(test_random_words_never_crash_a_door),
	};

	return cmocka_run_group_tests_name("breaker: words", tests, NULL, NULL);
}
