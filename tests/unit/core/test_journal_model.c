/* test_journal_model.c - strips of random lives equal a model that writes down every second.
 *
 * A life: components change, the daemon stops or is killed, and begins again with what the store
 * kept. The model knows the word of every component at every second; whatever part of the day is
 * asked for, the strip must say the same.
 */
#include "core/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY_US (86400 * BW_SECOND_US)

enum { LIVES = 300, STEPS = 60, COMPONENTS = 3, SECONDS = 4000, BEFORE = 50 };

static const char *const words[] = { "healthy", "degraded", "unhealthy", "unknown" };
static const char *const names[COMPONENTS] = { "a", "b", "c" };

struct life {
	uint32_t seed;
	struct bw_journal *journal;
	int now;    /* seconds */
	int newest; /* second of the newest entry */
	const char *is[COMPONENTS];
	const char *truth[COMPONENTS][SECONDS]; /* the word from this second to the next */
};

static int choose(struct life *life, int count)
{
	life->seed = life->seed * 1664525 + 1013904223;
	return (int)((life->seed >> 8) % (uint32_t)count);
}

static struct bw_wall at(int second)
{
	return (struct bw_wall){ DAY_US * 1000 + second * BW_SECOND_US };
}

static void pass(struct life *life, int seconds, bool is_running)
{
	for (int i = 0; i < seconds; i++, life->now++) {
		for (int c = 0; c < COMPONENTS; c++)
			life->truth[c][life->now] = is_running ? life->is[c] : "none";
	}
}

static void change(struct life *life, int component, const char *word)
{
	const struct bw_change change = { .at = at(life->now),
					  .kind = BW_CHANGE_COMPONENT,
					  .name = names[component],
					  .to = word };

	if (strcmp(life->is[component], word) == 0)
		return;
	assert_int_equal(bw_journal_add(life->journal, &change), BW_OK);
	life->is[component] = word;
	life->newest = life->now;
}

static void be_reborn(struct life *life)
{
	const struct bw_journal_filter all = { .to = { INT64_MAX } };
	size_t count = bw_journal_count(life->journal);
	struct bw_change *changes = calloc(count, sizeof(*changes));
	struct bw_journal *journal = NULL;
	uint64_t cursor = 0;

	assert_non_null(changes);
	assert_int_equal(bw_journal_create(DAY_US, &journal), BW_OK);
	for (size_t i = 0; i < count; i++)
		assert_true(bw_journal_next(life->journal, &all, &cursor, &changes[i]));
	while (count > 0)
		assert_int_equal(bw_journal_restore(journal, &changes[--count]), BW_OK);
	free(changes);
	bw_journal_destroy(life->journal);
	life->journal = journal;
}

/* The last seconds before a kill may have left no trace: then they belong to the gap. */
static void be_killed(struct life *life, int *alive)
{
	*alive = life->now - choose(life, 5);
	if (*alive < life->newest)
		*alive = life->newest;
	for (int second = *alive; second < life->now; second++) {
		for (int c = 0; c < COMPONENTS; c++)
			life->truth[c][second] = "none";
	}
}

static void restart(struct life *life)
{
	const struct bw_change stopped = {
		.at = at(life->now), .kind = BW_CHANGE_DAEMON, .name = "", .to = "stopped"
	};
	int alive = life->now;

	if (choose(life, 2) == 0)
		assert_int_equal(bw_journal_add(life->journal, &stopped), BW_OK);
	else
		be_killed(life, &alive);
	pass(life, choose(life, 60), false);
	be_reborn(life);
	assert_int_equal(bw_journal_start(life->journal, at(life->now), at(alive)), BW_OK);
	life->newest = life->now;
	for (int c = 0; c < COMPONENTS; c++) {
		if (choose(life, 2) == 0)
			change(life, c, "unknown");
	}
}

static void live(struct life *life)
{
	assert_int_equal(bw_journal_create(DAY_US, &life->journal), BW_OK);
	for (int c = 0; c < COMPONENTS; c++)
		life->is[c] = "unknown";
	pass(life, BEFORE, false);
	assert_int_equal(bw_journal_start(life->journal, at(life->now), (struct bw_wall){ 0 }),
			 BW_OK);
	for (int step = 0; step < STEPS; step++) {
		if (choose(life, 8) == 0)
			restart(life);
		else
			change(life, choose(life, COMPONENTS), words[choose(life, 4)]);
		pass(life, choose(life, 20), true);
	}
	pass(life, 1, true);
}

static void compare(const struct life *life, int component, int from, int to)
{
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };
	const struct bw_strip_wanted wanted = { BW_CHANGE_COMPONENT, names[component], at(from),
						at(to), &gaps };
	size_t nth = 0;

	assert_int_equal(bw_journal_gaps(life->journal, at(from), at(to), &gaps), BW_OK);
	assert_int_equal(bw_journal_strip(life->journal, &wanted, &strip), BW_OK);
	assert_true(strip.count > 0 && strip.items[0].at.us == at(from).us);
	for (size_t i = 1; i < strip.count; i++) {
		assert_true(strip.items[i].at.us > strip.items[i - 1].at.us);
		assert_string_not_equal(strip.items[i].word, strip.items[i - 1].word);
	}
	for (int second = from; second < to; second++) {
		while (nth + 1 < strip.count && strip.items[nth + 1].at.us <= at(second).us)
			nth++;
		assert_string_equal(strip.items[nth].word, life->truth[component][second]);
	}
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
}

static void test_strips_equal_the_model(void **state)
{
	static struct life life;

	(void)state;
	for (uint32_t seed = 1; seed <= LIVES; seed++) {
		life = (struct life){ .seed = seed };
		live(&life);
		for (int c = 0; c < COMPONENTS; c++) {
			compare(&life, c, 0, life.now);
			for (int i = 0; i < 10; i++) {
				int from = choose(&life, life.now - 1);

				compare(&life, c, from,
					from + 1 + choose(&life, life.now - 1 - from));
			}
		}
		bw_journal_destroy(life.journal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strips_equal_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
