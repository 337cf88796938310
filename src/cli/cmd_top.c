/* cmd_top.c - `bellwether top`: asks the daemon every two seconds and keeps the answer on screen.
 *
 * What counts is the age of the last answer, never whether a connection is open: a daemon that was
 * stopped keeps its sockets. After LATE_US the picture says so; after LOST_US the verdict is
 * unknown and nothing keeps its colour. At most one question is under way.
 */
#include <ctype.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/display.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/overview.h"
#include "cli/print.h"
#include "cli/screen.h"
#include "io/fetch.h"
#include "io/loop.h"

#define ASK_US (2 * BW_SECOND_US)
#define TICK_US BW_SECOND_US
#define LATE_US (4 * BW_SECOND_US)
#define LOST_US (15 * BW_SECOND_US)

enum { BODY_MAX = 64 << 20, FILTER_MAX = 64, ROWS_MIN = 12, COLUMNS_MIN = 60, SIGNALS = 3 };

struct top {
	struct io_loop *loop;
	struct io_timer *tick;
	struct io_fetch *fetch; /* or NULL */
	struct bw_mono asked, answered;
	struct bw_buf url;
	const char *unix_path; /* or NULL */
	struct cli_overview overview;
	bool any, detail, help, typing, paused;
	char failure[160]; /* of the last question; "" when it was answered */
	char filter[FILTER_MAX];
	size_t chosen, first; /* among the components that the filter lets through */
	size_t matching, page;
};

static const struct cli_option top_options[] = {
	{ "url", 'u', "URL", "the daemon; http://127.0.0.1:8090, or unix:/PATH",
	  offsetof(struct cli_options, url) },
	{ 0 },
};

static int64_t silent_us(const struct top *top)
{
	return bw_mono_since(io_loop_mono(top->loop), top->answered);
}

static bool is_lost(const struct top *top)
{
	return !top->any || silent_us(top) > LOST_US;
}

/* The picture */

static void draw_state(struct cli_lines *lines, const struct top *top)
{
	size_t from = lines->buf->len;
	int64_t silent = silent_us(top);

	bw_buf_format(lines->buf, "%cBellwether%c  ", CLI_STYLE_STRONG, CLI_STYLE_PLAIN);
	if (top->any && (top->paused || silent > LATE_US)) {
		bw_buf_text(lines->buf, top->paused    ? "= Paused, as of "
					: is_lost(top) ? "? Lost, last answer "
						       : "! Late, last answer ");
		cli_line_age(lines->buf, (double)silent / BW_SECOND_US);
		bw_buf_text(lines->buf, " ago");
	} else {
		bw_buf_text(lines->buf, top->any ? "* Live" : "? Waiting for the first answer");
	}
	if (*top->failure && !top->paused) {
		bw_buf_text(lines->buf, "  ");
		bw_display_append(lines->buf, top->failure, strlen(top->failure));
	}
	cli_line_end(lines, from);
}

static void draw_text(struct cli_lines *lines, const char *text)
{
	size_t from = lines->buf->len;

	bw_buf_text(lines->buf, text);
	cli_line_end(lines, from);
}

static bool matches(const struct top *top, const struct cli_entry *entry)
{
	return strcasestr(entry->name, top->filter) ||
	       strcasestr(cli_text_at(entry->object, "error_message"), top->filter);
}

/* The nth component that the filter lets through, or NULL; counts them all on the way. */
static const struct cli_entry *find_match(struct top *top, size_t nth)
{
	const struct cli_entry *found = NULL;

	top->matching = 0;
	for (size_t i = 0; i < top->overview.component_count; i++)
		if (matches(top, &top->overview.components[i]) && top->matching++ == nth)
			found = &top->overview.components[i];
	return found;
}

static size_t draw_components(struct cli_lines *lines, struct top *top, size_t row, size_t rows)
{
	size_t seen = 0, marked = SIZE_MAX;

	for (size_t i = 0; i < top->overview.component_count && row < rows; i++) {
		size_t from = lines->buf->len;

		if (!matches(top, &top->overview.components[i]) || seen++ < top->first)
			continue;
		if (seen - 1 == top->chosen)
			marked = row;
		cli_overview_component(lines, &top->overview.components[i]);
		cli_line_end(lines, from);
		row++;
	}
	return marked;
}

