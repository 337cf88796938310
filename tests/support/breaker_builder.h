/* breaker_builder.h - breakers in private regions on a fake clock, in a known state.
 *
 * One world a test: world_open() in the setup, world_close() in the teardown. The clock stands
 * where it was put; nothing waits.
 */
#ifndef BW_TESTS_BREAKER_BUILDER_H
#define BW_TESTS_BREAKER_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "shm/handle.h"
#include "shm/words.h"

#define MS INT64_C(1000)
#define WALL_OFFSET_US INT64_C(1700000000000000)

struct world {
	int64_t now_us;
	double random;
	int draws;
	struct bw_region *region;
	struct bw_breaker *breaker;
};

static struct world world;

static inline int64_t world_now(void *arg)
{
	return world.now_us;
}

static inline int64_t world_wall(void *arg)
{
	return world.now_us + WALL_OFFSET_US;
}

static inline double world_random(void *arg)
{
	world.draws++;
	return world.random;
}

static inline void world_close(void)
{
	bw_breaker_close(world.breaker);
	bw_region_close(world.region);
	world = (struct world){ 0 };
}

/* `workers` and `shards` 0: one of each. */
static inline void world_open_shaped(const struct bw_breaker_config *config, unsigned workers,
				     unsigned shards)
{
	const struct bw_clock clock = { .now_us = world_now,
					.wall_us = world_wall,
					.random = world_random };
	const struct bw_region_options options = {
		.mode = BW_REGION_PRIVATE, .clock = &clock, .workers = workers, .shards = shards
	};

	if (world.region != NULL)
		world_close();
	assert_int_equal(bw_region_open(&options, &world.region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(world.region, "one", config, &world.breaker, NULL), BW_OK);
}

static inline void world_open(const struct bw_breaker_config *config)
{
	world_open_shaped(config, 0, 0);
}

static inline int world_teardown(void **state)
{
	world_close();
	return 0;
}

#define breaker_test(name) cmocka_unit_test_teardown(name, world_teardown)

static inline struct bw_breaker_config config_of(enum bw_breaker_strategy strategy)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.strategy = strategy;
	return config;
}

static inline void at(int64_t ms)
{
	world.now_us = ms * MS;
}

static inline struct segment_cell *cell(void)
{
	return world.breaker->cell;
}

static inline struct bw_breaker_ticket acquire_at(int64_t ms)
{
	at(ms);
	return bw_breaker_acquire(world.breaker);
}

static inline bool admitted_at(int64_t ms)
{
	return bw_breaker_ticket_admitted(acquire_at(ms));
}

static inline bool record_at(struct bw_breaker_ticket ticket, enum bw_breaker_outcome outcome,
			     int64_t duration_ms, int64_t ms)
{
	at(ms);
	return bw_breaker_record(world.breaker, ticket, outcome, duration_ms * MS);
}

/* One admitted call that ends at once; what record() said. */
static inline bool call(enum bw_breaker_outcome outcome, int64_t duration_ms, int64_t ms)
{
	struct bw_breaker_ticket ticket = acquire_at(ms);

	assert_true(bw_breaker_ticket_admitted(ticket));
	return record_at(ticket, outcome, duration_ms, ms);
}

static inline void calls(enum bw_breaker_outcome outcome, int times, int64_t ms)
{
	for (int i = 0; i < times; i++)
		call(outcome, 1, ms);
}

static inline struct bw_breaker_snapshot look(int64_t ms)
{
	struct bw_breaker_snapshot out;

	at(ms);
	bw_breaker_snapshot(world.breaker, &out);
	return out;
}

static inline enum bw_breaker_state state_now(void)
{
	struct bw_breaker_snapshot out;

	bw_breaker_snapshot(world.breaker, &out);
	return out.state;
}

static inline uint32_t generation_now(void)
{
	return word_control_generation(cell()->control);
}

static inline void expect_state(enum bw_breaker_state state)
{
	assert_string_equal(bw_breaker_state_text(state_now()), bw_breaker_state_text(state));
}

/* Open since 10 s, to be tried again from 70 s on. */
static inline void world_of_open(void)
{
	world_open(NULL);
	calls(BW_BREAKER_FAILURE, 5, 10000);
	expect_state(BW_BREAKER_OPEN);
}

/* Half-open since 70 s with one probe in flight. */
static inline struct bw_breaker_ticket world_of_half_open(void)
{
	struct bw_breaker_ticket probe;

	world_of_open();
	probe = acquire_at(70000);
	assert_true(bw_breaker_ticket_admitted(probe));
	expect_state(BW_BREAKER_HALF_OPEN);
	return probe;
}

/* The events after `cursor`, which may be NULL: all. */
static inline size_t events_after(uint64_t *cursor, struct bw_breaker_event *out, size_t room)
{
	uint64_t start = 0;

	return bw_breaker_events(world.breaker, cursor != NULL ? cursor : &start, out, room, NULL);
}

static inline void expect_last_event(enum bw_breaker_state from, enum bw_breaker_state to,
				     enum bw_breaker_cause cause)
{
	struct bw_breaker_event events[SEGMENT_EVENTS + 1];
	size_t count = events_after(NULL, events, SEGMENT_EVENTS + 1);

	assert_true(count > 0);
	assert_string_equal(bw_breaker_state_text(events[count - 1].from),
			    bw_breaker_state_text(from));
	assert_string_equal(bw_breaker_state_text(events[count - 1].to), bw_breaker_state_text(to));
	assert_string_equal(bw_breaker_cause_text(events[count - 1].cause),
			    bw_breaker_cause_text(cause));
}

#endif
