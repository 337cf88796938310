/* write.c - copies what is to be written into one block each, so that a write is one malloc() on
 * the loop and one free() on the store's thread.
 */
#include "storage/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static struct store_write *write_create(enum store_write_kind kind, size_t tail_bytes)
{
	size_t bytes = sizeof(struct store_write) + tail_bytes;
	struct store_write *write = xmalloc(bytes);

	write->next = write->prev = write->next_of_bucket = NULL;
	write->bytes = bytes;
	write->kind = kind;
	return write;
}

/* Copies a text to *at, moves *at behind it; NULL stays NULL. */
static char *put_text(char **at, const char *text, size_t len)
{
	char *copy = *at;

	if (text == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*at += len + 1;
	return copy;
}

size_t store_error_length(const char *error)
{
	size_t len = error != NULL ? strnlen(error, STORE_ERROR_MAX + 1) : 0;

	if (len <= STORE_ERROR_MAX)
		return len;
	len = STORE_ERROR_MAX;
	while (len > 0 && ((unsigned char)error[len] & 0xc0) == 0x80)
		len--;
	return len;
}

struct store_write *store_write_of_change(const struct bw_change *change)
{
	size_t name = strlen(change->name), from = strlen(change->from), to = strlen(change->to);
	size_t text = strlen(change->text);
	struct store_write *write = write_create(STORE_WRITE_CHANGE, name + from + to + text + 4);
	char *at = (char *)(write + 1);

	write->change = *change;
	write->change.name = put_text(&at, change->name, name);
	write->change.from = put_text(&at, change->from, from);
	write->change.to = put_text(&at, change->to, to);
	write->change.text = put_text(&at, change->text, text);
	return write;
}

struct store_write *store_write_of_record(const struct store_record *record)
{
	size_t len = strlen(record->text);
	struct store_write *write = write_create(STORE_WRITE_RECORD, len + 1);
	char *at = (char *)(write + 1);

	write->record = *record;
	write->record.text = put_text(&at, record->text, len);
	return write;
}

struct store_write *store_write_of_removal(const char *component)
{
	size_t len = strlen(component);
	struct store_write *write = write_create(STORE_WRITE_REMOVE, len + 1);
	char *at = (char *)(write + 1);

	write->removed = put_text(&at, component, len);
	return write;
}

struct store_write *store_write_of_state(const struct store_state *state)
{
	size_t name_len = strlen(state->component), error_len = store_error_length(state->error);
	struct store_write *write = write_create(STORE_WRITE_STATE, name_len + error_len + 2);
	char *at = (char *)(write + 1);

	write->state = *state;
	write->state.component = put_text(&at, state->component, name_len);
	write->state.error = put_text(&at, state->error, error_len);
	return write;
}

/* --- the queue --- */

enum { BUCKETS = 4096 }; /* a power of two */

size_t store_queue_count(const struct store_queue *queue)
{
	size_t count = queue->rows.count;

	for (int nth = 0; nth < STORE_LISTS; nth++)
		count += queue->lists[nth].count;
	return count;
}

static struct store_list *list_of(struct store_queue *queue, const struct store_write *write)
{
	if (write->kind != STORE_WRITE_RECORD)
		return &queue->lists[STORE_LIST_PLAIN];
	return &queue->lists[write->record.ended.us == 0 ? STORE_LIST_IN_FORCE : STORE_LIST_ENDED];
}

static void list_append(struct store_list *list, struct store_write *write)
{
	write->next = NULL;
	write->prev = list->tail;
	if (list->tail != NULL)
		list->tail->next = write;
	else
		list->head = write;
	list->tail = write;
	list->count++;
	list->bytes += write->bytes;
}

static void list_remove(struct store_list *list, struct store_write *write)
{
	if (write->prev != NULL)
		write->prev->next = write->next;
	else
		list->head = write->next;
	if (write->next != NULL)
		write->next->prev = write->prev;
	else
		list->tail = write->prev;
	list->count--;
	list->bytes -= write->bytes;
}

/* Where the record of this kind and id hangs, or would. */
static struct store_write **find_place(struct store_queue *queue, const struct store_record *record)
{
	size_t bucket = (record->id * 4 + record->kind) & (BUCKETS - 1);
	struct store_write **place;

	if (queue->buckets == NULL)
		queue->buckets = xcalloc(BUCKETS, sizeof(struct store_write *));
	place = &queue->buckets[bucket];
	while (*place != NULL &&
	       ((*place)->record.id != record->id || (*place)->record.kind != record->kind))
		place = &(*place)->next_of_bucket;
	return place;
}

static void remove_write(struct store_queue *queue, struct store_write *write)
{
	list_remove(list_of(queue, write), write);
	if (write->kind == STORE_WRITE_RECORD)
		*find_place(queue, &write->record) = write->next_of_bucket;
	free(write);
}

void store_queue_push(struct store_queue *queue, struct store_write *write)
{
	if (write->kind == STORE_WRITE_RECORD) {
		struct store_write *waiting = *find_place(queue, &write->record);

		if (waiting != NULL)
			remove_write(queue, waiting);
		*find_place(queue, &write->record) = write;
	}
	list_append(list_of(queue, write), write);
}

/* Records that have come again meanwhile are out of date. */
static void put_back_records(struct store_queue *queue, struct store_list *before)
{
	struct store_write *write;

	/* The analyzer does not see that what was freed has left the list. */
	while ((write = before->head) != NULL) {
		list_remove(before, write); /* NOLINT(clang-analyzer-unix.Malloc) */
		write->next_of_bucket = NULL;
		if (*find_place(queue, &write->record) == NULL)
			store_queue_push(queue, write);
		else
			free(write);
	}
}

void store_queue_put_back(struct store_queue *queue, struct store_queue *before)
{
	struct store_list *plain = &queue->lists[STORE_LIST_PLAIN];
	struct store_list *older = &before->lists[STORE_LIST_PLAIN];

	if (older->head != NULL) {
		older->tail->next = plain->head;
		if (plain->head != NULL)
			plain->head->prev = older->tail;
		else
			plain->tail = older->tail;
		plain->head = older->head;
		plain->count += older->count;
		plain->bytes += older->bytes;
	}
	put_back_records(queue, &before->lists[STORE_LIST_IN_FORCE]);
	put_back_records(queue, &before->lists[STORE_LIST_ENDED]);
	row_queue_put_back(&queue->rows, &before->rows);
	free(before->buckets);
	*before = (struct store_queue){ 0 };
}

static uint64_t trim_list(struct store_queue *queue, enum store_list_name name, size_t count_max,
			  size_t bytes_max)
{
	struct store_list *list = &queue->lists[name];
	uint64_t dropped = 0;

	while (list->head != NULL && (list->count > count_max || list->bytes > bytes_max)) {
		/* As above: the head is another one each time. */
		remove_write(queue, list->head); /* NOLINT(clang-analyzer-unix.Malloc) */
		dropped++;
	}
	return dropped;
}

uint64_t store_queue_trim(struct store_queue *queue, size_t count_max, size_t bytes_max)
{
	return trim_list(queue, STORE_LIST_PLAIN, count_max, bytes_max) +
	       trim_list(queue, STORE_LIST_ENDED, count_max, bytes_max) +
	       row_queue_trim(&queue->rows, count_max, bytes_max);
}

uint64_t store_queue_clear_plain(struct store_queue *queue)
{
	return trim_list(queue, STORE_LIST_PLAIN, 0, 0) + row_queue_trim(&queue->rows, 0, 0);
}

uint64_t store_queue_clear(struct store_queue *queue)
{
	uint64_t count = row_queue_trim(&queue->rows, 0, 0);

	for (int nth = 0; nth < STORE_LISTS; nth++)
		count += trim_list(queue, (enum store_list_name)nth, 0, 0);
	free(queue->buckets);
	queue->buckets = NULL;
	return count;
}
