/* list.h - a ring of links inside the structs it connects; append and remove are O(1).
 *
 * Owns:    nothing. A link that is in no list points at itself or is not initialised.
 * Threads: the caller's matter.
 */
#ifndef BW_HTTP_LIST_H
#define BW_HTTP_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"

struct http_link {
	struct http_link *next, *prev;
};

/* The struct that holds `link` as its `member`. */
#define HTTP_LINK_OWNER(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void http_list_init(struct http_link *list)
{
	list->next = list->prev = list;
}

static inline bool http_list_is_empty(const struct http_link *list)
{
	return list->next == list;
}

static inline void http_list_append(struct http_link *list, struct http_link *link)
{
	link->next = list;
	link->prev = list->prev;
	list->prev->next = link;
	list->prev = link;
}

/* Allowed for a link that is in no list, if it was initialised. */
static inline void http_list_remove(struct http_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	http_list_init(link);
}

/* The first link, taken out; NULL when the list is empty. */
static inline struct http_link *http_list_take(struct http_link *list)
{
	struct http_link *first = list->next;

	if (first == list)
		return NULL;
	bw_assert(first->prev == list);
	http_list_remove(first);
	bw_assert(list->next != first);
	return first;
}

#endif
