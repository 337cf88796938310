/* journal.c - a ring of entries, chained by subject, over texts that are kept once.
 *
 * A subject is a kind and a name. It knows its newest entry, each entry knows the one before of
 * the same subject, and places in the ring only grow: a chain ends where a place has left the ring.
 * A component's day is therefore a walk over its own entries, whatever the others did.
 *
 * A change is prepared (all that can fail), then committed (nothing can).
 *
 * Invariants: a subject is there as long as it has entries or is held; it is listed as wrong
 * exactly while it is held and not fine. Every pointer to a text counts as a use of it.
 */
#include "core/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/journal_impl.h"

enum { FIRST_CAP = 64, START_ENTRIES = 3 };

/* What becomes unknown this soon after a start was known before it. */
#define SETTLE_US (60 * BW_SECOND_US)

static const char *const kind_texts[BW_CHANGE_MAX] = {
	"alert", "breaker", "clock", "component", "daemon", "overall",
};

const char *bw_change_kind_text(enum bw_change_kind kind)
{
	return kind_texts[kind];
}

enum bw_status bw_change_kind_parse(const char *text, enum bw_change_kind *out)
{
	for (int kind = 0; kind < BW_CHANGE_MAX; kind++) {
		if (strcmp(text, kind_texts[kind]) == 0) {
			*out = (enum bw_change_kind)kind;
			return BW_OK;
		}
	}
	return BW_EPARSE;
}

/* --- texts --- */

static struct journal_text *intern(struct bw_journal *journal, const char *text)
{
	char cut[BW_JOURNAL_TEXT_MAX + 1];
	struct journal_text *known;
	size_t len;

	bw_text_format(cut, sizeof(cut), "%s", text);
	known = bw_strmap_get(journal->texts, cut);
	if (known)
		return bw_journal_share(known);
	len = strlen(cut);
	known = malloc(sizeof(*known) + len + 1);
	if (!known)
		return NULL;
	known->uses = 1;
	known->len = len;
	memcpy(known->text, cut, len + 1);
	if (bw_strmap_put(journal->texts, cut, known) != BW_OK) {
		free(known);
		return NULL;
	}
	journal->text_bytes += len;
	return known;
}

struct journal_text *bw_journal_share(struct journal_text *text)
{
	if (text)
		text->uses++;
	return text;
}

void bw_journal_drop(struct bw_journal *journal, struct journal_text *text)
{
	if (!text || --text->uses > 0)
		return;
	journal->text_bytes -= text->len;
	bw_strmap_remove(journal->texts, text->text);
	free(text);
}

static void replace(struct bw_journal *journal, struct journal_text **text,
		    struct journal_text *with)
{
	bw_journal_share(with);
	bw_journal_drop(journal, *text);
	*text = with;
}

/* --- subjects --- */

static bool is_judged(enum bw_change_kind kind)
{
	return kind == BW_CHANGE_COMPONENT || kind == BW_CHANGE_BREAKER;
}

struct journal_subject *bw_journal_find(const struct bw_journal *journal, enum bw_change_kind kind,
					const char *name)
{
	return bw_strmap_get(journal->subjects[kind], name);
}

/* NULL without memory. */
static struct journal_subject *find_or_create(struct bw_journal *journal, enum bw_change_kind kind,
					      const char *name)
{
	struct journal_subject *subject = bw_journal_find(journal, kind, name);
	size_t size = strlen(name) + 1;

	if (subject)
		return subject;
	subject = calloc(1, sizeof(*subject) + size);
	if (!subject)
		return NULL;
	subject->kind = kind;
	subject->held = kind == BW_CHANGE_OVERALL || kind == BW_CHANGE_DAEMON;
	memcpy(subject->name, name, size);
	if (bw_strmap_put(journal->subjects[kind], name, subject) != BW_OK) {
		free(subject);
		return NULL;
	}
	return subject;
}

static void list_wrong(struct bw_journal *journal, struct journal_subject *subject)
{
	bool wanted = is_judged(subject->kind) && subject->held && subject->state.word &&
		      subject->state.grade != JOURNAL_FINE;

	if (wanted == subject->is_listed)
		return;
	subject->is_listed = wanted;
	if (wanted) {
		subject->wrong_before = NULL;
		subject->wrong_next = journal->wrong;
		if (journal->wrong)
			journal->wrong->wrong_before = subject;
		journal->wrong = subject;
		return;
	}
	if (subject->wrong_next)
		subject->wrong_next->wrong_before = subject->wrong_before;
	if (subject->wrong_before)
		subject->wrong_before->wrong_next = subject->wrong_next;
	else
		journal->wrong = subject->wrong_next;
}

