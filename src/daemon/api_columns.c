/* api_columns.c - see api_columns.h.
 *
 * Whole numbers have no fraction, and times are steps: a day of a point every 30 seconds must fit
 * into 25 KB with gzip.
 */
#include "daemon/api_columns.h"

#include <math.h>

#include "daemon/api_timeline.h"
#include "series/sketch.h"

enum { DIGITS_OF_MS = -1 };

struct lane {
	int field, digits; /* DIGITS_OF_MS: as many as a time needs */
};

static const struct lane system_lanes[] = {
	{ SERIES_SYSTEM_HEALTH_SCORE, 1 },
	{ SERIES_SYSTEM_AVAILABILITY, 2 },
	{ SERIES_SYSTEM_RESPONSE_TIME, DIGITS_OF_MS },
	{ SERIES_SYSTEM_CPU_USAGE, 1 },
	{ SERIES_SYSTEM_MEMORY_USAGE, 1 },
	{ SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH, 1 },
	{ -1 },
};

static const struct lane component_lanes[] = { { SERIES_COMPONENT_RESPONSE, 0 }, { -1 } };

static const struct lane breaker_lanes[] = {
	{ SERIES_BREAKER_CALLS, 1 },        { SERIES_BREAKER_FAILURE_RATE, 4 },
	{ SERIES_BREAKER_TIMEOUT_RATE, 4 }, { SERIES_BREAKER_RESPONSE, 0 },
	{ SERIES_BREAKER_REJECTED, 1 },     { -1 },
};

static const struct lane host_lanes[] = {
	{ SERIES_HOST_CPU_USAGE, 1 },  { SERIES_HOST_MEMORY_USAGE, 1 },
	{ SERIES_HOST_DISK_USAGE, 1 }, { SERIES_HOST_LOAD_1, 2 },
	{ SERIES_HOST_LOAD_5, 2 },     { SERIES_HOST_LOAD_15, 2 },
	{ SERIES_HOST_SWAP_USED, 0 },  { -1 },
};

static const struct lane *lanes_of(enum series_kind kind)
{
	static const struct lane *const lanes[SERIES_KINDS] = {
		[SERIES_SYSTEM] = system_lanes,
		[SERIES_COMPONENT] = component_lanes,
		[SERIES_BREAKER] = breaker_lanes,
		[SERIES_HOST] = host_lanes,
	};

	return lanes[kind];
}

uint32_t api_columns_fields(enum series_kind kind)
{
	uint32_t fields = 3; /* state and hold */

	if (kind == SERIES_COMPONENT)
		fields |= 1u << SERIES_COMPONENT_MAINTENANCE;
	for (const struct lane *lane = lanes_of(kind); lane->field >= 0; lane++)
		fields |= 1u << lane->field;
	return fields;
}

