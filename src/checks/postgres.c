/* postgres.c - connects, asks one question, and looks at replication when wanted.
 *
 * The parameters are put together once per configuration; only what depends on the run (the
 * time-out of statements) is added at its start. libpq's own defaults from the environment and from
 * files are closed off by writing every one of them down.
 *
 * A run asks the configured query, then QUERY_REPLICATION when `role`, `max_lag` or `replicas` is
 * set. The verdict is the worst of both.
 */
#include "checks/kind.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/xalloc.h"
#include "checks/expectation.h"
#include "checks/postgres_replication.h"
#include "checks/pq_session.h"
#include "checks/text.h"

enum { ADDRESS_MAX = 128, PORT_MAX = 8, SESSION_OPTIONS_MAX = 128, SHOWN_MAX = 120 };

#define SOCKET_FOLDER "/var/run/postgresql"

struct postgres_settings {
	const char *url, *host, *user, *password, *database;
	int64_t port;
	int sslmode;
	bool has_sslmode;
	const char *sslrootcert, *sslcert, *sslkey;
	const char *query, *expect;
	int64_t min_rows, max_rows;
	bool has_max_rows;
	bool read_only;
	struct postgres_replication replication;
};

struct postgres_state {
	PQconninfoOption *options; /* owns what the URL said */
	struct pq_parameters parameters;
	char port[PORT_MAX];
	char *user; /* of this process, the default */
	char address[ADDRESS_MAX];
	bool has_expectation;
	struct expectation expectation;
};

struct postgres_run {
	struct pq_session *session;
	struct bw_mono opened;
	bool connected, asked_replication;
	char *options;
};

static const char *const sslmode_words[] = {
	"disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL,
};

static const struct config_field postgres_fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct postgres_settings, url),
	  .help = "postgresql://user:password@host:port/database?option=value; an empty host is "
		  "the "
		  "Unix socket in " SOCKET_FOLDER,
	  .example = "postgresql://bt@db.example/bars?sslmode=verify-full" },
	{ .name = "host",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, host),
	  .help = "instead of a URL: name, address, or the folder of a Unix socket" },
	{ .name = "port",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct postgres_settings, port),
	  .max = 65535,
	  .help = "5432 unless the URL says otherwise" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, user),
	  .help = "the user this program runs as, unless the URL says otherwise" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct postgres_settings, password),
	  .help = "beside a URL or instead of the one in it",
	  .example = "file:/etc/bellwether/bars.password" },
	{ .name = "database",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, database),
	  .help = "named as the user unless said otherwise" },
	{ .name = "sslmode",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct postgres_settings, sslmode),
	  .standard = "prefer",
	  .words = sslmode_words,
	  .given = offsetof(struct postgres_settings, has_sslmode) + 1,
	  .help = "whether the connection is encrypted and the server's certificate verified, as "
		  "in "
		  "libpq" },
	{ .name = "sslrootcert",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, sslrootcert),
	  .help = "file with the certificates that may sign the server's" },
	{ .name = "sslcert",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, sslcert),
	  .help = "file with our own certificate" },
	{ .name = "sslkey",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, sslkey),
	  .help = "file with the key of our own certificate" },
	{ .name = "query",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, query),
	  .standard = "select 1",
	  .help = "one statement",
	  .example = "select count(*) from bars where day = current_date" },
	{ .name = "expect",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct postgres_settings, expect),
	  .help = "what the single value of the answer must be: a text, or an operator (= != < <= "
		  "> "
		  ">=) and a number",
	  .example = "> 10" },
	{ .name = "min_rows",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct postgres_settings, min_rows),
	  .max = 1e9,
	  .help = "unhealthy when the answer has fewer rows" },
	{ .name = "max_rows",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct postgres_settings, max_rows),
	  .max = 1e9,
	  .given = offsetof(struct postgres_settings, has_max_rows) + 1,
	  .help = "unhealthy when the answer has more rows" },
	{ .name = "role",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct postgres_settings, replication.role),
	  .standard = "any",
	  .words = postgres_role_words,
	  .help = "what the server must be" },
	{ .name = "max_lag",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct postgres_settings, replication.max_lag_us),
	  .help = "unhealthy when a standby is further behind; on a primary with `replicas`, the "
		  "slowest of them",
	  .example = "30s" },
	{ .name = "replicas",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct postgres_settings, replication.replicas),
	  .max = 1000,
	  .help = "unhealthy when a primary has fewer streaming replicas; 0: not looked at" },
	{ .name = "read_only",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct postgres_settings, read_only),
	  .standard = "true",
	  .help = "the session may only read, and statements end with the check's time-out. Both "
		  "are "
		  "start-up options, which some poolers refuse: then false" },
	{ 0 },
};

