/* subject_queue.h - subjects that wait for something to be done to them, each once, first in first
 * out.
 *
 * Owns:    copies of the names.
 * Limits:  none of its own: as many as there are components and breakers.
 * Threads: one at a time.
 */
#ifndef BW_DAEMON_SUBJECT_QUEUE_H
#define BW_DAEMON_SUBJECT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "alerts/facts.h"
#include "base/strmap.h"

struct subject_queue {
	struct bw_strmap *waiting; /* kind and name; the values say only that they are there */
	char **keys;               /* from `first` on, in order */
	size_t first, count, cap;
	char *taken; /* the latest that was taken out */
};

void subject_queue_init(struct subject_queue *queue);
void subject_queue_finish(struct subject_queue *queue);
/* One that waits already is not added again. */
void subject_queue_add(struct subject_queue *queue, const struct alert_subject *subject);
/* The next; its name is borrowed until the next call. false: nobody waits. */
bool subject_queue_take(struct subject_queue *queue, struct alert_subject *out);
bool subject_queue_is_empty(const struct subject_queue *queue);

#endif
