/* target_bed.c - the history and the receiver of the tests of targets. */
#include "target_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "remote/sample.h"
#include "rows.h"

/* One request under way. */
struct io_fetch {
	struct io_timer *timer;
	io_fetch_callback *callback;
	void *arg;
	struct io_fetch_result result;
};

static struct bed *here; /* whom the wrapped functions belong to */

/* --- the receiver --- */

static struct bed_series *series_of(struct bed *bed, const char *name)
{
	for (size_t nth = 0; nth < bed->series_count; nth++) {
		if (strcmp(bed->series[nth].name, name) == 0)
			return &bed->series[nth];
	}
	assert_true(bed->series_count < BED_SERIES_MAX);
	snprintf(bed->series[bed->series_count].name, BED_TEXT_MAX, "%s", name);
	return &bed->series[bed->series_count++];
}

static struct bed_series *split(struct bed *bed, const char *line, int64_t *at_ms)
{
	char name[BED_TEXT_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)(strchr(line, '}') + 1 - line), line);
	*at_ms = strtoll(strrchr(line, '@') + 1, NULL, 10);
	return series_of(bed, name);
}

/* 0: it is new; 1: it is there already; -1: refused. */
static int judge(struct bed *bed, const char *line)
{
	int64_t at_ms;
	const struct bed_series *series = split(bed, line, &at_ms);

	if (series->last[0] == '\0' || at_ms > series->last_ms)
		return 0;
	return at_ms == series->last_ms && strcmp(series->last, line) == 0 ? 1 : -1;
}

static void keep(struct bed *bed, const char *line)
{
	int64_t at_ms;
	struct bed_series *series = split(bed, line, &at_ms);

	series->last_ms = at_ms;
	snprintf(series->last, sizeof(series->last), "%s", line);
	bw_buf_format(&bed->arrived, "%s\n", line);
}

static void each_line(struct bed *bed, const struct bw_buf *text, int *worst, bool keeps)
{
	char line[BED_TEXT_MAX];

	for (const char *at = text->data; at != NULL && *at != '\0'; at = strchr(at, '\n') + 1) {
		int verdict;

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		verdict = judge(bed, line);
		if (verdict < *worst)
			*worst = verdict;
		if (keeps && verdict == 0)
			keep(bed, line);
	}
}

/* Samples of one series in one request come in order, so that judging before keeping is enough. */
static bool take(struct bed *bed)
{
	int worst = 0;

	each_line(bed, &bed->latest, &worst, false);
	if (worst < 0 || (bed->poison != NULL && strstr(bed->latest.data, bed->poison) != NULL))
		return false;
	each_line(bed, &bed->latest, &worst, true);
	return true;
}

static void answer(void *arg)
{
	struct io_fetch *fetch = arg;

	fetch->callback(fetch->arg, &fetch->result);
}

static void note_request(struct bed *bed, const struct io_fetch_options *options)
{
	assert_true(bed->requests < sizeof(bed->asked_ms) / sizeof(bed->asked_ms[0]));
	bed->asked_ms[bed->requests++] = fake_elapsed_us(bed->loop) / 1000;
	bw_buf_clear(&bed->latest);
	decode_request(options->body, options->body_len, &bed->latest);
	bw_buf_clear(&bed->asked);
	bw_buf_format(&bed->asked, "%s %s\n", options->method, options->url);
	for (size_t nth = 0; options->headers[nth] != NULL; nth++)
		bw_buf_format(&bed->asked, "%s\n", options->headers[nth]);
}

static void fill_result(struct bed *bed, struct io_fetch_result *result)
{
	bool takes = bed->mood == BED_TAKES || bed->mood == BED_TAKES_AND_CUTS;
	bool taken = takes && take(bed);

	result->headers = bed->headers;
	result->headers_len = strlen(bed->headers);
	result->body = bed->body;
	result->body_len = strlen(bed->body);
	result->status = bed->mood == BED_ANSWERS ? bed->status : taken ? 204 : 400;
	if (bed->mood != BED_REFUSES_CONNECTIONS && bed->mood != BED_TAKES_AND_CUTS)
		return;
	result->status = 0;
	result->error.failure = bed->mood == BED_TAKES_AND_CUTS ? IO_CLOSED : IO_REFUSED;
	snprintf(result->error.text, sizeof(result->error.text), "%s",
		 bed->mood == BED_TAKES_AND_CUTS ? "closed by 127.0.0.1:9090"
						 : "connection refused by 127.0.0.1:9090");
}

enum bw_status __wrap_io_fetch_start(struct io_loop *loop, const struct io_fetch_options *options,
				     io_fetch_callback *callback, void *arg, struct io_fetch **out,
				     struct bw_error *err);
void __wrap_io_fetch_stop(struct io_fetch *fetch);

enum bw_status __wrap_io_fetch_start(struct io_loop *loop, const struct io_fetch_options *options,
				     io_fetch_callback *callback, void *arg, struct io_fetch **out,
				     struct bw_error *err)
{
	struct io_fetch *fetch = xcalloc(1, sizeof(*fetch));

	(void)err;
	note_request(here, options);
	fill_result(here, &fetch->result);
	fetch->callback = callback;
	fetch->arg = arg;
	fetch->timer = io_timer_create(loop, answer, fetch);
	if (here->mood != BED_HANGS)
		io_timer_start(fetch->timer, 1000);
	*out = fetch;
	return BW_OK;
}

void __wrap_io_fetch_stop(struct io_fetch *fetch)
{
	if (fetch == NULL)
		return;
	io_timer_destroy(fetch->timer);
	free(fetch);
}