static void take_url(const struct postgres_settings *settings, struct postgres_state *state,
		     struct config_complaints *complaints, const struct config_node *node)
{
	PQconninfoOption *option;
	char *why = NULL;

	if (settings->host || settings->user || settings->database || settings->port)
		config_complain_at(complaints, node, "url",
				   "the URL says host, port, user and database: write them there "
				   "or leave it out");
	state->options = PQconninfoParse(settings->url, &why);
	PQfreemem(why);
	if (!state->options || (strncmp(settings->url, "postgresql://", 13) != 0 &&
				strncmp(settings->url, "postgres://", 11) != 0)) {
		config_complain_at(complaints, node, "url",
				   "no URL of PostgreSQL: postgresql://user:password@host:port/"
				   "database?option=value");
		return;
	}
	for (option = state->options; option->keyword; option++)
		if (option->val && option->val[0])
			pq_parameters_set(&state->parameters, option->keyword, option->val);
}

static void override(struct postgres_state *state, const char *keyword, const char *value)
{
	if (value && value[0])
		pq_parameters_set(&state->parameters, keyword, value);
}

static void fall_back(struct postgres_state *state, const char *keyword, const char *value)
{
	if (!pq_parameters_get(&state->parameters, keyword))
		pq_parameters_set(&state->parameters, keyword, value);
}

static void take_fields(const struct postgres_settings *settings, struct postgres_state *state)
{
	const struct passwd *entry;

	override(state, "host", settings->host);
	override(state, "user", settings->user);
	override(state, "password", settings->password);
	override(state, "dbname", settings->database);
	override(state, "sslrootcert", settings->sslrootcert);
	override(state, "sslcert", settings->sslcert);
	override(state, "sslkey", settings->sslkey);
	if (settings->has_sslmode)
		override(state, "sslmode", sslmode_words[settings->sslmode]);
	if (settings->port > 0) {
		snprintf(state->port, sizeof(state->port), "%d", (int)settings->port);
		override(state, "port", state->port);
	}
	if (!pq_parameters_get(&state->parameters, "user")) {
		entry = getpwuid(geteuid());
		state->user = xstrdup(entry ? entry->pw_name : "postgres");
		pq_parameters_set(&state->parameters, "user", state->user);
	}
}

static void close_off_defaults(struct postgres_state *state)
{
	const struct pq_parameters *parameters = &state->parameters;

	fall_back(state, "host", SOCKET_FOLDER);
	fall_back(state, "port", "5432");
	fall_back(state, "dbname", pq_parameters_get(parameters, "user"));
	fall_back(state, "sslmode", sslmode_words[2]);
	fall_back(state, "application_name", "bellwether");
	fall_back(state, "gssencmode", "disable");
	fall_back(state, "passfile", "/dev/null/none");
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long port = strtol(text, NULL, 10);

	return digits > 0 && text[digits] == '\0' && digits <= 5 && port >= 1 && port <= 65535;
}

static bool is_sslmode(const char *text)
{
	size_t i;

	for (i = 0; sslmode_words[i]; i++)
		if (strcmp(sslmode_words[i], text) == 0)
			return true;
	return false;
}

static void complain_parameters(const struct postgres_state *state,
				struct config_complaints *complaints,
				const struct config_node *node)
{
	const struct pq_parameters *parameters = &state->parameters;

	if (pq_parameters_get(parameters, "service"))
		config_complain_at(complaints, node, "url",
				   "service files are not read: write host, port and database");
	if (!is_sslmode(pq_parameters_get(parameters, "sslmode")))
		config_complain_at(complaints, node, "url",
				   "sslmode is disable, allow, prefer, require, verify-ca or "
				   "verify-full");
	if (!is_port(pq_parameters_get(parameters, "port")) &&
	    !strchr(pq_parameters_get(parameters, "port"), ','))
		config_complain_at(complaints, node, "url", "the port is a number from 1 to 65535");
	if (strchr(pq_parameters_get(parameters, "host"), ',') ||
	    strchr(pq_parameters_get(parameters, "port"), ','))
		config_complain_at(
			complaints, node, "url",
			"several hosts in one check would hide one that is down: write a "
			"component for each");
}

