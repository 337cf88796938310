/* schedule.c - a grid of planned times, laid by the first run and left alone after.
 *
 * Why a grid: "interval after the end of the last run" makes a slow target be looked at less often
 * than a quick one, and two components drift into each other's turn. Jitter moves a run beside its
 * grid point, never the grid.
 *
 * Invariants: 0 < interval, 2 * jitter <= interval; random != 0 (xorshift stays at 0).
 */
#include "core/schedule.h"

#include <stddef.h>

static bool config_is_valid(int64_t interval_us, int64_t jitter_us)
{
	return interval_us > 0 && interval_us <= INT64_MAX / 4 && jitter_us >= 0 &&
	       jitter_us <= interval_us / 2;
}

/* FNV-1a, then a mix: its low bits alone are too much alike for names that differ in one digit. */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	hash ^= hash >> 32;
	return hash != 0 ? hash : 1;
}

static uint64_t next_random(struct bw_schedule *schedule)
{
	uint64_t x = schedule->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	schedule->random = x;
	return x;
}

static int64_t draw_jitter(struct bw_schedule *schedule)
{
	uint64_t span = 2 * (uint64_t)schedule->jitter_us + 1;

	return (int64_t)(next_random(schedule) % span) - schedule->jitter_us;
}

static void skip_missed(struct bw_schedule *schedule, struct bw_mono now)
{
	int64_t overdue_us = bw_mono_since(now, schedule->planned);

	if (overdue_us > schedule->interval_us)
		schedule->planned =
			bw_mono_add(schedule->planned, (overdue_us / schedule->interval_us + 1) *
							       schedule->interval_us);
}

enum bw_status bw_schedule_init(struct bw_schedule *schedule, const char *name, int64_t interval_us,
				int64_t jitter_us, struct bw_mono now)
{
	uint64_t hash = hash_name(name);
	int64_t spread_us = BW_SCHEDULE_SPREAD_MAX_US;

	if (!config_is_valid(interval_us, jitter_us))
		return BW_EINVAL;
	if (spread_us > interval_us)
		spread_us = interval_us;
	*schedule = (struct bw_schedule){
		.interval_us = interval_us,
		.jitter_us = jitter_us,
		.planned = bw_mono_add(now, (int64_t)(hash % (uint64_t)spread_us)),
		.random = hash,
	};
	return BW_OK;
}

int64_t bw_schedule_next(struct bw_schedule *schedule, struct bw_mono now)
{
	int64_t delay_us;

	skip_missed(schedule, now);
	delay_us = bw_mono_since(schedule->planned, now);
	if (schedule->started)
		delay_us += draw_jitter(schedule);
	schedule->started = true;
	schedule->planned = bw_mono_add(schedule->planned, schedule->interval_us);
	return delay_us > 0 ? delay_us : 0;
}
