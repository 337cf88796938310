/* test_breaker_probe.c - half-open: probes, leases, and what the killed leave behind: one test for
 * each rule of docs/internals/breaker.md. Crashes are words written as a killed process would have
 * left them.
 */
#include "support/breaker_builder.h"

static void test_half_open_closes_after_enough_successes_with_an_empty_window(void **state)
{
	world_of_open();
	calls(BW_BREAKER_SUCCESS, 2, 70000);
	expect_state(BW_BREAKER_HALF_OPEN);
	assert_int_equal(look(70000).probe_successes, 2);
	calls(BW_BREAKER_SUCCESS, 1, 70000);
	expect_state(BW_BREAKER_CLOSED);
	expect_last_event(BW_BREAKER_HALF_OPEN, BW_BREAKER_CLOSED, BW_BREAKER_BY_PROBE_SUCCESS);
	assert_int_equal(look(70000).window.total_calls, 0);
	assert_int_equal(look(70000).consecutive_failures, 0);
	calls(BW_BREAKER_FAILURE, 4, 70001);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_any_failure_in_half_open_reopens(void **state)
{
	struct bw_breaker_ticket probe = world_of_half_open();

	calls(BW_BREAKER_SUCCESS, 1, 70001);
	assert_true(record_at(probe, BW_BREAKER_TIMEOUT, 1, 71000));
	expect_state(BW_BREAKER_OPEN);
	expect_last_event(BW_BREAKER_HALF_OPEN, BW_BREAKER_OPEN, BW_BREAKER_BY_PROBE_FAILURE);
	assert_int_equal(look(71000).time_until_retry_us, 60000 * MS);
}

static void test_minimum_volume_and_rates_do_not_apply_in_half_open(void **state)
{
	struct bw_breaker_config config = config_of(BW_BREAKER_FAILURE_RATE);

	config.minimum_calls = 100;
	world_open(&config);
	bw_breaker_open_for(world.breaker, 0);
	calls(BW_BREAKER_FAILURE, 1, 1);
	expect_state(BW_BREAKER_OPEN);
}

static void test_a_late_success_does_not_close(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker_ticket slow;

	config.success_threshold = 1;
	world_open(&config);
	slow = acquire_at(1);
	calls(BW_BREAKER_FAILURE, 5, 10000);
	assert_true(admitted_at(70000));
	assert_false(record_at(slow, BW_BREAKER_SUCCESS, 1, 70001));
	expect_state(BW_BREAKER_HALF_OPEN);
	assert_int_equal(look(70001).probes_in_flight, 1);
}

static void test_probes_in_flight_and_successes_never_pass_the_threshold(void **state)
{
	struct bw_breaker_ticket probe = world_of_half_open();
	struct bw_breaker_ticket ticket;

	assert_true(admitted_at(70001));
	assert_true(admitted_at(70001));
	ticket = acquire_at(70001);
	assert_false(bw_breaker_ticket_admitted(ticket));
	assert_int_equal(bw_breaker_ticket_reason(ticket), BW_BREAKER_REJECTED_HALF_OPEN_FULL);
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), -1);
	assert_true(record_at(probe, BW_BREAKER_SUCCESS, 1, 70002));
	assert_false(admitted_at(70002));
	assert_int_equal(look(70002).probes_in_flight, 2);
}

static void test_max_probes_limits_what_is_in_flight(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker_ticket probe;

	config.max_probes = 1;
	world_open(&config);
	bw_breaker_open_for(world.breaker, 0);
	probe = acquire_at(1);
	assert_true(bw_breaker_ticket_admitted(probe));
	assert_false(admitted_at(1));
	assert_true(record_at(probe, BW_BREAKER_SUCCESS, 1, 1));
	assert_true(admitted_at(1));
}

static void test_at_most_eight_probes_are_in_flight(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.success_threshold = 20;
	world_open(&config);
	bw_breaker_open_for(world.breaker, 0);
	for (int i = 0; i < 8; i++)
		assert_true(admitted_at(1));
	assert_false(admitted_at(1));
}