static void draw_detail(struct cli_lines *lines, const struct cli_entry *entry, size_t rows)
{
	const char *text = cli_text_at(entry->object, "error_message");
	size_t len = strlen(text), at = 0, from = lines->buf->len;

	cli_line_mark(lines, cli_text_at(entry->object, "status"), 0);
	bw_buf_text(lines->buf, "  ");
	bw_display_append(lines->buf, entry->name, strlen(entry->name));
	cli_line_end(lines, from);
	from = lines->buf->len;
	bw_buf_format(lines->buf, "checked %.19s UTC, like this since %.19s UTC",
		      cli_text_at(entry->object, "last_check"),
		      cli_text_at(entry->object, "since"));
	cli_line_end(lines, from);
	for (size_t row = 2; row < rows && at < len; row++) {
		size_t used = 0, begin = at;

		while (at < len) {
			uint32_t character;
			size_t size = bw_utf8_next(text + at, len - at, &character);

			used += (size_t)bw_display_columns(character);
			if (used > lines->columns)
				break;
			at += size;
		}
		from = lines->buf->len;
		bw_display_append(lines->buf, text + begin, at - begin);
		cli_line_end(lines, from);
	}
}

static size_t draw_lists(struct cli_lines *lines, struct top *top, size_t rows)
{
	const struct cli_overview *overview = &top->overview;
	size_t row = 1 + CLI_HEAD_LINES, from = lines->buf->len;

	if (rows >= 20 && overview->alert_count > 0) {
		bw_buf_format(lines->buf, "%zu firing: ", overview->alert_count);
		cli_overview_alert(lines, &overview->alerts[0]);
		cli_line_end(lines, from);
		row++;
	}
	for (size_t i = 0; i < overview->open_count && i < rows / 12; i++, row++) {
		from = lines->buf->len;
		bw_buf_text(lines->buf, "breaker ");
		cli_overview_breaker(lines, &overview->breakers[i]);
		cli_line_end(lines, from);
	}
	from = lines->buf->len;
	bw_buf_format(lines->buf, "%cCOMPONENTS %zu of %zu", CLI_STYLE_STRONG, top->matching,
		      overview->component_count);
	if (overview->open_count > rows / 12)
		bw_buf_format(lines->buf, ", %zu breakers not closed", overview->open_count);
	bw_buf_format(lines->buf, "%s%s%s", *top->filter || top->typing ? "  filter: " : "",
		      top->filter, top->typing ? "_" : "");
	cli_line_end(lines, from);
	row++;
	top->page = rows > row + 1 ? rows - row - 1 : 1;
	if (top->chosen < top->first)
		top->first = top->chosen;
	if (top->chosen >= top->first + top->page)
		top->first = top->chosen - top->page + 1;
	return draw_components(lines, top, row, rows - 1);
}

static const char help_text[] =
	"j k arrows PgUp PgDn Home End  move\n"
	"Enter  the chosen component in full      Esc  back, clear the filter\n"
	"/      filter by name or error           p    pause and go on\n"
	"?      this                              q    quit\n";

static size_t draw_body(struct cli_lines *lines, struct top *top, size_t rows)
{
	const struct cli_entry *entry = find_match(top, top->chosen);

	if (!entry && top->matching > 0) {
		top->chosen = top->matching - 1;
		entry = find_match(top, top->chosen);
	}
	if (top->help) {
		bw_buf_text(lines->buf, help_text);
	} else if (top->any && top->detail && entry) {
		draw_detail(lines, entry, rows - 2);
	} else if (top->any) {
		if (is_lost(top))
			draw_text(lines, "? unknown; below is what was last known");
		cli_overview_head(lines, &top->overview);
		return draw_lists(lines, top, rows - is_lost(top)) + is_lost(top);
	}
	return SIZE_MAX;
}

