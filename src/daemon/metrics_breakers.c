/* metrics_breakers.c - every breaker is looked at once; the families are then written from that.
 *
 * Outcomes add up to the calls that ended: a time-out is counted apart from other failures.
 */
#include "daemon/metrics_breakers.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/metrics_text.h"

struct look {
	const struct guard *guard;
	struct bw_breaker_snapshot snapshot;
};

struct looks {
	struct look *items;
	size_t count;
};

static void take_looks(const struct guards *guards, struct looks *out)
{
	const struct guard *guard;
	size_t cursor = 0;

	out->items = xcalloc(guards_count(guards) + 1, sizeof(*out->items));
	out->count = 0;
	while ((guard = guards_next(guards, &cursor)) != NULL) {
		struct look *look = &out->items[out->count++];

		look->guard = guard;
		guard_snapshot(guard, &look->snapshot);
	}
}

static void write_line(struct bw_buf *out, const char *family, const struct look *look,
		       const char *label, const char *word, double value)
{
	bw_buf_format(out, "%s{", family);
	metrics_label(out, "breaker", guard_name(look->guard));
	if (label != NULL)
		bw_buf_format(out, ",%s=\"%s\"", label, word);
	bw_buf_byte(out, '}');
	metrics_value(out, value);
}

static void write_states(const struct looks *looks, struct bw_buf *out)
{
	static const char *const states[] = { "closed",      "open",     "half_open",
					      "forced_open", "disabled", "metrics_only",
					      NULL };
	const char *family = "bellwether_breaker_state";

	metrics_head(out, family, "gauge", "Whether the circuit breaker is in this state.");
	for (size_t i = 0; i < looks->count; i++)
		metrics_states(out, family, "breaker", guard_name(looks->items[i].guard), states,
			       bw_breaker_state_text(looks->items[i].snapshot.state));
}

static void write_calls(const struct looks *looks, struct bw_buf *out)
{
	const char *family = "bellwether_breaker_calls_total";

	metrics_head(out, family, "counter",
		     "Calls that ended, by outcome; failure is without the time-outs.");
	for (size_t i = 0; i < looks->count; i++) {
		const struct look *look = &looks->items[i];
		const struct bw_breaker_lifetime *all = &look->snapshot.lifetime;
		uint64_t failed = all->failure > all->timeout ? all->failure - all->timeout : 0;

		write_line(out, family, look, "outcome", "success", (double)all->success);
		write_line(out, family, look, "outcome", "failure", (double)failed);
		write_line(out, family, look, "outcome", "timeout", (double)all->timeout);
		write_line(out, family, look, "outcome", "ignored", (double)all->ignored);
	}
}

static double admitted_of(const struct look *look)
{
	return (double)look->snapshot.lifetime.admitted;
}

static double rejected_of(const struct look *look)
{
	return (double)look->snapshot.lifetime.rejected;
}

static double late_of(const struct look *look)
{
	return (double)look->snapshot.lifetime.late;
}

static double probes_of(const struct look *look)
{
	return look->snapshot.probes_in_flight;
}

static double events_of(const struct look *look)
{
	return (double)guard_events(look->guard);
}

static double missed_of(const struct look *look)
{
	return (double)guard_missed(look->guard);
}

static double in_flight_of(const struct look *look)
{
	return (double)guard_crew(look->guard)->sum.in_flight;
}

static double overdue_of(const struct look *look)
{
	return (double)guard_crew(look->guard)->sum.overdue;
}

static double window_calls_of(const struct look *look)
{
	return (double)look->snapshot.window.total_calls;
}

static double failure_ratio_of(const struct look *look)
{
	return look->snapshot.window.failure_rate;
}

static double timeout_ratio_of(const struct look *look)
{
	return look->snapshot.window.timeout_rate;
}

