/* recorder_rows.c - cells by field; every row begins as a mark, all of it absent but the state.
 *
 * Digits: percent as the document shows them, rates as the breakers' own view has them. More would
 * be noise that the store has to keep.
 */
#include "daemon/recorder_rows.h"

#include <math.h>

#include "base/number.h"

enum { MILLISECOND_US = 1000, RATE_DIGITS = 4, PERCENT_DIGITS = 2, POINTS_DIGITS = 4 };

#define ROOM_US (5 * BW_SECOND_US) /* a sample waits for its turn */

struct bw_wall recorder_row_time(struct bw_wall at)
{
	return (struct bw_wall){ at.us - at.us % MILLISECOND_US };
}

struct bw_wall recorder_mark_time(struct bw_wall at)
{
	return (struct bw_wall){ recorder_row_time(at).us + MILLISECOND_US };
}

int64_t recorder_hold_s(int64_t every_us, int64_t timeout_us)
{
	return (2 * every_us + timeout_us + BW_SECOND_US - 1) / BW_SECOND_US;
}

static void set_integer(struct store_row *row, int field, int64_t value)
{
	row->cells[field] = (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static void set_real(struct store_row *row, int field, double value)
{
	if (!isnan(value))
		row->cells[field] = (struct series_cell){ SERIES_REAL, { .real = value } };
}

static void set_number(struct store_row *row, int field, struct bw_number number)
{
	if (number.is_integer)
		set_integer(row, field, number.integer);
	else
		set_real(row, field, number.value);
}

void recorder_row_mark(enum series_kind kind, const char *name, int state, struct store_row *out)
{
	*out = (struct store_row){ .kind = kind, .name = name };
	set_integer(out, 0, state); /* the first field of every kind */
}

void recorder_row_maintenance(const struct component *component, bool in_maintenance,
			      struct store_row *out)
{
	recorder_row_mark(SERIES_COMPONENT, component_name(component),
			  (int)component_health(component), out);
	set_integer(out, SERIES_COMPONENT_MAINTENANCE, in_maintenance);
}

void recorder_row_component(const struct component *component, const struct check_result *result,
			    bool in_maintenance, struct store_row *out)
{
	const struct component_settings *settings = component_settings(component);
	int64_t response_us;

	recorder_row_maintenance(component, in_maintenance, out);
	set_integer(out, SERIES_COMPONENT_HOLD,
		    recorder_hold_s(settings->every_us, settings->common.timeout_us));
	if (component_response(component, &response_us))
		set_integer(out, SERIES_COMPONENT_RESPONSE, response_us);
	out->text = result != NULL ? result->error : component_error(component);
}

void recorder_row_breaker(const char *name, const struct bw_breaker_snapshot *snapshot,
			  int64_t every_us, struct store_row *out)
{
	const struct bw_breaker_window *window = &snapshot->window;

	recorder_row_mark(SERIES_BREAKER, name, (int)snapshot->state + 1, out);
	set_integer(out, SERIES_BREAKER_HOLD, recorder_hold_s(every_us, ROOM_US));
	set_integer(out, SERIES_BREAKER_CALLS, window->total_calls);
	set_integer(out, SERIES_BREAKER_REJECTED, (int64_t)snapshot->lifetime.rejected);
	if (window->total_calls == 0)
		return;
	set_real(out, SERIES_BREAKER_FAILURE_RATE, bw_round(window->failure_rate, RATE_DIGITS));
	set_real(out, SERIES_BREAKER_TIMEOUT_RATE, bw_round(window->timeout_rate, RATE_DIGITS));
	set_integer(out, SERIES_BREAKER_RESPONSE, llround(window->avg_response_time_s * 1e6));
}

void recorder_row_host(const struct host_sample *sample, int64_t every_us, struct store_row *out)
{
	recorder_row_mark(SERIES_HOST, "", sample->known, out);
	set_integer(out, SERIES_HOST_HOLD, recorder_hold_s(every_us, ROOM_US));
	if (sample->cpu_known)
		set_real(out, SERIES_HOST_CPU_USAGE, bw_round(sample->cpu_pct, PERCENT_DIGITS));
	if (sample->memory_known) {
		set_real(out, SERIES_HOST_MEMORY_USAGE,
			 bw_round(sample->memory_pct, PERCENT_DIGITS));
		set_integer(out, SERIES_HOST_SWAP_USED, sample->swap_used_bytes);
	}
	if (sample->disk_known)
		set_real(out, SERIES_HOST_DISK_USAGE, bw_round(sample->disk_pct, PERCENT_DIGITS));
	for (int i = 0; sample->load_known && i < 3; i++)
		set_real(out, SERIES_HOST_LOAD_1 + i,
			 bw_round(sample->load_average[i], PERCENT_DIGITS));
}

static void set_points(struct store_row *out, const struct bw_score *score)
{
	static const int fields[BW_FACTOR_MAX] = {
		[BW_FACTOR_AVAILABILITY] = SERIES_SYSTEM_AVAILABILITY_POINTS,
		[BW_FACTOR_BREAKERS] = SERIES_SYSTEM_BREAKER_POINTS,
		[BW_FACTOR_CPU] = SERIES_SYSTEM_CPU_POINTS,
		[BW_FACTOR_MEMORY] = SERIES_SYSTEM_MEMORY_POINTS,
		[BW_FACTOR_RESPONSE] = SERIES_SYSTEM_RESPONSE_POINTS,
	};

	for (int i = 0; i < BW_FACTOR_MAX; i++) {
		if (score->factor[i].known)
			set_real(out, fields[i],
				 bw_round(score->factor[i].weight * score->factor[i].score,
					  POINTS_DIGITS));
	}
}

void recorder_row_system(const struct bw_history_point *point, const struct bw_score *score,
			 enum bw_health health, int64_t every_us, struct store_row *out)
{
	recorder_row_mark(SERIES_SYSTEM, "", (int)health, out);
	out->time = point->time;
	set_integer(out, SERIES_SYSTEM_HOLD, recorder_hold_s(every_us, ROOM_US));
	set_real(out, SERIES_SYSTEM_HEALTH_SCORE, point->health_score);
	set_real(out, SERIES_SYSTEM_AVAILABILITY, point->availability);
	set_real(out, SERIES_SYSTEM_RESPONSE_TIME, point->response_time);
	set_real(out, SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH, point->circuit_breaker_health);
	set_number(out, SERIES_SYSTEM_CPU_USAGE, point->cpu_usage);
	set_number(out, SERIES_SYSTEM_MEMORY_USAGE, point->memory_usage);
	set_points(out, score);
}
