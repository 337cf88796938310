/* query.h - a question on its way to the store's thread and back with its answer.
 *
 * Private to src/storage.
 * Owns:    a query owns its texts and its answer.
 * Threads: a query belongs to one thread at a time; a list is guarded by its holder.
 */
#ifndef BW_STORAGE_QUERY_H
#define BW_STORAGE_QUERY_H

#include "storage/sqlite.h"

struct store_query {
	struct store_query *next;
	char *component;
	struct store_results_wanted wanted;
	store_history_callback *callback;
	void *arg;
	enum bw_status status;
	struct store_results *results; /* when status is BW_OK */
	struct bw_error error;         /* otherwise */
};

/* First in, first out. */
struct store_query_list {
	struct store_query *head, *tail;
};

/* Copies the name; callback and arg are for the caller to set. */
struct store_query *store_query_create(const struct store_results_wanted *wanted);
void store_query_destroy(struct store_query *query);
/* Runs the callback, then destroys. */
void store_query_finish(struct store_query *query);

void store_query_push(struct store_query_list *list, struct store_query *query);
/* NULL when the list is empty. */
struct store_query *store_query_pop(struct store_query_list *list);

#endif
