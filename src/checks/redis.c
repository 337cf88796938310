/* redis.c - AUTH, SELECT, PING and INFO in one write; the answers come back in that order.
 *
 * PING decides and is what is timed. INFO serves the limits, where there are any; where there are
 * none it is a courtesy for the details, waited for a moment only, and its refusal is no fault.
 *
 * hiredis contributes the parser alone, with makers of our own: answers to these commands are
 * single texts, so an array (which a hostile server could announce with 2^31 elements) ends the
 * conversation before memory is taken for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/xalloc.h"
#include "checks/address.h"
#include "checks/kind.h"
#include "checks/redis_info.h"
#include "io/stream.h"

enum {
	PORT = 6379,
	ANSWERS_MAX_BYTES = 1 << 20,
	COURTESY_US = 200000, /* how long a healthy answer waits for details */
	STEPS_MAX = 4,
	DATABASES_MAX = 1000000,
};

enum role { ROLE_ANY, ROLE_MASTER, ROLE_REPLICA };

static const char *const role_words[] = { "any", "master", "replica", NULL };

struct redis_settings {
	const char *url, *user, *password;
	int role;
	int64_t memory_bytes;
	double memory_pct;
	bool link_up;
	int64_t lag_us;
	int64_t replicas_min;
	struct config_tls tls;
};

struct redis_state {
	struct check_url url;
	char path[CHECK_PATH_MAX]; /* of a Unix socket; "" */
	int port, database;        /* -1: no SELECT */
	const char *user, *password;
	char address[CHECK_HOST_MAX + 16];
	bool secure;
};

enum step { STEP_AUTH, STEP_SELECT, STEP_PING, STEP_INFO };

static const char *const step_words[] = { "AUTH", "SELECT", "PING", "INFO" };

struct redis_run {
	struct io_stream *stream;
	struct io_timer *courtesy;
	redisReader *reader;
	enum step steps[STEPS_MAX];
	int step_count, next;
	size_t received;
	bool alive; /* PING was answered */
};

struct answer {
	int type; /* REDIS_REPLY_... */
	size_t len;
	char text[];
};

static void *make_text(const redisReadTask *task, char *text, size_t len)
{
	struct answer *answer = malloc(sizeof(*answer) + len + 1);

	if (!answer)
		return NULL;
	answer->type = task->type;
	answer->len = len;
	memcpy(answer->text, text, len);
	answer->text[len] = '\0';
	return answer;
}

static void *refuse_array(const redisReadTask *task, int elements)
{
	(void)task;
	(void)elements;
	return NULL;
}

static void *make_integer(const redisReadTask *task, long long value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%lld", value);

	return make_text(task, text, (size_t)len);
}

static void *make_nil(const redisReadTask *task)
{
	char empty[] = "";

	return make_text(task, empty, 0);
}

static redisReplyObjectFunctions makers = { make_text, refuse_array, make_integer, make_nil, free };

static bool wants_info(const struct redis_settings *settings)
{
	return settings->role != ROLE_ANY || settings->memory_bytes > 0 ||
	       settings->memory_pct > 0 || settings->link_up || settings->lag_us > 0 ||
	       settings->replicas_min > 0;
}

/* What the first word of an error means; NULL: it speaks for itself. */
static const char *explain(const char *text, bool has_password)
{
	if (strncmp(text, "LOADING", 7) == 0)
		return "is still loading its data";
	if (strncmp(text, "NOAUTH", 6) == 0)
		return has_password ? "did not take the password" : "wants a password";
	if (strncmp(text, "WRONGPASS", 9) == 0 || strstr(text, "invalid password"))
		return "says user or password are wrong";
	if (strncmp(text, "MASTERDOWN", 10) == 0)
		return "is a replica that has lost its master";
	if (strncmp(text, "DENIED", 6) == 0)
		return "is in protected mode and answers only on loopback";
	if (strncmp(text, "NOPERM", 6) == 0)
		return "does not permit this to the user";
	if (strncmp(text, "MISCONF", 7) == 0)
		return "cannot save its data and takes no writes";
	if (strstr(text, "max number of clients"))
		return "has no room for another client";
	if (strstr(text, "without any password configured"))
		return "has no password set but was given one";
	return NULL;
}

static void finish_refused(struct check_run *run, enum step step, const char *text)
{
	const struct redis_state *state = check_state(run);
	const char *meaning = explain(text, state->password != NULL);

	/* Some servers repeat the arguments of a command they do not know. */
	if (state->password && strstr(text, state->password))
		text = "(left out, as it repeats the password)";
	if (meaning)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s %s: %s", state->address, meaning, text);
	else
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s answered %s with an error: %s",
			     state->address, step_words[step], text);
}

