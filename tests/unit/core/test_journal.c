/* test_journal.c - entries, words, gaps, strips and the verdict, one behaviour a test. */
#include "core/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/journal_builder.h"

static void component(struct bw_journal *journal, double seconds, const char *name, const char *to)
{
	assert_int_equal(try_add(journal, seconds, BW_CHANGE_COMPONENT, name, to), BW_OK);
}

static void overall(struct bw_journal *journal, double seconds, const char *to)
{
	assert_int_equal(try_add(journal, seconds, BW_CHANGE_OVERALL, "", to), BW_OK);
}

static void daemon_says(struct bw_journal *journal, double seconds, const char *to)
{
	assert_int_equal(try_add(journal, seconds, BW_CHANGE_DAEMON, "", to), BW_OK);
}

/* "0 none, 10 healthy": seconds and words of a strip. */
static const char *strip_of(struct bw_journal *journal, enum bw_change_kind kind, const char *name,
			    double from, double to)
{
	static char text[1024];
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };
	const struct bw_strip_wanted wanted = { kind, name, at(from), at(to), &gaps };
	size_t len = 0;

	assert_int_equal(bw_journal_gaps(journal, at(from), at(to), &gaps), BW_OK);
	assert_int_equal(bw_journal_strip(journal, &wanted, &strip), BW_OK);
	text[0] = '\0';
	for (size_t i = 0; i < strip.count; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%g %s", i > 0 ? ", " : "",
			(double)(strip.items[i].at.us - at(0).us) / 1e6, strip.items[i].word);
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
	return text;
}

static const char *gaps_of(struct bw_journal *journal, double from, double to)
{
	static char text[1024];
	struct bw_gap_list gaps = { 0 };
	size_t len = 0;

	assert_int_equal(bw_journal_gaps(journal, at(from), at(to), &gaps), BW_OK);
	text[0] = '\0';
	for (size_t i = 0; i < gaps.count; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%g-%g %s", i > 0 ? ", " : "",
			(double)(gaps.items[i].from.us - at(0).us) / 1e6,
			(double)(gaps.items[i].to.us - at(0).us) / 1e6, gaps.items[i].why);
	bw_gap_list_finish(&gaps);
	return text;
}

static struct bw_journal_verdict verdict(struct bw_journal *journal)
{
	struct bw_journal_verdict out;

	bw_journal_verdict(journal, &out);
	return out;
}

/* What a new daemon reads back. */
static struct bw_journal *reborn(struct bw_journal *old)
{
	struct bw_journal *journal = empty();
	const struct bw_journal_filter all = { .to = { INT64_MAX } };
	struct bw_change *changes = calloc(bw_journal_count(old) + 1, sizeof(*changes));
	uint64_t cursor = 0;
	size_t count = 0;

	while (bw_journal_next(old, &all, &cursor, &changes[count]))
		count++;
	while (count > 0)
		assert_int_equal(bw_journal_restore(journal, &changes[--count]), BW_OK);
	free(changes);
	bw_journal_destroy(old);
	return journal;
}

static void test_a_window_of_nothing_is_refused(void **state)
{
	struct bw_journal *journal = NULL;

	(void)state;
	assert_int_equal(bw_journal_create(0, &journal), BW_EINVAL);
	assert_null(journal);
	bw_journal_destroy(NULL);
}

static void test_kinds_have_words(void **state)
{
	enum bw_change_kind kind;

	(void)state;
	for (int nth = 0; nth < BW_CHANGE_MAX; nth++) {
		assert_int_equal(
			bw_change_kind_parse(bw_change_kind_text((enum bw_change_kind)nth), &kind),
			BW_OK);
		assert_int_equal(kind, nth);
	}
	assert_int_equal(bw_change_kind_parse("Overall", &kind), BW_EPARSE);
	assert_int_equal(bw_change_kind_parse("", &kind), BW_EPARSE);
}

