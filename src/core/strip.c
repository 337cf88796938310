/* strip.c - answers of the journal: its entries, and the change points of one subject.
 *
 * A chain is walked from the newest entry back, because later entries are believed where the clock
 * was set back: an entry at or behind one that came later is passed over. The points come out last
 * first, are turned round, and then the gaps are laid over them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/journal_impl.h"

enum { FIRST_ITEMS = 16 };

/* --- entries --- */

static void tell(const struct journal_entry *entry, struct bw_change *out)
{
	*out = (struct bw_change){
		.id = entry->id,
		.at = entry->at,
		.kind = entry->subject->kind,
		.name = entry->subject->name,
		.from = entry->from->text,
		.to = entry->to->text,
		.text = entry->text->text,
	};
}

static bool passes(const struct bw_journal_filter *filter, const struct journal_entry *entry)
{
	const struct journal_subject *subject = entry->subject;

	return entry->at.us >= filter->from.us && entry->at.us <= filter->to.us &&
	       (!filter->has_kind || subject->kind == filter->kind) &&
	       (!filter->name || strcmp(subject->name, filter->name) == 0);
}

bool bw_journal_next(const struct bw_journal *journal, const struct bw_journal_filter *filter,
		     uint64_t *cursor, struct bw_change *out)
{
	uint64_t place = *cursor > 0 ? *cursor - 1 : journal->first + journal->count - 1;
	const struct journal_entry *entry;

	for (; (entry = bw_journal_entry_at(journal, place)) != NULL; place--) {
		if (entry->id <= filter->after_id)
			return false;
		if (!passes(filter, entry))
			continue;
		*cursor = place;
		tell(entry, out);
		return true;
	}
	return false;
}

/* --- strips --- */

void bw_strip_finish(struct bw_strip *strip)
{
	free(strip->items);
	*strip = (struct bw_strip){ 0 };
}

static enum bw_status add_point(struct bw_strip *strip, struct bw_wall at, const char *word)
{
	if (strip->count == strip->cap) {
		size_t cap = strip->cap ? strip->cap * 2 : FIRST_ITEMS;
		struct bw_strip_point *items = realloc(strip->items, cap * sizeof(*items));

		if (!items)
			return BW_ENOMEM;
		strip->items = items;
		strip->cap = cap;
	}
	strip->items[strip->count++] = (struct bw_strip_point){ at, word };
	return BW_OK;
}

static void turn_points(struct bw_strip *strip)
{
	for (size_t i = 0; i < strip->count / 2; i++) {
		struct bw_strip_point swapped = strip->items[i];

		strip->items[i] = strip->items[strip->count - 1 - i];
		strip->items[strip->count - 1 - i] = swapped;
	}
}

/* Points last first, as far as `from`; the word that held before them in *word. */
static enum bw_status walk(const struct bw_journal *journal, const struct journal_subject *subject,
			   const struct bw_strip_wanted *wanted, struct bw_strip *out,
			   const char **word)
{
	const struct journal_entry *entry = bw_journal_entry_at(journal, subject->last);
	struct bw_wall bound = { wanted->to.us < INT64_MAX ? wanted->to.us + 1 : INT64_MAX };
	enum bw_status status = BW_OK;

	if (!entry && subject->state.word && subject->state.since.us > wanted->from.us)
		return add_point(out, subject->state.since, subject->state.word->text);
	if (!entry && subject->state.word)
		*word = subject->state.word->text;
	for (; entry && status == BW_OK; entry = bw_journal_entry_at(journal, entry->previous)) {
		*word = entry->from->text;
		if (entry->at.us >= bound.us)
			continue;
		if (entry->at.us <= wanted->from.us) {
			*word = entry->to->text;
			break;
		}
		status = add_point(out, entry->at, entry->to->text);
		bound = entry->at;
	}
	return status;
}

/* Lays gaps over raw points: both are in order, so that one pass over all boundaries does. */
struct overlay {
	const struct bw_strip *raw;
	const struct bw_gap_list *gaps;
	size_t point, gap; /* the next ones */
	const char *word;
	bool is_gap;
};

static struct bw_wall next_boundary(const struct overlay *overlay)
{
	struct bw_wall next = { INT64_MAX };

	if (overlay->point < overlay->raw->count)
		next = overlay->raw->items[overlay->point].at;
	if (overlay->gap < overlay->gaps->count) {
		const struct bw_gap *gap = &overlay->gaps->items[overlay->gap];
		struct bw_wall at = overlay->is_gap ? gap->to : gap->from;

		if (at.us < next.us)
			next = at;
	}
	return next;
}

static void pass_boundary(struct overlay *overlay, struct bw_wall at)
{
	while (overlay->gap < overlay->gaps->count) {
		const struct bw_gap *gap = &overlay->gaps->items[overlay->gap];

		if ((overlay->is_gap ? gap->to : gap->from).us > at.us)
			break;
		overlay->gap += overlay->is_gap;
		overlay->is_gap = !overlay->is_gap;
	}
	while (overlay->point < overlay->raw->count &&
	       overlay->raw->items[overlay->point].at.us <= at.us)
		overlay->word = overlay->raw->items[overlay->point++].word;
}

static enum bw_status lay_over(struct overlay *overlay, struct bw_wall from, struct bw_strip *out)
{
	enum bw_status status = BW_OK;
	struct bw_wall at = from;

	out->count = 0;
	while (status == BW_OK && at.us != INT64_MAX) {
		const char *word;

		pass_boundary(overlay, at);
		word = overlay->is_gap ? "none" : overlay->word;
		if (out->count == 0 || strcmp(out->items[out->count - 1].word, word) != 0)
			status = add_point(out, at, word);
		at = next_boundary(overlay);
	}
	return status;
}

enum bw_status bw_journal_strip(const struct bw_journal *journal,
				const struct bw_strip_wanted *wanted, struct bw_strip *out)
{
	const struct journal_subject *subject =
		bw_journal_find(journal, wanted->kind, wanted->name);
	struct overlay overlay = { .gaps = wanted->gaps, .word = "unknown" };
	struct bw_strip raw = { 0 };
	enum bw_status status = BW_OK;

	if (subject)
		status = walk(journal, subject, wanted, &raw, &overlay.word);
	if (wanted->kind == BW_CHANGE_OVERALL && strcmp(overlay.word, "none") == 0)
		overlay.word = "unknown"; /* what ran before the first start left no word */
	turn_points(&raw);
	overlay.raw = &raw;
	if (status == BW_OK)
		status = lay_over(&overlay, wanted->from, out);
	bw_strip_finish(&raw);
	return status;
}