static void write_details(struct check_run *run, const struct redis_info *info)
{
	struct bw_json *json = check_details(run);

	bw_json_key(json, "role");
	bw_json_string(json, strcmp(info->role, "slave") == 0 ? "replica" : info->role);
	bw_json_key(json, "version");
	bw_json_string(json, info->version);
	if (info->used_memory_bytes >= 0) {
		bw_json_key(json, "used_memory_bytes");
		bw_json_int(json, info->used_memory_bytes);
	}
	if (info->memory_limit_bytes > 0) {
		bw_json_key(json, "memory_limit_bytes");
		bw_json_int(json, info->memory_limit_bytes);
	}
	if (info->clients >= 0) {
		bw_json_key(json, "clients");
		bw_json_int(json, info->clients);
	}
	if (info->replicas >= 0) {
		bw_json_key(json, "replicas");
		bw_json_int(json, info->replicas);
	}
	if (info->has_link) {
		bw_json_key(json, "link_up");
		bw_json_bool(json, info->link_is_up);
	}
	if (info->lag_s >= 0) {
		bw_json_key(json, "lag_seconds");
		bw_json_int(json, info->lag_s);
	}
}

/* What the roles and links must be. false: the run is finished. */
static bool role_is_right(struct check_run *run, const struct redis_info *info)
{
	const struct redis_settings *settings = check_settings(run);
	bool is_replica = strcmp(info->role, "slave") == 0;

	if (settings->role != ROLE_ANY && is_replica != (settings->role == ROLE_REPLICA)) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "role is %s, expected %s",
			     is_replica ? "replica" : "master", role_words[settings->role]);
		return false;
	}
	if (settings->link_up && info->has_link && !info->link_is_up) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "the link to its master is down");
		return false;
	}
	if (settings->replicas_min > 0 && info->replicas < settings->replicas_min) {
		check_finish(run, BW_HEALTH_UNHEALTHY,
			     "%" PRId64 " replicas connected, at least %" PRId64 " expected",
			     info->replicas < 0 ? 0 : info->replicas, settings->replicas_min);
		return false;
	}
	return true;
}

static double memory_pct(const struct redis_info *info)
{
	if (info->memory_limit_bytes <= 0 || info->used_memory_bytes < 0)
		return 0;
	return 100.0 * (double)info->used_memory_bytes / (double)info->memory_limit_bytes;
}

static void judge(struct check_run *run, const struct redis_info *info)
{
	const struct redis_settings *settings = check_settings(run);
	double used_pct = memory_pct(info);

	write_details(run, info);
	if (!role_is_right(run, info))
		return;
	if (settings->memory_bytes > 0 && info->used_memory_bytes > settings->memory_bytes)
		check_finish(run, BW_HEALTH_DEGRADED,
			     "uses %" PRId64 " bytes of memory, limit %" PRId64,
			     info->used_memory_bytes, settings->memory_bytes);
	else if (settings->memory_pct > 0 && used_pct > settings->memory_pct)
		check_finish(run, BW_HEALTH_DEGRADED, "uses %.1f%% of its memory, limit %g%%",
			     used_pct, settings->memory_pct);
	else if (settings->lag_us > 0 && info->lag_s * BW_SECOND_US > settings->lag_us)
		check_finish(run, BW_HEALTH_DEGRADED,
			     "replication lags %" PRId64 " s behind, limit %g s", info->lag_s,
			     (double)settings->lag_us / 1e6);
	else
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

static void on_courtesy_over(void *arg)
{
	check_finish(arg, BW_HEALTH_HEALTHY, NULL);
}

static bool is_status(const struct answer *answer, const char *text)
{
	return answer->type == REDIS_REPLY_STATUS && strcmp(answer->text, text) == 0;
}

/* PING: "+PONG" is the only good answer. false: the run is finished. */
static bool take_pong(struct check_run *run, const struct answer *answer)
{
	const struct redis_settings *settings = check_settings(run);
	const struct redis_state *state = check_state(run);
	struct redis_run *data = check_data(run);
	struct bw_mono now = io_loop_mono(check_loop(run));

	if (!is_status(answer, "PONG")) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s answered PING with \"%s\", not PONG",
			     state->address, answer->text);
		return false;
	}
	data->alive = true;
	check_set_response(run, bw_mono_since(now, check_started(run)));
	check_phase(run, "waiting for INFO from %s", state->address);
	if (!wants_info(settings)) {
		data->courtesy = io_timer_create(check_loop(run), on_courtesy_over, run);
		io_timer_start(data->courtesy, COURTESY_US);
	}
	return true;
}