static void test_entries_come_newest_first_and_filtered(void **state)
{
	struct bw_journal *journal = running();
	struct bw_journal_filter filter = { .to = at(100),
					    .has_kind = true,
					    .kind = BW_CHANGE_COMPONENT };
	struct bw_change change;
	uint64_t cursor = 0;

	(void)state;
	component(journal, 1, "a", "healthy");
	component(journal, 2, "b", "unhealthy");
	component(journal, 3, "a", "degraded");
	assert_true(bw_journal_next(journal, &filter, &cursor, &change));
	assert_string_equal(change.name, "a");
	assert_string_equal(change.from, "healthy");
	assert_string_equal(change.to, "degraded");
	assert_string_equal(change.text, "degraded because of 3");
	assert_true(change.id == bw_journal_newest(journal));
	filter.name = "b";
	assert_true(bw_journal_next(journal, &filter, &cursor, &change));
	assert_string_equal(change.from, "unknown");
	assert_false(bw_journal_next(journal, &filter, &cursor, &change));
	cursor = 0;
	filter.after_id = bw_journal_newest(journal) - 1;
	assert_false(bw_journal_next(journal, &filter, &cursor, &change));
	cursor = 0;
	filter = (struct bw_journal_filter){ .from = at(2), .to = at(2) };
	assert_true(bw_journal_next(journal, &filter, &cursor, &change));
	assert_string_equal(change.name, "b");
	bw_journal_destroy(journal);
}

static void test_before_the_first_start_there_is_nothing(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	assert_string_equal(gaps_of(journal, -100, 10), "-100-0 not recorded");
	assert_string_equal(strip_of(journal, BW_CHANGE_OVERALL, "", -100, 10),
			    "-100 none, 0 unknown");
	bw_journal_destroy(journal);
}

static void test_a_strip_begins_with_the_word_at_its_start(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 10, "a", "healthy");
	component(journal, 20, "a", "unhealthy");
	component(journal, 25, "b", "healthy");
	component(journal, 30, "a", "healthy");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 15, 40),
			    "15 healthy, 20 unhealthy, 30 healthy");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 20, 29), "20 unhealthy");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 5, 8), "5 unknown");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "nobody", 5, 8), "5 unknown");
	bw_journal_destroy(journal);
}

static void test_what_is_known_without_an_entry_is_shown(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	assert_int_equal(
		bw_journal_know(journal, BW_CHANGE_COMPONENT, "old", "healthy", at(-90000)), BW_OK);
	assert_int_equal(bw_journal_know(journal, BW_CHANGE_COMPONENT, "new", "degraded", at(5)),
			 BW_OK);
	assert_int_equal(bw_journal_count(journal), 2);
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "old", 0, 9), "0 healthy");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "new", 0, 9),
			    "0 unknown, 5 degraded");
	assert_string_equal(bw_journal_word(journal, BW_CHANGE_COMPONENT, "new"), "degraded");
	assert_null(bw_journal_word(journal, BW_CHANGE_BREAKER, "new"));
	bw_journal_destroy(journal);
}

static void test_a_clean_stop_is_a_gap(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 1, "a", "healthy");
	daemon_says(journal, 10, "stopped");
	assert_string_equal(gaps_of(journal, 0, 15), "10-15 stopped");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(20), at(9)), BW_OK);
	assert_string_equal(gaps_of(journal, 0, 30), "10-20 stopped");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 0, 30),
			    "0 unknown, 1 healthy, 10 none, 20 healthy");
	bw_journal_destroy(journal);
}

static void test_a_kill_is_a_gap_from_the_last_sign_of_life(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 1, "a", "unhealthy");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(20), at(7)), BW_OK);
	component(journal, 20, "a", "unknown");
	component(journal, 22, "a", "healthy");
	assert_string_equal(gaps_of(journal, 0, 30), "7-20 lost");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 0, 30),
			    "0 unknown, 1 unhealthy, 7 none, 20 unknown, 22 healthy");
	bw_journal_destroy(journal);
}

