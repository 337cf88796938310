/* api_timeline.c - see api_timeline.h.
 *
 * A point of a timeline is a change of the state, of the maintenance, or of both: each list passes
 * over those that change nothing for it.
 */
#include "daemon/api_timeline.h"

#include <stdlib.h>

#include <bellwether/breaker.h>

#include "base/xalloc.h"
#include "core/health.h"

enum { GAPS_MAX = 2000 };

struct change {
	int64_t at_us;
	int state;
};

void api_write_s(struct bw_json *json, int64_t time_us, int64_t from_us)
{
	bw_json_int(json, (time_us - from_us) / BW_SECOND_US);
}

int api_state_weight(enum series_kind kind, int state)
{
	static const int of_health[SERIES_STATES_MAX] = { [BW_HEALTH_HEALTHY] = 1,
							  [BW_HEALTH_UNKNOWN] = 2,
							  [BW_HEALTH_DEGRADED] = 3,
							  [BW_HEALTH_UNHEALTHY] = 4 };
	static const int of_breaker[SERIES_STATES_MAX] = {
		[BW_BREAKER_CLOSED + 1] = 1,       [BW_BREAKER_DISABLED + 1] = 1,
		[BW_BREAKER_METRICS_ONLY + 1] = 1, [0] = 2,
		[BW_BREAKER_HALF_OPEN + 1] = 3,    [BW_BREAKER_OPEN + 1] = 4,
		[BW_BREAKER_FORCED_OPEN + 1] = 5,
	};

	if (state < 0 || state >= SERIES_NONE)
		return 0;
	return kind == SERIES_BREAKER ? of_breaker[state] : of_health[state];
}

int api_worst_state(enum series_kind kind, const struct rollup_bucket *bucket)
{
	int worst = SERIES_NONE;

	for (int state = 0; state < SERIES_STATES_MAX; state++) {
		if (bucket->state_us[state] + bucket->maintenance_us[state] > 0 &&
		    api_state_weight(kind, state) > api_state_weight(kind, worst))
			worst = state;
	}
	return worst;
}

static size_t changes_of(const struct api_timeline *timeline, struct change *out)
{
	const struct timeline *points = timeline->points;
	size_t count = 0;

	if (points->count == 0)
		out[count++] = (struct change){ timeline->from_us, SERIES_NONE };
	for (size_t i = 0; i < points->count; i++) {
		const struct timeline_point *point = &points->points[i];

		if (count > 0 && out[count - 1].state == point->state)
			continue;
		out[count++] = (struct change){ point->at_us, point->state };
	}
	return count;
}

static int64_t part_at(const struct api_timeline *timeline, int64_t nth)
{
	const int64_t span_us = timeline->to_us - timeline->from_us;

	if (nth == API_TIMELINE_PARTS)
		return timeline->to_us;
	return timeline->from_us + span_us / API_TIMELINE_PARTS * nth;
}

/* The worst of each part, in place: there are more changes than parts. */
static size_t coarsen(const struct api_timeline *timeline, struct change *changes, size_t count)
{
	struct change *parts = xcalloc(API_TIMELINE_PARTS, sizeof(*parts));
	size_t at = 0, kept = 0;

	for (int64_t nth = 0; nth < API_TIMELINE_PARTS; nth++) {
		int worst = changes[at].state;

		while (at + 1 < count && changes[at + 1].at_us < part_at(timeline, nth + 1)) {
			at++;
			if (api_state_weight(timeline->kind, changes[at].state) >
			    api_state_weight(timeline->kind, worst))
				worst = changes[at].state;
		}
		if (kept == 0 || parts[kept - 1].state != worst)
			parts[kept++] = (struct change){ part_at(timeline, nth), worst };
	}
	for (size_t i = 0; i < kept; i++)
		changes[i] = parts[i];
	free(parts);
	return kept;
}

void api_timeline_write_states(const struct api_timeline *timeline, struct bw_json *json)
{
	struct change *changes = xcalloc(timeline->points->count + 1, sizeof(*changes));
	size_t count = changes_of(timeline, changes);

	if (count > API_TIMELINE_POINTS_MAX)
		count = coarsen(timeline, changes, count);
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		bw_json_array_begin(json);
		api_write_s(json, changes[i].at_us, timeline->from_us);
		bw_json_string(json, series_state_word(timeline->kind, changes[i].state));
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
	free(changes);
}

static void write_span(struct bw_json *json, int64_t begin_us, int64_t end_us, int64_t from_us)
{
	bw_json_array_begin(json);
	api_write_s(json, begin_us, from_us);
	api_write_s(json, end_us, from_us);
	bw_json_array_end(json);
}

void api_timeline_write_maintenance(const struct api_timeline *timeline, struct bw_json *json)
{
	const struct timeline *points = timeline->points;
	int64_t begun_us = 0;
	bool is_open = false;
	int room = API_TIMELINE_POINTS_MAX;

	bw_json_array_begin(json);
	for (size_t i = 0; i <= points->count && room > 0; i++) {
		const bool is_end = i == points->count;
		const bool is_quiet = !is_end && points->points[i].maintenance;
		const int64_t at_us = is_end ? timeline->to_us : points->points[i].at_us;

		if (is_open && !is_quiet) {
			write_span(json, begun_us, at_us, timeline->from_us);
			room--;
		}
		if (!is_open && is_quiet)
			begun_us = at_us;
		is_open = is_quiet;
	}
	bw_json_array_end(json);
}

static void add_gap(struct bw_gap_list *out, int64_t from_us, int64_t to_us)
{
	if (from_us >= to_us)
		return;
	if (out->count == out->cap) {
		out->cap = out->cap == 0 ? 16 : 2 * out->cap;
		out->items = xrealloc(out->items, out->cap * sizeof(*out->items));
	}
	out->items[out->count++] = (struct bw_gap){ { from_us }, { to_us }, "" };
}

void api_timeline_gaps(const struct api_timeline *timeline, struct bw_gap_list *out)
{
	const struct timeline *points = timeline->points;
	int64_t begun_us = 0;
	bool is_open = points->count == 0; /* nothing is known of it at all */

	if (is_open)
		begun_us = timeline->from_us;
	for (size_t i = 0; i <= points->count && out->count < GAPS_MAX; i++) {
		const bool is_end = i == points->count;
		const bool is_none = !is_end && points->points[i].state == SERIES_NONE;
		const int64_t at_us = is_end ? timeline->to_us : points->points[i].at_us;

		if (is_open && !is_none)
			add_gap(out, begun_us, at_us);
		if (!is_open && is_none)
			begun_us = at_us;
		is_open = is_none;
	}
}
