/* history_export.c - series by series and day by day, so that memory stays small whatever is kept.
 *
 * OpenMetrics wants all samples of a metric together: there the fields are the outer loop.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/xalloc.h"
#include "cli/history.h"
#include "cli/print.h"
#include "config/units.h"
#include "storage/view.h"

#define DAY_US (86400 * BW_SECOND_US)

enum { FLUSH_BYTES = 64 * 1024 };

struct subject {
	enum series_kind kind;
	char *name;
};

struct export
{
	const struct cli_options *options;
	struct store_view *view;
	enum transfer_format format;
	struct transfer_columns columns;
	bool has_kind;
	enum series_kind kind;
	struct bw_wall from, to;
	struct subject *subjects;
	size_t count, cap;
	struct bw_buf out;
	struct bw_error err;
};

static bool is_named(const struct export *export, const char *name)
{
	if (export->options->word_count == 1)
		return true;
	for (size_t nth = 1; nth < export->options->word_count; nth++)
		if (strcmp(export->options->words[nth], name) == 0)
			return true;
	return false;
}

static bool add_subject(void *arg, enum series_kind kind, const char *name)
{
	struct export *export = arg;

	if ((export->has_kind && kind != export->kind) || !is_named(export, name))
		return true;
	if (export->count == export->cap) {
		export->cap = export->cap == 0 ? 64 : 2 * export->cap;
		export->subjects =
			xrealloc(export->subjects, export->cap * sizeof(export->subjects[0]));
	}
	export->subjects[export->count++] = (struct subject){ kind, xstrdup(name) };
	return true;
}

/* False: standard output does not take it. */
static bool flush(struct export *export)
{
	bool is_taken = fwrite(export->out.data != NULL ? export->out.data : "", 1, export->out.len,
			       stdout) == export->out.len;

	bw_buf_clear(&export->out);
	return is_taken;
}

/* `field` matters to OpenMetrics alone. */
static void write_row(struct export *export, const struct transfer_row *row, size_t field)
{
	switch (export->format) {
	case TRANSFER_CSV:
		transfer_csv_row(&export->columns, row, &export->out);
		break;
	case TRANSFER_JSON_LINES:
		transfer_json_row(row, &export->out);
		break;
	default:
		transfer_metric_sample(row, field, &export->out);
	}
}

static int find_text_field(const struct series_schema *schema)
{
	for (size_t field = 0; field < schema->field_count; field++)
		if (schema->fields[field].type == SERIES_TEXT)
			return (int)field;
	return -1;
}

static bool write_rows(struct export *export, const struct subject *subject,
		       const struct series_rows *rows, size_t field)
{
	const int text_field = find_text_field(series_schema(subject->kind));

	for (size_t nth = 0; nth < rows->count; nth++) {
		struct transfer_row row = { .kind = subject->kind, .name = subject->name };

		series_rows_get(rows, nth, &row.time_us, row.cells);
		if (text_field >= 0 && row.cells[text_field].type == SERIES_INTEGER)
			row.text =
				store_view_text(export->view, row.cells[text_field].value.integer);
		write_row(export, &row, field);
		if (export->out.len >= FLUSH_BYTES && !flush(export))
			return false;
	}
	return true;
}

static int fail_reading(const struct export *export)
{
	cli_fail("history export: %s", export->err.text);
	return EX_IOERR;
}

static int write_span(struct export *export, const struct subject *subject, size_t field,
		      int64_t from_us, int64_t to_us)
{
	const struct view_wanted wanted = {
		.kind = subject->kind,
		.name = subject->name,
		.from_us = from_us,
		.to_us = to_us,
		.fields = export->format == TRANSFER_OPENMETRICS ? UINT32_C(1) << field : 0,
	};
	struct series_rows rows;
	bool is_taken;

	if (store_view_rows(export->view, &wanted, &rows, &export->err) != BW_OK)
		return fail_reading(export);
	is_taken = write_rows(export, subject, &rows, field);
	series_rows_finish(&rows);
	return is_taken ? EX_OK : EX_IOERR;
}

static int write_series(struct export *export, const struct subject *subject, size_t field)
{
	struct view_extent extent;
	int64_t from_us;
	int status = EX_OK;

	if (store_view_extent(export->view, subject->kind, subject->name, &extent, &export->err) !=
	    BW_OK)
		return fail_reading(export);
	from_us = extent.raw_from_us > export->from.us ? extent.raw_from_us : export->from.us;
	for (; from_us <= export->to.us && status == EX_OK; from_us += DAY_US) {
		int64_t end_us = from_us + DAY_US - 1;

		status = write_span(export, subject, field, from_us,
				    end_us < export->to.us ? end_us : export->to.us);
	}
	return status;
}

