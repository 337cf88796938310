/* view.c - all alerts in the order in which people want them.
 *
 * The list is made when somebody begins to look after a change, and holds until the next one: a
 * turn without changes costs nothing, and a thousand changes in one turn cost one sort.
 */
#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "alerts/matcher.h"
#include "base/xalloc.h"

static int rank(const struct alert *alert)
{
	return alert->state == ALERT_PENDING ? 0 : 1 + (int)alert->severity;
}

/* Firing before pending, worst first, then the latest. */
static int compare(const void *a, const void *b)
{
	const struct alert *left = &(*(struct life *const *)a)->alert;
	const struct alert *right = &(*(struct life *const *)b)->alert;

	if (rank(left) != rank(right))
		return rank(right) - rank(left);
	if (left->fired.us != right->fired.us)
		return left->fired.us < right->fired.us ? 1 : -1;
	return (left->id < right->id) - (left->id > right->id);
}

static void make_view(struct alerts *alerts)
{
	size_t most = alerts->book.count + alerts->book.recent_count + 1;
	struct life *life;
	uint64_t visit = 0;

	if (most > alerts->view_cap) {
		alerts->view_cap = most * 2;
		alerts->view = xrealloc(alerts->view, alerts->view_cap * sizeof(struct life *));
	}
	alerts->view_count = 0;
	while ((life = book_next(&alerts->book, &visit))) {
		if (book_is_alive(life))
			alerts->view[alerts->view_count++] = life;
	}
	qsort(alerts->view, alerts->view_count, sizeof(struct life *), compare);
	for (life = alerts->book.newest_recent; life; life = life->recent.before)
		alerts->view[alerts->view_count++] = life;
	alerts->view_is_old = false;
}

const struct alert *alerts_next(const struct alerts *alerts, unsigned states, size_t *cursor)
{
	if (*cursor == 0 && alerts->view_is_old)
		make_view((struct alerts *)alerts);
	while (*cursor < alerts->view_count) {
		const struct alert *alert = &alerts->view[(*cursor)++]->alert;

		if (states & 1U << alert->state)
			return alert;
	}
	return NULL;
}

const struct alert *alerts_get(const struct alerts *alerts, uint64_t id)
{
	const struct life *life = book_find((struct book *)&alerts->book, id);

	return life && life->alert.state != ALERT_OK ? &life->alert : NULL;
}

static void count_firing(const struct alert *alert, struct alerts_counts *out)
{
	out->by_severity[alert->severity]++;
	out->acked += alert->ack != NULL;
	out->silenced += alert->quiet.kind == ALERT_QUIET_SILENCE;
	out->hidden += alert->quiet.kind != ALERT_LOUD && alert->quiet.kind != ALERT_QUIET_SILENCE;
}

void alerts_counts(const struct alerts *alerts, struct alerts_counts *out)
{
	const struct alert *alert;
	size_t cursor = 0;

	*out = (struct alerts_counts){ .refused = alerts->refused };
	while ((alert = alerts_next(
			alerts, 1U << ALERT_PENDING | 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
			&cursor))) {
		out->pending += alert->state == ALERT_PENDING;
		out->firing += alert->state == ALERT_FIRING;
		out->recovering += alert->state == ALERT_RECOVERING;
		if (alert_is_hard_firing(alert))
			count_firing(alert, out);
	}
}

bool alerts_match(const struct alerts *alerts, const struct matchers *matchers,
		  const struct alert *alert)
{
	struct alert_labels labels;

	alert_labels_read(alert, &alerts->options.relations, &labels);
	return matchers_match(matchers, &labels);
}
