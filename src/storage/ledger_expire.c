/* ledger_expire.c - goes round the series and makes shorter what is old, a bounded piece with each
 * commit, so that no commit is long and no reader waits.
 *
 * A UTC day of a series at a time: its raw chunks are read, its buckets of 5 minutes and of an hour
 * are written, and the chunks go, all in the transaction that runs. The day's last row stays as a
 * chunk of a level of its own: it says what holds at the beginning of the day to come. A day that
 * still has rows in the head waits until they are sealed.
 *
 * When the bound on the size presses, the oldest day over all series counts as old although the
 * history would have kept it. When there is no whole day left, or no room even for that, the oldest
 * eighth of what is least worth goes without a replacement: raw rows, then buckets of 5 minutes,
 * then those of an hour, then changes.
 */
#include <stdlib.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "series/chunk.h"
#include "storage/ledger_impl.h"
#include "storage/statements.h"

enum {
	LOOKS_MAX = 1024, /* at series with one commit */
	ASKS_MAX = 64,    /* of them that cost a question */
	PARTS = 8,
};

static const char limited_name[] = "limited_to_us";

struct expiry {
	struct ledger *ledger;
	struct sql *sql;
	const struct ledger_bounds *bounds;
	int asks, days; /* that are left */
	struct bw_error *err;
};

/* --- one number --- */

static enum bw_status ask_number(struct sql *sql, int statement, const struct sql_value *values,
				 size_t count, int64_t *out, struct bw_error *err)
{
	struct sql_value value;
	bool has = false;
	enum bw_status status = sql->driver->start(sql, statement, values, count, err);

	if (status == BW_OK)
		status = sql->driver->step(sql, statement, &has, err);
	if (status == BW_OK && has) {
		sql->driver->column(sql, statement, 0, &value);
		*out = value.integer;
	}
	sql->driver->reset(sql, statement);
	return status;
}

enum bw_status ledger_load_limited(struct ledger *ledger, struct sql *sql, struct bw_error *err)
{
	const struct sql_value name = sql_text(limited_name);

	ledger->limited_to_us = INT64_MIN;
	return ask_number(sql, SQL_FIGURE_GET, &name, 1, &ledger->limited_to_us, err);
}

static enum bw_status note_limited(struct ledger *ledger, struct sql *sql, int64_t until_us,
				   struct bw_error *err)
{
	const struct sql_value values[] = { sql_text(limited_name), sql_integer(until_us) };

	if (until_us <= ledger->limited_to_us)
		return BW_OK;
	ledger->limited_to_us = until_us;
	return sql_run(sql, SQL_FIGURE_PUT, values, 2, err);
}

static enum bw_status find_first(struct sql *sql, int level, int64_t series, int64_t *out,
				 struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(level), sql_integer(series) };

	*out = INT64_MAX;
	return ask_number(sql, SQL_CHUNK_FIRST, values, 2, out, err);
}

static enum bw_status know_oldest(struct sql *sql, struct heads_series *series, int *asks,
				  struct bw_error *err)
{
	enum bw_status status = BW_OK;
	int64_t hours;

	if (series->oldest_us == INT64_MIN) {
		*asks -= 1;
		status = find_first(sql, ROLLUP_RAW, series->id, &series->oldest_us, err);
	}
	if (status == BW_OK && series->oldest_rollup_us == INT64_MIN) {
		*asks -= 1;
		status = find_first(sql, ROLLUP_5M, series->id, &series->oldest_rollup_us, err);
		if (status == BW_OK)
			status = find_first(sql, ROLLUP_1H, series->id, &hours, err);
		if (status == BW_OK && hours < series->oldest_rollup_us)
			series->oldest_rollup_us = hours;
	}
	return status;
}

static enum bw_status remove_chunks(struct sql *sql, int level, int64_t series, int64_t from_us,
				    int64_t until_us, struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(level), sql_integer(series),
					    sql_integer(from_us), sql_integer(until_us) };

	return sql_run(sql, SQL_CHUNK_REMOVE, values, 4, err);
}

/* --- a day --- */

static void note_damage(struct ledger *ledger, int64_t series, int64_t from_us)
{
	char time[BW_WALL_TEXT_MAX];

	bw_wall_format((struct bw_wall){ from_us }, time);
	ledger->damage.count++;
	bw_text_format(ledger->damage.text, sizeof(ledger->damage.text),
		       "a chunk of series %lld of the day of %s", (long long)series, time);
}

