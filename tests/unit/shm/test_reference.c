/* test_reference.c - ours and the reference, side by side through random calls; and each of the
 * eight differences by itself, both behaviours asserted.
 *
 * Every random sequence runs on one fake clock for both. With all ways the restatement must agree
 * with ours in every figure after every step; without any one of them some sequence must not, or
 * the comparison would not see that difference. A step of the clock is a thousandth longer than a
 * bucket, so that no call is ever exactly as old as the window, where sixtieths and an exact list
 * would differ.
 *
 * BREAKER_SEQUENCES in the environment: so many sequences instead of the usual ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bellwether/breaker.h>

#include "unit/shm/reference.h"

#define SECOND INT64_C(1000000)
#define BEGIN_US (INT64_C(1000) * SECOND)

enum {
	SEQUENCES = 300,
	STEPS = 250,
	TICKS_MAX = 900,
	CHANGES_SURE =
		48, /* of 64 kept, resets among them; with more in a window uptime is a guess */
};

struct pair {
	struct bw_breaker_config config;
	struct bw_region *region;
	struct bw_breaker *breaker;
	struct reference reference;
	int64_t now_us;
	int ticks;
	uint64_t seed, well_pct; /* so many calls succeed */
};

static int64_t now_us(void *arg)
{
	return ((const struct pair *)arg)->now_us;
}

static void pair_open(struct pair *pair, unsigned ways)
{
	const struct bw_clock clock = { .now_us = now_us, .wall_us = now_us, .arg = pair };
	const struct bw_region_options options = { .mode = BW_REGION_PRIVATE, .clock = &clock };
	struct bw_error err;

	pair->now_us = BEGIN_US;
	pair->ticks = 0;
	assert_int_equal(bw_region_open(&options, &pair->region, &err), BW_OK);
	assert_int_equal(bw_breaker_open(pair->region, "a", &pair->config, &pair->breaker, &err),
			 BW_OK);
	reference_init(&pair->reference, &pair->config, ways);
}

static void pair_close(struct pair *pair)
{
	bw_breaker_close(pair->breaker);
	bw_region_close(pair->region);
}

/* ---- random sequences ---- */

static uint64_t draw(struct pair *pair, uint64_t below)
{
	pair->seed = pair->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (pair->seed >> 33) % below;
}

static void draw_config(struct pair *pair)
{
	struct bw_breaker_config *config = &pair->config;

	*config = bw_breaker_config_default;
	config->strategy = (enum bw_breaker_strategy)draw(pair, 4);
	config->failure_threshold = 1 + (int)draw(pair, 12);
	config->failure_rate_threshold = (double)(1 + draw(pair, 100)) / 100;
	config->timeout_threshold_us = (int64_t)(1 + draw(pair, 30)) * SECOND;
	config->recovery_timeout_us = (int64_t)draw(pair, 100) * SECOND;
	config->success_threshold = 1 + (int)draw(pair, 5);
	config->window_us = 60 * (int64_t)(1 + draw(pair, 3)) * SECOND;
}

static void pass_time(struct pair *pair)
{
	int ticks = draw(pair, 8) ? (int)draw(pair, 4) : (int)draw(pair, 70);

	pair->ticks += ticks;
	pair->now_us += ticks * (pair->config.window_us / 60) * 1001 / 1000;
}

/* The first of what differs; NULL: nothing does. */
static const char *call_both(struct pair *pair)
{
	static const int64_t durations_us[] = { 0,          100000,      SECOND,
						5 * SECOND, 10 * SECOND, 17 * SECOND };
	struct bw_breaker_ticket ticket = bw_breaker_acquire(pair->breaker);
	bool admitted = reference_acquire(&pair->reference, pair->now_us);
	int64_t duration_us = durations_us[draw(pair, 6)];
	bool is_success = draw(pair, 100) < pair->well_pct;

	if (bw_breaker_ticket_admitted(ticket) != admitted)
		return "admitted";
	if (!admitted)
		return NULL;
	reference_record(&pair->reference, pair->now_us, is_success, duration_us);
	if (!bw_breaker_record(pair->breaker, ticket,
			       is_success ? BW_BREAKER_SUCCESS : BW_BREAKER_FAILURE, duration_us))
		return "late";
	return NULL;
}

