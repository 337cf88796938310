/* head.c - a row is what changed since the row before.
 *
 * Layout of a row: a mask (bit 0: the time is in us, not ms; bit 1 + n: field n changed); how much
 * the step between two rows changed (signed); each changed field. A field begins with a number
 * whose low two bits say what it is: 0 absent; 1 a whole number, and the rest its difference from
 * the whole number before (zigzag); 2 a real as a decimal, and the rest its digits, then the number
 * without its point (signed); 3 anything in full, the rest its type, then 8 bytes. Lengths: LEB128.
 */
#include "series/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "series/column.h"
#include "series/decimal.h"

#define DAY_US INT64_C(86400000000)
#define MS_US 1000

enum { ABSENT, DIFFERENCE, DECIMAL, IN_FULL };
enum { ROW_BYTES_MAX = 16 + SERIES_FIELDS_MAX * 24, FIRST_BYTES = 96, FULL_BYTES = 8 };

/* The row before. Differences of whole numbers are from the last one that was whole. */
struct before {
	int64_t time_us, step_us;
	size_t field_count;
	struct {
		struct series_cell cell;
		int64_t integer;
	} fields[];
};

static struct before *before_create(size_t field_count)
{
	struct before *before =
		calloc(1, sizeof(*before) + field_count * sizeof(before->fields[0]));

	if (before != NULL)
		before->field_count = field_count;
	return before;
}

static void before_set(struct before *before, size_t field, const struct series_cell *cell)
{
	before->fields[field].cell = *cell;
	if (cell->type == SERIES_INTEGER)
		before->fields[field].integer = cell->value.integer;
}

void head_init(struct head *head)
{
	*head = (struct head){ .data = NULL };
}

void head_finish(struct head *head)
{
	free(head->data);
	free(head->before);
	head_init(head);
}

void head_clear(struct head *head)
{
	head_finish(head);
}

/* --- writing --- */

struct writer {
	uint8_t bytes[ROW_BYTES_MAX];
	size_t len;
};

