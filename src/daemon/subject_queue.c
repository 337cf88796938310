/* subject_queue.c - an array in order, and a map that knows who is in it.
 *
 * A key is one byte for the kind and the name behind it. What was taken leaves a hole in front that
 * is closed when the queue has run empty, so that taking costs nothing.
 */
#include "daemon/subject_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIRST_KIND = 'A' };

void subject_queue_init(struct subject_queue *queue)
{
	*queue = (struct subject_queue){ .waiting = bw_strmap_create() };
	if (queue->waiting == NULL)
		xalloc_die();
}

void subject_queue_finish(struct subject_queue *queue)
{
	for (size_t i = queue->first; i < queue->count; i++)
		free(queue->keys[i]);
	free((void *)queue->keys);
	free(queue->taken);
	bw_strmap_destroy(queue->waiting);
}

static char *key_of(const struct alert_subject *subject)
{
	size_t len = strlen(subject->name);
	char *key = xmalloc(len + 2);

	key[0] = (char)(FIRST_KIND + (int)subject->kind);
	memcpy(key + 1, subject->name, len + 1);
	return key;
}

static void make_room(struct subject_queue *queue)
{
	if (queue->count < queue->cap)
		return;
	queue->cap = queue->cap * 2 + 16;
	queue->keys = (char **)xrealloc((void *)queue->keys, queue->cap * sizeof(char *));
}

void subject_queue_add(struct subject_queue *queue, const struct alert_subject *subject)
{
	char *key = key_of(subject);

	if (bw_strmap_get(queue->waiting, key) != NULL) {
		free(key);
		return;
	}
	xalloc_must(bw_strmap_put(queue->waiting, key, queue));
	make_room(queue);
	queue->keys[queue->count++] = key;
}

bool subject_queue_take(struct subject_queue *queue, struct alert_subject *out)
{
	free(queue->taken);
	queue->taken = NULL;
	if (subject_queue_is_empty(queue))
		return false;
	queue->taken = queue->keys[queue->first++];
	bw_strmap_remove(queue->waiting, queue->taken);
	if (queue->first == queue->count)
		queue->first = queue->count = 0;
	out->kind = (enum alert_subject_kind)(queue->taken[0] - FIRST_KIND);
	out->name = queue->taken + 1;
	return true;
}

bool subject_queue_is_empty(const struct subject_queue *queue)
{
	return queue->first == queue->count;
}
