/* rule_history.h - samples of the past, on which a rule is tried.
 *
 * A sample says what was known of one subject at one time; what it does not say was not known. The
 * host and the whole are one subject, WHOLE.
 *
 * Owns:    its samples and texts. Threads: one at a time.
 * Limits:  RULE_SAMPLES_MAX samples.
 */
#ifndef BW_CLI_RULE_HISTORY_H
#define BW_CLI_RULE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "alerts/facts.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/strmap.h"
#include "base/time.h"

enum { RULE_SAMPLES_MAX = 2000 * 1000, RULE_WHOLE = 0 };

struct rule_fact {
	int field;
	struct fact fact;
};

struct rule_sample {
	struct bw_wall at;
	size_t subject, nth; /* nth: which one it was before they were sorted */
	size_t first, count; /* of the history's facts */
};

/* What is true of a subject at any time. */
struct rule_subject {
	const char *name;         /* "" for RULE_WHOLE */
	const char *group, *kind; /* NULL: not known */
	bool knows_critical, critical;
};

struct rule_history {
	struct bw_arena *arena;
	struct bw_strmap *index;
	struct rule_subject *subjects;
	struct rule_sample *samples;
	struct rule_fact *facts;
	size_t subject_count, sample_count, fact_count;
	size_t subject_room, sample_room, fact_room;
};

void rule_history_init(struct rule_history *history);
void rule_history_finish(struct rule_history *history);
/* The subject of this name, made when it is not there yet; "": RULE_WHOLE. */
size_t rule_history_subject(struct rule_history *history, const char *name);
/* BW_ELIMIT: there are too many. */
BW_MUST_USE enum bw_status rule_history_begin(struct rule_history *history, size_t subject,
					      struct bw_wall at);
/* One fact of the sample that was begun last; a text is copied. */
void rule_history_add(struct rule_history *history, int field, const struct fact *fact);
/* Is the field known in any sample, or of any subject? */
bool rule_history_knows(const struct rule_history *history, int field);
/* By time, RULE_WHOLE first; of two samples of one subject and time the earlier stays. */
void rule_history_sort(struct rule_history *history);
/* What is known: in this sample (NULL: none) of this subject. */
void rule_history_read(const struct rule_history *history, const struct rule_sample *sample,
		       size_t subject, int field, struct fact *out);

#endif
