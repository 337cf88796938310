/* test_breaker_states.c - generations, overrides, orders, looking, events, new configurations: one
 * test for each rule of docs/internals/breaker.md, on a fake clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/breaker_builder.h"

static void test_every_transition_reset_and_override_bumps_the_generation(void **state)
{
	enum bw_status (*const orders[])(struct bw_breaker *) = {
		bw_breaker_reset,        bw_breaker_reset,  bw_breaker_force_open,
		bw_breaker_force_open,   bw_breaker_enable, bw_breaker_disable,
		bw_breaker_disable,      bw_breaker_enable, bw_breaker_metrics_only,
		bw_breaker_metrics_only, bw_breaker_enable,
	};
	uint32_t last;

	world_open(NULL);
	last = generation_now();
	assert_int_equal(last, 1);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_equal(orders[i](world.breaker), BW_OK);
		assert_int_equal(generation_now(), ++last);
	}
	calls(BW_BREAKER_FAILURE, 5, 1);
	assert_int_equal(generation_now(), ++last);
	calls(BW_BREAKER_IGNORED, 1, 60001);
	assert_int_equal(generation_now(), ++last);
	calls(BW_BREAKER_SUCCESS, 3, 60001);
	assert_int_equal(generation_now(), ++last);
}

static void test_the_generation_wraps_at_24_bits_and_is_never_zero(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_CONSECUTIVE);
	struct bw_breaker_event events[4];
	uint64_t cursor = 0;

	world_open(&config);
	cell()->control = word_control(BW_BREAKER_CLOSED, WORD_GENERATION_MASK, 0);
	calls(BW_BREAKER_SUCCESS, 2, 1);
	assert_int_equal(look(1).window.total_calls, 2);
	calls(BW_BREAKER_FAILURE, 5, 1);
	expect_state(BW_BREAKER_OPEN);
	assert_int_equal(generation_now(), 1);
	assert_int_equal(look(1).window.total_calls, 7);
	assert_int_equal(look(1).consecutive_failures, 5);
	calls(BW_BREAKER_SUCCESS, 3, 60001);
	expect_state(BW_BREAKER_CLOSED);
	assert_int_equal(generation_now(), 3);
	assert_int_equal(look(60001).window.total_calls, 0);
	assert_int_equal(events_after(&cursor, events, 4), 3);
	assert_true(look(60001).has_transition);
}

static void test_reset_closes_empties_the_window_and_keeps_lifetime_totals(void **state)
{
	struct bw_breaker_snapshot seen;

	world_of_open();
	at(11000);
	bw_breaker_reset(world.breaker);
	expect_last_event(BW_BREAKER_OPEN, BW_BREAKER_CLOSED, BW_BREAKER_BY_RESET);
	seen = look(11000);
	assert_int_equal(seen.state, BW_BREAKER_CLOSED);
	assert_int_equal(seen.window.total_calls, 0);
	assert_int_equal(seen.consecutive_failures, 0);
	assert_int_equal(seen.lifetime.admitted, 5);
	assert_int_equal(seen.lifetime.failure, 5);
	calls(BW_BREAKER_FAILURE, 4, 11001);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_reset_is_always_an_event(void **state)
{
	world_open(NULL);
	bw_breaker_reset(world.breaker);
	expect_last_event(BW_BREAKER_CLOSED, BW_BREAKER_CLOSED, BW_BREAKER_BY_RESET);
	assert_false(look(1).has_transition);
}

static void test_a_result_of_another_generation_is_late_and_changes_nothing_else(void **state)
{
	struct bw_breaker_ticket ticket;

	world_open(NULL);
	ticket = acquire_at(1);
	at(2);
	bw_breaker_reset(world.breaker);
	assert_false(record_at(ticket, BW_BREAKER_FAILURE, 1, 3));
	assert_int_equal(look(3).window.total_calls, 0);
	assert_int_equal(look(3).consecutive_failures, 0);
	assert_int_equal(look(3).lifetime.failure, 1);
	assert_int_equal(look(3).lifetime.late, 1);
}

static void test_tickets_that_were_never_admitted_change_nothing(void **state)
{
	struct bw_breaker_ticket none = { 0 }, rejection, forged;

	world_of_open();
	rejection = acquire_at(11000);
	assert_false(bw_breaker_ticket_admitted(none));
	assert_false(record_at(none, BW_BREAKER_FAILURE, 1, 11000));
	assert_false(record_at(rejection, BW_BREAKER_SUCCESS, 1, 11000));
	assert_int_equal(look(11000).lifetime.failure, 5);
	assert_int_equal(look(11000).lifetime.success, 0);
	/* Nobody is ever admitted in OPEN, nor to half-open without a lease. */
	forged.word = (cell()->control & ~WORD_DEADLINE_MAX) | 1;
	forged.value = 0;
	assert_false(record_at(forged, BW_BREAKER_FAILURE, 1, 11000));
	assert_int_equal(look(11000).window.total_calls, 5);
	world_of_half_open();
	forged.word = (cell()->control & ~WORD_DEADLINE_MAX) | 1;
	assert_false(record_at(forged, BW_BREAKER_FAILURE, 1, 70001));
	forged.word |= 0x78;
	assert_true(record_at(forged, BW_BREAKER_IGNORED, 1, 70001));
	assert_int_equal(look(70001).probes_in_flight, 1);
	expect_state(BW_BREAKER_HALF_OPEN);
}

