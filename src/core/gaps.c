/* gaps.c - the times in which no daemon ran or nothing was kept, from the daemon's own entries.
 *
 * They are found from the newest entry back and turned round at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "core/history.h"
#include "core/journal_impl.h"

enum { FIRST_ITEMS = 16 };

void bw_gap_list_finish(struct bw_gap_list *list)
{
	free(list->items);
	*list = (struct bw_gap_list){ 0 };
}

static enum bw_status add_gap(struct bw_gap_list *list, struct bw_gap gap)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : FIRST_ITEMS;
		struct bw_gap *items = realloc(list->items, cap * sizeof(*items));

		if (!items)
			return BW_ENOMEM;
		list->items = items;
		list->cap = cap;
	}
	list->items[list->count++] = gap;
	return BW_OK;
}

static bool is_end(const struct journal_entry *entry)
{
	return strcmp(entry->to->text, "stopped") == 0 || strcmp(entry->to->text, "lost") == 0;
}

static const char *why_of(const struct journal_entry *start)
{
	if (strcmp(start->from->text, "lost") == 0)
		return "lost";
	return strcmp(start->from->text, "stopped") == 0 ? "stopped" : "not recorded";
}

/* The gap that a start ended. Where its begin has left the ring it reaches back over all of it. */
static struct bw_gap gap_before(const struct bw_journal *journal, const struct journal_entry *start)
{
	const struct journal_entry *end = bw_journal_entry_at(journal, start->previous);
	struct bw_gap gap = { .from = { INT64_MIN }, .to = start->at, .why = why_of(start) };

	if (end && is_end(end))
		gap.from = end->at;
	return gap;
}

static enum bw_status add_within(struct bw_gap_list *list, struct bw_gap gap, struct bw_wall from,
				 struct bw_wall to)
{
	if (gap.from.us < from.us)
		gap.from = from;
	if (gap.to.us > to.us)
		gap.to = to;
	return gap.from.us < gap.to.us ? add_gap(list, gap) : BW_OK;
}

static void turn_gaps(struct bw_gap_list *list)
{
	for (size_t i = 0; i < list->count / 2; i++) {
		struct bw_gap swapped = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = swapped;
	}
}

enum bw_status bw_journal_gaps(const struct bw_journal *journal, struct bw_wall from,
			       struct bw_wall to, struct bw_gap_list *out)
{
	const struct bw_gap unkept = { { INT64_MIN }, journal->lost_before, "not recorded" };
	const struct journal_subject *daemon = bw_journal_find(journal, BW_CHANGE_DAEMON, "");
	const struct journal_entry *entry = NULL;
	struct bw_wall until = to; /* nothing reaches into what came later */
	enum bw_status status = BW_OK;

	out->count = 0;
	if (daemon)
		entry = bw_journal_entry_at(journal, daemon->last);
	if (entry && is_end(entry))
		status = add_within(out, (struct bw_gap){ entry->at, to, entry->to->text }, from,
				    to);
	for (; entry && status == BW_OK; entry = bw_journal_entry_at(journal, entry->previous)) {
		struct bw_gap gap;

		if (strcmp(entry->to->text, "started") != 0)
			continue;
		gap = gap_before(journal, entry);
		status = add_within(out, gap,
				    from.us > journal->lost_before.us ? from : journal->lost_before,
				    until);
		if (gap.from.us < until.us)
			until = gap.from;
	}
	if (status == BW_OK && journal->lost_before.us > 0)
		status = add_within(out, unkept, from, to);
	if (status == BW_OK)
		turn_gaps(out);
	return status;
}

/* The samples that lie within a gap, its ends not among them. `nth` goes on from gap to gap. */
static size_t pass_samples(const struct bw_history *history, size_t *nth, const struct bw_gap *gap,
			   struct bw_wall *first, struct bw_wall *last)
{
	size_t found = 0;

	for (; *nth < bw_history_count(history); ++*nth) {
		struct bw_wall at = bw_history_get(history, *nth)->time;

		if (at.us >= gap->to.us)
			break;
		if (at.us <= gap->from.us)
			continue;
		if (found++ == 0)
			*first = at;
		*last = at;
	}
	return found;
}

enum bw_status bw_gap_list_spare(struct bw_gap_list *list, const struct bw_history *history)
{
	struct bw_gap_list spared = { 0 };
	enum bw_status status = BW_OK;
	size_t nth = 0;

	for (size_t i = 0; i < list->count && status == BW_OK; i++) {
		struct bw_gap gap = list->items[i];
		struct bw_wall first, last;

		if (pass_samples(history, &nth, &gap, &first, &last) > 0) {
			status = add_gap(&spared, (struct bw_gap){ gap.from, first, gap.why });
			gap.from = last;
		}
		if (status == BW_OK)
			status = add_gap(&spared, gap);
	}
	if (status != BW_OK) {
		bw_gap_list_finish(&spared);
		return status;
	}
	bw_gap_list_finish(list);
	*list = spared;
	return BW_OK;
}