static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static void put(struct writer *writer, uint64_t value)
{
	while (value >= 0x80) {
		writer->bytes[writer->len++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	writer->bytes[writer->len++] = (uint8_t)value;
}

static void put_in_full(struct writer *writer, const struct series_cell *cell)
{
	uint64_t bits;

	memcpy(&bits, &cell->value, sizeof(bits));
	put(writer, (uint64_t)cell->type << 2 | IN_FULL);
	for (int nth = 0; nth < FULL_BYTES; nth++)
		writer->bytes[writer->len++] = (uint8_t)(bits >> (8 * nth));
}

static bool put_decimal(struct writer *writer, double real)
{
	int64_t whole;

	for (int digits = 0; digits <= DECIMAL_DIGITS_MAX; digits++) {
		if (!decimal_fits(real, digits, &whole))
			continue;
		put(writer, (uint64_t)digits << 2 | DECIMAL);
		put(writer, zigzag(whole));
		return true;
	}
	return false;
}

static void put_cell(struct writer *writer, const struct series_cell *cell, int64_t before)
{
	int64_t difference;

	if (cell->type == SERIES_ABSENT) {
		put(writer, ABSENT);
		return;
	}
	if (cell->type == SERIES_INTEGER &&
	    !__builtin_sub_overflow(cell->value.integer, before, &difference) &&
	    zigzag(difference) >> 62 == 0) {
		put(writer, zigzag(difference) << 2 | DIFFERENCE);
		return;
	}
	if (cell->type != SERIES_REAL || !put_decimal(writer, cell->value.real))
		put_in_full(writer, cell);
}

static bool is_same(const struct series_cell *left, const struct series_cell *right)
{
	return left->type == right->type &&
	       (left->type == SERIES_ABSENT ||
		left->value.integer == right->value.integer); /* of a real, its bits */
}

static void put_row(struct writer *writer, const struct before *before, int64_t time_us,
		    const struct series_cell *cells)
{
	const uint64_t step = (uint64_t)time_us - (uint64_t)before->time_us;
	const int64_t change = (int64_t)(step - (uint64_t)before->step_us);
	const bool is_us = change % MS_US != 0;
	uint64_t mask = is_us;

	for (size_t field = 0; field < before->field_count; field++)
		if (!is_same(&cells[field], &before->fields[field].cell))
			mask |= UINT64_C(2) << field;
	put(writer, mask);
	put(writer, zigzag(is_us ? change : change / MS_US));
	for (size_t field = 0; field < before->field_count; field++)
		if ((mask & UINT64_C(2) << field) != 0)
			put_cell(writer, &cells[field], before->fields[field].integer);
}

static enum bw_status append(struct head *head, const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return BW_OK;
	if (len > head->cap - head->len) {
		const size_t want = head->len + len;
		size_t cap = head->cap < FIRST_BYTES ? FIRST_BYTES : head->cap + head->cap / 3;
		uint8_t *data;

		cap = cap < want ? want : cap;
		if (cap > UINT32_MAX)
			return BW_ENOMEM;
		data = realloc(head->data, cap);
		if (data == NULL)
			return BW_ENOMEM;
		head->data = data;
		head->cap = (uint32_t)cap;
	}
	memcpy(head->data + head->len, bytes, len);
	head->len += (uint32_t)len;
	return BW_OK;
}

/* What follows from a row, once it is there. */
static void note_row(struct head *head, struct before *before, int64_t time_us)
{
	before->step_us =
		head->rows == 0 ? 0 : (int64_t)((uint64_t)time_us - (uint64_t)before->time_us);
	before->time_us = time_us;
	if (head->rows == 0)
		head->first_us = time_us;
	head->last_us = time_us;
	head->rows++;
}

enum bw_status head_add(struct head *head, size_t field_count, int64_t time_us,
			const struct series_cell *cells)
{
	struct before *before = head->before;
	struct writer writer;

	if (before == NULL)
		before = before_create(field_count);
	if (before == NULL)
		return BW_ENOMEM;
	head->before = before;
	writer.len = 0;
	put_row(&writer, before, time_us, cells);
	if (append(head, writer.bytes, writer.len) != BW_OK)
		return BW_ENOMEM;
	for (size_t field = 0; field < field_count; field++)
		before_set(before, field, &cells[field]);
	note_row(head, before, time_us);
	return BW_OK;
}

static int64_t day_of(int64_t time_us)
{
	return time_us / DAY_US - (time_us % DAY_US < 0);
}

bool head_is_full(const struct head *head, int64_t next_us)
{
	return head->rows > 0 &&
	       (head->len >= HEAD_BYTES || day_of(next_us) != day_of(head->first_us));
}

/* --- reading --- */

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

static enum bw_status get_in_full(struct column_bytes *in, uint64_t type, struct series_cell *cell)
{
	uint64_t bits = 0;

	if ((type != SERIES_INTEGER && type != SERIES_REAL) || in->len < FULL_BYTES)
		return BW_ECORRUPT;
	for (int nth = 0; nth < FULL_BYTES; nth++)
		bits |= (uint64_t)in->data[nth] << (8 * nth);
	in->data += FULL_BYTES;
	in->len -= FULL_BYTES;
	cell->type = (enum series_cell_type)type;
	memcpy(&cell->value, &bits, sizeof(bits));
	return BW_OK;
}

static enum bw_status get_decimal(struct column_bytes *in, uint64_t digits,
				  struct series_cell *cell)
{
	int64_t whole;

	if (digits > DECIMAL_DIGITS_MAX || column_get_signed(in, &whole) != BW_OK)
		return BW_ECORRUPT;
	*cell = (struct series_cell){ SERIES_REAL, { .real = decimal_real(whole, (int)digits) } };
	return BW_OK;
}

static enum bw_status get_cell(struct column_bytes *in, int64_t before, struct series_cell *cell)
{
	uint64_t word;

	if (column_get_varint(in, &word) != BW_OK)
		return BW_ECORRUPT;
	*cell = (struct series_cell){ .type = SERIES_ABSENT };
	switch (word & 3) {
	case ABSENT:
		return word == ABSENT ? BW_OK : BW_ECORRUPT;
	case DIFFERENCE:
		cell->type = SERIES_INTEGER;
		cell->value.integer = (int64_t)((uint64_t)before + (uint64_t)unzigzag(word >> 2));
		return BW_OK;
	case DECIMAL:
		return get_decimal(in, word >> 2, cell);
	default:
		return get_in_full(in, word >> 2, cell);
	}
}

/* The next row into `before`. */
static enum bw_status get_row(struct column_bytes *in, struct before *before, int64_t *time_us)
{
	uint64_t mask, change;
	struct series_cell cell;

	if (column_get_varint(in, &mask) != BW_OK || mask >> (before->field_count + 1) != 0 ||
	    column_get_varint(in, &change) != BW_OK)
		return BW_ECORRUPT;
	change = (uint64_t)unzigzag(change) * ((mask & 1) != 0 ? 1 : MS_US);
	for (size_t field = 0; field < before->field_count; field++) {
		if ((mask & UINT64_C(2) << field) == 0)
			continue;
		if (get_cell(in, before->fields[field].integer, &cell) != BW_OK)
			return BW_ECORRUPT;
		before_set(before, field, &cell);
	}
	*time_us = (int64_t)((uint64_t)before->time_us + (uint64_t)before->step_us + change);
	return BW_OK;
}

static enum bw_status add_row(const struct before *before, int64_t time_us,
			      struct series_rows *rows)
{
	struct series_cell cells[SERIES_FIELDS_MAX];

	for (size_t field = 0; field < before->field_count; field++)
		cells[field] = before->fields[field].cell;
	return series_rows_add(rows, time_us, cells);
}

/* Through all rows; `head` counts them, `rows` (may be NULL) gets them. */
static enum bw_status replay(const void *data, size_t len, struct before *before, struct head *head,
			     struct series_rows *rows)
{
	struct column_bytes in = { data, len };
	enum bw_status status = BW_OK;
	int64_t time_us;

	while (in.len > 0 && status == BW_OK) {
		status = get_row(&in, before, &time_us);
		if (status == BW_OK && rows != NULL)
			status = add_row(before, time_us, rows);
		if (status == BW_OK)
			note_row(head, before, time_us);
	}
	return status;
}

enum bw_status head_read(const void *data, size_t len, struct series_rows *rows)
{
	struct before *before = before_create(rows->field_count);
	struct head head;
	enum bw_status status;

	if (before == NULL)
		return BW_ENOMEM;
	head_init(&head);
	status = replay(data, len, before, &head, rows);
	free(before);
	return status;
}

enum bw_status head_restore(struct head *head, size_t field_count, const void *data, size_t len)
{
	struct before *before = before_create(field_count);
	struct head restored;
	enum bw_status status = BW_ENOMEM;

	head_init(&restored);
	if (before != NULL)
		status = replay(data, len, before, &restored, NULL);
	if (status == BW_OK)
		status = append(&restored, data, len);
	if (status != BW_OK) {
		free(before);
		head_finish(&restored);
		return status;
	}
	restored.before = before;
	head_finish(head);
	*head = restored;
	return BW_OK;
}
