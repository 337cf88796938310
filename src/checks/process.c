/* process.c - how many processes fit a description, and how much memory they hold.
 *
 * A pid file is believed only as far as its process fits the rest of the description: after a
 * crash the number may belong to somebody else.
 */
#include "checks/kind.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "checks/match.h"
#include "checks/process_list.h"
#include "checks/procfs.h"
#include "checks/text.h"

enum {
	SHORT_NAME_LEN = 15, /* the kernel cuts names here */
	PID_FILE_MAX = 64,
	WHAT_MAX = 320,
};

struct process_settings {
	const char *name, *command, *pidfile, *user, *root;
	int64_t min_count, max_count;
	bool has_max;
	int64_t max_memory;
};

struct process_state {
	struct check_match *match; /* of the command line, or NULL */
	int64_t uid;               /* when `user` is set */
	char what[WHAT_MAX];       /* the description for texts */
};

struct search {
	const struct process_settings *settings;
	const struct process_state *state;
	bool too_costly; /* the expression gave up on some command line */
};

static const struct config_field process_fields[] = {
	{ .name = "name",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct process_settings, name),
	  .help = "name of the program, without a path, as `ps -o comm` shows it or as it was "
		  "called",
	  .example = "postgres" },
	{ .name = "command",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct process_settings, command),
	  .help = "text found somewhere in the whole command line; between slashes a regular "
		  "expression",
	  .example = "/python3 .*nightly[.]py/" },
	{ .name = "pidfile",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct process_settings, pidfile),
	  .help = "file whose first line is the number of the process",
	  .example = "/run/nginx.pid" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct process_settings, user),
	  .help = "name or number of the user the process runs as" },
	{ .name = "min",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct process_settings, min_count),
	  .standard = "1",
	  .max = 1e6,
	  .help = "unhealthy when fewer run" },
	{ .name = "max",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct process_settings, max_count),
	  .max = 1e6,
	  .given = offsetof(struct process_settings, has_max) + 1,
	  .help = "unhealthy when more run; 0: none may" },
	{ .name = "max_memory",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct process_settings, max_memory),
	  .help = "degraded when their resident memory together is more; 0: no limit",
	  .example = "8GiB" },
	{ .name = "root",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct process_settings, root),
	  .standard = "/",
	  .help = "what stands before /proc and before the pid file" },
	{ 0 },
};

static void compile(const char *pattern, struct process_state *state,
		    struct config_complaints *complaints, const struct config_node *node)
{
	struct bw_error err;

	state->match = check_match_create(pattern, &err);
	if (!state->match)
		config_complain_at(complaints, node, "command", "%s", err.text);
}

static void find_user(const char *user, struct process_state *state,
		      struct config_complaints *complaints, const struct config_node *node)
{
	const struct passwd *entry;

	if (procfs_int(user, &state->uid) && state->uid >= 0)
		return;
	entry = getpwnam(user);
	if (entry)
		state->uid = (int64_t)entry->pw_uid;
	else
		config_complain_at(complaints, node, "user", "there is no user \"%s\"", user);
}

/* "nginx of user www-data"; the most telling word first. */
static void describe(const struct process_settings *settings, struct process_state *state)
{
	const char *first = settings->name      ? settings->name
			    : settings->command ? settings->command
			    : settings->pidfile ? settings->pidfile
						: "process";

	snprintf(state->what, sizeof(state->what), "%.200s%s%.80s", first,
		 settings->user ? " of user " : "", settings->user ? settings->user : "");
}

static void process_prepare(const void *settings_arg, void *state_arg,
			    struct config_complaints *complaints, const struct config_node *node)
{
	const struct process_settings *settings = settings_arg;
	struct process_state *state = state_arg;

	if (!settings->name && !settings->command && !settings->pidfile && !settings->user)
		config_complain(complaints, node,
				"which process? Say at least one of name, command, pidfile, user");
	if (settings->has_max && settings->max_count < settings->min_count &&
	    settings->max_count > 0)
		config_complain_at(complaints, node, "max", "max is below min");
	if (settings->pidfile && settings->pidfile[0] != '/')
		config_complain_at(complaints, node, "pidfile", "\"%s\" is no absolute path",
				   settings->pidfile);
	if (settings->command)
		compile(settings->command, state, complaints, node);
	if (settings->user)
		find_user(settings->user, state, complaints, node);
	describe(settings, state);
}

static void process_release(void *state_arg)
{
	struct process_state *state = state_arg;

	check_match_destroy(state->match);
}

static bool has_name(const struct process *process, const char *name)
{
	return strcmp(process->name, name) == 0 || strcmp(process->short_name, name) == 0 ||
	       (process->zombie && strlen(process->short_name) == SHORT_NAME_LEN &&
		strncmp(process->short_name, name, SHORT_NAME_LEN) == 0);
}

