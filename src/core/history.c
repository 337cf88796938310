/* history.c - a ring of points, and a count of points for every tenth of the health score.
 *
 * The counts make the median a walk over 1,001 numbers that needs neither sorting nor memory.
 *
 * Normally times increase, so old points leave at the front. When the clock was set back they do
 * not, and old points may sit anywhere: then every add filters the whole ring, as the reference
 * always does, until the points from before the jump have gone.
 *
 * Invariants: count <= cap <= points_max; scores[] counts exactly the points in the ring whose
 * score is known; `disordered` is the number of neighbours whose times decrease.
 */
#include "core/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum {
	FIRST_CAP = 64,
	SCORE_TENTHS = 1001,
	POINTS_SHOWN = 100,
	RETENTION_HOURS_MAX = 24 * 3660,
};

struct bw_history {
	struct bw_history_point *points;
	size_t cap, head, count, points_max, disordered;
	int retention_hours;
	uint64_t version;
	size_t scores[SCORE_TENTHS];
};

static bool retention_is_valid(int retention_hours)
{
	return retention_hours >= 1 && retention_hours <= RETENTION_HOURS_MAX;
}

enum bw_status bw_history_create(int retention_hours, size_t points_max, struct bw_history **out)
{
	struct bw_history *history;

	if (!retention_is_valid(retention_hours) || points_max == 0 ||
	    points_max > SIZE_MAX / 2 / sizeof(struct bw_history_point))
		return BW_EINVAL;
	history = calloc(1, sizeof(*history));
	if (!history)
		return BW_ENOMEM;
	history->retention_hours = retention_hours;
	history->points_max = points_max;
	*out = history;
	return BW_OK;
}

void bw_history_destroy(struct bw_history *history)
{
	if (!history)
		return;
	free(history->points);
	free(history);
}

enum bw_status bw_history_set_retention(struct bw_history *history, int retention_hours)
{
	if (!retention_is_valid(retention_hours))
		return BW_EINVAL;
	history->retention_hours = retention_hours;
	history->version++;
	return BW_OK;
}

uint64_t bw_history_version(const struct bw_history *history)
{
	return history->version;
}

size_t bw_history_count(const struct bw_history *history)
{
	return history->count;
}

static struct bw_history_point *nth_point(const struct bw_history *history, size_t nth)
{
	size_t at = history->head + nth;

	return &history->points[at < history->cap ? at : at - history->cap];
}

const struct bw_history_point *bw_history_get(const struct bw_history *history, size_t nth)
{
	bw_assert(nth < history->count);
	return nth_point(history, nth);
}

static bool is_before(const struct bw_history_point *a, const struct bw_history_point *b)
{
	return a->time.us < b->time.us;
}

static void count_score(struct bw_history *history, double score, int by)
{
	if (isnan(score))
		return;
	history->scores[lround(fmin(100, fmax(0, score)) * 10)] += (size_t)by;
}

static void append(struct bw_history *history, const struct bw_history_point *point)
{
	if (history->count > 0 && is_before(point, nth_point(history, history->count - 1)))
		history->disordered++;
	*nth_point(history, history->count) = *point;
	history->count++;
	count_score(history, point->health_score, 1);
}

static void drop_oldest(struct bw_history *history)
{
	const struct bw_history_point *oldest = nth_point(history, 0);

	count_score(history, oldest->health_score, -1);
	if (history->count > 1 && is_before(nth_point(history, 1), oldest))
		history->disordered--;
	history->head = history->head + 1 < history->cap ? history->head + 1 : 0;
	history->count--;
}

static enum bw_status grow(struct bw_history *history)
{
	size_t cap = history->cap ? history->cap * 2 : FIRST_CAP;
	struct bw_history_point *points;

	if (cap > history->points_max)
		cap = history->points_max;
	points = malloc(cap * sizeof(*points));
	if (!points)
		return BW_ENOMEM;
	for (size_t i = 0; i < history->count; i++)
		points[i] = *nth_point(history, i);
	free(history->points);
	history->points = points;
	history->cap = cap;
	history->head = 0;
	return BW_OK;
}

/* Keeps the points newer than the cutoff, wherever they are; the order stays. */
static void filter(struct bw_history *history, int64_t cutoff_us)
{
	size_t count = history->count;

	for (size_t i = 0; i < count; i++) {
		struct bw_history_point point = *nth_point(history, 0);

		drop_oldest(history);
		if (point.time.us > cutoff_us)
			append(history, &point);
	}
}