static void test_outcomes_that_are_neither_free_the_probe(void **state)
{
	static const enum bw_breaker_outcome others[] = { BW_BREAKER_IGNORED, BW_BREAKER_CANCELLED,
							  BW_BREAKER_REJECTED_LOCAL };

	world_of_open();
	for (size_t i = 0; i < 3; i++) {
		struct bw_breaker_ticket probe = acquire_at(70000);

		assert_int_equal(look(70000).probes_in_flight, 1);
		assert_true(record_at(probe, others[i], 1, 70000));
		assert_int_equal(look(70000).probes_in_flight, 0);
		assert_int_equal(look(70000).probe_successes, 0);
	}
	expect_state(BW_BREAKER_HALF_OPEN);
}

/* --- leases --- */

static void test_an_expired_lease_is_stolen(void **state)
{
	struct bw_breaker_ticket lost = world_of_half_open();

	admitted_at(70000);
	admitted_at(70000);
	/* timeout_threshold and a second */
	assert_false(admitted_at(80999));
	assert_true(admitted_at(81000));
	assert_int_equal(look(81000).probes_in_flight, 1);
	/* The lost one still counts, but frees no other one's lease. */
	assert_true(record_at(lost, BW_BREAKER_SUCCESS, 11500, 81500));
	assert_int_equal(look(81500).probe_successes, 1);
	assert_int_equal(look(81500).probes_in_flight, 1);
}

static void test_only_its_own_lease_is_freed(void **state)
{
	struct bw_breaker_ticket first = world_of_half_open();
	struct bw_breaker_ticket wrong = first;

	wrong.value++;
	assert_true(record_at(wrong, BW_BREAKER_IGNORED, 1, 70001));
	assert_int_equal(look(70001).probes_in_flight, 1);
	assert_true(record_at(first, BW_BREAKER_IGNORED, 1, 70001));
	assert_int_equal(look(70001).probes_in_flight, 0);
}

static void test_a_lease_from_another_clock_is_expired(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.max_probes = 1;
	world_open(&config);
	bw_breaker_open_for(world.breaker, 0);
	assert_true(admitted_at(3600000));
	assert_false(admitted_at(3600000));
	/* An hour back: the lease would last for an hour. */
	assert_true(admitted_at(0));
}

/* --- the killed --- */

static void leave_probe_result(uint32_t ok, uint32_t failed)
{
	cell()->probe_result = word_probe(generation_now(), ok, failed);
}

static void test_killed_before_closing_the_next_one_closes(void **state)
{
	struct bw_breaker_ticket probe = world_of_half_open();

	leave_probe_result(3, 0);
	assert_true(admitted_at(70001));
	expect_state(BW_BREAKER_CLOSED);
	assert_false(record_at(probe, BW_BREAKER_FAILURE, 1, 70001));
	expect_state(BW_BREAKER_CLOSED);

	probe = world_of_half_open();
	leave_probe_result(3, 0);
	assert_true(record_at(probe, BW_BREAKER_IGNORED, 1, 70001));
	expect_state(BW_BREAKER_CLOSED);
}

static void test_killed_before_reopening_the_next_one_reopens(void **state)
{
	struct bw_breaker_ticket ticket;

	world_of_half_open();
	leave_probe_result(1, 1);
	ticket = acquire_at(71000);
	assert_false(bw_breaker_ticket_admitted(ticket));
	assert_int_equal(bw_breaker_ticket_reason(ticket), BW_BREAKER_REJECTED_OPEN);
	assert_int_equal(bw_breaker_ticket_retry_after_us(ticket), 60000 * MS);
	expect_state(BW_BREAKER_OPEN);
}

static void test_killed_between_success_and_freeing_the_lease_expires(void **state)
{
	world_of_half_open();
	leave_probe_result(1, 0);
	/* One lease and one success: one more fits; the lease goes when it runs out. */
	assert_true(admitted_at(70001));
	assert_false(admitted_at(70001));
	assert_true(admitted_at(81000));
}

static void test_killed_with_every_probe_it_is_never_stuck(void **state)
{
	world_of_half_open();
	admitted_at(70000);
	admitted_at(70000);
	assert_false(admitted_at(80999));
	calls(BW_BREAKER_SUCCESS, 3, 81000);
	expect_state(BW_BREAKER_CLOSED);
}

