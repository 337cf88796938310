/* rollup.c - buckets from rows, and longer ones from shorter. */
#include "series/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "series/span.h"

enum { FIRST_BUCKETS = 32, HOLD_FIELD = 1 };

int64_t rollup_level_us(enum rollup_level level)
{
	static const int64_t widths[ROLLUP_LEVELS] = {
		[ROLLUP_5M] = ROLLUP_5M_US,
		[ROLLUP_1H] = ROLLUP_1H_US,
	};

	return widths[level];
}

/* The gauges of a kind, numbered in the order of their fields; -1: it is none. */
static int gauge_number(enum series_kind kind, size_t field)
{
	const struct series_schema *schema = series_schema(kind);
	int number = 0;

	if (field >= schema->field_count || schema->fields[field].type != SERIES_GAUGE)
		return -1;
	for (size_t nth = 0; nth < field; nth++)
		number += schema->fields[nth].type == SERIES_GAUGE;
	return number;
}

static size_t count_gauges(enum series_kind kind)
{
	const struct series_schema *schema = series_schema(kind);
	size_t count = 0;

	for (size_t field = 0; field < schema->field_count; field++)
		count += schema->fields[field].type == SERIES_GAUGE;
	return count;
}

void rollup_init(struct rollup_buckets *buckets, enum series_kind kind)
{
	*buckets = (struct rollup_buckets){ .kind = kind, .gauge_count = count_gauges(kind) };
}

static void clear(struct rollup_buckets *buckets)
{
	for (size_t nth = 0; nth < buckets->count * buckets->gauge_count; nth++)
		sketch_finish(&buckets->gauges[nth].sketch);
	buckets->count = 0;
}

void rollup_finish(struct rollup_buckets *buckets)
{
	clear(buckets);
	free(buckets->items);
	free(buckets->gauges);
	rollup_init(buckets, buckets->kind);
}

struct rollup_gauge *rollup_gauge_at(const struct rollup_buckets *buckets, size_t nth, size_t field)
{
	const int number = gauge_number(buckets->kind, field);

	return number < 0 ? NULL : &buckets->gauges[nth * buckets->gauge_count + (size_t)number];
}

static enum bw_status reserve(struct rollup_buckets *buckets, size_t more)
{
	size_t cap = buckets->cap < FIRST_BUCKETS ? FIRST_BUCKETS : buckets->cap;
	struct rollup_bucket *items;
	struct rollup_gauge *gauges;

	if (more <= buckets->cap - buckets->count)
		return BW_OK;
	if (more > SIZE_MAX / 1024 - buckets->count)
		return BW_ENOMEM;
	while (cap < buckets->count + more)
		cap *= 2;
	items = realloc(buckets->items, cap * sizeof(*items));
	if (items == NULL)
		return BW_ENOMEM;
	buckets->items = items;
	gauges = realloc(buckets->gauges, (cap * buckets->gauge_count + 1) * sizeof(*gauges));
	if (gauges == NULL)
		return BW_ENOMEM;
	buckets->gauges = gauges;
	buckets->cap = cap;
	return BW_OK;
}

