/* eval.c - lines in, documents out, one after the other.
 *
 * A document is written and flushed before the next line is read, so that a bad line can never take
 * good documents with it, and a program at the other end of a pipe gets each answer at once.
 */
#include "eval/eval.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "core/dashboard.h"
#include "eval/tick.h"

enum { EXIT_OK = 0, EXIT_DATA = 65, EXIT_MEMORY = 71, EXIT_IO = 74, CHUNK = 4096 };

struct run {
	FILE *in, *out, *err;
	bool only_last;
	size_t line_number;
	struct bw_dashboard *dashboard; /* NULL before the first tick: it starts the clock */
	struct bw_buf line, document;
	bool has_document; /* `document` holds the whole document of the last good tick */
};

/* The next line without its end. False at the end of input, or after a failure, which then is in
 * line.status (too long, no memory) or in ferror(in). */
static bool read_line(struct run *run)
{
	char chunk[CHUNK];
	size_t count = 0;
	int c;

	bw_buf_clear(&run->line);
	while ((c = getc_unlocked(run->in)) != EOF && c != '\n') {
		chunk[count++] = (char)c;
		if (count < CHUNK)
			continue;
		bw_buf_append(&run->line, chunk, count);
		count = 0;
		if (run->line.status != BW_OK)
			break;
	}
	bw_buf_append(&run->line, chunk, count);
	if (c != EOF || run->line.len > 0)
		run->line_number++;
	return run->line.status == BW_OK && !ferror(run->in) && (c != EOF || run->line.len > 0);
}

static bool is_empty(const struct bw_buf *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!strchr(" \t\r", line->data[i]) || line->data[i] == '\0')
			return false;
	return true;
}

static enum bw_status start_model(struct run *run, struct bw_wall now)
{
	const struct bw_dashboard_config config = {
		.thresholds = bw_thresholds_default,
		.response_curve = BW_RESPONSE_REFERENCE,
		.reference_rules = true,
		.refresh_interval_s = 30,
		.retention_hours = 24,
		.start = now,
	};

	return run->dashboard ? BW_OK : bw_dashboard_create(&config, &run->dashboard);
}

static enum bw_status write_document(struct run *run, struct bw_wall now, struct bw_error *err)
{
	struct bw_alert_list alerts = { 0 };
	struct bw_document_options options = { .now = now, .alerts = &alerts };
	struct bw_metrics metrics;
	enum bw_status status;

	bw_dashboard_metrics(run->dashboard, &metrics);
	status = bw_dashboard_find_alerts(run->dashboard, &metrics, now, &alerts);
	if (status == BW_ELIMIT)
		(void)bw_fail(err, status, "more than %d alerts", BW_ALERTS_MAX);
	if (status == BW_OK)
		bw_dashboard_write(run->dashboard, &options, &run->document);
	bw_alert_list_finish(&alerts);
	if (status == BW_OK)
		status = run->document.status;
	return status;
}

/* Leaves the document of this tick in the buffer. */
static enum bw_status evaluate(struct run *run, const struct tick *tick, struct bw_error *err)
{
	enum bw_status status = start_model(run, tick->now);

	if (status == BW_OK && !tick->error)
		status = tick_apply(tick, run->dashboard, err);
	if (status != BW_OK)
		return status;
	bw_buf_clear(&run->document);
	run->has_document = false;
	if (tick->error) {
		bw_dashboard_write_error(tick->error, tick->now, &run->document);
		status = run->document.status;
	} else {
		status = write_document(run, tick->now, err);
		if (status == BW_OK)
			status = bw_dashboard_sample(run->dashboard, tick->now, NULL);
	}
	run->has_document = status == BW_OK;
	return status;
}

static int print_document(struct run *run)
{
	bool written =
		fwrite(run->document.data, 1, run->document.len, run->out) == run->document.len &&
		fputc('\n', run->out) != EOF && fflush(run->out) == 0;

	if (written)
		return EXIT_OK;
	(void)fprintf(run->err, "bellwether: writing the document failed: %s\n", strerror(errno));
	return EXIT_IO;
}

/* What ended the run, on `err`, and its exit status. The documents before it come first. */
static int fail(struct run *run, enum bw_status status, const struct bw_error *err)
{
	const char *why = err->text[0] ? err->text : bw_status_text(status);

	if (run->only_last && run->has_document && print_document(run) != EXIT_OK)
		return EXIT_IO;
	(void)fprintf(run->err, "line %zu: %s\n", run->line_number, why);
	return status == BW_ENOMEM ? EXIT_MEMORY : EXIT_DATA;
}

static int run_line(struct run *run)
{
	struct bw_error err = { 0 };
	struct tick tick;
	enum bw_status status = tick_read(run->line.data, run->line.len, &tick, &err);

	if (status == BW_OK) {
		status = evaluate(run, &tick, &err);
		tick_finish(&tick);
	}
	if (status != BW_OK)
		return fail(run, status, &err);
	return run->only_last ? EXIT_OK : print_document(run);
}

static int end_of_input(struct run *run)
{
	struct bw_error err = { 0 };

	if (run->line.status == BW_ELIMIT)
		(void)bw_fail(&err, BW_ELIMIT, "longer than %d MiB", EVAL_LINE_MAX >> 20);
	if (run->line.status != BW_OK)
		return fail(run, run->line.status, &err);
	if (!ferror(run->in))
		return run->only_last && run->has_document ? print_document(run) : EXIT_OK;
	(void)fprintf(run->err, "bellwether: reading the ticks failed: %s\n", strerror(errno));
	return EXIT_IO;
}

int eval_run(FILE *in, FILE *out, FILE *err, bool only_last)
{
	struct run run = { .in = in, .out = out, .err = err, .only_last = only_last };
	int result = EXIT_OK;

	bw_buf_init(&run.line, EVAL_LINE_MAX);
	bw_buf_init(&run.document, 0);
	while (result == EXIT_OK && read_line(&run))
		if (!is_empty(&run.line))
			result = run_line(&run);
	if (result == EXIT_OK)
		result = end_of_input(&run);
	bw_dashboard_destroy(run.dashboard);
	bw_buf_finish(&run.line);
	bw_buf_finish(&run.document);
	return result;
}
