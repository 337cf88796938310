/* book.c - maps of subjects, an array of lives by id, a list of the recent, a list of the changed.
 *
 * Ids only grow, so that appending keeps the array in order; only a restore can disturb it, and
 * then it is sorted once, when somebody next looks. Forgotten lives leave holes, which are closed
 * when they are half of the array: a forgotten life costs O(1).
 *
 * Invariants: a life stands in watched->lives[nth] exactly while it has that `watched` and `nth`. A
 * life is in the array exactly as long as it exists.
 */
#include "alerts/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum { FIRST_CAP = 64 };

/* --- rules --- */

static void find_rules(struct book *book)
{
	const struct alert_rules *rules = &book->settings->rules;

	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		size_t count = 0;

		free(book->rules_of[kind]);
		book->rules_of[kind] = xcalloc(rules->count + 1, sizeof(size_t));
		for (size_t i = 0; i < rules->count; i++) {
			if (rules->items[i].enabled && (int)rules->items[i].subject == kind)
				book->rules_of[kind][count++] = i;
		}
		book->rule_count_of[kind] = count;
	}
}

size_t book_rule_count(const struct book *book, enum alert_subject_kind kind)
{
	return book->rule_count_of[kind];
}

const struct alert_rule *book_rule(const struct book *book, enum alert_subject_kind kind,
				   size_t nth)
{
	bw_assert(nth < book->rule_count_of[kind]);
	return &book->settings->rules.items[book->rules_of[kind][nth]];
}

size_t book_find_rule(const struct book *book, enum alert_subject_kind kind, const char *name)
{
	size_t count = book_rule_count(book, kind), nth = 0;

	while (nth < count && strcmp(book_rule(book, kind, nth)->name, name) != 0)
		nth++;
	return nth;
}

void book_init(struct book *book, const struct alerts_settings *settings)
{
	*book = (struct book){ .settings = settings };
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		book->subjects[kind] = bw_strmap_create();
		if (!book->subjects[kind])
			xalloc_die();
	}
	find_rules(book);
}

static void free_life(struct life *life)
{
	alert_finish(&life->alert);
	free(life);
}

static void free_watched(struct watched *watched)
{
	free(watched->name);
	free(watched->lives);
	free(watched);
}

void book_finish(struct book *book)
{
	struct bw_strmap_entry entry;

	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		size_t cursor = 0;

		while (bw_strmap_next(book->subjects[kind], &cursor, &entry))
			free_watched(entry.value);
		bw_strmap_destroy(book->subjects[kind]);
		free(book->rules_of[kind]);
	}
	for (size_t i = 0; i < book->count; i++) {
		if (book->rows[i].life)
			free_life(book->rows[i].life);
	}
	free(book->rows);
	due_heap_finish(&book->due);
}

static void make_places(struct book *book, struct watched *watched)
{
	free(watched->lives);
	watched->lives = xcalloc(book_rule_count(book, watched->kind) + 1, sizeof(struct life *));
}

void book_configure(struct book *book, const struct alerts_settings *settings,
		    void (*orphan)(void *arg, struct life *life), void *arg)
{
	struct bw_strmap_entry entry;
	struct life *life;
	uint64_t visit = 0;

	book->settings = settings;
	find_rules(book);
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		size_t cursor = 0;

		while (bw_strmap_next(book->subjects[kind], &cursor, &entry))
			make_places(book, entry.value);
	}
	while ((life = book_next(book, &visit))) {
		size_t nth = book_find_rule(book, life->alert.subject_kind, life->alert.rule_name);
		struct watched *watched = life->watched;

		life->alert.rule = NULL;
		life->lingers = false;
		life->watched = NULL;
		if (nth == book_rule_count(book, life->alert.subject_kind)) {
			orphan(arg, life);
			continue;
		}
		life->alert.rule = book_rule(book, life->alert.subject_kind, nth);
		if (watched)
			book_attach(book, life, watched, nth);
	}
}

/* --- subjects --- */

struct watched *book_watched(struct book *book, const struct alert_subject *subject, bool add)
{
	struct bw_strmap *map = book->subjects[subject->kind];
	struct watched *watched = bw_strmap_get(map, subject->name);

	if (watched || !add)
		return watched;
	watched = xcalloc(1, sizeof(*watched));
	watched->kind = subject->kind;
	watched->name = xstrdup(subject->name);
	watched->due.kind = BOOK_DUE_SUBJECT;
	watched->lives = xcalloc(book_rule_count(book, subject->kind) + 1, sizeof(struct life *));
	xalloc_must(bw_strmap_put(map, watched->name, watched));
	return watched;
}

void book_forget_watched(struct book *book, struct watched *watched)
{
	for (size_t nth = 0; nth < book_rule_count(book, watched->kind); nth++) {
		if (watched->lives[nth])
			book_let_go(book, watched->lives[nth]);
	}
	due_set(&book->due, &watched->due, BW_WALL_NEVER);
	bw_strmap_remove(book->subjects[watched->kind], watched->name);
	free_watched(watched);
}

/* --- lives --- */

bool book_is_alive(const struct life *life)
{
	return alert_is_alive(&life->alert);
}