static const char *compare_windows(const struct bw_breaker_window *window,
				   const struct reference_stats *stats)
{
	if (window->total_calls != stats->total)
		return "total_calls";
	if (fabs(window->success_rate - stats->success_rate) > 1e-9)
		return "success_rate";
	if (fabs(window->failure_rate - stats->failure_rate) > 1e-9)
		return "failure_rate";
	if (fabs(window->timeout_rate - stats->timeout_rate) > 1e-9)
		return "timeout_rate";
	if (fabs(window->avg_response_time_s - stats->average_s) > 1e-6)
		return "avg_response_time";
	if (window->has_last_failure != (stats->last_failure_us >= 0) ||
	    (window->has_last_failure && window->last_failure_us != stats->last_failure_us))
		return "last_failure";
	if (stats->changes < CHANGES_SURE && fabs(window->uptime_percentage - stats->uptime) > 0.01)
		return "uptime_percentage";
	return NULL;
}

static const char *compare_both(struct pair *pair)
{
	struct bw_breaker_snapshot snapshot;
	struct reference_stats stats;
	int64_t retry_us = reference_retry_us(&pair->reference, pair->now_us);

	bw_breaker_snapshot(pair->breaker, &snapshot);
	if (snapshot.state != pair->reference.state)
		return "state";
	if (snapshot.consecutive_failures != pair->reference.consecutive)
		return "consecutive_failures";
	if (snapshot.has_retry != (retry_us >= 0) ||
	    (snapshot.has_retry && llabs(snapshot.time_until_retry_us - retry_us) > 1000))
		return "time_until_retry";
	reference_stats(&pair->reference, pair->now_us, &stats);
	return compare_windows(&snapshot.window, &stats);
}

static const char *run_sequence(struct pair *pair, uint64_t number, unsigned ways)
{
	const char *wrong = NULL;

	pair->seed = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
	draw_config(pair);
	pair->well_pct = draw(pair, 100);
	pair_open(pair, ways);
	for (int step = 0; step < STEPS && pair->ticks < TICKS_MAX && !wrong; step++) {
		if (draw(pair, 60) == 0) {
			reference_reset(&pair->reference, pair->now_us);
			assert_int_equal(bw_breaker_reset(pair->breaker), BW_OK);
		} else {
			pass_time(pair);
			wrong = compare_both(pair);
			wrong = wrong ? wrong : call_both(pair);
		}
		wrong = wrong ? wrong : compare_both(pair);
	}
	pair_close(pair);
	return wrong;
}

static uint64_t sequences(void)
{
	const char *text = getenv("BREAKER_SEQUENCES");

	return text ? strtoull(text, NULL, 10) : SEQUENCES;
}

static void random_calls_agree_in_every_figure(void **state)
{
	static struct pair pair;

	(void)state;
	for (uint64_t i = 0; i < sequences(); i++) {
		const char *wrong = run_sequence(&pair, i, WAY_ALL);

		if (wrong)
			fail_msg("sequence %llu: %s differs", (unsigned long long)i, wrong);
	}
}

static void random_calls_see_each_difference(void **state)
{
	static const enum reference_way ways[] = { WAY_OWN_TIMEOUT, WAY_CLOSES_EMPTY,
						   WAY_ZERO_IS_ZERO };
	static struct pair pair;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int differ = 0;

		for (uint64_t n = 0; n < SEQUENCES; n++)
			differ += run_sequence(&pair, n, WAY_ALL & ~(unsigned)ways[i]) != NULL;
		assert_true(differ > 0);
	}
}

/* ---- the differences ---- */

static struct bw_breaker_snapshot snapshot_of(const struct pair *pair)
{
	struct bw_breaker_snapshot snapshot;

	bw_breaker_snapshot(pair->breaker, &snapshot);
	return snapshot;
}

