/* restore.c - alerts come back from the store, in any order.
 *
 * What lives goes back to its rule and subject, and is looked at by the first alerts_advance().
 * What has ended comes back for its flap history, for those who ask, and for who must still be
 * told.
 */
#include "alerts/alerts_impl.h"
#include "alerts/flap.h"

/* An older record of a rule and subject gives place to the newer; a second that is alive is
 * refused. */
static bool make_place(struct alerts *alerts, struct watched *watched, size_t nth,
		       const struct alert *alert)
{
	struct life *there = watched->lives[nth];

	if (!there)
		return true;
	if (book_is_alive(there) ||
	    (!alert_is_alive(alert) && there->alert.resolved.us > alert->resolved.us))
		return false;
	alerts_forget_history(alerts, there);
	book_let_go(&alerts->book, there);
	return true;
}

static enum bw_status restore(struct alerts *alerts, const struct alert *alert)
{
	const struct alert_subject subject = { alert->subject_kind, alert->subject };
	struct book *book = &alerts->book;
	size_t nth = book_find_rule(book, subject.kind, alert->rule_name);
	struct watched *watched = NULL;
	bool has_place;
	struct life *life;

	if (nth < book_rule_count(book, subject.kind))
		watched = book_watched(book, &subject, true);
	has_place = watched && make_place(alerts, watched, nth, alert);
	if (alert_is_alive(alert) && watched && !has_place)
		return BW_EEXIST;
	life = book_restore(book, alert);
	life->alert.rule = watched ? book_rule(book, subject.kind, nth) : NULL;
	if (has_place)
		book_attach(book, life, watched, nth);
	else
		book_touch(book, life, false);
	if (book_is_alive(life) || alert_is_told_firing(alert))
		due_set(&book->due, &life->due, DUE_AT_ONCE);
	if (watched && alert->samples.latest.us > watched->latest.us)
		watched->latest = alert->samples.latest;
	return BW_OK;
}

enum bw_status alerts_restore(struct alerts *alerts, const struct alert *alert)
{
	enum bw_status status = BW_OK;

	if (book_find(&alerts->book, alert->id))
		return BW_EEXIST;
	if (alert->state == ALERT_OK && !flap_has_history(alert))
		book_take_id(&alerts->book, alert->id);
	else
		status = restore(alerts, alert);
	alerts->view_is_old = true;
	alerts_settle(alerts);
	return status;
}
