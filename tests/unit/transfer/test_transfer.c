/* test_transfer.c - what is written reads back bit by bit in every format, and what cannot be read
 * is refused with its line.
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "transfer/transfer.h"

enum { ROWS = 200 };

struct table {
	struct transfer_row rows[ROWS];
	char *texts[2 * ROWS]; /* names and errors of what was read */
	size_t count, text_count;
};

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static double any_real(uint64_t *seed)
{
	static const double some[] = { 0.0,       -0.0,   0.1,    1.0,      100.0,
				       1e16,      1e-300, -1e300, INFINITY, 0.5,
				       -INFINITY, 12.345, 5e-324, 99.98,    123456.789 };
	uint64_t bits = next(seed);
	double real;

	if (bits % 2 == 0)
		return some[bits / 2 % (sizeof(some) / sizeof(some[0]))];
	memcpy(&real, &bits, sizeof(real));
	return isnan(real) ? 1.5 : real;
}

static struct series_cell any_cell(uint64_t *seed)
{
	switch (next(seed) % 4) {
	case 0:
		return (struct series_cell){ .type = SERIES_ABSENT };
	case 1:
		return (struct series_cell){ SERIES_REAL, { .real = any_real(seed) } };
	case 2:
		return (struct series_cell){ SERIES_INTEGER, { .integer = (int64_t)next(seed) } };
	default:
		return (struct series_cell){ SERIES_INTEGER,
					     { .integer = (int64_t)(next(seed) % 9) } };
	}
}

static const char *const names[] = {
	"db",       "a, \"b\"", "line\nfeed",           "back\\slash\\n",
	" blanks ", "=1+1",     "\xc3\xa9\xe2\x82\xac", "{x=\"y\"}",
	"null"
};

/* Ascending series by series, so that OpenMetrics gives them back in the same order. */
static void fill(struct table *table, uint64_t seed)
{
	const size_t name_count = sizeof(names) / sizeof(names[0]);
	int64_t time_us = -5000000;

	table->count = table->text_count = 0;
	for (size_t nth = 0; nth < ROWS; nth++) {
		struct transfer_row *row = &table->rows[table->count++];
		size_t subject = nth * (2 * name_count + 2) / ROWS;

		time_us += 1 + (int64_t)(next(&seed) % 90000000);
		*row = (struct transfer_row){ .time_us = time_us, .name = "" };
		row->kind = subject == 0   ? SERIES_SYSTEM
			    : subject == 1 ? SERIES_HOST
			    : subject % 2  ? SERIES_COMPONENT
					   : SERIES_BREAKER;
		if (subject > 1)
			row->name = names[subject / 2 - 1];
		const struct series_schema *schema = series_schema(row->kind);

		/* A row without any value is not there at all in OpenMetrics. */
		row->cells[0] = (struct series_cell){ SERIES_INTEGER,
						      { .integer = (int64_t)(next(&seed) % 10) } };
		for (size_t field = 1; field < schema->field_count; field++) {
			if (schema->fields[field].type != SERIES_TEXT)
				row->cells[field] = any_cell(&seed);
			else if (next(&seed) % 2 == 0)
				row->text = names[next(&seed) % name_count];
		}
	}
}

static void write_metrics(const struct table *table, struct bw_buf *out)
{
	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		const struct series_schema *schema = series_schema((enum series_kind)kind);

		for (size_t field = 0; field < schema->field_count; field++) {
			transfer_metric_family((enum series_kind)kind, field, out);
			for (size_t nth = 0; nth < table->count; nth++)
				if (table->rows[nth].kind == schema->kind)
					transfer_metric_sample(&table->rows[nth], field, out);
		}
	}
	transfer_metric_end(out);
}

static void write_table(const struct table *table, enum transfer_format format, struct bw_buf *out)
{
	struct transfer_columns columns;

	transfer_columns_init(&columns);
	if (format == TRANSFER_OPENMETRICS) {
		write_metrics(table, out);
		return;
	}
	if (format == TRANSFER_CSV)
		transfer_csv_header(&columns, out);
	for (size_t nth = 0; nth < table->count; nth++) {
		if (format == TRANSFER_CSV)
			transfer_csv_row(&columns, &table->rows[nth], out);
		else
			transfer_json_row(&table->rows[nth], out);
	}
}