static void test_forced_open_never_times_out(void **state)
{
	struct bw_breaker_ticket ticket;

	world_open(NULL);
	bw_breaker_force_open(world.breaker);
	ticket = acquire_at(INT64_C(86400) * 1000 * 365);
	assert_false(bw_breaker_ticket_admitted(ticket));
	assert_int_equal(bw_breaker_ticket_reason(ticket), BW_BREAKER_REJECTED_FORCED_OPEN);
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), -1);
	assert_false(look(1).has_retry);
	assert_int_equal(look(1).lifetime.rejected, 1);
	bw_breaker_enable(world.breaker);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_disabled_admits_all_and_keeps_lifetime_totals_only(void **state)
{
	struct bw_breaker_snapshot before;

	world_of_open();
	at(11000);
	bw_breaker_disable(world.breaker);
	before = look(11000);
	calls(BW_BREAKER_FAILURE, 50, 11000);
	expect_state(BW_BREAKER_DISABLED);
	assert_int_equal(look(11000).window.total_calls, before.window.total_calls);
	assert_int_equal(look(11000).consecutive_failures, before.consecutive_failures);
	assert_int_equal(look(11000).lifetime.failure, 55);
}

static void test_metrics_only_records_and_never_opens(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 2, 1);
	bw_breaker_metrics_only(world.breaker);
	calls(BW_BREAKER_FAILURE, 50, 1);
	expect_state(BW_BREAKER_METRICS_ONLY);
	assert_int_equal(look(1).window.total_calls, 52);
	assert_int_equal(look(1).consecutive_failures, 50);
}

static void test_metrics_only_tells_once_an_episode_that_it_would_have_opened(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_CONSECUTIVE);
	struct bw_breaker_event events[8];
	uint64_t cursor = 0;

	world_open(&config);
	at(1000);
	bw_breaker_metrics_only(world.breaker);
	calls(BW_BREAKER_FAILURE, 9, 2000);
	assert_int_equal(events_after(&cursor, events, 8), 2);
	assert_int_equal(events[1].cause, BW_BREAKER_WOULD_HAVE_OPENED);
	assert_int_equal(events[1].from, BW_BREAKER_METRICS_ONLY);
	assert_int_equal(events[1].to, BW_BREAKER_METRICS_ONLY);
	assert_int_equal(events[1].generation, generation_now());
	assert_int_equal(events[1].at_us, 2000 * MS);
	assert_int_equal(events[1].wall_us, 2000 * MS + WALL_OFFSET_US);
	calls(BW_BREAKER_FAILURE, 1, 2500);
	assert_int_equal(events_after(&cursor, events, 8), 0);
	/* The first failing outcome that would not open ends the episode. */
	calls(BW_BREAKER_SUCCESS, 1, 3000);
	calls(BW_BREAKER_FAILURE, 4, 3000);
	assert_int_equal(events_after(&cursor, events, 8), 0);
	calls(BW_BREAKER_FAILURE, 1, 4000);
	assert_int_equal(events_after(&cursor, events, 8), 1);
	assert_int_equal(events[0].at_us, 4000 * MS);
	/* So does leaving it. */
	bw_breaker_metrics_only(world.breaker);
	calls(BW_BREAKER_FAILURE, 1, 5000);
	assert_int_equal(events_after(&cursor, events, 8), 2);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_METRICS_ONLY);
	assert_int_equal(events[1].cause, BW_BREAKER_WOULD_HAVE_OPENED);
}