static void complain_expectation(const struct postgres_settings *settings,
				 struct postgres_state *state, struct config_complaints *complaints,
				 const struct config_node *node)
{
	state->has_expectation = settings->expect != NULL;
	if (settings->expect && !expectation_parse(settings->expect, &state->expectation))
		config_complain_at(complaints, node, "expect",
				   "the operator needs a number behind it: \"> 10\"");
	if (settings->has_max_rows && settings->min_rows > settings->max_rows)
		config_complain_at(complaints, node, "min_rows", "min_rows is above max_rows");
	if (settings->expect && (settings->has_max_rows || settings->min_rows > 1))
		config_complain_at(
			complaints, node, "expect",
			"`expect` looks at a single value; it does not go with limits of "
			"rows");
	if (!settings->query || !settings->query[0])
		config_complain_at(complaints, node, "query", "there is no query");
}

/* For texts: "db.example:5432", "/var/run/postgresql/.s.PGSQL.5432". */
static void describe(struct postgres_state *state)
{
	const char *host = pq_parameters_get(&state->parameters, "host");
	const char *port = pq_parameters_get(&state->parameters, "port");
	bool is_ipv6 = strchr(host, ':') != NULL;

	if (strchr("/@", host[0]))
		snprintf(state->address, sizeof(state->address), "%.100s/.s.PGSQL.%.8s", host,
			 port);
	else
		snprintf(state->address, sizeof(state->address), "%s%.100s%s:%.8s",
			 is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

static void postgres_prepare(const void *settings_arg, void *state_arg,
			     struct config_complaints *complaints, const struct config_node *node)
{
	const struct postgres_settings *settings = settings_arg;
	struct postgres_state *state = state_arg;

	if (settings->url)
		take_url(settings, state, complaints, node);
	take_fields(settings, state);
	close_off_defaults(state);
	complain_parameters(state, complaints, node);
	complain_expectation(settings, state, complaints, node);
	describe(state);
}

static void postgres_release(void *state_arg)
{
	struct postgres_state *state = state_arg;

	PQconninfoFree(state->options);
	free(state->user);
}

static void write_text(struct check_run *run, const char *key, const char *text)
{
	if (!text)
		return;
	bw_json_key(check_details(run), key);
	bw_json_string(check_details(run), text);
}

static void write_ms(struct check_run *run, const char *key, struct bw_mono since)
{
	int64_t us = bw_mono_since(io_loop_mono(check_loop(run)), since);

	bw_json_key(check_details(run), key);
	bw_json_double(check_details(run), bw_round((double)us / 1000, 2));
}

static void on_open(void *arg)
{
	struct check_run *run = arg;
	struct postgres_run *postgres = check_data(run);
	const struct postgres_settings *settings = check_settings(run);
	const char *standby = pq_session_parameter(postgres->session, "in_hot_standby");

	postgres->connected = true;
	write_text(run, "server_version",
		   pq_session_parameter(postgres->session, "server_version"));
	write_text(run, "tls", pq_session_tls(postgres->session));
	if (standby && !postgres_replication_is_wanted(&settings->replication)) {
		bw_json_key(check_details(run), "in_recovery");
		bw_json_bool(check_details(run), strcmp(standby, "on") == 0);
	}
	write_ms(run, "connect_ms", check_started(run));
	postgres->opened = io_loop_mono(check_loop(run));
	check_phase(run, "waiting for the answer to the query");
	pq_session_query(postgres->session, settings->query);
}

/* False when the run is finished: the answer is not what was expected. */
static bool judge_value(struct check_run *run, const struct pq_result *result)
{
	const struct postgres_settings *settings = check_settings(run);
	const struct postgres_state *state = check_state(run);

	if (result->rows != 1 || result->columns != 1)
		check_finish(run, BW_HEALTH_UNHEALTHY,
			     "the query answered with %lld row%s of %d column%s; `expect` needs a "
			     "single value",
			     (long long)result->rows, result->rows == 1 ? "" : "s", result->columns,
			     result->columns == 1 ? "" : "s");
	else if (result->is_null[0])
		check_finish(run, BW_HEALTH_UNHEALTHY, "the value is null, expected %.*s",
			     SHOWN_MAX, settings->expect);
	else if (!expectation_holds(&state->expectation, result->values[0]))
		check_finish(run, BW_HEALTH_UNHEALTHY, "the value is \"%.*s\", expected %.*s",
			     SHOWN_MAX, result->values[0], SHOWN_MAX, settings->expect);
	else
		return true;
	return false;
}

static bool judge_rows(struct check_run *run, const struct pq_result *result)
{
	const struct postgres_settings *settings = check_settings(run);

	if (result->rows < settings->min_rows)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%lld rows, expected at least %lld",
			     (long long)result->rows, (long long)settings->min_rows);
	else if (settings->has_max_rows && result->rows > settings->max_rows)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%lld rows, limit %lld",
			     (long long)result->rows, (long long)settings->max_rows);
	else
		return true;
	return false;
}

