/* rollup_code.c - buckets as one chunk.
 *
 * Layout: CRC-32 of all behind it, lowest byte first; version (1), kind, level; number of buckets;
 * their starts in widths as integers, their looks, then of each state the time outside and within
 * maintenance in us, as integers; number of gauges, of each: its field, counts as integers, min,
 * max and sum as cells, the length of all sketches and each sketch in turn (none for a count of 0).
 */
#include <stdlib.h>
#include <string.h>

#include "series/column.h"
#include "series/rollup.h"

enum { VERSION = 1, SUM_LENGTH = 4, HEAD_LENGTH = 7, BUCKETS_MAX = 16384 };

struct scratch {
	int64_t *integers;
	struct series_column cells;
};

static bool scratch_init(struct scratch *scratch, size_t count)
{
	scratch->integers = malloc((count + 1) * sizeof(*scratch->integers));
	scratch->cells.types = malloc(count + 1);
	scratch->cells.values = malloc((count + 1) * sizeof(*scratch->cells.values));
	return scratch->integers != NULL && scratch->cells.types != NULL &&
	       scratch->cells.values != NULL;
}

static void scratch_finish(struct scratch *scratch)
{
	free(scratch->integers);
	free(scratch->cells.types);
	free(scratch->cells.values);
}

/* --- writing --- */

static void put_states(struct bw_buf *out, const struct rollup_buckets *buckets,
		       const struct scratch *scratch)
{
	for (int state = 0; state < 2 * SERIES_STATES_MAX; state++) {
		for (size_t nth = 0; nth < buckets->count; nth++)
			scratch->integers[nth] =
				state < SERIES_STATES_MAX
					? buckets->items[nth].state_us[state]
					: buckets->items[nth]
						  .maintenance_us[state - SERIES_STATES_MAX];
		column_put_integers(out, scratch->integers, buckets->count);
	}
}

enum part { MIN, MAX, SUM, PARTS };

static double *part_of(struct rollup_gauge *gauge, enum part part)
{
	return part == MIN ? &gauge->min : part == MAX ? &gauge->max : &gauge->sum;
}

static void put_part(struct bw_buf *out, const struct rollup_buckets *buckets, size_t field,
		     enum part part, const struct scratch *scratch)
{
	for (size_t nth = 0; nth < buckets->count; nth++) {
		struct rollup_gauge *gauge = rollup_gauge_at(buckets, nth, field);

		scratch->cells.types[nth] = gauge->count > 0 ? SERIES_REAL : SERIES_ABSENT;
		scratch->cells.values[nth].real = *part_of(gauge, part);
	}
	column_put_cells(out, &scratch->cells, buckets->count);
}

static void put_sketches(struct bw_buf *out, const struct rollup_buckets *buckets, size_t field)
{
	struct bw_buf sketches;

	bw_buf_init(&sketches, 0);
	for (size_t nth = 0; nth < buckets->count; nth++) {
		const struct rollup_gauge *gauge = rollup_gauge_at(buckets, nth, field);

		if (gauge->count > 0)
			sketch_encode(&gauge->sketch, &sketches);
	}
	column_put_varint(out, sketches.len);
	bw_buf_append(out, sketches.data, sketches.len);
	if (sketches.status != BW_OK && out->status == BW_OK)
		out->status = sketches.status;
	bw_buf_finish(&sketches);
}

static void put_gauges(struct bw_buf *out, const struct rollup_buckets *buckets,
		       const struct scratch *scratch)
{
	column_put_varint(out, buckets->gauge_count);
	for (size_t field = 0; field < series_schema(buckets->kind)->field_count; field++) {
		if (rollup_gauge_at(buckets, 0, field) == NULL)
			continue;
		column_put_varint(out, field);
		for (size_t nth = 0; nth < buckets->count; nth++)
			scratch->integers[nth] =
				(int64_t)rollup_gauge_at(buckets, nth, field)->count;
		column_put_integers(out, scratch->integers, buckets->count);
		for (int part = MIN; part < PARTS; part++)
			put_part(out, buckets, field, (enum part)part, scratch);
		put_sketches(out, buckets, field);
	}
}

static void put_buckets(struct bw_buf *out, const struct rollup_buckets *buckets, int64_t width_us,
			const struct scratch *scratch)
{
	column_put_varint(out, buckets->count);
	for (size_t nth = 0; nth < buckets->count; nth++)
		scratch->integers[nth] = buckets->items[nth].from_us / width_us;
	column_put_integers(out, scratch->integers, buckets->count);
	for (size_t nth = 0; nth < buckets->count; nth++)
		scratch->integers[nth] = (int64_t)buckets->items[nth].looks;
	column_put_integers(out, scratch->integers, buckets->count);
	put_states(out, buckets, scratch);
	put_gauges(out, buckets, scratch);
}

