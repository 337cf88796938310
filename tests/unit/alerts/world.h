/* world.h - the whole alert engine on a fake clock, over subjects of every kind, with a store that
 * holds exactly what the engine handed out, so that it can be restarted at any point.
 *
 * Every subject has one rule, `number > 50`, which clears at 30 when hysteresis is on. What a test
 * asks for is options; what it gets is a list of messages and a list of hard changes.
 */
#ifndef BW_TESTS_ALERTS_WORLD_H
#define BW_TESTS_ALERTS_WORLD_H

#include "alerts/alerts.h"
#include "alerts/condition.h"
#include "alerts/pattern.h"

enum {
	WORLD_NAMES = 4, /* subjects a kind, for kinds that have names */
	WORLD_ROUTES = 4,
	WORLD_WINDOWS = 2,
	WORLD_INHIBITIONS = 2,
	WORLD_LEVEL_UNKNOWN = -1, /* a subject's level when its field is not known */
	WORLD_LEVEL_BROKEN = -2,  /* its field is of the wrong type */
};

#define WORLD_START_US (INT64_C(1800000000) * BW_SECOND_US)
#define WORLD_PATIENCE_US (100 * BW_SECOND_US)

/* Of the one rule of each kind. */
struct world_rule {
	struct alert_hold hold, recover;
	bool hysteresis, detects_flapping;
	enum alert_lack no_data, error;
	enum bw_severity severity;
};

struct world_message {
	int64_t at_us;
	enum notice_kind kind;
	char channel[16], key[64], remark[128];
	size_t count, more;
	struct world_message_alert {
		uint64_t id;
		enum bw_severity severity;
		enum alert_subject_kind kind;
		char subject[16];
	} alerts[NOTICE_ALERTS_MAX];
};

struct world_change {
	int64_t at_us;
	uint64_t id;
	enum alert_subject_kind kind;
	char subject[16];
	enum alert_state state;
};

struct world_record {
	uint64_t id;
	char *text;
	struct bw_wall ended;
};

struct world_records {
	struct world_record *items;
	size_t count, cap;
};

struct world_subject {
	int level;           /* 0..100, or one of the above */
	struct bw_wall last; /* sample; what the daemon keeps of it */
	bool is_watched;
	bool last_is_good;  /* as the test itself judges it */
	int64_t changed_us; /* its latest hard change */
};

struct world {
	struct alerts *alerts;
	struct world_rule rule;
	struct alert_rule rules[2][ALERT_SUBJECT_KINDS]; /* one of the two is in use */
	int rules_now;
	struct condition *conditions[ALERT_SUBJECT_KINDS], *clears[ALERT_SUBJECT_KINDS];
	struct alert_pattern *titles[ALERT_SUBJECT_KINDS];
	struct alerts_settings settings;
	struct alert_route routes[WORLD_ROUTES];
	struct maintenance_window windows[WORLD_WINDOWS];
	struct inhibition inhibitions[WORLD_INHIBITIONS];
	struct matchers *matchers[8]; /* compiled for the settings above */
	size_t matcher_count;
	const char *parents[WORLD_NAMES]; /* of component n, as in "n0" or "n0|n2"; NULL: none */
	struct world_subject subjects[ALERT_SUBJECT_KINDS][WORLD_NAMES];
	struct world_records alert_records, silence_records;
	struct world_message *messages;
	size_t message_count, message_cap;
	struct world_change *changes;
	size_t change_count, change_cap;
	struct bw_wall now;
	size_t budget; /* of one advance */
	size_t keeps, restarts;
};

/* The default: `for` and `recover_for` 0s, one channel "ops" that is told everything at once. */
void world_init(struct world *world, const struct world_rule *rule);
/* After the settings have their last form. */
void world_start(struct world *world);
void world_finish(struct world *world);
/* Compiled; lives as long as the world. */
struct matchers *world_matchers(struct world *world, const char *text);

/* Time passes; everything that falls due happens when it is due. */
void world_pass(struct world *world, int64_t us);
void world_sample(struct world *world, enum alert_subject_kind kind, int nth, int level);
void world_sample_error(struct world *world, enum alert_subject_kind kind, int nth);
/* Another configuration: the rule of one kind is there or not, and holds time longer or shorter. */
void world_configure(struct world *world, enum alert_subject_kind kind, bool enabled,
		     int64_t hold_us);
/* The engine is destroyed; a new one knows what was kept. */
void world_restart(struct world *world);
/* The subject's name: "" or "n0" to "n3". */
struct alert_subject world_subject(enum alert_subject_kind kind, int nth);
/* The subject's alert that is not ok, or NULL. */
const struct alert *world_alert(const struct world *world, enum alert_subject_kind kind, int nth);
/* How many subjects a kind has. */
int world_names(enum alert_subject_kind kind);

#endif
