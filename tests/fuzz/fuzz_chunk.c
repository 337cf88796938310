/* fuzz_chunk.c - bytes as a chunk, as rollups or as a head: whatever is read from them is within
 * its limits and, written again, the same. The checksum is made right, or nothing gets past it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "series/chunk.h"
#include "series/column.h"
#include "series/head.h"
#include "series/rollup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void expect_same(const struct series_rows *left, const struct series_rows *right)
{
	expect(left->count == right->count);
	for (size_t nth = 0; nth < left->count; nth++) {
		struct series_cell a[SERIES_FIELDS_MAX], b[SERIES_FIELDS_MAX];
		int64_t a_us, b_us;

		series_rows_get(left, nth, &a_us, a);
		series_rows_get(right, nth, &b_us, b);
		expect(a_us == b_us);
		for (size_t field = 0; field < left->field_count; field++)
			expect(a[field].type == b[field].type &&
			       (a[field].type == SERIES_ABSENT ||
				memcmp(&a[field].value, &b[field].value, 8) == 0));
	}
}

static void try_chunk(const uint8_t *data, size_t size)
{
	struct chunk_summary summary;
	struct series_rows rows, back;
	struct bw_buf bytes;

	if (chunk_look(data, size, &summary) != BW_OK)
		return;
	series_rows_init(&rows, series_schema(summary.kind)->field_count);
	series_rows_init(&back, rows.field_count);
	bw_buf_init(&bytes, 0);
	if (chunk_decode(data, size, 0, &rows) == BW_OK) {
		expect(rows.count == summary.rows);
		chunk_encode(&bytes, summary.kind, &rows);
		expect(chunk_decode(bytes.data, bytes.len, 0, &back) == BW_OK);
		expect_same(&rows, &back);
	}
	bw_buf_finish(&bytes);
	series_rows_finish(&rows);
	series_rows_finish(&back);
}

static void try_rollup(const uint8_t *data, size_t size, enum series_kind kind)
{
	struct rollup_buckets buckets;

	rollup_init(&buckets, kind);
	if (rollup_decode(data, size, 0, &buckets) == BW_OK)
		for (size_t nth = 1; nth < buckets.count; nth++)
			expect(buckets.items[nth].from_us > buckets.items[nth - 1].from_us);
	rollup_finish(&buckets);
}

static void try_head(const uint8_t *data, size_t size, enum series_kind kind)
{
	const size_t fields = series_schema(kind)->field_count;
	struct series_rows rows, back;
	struct head head, restored;

	series_rows_init(&rows, fields);
	series_rows_init(&back, fields);
	head_init(&head);
	head_init(&restored);
	const bool is_whole = head_read(data, size, &rows) == BW_OK;

	expect((head_restore(&restored, fields, data, size) == BW_OK) == is_whole);
	expect(!is_whole || restored.rows == rows.count);
	for (size_t nth = 0; nth < rows.count; nth++) {
		struct series_cell cells[SERIES_FIELDS_MAX];
		int64_t time_us;

		series_rows_get(&rows, nth, &time_us, cells);
		expect(head_add(&head, fields, time_us, cells) == BW_OK);
	}
	expect(head_read(head.data, head.len, &back) == BW_OK);
	expect_same(&rows, &back);
	head_finish(&head);
	head_finish(&restored);
	series_rows_finish(&rows);
	series_rows_finish(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size < 8)
		return 0;
	const enum series_kind kind = (enum series_kind)(data[0] / 4 % SERIES_KINDS);

	if (data[0] % 4 == 2) {
		try_head(data + 1, size - 1, kind);
		return 0;
	}
	/* Four bytes of checksum, then what the fuzzer says. */
	bytes = malloc(size + 3);
	if (bytes == NULL)
		return 0;
	const uint32_t sum = column_checksum(data + 1, size - 1);

	for (size_t nth = 0; nth < 4; nth++)
		bytes[nth] = (uint8_t)(sum >> (8 * nth));
	memcpy(bytes + 4, data + 1, size - 1);
	if (data[0] % 4 == 0)
		try_chunk(bytes, size + 3);
	else
		try_rollup(bytes, size + 3, kind);
	free(bytes);
	return 0;
}
