/* settings.h - the whole configuration of the daemon, typed, in one arena.
 *
 * Owns:    its arena; everything pointed to lives there. One generation of the configuration is one
 *          struct daemon_settings; a reload makes a new one and destroys the old.
 * Threads: one at a time.
 */
#ifndef BW_DAEMON_SETTINGS_H
#define BW_DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <bellwether/breaker.h>

#include "alerts/settings.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "checks/check.h"
#include "checks/kind.h"
#include "config/field.h"
#include "core/dashboard.h"
#include "daemon/shared_region.h"
#include "notify/channel.h"
#include "remote/remote.h"

/* One item of `depends_on`: "db1 | db2" has two alternatives, one that works is enough. */
struct dependency_edge {
	const char *const *alternatives; /* names as written, whether there is such a component */
	size_t count;                    /* or not; at least 1 */
};

struct component_settings {
	const char *name, *group, *description, *runbook;
	bool critical, enabled;
	bool is_public; /* `status_page.components` has its name or group, or is empty */
	int64_t every_us, jitter_us; /* jitter: 0..every/2; default a tenth of `every` */
	struct check_common common;
	int64_t down_after, up_after;  /* results in a row before the state changes; 1, 1 */
	const struct check_kind *kind; /* NULL: only shows the state of `breaker_name` */
	const void *settings;          /* the kind's struct */
	const struct config_node *node, *kind_node; /* for complaints at check_create() */
	bool has_breaker; /* `breaker: {...}`: one of its own, named as the component */
	struct bw_breaker_config breaker;
	const char *breaker_name;      /* `breaker: name`: one of `breakers:`; NULL */
	struct config_list depends_on; /* of const char *, as written: "internet", "db1 | db2" */
	const struct dependency_edge *edges; /* one for each of depends_on */
};

struct breaker_settings {
	const char *name;
	struct bw_breaker_config config;
};

struct daemon_settings {
	struct bw_arena *arena;
	struct {
		struct config_list listen; /* of const char *, 127.0.0.1:8090 */
		struct config_list allowed_hosts;
		const char *public_url; /* for links in messages; "": none */
	} server;
	struct {
		const char *path;     /* of the database file; NULL: <data folder>/bellwether.db;
				       "none": memory only */
		const char *url;      /* postgresql://... instead of `path`; NULL: none. A secret */
		const char *instance; /* whose history it is there; NULL: the host's */
		int64_t history_us;   /* 7 d */
		int64_t rollups_us;   /* 400 d; 0: none are made */
		int64_t limit_bytes;  /* 4 GiB; never 0 */
	} storage;
	struct remote_settings *remotes; /* in the order of `remote_write`; names are unique */
	size_t remote_count;
	struct region_settings region;
	struct bw_thresholds thresholds;
	struct {
		enum bw_response_curve response_curve;
	} score;
	int64_t refresh_us;            /* 30 s: history is sampled this often */
	struct alerts_settings alerts; /* compiled; freed with these settings */
	struct channel *channels;      /* in the order of `notify`; names are unique */
	size_t channel_count;
	struct {
		const char *url; /* NULL: nobody is pinged. A secret: never shown or logged */
		int64_t every_us;
	} watchdog;
	bool self_watch; /* as written; when it is not, whether `notify` has a channel */
	struct {
		bool enabled, errors, response_times; /* true, false, false */
		const char *title;
		struct config_list components; /* of const char *, names and groups; none: all */
	} status_page;
	struct component_settings *components;
	size_t component_count;
	struct breaker_settings *breakers;
	size_t breaker_count;
	char **warnings; /* what `config check` prints and the log says once a load */
	size_t warning_count;
	struct settings_owned *owned; /* private: what of these is not in the arena */
	void *source;                 /* private: the text as it was read, for the nodes above */
};

enum { DAEMON_COMPONENTS_MAX = 50000, STORAGE_INSTANCE_MAX = 255 };

/* Reads a file or every *.yaml and *.yml of a folder. On failure every error at once, ready to
 * print (file:line:column: what; the line; a caret; a guess), goes to `report` (malloc()ed, the
 * caller's), with secrets left out; *out is untouched. */
BW_MUST_USE enum bw_status daemon_settings_load(const char *path, struct daemon_settings **out,
						char **report);
/* The same from memory; `name` stands for the file in messages. */
BW_MUST_USE enum bw_status daemon_settings_parse(const char *name, const char *text, size_t len,
						 struct daemon_settings **out, char **report);
/* For check_create(): where the kinds' own complaints about these settings go, and all of them so
 * far as one report like that of daemon_settings_load() (malloc()ed, the caller's; NULL when there
 * are none). */
struct config_complaints *daemon_settings_complaints(struct daemon_settings *settings);
char *daemon_settings_report(struct daemon_settings *settings);
/* Asks each kind whether it can work with its settings, as check_create() will: BW_EPARSE and a
 * report if not. No loop is needed and nothing is looked at. */
BW_MUST_USE enum bw_status daemon_settings_check_kinds(struct daemon_settings *settings,
						       char **report);
/* Frees the text and every node once all checks are created; nodes and complaints are NULL then. */
void daemon_settings_forget_source(struct daemon_settings *settings);
void daemon_settings_destroy(struct daemon_settings *settings);
/* Everything that may stand in a configuration, for explain, schema and manuals: the rows of the
 * top, with those of every kind of check below `components`. In `arena`. */
const struct config_field *daemon_settings_table(struct bw_arena *arena);
/* The whole configuration as it is in effect, every default written out, secrets as <secret>, as
 * YAML. Before daemon_settings_forget_source(). */
void daemon_settings_show(const struct daemon_settings *settings, struct bw_buf *out);

#endif
