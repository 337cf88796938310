/* daemon.c - puts the parts together in the order they need each other, and takes them apart in
 * reverse.
 *
 *   settings -> loop -> server (bound: its address is known) -> store -> engine -> publisher
 *
 * The server answers from the first moment; until the engine's first turn /api/v1/dashboard says
 * 503.
 */
#include "daemon/daemon.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "daemon/api.h"
#include "daemon/assets.h"
#include "daemon/detect.h"
#include "daemon/engine.h"
#include "daemon/live.h"
#include "daemon/log.h"
#include "daemon/publish.h"
#include "daemon/reload.h"
#include "daemon/self_watch.h"
#include "daemon/settings.h"
#include "daemon/store_place.h"
#include "daemon/systemd.h"
#include "daemon/watchdog.h"
#include "http/server.h"
#include "io/loop.h"
#include "remote/remote.h"
#include "storage/store.h"

#define GRACE_US (5 * BW_SECOND_US)
/* A clock that is wrong is mostly put right within that. */
#define CLOCK_PATIENCE_US (3600 * BW_SECOND_US)

struct daemon {
	const struct daemon_options *options;
	struct log *log;
	struct io_loop *loop;
	struct http_server *server;
	struct store *store;
	struct io_wakeup *store_ready;
	struct publisher *publisher;
	struct live *live;
	struct status_page *status_page;
	struct uptime_book *uptimes;
	struct self_watch *self_watch;
	struct watchdog *watchdog;
	struct engine *engine;
	struct remote *remote;
	struct detect *detect;
	struct reload *reload;
	struct systemd *systemd;
	struct io_signal *on_term, *on_int, *on_hup;
	struct api api;
	char *bound; /* the settings that only a start puts into force, as text */
};

/* The configuration for what runs here; never wrong, as it is ours. */
static struct daemon_settings *detected_settings(const struct daemon *daemon)
{
	const char *address =
		daemon->server == NULL ? NULL : http_server_address(daemon->server, 0);
	struct daemon_settings *settings = NULL;
	struct bw_buf text;
	char *report = NULL;

	if (address != NULL && strncmp(address, "unix:", 5) == 0)
		address = NULL;
	bw_buf_init(&text, 0);
	detect_write_config(daemon->detect, address, &text);
	enum bw_status status = daemon_settings_parse("built-in configuration", text.data, text.len,
						      &settings, &report);
	if (status != BW_OK)
		fputs(report == NULL ? "no memory\n" : report, stderr);
	bw_assert(status == BW_OK);
	bw_buf_finish(&text);
	self_watch_extend(daemon->self_watch, settings);
	return settings;
}

static enum bw_status read_settings(const struct daemon *daemon, struct daemon_settings **out,
				    char **report)
{
	enum bw_status status;

	if (daemon->options->config_path == NULL) {
		*out = detected_settings(daemon);
		return BW_OK;
	}
	status = daemon_settings_load(daemon->options->config_path, out, report);
	if (status == BW_OK)
		self_watch_extend(daemon->self_watch, *out);
	return status;
}

static void add_texts(struct bw_buf *out, const struct config_list *list)
{
	const char *const *texts = list->items;

	for (size_t i = 0; i < list->count; i++)
		bw_buf_format(out, "%s\n", texts[i]);
	bw_buf_byte(out, '\n');
}

/* What a reload cannot change: sockets are bound and the store is open. malloc()ed. */
static char *bound_text(const struct daemon_settings *settings)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	add_texts(&out, &settings->server.listen);
	add_texts(&out, &settings->server.allowed_hosts);
	bw_buf_format(&out, "%s\n", settings->storage.path == NULL ? "" : settings->storage.path);
	bw_buf_format(&out, "%s\n", settings->storage.url == NULL ? "" : settings->storage.url);
	bw_buf_text(&out, settings->storage.instance == NULL ? "" : settings->storage.instance);
	bw_assert(out.status == BW_OK);
	return bw_buf_take(&out, NULL);
}

static void tell_unbound(struct daemon *daemon)
{
	static const char notice[] = "server.listen, server.allowed_hosts, or where storage keeps "
				     "its history, has changed: that takes a restart";
	char *now = bound_text(engine_settings(daemon->engine));
	bool changed = daemon->options->config_path != NULL && strcmp(now, daemon->bound) != 0;

	free(now);
	publisher_set_notice(daemon->publisher, PUBLISHER_NOTICE_RELOAD, changed ? notice : NULL);
	if (changed)
		log_write(daemon->log, LOG_LEVEL_WARNING, "%s; going on as before", notice);
}

