/* fragments.c - a list of pages, each one block of up to 64 members with a comma behind every one.
 *
 * One block for everything would make each change move megabytes; one block a member would make
 * each document a walk over ten thousand of them. A page is small enough to move and large enough
 * to copy.
 *
 * Invariants: no page is empty; items[] are in the order of their offsets and cover `bytes` without
 * a gap; only the last page takes new members, so the order of the list is the order of insertion.
 */
#include "core/fragments.h"

#include <stdlib.h>
#include <string.h>

struct bw_fragment_page {
	struct bw_fragment_page *next, *previous;
	char *bytes;
	size_t len, cap;
	int count;
	struct bw_fragment *items[BW_FRAGMENTS_A_PAGE];
};

void bw_fragments_finish(struct bw_fragments *list)
{
	while (list->first) {
		struct bw_fragment_page *next = list->first->next;

		free(list->first->bytes);
		free(list->first);
		list->first = next;
	}
	*list = (struct bw_fragments){ 0 };
}

static enum bw_status reserve(struct bw_fragment_page *page, size_t needed)
{
	size_t cap = page->cap ? page->cap : 1024;
	char *bytes;

	if (needed <= page->cap)
		return BW_OK;
	while (cap < needed)
		cap += cap / 2;
	bytes = realloc(page->bytes, cap);
	if (!bytes)
		return BW_ENOMEM;
	page->bytes = bytes;
	page->cap = cap;
	return BW_OK;
}

/* A page at the end of the list with room for `len` bytes and one more member. */
static struct bw_fragment_page *open_page(struct bw_fragments *list, size_t len)
{
	struct bw_fragment_page *page = list->last;

	if (page && page->count < BW_FRAGMENTS_A_PAGE)
		return reserve(page, page->len + len) == BW_OK ? page : NULL;
	page = calloc(1, sizeof(*page));
	if (!page)
		return NULL;
	if (reserve(page, len) != BW_OK) {
		free(page);
		return NULL;
	}
	page->previous = list->last;
	if (list->last)
		list->last->next = page;
	else
		list->first = page;
	list->last = page;
	return page;
}

static void drop_page(struct bw_fragments *list, struct bw_fragment_page *page)
{
	if (page->previous)
		page->previous->next = page->next;
	else
		list->first = page->next;
	if (page->next)
		page->next->previous = page->previous;
	else
		list->last = page->previous;
	free(page->bytes);
	free(page);
}

/* Makes the member `len` bytes long and moves what follows; there is room. */
static void resize(struct bw_fragment *fragment, size_t len)
{
	struct bw_fragment_page *page = fragment->page;
	size_t end = fragment->offset + fragment->len;
	size_t old_len = fragment->len;

	if (len == old_len)
		return;
	memmove(page->bytes + fragment->offset + len, page->bytes + end, page->len - end);
	fragment->len = len;
	page->len = page->len - old_len + len;
	for (int i = page->count - 1; page->items[i] != fragment; i--)
		page->items[i]->offset = page->items[i]->offset - old_len + len;
}

enum bw_status bw_fragments_put(struct bw_fragments *list, struct bw_fragment *fragment,
				const struct bw_buf *text, size_t key_len)
{
	struct bw_fragment_page *page = fragment->page;
	size_t len = text->len + 1;

	if (!page) {
		page = open_page(list, len);
		if (!page)
			return BW_ENOMEM;
		*fragment = (struct bw_fragment){ .page = page, .offset = page->len };
		page->items[page->count++] = fragment;
	} else if (len > fragment->len && reserve(page, page->len - fragment->len + len) != BW_OK) {
		return BW_ENOMEM;
	}
	list->bytes = list->bytes - fragment->len + len;
	resize(fragment, len);
	memcpy(page->bytes + fragment->offset, text->data, text->len);
	page->bytes[fragment->offset + text->len] = ',';
	fragment->key_len = key_len;
	return BW_OK;
}

void bw_fragments_remove(struct bw_fragments *list, struct bw_fragment *fragment)
{
	struct bw_fragment_page *page = fragment->page;
	int at = 0;

	if (!page)
		return;
	list->bytes -= fragment->len;
	resize(fragment, 0);
	while (page->items[at] != fragment)
		at++;
	page->count--;
	memmove(&page->items[at], &page->items[at + 1],
		(size_t)(page->count - at) * sizeof(struct bw_fragment *));
	if (page->count == 0)
		drop_page(list, page);
	*fragment = (struct bw_fragment){ 0 };
}

void bw_fragments_write(const struct bw_fragments *list, struct bw_buf *out)
{
	for (const struct bw_fragment_page *page = list->first; page; page = page->next)
		bw_buf_append(out, page->bytes, page->next ? page->len : page->len - 1);
}

const char *bw_fragment_value(const struct bw_fragment *fragment, size_t *len)
{
	*len = fragment->len - fragment->key_len - 1;
	return fragment->page->bytes + fragment->offset + fragment->key_len;
}
