/* question.h - a question on its way to the reading thread and back with what became of it.
 *
 * Private to src/storage.
 * Threads: a question belongs to one thread at a time; a list is guarded by its holder.
 */
#ifndef BW_STORAGE_QUESTION_H
#define BW_STORAGE_QUESTION_H

#include "storage/store.h"

struct question {
	struct question *next;
	struct store_question asked;
	enum bw_status status;
	struct bw_error error; /* unless BW_OK */
};

/* First in, first out. */
struct question_list {
	struct question *head, *tail;
};

void question_push(struct question_list *list, struct question *question);
struct question *question_pop(struct question_list *list); /* NULL: it is empty */
/* Tells whoever asked, and frees. */
void question_finish(struct question *question);
void question_list_clear(struct question_list *list);

#endif