/* Frees the subject when nothing needs it any more. */
static void release(struct bw_journal *journal, struct journal_subject *subject)
{
	if (subject->held || subject->entries > 0)
		return;
	bw_strmap_remove(journal->subjects[subject->kind], subject->name);
	bw_journal_drop(journal, subject->state.word);
	bw_journal_drop(journal, subject->before.word);
	bw_journal_drop(journal, subject->text);
	free(subject);
}

/* --- the ring --- */

static struct journal_entry *nth(const struct bw_journal *journal, size_t nth)
{
	size_t at = journal->head + nth;

	return &journal->entries[at < journal->cap ? at : at - journal->cap];
}

const struct journal_entry *bw_journal_entry_at(const struct bw_journal *journal, uint64_t place)
{
	if (place < journal->first || place >= journal->first + journal->count)
		return NULL;
	return nth(journal, place - journal->first);
}

static enum bw_status reserve(struct bw_journal *journal, size_t more)
{
	size_t cap = journal->cap ? journal->cap : FIRST_CAP;
	struct journal_entry *entries;

	while (cap < journal->count + more && cap < BW_JOURNAL_MAX)
		cap *= 2;
	if (cap <= journal->cap)
		return BW_OK;
	entries = malloc(cap * sizeof(*entries));
	if (!entries)
		return BW_ENOMEM;
	for (size_t i = 0; i < journal->count; i++)
		entries[i] = *nth(journal, i);
	free(journal->entries);
	journal->entries = entries;
	journal->cap = cap;
	journal->head = 0;
	return BW_OK;
}

static void drop_oldest(struct bw_journal *journal)
{
	const struct journal_entry oldest = *nth(journal, 0);

	journal->head = journal->head + 1 < journal->cap ? journal->head + 1 : 0;
	journal->count--;
	journal->first++;
	bw_journal_drop(journal, oldest.from);
	bw_journal_drop(journal, oldest.to);
	bw_journal_drop(journal, oldest.text);
	oldest.subject->entries--;
	release(journal, oldest.subject);
}

static void make_room(struct bw_journal *journal)
{
	struct bw_wall at = nth(journal, 0)->at;

	if (at.us > journal->lost_before.us)
		journal->lost_before = at;
	drop_oldest(journal);
}

static void trim(struct bw_journal *journal, struct bw_wall now)
{
	while (journal->count > 1 && journal->text_bytes > BW_JOURNAL_TEXT_BYTES_MAX)
		make_room(journal);
	while (journal->count > 1 && nth(journal, 0)->at.us < now.us - journal->window_us)
		drop_oldest(journal);
}

/* --- changes --- */

struct prepared {
	struct journal_subject *subject;
	struct bw_wall at;
	struct journal_text *from, *to, *text;
};

static void unprepare(struct bw_journal *journal, struct prepared *prepared)
{
	bw_journal_drop(journal, prepared->from);
	bw_journal_drop(journal, prepared->to);
	bw_journal_drop(journal, prepared->text);
	if (prepared->subject)
		release(journal, prepared->subject);
}

static enum bw_status prepare(struct bw_journal *journal, const struct bw_change *change,
			      struct prepared *out)
{
	struct journal_subject *subject;
	const char *from = change->from;

	*out = (struct prepared){ .at = change->at };
	subject = find_or_create(journal, change->kind, change->name);
	if (!subject)
		return BW_ENOMEM;
	out->subject = subject;
	if (!from)
		from = subject->state.word ? subject->state.word->text : "unknown";
	out->from = intern(journal, from);
	out->to = intern(journal, change->to);
	out->text = intern(journal, change->text ? change->text : "");
	if (out->from && out->to && out->text)
		return BW_OK;
	unprepare(journal, out);
	return BW_ENOMEM;
}

enum journal_grade bw_journal_grade_of(enum bw_change_kind kind, const char *word)
{
	static const char *const fine[] = { "healthy", "closed", "disabled", "metrics_only" };

	if (strcmp(word, "unknown") == 0 || strcmp(word, "none") == 0)
		return JOURNAL_UNSURE;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		if (strcmp(word, fine[i]) == 0)
			return JOURNAL_FINE;
	}
	return is_judged(kind) || kind == BW_CHANGE_OVERALL ? JOURNAL_WRONG : JOURNAL_FINE;
}

/* Becoming unknown because the daemon was away is no change of the thing itself. */
static bool is_of_restart(const struct bw_journal *journal, const struct journal_subject *subject,
			  enum journal_grade grade, struct bw_wall at)
{
	return journal->is_bridged && grade == JOURNAL_UNSURE && subject->state.word &&
	       subject->state.grade != JOURNAL_UNSURE && subject->last < journal->start_place &&
	       at.us - journal->start.us <= SETTLE_US;
}

