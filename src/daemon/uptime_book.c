/* uptime_book.c - see uptime_book.h.
 *
 * Wanted names wait in a list of their own; a batch of them travels to the store's thread and back.
 * The batch outlives the book when the daemon ends meanwhile: then it belongs to nobody.
 */
#include "daemon/uptime_book.h"

#include <stdlib.h>

#include "base/strmap.h"
#include "base/xalloc.h"

struct figures {
	struct uptime windows[UPTIME_WINDOWS];
	int count;
	struct bw_mono at;
};

struct batch {
	struct uptime_book *book; /* NULL: it is gone */
	struct store *store;
	struct io_loop *loop;
	struct bw_wall now;
	size_t count;
	char *names[UPTIME_BATCH];
	struct uptime windows[UPTIME_BATCH][UPTIME_WINDOWS];
};

struct uptime_book {
	struct bw_strmap *figures; /* of struct figures */
	struct bw_strmap *wanted;  /* of nothing: names */
	struct batch *batch;       /* on its way; NULL: none */
};

struct uptime_book *uptime_book_create(void)
{
	struct uptime_book *book = xcalloc(1, sizeof(*book));

	book->figures = bw_strmap_create();
	book->wanted = bw_strmap_create();
	if (book->figures == NULL || book->wanted == NULL)
		xalloc_die();
	return book;
}

static void forget_figures(struct uptime_book *book)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(book->figures, &cursor, &entry))
		free(entry.value);
	bw_strmap_clear(book->figures);
}

void uptime_book_destroy(struct uptime_book *book)
{
	if (book == NULL)
		return;
	if (book->batch != NULL)
		book->batch->book = NULL;
	forget_figures(book);
	bw_strmap_destroy(book->figures);
	bw_strmap_destroy(book->wanted);
	free(book);
}

bool uptime_book_get(const struct uptime_book *book, const char *name, int window,
		     struct bw_mono now, struct uptime *out, bool *is_fresh)
{
	const struct figures *figures = bw_strmap_get(book->figures, name);

	*is_fresh = false;
	if (figures == NULL || window >= figures->count)
		return false;
	*out = figures->windows[window];
	*is_fresh = bw_mono_since(now, figures->at) < UPTIME_FRESH_US;
	return true;
}

void uptime_book_put(struct uptime_book *book, const char *name, const struct uptime *windows,
		     int count, struct bw_mono now)
{
	struct figures *figures = bw_strmap_get(book->figures, name);

	if (figures == NULL) {
		/* Names come and go with the configuration: a full book begins anew. */
		if (bw_strmap_count(book->figures) >= UPTIME_BOOK_MAX)
			forget_figures(book);
		figures = xcalloc(1, sizeof(*figures));
		xalloc_must(bw_strmap_put(book->figures, name, figures));
	}
	for (int i = 0; i < count; i++)
		figures->windows[i] = windows[i];
	figures->count = count;
	figures->at = now;
}

void uptime_book_want(struct uptime_book *book, const char *name)
{
	if (bw_strmap_count(book->wanted) < UPTIME_BOOK_MAX)
		xalloc_must(bw_strmap_put(book->wanted, name, book));
}

static enum bw_status work(void *arg, struct store_view *view, struct bw_error *err)
{
	struct batch *batch = arg;

	for (size_t i = 0; i < batch->count; i++) {
		enum bw_status status = uptime_windows_read(view, batch->names[i], batch->now,
							    UPTIME_WINDOWS, batch->windows[i], err);

		if (status != BW_OK)
			return status;
	}
	return BW_OK;
}

static void destroy_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->names[i]);
	free(batch);
}

static void take_batch(struct uptime_book *book, const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		uptime_book_put(book, batch->names[i], batch->windows[i], UPTIME_WINDOWS,
				io_loop_mono(batch->loop));
}

static void on_done(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct batch *batch = arg;
	struct uptime_book *book = batch->book;

	if (book != NULL) {
		book->batch = NULL;
		if (status == BW_OK) {
			take_batch(book, batch);
			uptime_book_read(book, batch->store, batch->loop);
		} else {
			bw_strmap_clear(book->wanted); /* whoever looks next wants them again */
		}
	}
	destroy_batch(batch);
}

static struct batch *next_batch(struct uptime_book *book)
{
	struct batch *batch = xcalloc(1, sizeof(*batch));
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (batch->count < UPTIME_BATCH && bw_strmap_next(book->wanted, &cursor, &entry)) {
		batch->names[batch->count++] = xstrdup(entry.key);
		bw_strmap_remove(book->wanted, entry.key);
	}
	batch->book = book;
	return batch;
}

void uptime_book_read(struct uptime_book *book, struct store *store, struct io_loop *loop)
{
	if (book->batch != NULL || store == NULL || bw_strmap_count(book->wanted) == 0)
		return;
	struct batch *batch = next_batch(book);
	batch->store = store;
	batch->loop = loop;
	batch->now = io_loop_wall(loop);
	const struct store_question question = { .work = work, .done = on_done, .arg = batch };
	if (store_ask(store, &question) == BW_OK) {
		book->batch = batch;
		return;
	}
	bw_strmap_clear(book->wanted);
	destroy_batch(batch);
}