static const char *keep_text(struct table *table, const char *text)
{
	if (text == NULL)
		return NULL;
	table->texts[table->text_count] = xstrdup(text);
	return table->texts[table->text_count++];
}

static void take(void *arg, const struct transfer_row *row)
{
	struct table *table = arg;

	assert_true(table->count < ROWS);
	table->rows[table->count] = *row;
	table->rows[table->count].name = keep_text(table, row->name);
	table->rows[table->count].text = keep_text(table, row->text);
	table->count++;
}

static void forget(struct table *table)
{
	for (size_t nth = 0; nth < table->text_count; nth++)
		free(table->texts[nth]);
	table->count = table->text_count = 0;
}

static void expect_same_cell(const struct series_cell *left, const struct series_cell *right)
{
	assert_int_equal(left->type, right->type);
	if (left->type != SERIES_ABSENT)
		assert_memory_equal(&left->value, &right->value, sizeof(left->value));
}

static int compare_series(const struct transfer_row *left, const struct transfer_row *right)
{
	return left->kind != right->kind ? (int)left->kind - (int)right->kind
					 : strcmp(left->name, right->name);
}

/* The same rows, each series in its order. */
static void expect_same(const struct table *want, const struct table *got)
{
	bool met[ROWS] = { false };

	assert_int_equal(want->count, got->count);
	for (size_t nth = 0; nth < want->count; nth++) {
		const struct transfer_row *row = &want->rows[nth];
		size_t at = 0;

		while (at < got->count && (met[at] || compare_series(row, &got->rows[at]) != 0))
			at++;
		assert_true(at < got->count);
		met[at] = true;
		assert_int_equal(row->time_us, got->rows[at].time_us);
		for (size_t field = 0; field < series_schema(row->kind)->field_count; field++)
			expect_same_cell(&row->cells[field], &got->rows[at].cells[field]);
		assert_int_equal(row->text == NULL, got->rows[at].text == NULL);
		if (row->text != NULL)
			assert_string_equal(row->text, got->rows[at].text);
	}
}

/* In pieces of `piece` bytes. */
static enum bw_status read_text(enum transfer_format format, const char *text, size_t len,
				size_t piece, struct table *out, struct bw_error *err)
{
	struct transfer_reader *reader = transfer_reader_create(format, take, out);
	enum bw_status status = BW_OK;

	for (size_t at = 0; at < len && status == BW_OK; at += piece)
		status = transfer_reader_feed(reader, text + at,
					      piece < len - at ? piece : len - at, err);
	if (status == BW_OK)
		status = transfer_reader_end(reader, err);
	transfer_reader_destroy(reader);
	return status;
}

static void test_round_trips(void **state)
{
	static struct table want, got;
	static const size_t pieces[] = { 1, 7, 65536 };

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		enum transfer_format format = (enum transfer_format)(seed % TRANSFER_FORMATS);
		struct bw_error err = { .text = "" };
		struct bw_buf text;

		fill(&want, seed * 0x9e3779b97f4a7c15);
		bw_buf_init(&text, 0);
		write_table(&want, format, &text);
		got.count = got.text_count = 0;
		if (read_text(format, text.data, text.len, pieces[seed / 3 % 3], &got, &err) !=
		    BW_OK)
			fail_msg("seed %" PRIu64 ", %s: %s", seed, transfer_format_name(format),
				 err.text);
		expect_same(&want, &got);
		forget(&got);
		bw_buf_finish(&text);
	}
}

