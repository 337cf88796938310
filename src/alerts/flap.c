/* flap.c - the weighted share of changes among the latest samples, and two limits.
 *
 * A change weighs the more the younger it is, from 1.2 for the latest to 0.8 for the oldest, so
 * that a storm that has passed stops counting sooner. Between the two limits the verdict stays what
 * it was; with one, a rate that sits on it would make the verdict itself flap.
 *
 * A history always has all its samples: it begins filled with its first. So a steady alert changes
 * nothing here, and nothing has to be kept for it; and one change is never "100 % of one".
 *
 * Invariant: flap_bits of an alert whose history is all good is 0, which is the same as none.
 */
#include "alerts/flap.h"

#define WEIGHT_NEWEST 1.2
#define WEIGHT_OLDEST 0.8

static const uint32_t all_bits = (UINT32_C(1) << ALERT_FLAP_WINDOW) - 1;

static double rate(uint32_t bits)
{
	const int places = ALERT_FLAP_WINDOW - 1;
	double changed = 0, all = 0;

	for (int i = 0; i < places; i++) {
		double weight = WEIGHT_NEWEST - (WEIGHT_NEWEST - WEIGHT_OLDEST) * i / (places - 1);

		all += weight;
		if ((bits >> i & 1) != (bits >> (i + 1) & 1))
			changed += weight;
	}
	return 100 * changed / all;
}

void flap_note(struct alert *alert, bool bad)
{
	if (alert->flap_count == 0) {
		alert->flap_bits = bad ? all_bits : 0;
		alert->flap_count = ALERT_FLAP_WINDOW;
	} else {
		alert->flap_bits = (alert->flap_bits << 1 | (bad ? 1 : 0)) & all_bits;
	}
	alert->flap_rate = rate(alert->flap_bits);
}

void flap_judge(struct alert *alert, const struct flap_limits *limits)
{
	if (!limits->enabled || alert->flap_rate < limits->low) {
		alert->flapping = false;
	} else if (!alert->flapping && alert->flap_rate > limits->high &&
		   alert_is_hard_firing(alert)) {
		alert->flapping = true;
		alert->flap_rounds++;
	}
}

void flap_inherit(struct alert *alert, const struct alert *earlier)
{
	alert->flap_bits = earlier->flap_bits;
	alert->flap_count = earlier->flap_count;
	alert->flap_rate = earlier->flap_rate;
	alert->flap_rounds = earlier->flap_rounds;
}

bool flap_has_history(const struct alert *alert)
{
	return alert->flap_bits != 0;
}

void flap_clear(struct alert *alert)
{
	alert->flapping = false;
	alert->flap_rate = 0;
	alert->flap_bits = 0;
	alert->flap_count = 0;
	alert->flap_rounds = 0;
}
