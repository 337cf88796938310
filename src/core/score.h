/* score.h - the 0 to 100 system health score and its arithmetic.
 *
 * Formula: the reference's _calculate_health_score(): a weighted sum of five factors, each 0..100:
 *          availability 0.3, breakers 0.25, CPU headroom 0.2, memory headroom 0.15, response 0.1;
 *          the terms are added in that order, then clamped to 0..100.
 * Threads: any; nothing is kept.
 */
#ifndef BW_CORE_SCORE_H
#define BW_CORE_SCORE_H

#include <stdbool.h>

#include <bellwether/dashboard.h>

struct bw_score_input {
	double availability_pct, breaker_health_pct, cpu_pct, memory_pct, response_ms;
	enum bw_response_curve curve;
	bool resources_unknown; /* CPU and memory were not measured: they earn no points */
};

double bw_score_response(double response_ms, enum bw_response_curve curve);
void bw_score_compute(const struct bw_score_input *input, struct bw_score *out);

#endif
