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

enum bw_response_curve {
	BW_RESPONSE_CONTINUOUS, /* 100 up to 100 ms, 80 at 1,000 ms, 0 from 5,000 ms, straight
				   between */
	BW_RESPONSE_REFERENCE,  /* the reference's, with its jump just above 1,000 ms */
};

enum bw_score_factor {
	BW_FACTOR_AVAILABILITY,
	BW_FACTOR_BREAKERS,
	BW_FACTOR_CPU,
	BW_FACTOR_MEMORY,
	BW_FACTOR_RESPONSE,
	BW_FACTOR_MAX,
};

struct bw_score_input {
	double availability_pct, breaker_health_pct, cpu_pct, memory_pct, response_ms;
	enum bw_response_curve curve;
	bool resources_unknown; /* CPU and memory were not measured: they earn no points */
};

struct bw_score {
	double total; /* 0..100, not rounded */
	struct {
		double weight;      /* 0..1; all five add up to 1 */
		double score;       /* 0..100 */
		double points_lost; /* weight * (100 - score) */
		bool known;         /* false: nothing was measured, score is 0 */
	} factor[BW_FACTOR_MAX];
};

/* "availability", "breaker_health", "cpu_performance", "memory_performance", "response_time". */
const char *bw_score_factor_text(enum bw_score_factor factor);
double bw_score_response(double response_ms, enum bw_response_curve curve);
void bw_score_compute(const struct bw_score_input *input, struct bw_score *out);

#endif