static void test_a_sign_of_life_is_never_older_than_the_newest_entry(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 9, "a", "unhealthy");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(20), at(3)), BW_OK);
	assert_string_equal(gaps_of(journal, 0, 30), "9-20 lost");
	bw_journal_destroy(journal);
}

static void test_since_goes_on_after_a_short_restart(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	overall(journal, 5, "unhealthy");
	daemon_says(journal, 100, "stopped");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(160), at(100)), BW_OK);
	assert_string_equal(verdict(journal).word, "unknown");
	overall(journal, 163, "unhealthy");
	assert_int_equal(verdict(journal).since.us, at(5).us);
	assert_true(verdict(journal).has_trouble);
	assert_int_equal(verdict(journal).trouble_since.us, at(0).us);
	assert_false(verdict(journal).has_problem);
	bw_journal_destroy(journal);
}

static void test_since_begins_anew_after_a_long_absence(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	overall(journal, 3, "healthy");
	overall(journal, 5, "unhealthy");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(5000), at(100)), BW_OK);
	overall(journal, 5003, "unhealthy");
	assert_int_equal(verdict(journal).since.us, at(5003).us);
	assert_int_equal(verdict(journal).trouble_since.us, at(5000).us);
	assert_true(verdict(journal).has_problem);
	assert_int_equal(verdict(journal).problem_from.us, at(5).us);
	assert_int_equal(verdict(journal).problem_to.us, at(100).us);
	bw_journal_destroy(journal);
}

static void test_a_problem_is_remembered_and_a_start_is_none(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	overall(journal, 2, "healthy");
	assert_false(verdict(journal).has_problem);
	assert_false(verdict(journal).has_trouble);
	overall(journal, 10, "degraded");
	overall(journal, 12, "unhealthy");
	assert_int_equal(verdict(journal).trouble_since.us, at(10).us);
	assert_int_equal(verdict(journal).since.us, at(12).us);
	overall(journal, 20, "healthy");
	assert_false(verdict(journal).has_trouble);
	assert_int_equal(verdict(journal).problem_from.us, at(10).us);
	assert_int_equal(verdict(journal).problem_to.us, at(20).us);
	assert_string_equal(verdict(journal).problem, "degraded because of 10");
	bw_journal_destroy(journal);
}

static void test_trouble_outlives_its_entries(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	overall(journal, 1, "healthy");
	overall(journal, 5, "unhealthy");
	component(journal, 5, "a", "unhealthy");
	for (int hour = 1; hour < 100; hour++)
		component(journal, hour * 3600, "b", hour % 2 ? "degraded" : "healthy");
	assert_in_range(bw_journal_count(journal), 20, 30);
	assert_int_equal(verdict(journal).trouble_since.us, at(5).us);
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 90 * 3600, 91 * 3600),
			    "324000 unhealthy");
	struct bw_change first;
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "a");
	assert_int_equal(first.at.us, at(5).us);
	assert_string_equal(first.text, "unhealthy because of 5");
	bw_journal_destroy(journal);
}

static void test_before_its_oldest_entry_the_word_before_it_held(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 0, "a", "healthy");
	component(journal, 20 * 3600, "a", "unhealthy");
	component(journal, 30 * 3600, "b", "healthy");
	assert_int_equal(bw_journal_count(journal), 2);
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 36000, 108000),
			    "36000 healthy, 72000 unhealthy");
	bw_journal_destroy(journal);
}

