/* settings_tables.c - every setting outside the kinds of checks, in the order a manual prints them.
 *
 * What kinds there are is known to checks/kinds.c alone, so the rows that need them are put
 * together in an arena when somebody asks.
 */
#include "daemon/settings_tables.h"

#include <stddef.h>
#include <string.h>

#include "alerts/alert.h"
#include "base/assert.h"
#include "base/xalloc.h"
#include "checks/kinds.h"
#include "config/decode.h"
#include "daemon/settings.h"
#include "notify/channel.h"

#define DAY_US 86400e6
#define NO_LIMIT 9.2e18

static const char *const curves[] = { "continuous", "reference", NULL };

static const struct config_field server_fields[] = {
	{ .name = "listen",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct raw_settings, server.listen),
	  .standard = "127.0.0.1:8090",
	  .min = 1,
	  .max = 16,
	  .help = "Where the page and the API are served: address:port, [IPv6]:port or unix:/path. "
		  "There is no password, so addresses beyond this machine need a proxy in front",
	  .example = "[127.0.0.1:8090, \"unix:/run/bellwether/http.sock\"]" },
	{ .name = "allowed_hosts",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct raw_settings, server.allowed_hosts),
	  .min = 0,
	  .max = 64,
	  .help = "Host names browsers may use for this server beside its addresses and localhost; "
		  "`*` allows all. Others are refused, so that a foreign page cannot read it by "
		  "DNS rebinding",
	  .example = "[status.example.org]" },
	{ .name = "public_url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct raw_settings, server.public_url),
	  .help = "Where people reach the page; links in messages begin with it. Without it "
		  "messages have no links",
	  .example = "https://bellwether.example.org/" },
	{ 0 },
};

static const struct config_field threshold_fields[] = {
	{ .name = "cpu_usage",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct raw_settings, thresholds.cpu_usage),
	  .standard = "80",
	  .max = 100,
	  .help = "Percent of CPU above which a warning is raised" },
	{ .name = "memory_usage",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct raw_settings, thresholds.memory_usage),
	  .standard = "85",
	  .max = 100,
	  .help = "Percent of memory above which a warning is raised" },
	{ .name = "disk_usage",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct raw_settings, thresholds.disk_usage),
	  .standard = "90",
	  .max = 100,
	  .help = "Percent of disk space above which a critical alert is raised" },
	{ .name = "response_time",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_settings, thresholds.response_time_us),
	  .standard = "5s",
	  .min = 1e3,
	  .max = 3600e6,
	  .help = "Average response time above which a warning is raised" },
	{ .name = "failure_rate",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct raw_settings, thresholds.failure_rate),
	  .standard = "0.1",
	  .max = 1,
	  .help = "Share of failed calls of a breaker, 0 to 1, above which a warning is raised" },
	{ 0 },
};

static const struct config_field score_fields[] = {
	{ .name = "response_curve",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct raw_settings, response_curve),
	  .standard = "continuous",
	  .words = curves,
	  .help = "How response time becomes points: `continuous` falls from 100 at 100 ms over 80 "
		  "at 1 s to 0 at 5 s; `reference` is the curve of older dashboards, which jumps "
		  "just above 1 s" },
	{ 0 },
};

const struct config_field settings_component_fields[] = {
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_component, name),
	  .required = true,
	  .help = "What it is called everywhere; dots group",
	  .example = "database" },
	{ .name = "group",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_component, group),
	  .help = "The group it is shown in",
	  .example = "storage" },
	{ .name = "description",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_component, description),
	  .help = "A line for people who have never heard of it" },
	{ .name = "runbook",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct raw_component, runbook),
	  .help = "A page that says what to do when it is down",
	  .example = "https://wiki.example.org/database" },
	{ .name = "critical",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_component, critical),
	  .standard = "false",
	  .help = "When it is down the whole system is unhealthy and not ready" },
	{ .name = "enabled",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_component, enabled),
	  .standard = "true",
	  .help = "false: it is not checked, and unknown" },
	{ .name = "every",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_component, every_us),
	  .standard = "30s",
	  .min = 1e5,
	  .max = 7 * DAY_US,
	  .help = "How often it is checked" },
	{ .name = "jitter",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_component, jitter_us),
	  .max = 3.5 * DAY_US,
	  .help = "Each run is moved by up to this much, so that checks do not bunch; at most half "
		  "of `every`. Without it a tenth of `every`",
	  .given = offsetof(struct raw_component, jitter_given) + 1 },
	{ .name = "timeout",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_component, timeout_us),
	  .standard = "5s",
	  .min = 1e3,
	  .max = 3600e6,
	  .help = "A check that takes longer is a failure; at most `every`, and `every` where that "
		  "is shorter than the default",
	  .given = offsetof(struct raw_component, timeout_given) + 1 },
	{ .name = "within",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_component, within_us),
	  .max = 3600e6,
	  .help = "A check that takes longer is degraded; shorter than `timeout`",
	  .example = "500ms" },
	{ .name = "degraded_if_down",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_component, degraded_if_down),
	  .standard = "false",
	  .help = "Down only means degraded: nice to have, not needed" },
	{ .name = "down_after",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct raw_component, down_after),
	  .standard = "1",
	  .min = 1,
	  .max = 1000,
	  .help = "Bad results in a row before the state changes" },
	{ .name = "up_after",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct raw_component, up_after),
	  .standard = "1",
	  .min = 1,
	  .max = 1000,
	  .help = "Good results in a row before it is healthy again" },
	{ .name = "breaker",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct raw_component, breaker),
	  .fields = settings_component_breaker_fields,
	  .shorthand = "name",
	  .help = "A circuit breaker around the check: its options, or the name of one of "
		  "`breakers`. A component without a kind shows the state of that breaker",
	  .example = "{ failure_threshold: 3, recovery_timeout: 120s }",
	  .given = offsetof(struct raw_component, breaker_given) + 1 },
	{ .name = "depends_on",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct raw_component, depends_on),
	  .min = 0,
	  .max = 100,
	  .help = "Components it cannot work without; while one is down only that one alerts. `a | "
		  "b` are alternatives of which one is enough. Listed with it, and checked for "
		  "cycles",
	  .example = "[internet, \"db1 | db2\"]" },
	{ 0 },
};

