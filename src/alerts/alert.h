/* alert.h - one alert: a rule, a subject, and everything that was decided about the two.
 *
 * Life:    ok -> pending -> firing -> recovering -> resolved; recovering falls back to firing.
 *          pending and recovering are the soft states; the hard state is what was last believed.
 *          An alert that was ok all along does not exist. A resolved one stays as history.
 * Time:    every timer derives from the wall times kept here, so that a restart changes nothing.
 * Owns:    its texts, acknowledgement and list of what was told (alert_finish, alert_copy): ten
 *          thousand children of one dead parent must stay cheap, so nothing is stored in place that
 *          most of them never have.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_ALERT_H
#define BW_ALERTS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/dashboard.h>

#include "alerts/facts.h"
#include "alerts/rule.h"
#include "base/buf.h"
#include "base/time.h"

enum {
	ALERT_NAME_MAX = 256,   /* of a rule, subject, channel, with its NUL */
	ALERT_PERSON_MAX = 128, /* who acknowledged or silenced */
	ALERT_COMMENT_MAX = 512,
	ALERT_CHANNELS_MAX = 32,
	ALERT_FLAP_WINDOW = 21, /* samples that the weighted flap rate looks at */
};

enum alert_state {
	ALERT_OK,
	ALERT_PENDING,
	ALERT_FIRING,
	ALERT_RECOVERING,
	ALERT_RESOLVED,
};

/* Why it is not ok. */
enum alert_reason { ALERT_BY_CONDITION, ALERT_BY_NO_DATA, ALERT_BY_ERROR };

/* Why nobody is told of it now; the first that applies, in this order. */
enum alert_quiet_kind {
	ALERT_LOUD,
	ALERT_QUIET_MAINTENANCE,
	ALERT_QUIET_NETWORK,    /* our own network is down */
	ALERT_QUIET_DEPENDENCY, /* something it depends on is down, or about to be judged */
	ALERT_QUIET_SILENCE,
	ALERT_QUIET_INHIBITED,
	ALERT_QUIET_FLAPPING, /* its one FLAPPING message was sent */
};

struct alert_quiet {
	enum alert_quiet_kind kind;
	char *by; /* "s12", name of the window, of the component, of the alert "a7"; NULL: LOUD */
	struct bw_wall released; /* what kept it quiet is over since then; its next sample decides
	                            whether it speaks; 0: it is not over */
	bool in_doubt; /* nobody has looked at what it depends on since its trouble began */
};

/* What kept it quiet, or an acknowledgement, has ended while it fires: channels that were told of
 * nothing since then must be told so. */
struct alert_over {
	char *remark; /* "silence s12 of ada has expired, still firing"; NULL: nothing has ended */
	bool is_reminder; /* only for channels that want reminders */
	struct bw_wall at;
};

struct alert_ack {
	bool sticky;          /* a rise of severity does not clear it; recovery always does */
	struct bw_wall at;    /* when */
	struct bw_wall until; /* 0: until recovery */
	char *by, *comment;   /* at most ALERT_PERSON_MAX, ALERT_COMMENT_MAX bytes */
};

/* What one channel was last told: the other half of "one message per trouble". */
struct alert_told {
	char *channel;
	bool firing, flapping;
	enum bw_severity severity;
	struct bw_wall at;        /* of the latest message; 0: never told of this alert */
	struct bw_wall remind_at; /* 0: no reminder is due */
	int reminders;            /* sent since it fires */
	int messages;             /* of any kind: makes their keys unique */
	struct bw_wall since;     /* there is something to tell it, since then; 0: nothing */
};

struct alert_samples {
	uint64_t bad;  /* bit 0 is the latest sample: was the condition true? */
	uint64_t good; /* bit 0 is the latest: was the way back (`clear`) met? */
	int count;     /* known bits, at most ALERT_SAMPLES_MAX */
	bool frozen;   /* the latest could not be judged and the rule keeps: no hold ends */
	bool missing;  /* no sample came within the patience; noted once, until one comes */
	struct bw_wall latest;
};

struct alert {
	uint64_t id; /* "a<id>" outside; unique in one store; a new one for each life */
	const struct alert_rule *rule; /* NULL: the configuration no longer has it */
	char *rule_name, *type;
	enum alert_subject_kind subject_kind;
	char *subject; /* "" for the host and the whole */

	enum alert_state state;
	enum alert_reason reason;
	enum bw_severity severity;
	char *title, *message;     /* at most BW_ALERT_TITLE_MAX, BW_ALERT_MESSAGE_MAX bytes */
	struct bw_wall started;    /* first sample of this trouble */
	struct bw_wall fired;      /* 0: not yet */
	struct bw_wall recovering; /* first good sample in a row; 0: none */
	struct bw_wall resolved;   /* 0: not yet */
	struct alert_samples samples;
	bool flapping;
	double flap_rate; /* 0..100, weighted */
	uint32_t flap_bits;
	int flap_count;  /* known bits: none, or all, as a history begins filled with its first */
	int flap_rounds; /* times it went back to firing; recover_for grows with them */

	struct alert_ack *ack; /* NULL: nobody has taken it */
	struct alert_quiet quiet;
	struct alert_over over;
	struct alert_told *told; /* channels that were ever told of this life; NULL: none */
	size_t told_count;       /* at most ALERT_CHANNELS_MAX */
	size_t hides;            /* alerts that are quiet because of this one; not stored */
	void *noise;             /* noise control's own; neither stored nor copied */
};

const char *alert_state_text(enum alert_state state);     /* "ok", "pending", ... */
const char *alert_reason_text(enum alert_reason reason);  /* "condition", "no_data", "error" */
const char *alert_quiet_text(enum alert_quiet_kind kind); /* "silence", ...; "" for LOUD */
/* "component", "breaker", "resource", "job", "system"; and back, false for others. */
const char *alert_subject_text(enum alert_subject_kind kind);
bool alert_subject_parse(const char *text, enum alert_subject_kind *out);
void alert_finish(struct alert *alert);
void alert_copy(const struct alert *from, struct alert *to); /* `to` owns all of its own */
bool alert_is_alive(const struct alert *alert);              /* pending, firing or recovering */
/* Pending and recovering are soft: firing when recovering, not firing when pending. */
bool alert_is_hard_firing(const struct alert *alert);
/* Some channel was last told that it fires. */
bool alert_is_told_firing(const struct alert *alert);
/* Copied; NULL takes the one there away. */
void alert_set_ack(struct alert *alert, const struct alert_ack *ack);
/* When its record may begin to age: 0 while it lives, while a channel must still be told of its
 * end, and while its flap history counts. */
struct bw_wall alert_ended(const struct alert *alert);

/* For the store: one JSON object with everything but `rule` and `hides`; and back. BW_EINVAL with a
 * text that says what is wrong. An unknown member is left alone: a newer version may have written
 * it. A life that was pending only and has ended is kept once more as ALERT_OK, so that its record
 * ages and its id is not given again. */
void alert_encode(const struct alert *alert, struct bw_buf *out);
BW_MUST_USE enum bw_status alert_decode(const char *text, struct alert *out, struct bw_error *err);

#endif