/* --- the bed --- */

static void note_log(void *arg, bool is_trouble, const char *text)
{
	struct bed *bed = arg;

	bw_buf_format(&bed->log, "%s%s\n", is_trouble ? "!" : "", text);
}

void bed_begin(struct bed *bed)
{
	*bed = (struct bed){ .headers = "", .body = "", .history_us = 7 * 86400 * BW_SECOND_US };
	here = bed;
	bed->loop = io_loop_create();
	bed->store = fake_store_create(bed->loop);
	bed->view = fake_view_create();
	fake_store_set_view(bed->store, bed->view);
	bw_buf_init(&bed->log, 0);
	bw_buf_init(&bed->arrived, 0);
	bw_buf_init(&bed->latest, 0);
	bw_buf_init(&bed->asked, 0);
	bw_buf_text(&bed->log, "");
	for (size_t nth = 0; nth < 2; nth++)
		bed->settings[nth] = (struct remote_settings){
			.name = nth == 0 ? "1" : "2",
			.identity = nth == 0 ? "one" : "two",
			.url = "http://127.0.0.1:9090/api/v1/write",
			.every_us = 10 * BW_SECOND_US,
			.timeout_us = 30 * BW_SECOND_US,
			.batch_max = 100,
		};
}

void bed_end(struct bed *bed)
{
	bed_stop(bed);
	fake_store_destroy(bed->store);
	fake_view_destroy(bed->view);
	bw_buf_finish(&bed->log);
	bw_buf_finish(&bed->arrived);
	bw_buf_finish(&bed->latest);
	bw_buf_finish(&bed->asked);
	io_loop_destroy(bed->loop);
}

void bed_start(struct bed *bed, size_t targets)
{
	const struct remote_options options = {
		.loop = bed->loop, .store = bed->store, .seed = 7, .log = note_log, .arg = bed
	};

	bed->remote = remote_create(&options);
	remote_set(bed->remote, bed->settings, targets, bed->history_us);
}

void bed_stop(struct bed *bed)
{
	remote_destroy(bed->remote);
	bed->remote = NULL;
}

void bed_crash(struct bed *bed)
{
	size_t targets = remote_count(bed->remote);

	bed_stop(bed);
	fake_store_crash(bed->store);
	bed_start(bed, targets);
}

int64_t bed_now_ms(const struct bed *bed)
{
	return io_loop_wall(bed->loop).us / 1000;
}

void bed_live(struct bed *bed, int seconds)
{
	char name[16];

	for (int second = 0; second < seconds; second++) {
		fake_advance(bed->loop, BW_SECOND_US);
		if (++bed->ticks % 10 != 0)
			continue;
		for (int nth = 0; nth < BED_COMPONENTS; nth++) {
			snprintf(name, sizeof(name), "c%d", nth);
			rows_component(fake_view_rows(bed->view, SERIES_COMPONENT, name),
				       bed_now_ms(bed) - nth,
				       BW_HEALTH_HEALTHY + (int)(bed->ticks / 10 + nth) % 3, 30,
				       bed->ticks % 70 == 0 ? -1 : bed->ticks * 1000 + nth);
		}
	}
}

void bed_wait(struct bed *bed, int seconds)
{
	fake_advance(bed->loop, seconds * BW_SECOND_US);
}

struct remote_state bed_state(const struct bed *bed)
{
	struct remote_state state;

	remote_state(bed->remote, 0, &state);
	return state;
}

/* --- what is expected --- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted_lines(const struct bw_buf *text)
{
	char *copy = xstrdup(text->data != NULL ? text->data : "");
	char **lines = NULL;
	size_t count = 0;
	struct bw_buf out;

	for (char *at = copy; *at != '\0';) {
		char *end = strchr(at, '\n');

		*end = '\0';
		lines = xrealloc((void *)lines, (count + 1) * sizeof(*lines));
		lines[count++] = at;
		at = end + 1;
	}
	if (count > 0)
		qsort((void *)lines, count, sizeof(*lines), by_text);
	bw_buf_init(&out, 0);
	bw_buf_text(&out, "");
	for (size_t nth = 0; nth < count; nth++)
		bw_buf_format(&out, "%s\n", lines[nth]);
	free((void *)lines);
	free(copy);
	return bw_buf_take(&out, NULL);
}

char *bed_expected(struct bed *bed, int64_t from_ms)
{
	const struct remote_span span = { from_ms, bed_now_ms(bed) - REMOTE_SETTLE_US / 1000 };
	struct bw_buf plain, text;
	char *sorted;

	bw_buf_init(&plain, 0);
	bw_buf_init(&text, 0);
	for (int nth = 0; nth < BED_COMPONENTS; nth++) {
		char name[16];
		const char *const subjects[] = { name };
		const struct write_request_source source = { .subjects = subjects };
		struct remote_samples samples = { 0 };

		snprintf(name, sizeof(name), "c%d", nth);
		remote_samples_add(&samples, SERIES_COMPONENT, 0,
				   fake_view_rows(bed->view, SERIES_COMPONENT, name), &span);
		write_request_encode_plain(&source, samples.items, samples.count, &plain);
		decode_plain(plain.data, plain.len, &text);
		remote_samples_finish(&samples);
	}
	sorted = sorted_lines(&text);
	bw_buf_finish(&plain);
	bw_buf_finish(&text);
	return sorted;
}

char *bed_arrived(struct bed *bed)
{
	return sorted_lines(&bed->arrived);
}
