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

	write->next = NULL;
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

/* Bytes of an error that are kept: a cut never leaves half a character. */
static size_t error_length(const char *error)
{
	size_t len = error != NULL ? strnlen(error, STORE_ERROR_MAX + 1) : 0;

	if (len <= STORE_ERROR_MAX)
		return len;
	len = STORE_ERROR_MAX;
	while (len > 0 && ((unsigned char)error[len] & 0xc0) == 0x80)
		len--;
	return len;
}

struct store_write *store_write_of_alert(const struct bw_alert_entry *entry)
{
	size_t type_len = strlen(entry->alert.type);
	struct store_write *write =
		write_create(STORE_WRITE_ALERT, sizeof(struct bw_alert_entry) + type_len + 1);
	struct bw_alert_entry *copy = (struct bw_alert_entry *)(write + 1);
	char *at = (char *)(copy + 1);

	*copy = *entry;
	copy->alert.type = put_text(&at, entry->alert.type, type_len);
	write->alert = copy;
	return write;
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

struct store_write *store_write_of_point(const struct bw_history_point *point)
{
	struct store_write *write = write_create(STORE_WRITE_POINT, 0);

	write->point = *point;
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

struct store_write *store_write_of_result(const struct store_result *result)
{
	size_t name_len = strlen(result->component), error_len = error_length(result->error);
	struct store_write *write = write_create(STORE_WRITE_RESULT, name_len + error_len + 2);
	char *at = (char *)(write + 1);

	write->result = *result;
	write->result.component = put_text(&at, result->component, name_len);
	write->result.error = put_text(&at, result->error, error_len);
	return write;
}

struct store_write *store_write_of_state(const struct store_state *state)
{
	size_t name_len = strlen(state->component), error_len = error_length(state->error);
	struct store_write *write = write_create(STORE_WRITE_STATE, name_len + error_len + 2);
	char *at = (char *)(write + 1);

	write->state = *state;
	write->state.component = put_text(&at, state->component, name_len);
	write->state.error = put_text(&at, state->error, error_len);
	return write;
}

void store_queue_push(struct store_queue *queue, struct store_write *write)
{
	if (queue->tail != NULL)
		queue->tail->next = write;
	else
		queue->head = write;
	queue->tail = write;
	queue->count++;
	queue->bytes += write->bytes;
}

void store_queue_put_back(struct store_queue *queue, struct store_queue *before)
{
	if (before->head == NULL)
		return;
	before->tail->next = queue->head;
	if (queue->tail == NULL)
		queue->tail = before->tail;
	queue->head = before->head;
	queue->count += before->count;
	queue->bytes += before->bytes;
	*before = (struct store_queue){ 0 };
}

uint64_t store_queue_trim(struct store_queue *queue, size_t count_max, size_t bytes_max)
{
	uint64_t dropped = 0;

	while (queue->head != NULL && (queue->count > count_max || queue->bytes > bytes_max)) {
		struct store_write *oldest = queue->head;

		queue->head = oldest->next;
		if (queue->head == NULL)
			queue->tail = NULL;
		queue->count--;
		queue->bytes -= oldest->bytes;
		free(oldest);
		dropped++;
	}
	return dropped;
}

uint64_t store_queue_clear(struct store_queue *queue)
{
	return store_queue_trim(queue, 0, 0);
}
