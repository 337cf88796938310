/* test_stress.c - eight threads on one breaker: calls, orders, looking, events, configurations.
 *
 * It is the sanitizers that judge most of it; what can be asserted of a breaker that moves under
 * one's feet is asserted beside. The clock is a counter that each reader moves on, so an open
 * period passes by being looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bellwether/breaker.h>

enum { CALLERS = 4, TURNS = 100000, TICK_US = 40, EVENTS = 16 };

struct stress {
	struct bw_region *region;
	struct bw_breaker *breaker;
	_Atomic int64_t clock_us;
	_Atomic uint64_t admitted, rejected, finished, applied;
	atomic_int callers_left;
};

/* cmocka's assertions are for the first thread alone. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static int64_t now_us(void *arg)
{
	return atomic_fetch_add((_Atomic int64_t *)arg, TICK_US);
}

static int64_t look_us(void *arg)
{
	return atomic_load((_Atomic int64_t *)arg);
}

static double half(void *arg)
{
	(void)arg;
	return 0.5;
}

/* The whole second is sick or well for all, so that the breaker opens, probes and closes. */
static enum bw_breaker_outcome outcome_of(const struct stress *stress, int turn)
{
	static const enum bw_breaker_outcome sick[] = { BW_BREAKER_FAILURE, BW_BREAKER_TIMEOUT,
							BW_BREAKER_FAILURE, BW_BREAKER_CANCELLED };
	bool is_sick = stress->clock_us / 100000 % 3 == 0;

	if (is_sick)
		return sick[turn % 4];
	return turn % 50 ? BW_BREAKER_SUCCESS : BW_BREAKER_IGNORED;
}

static void *call(void *arg)
{
	struct stress *stress = arg;

	for (int turn = 0; turn < TURNS; turn++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(stress->breaker);

		if (!bw_breaker_ticket_admitted(ticket)) {
			stress->rejected++;
			MUST(bw_breaker_ticket_reason(ticket) != BW_BREAKER_ADMITTED);
			continue;
		}
		stress->admitted++;
		stress->applied += bw_breaker_record(stress->breaker, ticket,
						     outcome_of(stress, turn), turn % 3000);
		stress->finished++;
	}
	stress->callers_left--;
	return NULL;
}

static void *order(void *arg)
{
	struct stress *stress = arg;
	struct bw_breaker *breaker = stress->breaker;

	for (int turn = 0; stress->callers_left > 0; turn++) {
		enum bw_status status = BW_OK;

		for (int i = 0; i < 20; i++)
			(void)now_us(&stress->clock_us);
		switch (turn % 40) {
		case 3:
			status = bw_breaker_force_open(breaker);
			break;
		case 9:
			status = bw_breaker_disable(breaker);
			break;
		case 15:
			status = bw_breaker_metrics_only(breaker);
			break;
		case 21:
			status = bw_breaker_open_for(breaker, 2000);
			break;
		case 27:
			status = bw_breaker_reset(breaker);
			break;
		default:
			status = bw_breaker_enable(breaker);
		}
		MUST(status == BW_OK);
	}
	return NULL;
}

static void assert_rate(double rate)
{
	MUST(rate >= 0 && rate <= 1);
}

static void assert_possible(const struct bw_breaker_snapshot *snapshot)
{
	MUST((int)snapshot->state >= BW_BREAKER_CLOSED &&
	     (int)snapshot->state <= BW_BREAKER_METRICS_ONLY);
	MUST(snapshot->generation != 0);
	MUST(snapshot->has_retry == (snapshot->state == BW_BREAKER_OPEN));
	MUST(!snapshot->has_retry || snapshot->time_until_retry_us >= 0);
	MUST(snapshot->probes_in_flight >= 0 &&
	     snapshot->probes_in_flight <= BW_BREAKER_PROBES_MAX);
	MUST(snapshot->consecutive_failures >= 0);
	MUST(snapshot->window.total_calls >= 0);
	assert_rate(snapshot->window.success_rate);
	assert_rate(snapshot->window.failure_rate);
	assert_rate(snapshot->window.timeout_rate);
	MUST(snapshot->window.uptime_percentage >= 0 && snapshot->window.uptime_percentage <= 100);
}

static void *look(void *arg)
{
	struct stress *stress = arg;
	uint64_t finished = 0;

	while (stress->callers_left > 0) {
		struct bw_breaker_worker workers[4];
		struct bw_breaker_snapshot snapshot;
		const struct bw_breaker_lifetime *life = &snapshot.lifetime;
		size_t count;

		bw_breaker_snapshot(stress->breaker, &snapshot);
		assert_possible(&snapshot);
		MUST(life->success + life->failure + life->ignored >= finished);
		finished = life->success + life->failure + life->ignored;
		count = bw_breaker_workers(stress->breaker, workers, 4);
		MUST(count <= 1); /* none before the first call */
		MUST(count == 0 || workers[0].pid == getpid());
	}
	return NULL;
}