static void change_state(struct bw_journal *journal, const struct prepared *change)
{
	struct journal_subject *subject = change->subject;
	struct journal_state *state = &subject->state, *before = &subject->before;
	enum journal_grade grade = bw_journal_grade_of(subject->kind, change->to->text);
	bool returns = before->word && change->at.us - state->since.us <= BW_JOURNAL_BRIDGE_US;
	bool goes = is_of_restart(journal, subject, grade, change->at);
	struct bw_wall since = change->at, wrong_since = change->at;

	if (returns && before->word == change->to)
		since = before->since;
	if (returns && before->grade == grade)
		wrong_since = before->wrong_since;
	else if (state->word && state->grade == grade)
		wrong_since = state->wrong_since;
	replace(journal, &before->word, goes ? state->word : NULL);
	before->since = state->since;
	before->wrong_since = state->wrong_since;
	before->grade = state->grade;
	replace(journal, &state->word, change->to);
	*state = (struct journal_state){ state->word, since, wrong_since, grade };
	replace(journal, &subject->text, change->text);
	list_wrong(journal, subject);
	if (subject->kind == BW_CHANGE_OVERALL)
		bw_journal_judge(journal, grade, change->at, change->text);
}

/* A place in the ring was made before, or the oldest goes. */
static void commit(struct bw_journal *journal, const struct prepared *change, uint64_t id)
{
	struct journal_subject *subject = change->subject;

	subject->entries++; /* before its oldest may go, or it would go with it */
	if (journal->count == journal->cap)
		make_room(journal);
	*nth(journal, journal->count) = (struct journal_entry){
		.id = id,
		.at = change->at,
		.subject = subject,
		.from = change->from,
		.to = change->to,
		.text = change->text,
		.previous = subject->last,
	};
	change_state(journal, change);
	subject->last = journal->first + journal->count;
	journal->count++;
	journal->newest_id = id;
}

static void note_start(struct bw_journal *journal, struct bw_wall gap_from, struct bw_wall at)
{
	journal->start = at;
	journal->start_place = journal->first + journal->count - 1;
	journal->is_bridged = at.us - gap_from.us <= BW_JOURNAL_BRIDGE_US;
	if (!journal->is_bridged)
		bw_journal_end_trouble(journal, gap_from);
}

static bool create_maps(struct bw_journal *journal)
{
	for (int kind = 0; kind < BW_CHANGE_MAX; kind++) {
		journal->subjects[kind] = bw_strmap_create();
		if (!journal->subjects[kind])
			return false;
	}
	journal->texts = bw_strmap_create();
	return journal->texts != NULL;
}

enum bw_status bw_journal_create(int64_t window_us, struct bw_journal **out)
{
	struct bw_journal *journal;

	if (window_us <= 0)
		return BW_EINVAL;
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return BW_ENOMEM;
	journal->window_us = window_us;
	journal->first = 1;
	if (!create_maps(journal)) {
		bw_journal_destroy(journal);
		return BW_ENOMEM;
	}
	*out = journal;
	return BW_OK;
}