static void tell_reload(struct daemon *daemon, const char *report)
{
	char notice[LOG_QUOTE_MAX + 64], quoted[LOG_QUOTE_MAX], line[LOG_QUOTE_MAX];

	daemon->api.reload_failed = report != NULL;
	if (report == NULL) {
		log_write(daemon->log, LOG_LEVEL_INFO, "%s: %zu components",
			  daemon->detect == NULL ? "configuration read anew"
						 : "looked for services on loopback",
			  engine_component_count(daemon->engine));
		tell_unbound(daemon);
		return;
	}
	fputs(report, stderr);
	log_write(daemon->log, LOG_LEVEL_WARNING,
		  "the changed configuration is wrong; keeping the old configuration");
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(report, "\n"), report);
	snprintf(notice, sizeof(notice), "The changed configuration is wrong and not in force: %s",
		 log_quote(line, quoted));
	publisher_set_notice(daemon->publisher, PUBLISHER_NOTICE_RELOAD, notice);
}

/* Whoever hears of us, as these settings say. */
static void tell_others(struct daemon *daemon, const struct daemon_settings *settings)
{
	watchdog_set(daemon->watchdog, settings->watchdog.url, settings->watchdog.every_us);
	remote_set(daemon->remote, settings->remotes, settings->remote_count,
		   settings->storage.history_us);
}

static bool reload_settings(void *arg, char **report)
{
	struct daemon *daemon = arg;
	struct daemon_settings *settings = NULL;
	enum bw_status status = read_settings(daemon, &settings, report);

	if (status == BW_OK) {
		status = engine_reload(daemon->engine, settings, report);
		if (status != BW_OK)
			daemon_settings_destroy(settings);
		else
			tell_others(daemon, settings);
	}
	tell_reload(daemon, status == BW_OK ? NULL : *report == NULL ? "no memory\n" : *report);
	return status == BW_OK;
}

static void on_change(void *arg)
{
	char *report = NULL;

	reload_settings(arg, &report);
	free(report);
}

static void on_stop(void *arg)
{
	struct daemon *daemon = arg;

	log_write(daemon->log, LOG_LEVEL_INFO, "stopping: ending what is in flight");
	systemd_tell("STOPPING=1");
	io_loop_stop(daemon->loop);
}

static void on_turn(void *arg, const struct engine_turn *turn)
{
	struct daemon *daemon = arg;

	publisher_turn(daemon->publisher, turn);
	live_turn(daemon->live, turn);
	if (turn->reloaded)
		status_page_forget(daemon->status_page);
}

static void wake_for_store(void *arg)
{
	io_wakeup_send(arg);
}

static void on_store_ready(void *arg)
{
	struct daemon *daemon = arg;

	store_dispatch(daemon->store);
}

static void tell_no_folder(struct daemon *daemon, const struct bw_error *why)
{
	char notice[sizeof(why->text) + 64];

	snprintf(notice, sizeof(notice), "%s; keeping history in memory only", why->text);
	log_write(daemon->log, LOG_LEVEL_WARNING, "%s", notice);
	publisher_set_notice(daemon->publisher, PUBLISHER_NOTICE_STORAGE, notice);
}

static void open_store(struct daemon *daemon, const struct daemon_settings *settings)
{
	struct bw_error err = { "" };
	struct store_place place;

	daemon->store_ready = io_wakeup_create(daemon->loop, on_store_ready, daemon);
	if (store_place_find(settings, daemon->options->data_dir, &place, &err) != BW_OK)
		tell_no_folder(daemon, &err);
	const struct store_config config = {
		.path = place.where,
		.instance = place.instance,
		.history_us = settings->storage.history_us,
		.rollups_us = settings->storage.rollups_us,
		.limit_bytes = settings->storage.limit_bytes,
		.patience_us = CLOCK_PATIENCE_US,
		.wake = wake_for_store,
		.wake_arg = daemon->store_ready,
	};
	enum bw_status status =
		store_open(&config, io_loop_wall(daemon->loop), &daemon->store, &err);
	if (status != BW_OK)
		log_write(daemon->log, LOG_LEVEL_WARNING,
			  "%s; keeping history in memory until the store opens", err.text);
	bw_assert(daemon->store != NULL);
	free(place.where);
}

/* The same texts, ended by NULL; the array is the caller's. */
static const char **ended_list(const struct config_list *list)
{
	const char **ended = xcalloc(list->count + 1, sizeof(*ended));

	if (list->count > 0)
		memcpy((void *)ended, list->items, list->count * sizeof(*ended));
	return ended;
}

