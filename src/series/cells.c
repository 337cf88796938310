/* cells.c - a column of any mix: which cells are what, then the whole numbers, then the real ones.
 *
 * Layout: length of the rest; a byte that says which types there are. MIXED: the types as integers;
 * then the whole numbers as integers, if there are any; then the reals: a byte with the digits of
 * their scale or RAW, the scaled numbers as integers, how many do not fit, and each of those: how
 * far it is behind the one before, and its 8 bytes. RAW: 8 bytes a number, lowest first.
 */
#include <stdlib.h>
#include <string.h>

#include "series/column.h"
#include "series/decimal.h"

enum cells_shape { NOTHING, INTEGERS, REALS, MIXED };
enum { RAW = 255, REAL_BYTES = 8 };

/* Scratch of one column, all of `count`. */
struct scratch {
	int64_t *integers;
	double *reals;
};

static bool scratch_init(struct scratch *scratch, size_t count)
{
	scratch->integers = malloc((count + 1) * sizeof(*scratch->integers));
	scratch->reals = malloc((count + 1) * sizeof(*scratch->reals));
	return scratch->integers != NULL && scratch->reals != NULL;
}

static void scratch_finish(struct scratch *scratch)
{
	free(scratch->integers);
	free(scratch->reals);
}

static void put_real(struct bw_buf *out, double real)
{
	uint64_t bits;
	char bytes[REAL_BYTES];

	memcpy(&bits, &real, sizeof(bits));
	for (int nth = 0; nth < REAL_BYTES; nth++)
		bytes[nth] = (char)(bits >> (8 * nth));
	bw_buf_append(out, bytes, sizeof(bytes));
}

static enum bw_status get_real(struct column_bytes *in, double *out)
{
	uint64_t bits = 0;

	if (in->len < REAL_BYTES)
		return BW_ECORRUPT;
	for (int nth = 0; nth < REAL_BYTES; nth++)
		bits |= (uint64_t)in->data[nth] << (8 * nth);
	memcpy(out, &bits, sizeof(bits));
	in->data += REAL_BYTES;
	in->len -= REAL_BYTES;
	return BW_OK;
}

/* --- reals --- */

static size_t count_misfits(const double *reals, size_t count, int digits)
{
	size_t misfits = 0;
	int64_t whole;

	for (size_t nth = 0; nth < count; nth++)
		misfits += !decimal_fits(reals[nth], digits, &whole);
	return misfits;
}

/* The fewest digits with the fewest misfits; RAW when a fifth would not fit. */
static int choose_digits(const double *reals, size_t count, size_t *misfits)
{
	int best = RAW;

	*misfits = count / 5 + 1;
	for (int digits = 0; digits <= DECIMAL_DIGITS_MAX && *misfits > 0; digits++) {
		const size_t now = count_misfits(reals, count, digits);

		if (now < *misfits) {
			*misfits = now;
			best = digits;
		}
	}
	return best;
}

static void put_misfits(struct bw_buf *out, const double *reals, size_t count, int digits)
{
	size_t before = 0;
	int64_t whole;

	for (size_t nth = 0; nth < count; nth++) {
		if (decimal_fits(reals[nth], digits, &whole))
			continue;
		column_put_varint(out, nth - before);
		put_real(out, reals[nth]);
		before = nth;
	}
}

static void put_reals(struct bw_buf *out, const struct scratch *scratch, size_t count)
{
	size_t misfits;
	const int digits = choose_digits(scratch->reals, count, &misfits);

	bw_buf_byte(out, (char)digits);
	if (digits == RAW) {
		for (size_t nth = 0; nth < count; nth++)
			put_real(out, scratch->reals[nth]);
		return;
	}
	for (size_t nth = 0; nth < count; nth++)
		if (!decimal_fits(scratch->reals[nth], digits, &scratch->integers[nth]))
			scratch->integers[nth] = nth > 0 ? scratch->integers[nth - 1] : 0;
	column_put_integers(out, scratch->integers, count);
	column_put_varint(out, misfits);
	if (misfits > 0)
		put_misfits(out, scratch->reals, count, digits);
}

static enum bw_status get_misfits(struct column_bytes *in, double *reals, size_t count)
{
	uint64_t misfits, gap, at = 0;

	if (column_get_varint(in, &misfits) != BW_OK || misfits > count)
		return BW_ECORRUPT;
	for (; misfits > 0; misfits--) {
		if (column_get_varint(in, &gap) != BW_OK || gap >= count - at)
			return BW_ECORRUPT;
		at += gap;
		if (get_real(in, &reals[at]) != BW_OK)
			return BW_ECORRUPT;
	}
	return BW_OK;
}

static enum bw_status get_reals(struct column_bytes *in, const struct scratch *scratch,
				size_t count)
{
	int digits;

	if (in->len == 0)
		return BW_ECORRUPT;
	digits = *in->data++;
	in->len--;
	if (digits == RAW) {
		for (size_t nth = 0; nth < count; nth++)
			if (get_real(in, &scratch->reals[nth]) != BW_OK)
				return BW_ECORRUPT;
		return BW_OK;
	}
	if (digits > DECIMAL_DIGITS_MAX ||
	    column_get_integers(in, scratch->integers, count) != BW_OK)
		return BW_ECORRUPT;
	for (size_t nth = 0; nth < count; nth++)
		scratch->reals[nth] = decimal_real(scratch->integers[nth], digits);
	return get_misfits(in, scratch->reals, count);
}

/* --- columns --- */