static void test_would_have_opened_comes_before_what_came_after_it(void **state)
{
	struct bw_breaker_event events[8];

	world_open(NULL);
	bw_breaker_metrics_only(world.breaker);
	calls(BW_BREAKER_FAILURE, 5, 2000);
	bw_breaker_enable(world.breaker);
	assert_int_equal(events_after(NULL, events, 8), 3);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_METRICS_ONLY);
	assert_int_equal(events[1].cause, BW_BREAKER_WOULD_HAVE_OPENED);
	assert_int_equal(events[2].cause, BW_BREAKER_BY_ENABLE);
}

static void test_overrides_keep_the_window_and_enable_empties_it(void **state)
{
	world_of_open();
	bw_breaker_force_open(world.breaker);
	assert_int_equal(look(11000).window.total_calls, 5);
	bw_breaker_metrics_only(world.breaker);
	assert_int_equal(look(11000).window.total_calls, 5);
	/* In the same bucket: what was there is carried over. */
	calls(BW_BREAKER_FAILURE, 1, 10000);
	assert_int_equal(look(11000).window.total_calls, 6);
	assert_int_equal(look(11000).consecutive_failures, 6);
	bw_breaker_enable(world.breaker);
	assert_int_equal(look(11000).window.total_calls, 0);
	assert_int_equal(look(11000).consecutive_failures, 0);
}

static void test_enable_touches_no_state_but_the_overrides(void **state)
{
	uint32_t generation;

	world_of_open();
	generation = generation_now();
	assert_int_equal(bw_breaker_enable(world.breaker), BW_OK);
	expect_state(BW_BREAKER_OPEN);
	assert_int_equal(generation_now(), generation);
}

static void test_rejections_never_enter_the_rates(void **state)
{
	world_of_open();
	for (int i = 0; i < 100; i++)
		assert_false(record_at(acquire_at(20000), BW_BREAKER_FAILURE, 1, 20000));
	assert_int_equal(look(20000).window.total_calls, 5);
	assert_int_equal(look(20000).lifetime.rejected, 100);
	assert_int_equal(look(20000).lifetime.failure, 5);
}

/* --- looking --- */

static void test_metrics_of_the_window(void **state)
{
	struct bw_breaker_snapshot seen;

	world_open(NULL);
	call(BW_BREAKER_SUCCESS, 100, 1000);
	call(BW_BREAKER_FAILURE, 11000, 2000);
	call(BW_BREAKER_TIMEOUT, 300, 3000);
	call(BW_BREAKER_SUCCESS, 200, 4000);
	seen = look(5000);
	assert_int_equal(seen.window.total_calls, 4);
	assert_true(seen.window.success_rate == 0.5);
	assert_true(seen.window.failure_rate == 0.5);
	assert_true(seen.window.timeout_rate == 0.5);
	assert_true(seen.window.avg_response_time_s == 2.9);
	assert_true(seen.window.has_last_failure);
	assert_int_equal(seen.window.last_failure_us, 3000 * MS);
	assert_int_equal(seen.lifetime.timeout, 2);
	assert_int_equal(seen.lifetime.failure, 2);
	assert_false(look(90000).window.has_last_failure);
}

static void test_an_average_of_equal_times_is_that_time(void **state)
{
	world_open(NULL);
	for (int i = 0; i < 3; i++)
		call(BW_BREAKER_SUCCESS, 100, 1000);
	assert_true(look(1000).window.avg_response_time_s == 0.1);
}

static void test_an_open_breaker_still_shows_why(void **state)
{
	struct bw_breaker_snapshot seen;

	world_of_open();
	seen = look(20000);
	assert_int_equal(seen.window.total_calls, 5);
	assert_true(seen.window.failure_rate == 1.0);
	assert_int_equal(seen.consecutive_failures, 5);
	assert_true(seen.has_transition);
	assert_int_equal(seen.changed_at_us, 10000 * MS);
	assert_int_equal(seen.changed_wall_us, 10000 * MS + WALL_OFFSET_US);
	assert_int_equal(seen.left_closed_wall_us, 10000 * MS + WALL_OFFSET_US);
	calls(BW_BREAKER_IGNORED, 1, 70000);
	assert_int_equal(look(70000).left_closed_wall_us, 10000 * MS + WALL_OFFSET_US);
	calls(BW_BREAKER_SUCCESS, 3, 70000);
	assert_int_equal(look(70000).left_closed_wall_us, 0);
}

