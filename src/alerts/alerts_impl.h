/* alerts_impl.h - what the files behind alerts.h share. Private to src/alerts. */
#ifndef BW_ALERTS_ALERTS_IMPL_H
#define BW_ALERTS_ALERTS_IMPL_H

#include "alerts/alerts.h"
#include "alerts/book.h"
#include "alerts/noise.h"

struct alerts {
	struct alerts_options options; /* the listener is the owner's */
	struct book book;
	struct noise *noise;
	/* Alerts as people see them: alive ones worst first, then resolved ones newest first; made
	 * anew when somebody looks after a change. */
	struct life **view;
	size_t view_count, view_cap;
	bool view_is_old;
	size_t refused; /* lives that did not begin as ALERTS_MAX were there */
};

/* The alert has changed in a way that must be kept: its noise is looked at. */
void alerts_look(struct alerts *alerts, struct life *life, struct bw_wall now);
/* No later life goes on with its flap history; its record may age. */
void alerts_forget_history(struct alerts *alerts, struct life *life);
/* Keeps what changed and forgets what nobody needs; the end of every call that changes something.
 */
void alerts_settle(struct alerts *alerts);

#endif
