/* breaker_watch.c - a list of what was seen of each breaker, and what came since.
 *
 * Two sources behind one look(): the region's own events, and for a daemon the generations in its
 * list, whose change leads to a second question for the events of that breaker.
 *
 * Signals come through a descriptor, so that one poll() waits for them, for the reader of standard
 * output to go away, and for the time of the next look.
 */
#include "cli/breaker_watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "cli/ask.h"
#include "cli/breaker_document.h"
#include "cli/breaker_look.h"
#include "cli/breaker_print.h"
#include "cli/breaker_region.h"
#include "cli/breaker_remote.h"
#include "cli/print.h"

enum { LOOK_REGION_MS = 100, LOOK_DAEMON_MS = 1000, EVENTS_A_LOOK = 64 };

struct seen {
	struct bw_breaker *breaker; /* NULL: a daemon's */
	uint64_t cursor;            /* of the region's events */
	double generation;          /* of the daemon's last answer */
};

struct watch {
	const struct cli_options *options;
	const char *only; /* NULL: all */
	struct breaker_region region;
	struct bw_strmap *seen;
	bool is_first; /* what is found now is how it was before */
	bool ascii, color;
};

/* --- lines --- */

static void print_event(const struct watch *watch, const json_t *event)
{
	struct cli_lines lines = { .columns = CLI_COLUMNS, .ascii = watch->ascii };
	struct bw_buf buf;
	char *text;

	bw_buf_init(&buf, 0);
	if (watch->options->json) {
		text = json_dumps(event, JSON_COMPACT);
		if (!text)
			xalloc_die();
		bw_buf_format(&buf, "%s\n", text);
		free(text);
		cli_out(&buf);
		return;
	}
	lines.buf = &buf;
	breaker_print_event(&lines, event);
	cli_lines_print(&buf, watch->color);
	bw_buf_finish(&buf);
}

static void print_region_event(const struct watch *watch, const char *name,
			       const struct bw_breaker_event *event)
{
	struct bw_buf text;
	json_t *json;

	bw_buf_init(&text, 0);
	breaker_document_event(name, event, &text);
	json = json_loadb(text.data, text.len, 0, NULL);
	print_event(watch, json);
	json_decref(json);
	bw_buf_finish(&text);
}

/* --- the region --- */

static struct seen *see(struct watch *watch, const char *name)
{
	struct seen *seen = bw_strmap_get(watch->seen, name);

	if (seen)
		return seen;
	seen = xcalloc(1, sizeof *seen);
	xalloc_must(bw_strmap_put(watch->seen, name, seen));
	return seen;
}

static void look_at(struct watch *watch, const char *name)
{
	struct bw_breaker_event events[EVENTS_A_LOOK];
	struct seen *seen = see(watch, name);
	size_t count;

	if (!seen->breaker &&
	    bw_breaker_find(watch->region.region, name, &seen->breaker, NULL) != BW_OK)
		return;
	count = bw_breaker_events(seen->breaker, &seen->cursor, events, EVENTS_A_LOOK, NULL);
	for (size_t i = 0; i < count && !watch->is_first; i++)
		print_region_event(watch, name, &events[i]);
}

static int look_into_region(struct watch *watch)
{
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 0;
	int status = EX_OK;

	if (!watch->region.region)
		status = breaker_region_look(watch->options, &watch->region);
	while (watch->region.region && bw_region_next(watch->region.region, &cursor, name))
		if (!watch->only || strcmp(watch->only, name) == 0)
			look_at(watch, name);
	return status;
}

static int begin_region(struct watch *watch)
{
	struct bw_breaker *breaker;
	int status = breaker_region_look(watch->options, &watch->region);

	if (status != EX_OK)
		return status;
	if (!watch->region.region) {
		cli_fail("no breakers yet: nobody on this host has opened one (looked in %s); "
			 "waiting for the first",
			 watch->region.path);
		return EX_OK;
	}
	if (!watch->only)
		return EX_OK;
	status = breaker_region_find(&watch->region, watch->only, &breaker);
	if (status == EX_OK)
		bw_breaker_close(breaker);
	return status;
}

/* --- a daemon --- */

static double generation_of(const json_t *object)
{
	return json_number_value(json_object_get(object, "generation"));
}