void rollup_encode(struct bw_buf *out, enum rollup_level level,
		   const struct rollup_buckets *buckets)
{
	const char head[HEAD_LENGTH] = { 0, 0, 0, 0, VERSION, (char)buckets->kind, (char)level };
	const size_t start = out->len;
	struct scratch scratch;

	bw_buf_append(out, head, sizeof(head));
	if (scratch_init(&scratch, buckets->count))
		put_buckets(out, buckets, rollup_level_us(level), &scratch);
	else if (out->status == BW_OK)
		out->status = BW_ENOMEM;
	scratch_finish(&scratch);
	if (out->status != BW_OK)
		return;
	const uint32_t sum =
		column_checksum(out->data + start + SUM_LENGTH, out->len - start - SUM_LENGTH);

	for (size_t nth = 0; nth < SUM_LENGTH; nth++)
		out->data[start + nth] = (char)(sum >> (8 * nth));
}

/* --- reading --- */

static uint32_t get_sum(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
	       (uint32_t)data[3] << 24;
}

/* *in goes behind the head; *out has the kind and empty buckets of the width. */
static enum bw_status get_head(struct column_bytes *in, int64_t *width_us, uint64_t *count,
			       enum series_kind *kind)
{
	if (in->len <= HEAD_LENGTH ||
	    column_checksum(in->data + SUM_LENGTH, in->len - SUM_LENGTH) != get_sum(in->data))
		return BW_ECORRUPT;
	const uint8_t *head = in->data + SUM_LENGTH;

	if (head[0] != VERSION || head[1] >= SERIES_KINDS || head[2] == ROLLUP_RAW ||
	    head[2] >= ROLLUP_LEVELS)
		return BW_ECORRUPT;
	*kind = (enum series_kind)head[1];
	*width_us = rollup_level_us((enum rollup_level)head[2]);
	in->data += HEAD_LENGTH;
	in->len -= HEAD_LENGTH;
	if (column_get_varint(in, count) != BW_OK || *count == 0 || *count > BUCKETS_MAX)
		return BW_ECORRUPT;
	return BW_OK;
}

static enum bw_status get_starts(struct column_bytes *in, int64_t width_us,
				 struct rollup_buckets *out, const struct scratch *scratch)
{
	if (column_get_integers(in, scratch->integers, out->count) != BW_OK)
		return BW_ECORRUPT;
	for (size_t nth = 0; nth < out->count; nth++) {
		struct rollup_bucket *bucket = &out->items[nth];

		if (__builtin_mul_overflow(scratch->integers[nth], width_us, &bucket->from_us) ||
		    (nth > 0 && bucket->from_us <= out->items[nth - 1].from_us))
			return BW_ECORRUPT;
		bucket->width_us = width_us;
	}
	if (column_get_integers(in, scratch->integers, out->count) != BW_OK)
		return BW_ECORRUPT;
	for (size_t nth = 0; nth < out->count; nth++)
		out->items[nth].looks = (uint64_t)scratch->integers[nth];
	return BW_OK;
}

static enum bw_status get_states(struct column_bytes *in, struct rollup_buckets *out,
				 const struct scratch *scratch)
{
	for (int state = 0; state < 2 * SERIES_STATES_MAX; state++) {
		/* Most states are never met, and the buckets say so already. */
		if (column_skip_zeros(in))
			continue;
		if (column_get_integers(in, scratch->integers, out->count) != BW_OK)
			return BW_ECORRUPT;
		for (size_t nth = 0; nth < out->count; nth++) {
			struct rollup_bucket *bucket = &out->items[nth];

			if (scratch->integers[nth] < 0 || scratch->integers[nth] > bucket->width_us)
				return BW_ECORRUPT;
			if (state < SERIES_STATES_MAX)
				bucket->state_us[state] = scratch->integers[nth];
			else
				bucket->maintenance_us[state - SERIES_STATES_MAX] =
					scratch->integers[nth];
		}
	}
	return BW_OK;
}

static enum bw_status get_part(struct column_bytes *in, struct rollup_buckets *out, size_t field,
			       enum part part, struct scratch *scratch)
{
	enum bw_status status = column_get_cells(in, &scratch->cells, out->count);
	struct rollup_gauge *gauge = rollup_gauge_at(out, 0, field);