static void test_uptime_is_the_share_of_the_window_spent_closed(void **state)
{
	world_of_open();
	assert_true(look(10000).window.uptime_percentage == 100.0);
	assert_true(look(40000).window.uptime_percentage == 50.0);
	assert_true(look(70000).window.uptime_percentage == 0.0);
	calls(BW_BREAKER_SUCCESS, 3, 73000);
	assert_true(look(88000).window.uptime_percentage == 25.0);
	assert_true(look(133000).window.uptime_percentage == 100.0);
}

static void test_uptime_survives_more_transitions_than_are_kept(void **state)
{
	world_open(NULL);
	for (int64_t ms = 1000; ms < 100000; ms += 1000) {
		at(ms);
		bw_breaker_force_open(world.breaker);
		at(ms + 500);
		bw_breaker_enable(world.breaker);
	}
	at(100000);
	bw_breaker_force_open(world.breaker);
	assert_true(look(160000).window.uptime_percentage == 0.0);
	assert_true(look(130000).window.uptime_percentage <= 50.0);
}

static void test_events_come_oldest_first_in_any_portions(void **state)
{
	struct bw_breaker_event events[8];
	uint64_t cursor = 0;

	world_of_open();
	calls(BW_BREAKER_SUCCESS, 3, 70000);
	assert_int_equal(events_after(&cursor, events, 2), 2);
	assert_int_equal(events[0].from, BW_BREAKER_CLOSED);
	assert_int_equal(events[0].to, BW_BREAKER_OPEN);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_CONSECUTIVE);
	assert_int_equal(events[0].generation, 2);
	assert_int_equal(events[0].failures, 5);
	assert_int_equal(events[0].pid, getpid());
	assert_int_equal(events[0].at_us, 10000 * MS);
	assert_int_equal(events[0].wall_us, 10000 * MS + WALL_OFFSET_US);
	assert_int_equal(events_after(&cursor, events, 2), 1);
	assert_int_equal(events[0].to, BW_BREAKER_CLOSED);
	assert_int_equal(events_after(&cursor, events, 2), 0);
	bw_breaker_reset(world.breaker);
	assert_int_equal(events_after(&cursor, events, 2), 1);
}

static void test_overwritten_events_are_missed(void **state)
{
	struct bw_breaker_event events[SEGMENT_EVENTS + 1];
	uint64_t cursor = 0, missed = 0;

	world_open(NULL);
	bw_breaker_reset(world.breaker);
	assert_int_equal(events_after(&cursor, events, 1), 1);
	for (int i = 0; i < 100; i++)
		bw_breaker_reset(world.breaker);
	assert_int_equal(
		bw_breaker_events(world.breaker, &cursor, events, SEGMENT_EVENTS + 1, &missed), 64);
	assert_int_equal(missed, 36);
	assert_int_equal(events[63].generation, 102);
}

static void test_an_event_that_is_not_written_yet_is_waited_for(void **state)
{
	struct bw_breaker_event events[8];
	uint64_t cursor = 0, missed = 0, stamp;

	world_open(NULL);
	bw_breaker_reset(world.breaker);
	bw_breaker_force_open(world.breaker);
	stamp = atomic_exchange(&cell()->events[3].stamp, 0);
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 1);
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 0);
	cell()->events[3].stamp = stamp;
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 1);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_FORCE_OPEN);
	assert_int_equal(missed, 0);
	/* One that never comes is passed when a later one is there. */
	bw_breaker_reset(world.breaker);
	cell()->events[4].stamp = 0;
	bw_breaker_disable(world.breaker);
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 1);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_DISABLE);
	assert_int_equal(missed, 1);
}

static void test_a_cursor_of_another_life_begins_anew(void **state)
{
	struct bw_breaker_event events[8];
	uint64_t cursor = 0, missed = 0;

	world_open(NULL);
	for (int i = 0; i < 10; i++)
		bw_breaker_reset(world.breaker);
	while (bw_breaker_events(world.breaker, &cursor, events, 8, &missed) > 0)
		continue;
	world_of_open();
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 1);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_CONSECUTIVE);
	assert_int_equal(missed, 0);
}

