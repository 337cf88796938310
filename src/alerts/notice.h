/* notice.h - one message to one channel: what it is about, before any channel gives it its form.
 *
 * Made by the noise control, stored by the outbox as JSON before anybody tries to send it, drawn up
 * by the channel when it is sent.
 *
 * Owns:    a decoded notice owns its alerts and texts (notice_finish); a made one borrows them.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_NOTICE_H
#define BW_ALERTS_NOTICE_H

#include "alerts/alert.h"

enum notice_kind {
	NOTICE_FIRING,   /* begins to fire, or what was hidden is told now */
	NOTICE_RESOLVED, /* the trouble is over */
	NOTICE_CHANGED,  /* still firing, with another severity */
	NOTICE_FLAPPING, /* goes up and down; nothing more until that ends */
	NOTICE_REMINDER, /* still firing, nobody has taken it */
	NOTICE_TEST,     /* somebody tries the channel */
};

enum { NOTICE_ALERTS_MAX = 20 }; /* told one by one; the rest is a number */

/* One alert as it was when the notice was made. */
struct notice_alert {
	uint64_t id;
	enum bw_severity severity;
	const char *rule, *type;
	enum alert_subject_kind subject_kind;
	const char *subject, *group, *runbook; /* "" for none */
	const char *title, *message;
	enum alert_reason reason;
	struct bw_wall started, fired, resolved;
	size_t hides; /* alerts of children that are not told because of it */
};

struct notice {
	enum notice_kind kind;
	const char *channel;
	char key[64]; /* idempotency: the same for every attempt, unique to this change of state */
	const char *group;  /* what the alerts have in common: "group=storage", or "" */
	const char *remark; /* "silence s12 of ada has expired, still firing"; "" for none */
	struct bw_wall at;
	int reminder; /* NOTICE_REMINDER: which one, from 1 */
	struct notice_alert *alerts;
	size_t count; /* at most NOTICE_ALERTS_MAX, worst first */
	size_t more;  /* further ones that are not listed */
};

const char *notice_kind_text(enum notice_kind kind); /* "firing", "resolved", ... */
/* The worst of its alerts. */
enum bw_severity notice_severity(const struct notice *notice);
/* One line: "Component Unhealthy: database", "12 alerts firing in group=storage". */
void notice_headline(const struct notice *notice, char *out, size_t size);
void notice_encode(const struct notice *notice, struct bw_buf *out);
/* On success the caller owns *out; BW_EINVAL with a text otherwise. */
BW_MUST_USE enum bw_status notice_decode(const char *text, struct notice *out,
					 struct bw_error *err);
void notice_finish(struct notice *notice);

#endif