	for (size_t nth = 0; nth < out->count && status == BW_OK;
	     nth++, gauge += out->gauge_count) {

		if ((gauge->count > 0) != (scratch->cells.types[nth] == SERIES_REAL))
			return BW_ECORRUPT;
		if (gauge->count > 0)
			*part_of(gauge, part) = scratch->cells.values[nth].real;
	}
	return status;
}

static enum bw_status get_sketches(struct column_bytes *in, struct rollup_buckets *out,
				   size_t field)
{
	struct rollup_gauge *gauge = rollup_gauge_at(out, 0, field);
	enum bw_status status = BW_OK;
	struct column_bytes sketches;
	uint64_t len;

	if (column_get_varint(in, &len) != BW_OK || len > in->len)
		return BW_ECORRUPT;
	sketches = (struct column_bytes){ in->data, (size_t)len };
	in->data += len;
	in->len -= (size_t)len;
	for (size_t nth = 0; nth < out->count && status == BW_OK; nth++, gauge += out->gauge_count)
		if (gauge->count > 0)
			status = sketch_decode(&sketches, &gauge->sketch);
	return status == BW_OK && sketches.len > 0 ? BW_ECORRUPT : status;
}

static enum bw_status skip_gauge(struct column_bytes *in)
{
	/* The sketches have their length in front, as a column has. */
	for (int part = MIN; part <= PARTS; part++)
		if (column_skip(in) != BW_OK)
			return BW_ECORRUPT;
	return BW_OK;
}

static enum bw_status get_gauge(struct column_bytes *in, uint32_t wanted,
				struct rollup_buckets *out, struct scratch *scratch)
{
	enum bw_status status = BW_OK;
	uint64_t field;

	if (column_get_varint(in, &field) != BW_OK || field >= SERIES_FIELDS_MAX ||
	    rollup_gauge_at(out, 0, (size_t)field) == NULL ||
	    column_get_integers(in, scratch->integers, out->count) != BW_OK)
		return BW_ECORRUPT;
	if (wanted != 0 && (wanted >> field & 1) == 0)
		return skip_gauge(in);
	for (size_t nth = 0; nth < out->count; nth++) {
		if (scratch->integers[nth] < 0)
			return BW_ECORRUPT;
		rollup_gauge_at(out, nth, (size_t)field)->count = (uint64_t)scratch->integers[nth];
	}
	for (int part = MIN; part < PARTS && status == BW_OK; part++)
		status = get_part(in, out, (size_t)field, (enum part)part, scratch);
	return status == BW_OK ? get_sketches(in, out, (size_t)field) : status;
}

static enum bw_status get_all(struct column_bytes *in, int64_t width_us, uint32_t wanted,
			      struct rollup_buckets *out, struct scratch *scratch)
{
	enum bw_status status = get_starts(in, width_us, out, scratch);
	uint64_t gauges;

	if (status == BW_OK)
		status = get_states(in, out, scratch);
	if (status != BW_OK || column_get_varint(in, &gauges) != BW_OK ||
	    gauges > SERIES_FIELDS_MAX)
		return BW_ECORRUPT;
	for (; gauges > 0 && status == BW_OK; gauges--)
		status = get_gauge(in, wanted, out, scratch);
	return status == BW_OK && in->len > 0 ? BW_ECORRUPT : status;
}

/* So many empty buckets. */
static bool make_room(struct rollup_buckets *buckets, size_t count)
{
	buckets->items = calloc(count, sizeof(*buckets->items));
	buckets->gauges = calloc(count * buckets->gauge_count, sizeof(*buckets->gauges));
	if (buckets->items == NULL || buckets->gauges == NULL)
		return false;
	buckets->count = buckets->cap = count;
	return true;
}

enum bw_status rollup_decode(const void *data, size_t len, uint32_t wanted,
			     struct rollup_buckets *out)
{
	struct column_bytes in = { data, len };
	struct rollup_buckets fresh;
	struct scratch scratch;
	enum bw_status status;
	enum series_kind kind;
	int64_t width_us;
	uint64_t count;

	if (get_head(&in, &width_us, &count, &kind) != BW_OK || kind != out->kind)
		return BW_ECORRUPT;
	rollup_init(&fresh, kind);
	status = scratch_init(&scratch, (size_t)count) && make_room(&fresh, (size_t)count)
			 ? get_all(&in, width_us, wanted, &fresh, &scratch)
			 : BW_ENOMEM;
	if (status == BW_OK)
		status = rollup_append(out, &fresh, width_us);
	scratch_finish(&scratch);
	rollup_finish(&fresh);
	return status;
}