/* true: more answers are wanted; false: the run is finished. */
static bool take_answer(struct check_run *run, const struct answer *answer)
{
	const struct redis_settings *settings = check_settings(run);
	struct redis_run *data = check_data(run);
	enum step step = data->steps[data->next++];
	struct redis_info info;

	if (answer->type == REDIS_REPLY_ERROR) {
		if (step == STEP_INFO && !wants_info(settings))
			check_finish(run, BW_HEALTH_HEALTHY, NULL);
		else
			finish_refused(run, step, answer->text);
		return false;
	}
	if (step == STEP_PING)
		return take_pong(run, answer);
	if (step != STEP_INFO)
		return true;
	redis_info_read(answer->text, answer->len, &info);
	judge(run, &info);
	return false;
}

static void on_data(void *arg, const char *bytes, size_t len)
{
	struct check_run *run = arg;
	const struct redis_state *state = check_state(run);
	struct redis_run *data = check_data(run);
	void *answer = NULL;
	bool more = true;

	data->received += len;
	if (data->received > ANSWERS_MAX_BYTES) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s sent more than %d bytes", state->address,
			     ANSWERS_MAX_BYTES);
		return;
	}
	if (redisReaderFeed(data->reader, bytes, len) != REDIS_OK)
		more = false;
	while (more && redisReaderGetReply(data->reader, &answer) == REDIS_OK && answer) {
		more = take_answer(run, answer);
		free(answer);
		answer = NULL;
		if (!more)
			return;
	}
	if (!more || data->reader->err)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s does not speak the Redis protocol",
			     state->address);
}

static void add_command(struct redis_run *data, struct bw_buf *out, enum step step,
			const char *const words[3])
{
	const char *argv[4] = { step_words[step] };
	char *command = NULL;
	int argc = 1, len;

	while (argc < 4 && words && words[argc - 1]) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	len = redisFormatCommandArgv(&command, argc, argv, NULL);
	if (len > 0)
		bw_buf_append(out, command, (size_t)len);
	redisFreeCommand(command);
	data->steps[data->step_count++] = step;
}

static void on_open(void *arg)
{
	struct check_run *run = arg;
	const struct redis_state *state = check_state(run);
	struct redis_run *data = check_data(run);
	char database[16];
	struct bw_buf out;
	enum bw_status status;

	bw_buf_init(&out, IO_STREAM_QUEUE_MAX);
	if (state->password && state->user)
		add_command(data, &out, STEP_AUTH,
			    (const char *[3]){ state->user, state->password });
	else if (state->password)
		add_command(data, &out, STEP_AUTH, (const char *[3]){ state->password });
	snprintf(database, sizeof(database), "%d", state->database);
	if (state->database > 0)
		add_command(data, &out, STEP_SELECT, (const char *[3]){ database });
	add_command(data, &out, STEP_PING, NULL);
	add_command(data, &out, STEP_INFO, NULL);
	check_phase(run, "waiting for an answer of %s", state->address);
	status = io_stream_write(data->stream, out.data, out.len);
	bw_buf_finish(&out);
	if (status != BW_OK)
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot send to %s: %s", state->address,
			     bw_status_text(status));
}

static void on_end(void *arg)
{
	struct check_run *run = arg;
	const struct redis_state *state = check_state(run);
	struct redis_run *data = check_data(run);

	if (data->alive && !wants_info(check_settings(run)))
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
	else
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s closed the connection before it %s",
			     state->address,
			     data->received > 0 ? "had answered in full" : "answered");
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct check_run *run = arg;
	struct redis_run *data = check_data(run);

	if (data->alive && !wants_info(check_settings(run)))
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
	else
		check_finish_failed(run, error);
}

static void redis_start(struct check_run *run)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	const struct redis_settings *settings = check_settings(run);
	const struct redis_state *state = check_state(run);
	struct redis_run *data = check_data(run);
	struct io_stream_options options = { .host = state->path[0] ? state->path : state->url.host,
					     .port = state->port };
	struct bw_error err;

	check_tls_options(&settings->tls, state->secure, &options.tls);
	check_phase(run, "connecting to %s", state->address);
	data->reader = redisReaderCreateWithFunctions(&makers);
	if (!data->reader)
		check_finish(run, BW_HEALTH_UNKNOWN, "no memory for the answer");
	else if (io_stream_open(check_loop(run), &options, &events, run, &data->stream, &err))
		check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void redis_stop(struct check_run *run)
{
	struct redis_run *data = check_data(run);

	io_stream_close(data->stream);
	io_timer_destroy(data->courtesy);
	if (data->reader)
		redisReaderFree(data->reader);
}

