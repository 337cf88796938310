/* alert_rank.c - one pass over what fires, through a heap of the best placed so far.
 *
 * The heap's root is the last of those kept, so that fifty thousand alerts cost one look each and
 * never a sort of them all.
 */
#include "daemon/alert_rank.h"

#include <stdlib.h>

#include "base/xalloc.h"

static int place(const struct alert *alert)
{
	if (alert->quiet.kind != ALERT_LOUD)
		return 2;
	return alert->ack != NULL ? 1 : 0;
}

/* Below 0: `a` stands before `b`. Ids only grow, so they decide between equal times. */
static int order(const struct alert *a, const struct alert *b)
{
	if (place(a) != place(b))
		return place(a) - place(b);
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->fired.us != b->fired.us)
		return a->fired.us > b->fired.us ? -1 : 1;
	return a->id > b->id ? -1 : a->id < b->id;
}

static int compare(const void *a, const void *b)
{
	return order(*(const struct alert *const *)a, *(const struct alert *const *)b);
}

static void swap(struct alert_rank *rank, size_t a, size_t b)
{
	const struct alert *kept = rank->items[a];

	rank->items[a] = rank->items[b];
	rank->items[b] = kept;
}

static void sift_down(struct alert_rank *rank)
{
	size_t at = 0, last;

	for (;;) {
		last = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < rank->count; child++)
			last = order(rank->items[child], rank->items[last]) > 0 ? child : last;
		if (last == at)
			return;
		swap(rank, at, last);
		at = last;
	}
}

static void list(struct alert_rank *rank, const struct alert *alert)
{
	size_t at = rank->count;

	if (rank->count == rank->room) {
		if (rank->room == 0 || order(alert, rank->items[0]) >= 0)
			return;
		rank->items[0] = alert;
		sift_down(rank);
		return;
	}
	rank->items[rank->count++] = alert;
	while (at > 0 && order(rank->items[at], rank->items[(at - 1) / 2]) > 0) {
		swap(rank, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void count(struct alert_rank *rank, const struct alert *alert)
{
	size_t *const counts[] = { &rank->loud, &rank->acked, &rank->quiet };

	++*counts[place(alert)];
	rank->all_by_severity[alert->severity]++;
	if (place(alert) == 0)
		rank->by_severity[alert->severity]++;
}

void alert_rank_take(struct alert_rank *rank, const struct alerts *alerts, size_t room)
{
	const struct alert *alert;
	size_t cursor = 0;

	*rank = (struct alert_rank){ .room = room };
	rank->items = (const struct alert **)xcalloc(room + 1, sizeof(*rank->items));
	while ((alert = alerts_next(alerts, ALERT_RANK_FIRING, &cursor)) != NULL) {
		count(rank, alert);
		list(rank, alert);
	}
	qsort((void *)rank->items, rank->count, sizeof(*rank->items), compare);
}

void alert_rank_finish(struct alert_rank *rank)
{
	free((void *)rank->items);
	rank->items = NULL;
}
