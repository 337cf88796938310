/* dashboard_impl.h - the inside of the model, shared by the files that make it up:
 * dashboard.c (what it is given), metrics.c, rules.c (alerts) and document.c (what it writes).
 */
#ifndef BW_CORE_DASHBOARD_IMPL_H
#define BW_CORE_DASHBOARD_IMPL_H

#include "base/strmap.h"
#include "core/dashboard.h"
#include "core/fragments.h"

enum { BW_FRAGMENT_MAX = 128 << 20 };

enum bw_breaker_word { BW_WORD_CLOSED, BW_WORD_OPEN, BW_WORD_HALF_OPEN, BW_WORD_OTHER };

struct bw_component_row {
	struct bw_fragment fragment;
	struct bw_number response_time_ms;
	enum bw_health health;
	bool has_response_time, critical;
};

struct bw_breaker_row {
	struct bw_fragment fragment;
	enum bw_breaker_word word;
	bool has_failure_rate;
	double failure_rate;
};

struct bw_dashboard {
	struct bw_dashboard_config config;
	struct bw_strmap *components, *breakers; /* of rows, by name */
	struct bw_fragments component_texts, breaker_texts;
	struct bw_health_tally tally;
	int words[BW_WORD_OTHER + 1];       /* breakers by state */
	struct bw_overview_view overview;   /* status and version are owned, never NULL */
	struct bw_resources_view resources; /* extra_members is owned */
	char *members[BW_PART_MAX];         /* of ours, or NULL */
	struct bw_history *history;
	struct bw_buf history_text; /* of history_version */
	uint64_t history_version;
	struct bw_buf scratch; /* a member is written here before anything changes */
	bool has_document;
	struct bw_wall last_document;
};

/* "closed", "open", "half_open". */
const char *bw_breaker_word_text(enum bw_breaker_word word);
/* The history point that a sample at `now` would add. */
void bw_dashboard_present_point(const struct bw_dashboard *dashboard,
				const struct bw_metrics *metrics, struct bw_wall now,
				struct bw_history_point *out);

#endif
