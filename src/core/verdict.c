/* verdict.c - what the journal says of the whole: since when, in trouble since when, what was
 * first.
 *
 * Trouble is kept up with every word of the whole, so that it outlives the entries that began it.
 * It is real when the whole was degraded or unhealthy; a start, during which nothing is known yet,
 * is no problem that anybody wants to read of later.
 */
#include <string.h>

#include "core/journal_impl.h"

static void set_problem(struct bw_journal *journal, struct bw_wall to)
{
	bw_journal_drop(journal, journal->problem);
	journal->has_problem = true;
	journal->problem_from = journal->trouble.real_since;
	journal->problem_to = to;
	journal->problem = journal->trouble.text;
	journal->trouble.text = NULL;
}

void bw_journal_end_trouble(struct bw_journal *journal, struct bw_wall at)
{
	if (journal->trouble.is_on && journal->trouble.is_real)
		set_problem(journal, at);
	journal->trouble = (struct journal_trouble){ 0 };
}

void bw_journal_judge(struct bw_journal *journal, enum journal_grade grade, struct bw_wall at,
		      struct journal_text *text)
{
	struct journal_trouble *trouble = &journal->trouble;

	if (grade == JOURNAL_FINE) {
		bw_journal_end_trouble(journal, at);
		return;
	}
	if (!trouble->is_on)
		*trouble = (struct journal_trouble){ .is_on = true, .since = at };
	if (grade == JOURNAL_UNSURE || trouble->is_real)
		return;
	trouble->is_real = true;
	trouble->real_since = at;
	trouble->text = bw_journal_share(text);
}

void bw_journal_verdict(const struct bw_journal *journal, struct bw_journal_verdict *out)
{
	const struct journal_subject *whole = bw_journal_find(journal, BW_CHANGE_OVERALL, "");

	*out = (struct bw_journal_verdict){ 0 };
	if (!whole || !whole->state.word)
		return;
	out->word = whole->state.word->text;
	out->since = whole->state.since;
	out->has_trouble = journal->trouble.is_on;
	out->trouble_since = journal->trouble.since;
	out->has_problem = journal->has_problem;
	if (!journal->has_problem)
		return;
	out->problem_from = journal->problem_from;
	out->problem_to = journal->problem_to;
	out->problem = journal->problem->text;
}

/* Worse things first, then the earlier one; at the same moment the order of names decides, so that
 * the answer does not depend on chance. */
static bool is_first(const struct journal_subject *a, const struct journal_subject *b)
{
	if (a->state.grade != b->state.grade)
		return a->state.grade > b->state.grade;
	if (a->state.wrong_since.us != b->state.wrong_since.us)
		return a->state.wrong_since.us < b->state.wrong_since.us;
	if (a->kind != b->kind)
		return a->kind == BW_CHANGE_COMPONENT;
	return strcmp(a->name, b->name) < 0;
}

bool bw_journal_first_wrong(const struct bw_journal *journal, struct bw_wall from,
			    struct bw_change *out)
{
	const struct journal_subject *first = NULL;

	for (const struct journal_subject *other = journal->wrong; other;
	     other = other->wrong_next) {
		if (other->state.wrong_since.us >= from.us && (!first || is_first(other, first)))
			first = other;
	}
	if (!first)
		return false;
	*out = (struct bw_change){
		.at = first->state.wrong_since,
		.kind = first->kind,
		.name = first->name,
		.to = first->state.word->text,
		.text = first->text ? first->text->text : "",
	};
	return true;
}

bool bw_change_is_mark(const struct bw_change *change)
{
	if (change->kind != BW_CHANGE_COMPONENT)
		return true;
	return bw_journal_grade_of(change->kind, change->to) == JOURNAL_WRONG ||
	       bw_journal_grade_of(change->kind, change->from) == JOURNAL_WRONG;
}