static enum cells_shape shape_of(const struct series_column *column, size_t count)
{
	bool has[3] = { false };

	for (size_t nth = 0; nth < count; nth++)
		has[column->types[nth]] = true;
	if (!has[SERIES_INTEGER] && !has[SERIES_REAL])
		return NOTHING;
	if (has[SERIES_ABSENT] || (has[SERIES_INTEGER] && has[SERIES_REAL]))
		return MIXED;
	return has[SERIES_INTEGER] ? INTEGERS : REALS;
}

static void put_types(struct bw_buf *out, const struct series_column *column, size_t count,
		      int64_t *types)
{
	for (size_t nth = 0; nth < count; nth++)
		types[nth] = column->types[nth];
	column_put_integers(out, types, count);
}

static void put_column(struct bw_buf *out, const struct series_column *column, size_t count,
		       const struct scratch *scratch)
{
	const enum cells_shape shape = shape_of(column, count);
	size_t integers = 0, reals = 0;

	bw_buf_byte(out, (char)shape);
	if (shape == MIXED)
		put_types(out, column, count, scratch->integers);
	for (size_t nth = 0; nth < count; nth++) {
		if (column->types[nth] == SERIES_INTEGER)
			scratch->integers[integers++] = column->values[nth].integer;
		else if (column->types[nth] == SERIES_REAL)
			scratch->reals[reals++] = column->values[nth].real;
	}
	column_put_integers(out, scratch->integers, integers);
	if (reals > 0)
		put_reals(out, scratch, reals);
}

void column_put_cells(struct bw_buf *out, const struct series_column *column, size_t count)
{
	struct scratch scratch;
	struct bw_buf body;

	bw_buf_init(&body, 0);
	if (scratch_init(&scratch, count))
		put_column(&body, column, count, &scratch);
	else
		body.status = BW_ENOMEM;
	if (body.status == BW_OK) {
		column_put_varint(out, body.len);
		bw_buf_append(out, body.data, body.len);
	} else if (out->status == BW_OK) {
		out->status = body.status;
	}
	scratch_finish(&scratch);
	bw_buf_finish(&body);
}

static enum bw_status get_types(struct column_bytes *in, enum cells_shape shape,
				struct series_column *column, size_t count, int64_t *scratch)
{
	static const uint8_t types[] = {
		[NOTHING] = SERIES_ABSENT,
		[INTEGERS] = SERIES_INTEGER,
		[REALS] = SERIES_REAL,
	};

	if (shape != MIXED) {
		memset(column->types, types[shape], count);
		return BW_OK;
	}
	if (column_get_integers(in, scratch, count) != BW_OK)
		return BW_ECORRUPT;
	for (size_t nth = 0; nth < count; nth++) {
		if (scratch[nth] < SERIES_ABSENT || scratch[nth] > SERIES_REAL)
			return BW_ECORRUPT;
		column->types[nth] = (uint8_t)scratch[nth];
	}
	return BW_OK;
}

static void count_types(const struct series_column *column, size_t count, size_t *integers,
			size_t *reals)
{
	*integers = *reals = 0;
	for (size_t nth = 0; nth < count; nth++) {
		*integers += column->types[nth] == SERIES_INTEGER;
		*reals += column->types[nth] == SERIES_REAL;
	}
}

static enum bw_status get_column(struct column_bytes *in, enum cells_shape shape,
				 struct series_column *column, size_t count,
				 const struct scratch *scratch)
{
	size_t integers, reals, at = 0;
	enum bw_status status = get_types(in, shape, column, count, scratch->integers);

	if (status != BW_OK)
		return status;
	if (shape == NOTHING || shape == MIXED)
		memset(column->values, 0, count * sizeof(*column->values));
	count_types(column, count, &integers, &reals);
	status = column_get_integers(in, scratch->integers, integers);
	for (size_t nth = 0; nth < count && status == BW_OK; nth++)
		if (column->types[nth] == SERIES_INTEGER)
			column->values[nth].integer = scratch->integers[at++];
	if (status != BW_OK || reals == 0)
		return status;
	status = get_reals(in, scratch, reals);
	at = 0;
	for (size_t nth = 0; nth < count && status == BW_OK; nth++)
		if (column->types[nth] == SERIES_REAL)
			column->values[nth].real = scratch->reals[at++];
	return status;
}

static enum bw_status get_body(struct column_bytes *in, struct column_bytes *body)
{
	uint64_t len;

	if (column_get_varint(in, &len) != BW_OK || len > in->len)
		return BW_ECORRUPT;
	*body = (struct column_bytes){ in->data, (size_t)len };
	in->data += len;
	in->len -= (size_t)len;
	return BW_OK;
}

enum bw_status column_get_cells(struct column_bytes *in, struct series_column *column, size_t count)
{
	struct column_bytes body;
	struct scratch scratch;
	enum bw_status status;

	if (get_body(in, &body) != BW_OK || body.len == 0 || body.data[0] > MIXED)
		return BW_ECORRUPT;
	const enum cells_shape shape = (enum cells_shape) * body.data++;

	body.len--;
	status = scratch_init(&scratch, count) ? BW_OK : BW_ENOMEM;
	if (status == BW_OK)
		status = get_column(&body, shape, column, count, &scratch);
	scratch_finish(&scratch);
	return status == BW_OK && body.len > 0 ? BW_ECORRUPT : status;
}

enum bw_status column_skip(struct column_bytes *in)
{
	struct column_bytes body;

	return get_body(in, &body);
}
