/* store_old.c - results in the words of before there were rows, for a caller that still asks for them.
 */
#include <stdlib.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "storage/store_impl.h"

enum { TEXTS_BYTES_MAX = 64 << 20 };

struct old_query {
	struct store *store;
	char *component;
	int64_t from_us, to_us;
	size_t limit;
	store_history_callback *callback;
	void *arg;
	struct store_history history;
	struct bw_arena *texts;
	struct bw_strmap *by_text;
};

static void old_query_destroy(struct old_query *query)
{
	free(query->history.rows);
	free(query->component);
	bw_arena_destroy(query->texts);
	bw_strmap_destroy(query->by_text);
	free(query);
}

static const char *keep_text(struct old_query *query, const char *text)
{
	char *copy;

	if (text[0] == '\0')
		return NULL;
	copy = bw_strmap_get(query->by_text, text);
	if (copy != NULL)
		return copy;
	copy = bw_arena_text(query->texts, text);
	if (copy != NULL)
		xalloc_must(bw_strmap_put(query->by_text, copy, copy));
	return copy;
}

static void take_row(struct old_query *query, struct store_view *view,
		     const struct series_rows *rows, size_t nth)
{
	struct store_history_row *row = &query->history.rows[query->history.count];
	struct series_cell cells[SERIES_FIELDS_MAX];

	series_rows_get(rows, nth, &row->time.us, cells);
	if (cells[SERIES_COMPONENT_STATUS].value.integer >= BW_HEALTH_MAX)
		return;
	row->health = (enum bw_health)cells[SERIES_COMPONENT_STATUS].value.integer;
	row->has_response = cells[SERIES_COMPONENT_RESPONSE].type == SERIES_INTEGER;
	row->response_us = cells[SERIES_COMPONENT_RESPONSE].value.integer;
	row->error = keep_text(query,
			       store_view_text(view, cells[SERIES_COMPONENT_ERROR].value.integer));
	query->history.count++;
}

static enum bw_status old_work(void *arg, struct store_view *view, struct bw_error *err)
{
	struct old_query *query = arg;
	const struct view_wanted wanted = { .kind = SERIES_COMPONENT,
					    .name = query->component,
					    .from_us = query->from_us,
					    .to_us = query->to_us };
	struct series_rows rows = { 0 };
	enum bw_status status = store_view_rows(view, &wanted, &rows, err);
	size_t first = 0;

	if (status != BW_OK)
		return status;
	query->history.cut = rows.count > query->limit;
	if (query->history.cut)
		first = rows.count - query->limit;
	query->history.rows = xcalloc(rows.count - first + 1, sizeof(*query->history.rows));
	for (size_t nth = first; nth < rows.count; nth++)
		take_row(query, view, &rows, nth);
	series_rows_finish(&rows);
	return BW_OK;
}

static void old_done(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct old_query *query = arg;

	pthread_mutex_lock(&query->store->mutex);
	query->store->old_queries--;
	pthread_mutex_unlock(&query->store->mutex);
	query->callback(query->arg, status == BW_OK ? &query->history : NULL, error);
	old_query_destroy(query);
}

static void old_committed(void *arg, enum bw_status status)
{
	struct old_query *query = arg;
	const struct store_question question = { old_work, old_done, query };
	const struct bw_error closing = { "the store is closing" };

	(void)status;
	if (store_ask(query->store, &question) != BW_OK)
		old_done(query, BW_EIO, &closing);
}

enum bw_status store_query_results(struct store *store, const char *component, struct bw_wall from,
				   struct bw_wall to, size_t limit,
				   store_history_callback *callback, void *arg)
{
	struct old_query *query;
	bool has_room;

	if (limit == 0 || limit > STORE_ROWS_MAX)
		return BW_EINVAL;
	pthread_mutex_lock(&store->mutex);
	has_room = store->old_queries < STORE_QUERIES_MAX && store->has_reader;
	store->old_queries += has_room;
	pthread_mutex_unlock(&store->mutex);
	if (!has_room)
		return BW_ELIMIT;
	query = xcalloc(1, sizeof(*query));
	query->store = store;
	query->component = xstrdup(component);
	query->from_us = from.us;
	query->to_us = to.us;
	query->limit = limit;
	query->callback = callback;
	query->arg = arg;
	query->texts = bw_arena_create(TEXTS_BYTES_MAX);
	query->by_text = bw_strmap_create();
	if (query->texts == NULL || query->by_text == NULL)
		xalloc_die();
	store_commit(store, old_committed, query);
	return BW_OK;
}
