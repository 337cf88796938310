/* api_points.c - see api_points.h.
 *
 * Points of the system are written as the document writes its own, and results of a component as
 * they always were; a bucket has the averages under the same names, and `_min` and `_max` of them.
 */
#include "daemon/api_points.h"

#include <math.h>
#include <stdio.h>

#include "core/health.h"
#include "core/history.h"
#include "daemon/api_timeline.h"

enum { KEY_MAX = 64 };

static struct series_cell cell_at(const struct api_series *series, size_t nth, int field)
{
	const struct series_column *column = &series->rows.columns[field];

	return (struct series_cell){ (enum series_cell_type)column->types[nth],
				     column->values[nth] };
}

static double real_at(const struct api_series *series, size_t nth, int field)
{
	const struct series_cell cell = cell_at(series, nth, field);
	double value;

	return series_cell_real(&cell, &value) ? value : NAN;
}

static int state_at(const struct api_series *series, size_t nth)
{
	const struct series_cell cell = cell_at(series, nth, 0);

	return cell.type == SERIES_INTEGER && cell.value.integer >= 0 &&
			       cell.value.integer < SERIES_STATES_MAX
		       ? (int)cell.value.integer
		       : 0;
}

static struct bw_number number_at(const struct api_series *series, size_t nth, int field)
{
	const struct series_cell cell = cell_at(series, nth, field);

	if (cell.type == SERIES_INTEGER)
		return bw_number_from_int(cell.value.integer);
	return bw_number_from_double(cell.type == SERIES_REAL ? cell.value.real : NAN);
}

static void write_time(int64_t time_us, struct bw_json *json)
{
	bw_json_key(json, "timestamp");
	bw_json_wall(json, (struct bw_wall){ time_us });
}

static void write_system_row(const struct api_series *series, size_t nth, struct bw_json *json)
{
	const struct bw_history_point point = {
		.time = { series->rows.times_us[nth] },
		.health_score = real_at(series, nth, SERIES_SYSTEM_HEALTH_SCORE),
		.availability = real_at(series, nth, SERIES_SYSTEM_AVAILABILITY),
		.response_time = real_at(series, nth, SERIES_SYSTEM_RESPONSE_TIME),
		.circuit_breaker_health =
			real_at(series, nth, SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH),
		.cpu_usage = number_at(series, nth, SERIES_SYSTEM_CPU_USAGE),
		.memory_usage = number_at(series, nth, SERIES_SYSTEM_MEMORY_USAGE),
	};

	bw_history_write_point(&point, json);
}

static void write_component_row(const struct api_series *series, struct store_view *view,
				size_t nth, struct bw_json *json)
{
	const struct series_cell error = cell_at(series, nth, SERIES_COMPONENT_ERROR);
	const struct series_cell quiet = cell_at(series, nth, SERIES_COMPONENT_MAINTENANCE);

	bw_json_object_begin(json);
	write_time(series->rows.times_us[nth], json);
	bw_json_member_string(json, "status",
			      series_state_word(series->kind, state_at(series, nth)));
	bw_json_member_double(json, "response_time_ms",
			      real_at(series, nth, SERIES_COMPONENT_RESPONSE) / 1000.0);
	if (quiet.type == SERIES_INTEGER && quiet.value.integer == 1)
		bw_json_member_bool(json, "maintenance", true);
	if (view != NULL && error.type == SERIES_INTEGER && error.value.integer != 0)
		bw_json_member_string(json, "error_message",
				      store_view_text(view, error.value.integer));
	bw_json_object_end(json);
}

static void write_plain_row(const struct api_series *series, size_t nth, struct bw_json *json)
{
	const struct series_schema *schema = series_schema(series->kind);

	bw_json_object_begin(json);
	write_time(series->rows.times_us[nth], json);
	bw_json_member_string(json, schema->fields[0].name,
			      series_state_word(series->kind, state_at(series, nth)));
	for (size_t field = 0; field < schema->field_count; field++) {
		if (schema->fields[field].type != SERIES_GAUGE)
			continue;
		bw_json_key(json, schema->fields[field].name);
		bw_json_number(json, number_at(series, nth, (int)field));
	}
	bw_json_object_end(json);
}

static void write_row(const struct api_series *series, struct store_view *view, size_t nth,
		      struct bw_json *json)
{
	if (series->kind == SERIES_SYSTEM)
		write_system_row(series, nth, json);
	else if (series->kind == SERIES_COMPONENT)
		write_component_row(series, view, nth, json);
	else
		write_plain_row(series, nth, json);
}

/* --- buckets --- */

static void write_gauge(const char *name, const struct rollup_gauge *gauge, double unit,
			struct bw_json *json)
{
	const bool is_known = gauge->count > 0;
	char key[KEY_MAX];

	bw_json_member_double(json, name,
			      is_known ? gauge->sum / (double)gauge->count / unit : NAN);
	snprintf(key, sizeof(key), "%s_min", name);
	bw_json_member_double(json, key, is_known ? gauge->min / unit : NAN);
	snprintf(key, sizeof(key), "%s_max", name);
	bw_json_member_double(json, key, is_known ? gauge->max / unit : NAN);
}

static void write_bucket(const struct rollup_buckets *buckets, size_t nth, struct bw_json *json)
{
	const enum series_kind kind = buckets->kind;
	const struct series_schema *schema = series_schema(kind);
	const struct rollup_bucket *bucket = &buckets->items[nth];

	bw_json_object_begin(json);
	write_time(bucket->from_us, json);
	bw_json_member_string(json, schema->fields[0].name,
			      series_state_word(kind, api_worst_state(kind, bucket)));
	for (size_t field = 0; field < schema->field_count; field++) {
		const struct rollup_gauge *gauge = rollup_gauge_at(buckets, nth, field);

		if (gauge == NULL)
			continue;
		if (kind == SERIES_COMPONENT && field == SERIES_COMPONENT_RESPONSE)
			write_gauge("response_time_ms", gauge, 1e3, json);
		else
			write_gauge(schema->fields[field].name, gauge, 1, json);
	}
	bw_json_member_int(json, "looks", (int64_t)bucket->looks);
	bw_json_object_end(json);
}

void api_points_write(const struct api_series *series, struct store_view *view,
		      struct bw_json *json)
{
	bw_json_key(json, "from");
	bw_json_wall(json, series->from);
	bw_json_key(json, "to");
	bw_json_wall(json, series->to);
	bw_json_member_int(json, "found", (int64_t)series->found);
	bw_json_member_bool(json, "cut", series->count < series->found);
	bw_json_member_int(json, "resolution_seconds", series->resolution_us / BW_SECOND_US);
	bw_json_key(json, "data");
	bw_json_array_begin(json);
	for (size_t i = 0; i < series->count; i++) {
		size_t nth = series->kept[i];

		if (series->resolution_us == 0)
			write_row(series, view, nth, json);
		else
			write_bucket(&series->buckets, nth, json);
	}
	bw_json_array_end(json);
}
