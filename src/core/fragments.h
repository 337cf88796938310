/* fragments.h - JSON members kept ready, in insertion order, so that a document can be put together
 * by copying large blocks.
 *
 * Owns:    the texts. The fragments are the caller's, embedded in whatever they describe, and must
 *          stay where they are while they are in a list.
 * Cost:    a change moves at most one page of BW_FRAGMENTS_A_PAGE members; writing copies pages.
 * Errors:  BW_ENOMEM from bw_fragments_put(), which then changed nothing.
 * Threads: one at a time.
 */
#ifndef BW_CORE_FRAGMENTS_H
#define BW_CORE_FRAGMENTS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"

enum { BW_FRAGMENTS_A_PAGE = 64 };

struct bw_fragment_page;

/* Zeroed: in no list. */
struct bw_fragment {
	struct bw_fragment_page *page;
	size_t offset, len; /* in the page; with the comma behind it */
	size_t key_len;     /* of `"name":`, which the value follows */
};

struct bw_fragments {
	struct bw_fragment_page *first, *last;
	size_t bytes; /* of all members with their commas */
};

/* Forgets all fragments without touching them. A zeroed list is an empty one. */
void bw_fragments_finish(struct bw_fragments *list);
/* Replaces the member, or adds it at the end. `text` is `"name":value`. */
BW_MUST_USE enum bw_status bw_fragments_put(struct bw_fragments *list, struct bw_fragment *fragment,
					    const struct bw_buf *text, size_t key_len);
void bw_fragments_remove(struct bw_fragments *list, struct bw_fragment *fragment);
/* All members with commas between them. */
void bw_fragments_write(const struct bw_fragments *list, struct bw_buf *out);
/* The member's value, borrowed until the next change. */
const char *bw_fragment_value(const struct bw_fragment *fragment, size_t *len);

#endif