enum bw_status bw_history_add(struct bw_history *history, const struct bw_history_point *point)
{
	int64_t cutoff_us = point->time.us - history->retention_hours * 3600 * BW_SECOND_US;

	if (history->count == history->cap && history->cap < history->points_max &&
	    grow(history) != BW_OK)
		return BW_ENOMEM;
	if (history->count == history->cap)
		drop_oldest(history);
	append(history, point);
	if (history->disordered > 0)
		filter(history, cutoff_us);
	while (history->count > 0 && nth_point(history, 0)->time.us <= cutoff_us)
		drop_oldest(history);
	history->version++;
	return BW_OK;
}

/* The nth smallest known score, counted from 0. */
static double nth_score(const struct bw_history *history, size_t nth)
{
	int tenth = 0;

	for (size_t below = history->scores[0]; below <= nth; below += history->scores[tenth])
		tenth++;
	return tenth / 10.0;
}

double bw_history_median_score(const struct bw_history *history)
{
	size_t known = 0;

	for (int i = 0; i < SCORE_TENTHS; i++)
		known += history->scores[i];
	if (known == 0)
		return NAN;
	return (nth_score(history, (known - 1) / 2) + nth_score(history, known / 2)) / 2;
}

struct sums {
	double sum[3];
	size_t known[3];
};

/* From the oldest on, because the sum of floats depends on the order. */
static void add_up(const struct bw_history *history, struct sums *out)
{
	*out = (struct sums){ 0 };
	for (size_t i = 0; i < history->count; i++) {
		const struct bw_history_point *point = nth_point(history, i);
		const double values[3] = { point->health_score, point->availability,
					   point->response_time };

		for (int k = 0; k < 3; k++) {
			if (isnan(values[k]))
				continue;
			out->sum[k] += values[k];
			out->known[k]++;
		}
	}
}

static void write_summary(const struct bw_history *history, struct bw_json *json)
{
	static const char *const keys[3] = { "avg_health_score", "avg_availability",
					     "avg_response_time" };
	struct sums sums;

	bw_json_key(json, "points");
	bw_json_int(json, (int64_t)history->count);
	bw_json_key(json, "timespan_hours");
	bw_json_int(json, history->count > 0 ? history->retention_hours : 0);
	if (history->count == 0)
		return;
	add_up(history, &sums);
	for (int k = 0; k < 3; k++) {
		bw_json_key(json, keys[k]);
		bw_json_double(json, sums.known[k] ? sums.sum[k] / (double)sums.known[k] : NAN);
	}
}

static void write_all(const struct bw_history *history, const struct bw_history_point *present,
		      struct bw_json *json)
{
	bool thinned = history->count > POINTS_SHOWN;
	size_t stride = thinned ? history->count / POINTS_SHOWN : 1;

	bw_json_object_begin(json);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < history->count; i += stride)
		bw_history_write_point(nth_point(history, i), json);
	if (present && history->count > 0 && !thinned)
		bw_history_write_point(present, json);
	bw_json_array_end(json);
	bw_json_key(json, "summary");
	bw_json_object_begin(json);
	write_summary(history, json);
	bw_json_object_end(json);
	bw_json_object_end(json);
}

void bw_history_write(const struct bw_history *history, struct bw_json *json)
{
	write_all(history, NULL, json);
}

void bw_history_write_with(const struct bw_history *history, const struct bw_history_point *present,
			   struct bw_json *json)
{
	write_all(history, present, json);
}

void bw_history_write_point(const struct bw_history_point *point, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, point->time);
	bw_json_key(json, "health_score");
	bw_json_double(json, point->health_score);
	bw_json_key(json, "availability");
	bw_json_double(json, point->availability);
	bw_json_key(json, "response_time");
	bw_json_double(json, point->response_time);
	bw_json_key(json, "cpu_usage");
	bw_json_number(json, point->cpu_usage);
	bw_json_key(json, "memory_usage");
	bw_json_number(json, point->memory_usage);
	bw_json_key(json, "circuit_breaker_health");
	bw_json_double(json, point->circuit_breaker_health);
	bw_json_object_end(json);
}