static int by_id(const void *a, const void *b)
{
	const struct book_row *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static void close_holes(struct book *book)
{
	size_t kept = 0;

	for (size_t i = 0; i < book->count; i++) {
		if (book->rows[i].life)
			book->rows[kept++] = book->rows[i];
	}
	book->count = kept;
	book->holes = 0;
}

static void put_in_order(struct book *book)
{
	if (!book->unsorted)
		return;
	qsort(book->rows, book->count, sizeof(*book->rows), by_id);
	book->unsorted = false;
}

static size_t first_above(struct book *book, uint64_t id)
{
	size_t low = 0, high = book->count;

	put_in_order(book);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (book->rows[middle].id > id)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct life *book_next(struct book *book, uint64_t *cursor)
{
	for (size_t at = first_above(book, *cursor); at < book->count; at++) {
		if (book->rows[at].life) {
			*cursor = book->rows[at].id;
			return book->rows[at].life;
		}
	}
	return NULL;
}

struct life *book_find(struct book *book, uint64_t id)
{
	uint64_t cursor = id - 1;
	struct life *life = id > 0 ? book_next(book, &cursor) : NULL;

	return life && life->alert.id == id ? life : NULL;
}

void book_take_id(struct book *book, uint64_t id)
{
	if (id > book->last_id)
		book->last_id = id;
}

static struct life *append(struct book *book, uint64_t id)
{
	struct life *life = xcalloc(1, sizeof(*life));

	if (book->count == book->cap) {
		book->cap = book->cap ? book->cap * 2 : FIRST_CAP;
		book->rows = xrealloc(book->rows, book->cap * sizeof(*book->rows));
	}
	life->due.kind = BOOK_DUE_LIFE;
	book->rows[book->count++] = (struct book_row){ id, life };
	if (id <= book->last_id)
		book->unsorted = true;
	book_take_id(book, id);
	return life;
}

struct life *book_begin(struct book *book, struct watched *watched, size_t nth)
{
	const struct alert_rule *rule = book_rule(book, watched->kind, nth);
	struct life *life;

	if (book->alive == ALERTS_MAX)
		return NULL;
	life = append(book, book->last_id + 1);
	life->alert = (struct alert){
		.id = book->last_id,
		.state = ALERT_PENDING,
		.rule = rule,
		.rule_name = xstrdup(rule->name),
		.type = xstrdup(rule->type),
		.subject_kind = watched->kind,
		.subject = xstrdup(watched->name),
		.samples.latest = watched->latest,
	};
	book->alive++;
	book_attach(book, life, watched, nth);
	return life;
}

static void add_recent(struct book *book, struct life *life)
{
	life->is_recent = true;
	life->recent = (struct life_link){ .before = book->newest_recent };
	if (book->newest_recent)
		book->newest_recent->recent.after = life;
	else
		book->oldest_recent = life;
	book->newest_recent = life;
	book->recent_count++;
}

static void drop_recent(struct book *book, struct life *life)
{
	bw_assert(life != NULL);
	if (life->recent.before)
		life->recent.before->recent.after = life->recent.after;
	else
		book->oldest_recent = life->recent.after;
	if (life->recent.after)
		life->recent.after->recent.before = life->recent.before;
	else
		book->newest_recent = life->recent.before;
	life->is_recent = false;
	book->recent_count--;
}

/* By the time of their end: a store hands them out by id. */
static void insert_recent(struct book *book, struct life *life)
{
	struct life *before = book->newest_recent;

	while (before && before->alert.resolved.us > life->alert.resolved.us)
		before = before->recent.before;
	if (before == book->newest_recent) {
		add_recent(book, life);
		return;
	}
	life->is_recent = true;
	life->recent.before = before;
	life->recent.after = before ? before->recent.after : book->oldest_recent;
	life->recent.after->recent.before = life;
	if (before)
		before->recent.after = life;
	else
		book->oldest_recent = life;
	book->recent_count++;
}

static void trim_recent(struct book *book)
{
	while (book->recent_count > ALERTS_RESOLVED_MAX) {
		struct life *oldest = book->oldest_recent;

		drop_recent(book, oldest);
		book_touch(book, oldest, false);
	}
}

struct life *book_restore(struct book *book, const struct alert *alert)
{
	struct life *life = append(book, alert->id);

	alert_copy(alert, &life->alert);
	if (book_is_alive(life)) {
		book->alive++;
	} else if (alert->state == ALERT_RESOLVED) {
		insert_recent(book, life);
		trim_recent(book);
	}
	return life;
}

void book_attach(struct book *book, struct life *life, struct watched *watched, size_t nth)
{
	bw_assert(!watched->lives[nth]);
	watched->lives[nth] = life;
	life->watched = watched;
	life->nth = nth;
	life->lingers = !book_is_alive(life);
}

void book_end(struct book *book, struct life *life)
{
	due_set(&book->due, &life->due, BW_WALL_NEVER);
	book->alive--;
	life->lingers = life->watched != NULL;
	if (life->alert.state != ALERT_RESOLVED)
		return;
	add_recent(book, life);
	trim_recent(book);
}

void book_let_go(struct book *book, struct life *life)
{
	bw_assert(!book_is_alive(life));
	life->watched->lives[life->nth] = NULL;
	life->watched = NULL;
	life->lingers = false;
	book_touch(book, life, false);
}

void book_touch(struct book *book, struct life *life, bool keep)
{
	life->keep = life->keep || keep;
	if (life->dirty)
		return;
	life->dirty = true;
	life->next_dirty = book->dirty;
	book->dirty = life;
}

bool book_is_idle(const struct life *life)
{
	return !book_is_alive(life) && !life->is_recent && !life->lingers && !life->dirty &&
	       !(life->alert.state == ALERT_RESOLVED && alert_is_told_firing(&life->alert));
}

void book_forget(struct book *book, struct life *life)
{
	size_t at = first_above(book, life->alert.id - 1);

	bw_assert(at < book->count && book->rows[at].life == life);
	book->rows[at].life = NULL;
	book->holes++;
	free_life(life);
	if (book->holes > book->count / 2)
		close_holes(book);
}
