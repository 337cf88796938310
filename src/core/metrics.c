/* metrics.c - the reference's metrics from rows and counts, and the history point made of them.
 *
 * Counts are kept up to date by the setters; only the response times are summed here, in the order
 * of the components, because a running sum of floats would drift away from the reference's.
 */
#include "core/dashboard_impl.h"

#include <math.h>

/* Exact while all are ints and the sum is one, as Python's sum() is. */
struct sum {
	int64_t integer;
	double value;
	bool is_integer;
};

static void add(struct sum *sum, struct bw_number number)
{
	int64_t integer;

	if (sum->is_integer && number.is_integer &&
	    !__builtin_add_overflow(sum->integer, number.integer, &integer)) {
		sum->integer = integer;
		return;
	}
	if (sum->is_integer) {
		sum->value = (double)sum->integer;
		sum->is_integer = false;
	}
	sum->value += number.value;
}

/* Correctly rounded, as Python divides ints. Beyond 2^53 the sum is no double, so the quotient is
 * made in 62 bits, the last of which says that something is left over, and rounded once. */
static double divide(int64_t sum, int count)
{
	uint64_t magnitude = sum < 0 ? 0 - (uint64_t)sum : (uint64_t)sum;
	uint64_t whole = magnitude / (uint64_t)count, rest = magnitude % (uint64_t)count;
	double quotient;
	int shift;

	if (magnitude <= UINT64_C(1) << 53 || whole == 0)
		return (double)sum / count;
	shift = __builtin_clzll(whole) - 2;
	if (shift > 0) {
		rest <<= shift;
		whole = (whole << shift) + rest / (uint64_t)count;
		rest %= (uint64_t)count;
	} else {
		shift = 0;
	}
	quotient = ldexp((double)(whole | (rest != 0)), -shift);
	return sum < 0 ? -quotient : quotient;
}

static double average_response(const struct bw_dashboard *dashboard, int *times)
{
	struct sum sum = { .is_integer = true };
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	*times = 0;
	while (bw_strmap_next(dashboard->components, &cursor, &entry)) {
		const struct bw_component_row *row = entry.value;

		if (!row->has_response_time)
			continue;
		add(&sum, row->response_time_ms);
		(*times)++;
	}
	if (*times == 0)
		return 0;
	return sum.is_integer ? divide(sum.integer, *times) : sum.value / *times;
}

static double percentage(double part, double whole, double of_nothing)
{
	return whole > 0 ? part / whole * 100 : of_nothing;
}

void bw_dashboard_metrics(const struct bw_dashboard *dashboard, struct bw_metrics *out)
{
	const struct bw_health_tally *tally = &dashboard->tally;
	int available = tally->count[BW_HEALTH_HEALTHY] + tally->count[BW_HEALTH_DEGRADED];
	int closed = dashboard->words[BW_WORD_CLOSED];
	int breakers = (int)bw_strmap_count(dashboard->breakers);
	struct bw_score_input input = {
		.availability_pct = percentage(available, tally->total, 0),
		.breaker_health_pct = percentage(closed, breakers, 100),
		.cpu_pct = dashboard->resources.cpu_percent.value,
		.memory_pct = dashboard->resources.memory_percent.value,
		.curve = dashboard->config.response_curve,
		.resources_unknown =
			!dashboard->config.reference_rules && !dashboard->resources.known,
	};

	input.response_ms = average_response(dashboard, &out->response_times);
	bw_score_compute(&input, &out->score);
	out->availability_pct = bw_round(input.availability_pct, 2);
	out->average_response_ms = bw_round(input.response_ms, 2);
	out->breaker_health_pct = bw_round(input.breaker_health_pct, 2);
	out->health_score = bw_round(out->score.total, 1);
	out->total_components = tally->total;
	out->available_components = available;
	out->breakers_closed = closed;
	out->breakers_total = breakers;
}

/* What nothing was measured of is not known: the daemon's points say so, where the reference's have
 * a 0 or a 100. */
static void forget_unmeasured(const struct bw_metrics *metrics, struct bw_history_point *point)
{
	if (metrics->response_times == 0)
		point->response_time = NAN;
	if (metrics->total_components > 0)
		return;
	point->health_score = NAN;
	point->availability = NAN;
	if (metrics->breakers_total == 0)
		point->circuit_breaker_health = NAN;
}

void bw_dashboard_present_point(const struct bw_dashboard *dashboard,
				const struct bw_metrics *metrics, struct bw_wall now,
				struct bw_history_point *out)
{
	const struct bw_resources_view *resources = &dashboard->resources;
	bool shown = resources->known || dashboard->config.reference_rules;
	const struct bw_number unknown = bw_number_from_double(NAN);

	*out = (struct bw_history_point){
		.time = now,
		.health_score = metrics->health_score,
		.availability = metrics->availability_pct,
		.response_time = metrics->average_response_ms,
		.circuit_breaker_health = metrics->breaker_health_pct,
		.cpu_usage = shown ? resources->cpu_percent : unknown,
		.memory_usage = shown ? resources->memory_percent : unknown,
	};
	if (!dashboard->config.reference_rules)
		forget_unmeasured(metrics, out);
}

enum bw_status bw_dashboard_sample(struct bw_dashboard *dashboard, struct bw_wall now,
				   struct bw_history_point *point)
{
	struct bw_history_point sample;
	struct bw_metrics metrics;
	enum bw_status status;

	if (!dashboard)
		return BW_EINVAL;
	bw_dashboard_metrics(dashboard, &metrics);
	bw_dashboard_present_point(dashboard, &metrics, now, &sample);
	status = bw_history_add(dashboard->history, &sample);
	if (status == BW_OK && point)
		*point = sample;
	return status;
}
