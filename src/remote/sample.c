/* sample.c - a table of what becomes of each field, and a walk over the rows that remembers which
 * series live.
 *
 * A look ends what it does not repeat; a mark only changes what it names, and speaks no longer than
 * the look before it. The walk begins with a row before the span where there is one, so that the
 * end of its hold, or of a value that has gone since, is found within the span.
 */
#include "remote/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "core/health.h"

#define STATE(kind, metric, number, word)                                                          \
	{                                                                                          \
		"bellwether_" metric, kind, 0, "state", word, number, 1                            \
	}
#define HEALTH(kind, metric)                                                                       \
	STATE(kind, metric, BW_HEALTH_HEALTHY, "healthy"),                                         \
		STATE(kind, metric, BW_HEALTH_DEGRADED, "degraded"),                               \
		STATE(kind, metric, BW_HEALTH_UNHEALTHY, "unhealthy"),                             \
		STATE(kind, metric, BW_HEALTH_UNKNOWN, "unknown")
#define BREAKER(number, word) STATE(SERIES_BREAKER, "breaker_state", number, word)
#define VALUE(kind, field, metric, divisor)                                                        \
	{                                                                                          \
		"bellwether_" metric, kind, field, NULL, NULL, 0, divisor                          \
	}
#define POINTS(field, factor)                                                                      \
	{                                                                                          \
		"bellwether_health_score_points", SERIES_SYSTEM, field, "factor", factor, 0, 1     \
	}

static const struct remote_metric metrics[] = {
	HEALTH(SERIES_SYSTEM, "system_state"),
	VALUE(SERIES_SYSTEM, SERIES_SYSTEM_HEALTH_SCORE, "health_score", 1),
	VALUE(SERIES_SYSTEM, SERIES_SYSTEM_AVAILABILITY, "availability_ratio", 100),
	VALUE(SERIES_SYSTEM, SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH, "breakers_closed_ratio", 100),
	VALUE(SERIES_SYSTEM, SERIES_SYSTEM_RESPONSE_TIME, "average_response_seconds", 1000),
	POINTS(SERIES_SYSTEM_AVAILABILITY_POINTS, "availability"),
	POINTS(SERIES_SYSTEM_BREAKER_POINTS, "breaker_health"),
	POINTS(SERIES_SYSTEM_CPU_POINTS, "cpu_performance"),
	POINTS(SERIES_SYSTEM_MEMORY_POINTS, "memory_performance"),
	POINTS(SERIES_SYSTEM_RESPONSE_POINTS, "response_time"),

	HEALTH(SERIES_COMPONENT, "component_state"),
	VALUE(SERIES_COMPONENT, SERIES_COMPONENT_RESPONSE, "component_response_seconds", 1e6),
	VALUE(SERIES_COMPONENT, SERIES_COMPONENT_MAINTENANCE, "component_in_maintenance", 1),

	BREAKER(1, "closed"),
	BREAKER(2, "open"),
	BREAKER(3, "half_open"),
	BREAKER(4, "forced_open"),
	BREAKER(5, "disabled"),
	BREAKER(6, "metrics_only"),
	VALUE(SERIES_BREAKER, SERIES_BREAKER_CALLS, "breaker_window_calls", 1),
	VALUE(SERIES_BREAKER, SERIES_BREAKER_FAILURE_RATE, "breaker_failure_ratio", 1),
	VALUE(SERIES_BREAKER, SERIES_BREAKER_TIMEOUT_RATE, "breaker_timeout_ratio", 1),
	VALUE(SERIES_BREAKER, SERIES_BREAKER_RESPONSE, "breaker_average_response_seconds", 1e6),
	VALUE(SERIES_BREAKER, SERIES_BREAKER_REJECTED, "breaker_rejected_calls_total", 1),

	VALUE(SERIES_HOST, SERIES_HOST_CPU_USAGE, "host_cpu_usage_ratio", 100),
	VALUE(SERIES_HOST, SERIES_HOST_MEMORY_USAGE, "host_memory_usage_ratio", 100),
	VALUE(SERIES_HOST, SERIES_HOST_DISK_USAGE, "host_disk_usage_ratio", 100),
	VALUE(SERIES_HOST, SERIES_HOST_LOAD_1, "host_load1", 1),
	VALUE(SERIES_HOST, SERIES_HOST_LOAD_5, "host_load5", 1),
	VALUE(SERIES_HOST, SERIES_HOST_LOAD_15, "host_load15", 1),
	VALUE(SERIES_HOST, SERIES_HOST_SWAP_USED, "host_swap_used_bytes", 1),
};

enum {
	METRICS = sizeof(metrics) / sizeof(metrics[0]),
	HOLD_FIELD = 1,
	HOLD_MAX_S = 400 * 86400,
	LIVE_MAX = 64,
};

/* One series on its way through its rows. */
struct walk {
	struct remote_samples *out;
	const struct remote_span *span;
	uint32_t subject;
	size_t first, end; /* of `metrics` */
	uint64_t live;     /* a bit for each of them: it has a value that holds */
	int64_t until_ms;  /* that long; when `live` */
};

void remote_samples_finish(struct remote_samples *samples)
{
	free(samples->items);
	*samples = (struct remote_samples){ 0 };
}

const struct remote_metric *remote_metric(size_t nth)
{
	return nth < METRICS ? &metrics[nth] : NULL;
}

const char *remote_subject_label(enum series_kind kind)
{
	if (kind == SERIES_COMPONENT)
		return "component";
	return kind == SERIES_BREAKER ? "breaker" : NULL;
}

