/* texts.c - the cache is emptied when it is full: what is used comes back by one look-up each. */
#include "storage/texts.h"

#include <stdlib.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "storage/statements.h"

#define USE_US (3600 * BW_SECOND_US)

enum { CACHED_MAX = 4096 };

struct cached {
	int64_t id, used_us;
};

struct texts {
	struct bw_strmap *cache;
	int64_t last_id; /* 0: not known yet */
};

struct texts *texts_create(void)
{
	struct texts *texts = xcalloc(1, sizeof(*texts));

	texts->cache = bw_strmap_create();
	if (texts->cache == NULL)
		xalloc_die();
	return texts;
}

static void empty_cache(struct texts *texts)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(texts->cache, &cursor, &entry))
		free(entry.value);
	bw_strmap_clear(texts->cache);
}

void texts_forget(struct texts *texts)
{
	empty_cache(texts);
	texts->last_id = 0;
}

void texts_destroy(struct texts *texts)
{
	if (texts == NULL)
		return;
	empty_cache(texts);
	bw_strmap_destroy(texts->cache);
	free(texts);
}

static int64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	/* 32 bits are shorter on disk, and the text is compared anyway. */
	return (int64_t)((hash ^ hash >> 32) & UINT32_MAX);
}

static struct sql_value integer(int64_t value)
{
	return (struct sql_value){ .type = SQL_INTEGER, .integer = value };
}

static struct sql_value text_value(const char *text)
{
	return (struct sql_value){ .type = SQL_TEXT, .data = text };
}

/* The columns of one row as whole numbers; *has false when there is none. */
static enum bw_status read_numbers(struct sql *sql, int statement, int64_t *out, int count,
				   bool *has, struct bw_error *err)
{
	enum bw_status status = sql->driver->step(sql, statement, has, err);
	struct sql_value value;

	for (int nth = 0; status == BW_OK && *has && nth < count; nth++) {
		sql->driver->column(sql, statement, nth, &value);
		out[nth] = value.integer;
	}
	sql->driver->reset(sql, statement);
	return status;
}

static enum bw_status find(struct sql *sql, int64_t hash, const char *text, struct cached *out,
			   bool *has, struct bw_error *err)
{
	const struct sql_value values[] = { integer(hash), text_value(text) };
	int64_t numbers[2] = { 0 };
	enum bw_status status = sql->driver->start(sql, SQL_TEXT_FIND, values, 2, err);

	if (status == BW_OK)
		status = read_numbers(sql, SQL_TEXT_FIND, numbers, 2, has, err);
	*out = (struct cached){ numbers[0], numbers[1] };
	return status;
}

static enum bw_status next_id(struct texts *texts, struct sql *sql, int64_t *out,
			      struct bw_error *err)
{
	enum bw_status status = BW_OK;
	bool has;

	if (texts->last_id == 0) {
		status = sql->driver->start(sql, SQL_TEXT_LAST, NULL, 0, err);
		if (status == BW_OK)
			status = read_numbers(sql, SQL_TEXT_LAST, &texts->last_id, 1, &has, err);
	}
	if (status == BW_OK)
		*out = ++texts->last_id;
	return status;
}

static enum bw_status add(struct texts *texts, struct sql *sql, int64_t hash, const char *text,
			  struct cached *out, struct bw_error *err)
{
	struct sql_value values[4];
	enum bw_status status = next_id(texts, sql, &out->id, err);

	if (status != BW_OK)
		return status;
	values[0] = integer(out->id);
	values[1] = integer(hash);
	values[2] = integer(out->used_us);
	values[3] = text_value(text);
	return sql_run(sql, SQL_TEXT_ADD, values, 4, err);
}

static void remember(struct texts *texts, const char *text, const struct cached *cached)
{
	struct cached *copy;

	if (bw_strmap_count(texts->cache) >= CACHED_MAX)
		empty_cache(texts);
	copy = xmalloc(sizeof(*copy));
	*copy = *cached;
	xalloc_must(bw_strmap_put(texts->cache, text, copy));
}

static enum bw_status mark_used(struct sql *sql, struct cached *cached, int64_t time_us,
				struct bw_error *err)
{
	const struct sql_value values[] = { integer(time_us), integer(cached->id) };

	if (time_us - cached->used_us < USE_US)
		return BW_OK;
	cached->used_us = time_us;
	return sql_run(sql, SQL_TEXT_USE, values, 2, err);
}

enum bw_status texts_number(struct texts *texts, struct sql *sql, const char *text, int64_t time_us,
			    int64_t *out, struct bw_error *err)
{
	struct cached *known = bw_strmap_get(texts->cache, text), found;
	int64_t hash;
	enum bw_status status;
	bool has = false;

	if (known == NULL) {
		hash = hash_text(text);
		status = find(sql, hash, text, &found, &has, err);
		if (status == BW_OK && !has) {
			found.used_us = time_us;
			status = add(texts, sql, hash, text, &found, err);
		}
		if (status != BW_OK)
			return status;
		remember(texts, text, &found);
		known = bw_strmap_get(texts->cache, text);
	}
	*out = known->id;
	return mark_used(sql, known, time_us, err);
}
