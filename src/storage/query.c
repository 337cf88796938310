/* query.c - a list of questions, and the one place where an answer meets its callback. */
#include "storage/query.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct store_query *store_query_create(const struct store_results_wanted *wanted)
{
	struct store_query *query = xcalloc(1, sizeof(*query));

	query->component = xstrdup(wanted->component);
	query->wanted = *wanted;
	query->wanted.component = query->component;
	return query;
}

void store_query_destroy(struct store_query *query)
{
	if (query == NULL)
		return;
	store_results_destroy(query->results);
	free(query->component);
	free(query);
}

void store_query_finish(struct store_query *query)
{
	if (query->status == BW_OK)
		query->callback(query->arg, store_results_get(query->results), NULL);
	else
		query->callback(query->arg, NULL, &query->error);
	store_query_destroy(query);
}

void store_query_push(struct store_query_list *list, struct store_query *query)
{
	query->next = NULL;
	if (list->tail != NULL)
		list->tail->next = query;
	else
		list->head = query;
	list->tail = query;
}

struct store_query *store_query_pop(struct store_query_list *list)
{
	struct store_query *query = list->head;

	if (query == NULL)
		return NULL;
	list->head = query->next;
	if (list->head == NULL)
		list->tail = NULL;
	return query;
}