static void test_killed_before_the_trip_the_next_failure_opens(void **state)
{
	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 1, 1);
	cell()->consecutive = word_tagged(1, 7);
	calls(BW_BREAKER_FAILURE, 1, 2);
	expect_state(BW_BREAKER_OPEN);
}

/* Only the control word was written: no event, window_from, reopens, left_closed. */
static void test_killed_right_after_a_transition_all_goes_on(void **state)
{
	struct bw_breaker_event events[8];
	struct bw_breaker_snapshot seen;
	uint64_t cursor = 0, missed = 0;

	world_open(NULL);
	calls(BW_BREAKER_SUCCESS, 3, 1000);
	cell()->control = word_control(BW_BREAKER_OPEN, 2, 61000);
	cell()->window_from = 1;
	seen = look(2000);
	assert_int_equal(seen.state, BW_BREAKER_OPEN);
	assert_int_equal(seen.time_until_retry_us, 59000 * MS);
	assert_int_equal(seen.window.total_calls, 3);
	assert_false(seen.has_transition);
	assert_int_equal(seen.left_closed_wall_us, 0);
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 0);
	calls(BW_BREAKER_SUCCESS, 3, 61000);
	expect_state(BW_BREAKER_CLOSED);
	assert_int_equal(look(61000).window.total_calls, 0);
	assert_int_equal(bw_breaker_events(world.breaker, &cursor, events, 8, &missed), 2);
	assert_int_equal(events[0].cause, BW_BREAKER_BY_RECOVERY_TIMEOUT);
}

static void test_killed_right_after_closing_the_window_is_empty_and_stays_so(void **state)
{
	world_of_open();
	calls(BW_BREAKER_IGNORED, 1, 70000);
	cell()->control = word_control(BW_BREAKER_CLOSED, generation_now() + 1, 0);
	assert_int_equal(look(10000).window.total_calls, 0);
	assert_int_equal(look(10000).consecutive_failures, 0);
	assert_int_equal(look(10000).left_closed_wall_us, 0);
	calls(BW_BREAKER_SUCCESS, 1, 10000);
	bw_breaker_metrics_only(world.breaker);
	assert_int_equal(look(10000).window.total_calls, 1);
	assert_int_equal(look(10000).consecutive_failures, 0);
}

static void test_killed_between_count_and_duration_only_the_time_is_missing(void **state)
{
	world_open(NULL);
	call(BW_BREAKER_SUCCESS, 100, 1000);
	world.breaker->shards[0].calls[1] = word_bucket(word_tag(1, 1), 2, 0);
	assert_int_equal(look(1000).window.total_calls, 2);
	assert_true(look(1000).window.avg_response_time_s == 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		breaker_test(test_half_open_closes_after_enough_successes_with_an_empty_window),
		breaker_test(test_any_failure_in_half_open_reopens),
		breaker_test(test_minimum_volume_and_rates_do_not_apply_in_half_open),
		breaker_test(test_a_late_success_does_not_close),
		breaker_test(test_probes_in_flight_and_successes_never_pass_the_threshold),
		breaker_test(test_max_probes_limits_what_is_in_flight),
		breaker_test(test_at_most_eight_probes_are_in_flight),
		breaker_test(test_outcomes_that_are_neither_free_the_probe),
		breaker_test(test_an_expired_lease_is_stolen),
		breaker_test(test_only_its_own_lease_is_freed),
		breaker_test(test_a_lease_from_another_clock_is_expired),
		breaker_test(test_killed_before_closing_the_next_one_closes),
		breaker_test(test_killed_before_reopening_the_next_one_reopens),
		breaker_test(test_killed_between_success_and_freeing_the_lease_expires),
		breaker_test(test_killed_with_every_probe_it_is_never_stuck),
		breaker_test(test_killed_before_the_trip_the_next_failure_opens),
		breaker_test(test_killed_right_after_a_transition_all_goes_on),
		breaker_test(test_killed_right_after_closing_the_window_is_empty_and_stays_so),
		breaker_test(test_killed_between_count_and_duration_only_the_time_is_missing),
	};

	return cmocka_run_group_tests_name("breaker: probes", tests, NULL, NULL);
}