/* Lost: shapes and words stay, colours go. */
static void drain(struct bw_buf *buf)
{
	for (size_t i = 0; i < buf->len; i++)
		if ((unsigned char)buf->data[i] < CLI_STYLES)
			buf->data[i] = CLI_STYLE_FAINT;
}

static void draw(struct top *top)
{
	size_t rows, columns, marked = SIZE_MAX;
	struct bw_buf buf;
	struct cli_lines lines = { .buf = &buf, .ascii = !screen_is_utf8() };

	screen_size(&rows, &columns);
	bw_buf_init(&buf, 0);
	lines.columns = columns;
	lines.now = top->overview.made;
	if (!is_lost(top) && !top->paused)
		lines.now.us += silent_us(top);
	if (rows < ROWS_MIN || columns < COLUMNS_MIN) {
		draw_text(&lines, "at least 60 x 12 is needed; q quits");
	} else {
		draw_state(&lines, top);
		marked = draw_body(&lines, top, rows);
	}
	if (is_lost(top))
		drain(&buf);
	screen_show(buf.data, marked);
	bw_buf_finish(&buf);
}

/* The daemon */

static void take_answer(void *arg, const struct io_fetch_result *result)
{
	struct top *top = arg;
	struct cli_overview overview;

	if (result->error.failure != IO_OK) {
		bw_text_format(top->failure, sizeof top->failure, "%s", result->error.text);
	} else if (result->status != 200 || result->cut ||
		   cli_overview_init(&overview, result->body, result->body_len) != BW_OK) {
		bw_text_format(top->failure, sizeof top->failure,
			       "the answer (HTTP status %d) is no dashboard", result->status);
	} else {
		cli_overview_finish(&top->overview);
		top->overview = overview;
		top->answered = top->asked;
		top->any = true;
		top->failure[0] = '\0';
	}
	io_fetch_stop(top->fetch);
	top->fetch = NULL;
	draw(top);
}

/* BW_EINVAL when the URL is none. */
static enum bw_status ask(struct top *top, struct bw_error *err)
{
	struct io_fetch_options options = { .url = top->url.data,
					    .unix_path = top->unix_path,
					    .max_body_bytes = BODY_MAX,
					    .tls = { .verify = true } };

	top->asked = io_loop_mono(top->loop);
	return io_fetch_start(top->loop, &options, take_answer, top, &top->fetch, err);
}

static void tick(void *arg)
{
	struct top *top = arg;
	int64_t waited = bw_mono_since(io_loop_mono(top->loop), top->asked);
	struct bw_error err;

	if (top->fetch && waited > LOST_US) {
		io_fetch_stop(top->fetch);
		top->fetch = NULL;
	}
	if (!top->fetch && !top->paused && waited >= ASK_US - TICK_US / 2)
		(void)ask(top, &err);
	draw(top);
	io_timer_start(top->tick, TICK_US);
}

/* Keys */

static void type(struct top *top, int key)
{
	size_t len = strlen(top->filter);

	if (key == SCREEN_ENTER || key == SCREEN_ESCAPE)
		top->typing = false;
	if (key == SCREEN_ESCAPE)
		top->filter[0] = '\0';
	if (key == SCREEN_ERASE && len > 0)
		top->filter[len - 1] = '\0';
	if (key >= ' ' && key < 0x7f && len + 1 < FILTER_MAX) {
		top->filter[len] = (char)key;
		top->filter[len + 1] = '\0';
	}
	top->chosen = top->first = 0;
}

static void step(struct top *top, int key)
{
	size_t last = top->matching > 0 ? top->matching - 1 : 0, page = top->page;

	if ((key == 'k' || key == SCREEN_UP) && top->chosen > 0)
		top->chosen--;
	else if (key == 'j' || key == SCREEN_DOWN)
		top->chosen++;
	else if (key == SCREEN_PAGE_UP)
		top->chosen = top->chosen > page ? top->chosen - page : 0;
	else if (key == SCREEN_PAGE_DOWN)
		top->chosen += page;
	else if (key == SCREEN_HOME)
		top->chosen = 0;
	else if (key == SCREEN_END)
		top->chosen = last;
	if (top->chosen > last)
		top->chosen = last;
}