static void test_lines(void **state)
{
	const struct transfer_row row = {
		.kind = SERIES_COMPONENT,
		.name = "db",
		.time_us = 1772461800250000,
		.cells = { [SERIES_COMPONENT_STATUS] = { SERIES_INTEGER, { .integer = 3 } },
			   [SERIES_COMPONENT_HOLD] = { SERIES_INTEGER, { .integer = 95 } },
			   [SERIES_COMPONENT_RESPONSE] = { SERIES_INTEGER, { .integer = 1234 } } },
		.text = "refused, \"now\"",
	};
	struct bw_buf text;

	(void)state;
	bw_buf_init(&text, 0);
	transfer_csv_series_header(SERIES_COMPONENT, &text);
	transfer_csv_series_row(&row, &text);
	assert_string_equal(text.data, "time,status,hold,maintenance,error,response_us\n"
				       "2026-03-02T14:30:00.250000+00:00,unhealthy,95,,"
				       "\"refused, \"\"now\"\"\",1234\n");
	bw_buf_clear(&text);
	transfer_json_row(&row, &text);
	assert_string_equal(text.data,
			    "{\"time\":\"2026-03-02T14:30:00.250000+00:00\",\"kind\":\"component\","
			    "\"name\":\"db\",\"status\":\"unhealthy\",\"hold\":95,"
			    "\"error\":\"refused, \\\"now\\\"\",\"response_us\":1234}\n");
	bw_buf_clear(&text);
	transfer_metric_family(SERIES_COMPONENT, SERIES_COMPONENT_RESPONSE, &text);
	transfer_metric_sample(&row, SERIES_COMPONENT_RESPONSE, &text);
	transfer_metric_sample(&row, SERIES_COMPONENT_ERROR, &text);
	assert_string_equal(
		text.data,
		"# TYPE bellwether_component_response_us gauge\n"
		"bellwether_component_response_us{component=\"db\"} 1234 1772461800.250000\n"
		"bellwether_component_error{component=\"db\",text=\"refused, \\\"now\\\"\"} 1 "
		"1772461800.250000\n");
	bw_buf_finish(&text);
}

static void test_faults(void **state)
{
	static const struct {
		enum transfer_format format;
		const char *text, *fault;
	} cases[] = {
		{ TRANSFER_CSV, "time,kind\n", "line 1: the columns time, kind and name" },
		{ TRANSFER_CSV, "time,kind,name,stauts\n", "line 1: `stauts` is no column" },
		{ TRANSFER_CSV, "time,kind,name,time\n", "line 1: the column `time` stands there" },
		{ TRANSFER_CSV, "time,kind,name\n2026-13-01T00:00:00Z,host,\n",
		  "line 2: `2026-13-01T00:00:00Z` is no time" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,job,x\n",
		  "line 2: `job` is no kind" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,component,\n",
		  "line 2: a component needs its name" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,host,x\n",
		  "line 2: the host has no name" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,host\n",
		  "line 2: 2 columns, but the first line has 3" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,host,,\n",
		  "line 2: more than the 3 columns" },
		{ TRANSFER_CSV, "time,kind,name,status\n\n2026-01-01T00:00:00Z,component,x,fine\n",
		  "line 3: `fine` is no status of a component" },
		{ TRANSFER_CSV, "time,kind,name,hold\n2026-01-01T00:00:00Z,component,x,nan\n",
		  "line 2: `nan` is no hold" },
		{ TRANSFER_CSV, "time,kind,name,hold\n2026-01-01T00:00:00Z,component,x,0x10\n",
		  "line 2: `0x10` is no hold" },
		{ TRANSFER_CSV,
		  "time,kind,name,hold\n2026-01-01T00:00:00Z,component,x,9223372036854775808\n",
		  "line 2: `9223372036854775808` is no hold" },
		{ TRANSFER_CSV, "time,kind,name,status\n2026-01-01T00:00:00Z,breaker,x,healthy\n",
		  "line 2: a breaker has no `status`" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,component,\"x\n",
		  "line 2: a quote is not closed" },
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,component,\"x\"y\n",
		  "line 2: text beside a quote" },
		{ TRANSFER_JSON_LINES, "{}\n", "line 1: `` is no time" },
		{ TRANSFER_JSON_LINES, "[]\n", "line 1: a line is one object" },
		{ TRANSFER_JSON_LINES, "{\"a\":\n", "line 1: no JSON: " },
		{ TRANSFER_JSON_LINES,
		  "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"host\",\"x\":1}\n",
		  "line 1: a host has no `x`" },
		{ TRANSFER_JSON_LINES,
		  "{\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"host\",\"hold\":[]}\n",
		  "line 1: `hold`: that is no value" },
		{ TRANSFER_OPENMETRICS, "up 1 1\n# EOF\n", "line 1: `up` is no metric" },
		{ TRANSFER_OPENMETRICS, "bellwether_host_load_1 1.0\n# EOF\n",
		  "line 1: a value and a time are needed" },
		{ TRANSFER_OPENMETRICS, "bellwether_host_load_1 1.0 x\n# EOF\n",
		  "line 1: `x` is no time" },
		{ TRANSFER_OPENMETRICS, "bellwether_host_load_1 NaN 1\n# EOF\n",
		  "line 1: `NaN` is no value" },
		{ TRANSFER_OPENMETRICS, "bellwether_host_load_1{host=\"x\"} 1 1\n# EOF\n",
		  "line 1: the label host=\"NAME\" is too much" },
		{ TRANSFER_OPENMETRICS, "bellwether_component_hold{component=\"x} 1 1\n# EOF\n",
		  "line 1: labels of bellwether_component_hold" },
		{ TRANSFER_OPENMETRICS, "bellwether_host_load_1 1.0 1\n",
		  "line 2: \"# EOF\" is missing" },
		{ TRANSFER_OPENMETRICS, "# EOF\n# x\n", "line 2: something stands behind" },
	};
	static struct table got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bw_error err = { .text = "" };

		got.count = got.text_count = 0;
		assert_int_equal(read_text(cases[i].format, cases[i].text, strlen(cases[i].text),
					   64, &got, &err),
				 BW_EPARSE);
		if (strncmp(err.text, cases[i].fault, strlen(cases[i].fault)) != 0)
			fail_msg("\"%s\" is not \"%s\"", err.text, cases[i].fault);
		assert_int_equal(got.count, 0);
		forget(&got);
	}
}

