/* sample.h - rows of the history as samples of Prometheus series.
 *
 * Names, labels and units are those of GET /metrics, so that a dashboard works on both: a state is
 * one series for each word, 1 for the present one and 0 for the others; times are seconds, shares
 * are ratios. What nobody knows any more (the daemon stopped, a component was removed, a value has
 * gone, a look's `hold` ran out) ends with a stale marker, so that no reader paints a gap as the
 * last state.
 *
 * The samples of (from, to] depend on the rows alone: who asks twice gets the same ones.
 *
 * Units:   milliseconds of UTC since 1970, as the protocol has them. Of two rows within one
 *          millisecond the later one counts.
 * Threads: any; nothing is kept.
 */
#ifndef BW_REMOTE_SAMPLE_H
#define BW_REMOTE_SAMPLE_H

#include <stdint.h>

#include "series/series.h"

/* The NaN that means "this series has ended here"; no other NaN is ever sent. */
#define REMOTE_STALE_BITS UINT64_C(0x7ff0000000000002)

struct remote_metric {
	const char *name;
	enum series_kind kind;
	int field;
	const char *label, *word; /* beside the subject's own label; NULL: none */
	int state;                /* of a state: the number that `word` stands for; else 0 */
	double divisor;           /* from the row's unit to the series' */
};

struct remote_sample {
	int64_t time_ms;
	double value;
	uint32_t subject; /* number of the series in the list of its window */
	uint32_t metric;  /* remote_metric() */
};

struct remote_samples { /* init with { 0 } */
	struct remote_sample *items;
	size_t count, cap;
};

void remote_samples_finish(struct remote_samples *samples);
/* NULL behind the last; the rows of a kind stand together. */
const struct remote_metric *remote_metric(size_t nth);
/* What the subject of a kind is called as a label, "component"; NULL: it has none. */
const char *remote_subject_label(enum series_kind kind);

struct remote_span {
	int64_t from_ms, to_ms; /* (from, to] */
};

/* Adds what settled rows of one series say; rows before the span say what held when it began. */
void remote_samples_add(struct remote_samples *samples, enum series_kind kind, uint32_t subject,
			const struct series_rows *rows, const struct remote_span *span);
/* By time, then subject, then metric. */
void remote_samples_sort(struct remote_samples *samples);

#endif