struct raw_job {
	const char *name, *description, *schedule, *timezone;
	int64_t grace_us;
};

static const struct config_field job_fields[] = {
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_job, name),
	  .required = true,
	  .help = "What the job is called",
	  .example = "nightly-backtest" },
	{ .name = "description",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_job, description),
	  .help = "A line for people who have never heard of it" },
	{ .name = "schedule",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_job, schedule),
	  .required = true,
	  .help = "When it runs: five fields as in crontab",
	  .example = "\"0 2 * * 1-5\"" },
	{ .name = "timezone",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_job, timezone),
	  .standard = "UTC",
	  .help = "The zone of the schedule",
	  .example = "America/New_York" },
	{ .name = "grace",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_job, grace_us),
	  .standard = "5m",
	  .max = 31 * DAY_US,
	  .help = "How late it may be" },
	{ 0 },
};

static const struct config_field status_page_fields[] = {
	{ .name = "enabled",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, status_page.enabled),
	  .standard = "true",
	  .help = "Whether /status and /badge answer" },
	{ .name = "title",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_settings, status_page.title),
	  .standard = "Status",
	  .help = "What the page is called",
	  .example = "Research cluster" },
	{ .name = "components",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct raw_settings, status_page.components),
	  .min = 0,
	  .max = 1000,
	  .help = "Names and groups that are shown; without it all are. The verdict is that of "
		  "what is shown",
	  .example = "[prices, database]" },
	{ .name = "errors",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, status_page.errors),
	  .standard = "false",
	  .help = "Show why a component is not healthy. Errors may name hosts, ports, paths and "
		  "accounts" },
	{ .name = "response_times",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, status_page.response_times),
	  .standard = "false",
	  .help = "Show the latest response time of each component, and its badge" },
	{ 0 },
};

static const struct config_field top_fields[] = {
	{ .name = "server",
	  .type = CONFIG_OBJECT,
	  .fields = server_fields,
	  .help = "Where the daemon listens" },
	{ .name = "storage",
	  .type = CONFIG_OBJECT,
	  .fields = settings_storage_fields,
	  .help = "What survives a restart, and where" },
	{ .name = "region",
	  .type = CONFIG_OBJECT,
	  .fields = settings_region_fields,
	  .help = "Where the breakers lie that all processes of this machine share" },
	{ .name = "thresholds",
	  .type = CONFIG_OBJECT,
	  .fields = threshold_fields,
	  .help = "Limits that raise alerts" },
	{ .name = "score",
	  .type = CONFIG_OBJECT,
	  .fields = score_fields,
	  .help = "How the 0 to 100 health score is made" },
	{ .name = "refresh_interval",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_settings, refresh_us),
	  .standard = "30s",
	  .min = 1e6,
	  .max = 3600e6,
	  .help = "How often a point of history is taken" },
	{ .name = "components",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, components),
	  .fields = settings_component_fields,
	  .max = DAEMON_COMPONENTS_MAX,
	  .help = "What is watched. Each has a name and one kind of check, or the `breaker` whose "
		  "state it shows",
	  .raw = true },
	{ .name = "breakers",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, breakers),
	  .fields = settings_breaker_fields,
	  .object_size = sizeof(struct raw_breaker),
	  .max = 1000,
	  .help = "Circuit breakers that several components share",
	  .example = "[{ name: tiingo, failure_rate_threshold: 0.5, window: 300s }]" },
	{ .name = "alerts",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct raw_settings, alerts),
	  .fields = settings_alert_fields,
	  .help = "When an alert fires, and how much is said of it" },
	{ .name = "maintenance",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, maintenance),
	  .fields = settings_window_fields,
	  .object_size = sizeof(struct raw_window),
	  .max = 200,
	  .help = "Planned times in which nobody is told of what they match; checks go on" },
	{ .name = "remote_write",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, remote_write),
	  .fields = settings_remote_fields,
	  .object_size = sizeof(struct raw_remote),
	  .max = REMOTE_TARGETS_MAX,
	  .help = "Who gets the history as it is made: Prometheus, VictoriaMetrics and their kin. "
		  "What cannot be sent waits in the history",
	  .example = "[{ url: \"https://metrics.example.org/api/v1/write\" }]" },
	{ .name = "status_page",
	  .type = CONFIG_OBJECT,
	  .fields = status_page_fields,
	  .help = "The public page at /status and the badges: what everybody may see" },
	{ .name = "jobs",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, jobs),
	  .fields = job_fields,
	  .object_size = sizeof(struct raw_job),
	  .max = 1000,
	  .help = "Batch jobs that should have run. This version checks the section for mistakes "
		  "and watches no jobs" },
	{ .name = "notify",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct raw_settings, notify),
	  .fields = settings_channel_fields,
	  .max = ALERT_CHANNELS_MAX,
	  .help = "Who is told. Each has a name and one kind of channel",
	  .example = "[{ name: ops, slack: { url: \"${SLACK_URL}\" } }]",
	  .raw = true },
	{ .name = "watchdog",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct raw_settings, watchdog),
	  .fields = settings_watchdog_fields,
	  .shorthand = "url",
	  .help = "A page elsewhere that is asked for again and again while all is well here, so "
		  "that somebody notices when Bellwether itself stops",
	  .example = "{ url: \"${HEARTBEAT_URL}\" }",
	  .given = offsetof(struct raw_settings, watchdog.given) + 1 },
	{ .name = "self_watch",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct raw_settings, self_watch),
	  .help = "Bellwether's own scheduler, checks, outbox, store and channels as components. "
		  "Without it they are there when `notify` has a channel",
	  .given = offsetof(struct raw_settings, self_watch_given) + 1 },
	{ 0 },
};