static void test_orders_through_a_read_only_region_are_refused(void **state)
{
	struct bw_region_options options = { .mode = BW_REGION_SHARED,
					     .fallback = BW_REGION_ERROR };
	enum bw_status (*const orders[])(struct bw_breaker *) = {
		bw_breaker_reset,        bw_breaker_force_open, bw_breaker_disable,
		bw_breaker_metrics_only, bw_breaker_enable,
	};
	char folder[] = "/tmp/bw-breaker-XXXXXX", path[64];
	struct bw_region *region, *readers;
	struct bw_breaker *breaker, *seen;
	struct bw_breaker_ticket ticket;
	struct bw_breaker_snapshot now;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/region", folder);
	options.path = path;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(region, "one", NULL, &breaker, NULL), BW_OK);
	options.mode = BW_REGION_READ_ONLY;
	assert_int_equal(bw_region_open(&options, &readers, NULL), BW_OK);
	assert_int_equal(bw_breaker_find(readers, "one", &seen, NULL), BW_OK);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		assert_int_equal(orders[i](seen), BW_EACCES);
	assert_int_equal(bw_breaker_open_for(seen, 1), BW_EACCES);
	/* It may ask, but nothing is counted, and it never becomes a probe. */
	ticket = bw_breaker_acquire(seen);
	assert_true(bw_breaker_ticket_admitted(ticket));
	assert_false(bw_breaker_record(seen, ticket, BW_BREAKER_FAILURE, 1));
	assert_int_equal(bw_breaker_open_for(breaker, 0), BW_OK);
	ticket = bw_breaker_acquire(seen);
	assert_int_equal(bw_breaker_ticket_reason(ticket), BW_BREAKER_REJECTED_OPEN);
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), 0);
	bw_breaker_snapshot(seen, &now);
	assert_int_equal(now.state, BW_BREAKER_OPEN);
	assert_int_equal(now.lifetime.admitted, 0);
	bw_breaker_close(seen);
	bw_region_close(readers);
	bw_breaker_close(breaker);
	bw_region_close(region);
	unlink(path);
	rmdir(folder);
}

static void test_switched_off_it_admits_all_and_records_nothing(void **state)
{
	struct bw_breaker_call timed;

	assert_int_equal(setenv("BELLWETHER_BREAKERS", "off", 1), 0);
	world_open(NULL);
	assert_int_equal(unsetenv("BELLWETHER_BREAKERS"), 0);
	for (int i = 0; i < 20; i++)
		assert_true(call(BW_BREAKER_FAILURE, 1, 1000));
	timed = bw_breaker_begin(world.breaker);
	assert_true(bw_breaker_end(world.breaker, timed, BW_BREAKER_FAILURE));
	assert_int_equal(bw_breaker_force_open(world.breaker), BW_OK);
	assert_true(admitted_at(1000));
	assert_int_equal(look(1000).window.total_calls, 0);
	assert_int_equal(look(1000).lifetime.admitted, 0);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_orders_of_no_breaker_are_refused(void **state)
{
	assert_int_equal(bw_breaker_reset(NULL), BW_EINVAL);
	assert_int_equal(bw_breaker_open_for(NULL, 1), BW_EINVAL);
	assert_int_equal(bw_breaker_open_until(NULL, 1), BW_EINVAL);
}

static void test_the_timed_call_measures_itself(void **state)
{
	struct bw_breaker_call timed;

	world_open(NULL);
	at(1000);
	timed = bw_breaker_begin(world.breaker);
	assert_true(bw_breaker_ticket_admitted(timed.ticket));
	assert_int_equal(timed.begun_us, 1000 * MS);
	assert_int_equal(world.breaker->lanes[0].last_begin_us, 1000 * MS);
	at(11000);
	assert_true(bw_breaker_end(world.breaker, timed, BW_BREAKER_FAILURE));
	assert_true(look(11000).window.avg_response_time_s == 10.0);
	assert_int_equal(look(11000).lifetime.timeout, 1);
	bw_breaker_force_open(world.breaker);
	timed = bw_breaker_begin(world.breaker);
	assert_false(bw_breaker_ticket_admitted(timed.ticket));
	assert_false(bw_breaker_end(world.breaker, timed, BW_BREAKER_FAILURE));
}

/* --- another configuration --- */

static void test_configure_keeps_state_and_counts(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 3, 1000);
	config.failure_threshold = 4;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	calls(BW_BREAKER_FAILURE, 1, 1000);
	expect_state(BW_BREAKER_OPEN);
}