/* The position where a bucket of this start is or belongs; mostly behind the last. */
static size_t find(const struct rollup_buckets *buckets, int64_t from_us)
{
	size_t low = 0, high = buckets->count;

	if (high > 0 && buckets->items[high - 1].from_us < from_us)
		return high;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (buckets->items[middle].from_us < from_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* *at is that of an empty or known bucket. */
static enum bw_status find_or_add(struct rollup_buckets *buckets, int64_t from_us, int64_t width_us,
				  size_t *at)
{
	const size_t gauges = buckets->gauge_count;
	size_t behind;

	*at = find(buckets, from_us);
	if (*at < buckets->count && buckets->items[*at].from_us == from_us)
		return BW_OK;
	if (reserve(buckets, 1) != BW_OK)
		return BW_ENOMEM;
	behind = buckets->count - *at;
	memmove(buckets->items + *at + 1, buckets->items + *at, behind * sizeof(*buckets->items));
	memmove(buckets->gauges + (*at + 1) * gauges, buckets->gauges + *at * gauges,
		behind * gauges * sizeof(*buckets->gauges));
	buckets->items[*at] = (struct rollup_bucket){ .from_us = from_us, .width_us = width_us };
	memset(buckets->gauges + *at * gauges, 0, gauges * sizeof(*buckets->gauges));
	buckets->count++;
	return BW_OK;
}

static int64_t floor_to(int64_t time_us, int64_t width_us)
{
	const int64_t rest = time_us % width_us;

	return time_us - rest - (rest < 0 ? width_us : 0);
}

/* --- from rows --- */

static enum bw_status gauge_add(struct rollup_gauge *gauge, double value)
{
	if (sketch_add(&gauge->sketch, value, 1) != BW_OK)
		return BW_ENOMEM;
	if (gauge->count == 0 || value < gauge->min)
		gauge->min = value;
	if (gauge->count == 0 || value > gauge->max)
		gauge->max = value;
	gauge->sum += value;
	gauge->count++;
	return BW_OK;
}

static enum bw_status add_row(struct rollup_buckets *out, size_t at, const struct series_rows *rows,
			      size_t nth)
{
	out->items[at].looks += rows->columns[HOLD_FIELD].types[nth] == SERIES_INTEGER;
	for (size_t field = 0; field < rows->field_count; field++) {
		struct rollup_gauge *gauge = rollup_gauge_at(out, at, field);
		const struct series_cell cell = {
			(enum series_cell_type)rows->columns[field].types[nth],
			rows->columns[field].values[nth],
		};
		double value;

		if (gauge != NULL && series_cell_real(&cell, &value) &&
		    gauge_add(gauge, value) != BW_OK)
			return BW_ENOMEM;
	}
	return BW_OK;
}

/* Of ascending spans and rows the buckets are there already, in order. */
static void add_span(struct rollup_buckets *out, const struct span *span, int64_t width_us)
{
	int64_t from_us = span->from_us;

	while (from_us < span->to_us) {
		const int64_t start_us = floor_to(from_us, width_us);
		const int64_t end_us =
			start_us + width_us < span->to_us ? start_us + width_us : span->to_us;
		struct rollup_bucket *bucket = &out->items[find(out, start_us)];

		if (span->maintenance)
			bucket->maintenance_us[span->state] += end_us - from_us;
		else
			bucket->state_us[span->state] += end_us - from_us;
		from_us = end_us;
	}
}

static enum bw_status add_all(struct rollup_buckets *out, const struct series_rows *rows,
			      int64_t from_us, int64_t to_us)
{
	const int64_t width_us = out->items[0].width_us;
	struct span_walk walk;
	struct span span;
	enum bw_status status = BW_OK;

	span_walk_init(&walk, out->kind, rows, from_us, to_us);
	while (span_walk_next(&walk, &span))
		add_span(out, &span, width_us);
	for (size_t nth = 0; nth < rows->count && status == BW_OK; nth++)
		if (rows->times_us[nth] >= from_us && rows->times_us[nth] < to_us)
			status = add_row(out, find(out, floor_to(rows->times_us[nth], width_us)),
					 rows, nth);
	return status;
}

enum bw_status rollup_rows(enum series_kind kind, const struct series_rows *rows, int64_t from_us,
			   int64_t to_us, int64_t width_us, struct rollup_buckets *out)
{
	struct rollup_buckets fresh;
	enum bw_status status = BW_OK;
	size_t at;

	rollup_init(&fresh, kind);
	for (int64_t start_us = floor_to(from_us, width_us); start_us < to_us && status == BW_OK;
	     start_us += width_us)
		status = find_or_add(&fresh, start_us, width_us, &at);
	if (status == BW_OK && fresh.count > 0)
		status = add_all(&fresh, rows, from_us, to_us);
	if (status != BW_OK) {
		rollup_finish(&fresh);
		return status;
	}
	rollup_finish(out);
	*out = fresh;
	return BW_OK;
}

/* --- from shorter buckets --- */

/* With room for the sketch it cannot fail. */
static enum bw_status gauge_merge(struct rollup_gauge *into, const struct rollup_gauge *from)
{
	if (from->count == 0)
		return BW_OK;
	if (sketch_merge(&into->sketch, &from->sketch) != BW_OK)
		return BW_ENOMEM;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (into->count == 0 || from->max > into->max)
		into->max = from->max;
	into->sum += from->sum;
	into->count += from->count;
	return BW_OK;
}

static void bucket_merge(struct rollup_bucket *into, const struct rollup_bucket *from)
{
	into->looks += from->looks;
	for (int state = 0; state < SERIES_STATES_MAX; state++) {
		into->state_us[state] += from->state_us[state];
		into->maintenance_us[state] += from->maintenance_us[state];
	}
}

static enum bw_status merge(struct rollup_buckets *out, const struct rollup_buckets *from,
			    int64_t width_us)
{
	enum bw_status status = BW_OK;
	size_t at;

	for (size_t nth = 0; nth < from->count && status == BW_OK; nth++) {
		status = find_or_add(out, floor_to(from->items[nth].from_us, width_us), width_us,
				     &at);
		if (status != BW_OK)
			break;
		bucket_merge(&out->items[at], &from->items[nth]);
		for (size_t gauge = 0; gauge < out->gauge_count && status == BW_OK; gauge++)
			status = gauge_merge(&out->gauges[at * out->gauge_count + gauge],
					     &from->gauges[nth * out->gauge_count + gauge]);
	}
	return status;
}

enum bw_status rollup_merge(struct rollup_buckets *out, const struct rollup_buckets *from,
			    int64_t width_us)
{
	struct rollup_buckets fresh;
	enum bw_status status;

	/* Apart first, so that a failure leaves `out` as it was. */
	rollup_init(&fresh, from->kind);
	status = merge(&fresh, out, width_us);
	if (status == BW_OK)
		status = merge(&fresh, from, width_us);
	if (status != BW_OK) {
		rollup_finish(&fresh);
		return status;
	}
	rollup_finish(out);
	*out = fresh;
	return BW_OK;
}

/* The first of `from` into the last of `out`, which has the same start. */
static enum bw_status merge_first(struct rollup_buckets *out, const struct rollup_buckets *from)
{
	struct rollup_gauge *last = &out->gauges[(out->count - 1) * out->gauge_count];

	for (size_t gauge = 0; gauge < out->gauge_count; gauge++)
		if (sketch_reserve(&last[gauge].sketch, from->gauges[gauge].sketch.count) != BW_OK)
			return BW_ENOMEM;
	bucket_merge(&out->items[out->count - 1], &from->items[0]);
	for (size_t gauge = 0; gauge < out->gauge_count; gauge++)
		if (gauge_merge(&last[gauge], &from->gauges[gauge]) != BW_OK)
			return BW_ENOMEM;
	return BW_OK;
}

/* Those from the nth on, whose sketches change hands; the ones before it are done with. */
static void move(struct rollup_buckets *out, struct rollup_buckets *from, size_t nth)
{
	const size_t gauges = out->gauge_count, count = from->count - nth;

	memcpy(out->items + out->count, from->items + nth, count * sizeof(*from->items));
	memcpy(out->gauges + out->count * gauges, from->gauges + nth * gauges,
	       count * gauges * sizeof(*from->gauges));
	out->count += count;
	from->count = nth;
	clear(from);
}

enum bw_status rollup_append(struct rollup_buckets *out, struct rollup_buckets *from,
			     int64_t width_us)
{
	const int64_t last_us = out->count > 0 ? out->items[out->count - 1].from_us : INT64_MIN;
	bool meets;

	if (from->count == 0)
		return BW_OK;
	meets = out->count > 0 && last_us == from->items[0].from_us;
	if (out->count > 0 && last_us > from->items[0].from_us) {
		const enum bw_status status = rollup_merge(out, from, width_us);

		if (status == BW_OK)
			clear(from);
		return status;
	}
	if (reserve(out, from->count) != BW_OK || (meets && merge_first(out, from) != BW_OK))
		return BW_ENOMEM;
	move(out, from, meets ? 1 : 0);
	return BW_OK;
}

void rollup_fit(struct rollup_buckets *buckets)
{
	for (size_t nth = 0; nth < buckets->count; nth++) {
		struct rollup_bucket *bucket = &buckets->items[nth];
		int64_t *places[] = { &bucket->state_us[SERIES_NONE],
				      &bucket->maintenance_us[SERIES_NONE] };
		int64_t more_us = -bucket->width_us;

		for (int state = 0; state < SERIES_STATES_MAX; state++)
			more_us += bucket->state_us[state] + bucket->maintenance_us[state];
		for (int i = 0; i < 2 && more_us > 0; i++) {
			const int64_t less_us = more_us < *places[i] ? more_us : *places[i];

			*places[i] -= less_us;
			more_us -= less_us;
		}
	}
}

void rollup_keep(struct rollup_buckets *buckets,
		 bool (*keeps)(void *arg, const struct rollup_bucket *bucket), void *arg)
{
	const size_t gauges = buckets->gauge_count;
	size_t kept = 0;

	for (size_t nth = 0; nth < buckets->count; nth++) {
		if (!keeps(arg, &buckets->items[nth])) {
			for (size_t gauge = 0; gauge < gauges; gauge++)
				sketch_finish(&buckets->gauges[nth * gauges + gauge].sketch);
			continue;
		}
		if (kept != nth) {
			buckets->items[kept] = buckets->items[nth];
			memcpy(&buckets->gauges[kept * gauges], &buckets->gauges[nth * gauges],
			       gauges * sizeof(*buckets->gauges));
		}
		kept++;
	}
	buckets->count = kept;
}