/* Streams take half of the descriptors at most: the rest is for checks and those who ask. */
static struct http_limits server_limits(void)
{
	struct http_limits limits = http_limits_default;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur / 2 < (rlim_t)limits.streams_max)
		limits.streams_max = (int)(files.rlim_cur / 2);
	return limits;
}

static enum bw_status create_server(struct daemon *daemon, const struct daemon_settings *settings,
				    struct bw_error *err)
{
	const char *const single[] = { daemon->options->listen, NULL };
	const char **listen = ended_list(&settings->server.listen);
	const char **hosts = ended_list(&settings->server.allowed_hosts);
	const struct http_server_config config = {
		.listen = single[0] != NULL ? single : listen,
		.allowed_hosts = hosts,
		.limits = server_limits(),
	};
	enum bw_status status = http_server_create(daemon->loop, &config, api_routes, &daemon->api,
						   &daemon->server, err);

	free((void *)listen);
	free((void *)hosts);
	return status;
}

static enum bw_status start_server(struct daemon *daemon, const struct daemon_settings *settings,
				   struct bw_error *err)
{
	enum bw_status status = create_server(daemon, settings, err);

	if (status != BW_OK)
		return status;
	assets_publish(daemon->server);
	daemon->publisher = publisher_create(daemon->loop, daemon->server);
	daemon->live = live_create(daemon->loop, daemon->server);
	daemon->status_page = status_page_create();
	daemon->uptimes = uptime_book_create();
	return http_server_start(daemon->server, err);
}

static uint64_t count_turns(void *arg)
{
	const struct daemon *daemon = arg;
	struct engine_stats stats;

	engine_stats(daemon->engine, &stats);
	return stats.turns;
}

static void log_remote(void *arg, bool is_trouble, const char *text)
{
	struct daemon *daemon = arg;
	char quoted[LOG_QUOTE_MAX];

	log_write(daemon->log, is_trouble ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s",
		  log_quote(text, quoted));
}

static void start_remote(struct daemon *daemon)
{
	const struct remote_options options = {
		.loop = daemon->loop,
		.store = daemon->store,
		.seed = (uint64_t)io_loop_wall(daemon->loop).us,
		.log = log_remote,
		.arg = daemon,
	};

	daemon->remote = remote_create(&options);
	daemon->api.remote = daemon->remote;
}

/* The daemon's look at itself, and its sign of life to others. */
static void start_self_watch(struct daemon *daemon)
{
	const struct watchdog_options options = {
		.loop = daemon->loop, .log = daemon->log, .turns = count_turns, .arg = daemon
	};

	daemon->watchdog = watchdog_create(&options);
	const struct self_watch_world world = {
		.engine = daemon->engine,
		.store = daemon->store,
		.outbox = engine_outbox(daemon->engine),
		.remote = daemon->remote,
		.watchdog = daemon->watchdog,
	};
	self_watch_follow(daemon->self_watch, &world);
}

static enum bw_status start_engine(struct daemon *daemon, struct daemon_settings *settings,
				   char **report)
{
	const struct engine_options options = {
		.loop = daemon->loop,
		.settings = settings,
		.store = daemon->store,
		.log = daemon->log,
		.host_root = "/",
		.shares_breakers = true,
		.on_turn = on_turn,
		.arg = daemon,
	};
	enum bw_status status = engine_create(&options, &daemon->engine, report);

	if (status != BW_OK)
		return status;
	daemon->api = (struct api){
		.engine = daemon->engine,
		.server = daemon->server,
		.publisher = daemon->publisher,
		.live = daemon->live,
		.status_page = daemon->status_page,
		.uptimes = daemon->uptimes,
		.reload = reload_settings,
		.arg = daemon,
	};
	daemon->bound = bound_text(settings);
	publisher_bind(daemon->publisher, daemon->engine);
	live_bind(daemon->live, daemon->engine, daemon->publisher);
	start_remote(daemon);
	start_self_watch(daemon);
	engine_start(daemon->engine);
	remote_left_at(daemon->remote, engine_left_at(daemon->engine));
	tell_others(daemon, engine_settings(daemon->engine));
	return BW_OK;
}

static void start_watching(struct daemon *daemon)
{
	daemon->on_term = io_signal_create(daemon->loop, SIGTERM, on_stop, daemon);
	daemon->on_int = io_signal_create(daemon->loop, SIGINT, on_stop, daemon);
	daemon->on_hup = io_signal_create(daemon->loop, SIGHUP, on_change, daemon);
	daemon->systemd = systemd_create(daemon->loop);
	if (daemon->options->config_path != NULL)
		daemon->reload = reload_create(daemon->loop, daemon->options->config_path,
					       on_change, daemon);
	else
		daemon->detect = detect_create(daemon->loop, on_change, daemon);
}