/* Three digits say enough of a response time. */
static int digits_of(const struct lane *lane, double value)
{
	if (lane->digits != DIGITS_OF_MS)
		return lane->digits;
	return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

/* To what is shown; a hundredth of a pixel more or less is nothing, so arithmetic will do. */
static double rounded(double value, int digits)
{
	static const double powers[] = { 1, 10, 100, 1000, 10000 };
	double scaled = value * powers[digits];

	return fabs(scaled) < 1e15 ? nearbyint(scaled) / powers[digits] : value;
}

static void write_value(const struct lane *lane, double value, struct bw_json *json)
{
	double shown = isnan(value) ? value : rounded(value, digits_of(lane, value));

	if (shown == floor(shown) && fabs(shown) < 1e15)
		bw_json_int(json, (int64_t)shown);
	else
		bw_json_double(json, shown);
}

enum aspect { ASPECT_VALUE, ASPECT_MIN, ASPECT_MAX, ASPECT_P50, ASPECT_P95, ASPECT_P99 };

static double bucket_value(const struct rollup_gauge *gauge, enum aspect aspect)
{
	if (gauge == NULL || gauge->count == 0)
		return NAN;
	switch (aspect) {
	case ASPECT_MIN:
		return gauge->min;
	case ASPECT_MAX:
		return gauge->max;
	case ASPECT_P50:
		return sketch_quantile(&gauge->sketch, 0.5);
	case ASPECT_P95:
		return sketch_quantile(&gauge->sketch, 0.95);
	case ASPECT_P99:
		return sketch_quantile(&gauge->sketch, 0.99);
	default:
		return gauge->sum / (double)gauge->count;
	}
}

static double row_value(const struct series_rows *rows, int field, size_t nth)
{
	const struct series_column *column = &rows->columns[field];
	const struct series_cell cell = { (enum series_cell_type)column->types[nth],
					  column->values[nth] };
	double value;

	return series_cell_real(&cell, &value) ? value : NAN;
}

static double value_at(const struct api_series *series, int field, enum aspect aspect, size_t nth)
{
	if (series->resolution_us == 0)
		return row_value(&series->rows, field, nth);
	return bucket_value(rollup_gauge_at(&series->buckets, nth, (size_t)field), aspect);
}

static void write_column(const struct api_series *series, const struct lane *lane,
			 enum aspect aspect, struct bw_json *json)
{
	bw_json_array_begin(json);
	for (size_t i = 0; i < series->count; i++)
		write_value(lane, value_at(series, lane->field, aspect, series->kept[i]), json);
	bw_json_array_end(json);
}

static void write_named(const struct api_series *series, const struct lane *lane, const char *key,
			enum aspect aspect, struct bw_json *json)
{
	bw_json_key(json, key);
	write_column(series, lane, aspect, json);
}

static void begin_lane(const struct api_series *series, const struct lane *lane,
		       struct bw_json *json)
{
	bw_json_key(json, series_schema(series->kind)->fields[lane->field].name);
}

static void write_bands(const struct api_series *series, struct bw_json *json)
{
	bw_json_key(json, "bands");
	bw_json_object_begin(json);
	for (const struct lane *lane = lanes_of(series->kind);
	     series->resolution_us > 0 && lane->field >= 0; lane++) {
		begin_lane(series, lane, json);
		bw_json_object_begin(json);
		write_named(series, lane, "min", ASPECT_MIN, json);
		write_named(series, lane, "max", ASPECT_MAX, json);
		bw_json_object_end(json);
	}
	bw_json_object_end(json);
}

/* Of response times alone: nobody asks for the 99th percentile of a load. */
static void write_quantiles(const struct api_series *series, struct bw_json *json)
{
	bw_json_key(json, "quantiles");
	bw_json_object_begin(json);
	if (series->resolution_us > 0 && series->kind == SERIES_COMPONENT) {
		begin_lane(series, component_lanes, json);
		bw_json_object_begin(json);
		write_named(series, component_lanes, "p50", ASPECT_P50, json);
		write_named(series, component_lanes, "p95", ASPECT_P95, json);
		write_named(series, component_lanes, "p99", ASPECT_P99, json);
		bw_json_object_end(json);
	}
	bw_json_object_end(json);
}

/* Steps, because a day of times would be a third of the answer. */
static void write_steps(const struct api_series *series, struct bw_json *json)
{
	int64_t before_s = 0;

	bw_json_key(json, "step_s");
	bw_json_array_begin(json);
	for (size_t i = 0; i < series->count; i++) {
		size_t nth = series->kept[i];
		int64_t at_us = series->resolution_us == 0 ? series->rows.times_us[nth]
							   : series->buckets.items[nth].from_us;
		int64_t at_s = (at_us - series->from.us) / BW_SECOND_US;

		bw_json_int(json, at_s - before_s);
		before_s = at_s;
	}
	bw_json_array_end(json);
}

void api_columns_write(const struct api_series *series, struct bw_json *json)
{
	bw_json_member_int(json, "resolution_s", series->resolution_us / BW_SECOND_US);
	bw_json_member_int(json, "found", (int64_t)series->found);
	bw_json_member_bool(json, "cut", series->count < series->found);
	write_steps(series, json);
	bw_json_key(json, "values");
	bw_json_object_begin(json);
	for (const struct lane *lane = lanes_of(series->kind); lane->field >= 0; lane++) {
		begin_lane(series, lane, json);
		write_column(series, lane, ASPECT_VALUE, json);
	}
	bw_json_object_end(json);
	write_bands(series, json);
	write_quantiles(series, json);
}
