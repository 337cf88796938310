/* breaker_watch.c - one timer; each tick reads events, every fourth also numbers, workers and the
 * file's name.
 *
 * What is cheap (a word a breaker) is done often, because a transition is what somebody waits for;
 * what reads /proc or 240 words a breaker is done once a second.
 */
#include "daemon/breaker_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

enum { NOTICE_MAX = 640 };

struct breaker_watch {
	struct breaker_watch_options options;
	struct io_timer *timer;
	struct bw_mono retry_at;
	unsigned ticks;
	char notice[NOTICE_MAX];
};

static void on_tick(void *arg);

struct breaker_watch *breaker_watch_create(const struct breaker_watch_options *options)
{
	struct breaker_watch *watch = xcalloc(1, sizeof(*watch));

	watch->options = *options;
	watch->timer = io_timer_create(options->loop, on_tick, watch);
	return watch;
}

void breaker_watch_destroy(struct breaker_watch *watch)
{
	if (watch == NULL)
		return;
	io_timer_destroy(watch->timer);
	free(watch);
}

static void tell_left_out(const struct breaker_watch *watch, char out[NOTICE_MAX])
{
	size_t count = guards_left_out(watch->options.guards);

	if (guards_are_held_off(watch->options.guards))
		bw_text_format(out, NOTICE_MAX,
			       "another process holds the registry of %s: not all breakers of the "
			       "configuration are shared yet",
			       shared_region_path(watch->options.region));
	else if (count > 0)
		bw_text_format(out, NOTICE_MAX,
			       "%zu %s of the configuration %s not shared with other processes: "
			       "no room in %s, or a name of more than %d bytes",
			       count, count == 1 ? "breaker" : "breakers",
			       count == 1 ? "is" : "are", shared_region_path(watch->options.region),
			       BW_BREAKER_NAME_MAX);
}

/* Once in the log for as long as it holds; true: it is another one. */
static bool update_notice(struct breaker_watch *watch)
{
	char notice[NOTICE_MAX] = "", quoted[LOG_QUOTE_MAX];

	bw_text_format(notice, sizeof(notice), "%s", shared_region_trouble(watch->options.region));
	if (notice[0] == '\0')
		tell_left_out(watch, notice);
	if (strcmp(notice, watch->notice) == 0)
		return false;
	memcpy(watch->notice, notice, sizeof(notice));
	if (notice[0] != '\0')
		log_write(watch->options.log, LOG_LEVEL_WARNING,
			  "going on with breakers of its own: %s", log_quote(notice, quoted));
	else if (shared_region_is_writable(watch->options.region))
		log_write(watch->options.log, LOG_LEVEL_INFO,
			  "all breakers are shared with other processes");
	return true;
}

/* true: guards stand on another region now. */
static bool open_region(struct breaker_watch *watch)
{
	if (!shared_region_open(watch->options.region))
		return false;
	guards_join(watch->options.guards);
	return true;
}

static bool is_retry_due(struct breaker_watch *watch)
{
	struct bw_mono now = io_loop_mono(watch->options.loop);

	if (bw_mono_since(now, watch->retry_at) < 0)
		return false;
	watch->retry_at = bw_mono_add(now, SHARED_REGION_RETRY_US);
	return true;
}

static void leave_region(struct breaker_watch *watch)
{
	guards_leave(watch->options.guards);
	shared_region_close(watch->options.region);
}

static void keep_region(struct breaker_watch *watch)
{
	struct shared_region *region = watch->options.region;
	bool moved = false;

	if (shared_region_is_replaced(region)) {
		log_write(watch->options.log, LOG_LEVEL_WARNING,
			  "%s is another file now: its breakers begin anew",
			  shared_region_path(region));
		leave_region(watch);
		open_region(watch);
		moved = true;
	} else if (shared_region_get(region) == NULL && shared_region_is_wanted(region)) {
		moved = is_retry_due(watch) && open_region(watch);
	} else if (guards_are_held_off(watch->options.guards)) {
		moved = is_retry_due(watch) && guards_settle(watch->options.guards);
	}
	if (update_notice(watch) || moved)
		watch->options.moved(watch->options.arg);
}

static void look_at_all(struct breaker_watch *watch)
{
	struct guard *guard;
	size_t cursor = 0;

	while ((guard = guards_next(watch->options.guards, &cursor)) != NULL) {
		if (guard_is_shared(guard) && guard_look(guard))
			watch->options.changed(watch->options.arg, guard);
	}
}

static void on_tick(void *arg)
{
	struct breaker_watch *watch = arg;

	io_timer_start(watch->timer, BREAKER_WATCH_US);
	if (++watch->ticks % BREAKER_WATCH_LOOKS == 0)
		keep_region(watch);
	guards_listen(watch->options.guards);
	if (watch->ticks % BREAKER_WATCH_LOOKS == 0)
		look_at_all(watch);
}

void breaker_watch_start(struct breaker_watch *watch)
{
	if (watch->options.region == NULL)
		return;
	guards_listen(watch->options.guards);
	look_at_all(watch);
	update_notice(watch);
	is_retry_due(watch);
	io_timer_start(watch->timer, BREAKER_WATCH_US);
}

void breaker_watch_set(struct breaker_watch *watch, const struct region_settings *settings,
		       size_t breakers)
{
	struct shared_region *region = watch->options.region;

	if (region == NULL || !shared_region_set(region, settings, breakers))
		return;
	if (shared_region_get(region) != NULL)
		leave_region(watch);
	open_region(watch);
}

const char *breaker_watch_notice(const struct breaker_watch *watch)
{
	return watch->notice;
}
