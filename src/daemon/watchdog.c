/* watchdog.c - one timer for the rhythm, one for the time-out, one request at a time.
 *
 * Failures change nothing of the rhythm: the other side counts what stays away, and a late ping is
 * worth less than the next one in time.
 */
#include "daemon/watchdog.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "daemon/log.h"
#include "io/fetch.h"

enum { REDIRECTS_MAX = 3 };

struct watchdog {
	struct watchdog_options options;
	char *url; /* NULL: nobody is pinged */
	int64_t every_us;
	struct io_timer *rhythm, *timeout;
	struct io_fetch *fetch; /* NULL: none is under way */
	uint64_t turns;         /* as last seen, and when they had changed: */
	struct bw_mono turned;
	struct bw_wall last_ok, failing_since;
	char trouble[WATCHDOG_TEXT_MAX];
};

static void note_success(struct watchdog *watchdog)
{
	watchdog->last_ok = io_loop_wall(watchdog->options.loop);
	if (watchdog->failing_since.us != 0)
		log_write(watchdog->options.log, LOG_LEVEL_INFO, "the watchdog is reached again");
	watchdog->failing_since = (struct bw_wall){ 0 };
	watchdog->trouble[0] = '\0';
}

static void note_trouble(struct watchdog *watchdog, const char *format, ...) BW_PRINTF(2, 3);

static void note_trouble(struct watchdog *watchdog, const char *format, ...)
{
	char quoted[LOG_QUOTE_MAX];
	va_list args;

	va_start(args, format);
	bw_text_format_args(watchdog->trouble, sizeof(watchdog->trouble), format, args);
	va_end(args);
	if (watchdog->failing_since.us != 0)
		return;
	watchdog->failing_since = io_loop_wall(watchdog->options.loop);
	log_write(watchdog->options.log, LOG_LEVEL_WARNING,
		  "no sign of life to the watchdog: %s; trying again in its rhythm",
		  log_quote(watchdog->trouble, quoted));
}

static void end_request(struct watchdog *watchdog)
{
	io_timer_stop(watchdog->timeout);
	io_fetch_stop(watchdog->fetch);
	watchdog->fetch = NULL;
}

static void on_answer(void *arg, const struct io_fetch_result *result)
{
	struct watchdog *watchdog = arg;

	if (result->error.failure != IO_OK)
		note_trouble(watchdog, "%s", result->error.text);
	else if (result->status / 100 != 2)
		note_trouble(watchdog, "HTTP %d", result->status);
	else
		note_success(watchdog);
	end_request(watchdog);
}

static void on_timeout(void *arg)
{
	struct watchdog *watchdog = arg;

	end_request(watchdog);
	note_trouble(watchdog, "no answer within %d s", (int)(WATCHDOG_TIMEOUT_US / BW_SECOND_US));
}

/* The engine has taken a turn since the latest look, or not long ago. */
static bool engine_is_alive(struct watchdog *watchdog)
{
	uint64_t turns = watchdog->options.turns(watchdog->options.arg);
	struct bw_mono now = io_loop_mono(watchdog->options.loop);

	if (turns != watchdog->turns)
		watchdog->turned = now;
	watchdog->turns = turns;
	return bw_mono_since(now, watchdog->turned) < WATCHDOG_TURN_US;
}

static void ping(struct watchdog *watchdog)
{
	const struct io_fetch_options options = {
		.url = watchdog->url,
		.redirects_max = REDIRECTS_MAX,
		.tls = { .verify = true },
	};

	if (io_fetch_start(watchdog->options.loop, &options, on_answer, watchdog, &watchdog->fetch,
			   NULL) == BW_OK)
		io_timer_start(watchdog->timeout, WATCHDOG_TIMEOUT_US);
	else
		note_trouble(watchdog, "its address cannot be asked");
}

static void on_rhythm(void *arg)
{
	struct watchdog *watchdog = arg;
	bool is_alive = engine_is_alive(watchdog);

	io_timer_start(watchdog->rhythm, watchdog->every_us);
	if (!is_alive)
		note_trouble(watchdog, "the engine has taken no turn for %d s",
			     (int)(WATCHDOG_TURN_US / BW_SECOND_US));
	else if (watchdog->fetch == NULL)
		ping(watchdog);
}

struct watchdog *watchdog_create(const struct watchdog_options *options)
{
	struct watchdog *watchdog = xcalloc(1, sizeof(*watchdog));

	watchdog->options = *options;
	watchdog->rhythm = io_timer_create(options->loop, on_rhythm, watchdog);
	watchdog->timeout = io_timer_create(options->loop, on_timeout, watchdog);
	return watchdog;
}

void watchdog_destroy(struct watchdog *watchdog)
{
	if (watchdog == NULL)
		return;
	end_request(watchdog);
	io_timer_destroy(watchdog->rhythm);
	io_timer_destroy(watchdog->timeout);
	free(watchdog->url);
	free(watchdog);
}

static bool is_same(const struct watchdog *watchdog, const char *url, int64_t every_us)
{
	if (url == NULL || watchdog->url == NULL)
		return url == watchdog->url;
	return strcmp(url, watchdog->url) == 0 && every_us == watchdog->every_us;
}

void watchdog_set(struct watchdog *watchdog, const char *url, int64_t every_us)
{
	if (is_same(watchdog, url, every_us))
		return;
	end_request(watchdog);
	io_timer_stop(watchdog->rhythm);
	free(watchdog->url);
	watchdog->url = url != NULL ? xstrdup(url) : NULL;
	watchdog->every_us = every_us;
	watchdog->last_ok = watchdog->failing_since = (struct bw_wall){ 0 };
	watchdog->trouble[0] = '\0';
	if (url == NULL)
		return;
	watchdog->turned = io_loop_mono(watchdog->options.loop);
	on_rhythm(watchdog);
}

void watchdog_state(const struct watchdog *watchdog, struct watchdog_state *out)
{
	*out = (struct watchdog_state){
		.is_set = watchdog->url != NULL,
		.every_us = watchdog->every_us,
		.last_ok = watchdog->last_ok,
		.failing_since = watchdog->failing_since,
	};
	memcpy(out->trouble, watchdog->trouble, sizeof(out->trouble));
}
