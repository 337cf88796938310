/* eval.c - lines in, documents out, one after the other.
 *
 * A document is written and flushed before the next line is read, so that a bad line can never take
 * good documents with it, and a program at the other end of a pipe gets each answer at once.
 */
#include "eval/eval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bellwether/dashboard.h>

#include "base/buf.h"
#include "eval/tick.h"

enum { EXIT_OK = 0, EXIT_DATA = 65, EXIT_MEMORY = 71, EXIT_IO = 74, CHUNK = 4096 };

struct run {
	FILE *in, *out, *err;
	bool only_last;
	size_t line_number;
	struct bw_dashboard *dashboard; /* NULL before the first tick: it starts the clock */
	struct bw_buf line;
	char *document; /* of the last good tick; or NULL */
	size_t document_len;
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
	struct bw_dashboard_config config = bw_dashboard_config_default;

	config.start = now;
	return run->dashboard ? BW_OK : bw_dashboard_create(&config, &run->dashboard);
}

static void forget_document(struct run *run)
{
	free(run->document);
	run->document = NULL;
}

/* Leaves the document of this tick in the run. */
static enum bw_status evaluate(struct run *run, const struct tick *tick, struct bw_error *err)
{
	enum bw_status status = start_model(run, tick->now);

	if (status == BW_OK && !tick->error)
		status = tick_apply(tick, run->dashboard, err);
	if (status != BW_OK)
		return status;
	forget_document(run);
	if (tick->error)
		return bw_dashboard_error_document(tick->error, tick->now, &run->document,
						   &run->document_len);
	status = bw_dashboard_document(run->dashboard, tick->now, &run->document,
				       &run->document_len, err);
	if (status == BW_OK)
		status = bw_dashboard_sample(run->dashboard, tick->now, NULL);
	if (status != BW_OK)
		forget_document(run);
	return status;
}

static int print_document(struct run *run)
{
	bool written = fwrite(run->document, 1, run->document_len, run->out) == run->document_len &&
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

	if (run->only_last && run->document && print_document(run) != EXIT_OK)
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
		return run->only_last && run->document ? print_document(run) : EXIT_OK;
	(void)fprintf(run->err, "bellwether: reading the ticks failed: %s\n", strerror(errno));
	return EXIT_IO;
}

int eval_run(FILE *in, FILE *out, FILE *err, bool only_last)
{
	struct run run = { .in = in, .out = out, .err = err, .only_last = only_last };
	int result = EXIT_OK;

	bw_buf_init(&run.line, EVAL_LINE_MAX);
	while (result == EXIT_OK && read_line(&run))
		if (!is_empty(&run.line))
			result = run_line(&run);
	if (result == EXIT_OK)
		result = end_of_input(&run);
	bw_dashboard_destroy(run.dashboard);
	bw_buf_finish(&run.line);
	forget_document(&run);
	return result;
}