static void *follow(void *arg)
{
	struct stress *stress = arg;
	uint64_t cursor = 0, missed = 0;
	uint32_t generation = 0;

	while (stress->callers_left > 0) {
		struct bw_breaker_event events[EVENTS];
		size_t count = bw_breaker_events(stress->breaker, &cursor, events, EVENTS, &missed);

		for (size_t i = 0; i < count; i++) {
			if (events[i].cause == BW_BREAKER_WOULD_HAVE_OPENED)
				continue;
			MUST(events[i].generation > generation);
			MUST((int)events[i].from >= BW_BREAKER_CLOSED &&
			     (int)events[i].from <= BW_BREAKER_METRICS_ONLY);
			MUST((int)events[i].to >= BW_BREAKER_CLOSED &&
			     (int)events[i].to <= BW_BREAKER_METRICS_ONLY);
			generation = events[i].generation;
		}
	}
	return NULL;
}

static void config_of(struct bw_breaker_config *config, int turn)
{
	*config = bw_breaker_config_default;
	config->recovery_timeout_us = 3000;
	config->timeout_threshold_us = 2000;
	config->window_us = 600000;
	config->max_probes = 1 + turn % 4;
	config->success_threshold = 2 + turn % 3;
	config->slow_success_counts = turn % 2;
	config->lump_us = turn % 5 ? 0 : 50;
}

static void *configure(void *arg)
{
	struct stress *stress = arg;

	for (int turn = 0; stress->callers_left > 0; turn++) {
		struct bw_breaker_config config, after;
		struct bw_error err;

		config_of(&config, turn);
		MUST(bw_breaker_configure(stress->breaker, &config, &err) == BW_OK);
		bw_breaker_config(stress->breaker, &after);
		MUST(after.max_probes == config.max_probes);
		for (int i = 0; i < 50; i++)
			(void)now_us(&stress->clock_us);
	}
	return NULL;
}

static void open_breaker(struct stress *stress, const struct bw_region_options *options)
{
	struct bw_breaker_config config;
	struct bw_error err;

	config_of(&config, 0);
	assert_int_equal(bw_region_open(options, &stress->region, &err), BW_OK);
	assert_int_equal(bw_breaker_open(stress->region, "stress", &config, &stress->breaker, &err),
			 BW_OK);
}

/* All that was admitted was counted once, and ended once. */
static void assert_totals(struct stress *stress)
{
	struct bw_breaker_snapshot snapshot;
	const struct bw_breaker_lifetime *life = &snapshot.lifetime;

	bw_breaker_snapshot(stress->breaker, &snapshot);
	assert_possible(&snapshot);
	assert_int_equal(life->admitted, stress->admitted);
	assert_int_equal(life->rejected, stress->rejected);
	assert_int_equal(life->success + life->failure + life->ignored, stress->finished);
	assert_int_equal(life->late, stress->finished - stress->applied);
	assert_true(life->timeout <= life->failure);
	assert_true(stress->finished > TURNS / 8);
	assert_true(snapshot.generation > 20);
}

static void stress_all(struct bw_region_options *options)
{
	void *(*const others[])(void *) = { order, look, follow, configure };
	pthread_t threads[CALLERS + 4];
	struct stress stress = { .clock_us = 1000000, .callers_left = CALLERS };
	const struct bw_clock clock = { .now_us = now_us,
					.coarse_us = look_us,
					.wall_us = look_us,
					.random = half,
					.arg = &stress.clock_us };

	options->clock = &clock;
	open_breaker(&stress, options);
	for (int i = 0; i < CALLERS + 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i < CALLERS ? call : others[i - CALLERS], &stress),
				 0);
	for (int i = 0; i < CALLERS + 4; i++)
		pthread_join(threads[i], NULL);
	assert_totals(&stress);
	bw_breaker_close(stress.breaker);
	bw_region_close(stress.region);
}

static void threads_that_share_one_slot(void **state)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE };

	(void)state;
	stress_all(&options);
}

static void threads_with_slots_of_their_own(void **state)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE,
					     .workers = 32,
					     .shards = 4 };

	(void)state;
	stress_all(&options);
}

static void threads_on_a_shared_region(void **state)
{
	char folder[] = "/tmp/bellwether-stress-XXXXXX", path[64];
	struct bw_region_options options = { .fallback = BW_REGION_ERROR, .path = path };

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/region", folder);
	stress_all(&options);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_share_one_slot),
		cmocka_unit_test(threads_with_slots_of_their_own),
		cmocka_unit_test(threads_on_a_shared_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