static double response_of(const struct look *look)
{
	return look->snapshot.window.avg_response_time_s;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct look *look);
	bool shared;  /* only of breakers that processes share */
	bool of_some; /* only with calls in the window */
} families[] = {
	{ "bellwether_breaker_admitted_calls_total", "counter",
	  "Calls the circuit breaker let through.", admitted_of, false },
	{ "bellwether_breaker_rejected_calls_total", "counter",
	  "Calls the circuit breaker refused.", rejected_of, false },
	{ "bellwether_breaker_late_results_total", "counter",
	  "Results of calls that were admitted before the state changed.", late_of, false },
	{ "bellwether_breaker_window_calls", "gauge", "Calls of the window.", window_calls_of,
	  false },
	{ "bellwether_breaker_failure_ratio", "gauge",
	  "Share of the window's calls that failed, time-outs among them.", failure_ratio_of, false,
	  true },
	{ "bellwether_breaker_timeout_ratio", "gauge",
	  "Share of the window's calls that timed out.", timeout_ratio_of, false, true },
	{ "bellwether_breaker_average_response_seconds", "gauge",
	  "Mean duration of the window's calls.", response_of, false, true },
	{ "bellwether_breaker_probes_in_flight", "gauge",
	  "Calls that try whether the breaker may close.", probes_of, false },
	{ "bellwether_breaker_events_total", "counter",
	  "Changes of state and orders that the daemon has read.", events_of, false },
	{ "bellwether_breaker_events_missed_total", "counter",
	  "Changes that were overwritten before the daemon read them.", missed_of, false },
	{ "bellwether_breaker_calls_in_flight", "gauge", "Calls of living workers under way.",
	  in_flight_of, true },
	{ "bellwether_breaker_calls_overdue", "gauge",
	  "Calls under way for longer than the breaker's time-out.", overdue_of, true },
};

static size_t count_shared(const struct looks *looks)
{
	size_t count = 0;

	for (size_t i = 0; i < looks->count; i++)
		count += guard_is_shared(looks->items[i].guard);
	return count;
}

static bool is_shown(size_t family, const struct look *look)
{
	return (!families[family].shared || guard_is_shared(look->guard)) &&
	       (!families[family].of_some || look->snapshot.window.total_calls > 0);
}

static void write_families(const struct looks *looks, struct bw_buf *out)
{
	bool any_shared = count_shared(looks) > 0;

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		if (families[f].shared && !any_shared)
			continue;
		metrics_head(out, families[f].name, families[f].type, families[f].help);
		for (size_t i = 0; i < looks->count; i++) {
			const struct look *look = &looks->items[i];

			if (is_shown(f, look))
				write_line(out, families[f].name, look, NULL, NULL,
					   families[f].value(look));
		}
	}
}

static void write_workers(const struct looks *looks, struct bw_buf *out)
{
	const char *family = "bellwether_breaker_workers";

	if (count_shared(looks) == 0)
		return;
	metrics_head(out, family, "gauge",
		     "Processes that use the breaker: alive, of them failing within the window, "
		     "and dead with calls that never ended.");
	for (size_t i = 0; i < looks->count; i++) {
		const struct look *look = &looks->items[i];
		const struct crew_sum *sum = &guard_crew(look->guard)->sum;

		if (!guard_is_shared(look->guard))
			continue;
		write_line(out, family, look, "state", "alive", (double)sum->alive);
		write_line(out, family, look, "state", "failing", (double)sum->failing);
		write_line(out, family, look, "state", "dead", (double)sum->dead);
	}
}

static void write_region(const struct shared_region *region, struct bw_buf *out)
{
	struct bw_region_info info = { 0 };

	if (!shared_region_is_wanted(region))
		return;
	if (shared_region_get(region) != NULL)
		bw_region_info(shared_region_get(region), &info);
	metrics_single(out, "bellwether_region_usable", "gauge",
		       "Whether breakers are shared with other processes.",
		       shared_region_is_writable(region) ? 1.0 : 0.0);
	metrics_single(out, "bellwether_region_breakers", "gauge", "Breakers in the shared region.",
		       info.breakers);
	metrics_single(out, "bellwether_region_breakers_max", "gauge",
		       "Breakers that the shared region has room for.", info.breakers_max);
	metrics_single(out, "bellwether_region_corrupt_words_total", "counter",
		       "Impossible values met in the shared region since it was made.",
		       (double)info.corrupt);
}

void metrics_write_breakers(const struct guards *guards, struct bw_buf *out)
{
	struct looks looks;

	take_looks(guards, &looks);
	if (looks.count > 0) {
		write_states(&looks, out);
		write_calls(&looks, out);
		write_families(&looks, out);
		write_workers(&looks, out);
	}
	write_region(guards_region(guards), out);
	free(looks.items);
}