/* The events of one breaker since the last look; its new state where the daemon keeps none. */
static int ask_for_events(const struct watch *watch, const char *name, double since)
{
	json_t *root, *event, *events;
	struct bw_buf body;
	size_t nth, printed = 0;
	int status;

	bw_buf_init(&body, 0);
	status = breaker_remote_get(watch->options, name, &body);
	root = json_loadb(body.data ? body.data : "", body.len, 0, NULL);
	bw_buf_finish(&body);
	events = json_object_get(root, "events");
	json_array_foreach(events, nth, event)
	{
		if (generation_of(event) <= since)
			continue;
		(void)json_object_set_new(event, "name", json_string(name));
		print_event(watch, event);
		printed++;
	}
	if (status == EX_OK && printed == 0) {
		event = json_object();
		(void)json_object_set_new(event, "name", json_string(name));
		(void)json_object_set(event, "to",
				      json_object_get(json_object_get(root, "breaker"), "state"));
		print_event(watch, event);
		json_decref(event);
	}
	json_decref(root);
	return status;
}

static int look_at_answer(struct watch *watch, const json_t *root)
{
	const char *name;
	json_t *breaker;
	int status = EX_OK;

	json_object_foreach(json_object_get(root, "breakers"), name, breaker)
	{
		double generation = generation_of(breaker);
		bool is_new = !bw_strmap_get(watch->seen, name);
		struct seen *seen;

		if (watch->only && strcmp(watch->only, name) != 0)
			continue;
		seen = see(watch, name);
		if (!watch->is_first && status == EX_OK &&
		    (is_new ? generation > 1 : generation != seen->generation))
			status = ask_for_events(watch, name, seen->generation);
		seen->generation = generation;
	}
	return status;
}

static int look_at_daemon(struct watch *watch)
{
	struct bw_buf body;
	json_t *root;
	int status;

	bw_buf_init(&body, 0);
	status = cli_ask(watch->options->url, "/api/v1/breakers", &body);
	if (status == EX_OK) {
		root = json_loadb(body.data ? body.data : "", body.len, 0, NULL);
		status = look_at_answer(watch, root);
		json_decref(root);
	}
	bw_buf_finish(&body);
	return status;
}

static int begin_daemon(struct watch *watch)
{
	struct bw_buf body;
	int status = EX_OK;

	bw_buf_init(&body, 0);
	if (watch->only)
		status = breaker_remote_get(watch->options, watch->only, &body);
	bw_buf_finish(&body);
	return status;
}

/* --- the loop --- */

static int look(struct watch *watch)
{
	int status = watch->options->url ? look_at_daemon(watch) : look_into_region(watch);

	watch->is_first = false;
	(void)fflush(stdout);
	return status;
}

/* Nobody reads any more: no complaint about that, and none from whoever flushes later. */
static int forget_output(void)
{
	__fpurge(stdout);
	clearerr(stdout);
	return EX_OK;
}

static int loop(struct watch *watch, int signals)
{
	struct pollfd waits[] = { { .fd = signals, .events = POLLIN }, { .fd = STDOUT_FILENO } };
	int interval = watch->options->url ? LOOK_DAEMON_MS : LOOK_REGION_MS;
	int status = EX_OK;

	while (status == EX_OK) {
		status = look(watch);
		if (ferror(stdout))
			return forget_output();
		if (status == EX_OK && poll(waits, 2, interval) > 0)
			return waits[0].revents ? EX_OK : forget_output();
	}
	return status;
}

static int watch_until_stopped(struct watch *watch)
{
	int status = watch->options->url ? begin_daemon(watch) : begin_region(watch);
	sigset_t set;
	int signals;

	if (status != EX_OK)
		return status;
	if (!watch->options->json && isatty(STDOUT_FILENO) && !watch->only)
		status = breaker_list_run(watch->options);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (status == EX_OK)
		status = look(watch);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0) {
		cli_fail("breaker watch: signals cannot be waited for");
		return EX_OSERR;
	}
	if (status == EX_OK)
		status = loop(watch, signals);
	(void)close(signals);
	return status;
}

int breaker_watch_run(const struct cli_options *options)
{
	struct watch watch = {
		.options = options,
		.only = options->word_count > 1 ? options->words[1] : NULL,
		.seen = bw_strmap_create(),
		.is_first = true,
		.ascii = !cli_is_utf8(),
		.color = cli_has_color(stdout) && !options->no_color,
	};
	struct bw_strmap_entry entry;
	size_t cursor = 0;
	int status;

	if (!watch.seen)
		xalloc_die();
	(void)signal(SIGPIPE, SIG_IGN);
	status = watch_until_stopped(&watch);
	while (bw_strmap_next(watch.seen, &cursor, &entry)) {
		struct seen *seen = entry.value;

		bw_breaker_close(seen->breaker);
		free(seen);
	}
	bw_strmap_destroy(watch.seen);
	breaker_region_close(&watch.region);
	return status;
}
