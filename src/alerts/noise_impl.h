/* noise_impl.h - what the rooms of noise control share. Private to src/alerts.
 *
 * Every alert that was ever looked at has an entry, found through alert->noise. An entry that must
 * be looked at again stands in `looks`, which the budget bounds; nothing else visits many alerts.
 *
 * Owns:    see each struct; entries belong to `struct noise`.
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_NOISE_IMPL_H
#define BW_ALERTS_NOISE_IMPL_H

#include "alerts/due.h"
#include "alerts/matcher.h"
#include "alerts/noise.h"
#include "alerts/ring.h"
#include "base/strmap.h"

enum {
	NOISE_ROUTES_MAX = ALERT_CHANNELS_MAX,
	NOISE_SAME_MAX = 8,           /* labels of an inhibition, or of grouping */
	NOISE_EXPIRED_MAX = 200,      /* silences that are over, to be looked at */
	NOISE_GATHER_MAX = 2000,      /* alerts of one notice, listed or counted */
	NOISE_HIDERS_MAX = 64,        /* alerts that are tried as the one that hides another */
	NOISE_CHAIN_MAX = 16,         /* who hides who hides whom */
	NOISE_WAITS_MAX = 64,         /* parents of one alert */
	NOISE_SYSTEM_PATIENCE_S = 60, /* for the next sample of what need not come */
};

/* The alert of a component whose firing means that it is down. */
#define NOISE_DOWN_RULE "component_unhealthy"

struct entry {
	struct alert *alert;
	size_t place;     /* in noise->entries */
	struct ring look; /* in noise->looks */
	struct due due;
	bool is_new;      /* not looked at before; what it says may be older than this process */
	uint64_t version; /* of noise->version that `window`, `silence` were found with */
	enum bw_severity severity; /* likewise */
	const struct maintenance_window *window;
	struct silence_row *silence;
	struct silence_row *counted; /* whose `hides` counts it */
	struct entry *hider;         /* whose alert's `hides` counts it */
	struct ring hidden_by;       /* in hider->hidden */
	struct ring hidden;
	struct wait *waits; /* for parents that its answer depends on */
	size_t wait_count, wait_cap;
	struct ring places; /* in crowds */
	unsigned place_stamp;
	struct ring wishes; /* what must be told */
};

/* An alert stands with every component whose standing decides whether it is quiet. */
struct wait {
	struct entry *entry;
	struct parent *parent;
	struct ring of_parent;
};

/* A component that others depend on. */
struct parent {
	char *name;
	int standing; /* enum depend_standing as it was last seen */
	struct ring waiting;
	bool hurried;
	struct bw_wall hurried_after; /* its latest look when it was hurried */
};

struct silence_row {
	struct silence silence;
	bool was_active;
};

struct window_row {
	bool is_open;
	struct bw_wall edge;
};

/* Something that one channel must be told of one alert. */
struct wish {
	struct entry *entry;
	struct bucket *bucket;
	size_t route;
	struct bw_wall since;
	enum notice_kind kind;
	struct ring of_entry, of_bucket;
};

struct noise {
	struct alerts_options options;
	struct noise_owner owner;
	const struct alerts_settings *settings;
	struct entry **entries;
	size_t entry_count, entry_cap;
	struct ring looks;
	struct due_heap due; /* entries */
	uint64_t version;    /* grows with every silence or window that begins or ends */

	struct silence_row **silences; /* by id */
	size_t silence_count, silence_cap;
	uint64_t last_silence;
	struct bw_wall silence_due;
	bool somebody_ended; /* silences until something is resolved may be over */

	struct window_row *windows; /* as many as in the settings */
	struct bw_wall window_due;

	struct bw_strmap *parents;
	struct inhibitor *inhibitors;
	size_t inhibitor_count;
	struct bw_strmap *crowds;

	struct bw_strmap *buckets;
	size_t sweep_at; /* buckets */
	uint64_t salt;   /* of keys: the instance's */
	struct due_heap bucket_due;
};

/* --- noise.c --- */
struct entry *noise_entry(struct noise *noise, struct alert *alert);
/* It is looked at by the next noise_advance(). */
void noise_push(struct noise *noise, struct entry *entry);
void noise_push_all(struct noise *noise);
void noise_look_at(struct noise *noise, struct entry *entry, struct bw_wall now);
void noise_touch(struct noise *noise, struct entry *entry);
/* The earliest of its own times; before it is set to BW_WALL_NEVER by each look. */
void noise_due_by(struct bw_wall *due, struct bw_wall at);
int64_t noise_patience_us(const struct noise *noise, enum alert_subject_kind kind,
			  const char *subject);