static void press(struct top *top, int key)
{
	switch (key) {
	case 'q':
		io_loop_stop(top->loop);
		break;
	case 'p':
		top->paused = !top->paused;
		break;
	case '?':
		top->help = !top->help;
		break;
	case '/':
		top->typing = true;
		break;
	case SCREEN_ENTER:
		top->detail = !top->detail;
		break;
	case SCREEN_ESCAPE:
		if (!top->detail && !top->help)
			top->filter[0] = '\0';
		top->detail = top->help = false;
		break;
	default:
		step(top, key);
	}
}

static void keys_ready(void *arg, unsigned events, int error_number)
{
	struct top *top = arg;
	int key = screen_key();

	if (error_number != 0 || (key == SCREEN_NONE && !isatty(STDIN_FILENO)))
		io_loop_stop(top->loop);
	for (; key != SCREEN_NONE; key = screen_key()) {
		if (top->typing)
			type(top, key);
		else
			press(top, key);
	}
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

static void watch(struct top *top)
{
	struct io_watch *keys = io_watch_create(top->loop, STDIN_FILENO, keys_ready, top);
	struct io_signal *signals[SIGNALS] = {
		io_signal_create(top->loop, SIGWINCH, resized, top),
		io_signal_create(top->loop, SIGTERM, ended, top),
		io_signal_create(top->loop, SIGINT, ended, top),
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

static int show(struct top *top, const char *url)
{
	struct bw_error err;
	int status = EX_OK;

	if (ask(top, &err) != BW_OK) {
		cli_fail("%s cannot be asked: %s; write --url=http://ADDRESS:PORT or unix:/PATH",
			 url, err.text);
		return EX_USAGE;
	}
	if (screen_open(cli_has_color(stdout))) {
		watch(top);
		screen_close();
	} else {
		cli_fail("top: this terminal is not known; set TERM, or use `bellwether status`");
		status = EX_UNAVAILABLE;
	}
	io_fetch_stop(top->fetch);
	return status;
}

static int top_run(const struct cli_options *options)
{
	const char *url = options->url ? options->url : CLI_STANDARD_URL;
	bool is_unix = strncmp(url, "unix:", 5) == 0;
	size_t len = strlen(url);
	struct top top = { .unix_path = is_unix ? url + 5 : NULL };
	int status;

	if (options->word_count > 0) {
		cli_fail("top: takes no words, but got `%s`; the daemon is named with --url",
			 options->words[0]);
		return EX_USAGE;
	}
	if (!is_unix && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		cli_fail("`%s` is no URL; write --url=http://ADDRESS:PORT or unix:/PATH", url);
		return EX_USAGE;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		cli_fail("top: needs a terminal; `bellwether status` prints the same once");
		return EX_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	bw_buf_init(&top.url, 0);
	while (len > 0 && url[len - 1] == '/')
		len--;
	bw_buf_format(&top.url, "%.*s/api/v1/dashboard", is_unix ? 16 : (int)len,
		      is_unix ? "http://localhost" : url);
	top.loop = io_loop_create();
	top.tick = io_timer_create(top.loop, tick, &top);
	top.answered = io_loop_mono(top.loop);
	status = show(&top, url);
	cli_overview_finish(&top.overview);
	io_timer_destroy(top.tick);
	io_loop_destroy(top.loop);
	bw_buf_finish(&top.url);
	return status;
}

const struct cli_command cli_command_top = {
	.name = "top",
	.words = "",
	.summary = "what a running daemon says, live in this terminal",
	.help = "The verdict with its first cause, score, resources, breakers and components of a\n"
		"running daemon, asked every two seconds. `?` lists the keys, `q` quits. It says\n"
		"Late after 4 s without an answer, Lost after 15 s, and keeps trying.\n",
	.options = top_options,
	.run = top_run,
};