/* Rows of the chunks of a level that begin in [from, to]; damaged ones are left out. */
static enum bw_status read_chunks(struct expiry *expiry, int level, int64_t series, int64_t from_us,
				  int64_t to_us, struct series_rows *rows)
{
	const struct sql_value values[] = { sql_integer(level), sql_integer(series),
					    sql_integer(from_us), sql_integer(to_us),
					    sql_integer(INT64_MIN) };
	struct sql *sql = expiry->sql;
	enum bw_status status = sql->driver->start(sql, SQL_CHUNK_RANGE, values, 5, expiry->err);
	enum bw_status decoded;
	struct sql_value data;
	bool has = true;

	while (status == BW_OK && has) {
		status = sql->driver->step(sql, SQL_CHUNK_RANGE, &has, expiry->err);
		if (status != BW_OK || !has)
			break;
		sql->driver->column(sql, SQL_CHUNK_RANGE, 2, &data);
		decoded = chunk_decode(data.data, data.len, 0, rows);
		if (decoded == BW_ECORRUPT)
			note_damage(expiry->ledger, series, from_us);
		else
			xalloc_must(decoded);
	}
	sql->driver->reset(sql, SQL_CHUNK_RANGE);
	return status;
}

static enum bw_status put_buckets(struct expiry *expiry, const struct heads_series *series,
				  enum rollup_level level, int64_t day_us,
				  const struct rollup_buckets *buckets)
{
	struct bw_buf bytes;
	const struct ledger_chunk chunk = { level, day_us, day_us + LEDGER_DAY_US - 1,
					    buckets->count, &bytes };
	enum bw_status status = BW_OK;

	bw_buf_init(&bytes, 0);
	rollup_encode(&bytes, level, buckets);
	if (buckets->count > 0)
		status = ledger_add_chunk(expiry->sql, series->id, &chunk, expiry->err);
	bw_buf_finish(&bytes);
	return status;
}

static enum bw_status put_rollups(struct expiry *expiry, const struct heads_series *series,
				  int64_t day_us, const struct series_rows *rows)
{
	struct rollup_buckets minutes, hours;
	enum bw_status status;

	rollup_init(&minutes, series->kind);
	rollup_init(&hours, series->kind);
	xalloc_must(rollup_rows(series->kind, rows, day_us, day_us + LEDGER_DAY_US, ROLLUP_5M_US,
				&minutes));
	xalloc_must(rollup_merge(&hours, &minutes, ROLLUP_1H_US));
	status = put_buckets(expiry, series, ROLLUP_5M, day_us, &minutes);
	if (status == BW_OK)
		status = put_buckets(expiry, series, ROLLUP_1H, day_us, &hours);
	rollup_finish(&minutes);
	rollup_finish(&hours);
	return status;
}

/* The last row of `rows` for the next day. */
static enum bw_status put_carry(struct expiry *expiry, const struct heads_series *series,
				const struct series_rows *rows)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct series_rows last = { 0 };
	struct ledger_chunk chunk = { .level = (enum rollup_level)LEDGER_LEVEL_CARRY, .rows = 1 };
	enum bw_status status;
	struct bw_buf bytes;

	bw_buf_init(&bytes, 0);
	chunk.bytes = &bytes;
	series_rows_init(&last, rows->field_count);
	series_rows_get(rows, rows->count - 1, &chunk.from_us, cells);
	chunk.to_us = chunk.from_us;
	xalloc_must(series_rows_add(&last, chunk.from_us, cells));
	chunk_encode(&bytes, series->kind, &last);
	status = remove_chunks(expiry->sql, LEDGER_LEVEL_CARRY, series->id, INT64_MIN, INT64_MAX,
			       expiry->err);
	if (status == BW_OK)
		status = ledger_add_chunk(expiry->sql, series->id, &chunk, expiry->err);
	series_rows_finish(&last);
	bw_buf_finish(&bytes);
	return status;
}

static enum bw_status make_rollups(struct expiry *expiry, const struct heads_series *series,
				   int64_t day_us)
{
	int64_t end_us = day_us + LEDGER_DAY_US;
	struct series_rows rows = { 0 };
	size_t carried;
	enum bw_status status;

	series_rows_init(&rows, series_schema(series->kind)->field_count);
	status = read_chunks(expiry, LEDGER_LEVEL_CARRY, series->id, INT64_MIN, day_us - 1, &rows);
	carried = rows.count;
	if (status == BW_OK)
		status = read_chunks(expiry, ROLLUP_RAW, series->id, day_us, end_us - 1, &rows);
	if (status == BW_OK && rows.count > carried) {
		xalloc_must(series_rows_settle(&rows, INT64_MIN, end_us - 1));
		status = put_rollups(expiry, series, day_us, &rows);
		if (status == BW_OK)
			status = put_carry(expiry, series, &rows);
	}
	series_rows_finish(&rows);
	return status;
}