static void finish_replication(struct check_run *run, const struct pq_result *result)
{
	const struct postgres_settings *settings = check_settings(run);
	char text[CHECK_REPLICATION_TEXT_MAX];
	enum bw_health health;

	health = postgres_replication_judge(&settings->replication, result, check_details(run),
					    text);
	check_finish(run, health, text[0] ? "%s" : NULL, text);
}

static void finish_query(struct check_run *run, const struct pq_result *result)
{
	const struct postgres_settings *settings = check_settings(run);
	const struct postgres_state *state = check_state(run);
	struct postgres_run *postgres = check_data(run);
	struct bw_json *json = check_details(run);

	write_ms(run, "query_ms", postgres->opened);
	bw_json_key(json, "rows");
	bw_json_int(json, result->rows);
	if (state->has_expectation && result->rows == 1 && result->columns == 1)
		write_text(run, "value", result->is_null[0] ? NULL : result->values[0]);
	if (state->has_expectation ? !judge_value(run, result) : !judge_rows(run, result))
		return;
	if (!postgres_replication_is_wanted(&settings->replication)) {
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
		return;
	}
	postgres->asked_replication = true;
	check_phase(run, "asking for the state of replication");
	pq_session_query(postgres->session, postgres_replication_query);
}

static void on_result(void *arg, const struct pq_result *result)
{
	struct check_run *run = arg;
	const struct postgres_run *postgres = check_data(run);

	if (postgres->asked_replication)
		finish_replication(run, result);
	else
		finish_query(run, result);
}

static void on_failed(void *arg, const struct pq_failure *failure)
{
	struct check_run *run = arg;
	const struct postgres_run *postgres = check_data(run);
	const struct postgres_state *state = check_state(run);
	enum bw_health health = failure->ours ? BW_HEALTH_UNKNOWN : BW_HEALTH_UNHEALTHY;

	if (postgres->connected && failure->state[0])
		check_finish(run, health, "%s (%s)", failure->text, failure->state);
	else if (postgres->connected)
		check_finish(run, health, "%s", failure->text);
	else
		check_finish(run, health, "%s: %s", state->address, failure->text);
}

/* Appended to what the URL gave as options. */
static char *session_options(struct check_run *run)
{
	const struct postgres_state *state = check_state(run);
	const char *given = pq_parameters_get(&state->parameters, "options");
	size_t size = (given ? strlen(given) : 0) + SESSION_OPTIONS_MAX;
	char *options = xmalloc(size);

	snprintf(options, size, "%s%s-c default_transaction_read_only=on -c statement_timeout=%lld",
		 given ? given : "", given ? " " : "",
		 (long long)(check_timeout_us(run) / 1000) + 1);
	return options;
}

static void postgres_start(struct check_run *run)
{
	static const struct pq_events events = {
		.on_open = on_open,
		.on_result = on_result,
		.on_failed = on_failed,
	};
	const struct postgres_settings *settings = check_settings(run);
	const struct postgres_state *state = check_state(run);
	struct postgres_run *postgres = check_data(run);
	struct pq_parameters parameters = state->parameters;

	if (settings->read_only) {
		postgres->options = session_options(run);
		pq_parameters_set(&parameters, "options", postgres->options);
	}
	check_phase(run, "connecting to %s", state->address);
	pq_session_open(check_loop(run), &parameters, &events, run, &postgres->session);
}

static void postgres_stop(struct check_run *run)
{
	struct postgres_run *postgres = check_data(run);

	pq_session_close(postgres->session);
	free(postgres->options);
}

const struct check_kind check_kind_postgres = {
	.name = "postgres",
	.summary = "PostgreSQL: a query, its value, replication",
	.fields = postgres_fields,
	.settings_size = sizeof(struct postgres_settings),
	.state_size = sizeof(struct postgres_state),
	.run_size = sizeof(struct postgres_run),
	.prepare = postgres_prepare,
	.release = postgres_release,
	.start = postgres_start,
	.stop = postgres_stop,
};