static void call_times(struct pair *pair, int times, bool is_success, int64_t duration_us)
{
	for (int i = 0; i < times; i++) {
		assert_true(reference_acquire(&pair->reference, pair->now_us));
		reference_record(&pair->reference, pair->now_us, is_success, duration_us);
		assert_true(bw_breaker_record(pair->breaker, bw_breaker_acquire(pair->breaker),
					      is_success ? BW_BREAKER_SUCCESS : BW_BREAKER_FAILURE,
					      duration_us));
	}
}

static void assert_states(const struct pair *pair, enum bw_breaker_state ours,
			  enum bw_breaker_state reference)
{
	assert_int_equal(snapshot_of(pair).state, ours);
	assert_int_equal(pair->reference.state, reference);
}

static void difference_1_timeout_rate_uses_timeout_threshold(void **state)
{
	static struct pair pair;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair.config.strategy = BW_BREAKER_TIMEOUT_RATE;
	pair.config.timeout_threshold_us = 2 * SECOND;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, 3 * SECOND);
	assert_states(&pair, BW_BREAKER_OPEN, BW_BREAKER_CLOSED);
	pair_close(&pair);
}

static void difference_2_open_period_runs_from_the_opening(void **state)
{
	static struct pair pair;
	struct bw_breaker_ticket slow;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair_open(&pair, 0);
	slow = bw_breaker_acquire(pair.breaker);
	assert_true(reference_acquire(&pair.reference, pair.now_us));
	call_times(&pair, 5, false, SECOND);
	pair.now_us += 30 * SECOND;
	assert_false(bw_breaker_record(pair.breaker, slow, BW_BREAKER_FAILURE, 30 * SECOND));
	reference_record(&pair.reference, pair.now_us, false, 30 * SECOND);
	pair.now_us += 30 * SECOND;
	assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(pair.breaker)));
	assert_false(reference_acquire(&pair.reference, pair.now_us));
	pair_close(&pair);
}

static void difference_3_closing_starts_with_an_empty_window(void **state)
{
	static struct pair pair;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair.config.recovery_timeout_us = 10 * SECOND;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, SECOND);
	pair.now_us += 10 * SECOND;
	call_times(&pair, 3, true, SECOND);
	assert_states(&pair, BW_BREAKER_CLOSED, BW_BREAKER_CLOSED);
	call_times(&pair, 1, false, SECOND);
	assert_states(&pair, BW_BREAKER_CLOSED, BW_BREAKER_OPEN);
	pair_close(&pair);
}

static void difference_3_reset_starts_with_an_empty_window(void **state)
{
	static struct pair pair;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, SECOND);
	assert_int_equal(bw_breaker_reset(pair.breaker), BW_OK);
	reference_reset(&pair.reference, pair.now_us);
	call_times(&pair, 1, false, SECOND);
	assert_states(&pair, BW_BREAKER_CLOSED, BW_BREAKER_OPEN);
	pair_close(&pair);
}

static void difference_4_probes_are_limited(void **state)
{
	static struct pair pair;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, SECOND);
	pair.now_us += 60 * SECOND;
	for (int i = 0; i < 3; i++) {
		assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(pair.breaker)));
		assert_true(reference_acquire(&pair.reference, pair.now_us));
	}
	assert_false(bw_breaker_ticket_admitted(bw_breaker_acquire(pair.breaker)));
	assert_true(reference_acquire(&pair.reference, pair.now_us));
	pair_close(&pair);
}

/* The reference decides by the wall clock, which somebody sets back by an hour. */
static void difference_5_decisions_use_a_monotonic_clock(void **state)
{
	static struct pair pair;
	int64_t wall_us;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, SECOND);
	pair.now_us += 60 * SECOND;
	wall_us = pair.now_us - 3600 * SECOND;
	assert_false(reference_acquire(&pair.reference, wall_us));
	assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(pair.breaker)));
	pair_close(&pair);
}

