/* frame.c - chooses base and width by counting how many bits each value would need.
 *
 * Layout: base (signed), width + 1 if there is no slope, else width + 66 and the slope (signed);
 * count of patches; the packed bits, lowest first; each patch: its position (a byte) and its
 * difference from base and slope (signed). All but the bits are LEB128.
 */
#include "series/frame.h"

#include <stdlib.h>
#include <string.h>

enum { SLOPE_MARK = 65, WIDTHS = 65, LOW_SHARE = 32 };

static int bits_of(uint64_t value)
{
	return value == 0 ? 0 : 64 - __builtin_clzll(value);
}

static size_t varint_bytes(int bits)
{
	return bits == 0 ? 1 : (size_t)(bits + 6) / 7;
}

static int compare(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return a < b ? -1 : a > b;
}

/* The best width over this base; values below the base are patches. */
static void plan_base(const int64_t *sorted, size_t count, int64_t base, struct frame_plan *plan)
{
	size_t in_width[WIDTHS] = { 0 }, patch_bytes = 0, patches = 0;

	plan->bytes = SIZE_MAX;
	for (size_t nth = 0; nth < count; nth++) {
		const uint64_t above = (uint64_t)sorted[nth] - (uint64_t)base;

		if (sorted[nth] >= base) {
			in_width[bits_of(above)]++;
			continue;
		}
		patches++;
		patch_bytes += 1 + varint_bytes(bits_of(-above) + 1);
	}
	for (int width = 64; width >= 0; width--) {
		size_t bytes = (count * (size_t)width + 7) / 8 + patch_bytes;

		if (bytes < plan->bytes)
			*plan = (struct frame_plan){ .base = base,
						     .width = width,
						     .patches = (int)patches,
						     .bytes = bytes };
		patches += in_width[width];
		patch_bytes += in_width[width] * (1 + varint_bytes(width + 1));
	}
	plan->bytes += 2 + varint_bytes(bits_of(base < 0 ? -(uint64_t)base : (uint64_t)base) + 1);
}

/* Over the lowest value, and over one that leaves the lowest few as patches. */
static void plan_values(const int64_t *values, size_t count, struct frame_plan *out)
{
	int64_t sorted[FRAME_VALUES];
	struct frame_plan other;

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare);
	plan_base(sorted, count, sorted[0], out);
	plan_base(sorted, count, sorted[count / LOW_SHARE], &other);
	if (other.bytes < out->bytes)
		*out = other;
}

static int64_t minus_line(int64_t value, size_t nth, int64_t slope)
{
	return (int64_t)((uint64_t)value - nth * (uint64_t)slope);
}

/* Rounded to the nearest whole number. */
static int64_t slope_of(const int64_t *values, size_t count)
{
	const int64_t steps = (int64_t)count - 1;
	int64_t rise;

	if (count < 3 || __builtin_sub_overflow(values[count - 1], values[0], &rise))
		return 0;
	return rise / steps + (rise % steps * 2) / steps;
}

void frame_plan(const int64_t *values, size_t count, bool with_slope, struct frame_plan *out)
{
	const int64_t slope = with_slope ? slope_of(values, count) : 0;
	int64_t level[FRAME_VALUES];
	struct frame_plan sloped;

	plan_values(values, count, out);
	if (slope == 0)
		return;
	for (size_t nth = 0; nth < count; nth++)
		level[nth] = minus_line(values[nth], nth, slope);
	plan_values(level, count, &sloped);
	sloped.slope = slope;
	sloped.bytes += varint_bytes(bits_of((uint64_t)(slope < 0 ? -slope : slope)) + 1);
	if (sloped.bytes < out->bytes)
		*out = sloped;
}

/* --- writing --- */

static bool is_patch(const struct frame_plan *plan, int64_t level)
{
	const uint64_t above = (uint64_t)level - (uint64_t)plan->base;

	return level < plan->base || bits_of(above) > plan->width;
}

static void put_bits(struct bw_buf *out, const int64_t *values, size_t count,
		     const struct frame_plan *plan)
{
	unsigned char packed[FRAME_VALUES * 8 + 8] = { 0 };
	size_t at = 0;

	for (size_t nth = 0; nth < count; nth++) {
		const int64_t level = minus_line(values[nth], nth, plan->slope);
		uint64_t bits = is_patch(plan, level) ? 0 : (uint64_t)level - (uint64_t)plan->base;

		for (int left = plan->width; left > 0;) {
			const size_t offset = at % 8;
			const int taken = 8 - (int)offset < left ? 8 - (int)offset : left;

			packed[at / 8] |= (unsigned char)(bits << offset);
			bits >>= taken;
			at += (size_t)taken;
			left -= taken;
		}
	}
	bw_buf_append(out, packed, (at + 7) / 8);
}