static void test_first_wrong_is_the_first_that_still_is(void **state)
{
	struct bw_journal *journal = running();
	struct bw_change first;

	(void)state;
	assert_false(bw_journal_first_wrong(journal, at(-1), &first));
	component(journal, 1, "u", "unknown");
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "u");
	component(journal, 2, "a", "unhealthy");
	component(journal, 3, "b", "degraded");
	assert_int_equal(try_add(journal, 4, BW_CHANGE_BREAKER, "x", "open"), BW_OK);
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "a");
	component(journal, 5, "a", "healthy");
	component(journal, 6, "b", "unhealthy");
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "b");
	assert_int_equal(first.at.us, at(3).us);
	assert_string_equal(first.to, "unhealthy");
	assert_string_equal(first.text, "unhealthy because of 6");
	component(journal, 7, "b", "healthy");
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_int_equal(first.kind, BW_CHANGE_BREAKER);
	assert_int_equal(try_add(journal, 8, BW_CHANGE_BREAKER, "x", "half_open"), BW_OK);
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_int_equal(first.at.us, at(4).us);
	assert_int_equal(try_add(journal, 9, BW_CHANGE_BREAKER, "x", "closed"), BW_OK);
	assert_true(bw_journal_first_wrong(journal, at(1), &first));
	assert_false(bw_journal_first_wrong(journal, at(2), &first));
	bw_journal_forget(journal, BW_CHANGE_COMPONENT, "u");
	assert_false(bw_journal_first_wrong(journal, at(-1), &first));
	bw_journal_destroy(journal);
}

static void test_what_no_configuration_names_is_not_wrong_after_a_restart(void **state)
{
	struct bw_journal *journal = running();
	struct bw_change first;

	(void)state;
	component(journal, 1, "a", "unhealthy");
	component(journal, 2, "b", "unhealthy");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(9), at(8)), BW_OK);
	assert_false(bw_journal_first_wrong(journal, at(-1), &first));
	assert_int_equal(bw_journal_know(journal, BW_CHANGE_COMPONENT, "b", "unhealthy", at(2)),
			 BW_OK);
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "b");
	assert_int_equal(first.at.us, at(2).us);
	bw_journal_destroy(journal);
}

static void test_a_cause_goes_on_after_a_short_restart(void **state)
{
	struct bw_journal *journal = running();
	struct bw_change first;

	(void)state;
	component(journal, 2, "a", "unhealthy");
	daemon_says(journal, 50, "stopped");
	journal = reborn(journal);
	assert_int_equal(bw_journal_start(journal, at(60), at(50)), BW_OK);
	component(journal, 60, "a", "unknown");
	component(journal, 61, "b", "unhealthy");
	component(journal, 63, "a", "unhealthy");
	assert_true(bw_journal_first_wrong(journal, at(-1), &first));
	assert_string_equal(first.name, "a");
	assert_int_equal(first.at.us, at(2).us);
	bw_journal_destroy(journal);
}

static void test_first_looks_are_no_marks(void **state)
{
	static const struct {
		enum bw_change_kind kind;
		const char *from, *to;
		bool is_mark;
	} rows[] = {
		{ BW_CHANGE_COMPONENT, "unknown", "healthy", false },
		{ BW_CHANGE_COMPONENT, "healthy", "unknown", false },
		{ BW_CHANGE_COMPONENT, "unknown", "degraded", true },
		{ BW_CHANGE_COMPONENT, "unhealthy", "healthy", true },
		{ BW_CHANGE_OVERALL, "healthy", "unknown", true },
		{ BW_CHANGE_DAEMON, "none", "started", true },
		{ BW_CHANGE_BREAKER, "open", "half_open", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bw_change change = { .kind = rows[i].kind,
						  .from = rows[i].from,
						  .to = rows[i].to };

		assert_int_equal(bw_change_is_mark(&change), rows[i].is_mark);
	}
}

static void test_the_clock_may_go_back(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 10, "a", "healthy");
	component(journal, 100, "a", "unhealthy");
	component(journal, 50, "a", "degraded");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "a", 5, 200),
			    "5 unknown, 10 healthy, 50 degraded");
	bw_journal_destroy(journal);
}