/* --- quiet.c --- */
/* Finds anew why it is quiet, and what counts it as hidden. */
void quiet_look(struct noise *noise, struct entry *entry, const struct alert_labels *labels,
		struct bw_wall now, struct bw_wall *due);
/* It has ended: nothing counts it, nothing keeps it quiet. */
void quiet_leave(struct noise *noise, struct entry *entry);
/* A channel of this route may be told. */
bool quiet_lets(const struct noise *noise, const struct entry *entry,
		const struct alert_route *route);

/* What a room says of an alert. */
struct quiet_answer {
	enum alert_quiet_kind kind; /* LOUD: nothing */
	const char *by;
	struct entry *hider; /* NULL: nobody in particular */
	bool in_doubt;
	char text[ALERT_NAME_MAX]; /* room for `by` */
};

/* --- silences.c --- */
void silences_advance(struct noise *noise, struct bw_wall now);
/* Those that end when nothing that they match fires. */
void silences_end_resolved(struct noise *noise, struct bw_wall now);
struct silence_row *silences_find(const struct noise *noise, const struct alert_labels *labels);
void silences_step(struct noise *noise, int64_t step_us);
void silences_finish(struct noise *noise);
/* "silence s12 of ada has expired, still firing"; `by` is "s12". */
void silences_remark(const struct noise *noise, const char *by, char *out, size_t size);

/* --- windows.c --- */
void windows_configure(struct noise *noise);
void windows_advance(struct noise *noise, struct bw_wall now);
const struct maintenance_window *windows_find(const struct noise *noise,
					      const struct alert_labels *labels);

/* --- depend.c --- */
/* NETWORK or DEPENDENCY, or LOUD. It stands with all that this depends on. */
void depend_ask(struct noise *noise, struct entry *entry, struct bw_wall now,
		struct quiet_answer *out, struct bw_wall *due);
void depend_leave(struct entry *entry);
/* What is known of a component may have changed: who stands with it is looked at. */
void depend_signal(struct noise *noise, const char *name);
void depend_init(struct noise *noise);
void depend_finish(struct noise *noise);

/* --- inhibit.c --- */
void inhibit_configure(struct noise *noise);
void inhibit_finish(struct noise *noise);
/* Where it hides others, and where it may be hidden. */
void inhibit_update(struct noise *noise, struct entry *entry, const struct alert_labels *labels);
void inhibit_leave(struct noise *noise, struct entry *entry);
void inhibit_ask(struct noise *noise, const struct entry *entry, const struct alert_labels *labels,
		 struct bw_wall now, struct quiet_answer *out, struct bw_wall *due);

/* --- wish.c --- */
/* Compares what each channel was told with what is so. */
void wish_look(struct noise *noise, struct entry *entry, const struct alert_labels *labels,
	       struct bw_wall now, struct bw_wall *due);
void wish_drop(struct wish *wish);
void wish_drop_all(struct entry *entry);
struct alert_told *wish_told(const struct alert *alert, const char *channel);
/* The channel is told now: what it knows from here on. */
void wish_fulfil(struct noise *noise, struct wish *wish, struct bw_wall now);
/* What is to be said beside it; "" for nothing. */
const char *wish_remark(const struct noise *noise, const struct wish *wish);

/* --- remind.c --- */
/* Plans or takes back a reminder. Returns whether it changed. */
bool remind_look(const struct noise *noise, const struct alert *alert,
		 const struct alert_route *route, struct alert_told *told, struct bw_wall now);
bool remind_is_due(const struct alert_told *told, struct bw_wall now);
/* The next one, from now. */
void remind_again(const struct noise *noise, const struct alert_route *route,
		  struct alert_told *told, struct bw_wall now);

/* --- group.c --- */
/* What keys begin with. */
uint64_t group_salt(const char *instance);
/* It waits with what else happens in its group. */
void group_add(struct noise *noise, struct wish *wish, const struct alert_labels *labels);
/* An alert from before a restart: what it was told counts. */
void group_remember(struct noise *noise, const struct alert *alert,
		    const struct alert_labels *labels, struct bw_wall now);
/* Sends what is due, as much as one turn can bear; returns what that took of a budget, 0: nothing
 * was. */
size_t group_flush(struct noise *noise, struct bw_wall now);
struct bw_wall group_due(const struct noise *noise);
/* Other settings: nobody waits any more, and what was sent counts on. */
void group_configure(struct noise *noise);
void group_step(struct noise *noise, int64_t step_us);
void group_finish(struct noise *noise);

#endif
