/* cmd_top.c - `bellwether top`: asks the daemon every second and keeps the answer on screen.
 *
 * What counts is the age of the last answer, as on the page: a daemon that was stopped keeps its
 * sockets. After LATE_US the picture says so; after LOST_US, or as soon as nobody is there to be
 * asked, the verdict is unknown and nothing keeps its colour. A question names the answer that is
 * known, so that an answer that did not change costs a few bytes.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/display.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/screen.h"
#include "cli/top_source.h"
#include "cli/top_view.h"

#define ASK_US BW_SECOND_US
#define TICK_US BW_SECOND_US
#define SLACK_US (BW_SECOND_US / 10)
#define LATE_US (4 * BW_SECOND_US)
#define LOST_US (15 * BW_SECOND_US)
#define HISTORY_US (15 * BW_SECOND_US)
#define CHECKS_US (5 * BW_SECOND_US)
#define MESSAGE_US (5 * BW_SECOND_US)
#define RETRY_MAX_US (30 * BW_SECOND_US)
#define RETRY_STEPS 64

enum { CHECKS_SHOWN = 60, SIGNALS = 4, TEXT_MAX = 200, ETAG_MAX = 64 };

struct top {
	struct io_loop *loop;
	struct io_timer *tick;
	struct top_source *source;
	struct top_view view;
	struct cli_overview overview;
	struct top_trend trend;
	json_t *checks;
	char etag[ETAG_MAX];
	struct bw_mono taken;    /* when the document came */
	struct bw_mono answered; /* when the daemon last answered */
	struct bw_mono next, next_history, next_checks;
	int64_t retry_us;
	bool is_gone; /* the last question found nobody */
	char failure[TEXT_MAX], message[TEXT_MAX], armed[TOP_NAME_MAX], order[TEXT_MAX];
	struct bw_mono message_ends;
};

static const struct cli_option top_options[] = {
	{ "url", 'u', "URL", "the daemon; http://127.0.0.1:8090, or unix:/PATH",
	  offsetof(struct cli_options, url) },
	CLI_OPTION_NO_COLOR,
	{ 0 },
};

static int64_t until(const struct top *top, struct bw_mono time)
{
	return bw_mono_since(time, io_loop_mono(top->loop));
}

static void say(struct top *top, const char *what, const char *more)
{
	bw_text_format(top->message, sizeof top->message, "%s%s", what, more);
	top->message_ends = bw_mono_add(io_loop_mono(top->loop), MESSAGE_US);
}

/* The picture */

static enum top_state state_of(const struct top *top, int64_t silent_us)
{
	if (!top->view.overview)
		return TOP_WAITING;
	if (top->view.paused)
		return TOP_LIVE;
	if (top->is_gone || silent_us > LOST_US)
		return TOP_LOST;
	return silent_us > LATE_US ? TOP_LATE : TOP_LIVE;
}

static void prepare(struct top *top)
{
	struct top_view *view = &top->view;
	int64_t retry = until(top, top->next);

	view->silent_us = -until(top, top->answered);
	view->state = state_of(top, view->silent_us);
	view->retry_us = top_source_is_asking(top->source, TOP_DOCUMENT) || retry < 0 ? 0 : retry;
	view->failure = top->failure;
	if (until(top, top->message_ends) <= 0)
		top->message[0] = top->armed[0] = '\0';
	view->message = top->message;
	view->now = top->overview.made;
	view->now.us += bw_mono_since(top->answered, top->taken);
	if (view->state != TOP_LOST && !view->paused)
		view->now.us += view->silent_us;
}

static void draw(struct top *top)
{
	size_t rows, columns, marked;
	struct bw_buf buf;

	screen_size(&rows, &columns);
	bw_buf_init(&buf, 0);
	prepare(top);
	top_view_draw(&top->view, rows, columns, &buf, &marked);
	screen_show(buf.data ? buf.data : "", marked);
	bw_buf_finish(&buf);
}

/* Questions */

static void ask(struct top *top, enum top_slot slot, const struct top_question *question)
{
	struct bw_error err;

	if (top_source_ask(top->source, slot, question, &err) != BW_OK)
		say(top, err.text, "");
}

static void ask_document(struct top *top)
{
	ask(top, TOP_DOCUMENT, &(struct top_question){ "/api/v1/dashboard", top->etag, false });
}