static void tell_ready(struct daemon *daemon)
{
	const struct daemon_settings *settings = engine_settings(daemon->engine);
	const char *address;

	for (size_t i = 0; i < settings->warning_count; i++)
		log_write(daemon->log, LOG_LEVEL_WARNING, "%s", settings->warnings[i]);
	for (int i = 0; (address = http_server_address(daemon->server, i)) != NULL; i++)
		log_write(daemon->log, LOG_LEVEL_INFO, "serving on %s%s, watching %zu components",
			  strncmp(address, "unix:", 5) == 0 ? "" : "http://", address,
			  engine_component_count(daemon->engine));
	systemd_tell("READY=1");
}

static void stop_all(struct daemon *daemon)
{
	detect_destroy(daemon->detect);
	reload_destroy(daemon->reload);
	systemd_destroy(daemon->systemd);
	io_signal_destroy(daemon->on_term);
	io_signal_destroy(daemon->on_int);
	io_signal_destroy(daemon->on_hup);
	if (daemon->server != NULL)
		http_server_stop(daemon->server, GRACE_US);
	watchdog_destroy(daemon->watchdog);
	remote_destroy(daemon->remote);
	engine_destroy(daemon->engine);
	self_watch_destroy(daemon->self_watch);
	publisher_destroy(daemon->publisher);
	live_destroy(daemon->live);
	status_page_destroy(daemon->status_page);
	uptime_book_destroy(daemon->uptimes);
	daemon->api.uptimes = NULL;
	/* Questions to the store that are still open are answered now, and their requests must be
	 * there. */
	if (daemon->store != NULL)
		store_close(daemon->store, GRACE_US);
	http_server_destroy(daemon->server);
	if (daemon->store_ready != NULL)
		io_wakeup_destroy(daemon->store_ready);
	io_loop_destroy(daemon->loop);
	free(daemon->bound);
}

/* As many descriptors as the system allows: every check in flight needs one. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* An exit status. */
static int report_unreadable(char *report)
{
	report[strcspn(report, "\n")] = '\0';
	fprintf(stderr, "bellwether: %s; name a file or a folder\n", report);
	return EX_NOINPUT;
}

static int report_failure(const char *report, int status)
{
	fputs(report == NULL ? "bellwether: no memory\n" : report, stderr);
	return status;
}

/* What can fail before the loop runs; an exit status. */
static int start_all(struct daemon *daemon)
{
	struct daemon_settings *settings = NULL;
	struct bw_error err = { "" };
	char *report = NULL;
	int exit_status = EX_OK;
	enum bw_status status = read_settings(daemon, &settings, &report);

	if (status == BW_ENOTFOUND || status == BW_EIO) {
		exit_status = report_unreadable(report);
	} else if (status != BW_OK) {
		exit_status = report_failure(report, EX_CONFIG);
	} else if ((status = start_server(daemon, settings, &err)) != BW_OK) {
		fprintf(stderr, "bellwether: %s\n", err.text);
		daemon_settings_destroy(settings);
		exit_status = status != BW_EINVAL               ? EX_UNAVAILABLE
			      : daemon->options->listen != NULL ? EX_USAGE
								: EX_CONFIG;
	} else {
		if (daemon->options->config_path == NULL) { /* now with the address to watch */
			daemon_settings_destroy(settings);
			settings = detected_settings(daemon);
		}
		open_store(daemon, settings);
		if (start_engine(daemon, settings, &report) != BW_OK) {
			daemon_settings_destroy(settings);
			exit_status = report_failure(report, EX_CONFIG);
		}
	}
	free(report);
	return exit_status;
}

int daemon_serve(const struct daemon_options *options)
{
	struct daemon daemon = { .options = options };
	int exit_status;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ,
	       SIG_IGN); /* a limit on file sizes is a full disk, which the store survives */
	raise_descriptor_limit();
	mallopt(M_ARENA_MAX, 2);
	daemon.log = log_create(STDERR_FILENO, options->verbosity < 0    ? LOG_LEVEL_WARNING
					       : options->verbosity == 0 ? LOG_LEVEL_INFO
									 : LOG_LEVEL_DEBUG);
	daemon.loop = io_loop_create();
	daemon.self_watch = self_watch_create(daemon.loop);
	exit_status = start_all(&daemon);
	if (exit_status == EX_OK) {
		start_watching(&daemon);
		tell_ready(&daemon);
		io_loop_run(daemon.loop);
	}
	stop_all(&daemon);
	log_destroy(daemon.log);
	return exit_status;
}
