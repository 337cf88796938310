/* fake_store.c - two tables: what was put, and what of it is on disk. */
#include "support/fake_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"

struct row {
	struct row *next;
	struct store_record record; /* its text is a copy */
	bool dirty;                 /* not on disk in this form */
	char *on_disk;              /* NULL: not there */
	struct bw_wall disk_ended;
};

struct asker {
	struct asker *next;
	void (*done)(void *arg, enum bw_status status);
	void *arg;
};

struct store {
	struct io_loop *loop;
	struct io_timer *timer;
	enum fake_disk disk;
	struct row *rows;
	struct asker *first, *last;
	uint64_t commits;
	struct store_view *view;
	struct store_status status;
	struct question *questions; /* under way */
};

/* Worked on at once, answered a little later. */
struct question {
	struct question *next;
	struct io_timer *timer;
	struct store *store;
	struct store_question asked;
	enum bw_status status;
	struct bw_error error;
};

static void commit_rows(struct store *store)
{
	for (struct row *row = store->rows; row != NULL; row = row->next) {
		if (!row->dirty)
			continue;
		free(row->on_disk);
		row->on_disk = xstrdup(row->record.text);
		row->disk_ended = row->record.ended;
		row->dirty = false;
	}
	store->commits++;
}

static void answer(struct store *store, enum bw_status status)
{
	struct asker *asker = store->first;

	store->first = store->last = NULL;
	while (asker != NULL) {
		struct asker *next = asker->next;

		asker->done(asker->arg, status);
		free(asker);
		asker = next;
	}
}

static void on_timer(void *arg)
{
	struct store *store = arg;

	if (store->disk == FAKE_DISK_HANGS)
		return;
	if (store->disk == FAKE_DISK_WORKS)
		commit_rows(store);
	answer(store, store->disk == FAKE_DISK_WORKS ? BW_OK : BW_EIO);
}

struct store *fake_store_create(struct io_loop *loop)
{
	struct store *store = xcalloc(1, sizeof(*store));

	store->loop = loop;
	store->timer = io_timer_create(loop, on_timer, store);
	return store;
}

static void answer_question(void *arg)
{
	struct question *question = arg;
	struct question **place = &question->store->questions;

	while (*place != question)
		place = &(*place)->next;
	*place = question->next;
	io_timer_destroy(question->timer);
	question->asked.done(question->asked.arg, question->status,
			     question->status == BW_OK ? NULL : &question->error);
	free(question);
}

static void answer_questions(struct store *store)
{
	while (store->questions != NULL)
		answer_question(store->questions);
}

void fake_store_destroy(struct store *store)
{
	answer_questions(store);
	answer(store, BW_EIO);
	while (store->rows != NULL) {
		struct row *row = store->rows;

		store->rows = row->next;
		free((char *)row->record.text);
		free(row->on_disk);
		free(row);
	}
	io_timer_destroy(store->timer);
	free(store);
}

void fake_store_set(struct store *store, enum fake_disk disk)
{
	store->disk = disk;
	if (store->first != NULL)
		io_timer_start(store->timer, FAKE_STORE_COMMIT_US);
}

void fake_store_crash(struct store *store)
{
	struct row **place = &store->rows;

	io_timer_stop(store->timer);
	answer(store, BW_EIO);
	answer_questions(store);
	while (*place != NULL) {
		struct row *row = *place;

		free((char *)row->record.text);
		if (row->on_disk != NULL) {
			row->record.text = xstrdup(row->on_disk);
			row->record.ended = row->disk_ended;
			row->dirty = false;
			place = &row->next;
			continue;
		}
		*place = row->next;
		free(row);
	}
}

size_t fake_store_count(const struct store *store, enum store_record_kind kind, bool in_force)
{
	size_t count = 0;

	for (const struct row *row = store->rows; row != NULL; row = row->next)
		count += row->record.kind == kind && row->on_disk != NULL &&
			 (!in_force || row->disk_ended.us == 0);
	return count;
}

uint64_t fake_store_commits(const struct store *store)
{
	return store->commits;
}

void fake_store_set_view(struct store *store, struct store_view *view)
{
	store->view = view;
}

void fake_store_set_status(struct store *store, const struct store_status *status)
{
	store->status = *status;
}

/* --- storage/store.h --- */

void store_put_record(struct store *store, const struct store_record *record)
{
	struct row *row = store->rows;

	bw_assert(strlen(record->text) <= STORE_RECORD_MAX);
	while (row != NULL && (row->record.kind != record->kind || row->record.id != record->id))
		row = row->next;
	if (row == NULL) {
		row = xcalloc(1, sizeof(*row));
		row->next = store->rows;
		store->rows = row;
	}
	free((char *)row->record.text);
	row->record = *record;
	row->record.text = xstrdup(record->text);
	row->dirty = true;
}

void store_commit(struct store *store, void (*done)(void *arg, enum bw_status status), void *arg)
{
	struct asker *asker = xcalloc(1, sizeof(*asker));

	asker->done = done;
	asker->arg = arg;
	if (store->last != NULL)
		store->last->next = asker;
	else
		store->first = asker;
	store->last = asker;
	if (store->first == asker)
		io_timer_start(store->timer, FAKE_STORE_COMMIT_US);
}

void store_load_records(struct store *store, enum store_record_kind kind, size_t ended_max,
			void (*visit)(void *arg, const struct store_record *record), void *arg)
{
	(void)ended_max;
	for (const struct row *row = store->rows; row != NULL; row = row->next) {
		if (row->record.kind == kind && row->on_disk != NULL)
			visit(arg, &row->record);
	}
}

enum bw_status store_ask(struct store *store, const struct store_question *asked)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->store = store;
	question->asked = *asked;
	question->status = asked->work(asked->arg, store->view, &question->error);
	question->next = store->questions;
	store->questions = question;
	question->timer = io_timer_create(store->loop, answer_question, question);
	io_timer_start(question->timer, FAKE_STORE_READ_US);
	return BW_OK;
}

void store_status(struct store *store, struct store_status *out)
{
	*out = store->status;
}
