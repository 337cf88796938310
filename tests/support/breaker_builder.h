/* breaker_builder.h - breakers in a known state, and calls through them, on a fake clock. */
#ifndef BW_TESTS_BREAKER_BUILDER_H
#define BW_TESTS_BREAKER_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/breaker.h"

#define MS INT64_C(1000)

static inline struct bw_mono at_ms(int64_t ms)
{
	return (struct bw_mono){ ms * MS };
}

static inline struct bw_breaker_config config_of(enum bw_breaker_strategy strategy)
{
	struct bw_breaker_config config = bw_breaker_config_default;

	config.strategy = strategy;
	return config;
}

static inline struct bw_breaker breaker_of(const struct bw_breaker_config *config)
{
	struct bw_breaker breaker;

	assert_int_equal(bw_breaker_init(&breaker, config, at_ms(0), NULL), BW_OK);
	return breaker;
}

static inline struct bw_breaker breaker_default(void)
{
	return breaker_of(&bw_breaker_config_default);
}

/* One admitted call that ends at once; what record() said. */
static inline bool call(struct bw_breaker *breaker, enum bw_breaker_outcome outcome,
			int64_t duration_ms, int64_t ms)
{
	struct bw_breaker_ticket ticket = bw_breaker_acquire(breaker, at_ms(ms));

	assert_true(ticket.admitted);
	return bw_breaker_record(breaker, &ticket, outcome, duration_ms * MS, at_ms(ms));
}

static inline void calls(struct bw_breaker *breaker, enum bw_breaker_outcome outcome, int times,
			 int64_t ms)
{
	for (int i = 0; i < times; i++)
		call(breaker, outcome, 1, ms);
}

static inline struct bw_breaker_snapshot look(const struct bw_breaker *breaker, int64_t ms)
{
	struct bw_breaker_snapshot out;

	bw_breaker_snapshot(breaker, at_ms(ms), &out);
	return out;
}

static inline void expect_state(const struct bw_breaker *breaker, enum bw_breaker_state state)
{
	assert_string_equal(bw_breaker_state_text(look(breaker, 0).state),
			    bw_breaker_state_text(state));
}

/* Open since 10 s, to be tried again from 70 s on. */
static inline struct bw_breaker breaker_open(void)
{
	struct bw_breaker breaker = breaker_default();

	calls(&breaker, BW_BREAKER_FAILURE, 5, 10000);
	expect_state(&breaker, BW_BREAKER_OPEN);
	return breaker;
}

/* Half-open since 70 s with one probe in flight. */
static inline struct bw_breaker breaker_half_open(struct bw_breaker_ticket *probe)
{
	struct bw_breaker breaker = breaker_open();

	*probe = bw_breaker_acquire(&breaker, at_ms(70000));
	assert_true(probe->admitted);
	expect_state(&breaker, BW_BREAKER_HALF_OPEN);
	return breaker;
}

#endif