static void ask_history(struct top *top)
{
	int64_t span_us = (int64_t)top_view_hours(&top->view) * 3600 * BW_SECOND_US;
	char from[BW_WALL_TEXT_MAX];
	struct bw_buf path;

	bw_wall_format((struct bw_wall){ top->overview.made.us - span_us }, from);
	bw_buf_init(&path, 0);
	bw_buf_text(&path, "/api/v1/history?format=columns&points=1000&from=");
	top_source_encode(&path, from);
	ask(top, TOP_HISTORY, &(struct top_question){ path.data, "", false });
	bw_buf_finish(&path);
	top->next_history = bw_mono_add(io_loop_mono(top->loop), HISTORY_US);
}

static void ask_checks(struct top *top)
{
	const struct cli_entry *entry = top_view_chosen(&top->view);
	char from[BW_WALL_TEXT_MAX];
	double every;
	struct bw_buf path;

	if (!top->view.open || !entry || top->view.panel != TOP_COMPONENTS)
		return;
	every = json_number_value(json_object_get(entry->object, "every_seconds"));
	if (!(every > 0 && every < 86400))
		every = 86400.0 / CHECKS_SHOWN;
	bw_wall_format((struct bw_wall){ top->overview.made.us -
					 (int64_t)(every * CHECKS_SHOWN * (double)BW_SECOND_US) },
		       from);
	bw_buf_init(&path, 0);
	bw_buf_text(&path, "/api/v1/components/");
	top_source_encode(&path, entry->name);
	bw_buf_text(&path, "/history?from=");
	top_source_encode(&path, from);
	ask(top, TOP_CHECKS, &(struct top_question){ path.data, "", false });
	bw_buf_finish(&path);
	top->next_checks = bw_mono_add(io_loop_mono(top->loop), CHECKS_US);
}

/* POST of an order about `name`. */
static void order(struct top *top, const char *folder, const char *name, const char *verb)
{
	struct bw_buf path;

	bw_buf_init(&path, 0);
	bw_buf_format(&path, "/api/v1/%s/", folder);
	top_source_encode(&path, name);
	bw_buf_format(&path, "/%s", verb);
	bw_text_format(top->order, sizeof top->order, "%s: %s", name, verb);
	say(top, top->order, "...");
	ask(top, TOP_ORDER, &(struct top_question){ path.data, "", true });
	bw_buf_finish(&path);
}

static void check_now(struct top *top)
{
	const struct cli_entry *entry = top_view_chosen(&top->view);

	if (entry && (top->view.panel == TOP_COMPONENTS || top->view.panel == TOP_BREAKERS))
		order(top, "components", entry->name, "check");
	else
		say(top, "choose a component to check", "");
}

static void reset(struct top *top)
{
	const struct cli_entry *entry = top_view_chosen(&top->view);
	const json_t *breakers = json_object_get(
		json_object_get(top->overview.document, "circuit_breakers"), "breakers");

	if (!entry || top->view.panel > TOP_BREAKERS || !json_object_get(breakers, entry->name)) {
		say(top, "choose a breaker, or a component that has one, to reset it", "");
	} else if (strcmp(top->armed, entry->name) == 0) {
		top->armed[0] = '\0';
		order(top, "breakers", entry->name, "reset");
	} else {
		bw_text_format(top->armed, sizeof top->armed, "%s", entry->name);
		say(top, "R again within 5 s resets the breaker ", entry->name);
	}
}

/* Answers */

static void lose(struct top *top, const char *why, bool is_gone)
{
	int64_t jitter =
		top->retry_us / 4 / RETRY_STEPS * (io_loop_mono(top->loop).us % RETRY_STEPS);

	bw_text_format(top->failure, sizeof top->failure, "%s", why);
	top->is_gone = is_gone;
	top->next = bw_mono_add(io_loop_mono(top->loop), top->retry_us - jitter);
	top->retry_us = 2 * top->retry_us < RETRY_MAX_US ? 2 * top->retry_us : RETRY_MAX_US;
}

static void keep_etag(struct top *top, const struct io_fetch_result *result)
{
	const char *at = result->headers, *end = at + result->headers_len;

	top->etag[0] = '\0';
	while (at && at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((next ? next : end) - at);

		if (len > 6 && strncasecmp(at, "etag: ", 6) == 0) {
			len -= 6 + (at[len - 1] == '\r');
			bw_text_format(top->etag, sizeof top->etag, "%.*s",
				       len < ETAG_MAX - 1 ? (int)len : 0, at + 6);
		}
		at = next ? next + 1 : end;
	}
}

