/* figures.c - percentiles by sorting, rates by the difference of two counts a minute apart.
 *
 * The counts of the last looks lie in a ring; the oldest of them that is at most a minute old is
 * what a rate is measured from. A sum that became smaller (a reload took breakers away) begins
 * anew.
 */
#include "daemon/figures.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "core/average.h"

#define MINUTE_US (60 * BW_SECOND_US)

enum { LOOKS = 64 };

enum figure {
	FIGURE_P50,
	FIGURE_P95,
	FIGURE_P99,
	FIGURE_CHECKS,
	FIGURE_BREAKER_CALLS,
	FIGURE_ERRORS,
	FIGURE_MAX,
};

static const struct {
	const char *name, *unit;
} labels[FIGURE_MAX] = {
	{ "response_p50", "ms" }, { "response_p95", "ms" },   { "response_p99", "ms" },
	{ "checks", "1/s" },      { "breaker_calls", "1/s" }, { "errors", "%" },
};

struct look {
	struct bw_mono at;
	uint64_t checks, errors, calls;
};

struct figures {
	double now[FIGURE_MAX]; /* NaN: not known */
	struct bw_average averages[FIGURE_MAX];
	struct look looks[LOOKS];
	size_t first, count;
};

struct figures *figures_create(void)
{
	struct figures *figures = xcalloc(1, sizeof(*figures));

	for (int i = 0; i < FIGURE_MAX; i++)
		figures->now[i] = NAN;
	return figures;
}

void figures_destroy(struct figures *figures)
{
	free(figures);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The smallest value that `percent` of all do not exceed. */
static double percentile(const double *sorted, size_t count, int percent)
{
	size_t rank = (count * (size_t)percent + 99) / 100;

	return count == 0 ? NAN : sorted[rank > 0 ? rank - 1 : 0];
}

static void take_responses(struct figures *figures, const struct roster *roster)
{
	double *values = xcalloc(roster_count(roster) + 1, sizeof(*values));
	size_t count = 0;

	for (size_t i = 0; i < roster_count(roster); i++) {
		int64_t response_us;

		if (component_response(roster_get(roster, i), &response_us))
			values[count++] = (double)response_us / 1000.0;
	}
	qsort(values, count, sizeof(*values), compare);
	figures->now[FIGURE_P50] = percentile(values, count, 50);
	figures->now[FIGURE_P95] = percentile(values, count, 95);
	figures->now[FIGURE_P99] = percentile(values, count, 99);
	free(values);
}

static uint64_t count_calls(const struct guards *guards)
{
	struct bw_breaker_snapshot snapshot;
	struct guard *guard;
	size_t cursor = 0;
	uint64_t calls = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		guard_snapshot(guard, &snapshot);
		calls += snapshot.lifetime.admitted;
	}
	return calls;
}

static struct look *nth(struct figures *figures, size_t nth)
{
	return &figures->looks[(figures->first + nth) % LOOKS];
}

static void add_look(struct figures *figures, const struct look *look)
{
	if (figures->count > 0 && nth(figures, figures->count - 1)->calls > look->calls)
		figures->count = 0;
	while (figures->count > 0 && (figures->count == LOOKS ||
				      bw_mono_since(look->at, nth(figures, 0)->at) > MINUTE_US)) {
		figures->first = (figures->first + 1) % LOOKS;
		figures->count--;
	}
	*nth(figures, figures->count) = *look;
	figures->count++;
}

static void take_rates(struct figures *figures, const struct look *look, bool has_components,
		       bool has_guards)
{
	const struct look *oldest = nth(figures, 0);
	double seconds = (double)bw_mono_since(look->at, oldest->at) / 1e6;
	uint64_t checks = look->checks - oldest->checks;

	figures->now[FIGURE_CHECKS] = NAN;
	figures->now[FIGURE_BREAKER_CALLS] = NAN;
	figures->now[FIGURE_ERRORS] = NAN;
	if (seconds <= 0)
		return;
	if (has_components)
		figures->now[FIGURE_CHECKS] = (double)checks / seconds;
	if (has_guards)
		figures->now[FIGURE_BREAKER_CALLS] =
			(double)(look->calls - oldest->calls) / seconds;
	if (checks > 0)
		figures->now[FIGURE_ERRORS] =
			100 * (double)(look->errors - oldest->errors) / (double)checks;
}

void figures_take(struct figures *figures, const struct roster *roster, const struct guards *guards,
		  const struct figures_counts *counts, struct bw_mono now)
{
	const struct look look = { now, counts->checks, counts->errors, count_calls(guards) };

	take_responses(figures, roster);
	add_look(figures, &look);
	take_rates(figures, &look, roster_count(roster) > 0, guards_count(guards) > 0);
	for (int i = 0; i < FIGURE_MAX; i++)
		bw_average_add(&figures->averages[i], figures->now[i], now);
}

void figures_write(const struct figures *figures, struct bw_mono now, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_key(&json, "figures");
	bw_json_array_begin(&json);
	for (int i = 0; i < FIGURE_MAX; i++) {
		double average = bw_average_get(&figures->averages[i], now);

		if (isnan(figures->now[i]) && isnan(average))
			continue;
		bw_json_object_begin(&json);
		bw_json_key(&json, "name");
		bw_json_string(&json, labels[i].name);
		bw_json_key(&json, "unit");
		bw_json_string(&json, labels[i].unit);
		bw_json_key(&json, "now");
		bw_json_double(&json, bw_round(figures->now[i], 2));
		bw_json_key(&json, "average");
		bw_json_double(&json, bw_round(average, 2));
		bw_json_object_end(&json);
	}
	bw_json_array_end(&json);
}