static enum bw_status expire_day(struct expiry *expiry, struct heads_series *series)
{
	int64_t day_us = ledger_day(series->oldest_us), end_us = day_us + LEDGER_DAY_US;
	enum bw_status status = BW_OK;

	expiry->days--;
	if (expiry->bounds->makes_rollups)
		status = make_rollups(expiry, series, day_us);
	if (status == BW_OK)
		status = remove_chunks(expiry->sql, ROLLUP_RAW, series->id, INT64_MIN, end_us,
				       expiry->err);
	if (status == BW_OK && end_us > expiry->bounds->raw_until_us)
		status = note_limited(expiry->ledger, expiry->sql, end_us, expiry->err);
	series->oldest_us = INT64_MIN;
	series->oldest_rollup_us = INT64_MIN;
	return status;
}

static enum bw_status expire_rollups(struct expiry *expiry, struct heads_series *series)
{
	int64_t until_us = ledger_day(expiry->bounds->rollup_until_us);
	enum bw_status status = BW_OK;

	expiry->days--;
	for (int level = ROLLUP_5M; level <= LEDGER_LEVEL_CARRY && status == BW_OK; level++)
		status = remove_chunks(expiry->sql, level, series->id, INT64_MIN, until_us,
				       expiry->err);
	series->oldest_rollup_us = INT64_MIN;
	return status;
}

static enum bw_status forget(struct expiry *expiry, struct heads_series *series)
{
	const struct sql_value id = sql_integer(series->id);
	enum bw_status status = remove_chunks(expiry->sql, LEDGER_LEVEL_CARRY, series->id,
					      INT64_MIN, INT64_MAX, expiry->err);

	if (status == BW_OK)
		status = sql_run(expiry->sql, SQL_HEAD_REMOVE, &id, 1, expiry->err);
	if (status == BW_OK)
		status = sql_run(expiry->sql, SQL_SERIES_REMOVE, &id, 1, expiry->err);
	if (status == BW_OK)
		series_list_add(&expiry->ledger->emptied, series);
	return status;
}

/* --- the round --- */

