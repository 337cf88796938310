/* row_queue.c - a list of blocks, filled from the front and emptied from the front.
 *
 * Invariants: no block in the list is empty. bytes counts the rows alone.
 */
#include "storage/row_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "storage/write.h"

enum { BLOCK_BYTES = 32768, ALIGN = 8 };

struct row_block {
	struct row_block *next;
	size_t begin, end; /* of what is used of `data` */
	_Alignas(ALIGN) unsigned char data[BLOCK_BYTES];
};

static const struct row_item *item_at(const struct row_block *block, size_t at)
{
	return (const struct row_item *)(const void *)(block->data + at);
}

const char *row_item_name(const struct row_item *item)
{
	return (const char *)&item->cells[item->cell_count];
}

const char *row_item_text(const struct row_item *item)
{
	return row_item_name(item) + item->name_len + 1;
}

/* Room at the end for so many bytes. */
static unsigned char *make_room(struct row_queue *queue, size_t bytes)
{
	struct row_block *block = queue->tail;

	if (block == NULL || block->end + bytes > BLOCK_BYTES) {
		block = xmalloc(sizeof(*block));
		block->next = NULL;
		block->begin = block->end = 0;
		if (queue->tail != NULL)
			queue->tail->next = block;
		else
			queue->head = block;
		queue->tail = block;
	}
	block->end += bytes;
	return block->data + block->end - bytes;
}

void row_queue_push(struct row_queue *queue, const struct store_row *row)
{
	size_t cells = series_schema(row->kind)->field_count;
	size_t name_len = strlen(row->name), text_len = store_error_length(row->text);
	size_t bytes = sizeof(struct row_item) + cells * sizeof(struct series_cell) + name_len +
		       text_len + 2;
	struct row_item *item;
	char *at;

	bw_assert(name_len <= SERIES_NAME_MAX);
	bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	item = (struct row_item *)(void *)make_room(queue, bytes);
	item->bytes = (uint32_t)bytes;
	item->name_len = (uint16_t)name_len;
	item->text_len = (uint16_t)text_len;
	item->kind = (uint8_t)row->kind;
	item->cell_count = (uint8_t)cells;
	item->time_us = row->time.us;
	memcpy(item->cells, row->cells, cells * sizeof(struct series_cell));
	at = (char *)&item->cells[cells];
	memcpy(at, row->name, name_len + 1);
	at += name_len + 1;
	if (text_len > 0)
		memcpy(at, row->text, text_len);
	at[text_len] = '\0';
	queue->count++;
	queue->bytes += bytes;
}

void row_queue_put_back(struct row_queue *queue, struct row_queue *before)
{
	if (before->head == NULL)
		return;
	before->tail->next = queue->head;
	if (queue->tail == NULL)
		queue->tail = before->tail;
	queue->head = before->head;
	queue->count += before->count;
	queue->bytes += before->bytes;
	*before = (struct row_queue){ 0 };
}

static void drop_oldest(struct row_queue *queue)
{
	struct row_block *block = queue->head;
	uint32_t bytes = item_at(block, block->begin)->bytes;

	block->begin += bytes;
	queue->count--;
	queue->bytes -= bytes;
	if (block->begin < block->end)
		return;
	queue->head = block->next;
	if (queue->head == NULL)
		queue->tail = NULL;
	free(block);
}

uint64_t row_queue_trim(struct row_queue *queue, size_t count_max, size_t bytes_max)
{
	uint64_t dropped = 0;

	while (queue->count > count_max || queue->bytes > bytes_max) {
		drop_oldest(queue);
		dropped++;
	}
	return dropped;
}

const struct row_item *row_queue_next(const struct row_queue *queue, struct row_cursor *cursor)
{
	const struct row_item *item;

	if (!cursor->began) {
		cursor->began = true;
		cursor->block = queue->head;
		cursor->at = queue->head != NULL ? queue->head->begin : 0;
	}
	if (cursor->block == NULL)
		return NULL;
	item = item_at(cursor->block, cursor->at);
	cursor->at += item->bytes;
	if (cursor->at >= cursor->block->end) {
		cursor->block = cursor->block->next;
		cursor->at = cursor->block != NULL ? cursor->block->begin : 0;
	}
	return item;
}