static bool fits(void *arg, const struct process *process)
{
	struct search *search = arg;
	const struct process_settings *settings = search->settings;
	const struct process_state *state = search->state;
	enum check_match_result matched;

	if (settings->name && !has_name(process, settings->name))
		return false;
	if (settings->user && process->uid != state->uid)
		return false;
	if (!state->match)
		return true;
	matched = check_match_test(state->match, process->command, process->command_len);
	search->too_costly |= matched == CHECK_MATCH_TOO_COSTLY;
	return matched == CHECK_MATCH_YES;
}

/* 0 when the run is finished: there is no process to look at. */
static int64_t read_pidfile(struct check_run *run)
{
	const struct process_settings *settings = check_settings(run);
	struct bw_buf text;
	char *cursor, *word = NULL;
	int64_t pid = 0;
	bool missing;

	bw_buf_init(&text, PID_FILE_MAX + 8192);
	if (procfs_read(settings->root, settings->pidfile, PID_FILE_MAX, &text)) {
		cursor = text.data;
		word = procfs_next_word(&cursor);
		if (!word || !procfs_int(word, &pid) || pid <= 0) {
			pid = 0;
			check_finish(run, BW_HEALTH_UNHEALTHY,
				     "%s does not hold the number of a process", settings->pidfile);
		}
	} else {
		missing = errno == ENOENT || errno == ENOTDIR;
		check_finish(run, missing ? BW_HEALTH_UNHEALTHY : BW_HEALTH_UNKNOWN,
			     "cannot read %s: %s", settings->pidfile, strerror(errno));
	}
	bw_buf_finish(&text);
	return pid;
}

static void write_details(struct bw_json *json, const struct process_totals *totals)
{
	int i;

	bw_json_key(json, "count");
	bw_json_int(json, totals->count);
	if (totals->zombies > 0) {
		bw_json_key(json, "zombies");
		bw_json_int(json, totals->zombies);
	}
	if (totals->count == 0)
		return;
	bw_json_key(json, "memory_bytes");
	bw_json_int(json, totals->memory_bytes);
	bw_json_key(json, "pids");
	bw_json_array_begin(json);
	for (i = 0; i < totals->count && i < PROCESS_PIDS_MAX; i++)
		bw_json_int(json, totals->pids[i]);
	bw_json_array_end(json);
	if (totals->youngest_s >= 0) {
		bw_json_key(json, "youngest_age_seconds");
		bw_json_int(json, totals->youngest_s);
	}
}

static void judge_too_few(struct check_run *run, const struct process_totals *totals)
{
	const struct process_settings *settings = check_settings(run);
	const struct process_state *state = check_state(run);
	char zombies[64] = "";

	if (totals->zombies > 0)
		snprintf(zombies, sizeof(zombies), " (%d ended and not collected by its parent)",
			 totals->zombies);
	if (totals->count == 0)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s does not run%s", state->what, zombies);
	else
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s: %d run, expected at least %lld%s",
			     state->what, totals->count, (long long)settings->min_count, zombies);
}

static void judge(struct check_run *run, const struct process_totals *totals)
{
	const struct process_settings *settings = check_settings(run);
	const struct process_state *state = check_state(run);
	char memory[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX];

	write_details(check_details(run), totals);
	if (settings->has_max && totals->count > settings->max_count) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s: %d run, limit %lld", state->what,
			     totals->count, (long long)settings->max_count);
	} else if (totals->count < settings->min_count &&
		   !(settings->has_max && settings->max_count == 0)) {
		judge_too_few(run, totals);
	} else if (settings->max_memory > 0 && totals->memory_bytes > settings->max_memory) {
		check_text_size(totals->memory_bytes, memory);
		check_text_size(settings->max_memory, limit);
		check_finish(run, BW_HEALTH_DEGRADED, "%s holds %s of memory, limit %s",
			     state->what, memory, limit);
	} else if (totals->stopped > 0) {
		check_finish(run, BW_HEALTH_DEGRADED, "%s: %d of %d stopped by a signal",
			     state->what, totals->stopped, totals->count);
	} else {
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
	}
}

static void process_start(struct check_run *run)
{
	const struct process_settings *settings = check_settings(run);
	struct search search = { .settings = settings, .state = check_state(run) };
	struct process_totals totals;
	int64_t pid = 0;

	check_no_response(run);
	if (settings->pidfile) {
		pid = read_pidfile(run);
		if (pid == 0)
			return;
	}
	if (!process_list(settings->root, pid, fits, &search, &totals))
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot list the processes: %s",
			     strerror(errno));
	else if (pid == 0 && totals.looked_at == 0)
		check_finish(run, BW_HEALTH_UNKNOWN, "/proc shows no process at all");
	else if (search.too_costly && totals.count < settings->min_count)
		check_finish(run, BW_HEALTH_UNKNOWN,
			     "the expression takes too long on a command line");
	else
		judge(run, &totals);
}

static void process_stop(struct check_run *run)
{
}

const struct check_kind check_kind_process = {
	.name = "process",
	.summary = "whether a process runs, how many and with how much memory",
	.fields = process_fields,
	.settings_size = sizeof(struct process_settings),
	.state_size = sizeof(struct process_state),
	.prepare = process_prepare,
	.release = process_release,
	.start = process_start,
	.stop = process_stop,
};