static bool is_empty(const struct ledger *ledger, const struct heads_series *series)
{
	return series->oldest_us == INT64_MAX && series->oldest_rollup_us == INT64_MAX &&
	       series->head.rows == 0 && !series->waiting && !series->dirty &&
	       series->batch != ledger->batch;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void note_round(struct ledger_round *round, const struct heads_series *series)
{
	round->raw_from_us = earlier(round->raw_from_us, series->oldest_us);
	if (series->head.rows > 0)
		round->raw_from_us = earlier(round->raw_from_us, series->head.first_us);
	round->rollup_from_us = earlier(round->rollup_from_us, series->oldest_rollup_us);
}

/* Is its oldest day to be made shorter now? One with rows in the head waits for them. */
static bool has_old_day(struct expiry *expiry, struct heads_series *series)
{
	int64_t until_us = later(expiry->bounds->raw_until_us, expiry->ledger->press_until_us);
	int64_t end_us;

	if (series->oldest_us > INT64_MAX - LEDGER_DAY_US)
		return false;
	end_us = ledger_day(series->oldest_us) + LEDGER_DAY_US;
	if (end_us > until_us)
		return false;
	if (series->head.rows == 0 || series->head.first_us >= end_us)
		return true;
	ledger_wait_for_seal(expiry->ledger, series);
	return false;
}

/* It has been silent for a day: it will hardly fill its head. */
static bool is_idle(const struct expiry *expiry, const struct heads_series *series)
{
	return series->head.rows > 0 && expiry->bounds->newest_us != INT64_MIN &&
	       series->head.last_us < expiry->bounds->newest_us - LEDGER_DAY_US;
}

/* One look at one series. *stays: it may have more to do than this commit has room for. */
static enum bw_status look_at(struct expiry *expiry, struct heads_series *series, bool *stays)
{
	enum bw_status status = know_oldest(expiry->sql, series, &expiry->asks, expiry->err);

	if (status != BW_OK)
		return status;
	if (is_idle(expiry, series))
		ledger_wait_for_seal(expiry->ledger, series);
	*stays = true;
	if (has_old_day(expiry, series))
		return expire_day(expiry, series);
	if (series->oldest_rollup_us < ledger_day(expiry->bounds->rollup_until_us))
		return expire_rollups(expiry, series);
	*stays = false;
	note_round(&expiry->ledger->round, series);
	return is_empty(expiry->ledger, series) ? forget(expiry, series) : BW_OK;
}

static void end_round(struct ledger *ledger)
{
	struct ledger_round *round = &ledger->round;

	*round = (struct ledger_round){
		.raw_from_us = INT64_MAX,
		.rollup_from_us = INT64_MAX,
		.last_raw_us = round->raw_from_us == INT64_MAX ? 0 : round->raw_from_us,
		.last_rollup_us = round->rollup_from_us == INT64_MAX ? 0 : round->rollup_from_us,
	};
	ledger->press_until_us = INT64_MIN;
}

enum bw_status ledger_expire(struct ledger *ledger, struct sql *sql,
			     const struct ledger_bounds *bounds, struct bw_error *err)
{
	struct expiry expiry = { ledger, sql, bounds, ASKS_MAX, bounds->days, err };
	size_t count = heads_count(ledger->heads);
	enum bw_status status = BW_OK;

	ledger->raw_until_us = bounds->raw_until_us;
	for (int look = 0;
	     look < LOOKS_MAX && status == BW_OK && expiry.asks > 0 && expiry.days > 0; look++) {
		bool stays = false;

		if (ledger->round.cursor >= count) {
			end_round(ledger);
			break;
		}
		status = look_at(&expiry, heads_get(ledger->heads, ledger->round.cursor), &stays);
		ledger->round.cursor += !stays;
	}
	return status;
}

/* --- too much --- */

struct span {
	int64_t from_us, to_us;
};

/* From where to where the oldest chunks of the series of a level begin. */
static enum bw_status find_span(struct ledger *ledger, struct sql *sql, int level, struct span *out,
				struct bw_error *err)
{
	enum bw_status status = BW_OK;

	*out = (struct span){ INT64_MAX, INT64_MIN };
	for (size_t nth = 0; nth < heads_count(ledger->heads) && status == BW_OK; nth++) {
		struct heads_series *series = heads_get(ledger->heads, nth);
		const struct sql_value values[] = { sql_integer(level), sql_integer(series->id) };
		int64_t first_us, last_us = INT64_MIN;

		status = find_first(sql, level, series->id, &first_us, err);
		if (status == BW_OK)
			status = ask_number(sql, SQL_CHUNK_LAST, values, 2, &last_us, err);
		out->from_us = earlier(out->from_us, first_us);
		out->to_us = later(out->to_us, last_us);
	}
	return status;
}

static enum bw_status drop_part(struct ledger *ledger, struct sql *sql, int level,
				const struct span *span, struct bw_error *err)
{
	int64_t until_us = span->from_us + (span->to_us - span->from_us) / PARTS + 1;
	enum bw_status status = BW_OK;

	for (size_t nth = 0; nth < heads_count(ledger->heads) && status == BW_OK; nth++) {
		struct heads_series *series = heads_get(ledger->heads, nth);

		series->oldest_us = series->oldest_rollup_us = INT64_MIN;
		status = remove_chunks(sql, level, series->id, INT64_MIN, until_us, err);
	}
	if (status == BW_OK && level == ROLLUP_RAW)
		status = note_limited(ledger, sql, until_us, err);
	return status;
}

static enum bw_status drop_least(struct ledger *ledger, struct sql *sql, struct bw_error *err)
{
	enum bw_status status = BW_OK;
	struct span span;

	for (int level = ROLLUP_RAW; level < ROLLUP_LEVELS && status == BW_OK; level++) {
		status = find_span(ledger, sql, level, &span, err);
		if (status == BW_OK && span.from_us != INT64_MAX)
			return drop_part(ledger, sql, level, &span, err);
	}
	return status == BW_OK ? sql_run(sql, SQL_CHANGE_DROP, NULL, 0, err) : status;
}

enum bw_status ledger_press(struct ledger *ledger, struct sql *sql, bool is_over,
			    struct bw_error *err)
{
	struct span span;
	enum bw_status status;

	if (ledger->press_until_us != INT64_MIN)
		return BW_OK;
	status = find_span(ledger, sql, ROLLUP_RAW, &span, err);
	if (status != BW_OK)
		return status;
	if (span.from_us == INT64_MAX ||
	    ledger_day(span.from_us) + LEDGER_DAY_US > ledger_day(span.to_us))
		return is_over ? drop_least(ledger, sql, err) : BW_OK;
	ledger->press_until_us = ledger_day(span.from_us) + LEDGER_DAY_US;
	ledger->round.cursor = 0;
	return BW_OK;
}

enum bw_status ledger_make_room(struct ledger *ledger, struct sql *sql, struct bw_error *err)
{
	enum bw_status status = sql->driver->begin(sql, false, err);

	if (status == BW_OK)
		status = drop_least(ledger, sql, err);
	if (status == BW_OK)
		status = sql->driver->commit(sql, err);
	if (status != BW_OK)
		sql->driver->roll_back(sql);
	return status;
}
