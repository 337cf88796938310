/* rate.c - the times of the latest messages in a ring as large as the limit.
 *
 * Invariant: the ring holds at most `max` times, and they do not decrease from the oldest on. When
 * it is full, the oldest must have left the window before the next message goes.
 */
#include "notify/rate.h"

#include <stdlib.h>

#include "base/xalloc.h"

static struct bw_mono nth_time(const struct rate *rate, size_t nth)
{
	return rate->times[(rate->head + nth) % rate->max];
}

void rate_set(struct rate *rate, int64_t max, int64_t within_us)
{
	struct rate before = *rate;
	size_t kept;

	*rate = (struct rate){ .within_us = within_us };
	if (max > 0) {
		rate->max = max < RATE_MAX ? (size_t)max : RATE_MAX;
		rate->times = xcalloc(rate->max, sizeof(*rate->times));
		kept = before.count < rate->max ? before.count : rate->max;
		for (size_t nth = before.count - kept; nth < before.count; nth++)
			rate->times[rate->count++] = nth_time(&before, nth);
	}
	free(before.times);
}

void rate_finish(struct rate *rate)
{
	free(rate->times);
	*rate = (struct rate){ 0 };
}

/* How many of them lie in the window that ends now. */
static size_t recent(const struct rate *rate, struct bw_mono now)
{
	size_t nth = 0;

	while (nth < rate->count && bw_mono_since(now, nth_time(rate, nth)) >= rate->within_us)
		nth++;
	return rate->count - nth;
}

int64_t rate_wait_us(const struct rate *rate, struct bw_mono now)
{
	int64_t wait_us = 0, spread_us;
	size_t count = recent(rate, now);

	if (rate->max == 0 || count == 0)
		return 0;
	if (count == rate->max)
		wait_us = rate->within_us - bw_mono_since(now, nth_time(rate, 0));
	spread_us = rate->within_us / (int64_t)rate->max -
		    bw_mono_since(now, nth_time(rate, rate->count - 1));
	if (2 * count >= rate->max && spread_us > wait_us)
		wait_us = spread_us;
	return wait_us;
}

void rate_note(struct rate *rate, struct bw_mono now)
{
	if (rate->max == 0)
		return;
	if (rate->count == rate->max) {
		rate->head = (rate->head + 1) % rate->max;
		rate->count--;
	}
	rate->times[(rate->head + rate->count) % rate->max] = now;
	rate->count++;
}