static void destroy_with_values(struct bw_strmap *map)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (map && bw_strmap_next(map, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(map);
}

void bw_journal_destroy(struct bw_journal *journal)
{
	if (!journal)
		return;
	for (int kind = 0; kind < BW_CHANGE_MAX; kind++)
		destroy_with_values(journal->subjects[kind]);
	destroy_with_values(journal->texts);
	free(journal->entries);
	free(journal);
}

enum bw_status bw_journal_restore(struct bw_journal *journal, const struct bw_change *change)
{
	struct journal_subject *daemon = bw_journal_find(journal, BW_CHANGE_DAEMON, "");
	struct bw_wall gap_from = daemon ? daemon->state.since : (struct bw_wall){ 0 };
	struct prepared prepared;

	if (change->id <= journal->newest_id)
		return BW_EINVAL;
	if (prepare(journal, change, &prepared) != BW_OK)
		return BW_ENOMEM;
	if (reserve(journal, 1) != BW_OK) {
		unprepare(journal, &prepared);
		return BW_ENOMEM;
	}
	commit(journal, &prepared, change->id);
	if (change->kind == BW_CHANGE_DAEMON && strcmp(change->to, "started") == 0)
		note_start(journal, gap_from, change->at);
	return BW_OK;
}

enum bw_status bw_journal_add(struct bw_journal *journal, const struct bw_change *change)
{
	struct prepared prepared;

	if (prepare(journal, change, &prepared) != BW_OK)
		return BW_ENOMEM;
	if (reserve(journal, 1) != BW_OK) {
		unprepare(journal, &prepared);
		return BW_ENOMEM;
	}
	if (is_judged(change->kind))
		prepared.subject->held = true;
	commit(journal, &prepared, journal->newest_id + 1);
	trim(journal, change->at);
	return BW_OK;
}

/* The entries a start makes; their number. */
static int start_changes(const struct bw_journal *journal, struct bw_wall now,
			 struct bw_wall last_alive, struct bw_change out[START_ENTRIES])
{
	const char *word = bw_journal_word(journal, BW_CHANGE_DAEMON, "");
	const char *overall = bw_journal_word(journal, BW_CHANGE_OVERALL, "");
	int count = 0;

	if (word && (strcmp(word, "started") == 0 || strcmp(word, "reloaded") == 0)) {
		out[count++] = (struct bw_change){ .at = last_alive,
						   .kind = BW_CHANGE_DAEMON,
						   .name = "",
						   .to = "lost",
						   .text = "it ended without a word; this was its "
							   "last sign of life" };
		word = "lost";
	}
	out[count++] = (struct bw_change){ .at = now,
					   .kind = BW_CHANGE_DAEMON,
					   .name = "",
					   .from = word ? word : "none",
					   .to = "started" };
	if (!overall || strcmp(overall, "unknown") != 0)
		out[count++] = (struct bw_change){ .at = now,
						   .kind = BW_CHANGE_OVERALL,
						   .name = "",
						   .from = overall ? overall : "none",
						   .to = "unknown",
						   .text = "not looked yet" };
	return count;
}

/* A sign of life is no earlier than the newest entry and no later than the start. */
static struct bw_wall clamp_alive(const struct bw_journal *journal, struct bw_wall now,
				  struct bw_wall last_alive)
{
	if (journal->count > 0 && nth(journal, journal->count - 1)->at.us > last_alive.us)
		last_alive = nth(journal, journal->count - 1)->at;
	return last_alive.us < now.us ? last_alive : now;
}

enum bw_status bw_journal_start(struct bw_journal *journal, struct bw_wall now,
				struct bw_wall last_alive)
{
	struct bw_change changes[START_ENTRIES];
	struct prepared prepared[START_ENTRIES];
	int count = start_changes(journal, now, clamp_alive(journal, now, last_alive), changes);
	enum bw_status status = reserve(journal, START_ENTRIES);
	int made = 0;

	while (status == BW_OK && made < count) {
		status = prepare(journal, &changes[made], &prepared[made]);
		made += status == BW_OK;
	}
	if (status != BW_OK) {
		while (made > 0)
			unprepare(journal, &prepared[--made]);
		return status;
	}
	for (int i = 0; i < count; i++) {
		struct bw_wall gap_from = prepared[i].subject->state.since;

		commit(journal, &prepared[i], journal->newest_id + 1);
		if (strcmp(changes[i].to, "started") == 0)
			note_start(journal, gap_from, now);
	}
	trim(journal, now);
	return BW_OK;
}

enum bw_status bw_journal_know(struct bw_journal *journal, enum bw_change_kind kind,
			       const char *name, const char *word, struct bw_wall since)
{
	struct journal_subject *subject = find_or_create(journal, kind, name);

	if (!subject)
		return BW_ENOMEM;
	if (!subject->state.word) {
		struct journal_text *text = intern(journal, word);

		if (!text) {
			release(journal, subject);
			return BW_ENOMEM;
		}
		subject->state = (struct journal_state){ text, since, since,
							 bw_journal_grade_of(kind, word) };
	}
	subject->held = true;
	list_wrong(journal, subject);
	return BW_OK;
}

void bw_journal_forget(struct bw_journal *journal, enum bw_change_kind kind, const char *name)
{
	struct journal_subject *subject = bw_journal_find(journal, kind, name);

	if (!subject || !is_judged(kind))
		return;
	subject->held = false;
	list_wrong(journal, subject);
	release(journal, subject);
}

const char *bw_journal_word(const struct bw_journal *journal, enum bw_change_kind kind,
			    const char *name)
{
	const struct journal_subject *subject = bw_journal_find(journal, kind, name);

	return subject && subject->state.word ? subject->state.word->text : NULL;
}

size_t bw_journal_count(const struct bw_journal *journal)
{
	return journal->count;
}

uint64_t bw_journal_newest(const struct bw_journal *journal)
{
	return journal->newest_id;
}