static size_t rows_of(const struct config_field *fields)
{
	size_t count = 0;

	while (fields[count].name)
		count++;
	return count;
}

/* The kind's own rows, then the component's options that it has no row of the same name for. */
static const struct config_field *fields_inside(struct bw_arena *arena,
						const struct check_kind *kind)
{
	const struct config_field *options = settings_component_fields + 1;
	size_t own = rows_of(kind->fields), count = own;
	struct config_field *rows =
		xarena_alloc(arena, (own + rows_of(options) + 1) * sizeof *rows);

	memcpy(rows, kind->fields, own * sizeof *rows);
	for (; options->name; options++)
		if (!config_field_find(kind->fields, options->name, strlen(options->name)))
			rows[count++] = *options;
	return rows;
}

const struct config_field *settings_kind_table(struct bw_arena *arena)
{
	struct config_field *rows = xarena_alloc(arena, (SETTINGS_KINDS_MAX + 1) * sizeof *rows);

	for (size_t i = 0; check_kinds[i]; i++) {
		bw_assert(i < SETTINGS_KINDS_MAX);
		rows[i] = (struct config_field){
			.name = check_kinds[i]->name,
			.type = CONFIG_OBJECT,
			.offset = i * sizeof(const struct config_node *),
			.fields = fields_inside(arena, check_kinds[i]),
			.help = check_kinds[i]->summary,
			.raw = true,
		};
	}
	return rows;
}

const struct config_field *settings_channel_kind_table(struct bw_arena *arena)
{
	struct config_field *rows = xarena_alloc(arena, (SETTINGS_KINDS_MAX + 1) * sizeof *rows);

	for (size_t i = 0; channel_kinds[i]; i++) {
		bw_assert(i < SETTINGS_KINDS_MAX);
		rows[i] = (struct config_field){
			.name = channel_kinds[i]->name,
			.type = CONFIG_OBJECT,
			.offset = i * sizeof(const struct config_node *),
			.fields = channel_kinds[i]->fields,
			.shorthand = channel_kinds[i]->required_field,
			.help = channel_kinds[i]->summary,
			.raw = true,
		};
	}
	return rows;
}

/* The rows of both, in one table. */
static const struct config_field *joined(struct bw_arena *arena, const struct config_field *first,
					 const struct config_field *second)
{
	size_t count = rows_of(first), more = rows_of(second);
	struct config_field *rows = xarena_alloc(arena, (count + more + 1) * sizeof *rows);

	memcpy(rows, first, count * sizeof *rows);
	memcpy(rows + count, second, more * sizeof *rows);
	return rows;
}

const struct config_field *settings_top_table(struct bw_arena *arena)
{
	const struct config_field *component =
		joined(arena, settings_component_fields, settings_kind_table(arena));
	const struct config_field *channel =
		joined(arena, settings_channel_fields, settings_channel_kind_table(arena));
	struct config_field *top = xarena_alloc(arena, sizeof top_fields);

	memcpy(top, top_fields, sizeof top_fields);
	for (struct config_field *field = top; field->name; field++) {
		if (field->fields == settings_component_fields)
			field->fields = component;
		if (field->fields == settings_channel_fields)
			field->fields = channel;
	}
	return top;
}

const struct config_field *daemon_settings_table(struct bw_arena *arena)
{
	return settings_top_table(arena);
}
