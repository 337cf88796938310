/* journal_impl.h - the inside of the journal, shared by journal.c (what it is told), verdict.c
 * (what follows for the whole), strip.c and gaps.c (what it answers).
 */
#ifndef BW_CORE_JOURNAL_IMPL_H
#define BW_CORE_JOURNAL_IMPL_H

#include "base/strmap.h"
#include "core/journal.h"

/* A text kept once, however many entries have it. */
struct journal_text {
	size_t uses, len;
	char text[];
};

enum journal_grade { JOURNAL_FINE, JOURNAL_UNSURE, JOURNAL_WRONG };

/* What a subject is, and since when. */
struct journal_state {
	struct journal_text *word; /* NULL: nothing is known */
	struct bw_wall since, wrong_since;
	enum journal_grade grade;
};

/* Whatever has entries of its own: a kind and a name. */
struct journal_subject {
	struct journal_subject *wrong_next, *wrong_before; /* in the list of what is not fine */
	enum bw_change_kind kind;
	bool held, is_listed;
	uint64_t last;                      /* place of its newest entry */
	size_t entries;                     /* in the ring */
	struct journal_state state, before; /* before.word: what it was until a restart */
	struct journal_text *text;          /* of its latest change, or NULL */
	char name[];
};

struct journal_entry {
	uint64_t id;
	struct bw_wall at;
	struct journal_subject *subject;
	struct journal_text *from, *to, *text;
	uint64_t previous; /* place of the subject's entry before; may have left the ring */
};

struct journal_trouble {
	bool is_on, is_real; /* real: it was degraded or unhealthy, not only unknown */
	struct bw_wall since, real_since;
	struct journal_text *text;
};

struct bw_journal {
	int64_t window_us;
	struct journal_entry *entries;
	size_t cap, head, count;
	uint64_t first; /* place of the oldest entry: places count all entries ever, from 1 */
	uint64_t newest_id;
	struct bw_wall lost_before; /* what was before had to make room */
	struct bw_strmap *subjects[BW_CHANGE_MAX], *texts;
	size_t text_bytes;
	struct journal_subject *wrong;

	uint64_t start_place; /* of the latest "started" */
	struct bw_wall start;
	bool is_bridged; /* the daemon was gone for a short time only */
	struct journal_trouble trouble;
	bool has_problem;
	struct bw_wall problem_from, problem_to;
	struct journal_text *problem;
};

/* NULL: has left the ring. */
const struct journal_entry *bw_journal_entry_at(const struct bw_journal *journal, uint64_t place);
struct journal_subject *bw_journal_find(const struct bw_journal *journal, enum bw_change_kind kind,
					const char *name);
/* Shares a text; NULL stays NULL. */
struct journal_text *bw_journal_share(struct journal_text *text);
/* Frees the text with its last use. NULL is allowed. */
void bw_journal_drop(struct bw_journal *journal, struct journal_text *text);

enum journal_grade bw_journal_grade_of(enum bw_change_kind kind, const char *word);
/* A new word of the whole. */
void bw_journal_judge(struct bw_journal *journal, enum journal_grade grade, struct bw_wall at,
		      struct journal_text *text);
/* The daemon was gone for long: what was, ended with it. */
void bw_journal_end_trouble(struct bw_journal *journal, struct bw_wall at);

#endif