static void welcome(struct top *top, struct bw_mono asked)
{
	struct bw_buf text;

	if (top->view.state == TOP_LOST) {
		bw_buf_init(&text, 0);
		bw_buf_text(&text, "Live again after ");
		cli_line_age(&text, (double)bw_mono_since(asked, top->answered) / BW_SECOND_US);
		bw_buf_byte(&text, '\0');
		say(top, text.data, "");
		bw_buf_finish(&text);
		top->next_history = asked;
	}
	top->answered = asked;
	top->is_gone = false;
	top->failure[0] = '\0';
	top->retry_us = BW_SECOND_US;
	top->next = bw_mono_add(asked, ASK_US - SLACK_US);
}

static void take_document(struct top *top, const struct io_fetch_result *result,
			  struct bw_mono asked)
{
	struct cli_overview overview;
	char why[TEXT_MAX];

	if (!result) {
		lose(top, "no answer for 15 s", false);
	} else if (result->error.failure != IO_OK) {
		lose(top, result->error.text, true);
	} else if (result->status == 304 && top->view.overview) {
		welcome(top, asked);
	} else if (result->status != 200 || result->cut ||
		   cli_overview_init(&overview, result->body, result->body_len) != BW_OK) {
		bw_text_format(why, sizeof why, "the answer (HTTP status %d) is no dashboard",
			       result->status);
		lose(top, why, false);
	} else {
		cli_overview_finish(&top->overview);
		top->overview = overview;
		top->view.overview = &top->overview;
		keep_etag(top, result);
		welcome(top, asked);
		top->taken = asked;
	}
}

static bool is_good(const struct io_fetch_result *result)
{
	return result && result->error.failure == IO_OK && result->status == 200 && !result->cut;
}

static void take_history(struct top *top, const struct io_fetch_result *result)
{
	struct top_trend trend;

	if (!is_good(result) || top_trend_init(&trend, result->body, result->body_len) != BW_OK)
		return;
	top_trend_finish(&top->trend);
	top->trend = trend;
	top->view.trend = &top->trend;
}

static void forget_checks(struct top *top)
{
	json_decref(top->checks);
	top->checks = NULL;
	top->view.checks = NULL;
}

static void take_checks(struct top *top, const struct io_fetch_result *result)
{
	forget_checks(top);
	if (is_good(result))
		top->checks = json_loadb(result->body, result->body_len, 0, NULL);
	top->view.checks = top->checks;
}

static void take_order(struct top *top, const struct io_fetch_result *result)
{
	json_t *problem = NULL;
	const char *detail = "";

	if (result && result->error.failure == IO_OK) {
		problem = json_loadb(result->body, result->body_len, 0, NULL);
		detail = cli_text_at(problem, "detail");
	}
	if (!result)
		say(top, top->order, " has no answer; try again");
	else if (result->error.failure != IO_OK)
		say(top, result->error.text, "");
	else if (result->status / 100 == 2)
		say(top, top->order, " done");
	else
		say(top, *detail ? detail : "the daemon refuses: ", *detail ? "" : top->order);
	json_decref(problem);
	top->next = top->next_checks = io_loop_mono(top->loop);
}

static void take_answer(void *arg, enum top_slot slot, const struct io_fetch_result *result,
			struct bw_mono asked)
{
	struct top *top = arg;

	if (slot == TOP_DOCUMENT)
		take_document(top, result, asked);
	else if (slot == TOP_HISTORY)
		take_history(top, result);
	else if (slot == TOP_CHECKS)
		take_checks(top, result);
	else
		take_order(top, result);
	draw(top);
}

static void tick(void *arg)
{
	struct top *top = arg;
	bool is_live = top->view.overview && !top->is_gone && !top->view.paused;

	top_source_expire(top->source);
	if (!top->view.paused && !top_source_is_asking(top->source, TOP_DOCUMENT) &&
	    until(top, top->next) <= 0)
		ask_document(top);
	if (is_live && !top_source_is_asking(top->source, TOP_HISTORY) &&
	    until(top, top->next_history) <= 0)
		ask_history(top);
	if (is_live && !top_source_is_asking(top->source, TOP_CHECKS) &&
	    until(top, top->next_checks) <= 0)
		ask_checks(top);
	draw(top);
	io_timer_start(top->tick, TICK_US);
}

/* Keys */

static void act(struct top *top, enum top_action action)
{
	switch (action) {
	case TOP_QUIT:
		io_loop_stop(top->loop);
		break;
	case TOP_PAUSE:
		top->view.paused = !top->view.paused;
		if (top->view.paused)
			top_source_drop(top->source, TOP_DOCUMENT);
		top->next = io_loop_mono(top->loop);
		break;
	case TOP_TRY:
		top->next = io_loop_mono(top->loop);
		top->retry_us = BW_SECOND_US;
		break;
	case TOP_ZOOM:
		if (top->view.overview && !top->is_gone)
			ask_history(top);
		break;
	case TOP_OPENED:
		forget_checks(top);
		ask_checks(top);
		break;
	case TOP_CHECK:
		check_now(top);
		break;
	case TOP_RESET:
		reset(top);
		break;
	case TOP_NOTHING:
		break;
	}
}

