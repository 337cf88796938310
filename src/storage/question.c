/* question.c - a plain list; whoever asked is told outside of every lock, by the store. */
#include "storage/question.h"

#include <stdlib.h>

void question_push(struct question_list *list, struct question *question)
{
	question->next = NULL;
	if (list->tail != NULL)
		list->tail->next = question;
	else
		list->head = question;
	list->tail = question;
}

struct question *question_pop(struct question_list *list)
{
	struct question *question = list->head;

	if (question == NULL)
		return NULL;
	list->head = question->next;
	if (list->head == NULL)
		list->tail = NULL;
	return question;
}

void question_finish(struct question *question)
{
	bool failed = question->status != BW_OK;

	question->asked.done(question->asked.arg, question->status,
			     failed ? &question->error : NULL);
	free(question);
}

void question_list_clear(struct question_list *list)
{
	struct question *question;

	while ((question = question_pop(list)) != NULL)
		free(question);
}