static void test_an_open_period_is_measured_anew_from_its_opening(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	world_of_open();
	config.recovery_timeout_us = 5000 * MS;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	assert_int_equal(look(11000).time_until_retry_us, 4000 * MS);
	/* What a server asked for stays. */
	bw_breaker_open_for(world.breaker, 100000 * MS);
	config.recovery_timeout_us = 6000 * MS;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	assert_int_equal(look(11000).time_until_retry_us, 100000 * MS);
}

static void test_another_window_starts_empty(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 3, 100000);
	config.window_us *= 10;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	assert_int_equal(look(100000).window.total_calls, 0);
	calls(BW_BREAKER_SUCCESS, 3, 100000);
	assert_int_equal(look(600000).window.total_calls, 3);
	config.window_us /= 10;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	assert_int_equal(look(600000).window.total_calls, 0);
	calls(BW_BREAKER_SUCCESS, 2, 600000);
	assert_int_equal(look(600000).window.total_calls, 2);
	/* Bucket 5 of both widths has the same tag. */
	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 3, 5000);
	config.window_us *= 10;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	calls(BW_BREAKER_SUCCESS, 1, 50000);
	assert_int_equal(look(50000).window.total_calls, 1);
}

static void test_a_lower_success_threshold_never_leaves_it_half_open(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	world_of_open();
	calls(BW_BREAKER_SUCCESS, 2, 70000);
	config.success_threshold = 1;
	assert_int_equal(bw_breaker_configure(world.breaker, &config, NULL), BW_OK);
	assert_true(admitted_at(70001));
	expect_state(BW_BREAKER_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		breaker_test(test_every_transition_reset_and_override_bumps_the_generation),
		breaker_test(test_the_generation_wraps_at_24_bits_and_is_never_zero),
		breaker_test(test_reset_closes_empties_the_window_and_keeps_lifetime_totals),
		breaker_test(test_reset_is_always_an_event),
		breaker_test(test_a_result_of_another_generation_is_late_and_changes_nothing_else),
		breaker_test(test_tickets_that_were_never_admitted_change_nothing),
		breaker_test(test_forced_open_never_times_out),
		breaker_test(test_disabled_admits_all_and_keeps_lifetime_totals_only),
		breaker_test(test_metrics_only_records_and_never_opens),
		breaker_test(test_metrics_only_tells_once_an_episode_that_it_would_have_opened),
		breaker_test(test_would_have_opened_comes_before_what_came_after_it),
		breaker_test(test_overrides_keep_the_window_and_enable_empties_it),
		breaker_test(test_enable_touches_no_state_but_the_overrides),
		breaker_test(test_rejections_never_enter_the_rates),
		breaker_test(test_metrics_of_the_window),
		breaker_test(test_an_average_of_equal_times_is_that_time),
		breaker_test(test_an_open_breaker_still_shows_why),
		breaker_test(test_uptime_is_the_share_of_the_window_spent_closed),
		breaker_test(test_uptime_survives_more_transitions_than_are_kept),
		breaker_test(test_events_come_oldest_first_in_any_portions),
		breaker_test(test_overwritten_events_are_missed),
		breaker_test(test_an_event_that_is_not_written_yet_is_waited_for),
		breaker_test(test_a_cursor_of_another_life_begins_anew),
		breaker_test(test_orders_through_a_read_only_region_are_refused),
		breaker_test(test_switched_off_it_admits_all_and_records_nothing),
		breaker_test(test_orders_of_no_breaker_are_refused),
		breaker_test(test_the_timed_call_measures_itself),
		breaker_test(test_configure_keeps_state_and_counts),
		breaker_test(test_an_open_period_is_measured_anew_from_its_opening),
		breaker_test(test_another_window_starts_empty),
		breaker_test(test_a_lower_success_threshold_never_leaves_it_half_open),
	};

	return cmocka_run_group_tests_name("breaker: states", tests, NULL, NULL);
}
