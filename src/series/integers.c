/* integers.c - whole numbers: one for all, runs, or frames of them, of their differences or of the
 * differences of those, whichever is shortest.
 *
 * Layout: a byte that says which (below). CONSTANT: the value (signed). RUNS: how many, then for
 * each the difference of its value from the one before (signed) and its length. FRAMES: by order,
 * the first values (signed), then frames of FRAME_VALUES numbers, the last one of what is left.
 */
#include <stdlib.h>
#include <string.h>

#include "series/column.h"
#include "series/frame.h"

enum integers_shape { CONSTANT, RUNS, FRAMES, DIFFERENCES, SECOND_DIFFERENCES, SHAPES };

static size_t order_of(enum integers_shape shape)
{
	return (size_t)shape - FRAMES;
}

/* The numbers of a frame that begins at `at`, which is at least the order. */
static void differences(const int64_t *values, size_t at, size_t count, size_t order, int64_t *out)
{
	for (size_t nth = 0; nth < count; nth++) {
		const uint64_t value = (uint64_t)values[at + nth];

		if (order == 0)
			out[nth] = (int64_t)value;
		else if (order == 1)
			out[nth] = (int64_t)(value - (uint64_t)values[at + nth - 1]);
		else
			out[nth] = (int64_t)(value - 2 * (uint64_t)values[at + nth - 1] +
					     (uint64_t)values[at + nth - 2]);
	}
}

static size_t frame_count_at(size_t at, size_t count)
{
	return count - at < FRAME_VALUES ? count - at : FRAME_VALUES;
}

/* Some frames tell enough of a long column. */
enum { FRAMES_TRIED = 8 };

static size_t estimate(const int64_t *values, size_t count, size_t order)
{
	const size_t frames = (count + FRAME_VALUES - 1) / FRAME_VALUES;
	const size_t stride = frames > FRAMES_TRIED ? frames / FRAMES_TRIED : 1;
	int64_t numbers[FRAME_VALUES];
	struct frame_plan plan;
	size_t bytes = 0, tried = 0;

	for (size_t at = order; at < count; at += stride * FRAME_VALUES) {
		const size_t len = frame_count_at(at, count);

		differences(values, at, len, order, numbers);
		frame_plan(numbers, len, order == 0, &plan);
		bytes += plan.bytes;
		tried += len;
	}
	return tried == 0 ? 0 : (size_t)((double)bytes * (double)count / (double)tried);
}

/* At most so many runs are shorter than frames can be. */
static size_t count_runs(const int64_t *values, size_t count, size_t most)
{
	size_t runs = 1;

	for (size_t nth = 1; nth < count && runs <= most; nth++)
		runs += values[nth] != values[nth - 1];
	return runs;
}

static void put_runs(struct bw_buf *out, const int64_t *values, size_t count, size_t runs)
{
	uint64_t before = 0;
	size_t len;

	column_put_varint(out, runs);
	for (size_t at = 0; at < count; at += len) {
		for (len = 1; at + len < count && values[at + len] == values[at];)
			len++;
		column_put_signed(out, (int64_t)((uint64_t)values[at] - before));
		column_put_varint(out, len);
		before = (uint64_t)values[at];
	}
}

static void put_frames(struct bw_buf *out, const int64_t *values, size_t count, size_t order)
{
	int64_t numbers[FRAME_VALUES];
	struct frame_plan plan;

	for (size_t nth = 0; nth < order && nth < count; nth++)
		column_put_signed(out, values[nth]);
	for (size_t at = order; at < count; at += FRAME_VALUES) {
		const size_t len = frame_count_at(at, count);

		differences(values, at, len, order, numbers);
		frame_plan(numbers, len, order == 0, &plan);
		frame_put(out, numbers, len, &plan);
	}
}

static enum integers_shape choose(const int64_t *values, size_t count, size_t *runs)
{
	const size_t most = 4 + count / 16;
	enum integers_shape best = FRAMES;
	size_t least = SIZE_MAX;

	*runs = count_runs(values, count, most);
	if (*runs == 1)
		return CONSTANT;
	for (int shape = FRAMES; shape < SHAPES; shape++) {
		const size_t bytes = estimate(values, count, order_of((enum integers_shape)shape));

		if (bytes < least) {
			least = bytes;
			best = (enum integers_shape)shape;
		}
	}
	/* Neighbouring states: two or three bytes a run. */
	return *runs <= most && *runs * 3 < least ? RUNS : best;
}

void column_put_integers(struct bw_buf *out, const int64_t *values, size_t count)
{
	enum integers_shape shape;
	size_t runs;

	if (count == 0)
		return;
	shape = choose(values, count, &runs);
	bw_buf_byte(out, (char)shape);
	if (shape == CONSTANT)
		column_put_signed(out, values[0]);
	else if (shape == RUNS)
		put_runs(out, values, count, runs);
	else
		put_frames(out, values, count, order_of(shape));
}

/* --- reading --- */

static enum bw_status get_constant(struct column_bytes *in, int64_t *values, size_t count)
{
	int64_t value;

	if (column_get_signed(in, &value) != BW_OK)
		return BW_ECORRUPT;
	for (size_t nth = 0; nth < count; nth++)
		values[nth] = value;
	return BW_OK;
}

static enum bw_status get_runs(struct column_bytes *in, int64_t *values, size_t count)
{
	uint64_t runs, len, value = 0;
	int64_t difference;
	size_t at = 0;

	if (column_get_varint(in, &runs) != BW_OK)
		return BW_ECORRUPT;
	for (; runs > 0; runs--) {
		if (column_get_signed(in, &difference) != BW_OK ||
		    column_get_varint(in, &len) != BW_OK || len == 0 || len > count - at)
			return BW_ECORRUPT;
		value += (uint64_t)difference;
		for (const size_t end = at + (size_t)len; at < end; at++)
			values[at] = (int64_t)value;
	}
	return at == count ? BW_OK : BW_ECORRUPT;
}

static void sum(int64_t *values, size_t count, size_t order)
{
	for (size_t nth = order; nth < count && order > 0; nth++) {
		uint64_t value = (uint64_t)values[nth] + (uint64_t)values[nth - 1];

		if (order == 2)
			value += (uint64_t)values[nth - 1] - (uint64_t)values[nth - 2];
		values[nth] = (int64_t)value;
	}
}

static enum bw_status get_frames(struct column_bytes *in, int64_t *values, size_t count,
				 size_t order)
{
	for (size_t nth = 0; nth < order && nth < count; nth++)
		if (column_get_signed(in, &values[nth]) != BW_OK)
			return BW_ECORRUPT;
	for (size_t at = order; at < count; at += FRAME_VALUES)
		if (frame_get(in, values + at, frame_count_at(at, count)) != BW_OK)
			return BW_ECORRUPT;
	sum(values, count, order);
	return BW_OK;
}

bool column_skip_zeros(struct column_bytes *in)
{
	if (in->len < 2 || in->data[0] != CONSTANT || in->data[1] != 0)
		return false;
	in->data += 2;
	in->len -= 2;
	return true;
}

enum bw_status column_get_integers(struct column_bytes *in, int64_t *values, size_t count)
{
	uint8_t shape;

	if (count == 0)
		return BW_OK;
	if (in->len == 0)
		return BW_ECORRUPT;
	shape = *in->data++;
	in->len--;
	if (shape == CONSTANT)
		return get_constant(in, values, count);
	if (shape == RUNS)
		return get_runs(in, values, count);
	return shape < SHAPES ? get_frames(in, values, count, order_of((enum integers_shape)shape))
			      : BW_ECORRUPT;
}