static void keys_ready(void *arg, unsigned events, int error_number)
{
	struct top *top = arg;
	int key = screen_key();

	(void)events;
	if (error_number != 0 || (key == SCREEN_NONE && !isatty(STDIN_FILENO)))
		io_loop_stop(top->loop);
	for (; key != SCREEN_NONE; key = screen_key())
		act(top, top_view_press(&top->view, key));
	draw(top);
}

static void resized(void *arg)
{
	screen_resize();
	draw(arg);
}

static void ended(void *arg)
{
	io_loop_stop(((struct top *)arg)->loop);
}

/* The run */

static void watch(struct top *top, int fd)
{
	struct io_watch *keys = io_watch_create(top->loop, fd, keys_ready, top);
	struct io_signal *signals[SIGNALS] = {
		io_signal_create(top->loop, SIGWINCH, resized, top),
		io_signal_create(top->loop, SIGTERM, ended, top),
		io_signal_create(top->loop, SIGINT, ended, top),
		io_signal_create(top->loop, SIGQUIT, ended, top),
	};

	if (io_watch_set(keys, IO_READABLE) == BW_OK) {
		io_timer_start(top->tick, TICK_US);
		draw(top);
		io_loop_run(top->loop);
	}
	for (size_t i = 0; i < SIGNALS; i++)
		io_signal_destroy(signals[i]);
	io_watch_destroy(keys);
}

static int show(struct top *top, const char *url, bool color)
{
	struct bw_error err;
	int fd;

	if (top_source_ask(top->source, TOP_DOCUMENT,
			   &(struct top_question){ "/api/v1/dashboard", "", false },
			   &err) != BW_OK) {
		cli_fail("%s cannot be asked: %s; write --url=http://ADDRESS:PORT or unix:/PATH",
			 url, err.text);
		return EX_USAGE;
	}
	fd = screen_open(color);
	if (fd < 0) {
		cli_fail("top: this terminal cannot show it; set TERM, or use `bellwether status`");
		return EX_UNAVAILABLE;
	}
	top->view.ascii = !cli_is_utf8();
	watch(top, fd);
	screen_close(fd);
	return EX_OK;
}

static int check_words(const struct cli_options *options, const char *url)
{
	if (options->word_count > 0)
		cli_fail("top: takes no words, but got `%s`; the daemon is named with --url",
			 options->words[0]);
	else if (strncmp(url, "unix:", 5) != 0 && strncmp(url, "http://", 7) != 0 &&
		 strncmp(url, "https://", 8) != 0)
		cli_fail("`%s` is no URL; write --url=http://ADDRESS:PORT or unix:/PATH", url);
	else if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		cli_fail("top: needs a terminal; `bellwether status` prints the same once");
	else
		return EX_OK;
	return EX_USAGE;
}

static int top_run(const struct cli_options *options)
{
	const char *url = options->url ? options->url : CLI_STANDARD_URL;
	struct top top = { .retry_us = BW_SECOND_US };
	int status = check_words(options, url);

	if (status != EX_OK)
		return status;
	(void)signal(SIGPIPE, SIG_IGN);
	top.loop = io_loop_create();
	top.tick = io_timer_create(top.loop, tick, &top);
	top.source = top_source_create(top.loop, url, take_answer, &top);
	top.answered = top.taken = io_loop_mono(top.loop);
	status = show(&top, url, cli_has_color(stdout) && !options->no_color);
	top_source_destroy(top.source);
	forget_checks(&top);
	top_trend_finish(&top.trend);
	cli_overview_finish(&top.overview);
	io_timer_destroy(top.tick);
	io_loop_destroy(top.loop);
	return status;
}

const struct cli_command cli_command_top = {
	.name = "top",
	.words = "",
	.summary = "what a running daemon says, live in this terminal",
	.help = "The verdict with its first cause, score, resources, alerts, breakers and\n"
		"components of a running daemon, asked every second. `?` lists the keys, `q`\n"
		"quits. It says Late after 4 s without an answer, Lost after 15 s or when nobody\n"
		"is there, and keeps trying.\n",
	.options = top_options,
	.run = top_run,
};
