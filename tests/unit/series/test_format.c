/* test_format.c - the bytes on disk are those of docs/internals/chunks.md, whose path is the first
 * argument: a row of a table with the bytes' name, then the bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "series/chunk.h"
#include "series/head.h"
#include "series/rollup.h"

enum { LINE_MAX_BYTES = 4096 };

static const char *page;

static void fill(struct series_rows *rows, struct head *head)
{
	static const struct {
		int64_t time_us, response_us;
		int status;
	} looks[] = {
		{ 1772461800250000, 1234, 1 },
		{ 1772461830250000, 1300, 1 },
		{ 1772461860251000, -1, 3 },
	};

	series_rows_init(rows, SERIES_COMPONENT_FIELDS);
	head_init(head);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct series_cell cells[SERIES_COMPONENT_FIELDS] = {
			{ SERIES_INTEGER, { .integer = looks[i].status } },
			{ SERIES_INTEGER, { .integer = 95 } },
			{ SERIES_INTEGER, { .integer = 0 } },
		};

		if (looks[i].status == 3)
			cells[SERIES_COMPONENT_ERROR] =
				(struct series_cell){ SERIES_INTEGER, { .integer = 7 } };
		else
			cells[SERIES_COMPONENT_RESPONSE] =
				(struct series_cell){ SERIES_INTEGER,
						      { .integer = looks[i].response_us } };
		assert_int_equal(series_rows_add(rows, looks[i].time_us, cells), BW_OK);
		assert_int_equal(head_add(head, SERIES_COMPONENT_FIELDS, looks[i].time_us, cells),
				 BW_OK);
	}
}

/* What the page says behind "| name | `". */
static void find_bytes(const char *name, char *out)
{
	char line[LINE_MAX_BYTES], start[64];
	FILE *file = fopen(page, "r");

	assert_non_null(file);
	snprintf(start, sizeof(start), "| %s | `", name);
	out[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, start, strlen(start)) == 0)
			snprintf(out, LINE_MAX_BYTES, "%.*s",
				 (int)strcspn(line + strlen(start), "`"), line + strlen(start));
	(void)fclose(file);
}

static void expect(const char *name, const void *data, size_t len)
{
	static char wanted[LINE_MAX_BYTES], got[LINE_MAX_BYTES];

	find_bytes(name, wanted);
	got[0] = '\0';
	for (size_t nth = 0; nth < len; nth++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%02x",
			 nth == 0 ? "" : " ", ((const unsigned char *)data)[nth]);
	assert_string_equal(got, wanted);
}

static void test_bytes(void **state)
{
	struct series_rows rows;
	struct rollup_buckets buckets;
	struct bw_buf bytes;
	struct head head;

	(void)state;
	fill(&rows, &head);
	bw_buf_init(&bytes, 0);
	chunk_encode(&bytes, SERIES_COMPONENT, &rows);
	expect("chunk", bytes.data, bytes.len);
	expect("head", head.data, head.len);
	rollup_init(&buckets, SERIES_COMPONENT);
	assert_int_equal(rollup_rows(SERIES_COMPONENT, &rows, INT64_C(1772461800000000),
				     INT64_C(1772462100000000), ROLLUP_5M_US, &buckets),
			 BW_OK);
	bw_buf_clear(&bytes);
	rollup_encode(&bytes, ROLLUP_5M, &buckets);
	expect("rollup of 14:30 to 14:35", bytes.data, bytes.len);
	bw_buf_finish(&bytes);
	rollup_finish(&buckets);
	head_finish(&head);
	series_rows_finish(&rows);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
	};

	page = count > 1 ? words[1] : "docs/internals/chunks.md";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
