/* event.c - a slot of the ring belongs to a generation; its stamp is written last.
 *
 * The stamp is taken away before the words change and compared again after they were read, so a
 * reader never takes half an event for a whole one. (A writer held up for 64 transitions could mix
 * two; what it mixes is only ever shown.)
 *
 * A winner killed before the stamp leaves a hole. Holes at the end may still be filled, so the
 * cursor waits in front of them; a hole with events behind it is passed and counted as missed.
 *
 * Cursor: stamp of the last event taken (generation + 1) 25 bits | time of the last would-have-
 * opened taken, plus one, 39 bits.
 */
#include "shm/event.h"

#include <unistd.h>

#include "shm/cell.h"
#include "shm/words.h"

#define WOULD_TIME_MAX ((UINT64_C(1) << 39) - 2)

void bw_event_write(struct bw_breaker *breaker, const struct event_words *event)
{
	struct segment_event *slot = &breaker->cell->events[event->generation % SEGMENT_EVENTS];
	uint64_t wall_us = (uint64_t)region_wall_us(breaker->region);

	atomic_store_explicit(&slot->stamp, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&slot->at_us, (uint64_t)event->since_us, memory_order_relaxed);
	atomic_store_explicit(&slot->wall_us, wall_us, memory_order_relaxed);
	atomic_store_explicit(&slot->what,
			      word_event(event->from, event->to, event->cause, (uint32_t)getpid(),
					 (uint64_t)event->failures),
			      memory_order_relaxed);
	atomic_store_explicit(&slot->stamp, (uint64_t)event->generation + 1, memory_order_release);
}

static bool decode(uint64_t what, struct bw_breaker_event *out)
{
	uint32_t from = (uint32_t)(what >> 61), to = (uint32_t)(what >> 58) & 7;
	uint32_t cause = (uint32_t)(what >> 53) & 31;

	if (from > BW_BREAKER_METRICS_ONLY || to > BW_BREAKER_METRICS_ONLY ||
	    cause > BW_BREAKER_WOULD_HAVE_OPENED)
		return false;
	out->from = (enum bw_breaker_state)from;
	out->to = (enum bw_breaker_state)to;
	out->cause = (enum bw_breaker_cause)cause;
	out->pid = (int)((what >> 31) & 0x3fffff);
	out->failures = (int64_t)(what & 0x7fffffff);
	return true;
}

/* Foreign bytes: a time that no clock of ours can show is the latest one that it can. */
static int64_t clock_time(const struct bw_breaker *breaker, uint64_t since_us)
{
	uint64_t most = WORD_TIME_MAX * 1000;

	return breaker->region->epoch_us + (int64_t)(since_us < most ? since_us : most);
}

bool bw_event_read(const struct bw_breaker *breaker, uint32_t generation,
		   struct bw_breaker_event *out)
{
	const struct segment_event *slot = &breaker->cell->events[generation % SEGMENT_EVENTS];
	uint64_t stamp = (uint64_t)generation + 1;
	uint64_t at, wall, what;

	if (atomic_load_explicit(&slot->stamp, memory_order_acquire) != stamp)
		return false;
	at = atomic_load_explicit(&slot->at_us, memory_order_relaxed);
	wall = atomic_load_explicit(&slot->wall_us, memory_order_relaxed);
	what = atomic_load_explicit(&slot->what, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&slot->stamp, memory_order_relaxed) != stamp)
		return false;
	out->generation = generation;
	out->at_us = clock_time(breaker, at);
	out->wall_us = wall < (uint64_t)INT64_MAX / 2 ? (int64_t)wall : 0;
	return decode(what, out);
}

/* --- would have opened: generation 24 | time in ms 39 | the episode goes on 1 --- */

/* Later than the one before it, whatever the clock says: a reader knows episodes by their times. */
static uint64_t next_time(uint64_t seen, int64_t since_us)
{
	uint64_t ms = (uint64_t)since_us / 1000;
	uint64_t last = word_tagged_value(seen) >> 1;

	if (seen != 0 && ms <= last)
		ms = last + 1;
	return ms < WOULD_TIME_MAX ? ms : WOULD_TIME_MAX;
}

