/* score.c - five factors, their weights, and the two curves for the response time.
 *
 * The terms are added in the reference's order: floating-point sums depend on it, and a score that
 * differs in its last bit can round to another tenth.
 */
#include "core/score.h"

#include <math.h>

static const struct {
	const char *text;
	double weight;
} factors[BW_FACTOR_MAX] = {
	[BW_FACTOR_AVAILABILITY] = { "availability", 0.3 },
	[BW_FACTOR_BREAKERS] = { "breaker_health", 0.25 },
	[BW_FACTOR_CPU] = { "cpu_performance", 0.2 },
	[BW_FACTOR_MEMORY] = { "memory_performance", 0.15 },
	[BW_FACTOR_RESPONSE] = { "response_time", 0.1 },
};

const char *bw_score_factor_text(enum bw_score_factor factor)
{
	return (unsigned)factor < BW_FACTOR_MAX ? factors[factor].text : "unknown";
}

static double response_reference(double response_ms)
{
	if (response_ms <= 1000)
		return 100 - (response_ms - 100) / 9;
	return fmax(0, 100 - response_ms / 50);
}

static double response_continuous(double response_ms)
{
	if (response_ms <= 1000)
		return 100 - 20 * (response_ms - 100) / 900;
	return fmax(0, 80 - 80 * (response_ms - 1000) / 4000);
}

double bw_score_response(double response_ms, enum bw_response_curve curve)
{
	if (response_ms <= 100)
		return 100;
	return curve == BW_RESPONSE_REFERENCE ? response_reference(response_ms)
					      : response_continuous(response_ms);
}

void bw_score_compute(const struct bw_score_input *input, struct bw_score *out)
{
	const double scores[BW_FACTOR_MAX] = {
		[BW_FACTOR_AVAILABILITY] = input->availability_pct,
		[BW_FACTOR_BREAKERS] = input->breaker_health_pct,
		[BW_FACTOR_CPU] = fmax(0, 100 - input->cpu_pct),
		[BW_FACTOR_MEMORY] = fmax(0, 100 - input->memory_pct),
		[BW_FACTOR_RESPONSE] = bw_score_response(input->response_ms, input->curve),
	};
	double total = 0;

	for (int i = 0; i < BW_FACTOR_MAX; i++) {
		bool is_resource = i == BW_FACTOR_CPU || i == BW_FACTOR_MEMORY;
		bool known = !(is_resource && input->resources_unknown);
		double score = known ? scores[i] : 0;

		out->factor[i].weight = factors[i].weight;
		out->factor[i].score = score;
		out->factor[i].points_lost = factors[i].weight * (100 - score);
		out->factor[i].known = known;
		total += score * factors[i].weight;
	}
	out->total = fmin(100, fmax(0, total));
}