static bool read_database(const char *path, int *out)
{
	char *end;
	long database;

	*out = -1;
	if (path[0] == '\0' || strcmp(path, "/") == 0)
		return true;
	database = strtol(path + 1, &end, 10);
	if (*end != '\0' || end == path + 1 || database < 0 || database > DATABASES_MAX)
		return false;
	*out = (int)database;
	return true;
}

static const char *set_place(struct redis_state *state)
{
	struct check_url *url = &state->url;

	if (strcmp(url->scheme, "unix") == 0) {
		state->database = -1;
		memcpy(state->path, url->path, sizeof(state->path));
		check_address_text(state->path, 0, state->address, sizeof(state->address));
		return url->host[0] || !url->path[0] ? "a Unix socket is written "
						       "unix:///run/redis.sock"
						     : NULL;
	}
	state->secure = strcmp(url->scheme, "rediss") == 0;
	if (!state->secure && strcmp(url->scheme, "redis") != 0)
		return "the scheme is redis, rediss (TLS) or unix";
	if (!url->host[0])
		return "the host is missing";
	if (!read_database(url->path, &state->database))
		return "behind the host stands the number of a database, or nothing";
	state->port = url->port ? url->port : PORT;
	check_address_text(url->host, state->port, state->address, sizeof(state->address));
	return NULL;
}

static void redis_prepare(const void *settings_arg, void *state_arg,
			  struct config_complaints *complaints, const struct config_node *node)
{
	const struct redis_settings *settings = settings_arg;
	struct redis_state *state = state_arg;
	struct bw_error err;
	const char *wrong;

	if (check_url_parse(settings->url, &state->url, &err) != BW_OK) {
		config_complain_at(complaints, node, "url", "%s", err.text);
		return;
	}
	wrong = set_place(state);
	if (wrong)
		config_complain_at(complaints, node, "url", "%s", wrong);
	state->user = settings->user;
	state->password = settings->password;
	if (!state->user && state->url.user[0])
		state->user = state->url.user;
	if (!state->password && state->url.password[0])
		state->password = state->url.password;
	if (state->user && !state->password)
		config_complain_at(complaints, node, "user", "a user needs a password");
}

static const struct config_field fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct redis_settings, url),
	  .required = true,
	  .help = "Where the server is: redis://, rediss:// (TLS) or unix://; user, password and "
		  "number of the database may stand in it",
	  .example = "redis://127.0.0.1:6379/0" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct redis_settings, user),
	  .help = "Name for AUTH (Redis 6 and later); goes before the URL's",
	  .example = "monitor" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct redis_settings, password),
	  .help = "Password for AUTH; goes before the URL's",
	  .example = "${REDIS_PASSWORD}" },
	{ .name = "role",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct redis_settings, role),
	  .standard = "any",
	  .words = role_words,
	  .help = "The role the server must have; another one is unhealthy" },
	{ .name = "max_memory",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct redis_settings, memory_bytes),
	  .help = "More memory used than this is degraded",
	  .example = "512MiB" },
	{ .name = "max_memory_percent",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct redis_settings, memory_pct),
	  .min = 0,
	  .max = 100,
	  .help = "The same in percent of maxmemory, or of the machine's memory where none is set",
	  .example = "80" },
	{ .name = "link_up",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct redis_settings, link_up),
	  .standard = "false",
	  .help = "A replica whose link to its master is down is unhealthy" },
	{ .name = "max_lag",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct redis_settings, lag_us),
	  .help = "Replication further behind than this is degraded; Redis counts whole seconds",
	  .example = "10s" },
	{ .name = "min_replicas",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct redis_settings, replicas_min),
	  .min = 0,
	  .max = 1000,
	  .standard = "0",
	  .help = "Fewer connected replicas than this is unhealthy" },
	{ .name = "tls",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct redis_settings, tls),
	  .fields = config_tls_fields,
	  .help = "How a rediss:// server is trusted" },
	{ 0 },
};

const struct check_kind check_kind_redis = {
	.name = "redis",
	.summary =
		"a Redis or Valkey server answers PING; role, memory and replication as expected",
	.fields = fields,
	.settings_size = sizeof(struct redis_settings),
	.state_size = sizeof(struct redis_state),
	.run_size = sizeof(struct redis_run),
	.prepare = redis_prepare,
	.start = redis_start,
	.stop = redis_stop,
};