/* The reference's registry gives whoever comes second the first one's breaker, and says nothing. */
static void difference_6_another_configuration_is_reported(void **state)
{
	static struct pair pair;
	struct bw_breaker_config other = bw_breaker_config_default;
	struct bw_breaker *second;
	struct bw_error err;

	(void)state;
	pair.config = bw_breaker_config_default;
	other.failure_threshold = 9;
	pair_open(&pair, 0);
	assert_int_equal(bw_breaker_open(pair.region, "a", &other, &second, &err), BW_OK);
	assert_int_equal(bw_breaker_origin(second), BW_BREAKER_ATTACHED_DIFFERENT);
	bw_breaker_config(second, &other);
	assert_int_equal(other.failure_threshold, 5);
	bw_breaker_close(second);
	pair_close(&pair);
}

static double failure_ns(struct pair *pair)
{
	enum { BATCH = 200, TRIES = 20 };
	double best = INFINITY;

	for (int try = 0; try < TRIES; try++) {
		struct timespec begun, ended;
		double took;

		clock_gettime(CLOCK_MONOTONIC, &begun);
		for (int i = 0; i < BATCH; i++)
			assert_true(bw_breaker_record(pair->breaker,
						      bw_breaker_acquire(pair->breaker),
						      BW_BREAKER_FAILURE, 1));
		clock_gettime(CLOCK_MONOTONIC, &ended);
		took = (double)(ended.tv_sec - begun.tv_sec) * 1e9 +
		       (double)(ended.tv_nsec - begun.tv_nsec);
		best = took < best ? took : best;
	}
	return best / BATCH;
}

/* Twenty thousand calls later a failure costs ours what it cost before; the reference looks at
 * each of them. */
static void difference_7_a_failure_does_not_cost_the_calls_in_the_window(void **state)
{
	static struct pair pair;
	double before_ns, after_ns;
	uint64_t before;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair.config.failure_threshold = 1000000;
	pair.config.failure_rate_threshold = 1;
	pair_open(&pair, 0);
	call_times(&pair, 5, true, SECOND);
	before_ns = failure_ns(&pair);
	before = pair.reference.looked_at;
	call_times(&pair, 1, false, SECOND);
	assert_int_equal(pair.reference.looked_at - before, 6);
	for (int i = 0; i < 20000; i++)
		(void)bw_breaker_record(pair.breaker, bw_breaker_acquire(pair.breaker),
					BW_BREAKER_SUCCESS, 1);
	call_times(&pair, REFERENCE_CALLS - 10, true, SECOND);
	before = pair.reference.looked_at;
	call_times(&pair, 1, false, SECOND);
	assert_true(pair.reference.looked_at - before > REFERENCE_CALLS - 10);
	after_ns = failure_ns(&pair);
	assert_true(after_ns < 20 * before_ns);
	pair_close(&pair);
}

static void difference_8_a_retry_time_of_zero_stays_zero(void **state)
{
	static struct pair pair;

	(void)state;
	pair.config = bw_breaker_config_default;
	pair_open(&pair, 0);
	call_times(&pair, 5, false, SECOND);
	pair.now_us += 60 * SECOND;
	assert_int_equal(reference_retry_us(&pair.reference, pair.now_us), -1);
	assert_true(snapshot_of(&pair).has_retry);
	assert_int_equal(snapshot_of(&pair).time_until_retry_us, 0);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_calls_agree_in_every_figure),
		cmocka_unit_test(random_calls_see_each_difference),
		cmocka_unit_test(difference_1_timeout_rate_uses_timeout_threshold),
		cmocka_unit_test(difference_2_open_period_runs_from_the_opening),
		cmocka_unit_test(difference_3_closing_starts_with_an_empty_window),
		cmocka_unit_test(difference_3_reset_starts_with_an_empty_window),
		cmocka_unit_test(difference_4_probes_are_limited),
		cmocka_unit_test(difference_5_decisions_use_a_monotonic_clock),
		cmocka_unit_test(difference_6_another_configuration_is_reported),
		cmocka_unit_test(difference_7_a_failure_does_not_cost_the_calls_in_the_window),
		cmocka_unit_test(difference_8_a_retry_time_of_zero_stays_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