static int write_metrics(struct export *export)
{
	int status = EX_OK;

	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		const struct series_schema *schema = series_schema((enum series_kind)kind);

		for (size_t field = 0; field < schema->field_count; field++) {
			if (!export->has_kind || export->kind == schema->kind)
				transfer_metric_family(schema->kind, field, &export->out);
			for (size_t nth = 0; nth < export->count && status == EX_OK; nth++)
				if (export->subjects[nth].kind == schema->kind)
					status =
						write_series(export, &export->subjects[nth], field);
		}
	}
	if (status == EX_OK)
		transfer_metric_end(&export->out);
	return status;
}

static int write_all(struct export *export)
{
	int status = EX_OK;

	if (export->format == TRANSFER_OPENMETRICS)
		return write_metrics(export);
	if (export->format == TRANSFER_CSV)
		transfer_csv_header(&export->columns, &export->out);
	for (size_t nth = 0; nth < export->count && status == EX_OK; nth++)
		status = write_series(export, &export->subjects[nth], 0);
	return status;
}

/* A time, or how long ago. */
static bool read_time(const char *option, const char *text, struct bw_wall now, struct bw_wall *out)
{
	int64_t ago_us;

	if (text == NULL || bw_wall_parse(text, out) == BW_OK)
		return true;
	if (config_duration_parse(text, &ago_us) == BW_OK) {
		out->us = now.us - ago_us;
		return true;
	}
	cli_fail("history export: --%s: `%s` is no time; write 2026-03-02T14:30:00Z, or 7d for "
		 "seven days ago",
		 option, text);
	return false;
}

static int read_wishes(struct export *export, struct bw_wall now)
{
	const struct cli_options *options = export->options;

	/* Rows may be a little ahead of a clock that was set back. */
	export->from.us = INT64_MIN;
	export->to.us = now.us + DAY_US;
	if (!read_time("from", options->from, now, &export->from) ||
	    !read_time("to", options->to, now, &export->to))
		return EX_USAGE;
	if (export->from.us > export->to.us) {
		cli_fail("history export: --from is later than --to");
		return EX_USAGE;
	}
	export->has_kind = options->kind != NULL;
	if (options->kind != NULL && series_kind_parse(options->kind, &export->kind) != BW_OK) {
		cli_fail("history export: --kind: `%s` is none; system, component, breaker and "
			 "host are",
			 options->kind);
		return EX_USAGE;
	}
	return EX_OK;
}

static int compare_subjects(const void *left, const void *right)
{
	const struct subject *a = left, *b = right;

	return a->kind != b->kind ? (int)a->kind - (int)b->kind : strcmp(a->name, b->name);
}

/* A name that is nowhere is more likely a mistake than an empty history. */
static int check_names(const struct export *export)
{
	for (size_t word = 1; word < export->options->word_count; word++) {
		bool is_met = false;

		for (size_t nth = 0; nth < export->count && !is_met; nth++)
			is_met = strcmp(export->subjects[nth].name, export->options->words[word]) ==
				 0;
		if (!is_met) {
			cli_fail("history export: nothing is kept of `%s`",
				 export->options->words[word]);
			return EX_NOINPUT;
		}
	}
	return EX_OK;
}

const char *history_place_name(const struct store_place *place)
{
	return strstr(place->where, "://") != NULL ? "the database" : place->where;
}

static int run(struct export *export)
{
	uint64_t damaged;
	int status;

	if (store_view_series(export->view, add_subject, export, &export->err) != BW_OK)
		return fail_reading(export);
	qsort(export->subjects, export->count, sizeof(export->subjects[0]), compare_subjects);
	status = check_names(export);
	if (status != EX_OK)
		return status;
	status = write_all(export);
	if (status == EX_OK && (!flush(export) || cli_flush() != EX_OK))
		status = EX_IOERR;
	damaged = store_view_damaged(export->view);
	if (damaged > 0) {
		cli_fail("history export: %llu damaged pieces of the history were left out",
			 (unsigned long long)damaged);
		status = status == EX_OK ? EX_DATAERR : status;
	}
	return status;
}

int history_export(const struct history_command *command)
{
	struct export export = { .options = command->options, .format = command->format };
	struct timespec now;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	status = read_wishes(&export,
			     (struct bw_wall){ now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 });
	if (status != EX_OK)
		return status;
	if (store_view_open(command->place->where, command->place->instance, &export.view,
			    &export.err) != BW_OK) {
		cli_fail("history export: %s: %s", history_place_name(command->place),
			 export.err.text);
		return EX_NOINPUT;
	}
	bw_buf_init(&export.out, 0);
	transfer_columns_init(&export.columns);
	status = run(&export);
	for (size_t nth = 0; nth < export.count; nth++)
		free(export.subjects[nth].name);
	free(export.subjects);
	bw_buf_finish(&export.out);
	store_view_close(export.view);
	return status;
}