void frame_put(struct bw_buf *out, const int64_t *values, size_t count,
	       const struct frame_plan *plan)
{
	column_put_signed(out, plan->base);
	bw_buf_byte(out, (char)(plan->width + (plan->slope != 0 ? SLOPE_MARK : 0)));
	if (plan->slope != 0)
		column_put_signed(out, plan->slope);
	column_put_varint(out, (uint64_t)plan->patches);
	if (plan->width > 0)
		put_bits(out, values, count, plan);
	for (size_t nth = 0; nth < count && plan->patches > 0; nth++) {
		const int64_t level = minus_line(values[nth], nth, plan->slope);

		if (!is_patch(plan, level))
			continue;
		bw_buf_byte(out, (char)nth);
		column_put_signed(out, (int64_t)((uint64_t)level - (uint64_t)plan->base));
	}
}

/* --- reading --- */

struct frame_head {
	int64_t base, slope;
	int width;
	uint64_t patches;
};

static enum bw_status get_head(struct column_bytes *in, size_t count, struct frame_head *out)
{
	*out = (struct frame_head){ .slope = 0 };
	if (column_get_signed(in, &out->base) != BW_OK || in->len == 0)
		return BW_ECORRUPT;
	out->width = *in->data++;
	in->len--;
	if (out->width >= SLOPE_MARK) {
		out->width -= SLOPE_MARK;
		if (column_get_signed(in, &out->slope) != BW_OK)
			return BW_ECORRUPT;
	}
	if (out->width > 64 || column_get_varint(in, &out->patches) != BW_OK ||
	    out->patches > count || in->len < (count * (size_t)out->width + 7) / 8)
		return BW_ECORRUPT;
	return BW_OK;
}

static uint64_t load(const uint8_t *data, size_t len)
{
	uint64_t word = 0;

	if (len >= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		return word;
	}
	for (size_t nth = 0; nth < len; nth++)
		word |= (uint64_t)data[nth] << (8 * nth);
	return word;
}

static void get_bits(const uint8_t *data, size_t len, const struct frame_head *head,
		     int64_t *values, size_t count)
{
	const uint64_t mask = head->width == 64 ? UINT64_MAX : (UINT64_C(1) << head->width) - 1;
	uint64_t line = (uint64_t)head->base;
	size_t at = 0;

	for (size_t nth = 0; nth < count; nth++) {
		const size_t byte = at / 8, offset = at % 8;
		uint64_t bits = load(data + byte, len - byte) >> offset;

		if (offset != 0 && offset + (size_t)head->width > 64)
			bits |= (uint64_t)data[byte + 8] << (64 - offset);
		values[nth] = (int64_t)(line + (bits & mask));
		at += (size_t)head->width;
		line += (uint64_t)head->slope;
	}
}

static void get_line(const struct frame_head *head, int64_t *values, size_t count)
{
	uint64_t line = (uint64_t)head->base;

	for (size_t nth = 0; nth < count; nth++) {
		values[nth] = (int64_t)line;
		line += (uint64_t)head->slope;
	}
}

enum bw_status frame_get(struct column_bytes *in, int64_t *values, size_t count)
{
	struct frame_head head;
	int64_t difference;

	if (get_head(in, count, &head) != BW_OK)
		return BW_ECORRUPT;
	const size_t len = (count * (size_t)head.width + 7) / 8;

	if (head.width > 0)
		get_bits(in->data, len, &head, values, count);
	else
		get_line(&head, values, count);
	in->data += len;
	in->len -= len;
	for (uint64_t nth = 0; nth < head.patches; nth++) {
		if (in->len == 0 || in->data[0] >= count)
			return BW_ECORRUPT;
		const size_t at = in->data[0];

		in->data++;
		in->len--;
		if (column_get_signed(in, &difference) != BW_OK)
			return BW_ECORRUPT;
		values[at] = (int64_t)((uint64_t)head.base + at * (uint64_t)head.slope +
				       (uint64_t)difference);
	}
	return BW_OK;
}
