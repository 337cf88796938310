/* orders.c - what a person or a server's answer asks for: a transition from whatever stands there.
 *
 * An order is tried again when another transition was faster; it always wins in the end, because
 * every failed try is somebody else's success, and those are bounded by what they have to do.
 */
#include <bellwether/breaker.h>

#include <stddef.h>

#include "shm/cell.h"

static bool is_override(uint32_t state)
{
	return state == BW_BREAKER_FORCED_OPEN || state == BW_BREAKER_DISABLED ||
	       state == BW_BREAKER_METRICS_ONLY;
}

/* Through a region that admits everything there is nothing to order, and nobody to tell. */
static bool may_order(const struct bw_breaker *breaker, enum bw_status *status)
{
	if (breaker == NULL)
		*status = BW_EINVAL;
	else
		*status = breaker->admits || breaker->is_writable ? BW_OK : BW_EACCES;
	return *status == BW_OK && !breaker->admits;
}

static enum bw_status order(struct bw_breaker *breaker, enum bw_breaker_state to,
			    enum bw_breaker_cause cause)
{
	struct cell_move move = { .to = to, .cause = cause };
	enum bw_status status;
	uint64_t control;

	if (!may_order(breaker, &status))
		return status;
	move.since_us = region_now_us(breaker->region);
	do {
		control = bw_cell_control(breaker);
		if (cause == BW_BREAKER_BY_ENABLE && !is_override(word_control_state(control)))
			return BW_OK;
	} while (!bw_cell_move(breaker, control, &move));
	return BW_OK;
}

enum bw_status bw_breaker_reset(struct bw_breaker *breaker)
{
	return order(breaker, BW_BREAKER_CLOSED, BW_BREAKER_BY_RESET);
}

enum bw_status bw_breaker_force_open(struct bw_breaker *breaker)
{
	return order(breaker, BW_BREAKER_FORCED_OPEN, BW_BREAKER_BY_FORCE_OPEN);
}

enum bw_status bw_breaker_disable(struct bw_breaker *breaker)
{
	return order(breaker, BW_BREAKER_DISABLED, BW_BREAKER_BY_DISABLE);
}

enum bw_status bw_breaker_metrics_only(struct bw_breaker *breaker)
{
	return order(breaker, BW_BREAKER_METRICS_ONLY, BW_BREAKER_BY_METRICS_ONLY);
}

enum bw_status bw_breaker_enable(struct bw_breaker *breaker)
{
	return order(breaker, BW_BREAKER_CLOSED, BW_BREAKER_BY_ENABLE);
}

enum bw_status bw_breaker_open_until(struct bw_breaker *breaker, int64_t at_us)
{
	struct cell_move move = { .to = BW_BREAKER_OPEN, .cause = BW_BREAKER_BY_OPEN_FOR };
	enum bw_status status;
	uint64_t control;

	if (!may_order(breaker, &status))
		return status;
	move.since_us = region_now_us(breaker->region);
	move.deadline_ms = (uint64_t)region_since_us(breaker->region, at_us) / 1000;
	do {
		control = bw_cell_control(breaker);
		if (is_override(word_control_state(control)))
			return BW_OK;
		move.reopens = bw_cell_reopens(breaker, control);
	} while (!bw_cell_move(breaker, control, &move));
	return BW_OK;
}

enum bw_status bw_breaker_open_for(struct bw_breaker *breaker, int64_t duration_us)
{
	const struct bw_clock *clock;
	int64_t at_us;

	if (breaker == NULL || duration_us < 0)
		return BW_EINVAL;
	clock = &breaker->region->clock;
	if (__builtin_add_overflow(clock->now_us(clock->arg), duration_us, &at_us))
		at_us = INT64_MAX;
	return bw_breaker_open_until(breaker, at_us);
}
