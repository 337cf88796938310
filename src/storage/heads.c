/* heads.c - an array by id, and a map by kind and name whose keys begin with the kind's digit. */
#include "storage/heads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "base/xalloc.h"

struct heads {
	pthread_mutex_t mutex;
	struct heads_series **items; /* ascending by id */
	size_t count, cap;
	int64_t last_id;
	struct bw_strmap *by_key;
};

enum { KEY_MAX = SERIES_NAME_MAX + 2 };

static const char *write_key(enum series_kind kind, const char *name, char out[KEY_MAX])
{
	size_t len = strnlen(name, SERIES_NAME_MAX);

	out[0] = (char)('0' + kind);
	memcpy(out + 1, name, len);
	out[1 + len] = '\0';
	return out;
}

struct heads *heads_create(void)
{
	struct heads *heads = xcalloc(1, sizeof(*heads));

	pthread_mutex_init(&heads->mutex, NULL);
	heads->by_key = bw_strmap_create();
	if (heads->by_key == NULL)
		xalloc_die();
	return heads;
}

static void series_destroy(struct heads_series *series)
{
	head_finish(&series->head);
	free(series);
}

void heads_clear(struct heads *heads)
{
	pthread_mutex_lock(&heads->mutex);
	bw_strmap_clear(heads->by_key);
	for (size_t nth = 0; nth < heads->count; nth++)
		series_destroy(heads->items[nth]);
	heads->count = 0;
	heads->last_id = 0;
	pthread_mutex_unlock(&heads->mutex);
}

void heads_destroy(struct heads *heads)
{
	if (heads == NULL)
		return;
	heads_clear(heads);
	bw_strmap_destroy(heads->by_key);
	pthread_mutex_destroy(&heads->mutex);
	free(heads->items);
	free(heads);
}

size_t heads_count(const struct heads *heads)
{
	return heads->count;
}

struct heads_series *heads_get(const struct heads *heads, size_t nth)
{
	return heads->items[nth];
}

struct heads_series *heads_find(const struct heads *heads, enum series_kind kind, const char *name)
{
	char key[KEY_MAX];

	return bw_strmap_get(heads->by_key, write_key(kind, name, key));
}

/* The place of the first whose id is not below this one. */
static size_t place_of(const struct heads *heads, int64_t id)
{
	size_t low = 0, high = heads->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (heads->items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct heads_series *heads_by_id(const struct heads *heads, int64_t id)
{
	size_t place = place_of(heads, id);

	return place < heads->count && heads->items[place]->id == id ? heads->items[place] : NULL;
}

struct heads_series *heads_add(struct heads *heads, int64_t id, enum series_kind kind,
			       const char *name)
{
	size_t len = strnlen(name, SERIES_NAME_MAX);
	struct heads_series *series;
	char key[KEY_MAX], *copy;

	if (id == 0)
		id = heads->last_id + 1;
	if (id <= heads->last_id || heads_find(heads, kind, name) != NULL)
		return NULL;
	series = xcalloc(1, sizeof(*series) + len + 1);
	copy = (char *)(series + 1);
	memcpy(copy, name, len);
	series->id = id;
	series->kind = kind;
	series->name = copy;
	series->oldest_us = series->oldest_rollup_us = INT64_MIN;
	head_init(&series->head);
	pthread_mutex_lock(&heads->mutex);
	if (heads->count == heads->cap) {
		heads->cap = heads->cap > 0 ? 2 * heads->cap : 64;
		heads->items = xrealloc(heads->items, heads->cap * sizeof(struct heads_series *));
	}
	heads->items[heads->count++] = series;
	heads->last_id = id;
	xalloc_must(bw_strmap_put(heads->by_key, write_key(kind, copy, key), series));
	pthread_mutex_unlock(&heads->mutex);
	return series;
}

size_t heads_remove(struct heads *heads, struct heads_series *series)
{
	size_t place = place_of(heads, series->id);
	char key[KEY_MAX];

	pthread_mutex_lock(&heads->mutex);
	memmove(&heads->items[place], &heads->items[place + 1],
		(heads->count - place - 1) * sizeof(struct heads_series *));
	heads->count--;
	bw_strmap_remove(heads->by_key, write_key(series->kind, series->name, key));
	pthread_mutex_unlock(&heads->mutex);
	series_destroy(series);
	return place;
}

void heads_lock(struct heads *heads)
{
	pthread_mutex_lock(&heads->mutex);
}

void heads_unlock(struct heads *heads)
{
	pthread_mutex_unlock(&heads->mutex);
}

int64_t heads_find_id(struct heads *heads, enum series_kind kind, const char *name)
{
	const struct heads_series *series;
	int64_t id;

	pthread_mutex_lock(&heads->mutex);
	series = heads_find(heads, kind, name);
	id = series != NULL ? series->id : 0;
	pthread_mutex_unlock(&heads->mutex);
	return id;
}

size_t heads_copy(struct heads *heads, int64_t id, struct bw_buf *out)
{
	const struct heads_series *series;
	size_t fields = 0;

	pthread_mutex_lock(&heads->mutex);
	series = heads_by_id(heads, id);
	if (series != NULL)
		fields = series_schema(series->kind)->field_count;
	if (series != NULL && series->head.rows > 0)
		bw_buf_append(out, series->head.data, series->head.len);
	pthread_mutex_unlock(&heads->mutex);
	return fields;
}

bool heads_name(struct heads *heads, size_t nth, enum series_kind *kind,
		char name[SERIES_NAME_MAX + 1])
{
	bool has;

	pthread_mutex_lock(&heads->mutex);
	has = nth < heads->count;
	if (has) {
		*kind = heads->items[nth]->kind;
		snprintf(name, SERIES_NAME_MAX + 1, "%s", heads->items[nth]->name);
	}
	pthread_mutex_unlock(&heads->mutex);
	return has;
}

size_t heads_bytes(const struct heads *heads)
{
	size_t bytes = heads->cap * sizeof(struct heads_series *);

	for (size_t nth = 0; nth < heads->count; nth++)
		bytes += sizeof(struct heads_series) + strlen(heads->items[nth]->name) + 1 +
			 heads->items[nth]->head.cap;
	return bytes;
}