static void put(struct walk *walk, size_t metric, int64_t time_ms, double value)
{
	struct remote_samples *out = walk->out;

	if (time_ms <= walk->span->from_ms || time_ms > walk->span->to_ms)
		return;
	if (out->count == out->cap) {
		out->cap = out->cap > 0 ? 2 * out->cap : 256;
		out->items = xrealloc(out->items, out->cap * sizeof(*out->items));
	}
	out->items[out->count++] = (struct remote_sample){ .time_ms = time_ms,
							   .value = value,
							   .subject = walk->subject,
							   .metric = (uint32_t)metric };
}

static uint64_t bit(const struct walk *walk, size_t metric)
{
	return UINT64_C(1) << (metric - walk->first);
}

static void end_series(struct walk *walk, size_t metric, int64_t time_ms)
{
	const uint64_t stale_bits = REMOTE_STALE_BITS;
	double stale;

	if ((walk->live & bit(walk, metric)) == 0)
		return;
	walk->live &= ~bit(walk, metric);
	memcpy(&stale, &stale_bits, sizeof(stale));
	put(walk, metric, time_ms, stale);
}

static void end_all(struct walk *walk, int64_t time_ms)
{
	for (size_t nth = walk->first; nth < walk->end; nth++)
		end_series(walk, nth, time_ms);
}

/* What the row says of this series; false: nothing. */
static bool value_of(const struct remote_metric *metric, const struct series_cell *cell,
		     double *out)
{
	double value;

	if (!series_cell_real(cell, &value))
		return false;
	*out = metric->word != NULL && metric->field == 0 ? value == metric->state
							  : value / metric->divisor;
	return true;
}

/* A state without a word of its own: a breaker that nobody could look at. */
static bool has_word(const struct walk *walk, const struct series_cell *state)
{
	bool has_states = false;

	for (size_t nth = walk->first; nth < walk->end; nth++) {
		if (metrics[nth].field != 0)
			continue;
		has_states = true;
		if (state->type == SERIES_INTEGER && state->value.integer == metrics[nth].state)
			return true;
	}
	return !has_states;
}

static bool is_none(const struct series_cell *state)
{
	return state->type == SERIES_INTEGER && state->value.integer == SERIES_NONE;
}

/* A value and its end never share a time. */
static int64_t hold_ms(const struct series_cell *cell)
{
	int64_t seconds = cell->value.integer;

	if (seconds <= 0)
		return 1;
	return seconds < HOLD_MAX_S ? seconds * 1000 : HOLD_MAX_S * INT64_C(1000);
}

static void take_row(struct walk *walk, int64_t time_ms, const struct series_cell *cells)
{
	bool is_look = cells[HOLD_FIELD].type == SERIES_INTEGER;
	bool knows_state = has_word(walk, &cells[0]);
	double value;

	if (is_none(&cells[0])) {
		end_all(walk, time_ms);
		return;
	}
	if (!is_look && walk->live == 0)
		return;
	for (size_t nth = walk->first; nth < walk->end; nth++) {
		const struct remote_metric *metric = &metrics[nth];

		if (value_of(metric, &cells[metric->field], &value) &&
		    (metric->field != 0 || knows_state)) {
			put(walk, nth, time_ms, value);
			walk->live |= bit(walk, nth);
		} else if (is_look) {
			end_series(walk, nth, time_ms);
		}
	}
	if (is_look)
		walk->until_ms = time_ms + hold_ms(&cells[HOLD_FIELD]);
}

static int64_t ms_of(int64_t time_us)
{
	return time_us >= 0 ? time_us / 1000 : -((999 - time_us) / 1000);
}

static void find_metrics(struct walk *walk, enum series_kind kind)
{
	walk->first = 0;
	while (walk->first < METRICS && metrics[walk->first].kind != kind)
		walk->first++;
	walk->end = walk->first;
	while (walk->end < METRICS && metrics[walk->end].kind == kind)
		walk->end++;
	bw_assert(walk->end - walk->first <= LIVE_MAX);
}

void remote_samples_add(struct remote_samples *samples, enum series_kind kind, uint32_t subject,
			const struct series_rows *rows, const struct remote_span *span)
{
	struct walk walk = { .out = samples, .span = span, .subject = subject };
	struct series_cell cells[SERIES_FIELDS_MAX];
	int64_t time_us;

	find_metrics(&walk, kind);
	for (size_t nth = 0; nth < rows->count; nth++) {
		int64_t time_ms = ms_of(rows->times_us[nth]);

		if (nth + 1 < rows->count && ms_of(rows->times_us[nth + 1]) == time_ms)
			continue;
		if (walk.live != 0 && walk.until_ms < time_ms)
			end_all(&walk, walk.until_ms);
		series_rows_get(rows, nth, &time_us, cells);
		take_row(&walk, time_ms, cells);
	}
	if (walk.live != 0 && walk.until_ms <= span->to_ms)
		end_all(&walk, walk.until_ms);
}

static int by_time(const void *a, const void *b)
{
	const struct remote_sample *left = a, *right = b;

	if (left->time_ms != right->time_ms)
		return left->time_ms < right->time_ms ? -1 : 1;
	if (left->subject != right->subject)
		return left->subject < right->subject ? -1 : 1;
	return (left->metric > right->metric) - (left->metric < right->metric);
}

void remote_samples_sort(struct remote_samples *samples)
{
	if (samples->count > 1)
		qsort(samples->items, samples->count, sizeof(*samples->items), by_time);
}