static void test_what_made_room_counts_as_not_recorded(void **state)
{
	struct bw_journal *journal = running();

	(void)state;
	component(journal, 1, "steady", "healthy");
	for (int i = 0; i < BW_JOURNAL_MAX + 10; i++)
		component(journal, 2 + i * 0.1, "wild", i % 2 ? "healthy" : "unhealthy");
	assert_int_equal(bw_journal_count(journal), BW_JOURNAL_MAX);
	assert_string_equal(gaps_of(journal, 0, 10), "0-2.9 not recorded");
	assert_string_equal(strip_of(journal, BW_CHANGE_COMPONENT, "steady", 0, 10),
			    "0 none, 2.9 healthy");
	bw_journal_destroy(journal);
}

static void test_texts_are_bounded(void **state)
{
	struct bw_journal *journal = running();
	const struct bw_journal_filter all = { .to = { INT64_MAX } };
	struct bw_change change = { .at = at(1), .kind = BW_CHANGE_ALERT, .name = "n", .to = "x" };
	char text[1000];
	uint64_t cursor = 0;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		snprintf(text, sizeof(text), "%06d%800s", i, "x");
		change.text = text;
		assert_int_equal(bw_journal_add(journal, &change), BW_OK);
	}
	assert_in_range(bw_journal_count(journal), 10000,
			BW_JOURNAL_TEXT_BYTES_MAX / BW_JOURNAL_TEXT_MAX + 1);
	assert_true(bw_journal_next(journal, &all, &cursor, &change));
	assert_int_equal(strlen(change.text), BW_JOURNAL_TEXT_MAX);
	assert_memory_equal(change.text, "029999", 6);
	bw_journal_destroy(journal);
}

static void test_a_restored_id_must_grow(void **state)
{
	struct bw_journal *journal = empty();
	struct bw_change change = { .id = 7, .at = at(1), .name = "", .from = "a", .to = "b" };

	(void)state;
	assert_int_equal(bw_journal_restore(journal, &change), BW_OK);
	assert_int_equal(bw_journal_restore(journal, &change), BW_EINVAL);
	change.id = 0;
	assert_int_equal(bw_journal_restore(journal, &change), BW_EINVAL);
	assert_int_equal(bw_journal_start(journal, at(2), at(1)), BW_OK);
	assert_int_equal(bw_journal_newest(journal), 9);
	bw_journal_destroy(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_window_of_nothing_is_refused),
		cmocka_unit_test(test_kinds_have_words),
		cmocka_unit_test(test_entries_come_newest_first_and_filtered),
		cmocka_unit_test(test_before_the_first_start_there_is_nothing),
		cmocka_unit_test(test_a_strip_begins_with_the_word_at_its_start),
		cmocka_unit_test(test_what_is_known_without_an_entry_is_shown),
		cmocka_unit_test(test_a_clean_stop_is_a_gap),
		cmocka_unit_test(test_a_kill_is_a_gap_from_the_last_sign_of_life),
		cmocka_unit_test(test_a_sign_of_life_is_never_older_than_the_newest_entry),
		cmocka_unit_test(test_since_goes_on_after_a_short_restart),
		cmocka_unit_test(test_since_begins_anew_after_a_long_absence),
		cmocka_unit_test(test_a_problem_is_remembered_and_a_start_is_none),
		cmocka_unit_test(test_trouble_outlives_its_entries),
		cmocka_unit_test(test_before_its_oldest_entry_the_word_before_it_held),
		cmocka_unit_test(test_first_wrong_is_the_first_that_still_is),
		cmocka_unit_test(test_what_no_configuration_names_is_not_wrong_after_a_restart),
		cmocka_unit_test(test_a_cause_goes_on_after_a_short_restart),
		cmocka_unit_test(test_first_looks_are_no_marks),
		cmocka_unit_test(test_the_clock_may_go_back),
		cmocka_unit_test(test_what_made_room_counts_as_not_recorded),
		cmocka_unit_test(test_texts_are_bounded),
		cmocka_unit_test(test_a_restored_id_must_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
