/* soak_watch.c - looks at the words without stopping anybody, and remembers what must not be.
 *
 * Words are read one after the other while others write them, so each rule holds for such a view:
 * what may only move forward is read before what it follows, and the probes on the board are read
 * twice and counted only where nothing moved in between.
 */
#include "soak/soak.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shm/words.h"

enum { GENERATIONS_A_LOOK = 1 << 20 };

struct view {
	uint64_t probes[SOAK_WORKERS_MAX];
	uint64_t leases[SEGMENT_LEASES], result, consecutive, control;
	uint64_t now_ms;
};

struct watcher {
	struct soak *soak;
	struct soak_watch *watch;
	struct view last;
	uint64_t still_since_ms, half_open_since_ms;
	bool has_last;
};

static void illegal(struct watcher *watcher, const char *what, uint64_t word)
{
	if (atomic_fetch_add(&watcher->watch->illegal, 1) == 0)
		(void)snprintf(watcher->watch->first_illegal, sizeof(watcher->watch->first_illegal),
			       "%s: %016llx, control %016llx", what, (unsigned long long)word,
			       (unsigned long long)watcher->last.control);
}

static void at_most(_Atomic uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void look(const struct soak *soak, struct view *view)
{
	const struct segment_cell *cell = soak->cell;

	for (int i = 0; i < SOAK_WORKERS_MAX; i++)
		view->probes[i] = soak->board->places[i].probe;
	for (int i = 0; i < SEGMENT_LEASES; i++)
		view->leases[i] = atomic_load(&cell->leases[i]);
	view->result = atomic_load(&cell->probe_result);
	view->consecutive = atomic_load(&cell->consecutive);
	view->control = atomic_load(&cell->control);
	view->now_ms = soak_word_ms(soak);
}

static void check_control(struct watcher *watcher, const struct view *view)
{
	uint32_t state = word_control_state(view->control);
	uint64_t deadline = word_control_deadline_ms(view->control);
	int32_t ahead = word_generation_ahead(word_control_generation(view->control),
					      word_control_generation(watcher->last.control));

	if (state > BW_BREAKER_METRICS_ONLY || word_control_generation(view->control) == 0)
		illegal(watcher, "control", view->control);
	if (state == BW_BREAKER_OPEN ? deadline > view->now_ms + SOAK_RECOVERY_MS + 1
				     : deadline != 0)
		illegal(watcher, "deadline", view->control);
	if (!watcher->has_last)
		return;
	if (ahead < 0 || ahead > GENERATIONS_A_LOOK ||
	    (ahead == 0 && view->control != watcher->last.control))
		illegal(watcher, "generation", view->control);
	watcher->watch->transitions += (uint64_t)ahead;
}

static void check_tagged(struct watcher *watcher, const struct view *view)
{
	uint32_t generation = word_control_generation(view->control);

	for (int i = 0; i < SEGMENT_LEASES; i++) {
		uint64_t lease = view->leases[i];

		if (lease == 0)
			continue;
		if (word_generation_ahead(word_tagged_generation(lease), generation) > 0 ||
		    word_tagged_value(lease) > view->now_ms + SOAK_LEASE_MS + 1)
			illegal(watcher, "lease", lease);
	}
	if (view->result != 0 &&
	    word_generation_ahead(word_tagged_generation(view->result), generation) > 0)
		illegal(watcher, "probe result", view->result);
	if (view->consecutive != 0 &&
	    word_generation_ahead(word_tagged_generation(view->consecutive), generation) > 0)
		illegal(watcher, "consecutive", view->consecutive);
}

static bool is_live(uint64_t word, const struct view *view)
{
	return word_tagged_generation(word) == word_control_generation(view->control) &&
	       word_tagged_value(word) > view->now_ms;
}

static uint64_t live_leases(const struct view *view)
{
	uint64_t live = 0;

	for (int i = 0; i < SEGMENT_LEASES; i++)
		live += is_live(view->leases[i], view);
	return live;
}

static void check_leases(struct watcher *watcher, const struct view *view, const struct view *again)
{
	uint64_t live = live_leases(view);

	if (memcmp(view->leases, again->leases, sizeof(view->leases)) != 0)
		return;
	at_most(&watcher->watch->most_leases, live);
	if (live > SOAK_PROBES)
		illegal(watcher, "more live leases than max_probes", live);
}

/* Two looks at the board that agree are one look at one instant. */
static void check_probes(struct watcher *watcher, const struct view *view, const struct view *again)
{
	uint32_t generation = word_control_generation(again->control);
	uint64_t live = 0, ok = 0;

	if (memcmp(view->probes, again->probes, sizeof(view->probes)) != 0 ||
	    view->control != again->control ||
	    word_control_state(view->control) != BW_BREAKER_HALF_OPEN)
		return;
	for (int i = 0; i < SOAK_WORKERS_MAX; i++)
		live += is_live(view->probes[i], again);
	at_most(&watcher->watch->most_probes, live);
	if (live > SOAK_PROBES)
		illegal(watcher, "more live probes than max_probes", live);
	if (word_tagged_generation(view->result) == generation)
		ok = word_probe_ok(view->result);
	if (live + ok > SOAK_SUCCESSES) {
		_Atomic uint32_t *most =
			&watcher->soak->board->excess[generation % SOAK_GENERATIONS];

		if (live + ok - SOAK_SUCCESSES > *most)
			*most = (uint32_t)(live + ok - SOAK_SUCCESSES);
	}
}

static void check_stolen(struct watcher *watcher, const struct view *view)
{
	for (int i = 0; i < SEGMENT_LEASES; i++) {
		uint64_t old = watcher->last.leases[i], new = view->leases[i];

		watcher->watch->stolen +=
			old != new &&old != 0 && new != 0 &&
			word_tagged_generation(old) == word_tagged_generation(new) &&
			word_tagged_value(old) <= view->now_ms;
	}
}

/* HALF_OPEN must move: within a lease somebody ends, steals or closes. */
static void check_still(struct watcher *watcher, const struct view *view)
{
	const struct view *last = &watcher->last;
	bool half_open = word_control_state(view->control) == BW_BREAKER_HALF_OPEN;

	if (!half_open || view->control != last->control)
		watcher->half_open_since_ms = view->now_ms;
	if (!half_open || view->control != last->control || view->result != last->result ||
	    memcmp(view->leases, last->leases, sizeof(view->leases)) != 0)
		watcher->still_since_ms = view->now_ms;
	at_most(&watcher->watch->longest_still_ms, view->now_ms - watcher->still_since_ms);
	at_most(&watcher->watch->longest_half_open_ms, view->now_ms - watcher->half_open_since_ms);
}

/* Never more failed than there were calls. */
static void check_buckets(struct watcher *watcher)
{
	const struct segment_shard *shards = (const void *)(watcher->soak->cell + 1);

	for (int i = 0; i < SEGMENT_SLOTS; i++) {
		uint64_t calls = atomic_load(&shards[0].calls[i]);

		if (word_bucket_low(calls) > word_bucket_high(calls))
			illegal(watcher, "bucket", calls);
	}
	watcher->watch->words += SEGMENT_SLOTS;
}

static void check(struct watcher *watcher)
{
	struct view view, again;

	look(watcher->soak, &view);
	look(watcher->soak, &again);
	check_control(watcher, &view);
	check_tagged(watcher, &view);
	check_leases(watcher, &view, &again);
	check_probes(watcher, &view, &again);
	if (watcher->has_last) {
		check_stolen(watcher, &view);
		check_still(watcher, &view);
	} else {
		watcher->still_since_ms = watcher->half_open_since_ms = view.now_ms;
	}
	if (watcher->watch->looks++ % 16 == 0)
		check_buckets(watcher);
	watcher->watch->words += 2 * (SEGMENT_LEASES + 3);
	watcher->last = view;
	watcher->has_last = true;
}

int soak_look(struct soak *soak)
{
	struct watcher watcher = { .soak = soak, .watch = &soak->board->watch };

	while (!soak->board->stop) {
		check(&watcher);
		usleep(50);
	}
	return 0;
}