void bw_event_would_open(struct bw_breaker *breaker, uint32_t generation, bool trips,
			 int64_t since_us)
{
	segment_word *word = &breaker->cell->would_open;
	uint64_t seen = atomic_load_explicit(word, memory_order_acquire);
	bool goes_on = word_tagged_generation(seen) == generation && (seen & 1) != 0;
	uint64_t next = seen & ~UINT64_C(1);

	if (goes_on == trips)
		return;
	if (trips)
		next = word_tagged(generation, next_time(seen, since_us) << 1 | 1);
	/* Somebody was faster: then the episode has begun, or ended, by his hand. */
	atomic_compare_exchange_strong_explicit(word, &seen, next, memory_order_acq_rel,
						memory_order_relaxed);
}

/* --- reading in order --- */

struct cursor {
	uint64_t stamp; /* of the last event taken; 0: none yet */
	uint64_t would; /* time of the last episode taken, plus one; 0: none */
};

static struct cursor cursor_of(uint64_t word)
{
	return (struct cursor){ word >> 39, word & (WOULD_TIME_MAX + 1) };
}

static uint64_t cursor_word(const struct cursor *cursor)
{
	return cursor->stamp << 39 | cursor->would;
}

struct would {
	bool is_new;
	uint32_t generation;
	uint64_t time_ms;
};

static struct would would_look(const struct bw_breaker *breaker, const struct cursor *cursor)
{
	uint64_t word = atomic_load_explicit(&breaker->cell->would_open, memory_order_acquire);
	struct would would = { .generation = word_tagged_generation(word),
			       .time_ms = word_tagged_value(word) >> 1 };

	would.is_new = word != 0 && cursor->would != would.time_ms + 1;
	return would;
}

static void would_event(const struct bw_breaker *breaker, const struct would *would,
			struct bw_breaker_event *out)
{
	int64_t at_us = clock_time(breaker, would->time_ms * 1000);
	int64_t age_us = breaker->region->clock.now_us(breaker->region->clock.arg) - at_us;

	*out = (struct bw_breaker_event){
		.generation = would->generation,
		.from = BW_BREAKER_METRICS_ONLY,
		.to = BW_BREAKER_METRICS_ONLY,
		.cause = BW_BREAKER_WOULD_HAVE_OPENED,
		.at_us = at_us,
		.wall_us = region_wall_us(breaker->region) - age_us,
	};
}

/* The oldest generation that may still be kept and was not taken. A cursor of another life of the
 * breaker (ahead of it) begins anew, like an empty one. */
static uint32_t first_generation(struct cursor *cursor, uint32_t newest, uint64_t *missed)
{
	uint32_t oldest = (newest - SEGMENT_EVENTS + 1) & WORD_GENERATION_MASK;
	uint32_t next = word_generation_next((uint32_t)cursor->stamp - 1);
	int32_t lost = word_generation_ahead(oldest, next);

	if (cursor->stamp == 0 || word_generation_ahead(newest, next) < -1) {
		cursor->stamp = 0;
		return newest < SEGMENT_EVENTS ? 1 : oldest;
	}
	if (lost <= 0)
		return next;
	if (missed)
		*missed += (uint64_t)lost;
	return oldest;
}

/* Is any event stamped between here and the newest? */
static bool has_later(const struct bw_breaker *breaker, uint32_t generation, uint32_t newest)
{
	struct bw_breaker_event event;

	while (generation != newest) {
		generation = word_generation_next(generation);
		if (bw_event_read(breaker, generation, &event))
			return true;
	}
	return false;
}

size_t bw_breaker_events(const struct bw_breaker *breaker, uint64_t *cursor_io,
			 struct bw_breaker_event *out, size_t room, uint64_t *missed)
{
	struct cursor cursor = cursor_of(*cursor_io);
	struct would would = would_look(breaker, &cursor);
	uint64_t control = atomic_load_explicit(&breaker->cell->control, memory_order_acquire);
	uint32_t newest = word_control_generation(control);
	uint32_t generation = first_generation(&cursor, newest, missed);
	bool is_first = cursor.stamp == 0;
	size_t count = 0;

	while (count < room) {
		bool is_over = word_generation_ahead(generation, newest) > 0;

		if (would.is_new && word_generation_ahead(generation, would.generation) > 0) {
			would_event(breaker, &would, &out[count++]);
			cursor.would = would.time_ms + 1;
			would.is_new = false;
			continue;
		}
		if (is_over)
			break;
		if (bw_event_read(breaker, generation, &out[count])) {
			count++;
			is_first = false;
		} else if (!has_later(breaker, generation, newest)) {
			break;
		} else if (!is_first && missed) {
			*missed += 1;
		}
		cursor.stamp = (uint64_t)generation + 1;
		generation = word_generation_next(generation);
	}
	*cursor_io = cursor_word(&cursor);
	return count;
}