/* It would come back changed: as U+FFFD, which may not even fit. */
static void test_what_is_no_utf8_is_refused(void **state)
{
	static const struct {
		enum transfer_format format;
		const char *text;
	} cases[] = {
		{ TRANSFER_CSV, "time,kind,name\n2026-01-01T00:00:00Z,component,M\xfcnchen\n" },
		{ TRANSFER_JSON_LINES, "\n{\"time\":\"\xc3\"}\n" },
		{ TRANSFER_OPENMETRICS,
		  "# x\nbellwether_component_hold{component=\"\xed\xa0\x80\"} 1 1\n# EOF\n" },
	};
	static struct table got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bw_error err = { .text = "" };

		got.count = got.text_count = 0;
		assert_int_equal(read_text(cases[i].format, cases[i].text, strlen(cases[i].text),
					   64, &got, &err),
				 BW_EPARSE);
		assert_string_equal(
			err.text,
			"line 2: not UTF-8; write the text as UTF-8 (iconv -t UTF-8 does)");
		assert_int_equal(got.count, 0);
		forget(&got);
	}
}

static void test_a_record_has_an_end(void **state)
{
	char *text = xmalloc(2 * TRANSFER_RECORD_MAX);
	struct bw_error err = { .text = "" };
	static struct table got;

	(void)state;
	memset(text, 'x', 2 * TRANSFER_RECORD_MAX);
	got.count = got.text_count = 0;
	assert_int_equal(
		read_text(TRANSFER_JSON_LINES, text, 2 * TRANSFER_RECORD_MAX, 4096, &got, &err),
		BW_EPARSE);
	assert_non_null(strstr(err.text, "line 1: longer than"));
	text[10] = '\0';
	text[20] = '\n';
	assert_int_equal(read_text(TRANSFER_CSV, text, 30, 4096, &got, &err), BW_EPARSE);
	assert_non_null(strstr(err.text, "line 1: a NUL byte"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_what_is_no_utf8_is_refused),
		cmocka_unit_test(test_a_record_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
