/* test_journal_memory.c - each allocation of each call fails once: the call must say so and the
 * journal must be what it was.
 */
#include "core/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"
#include "support/journal_builder.h"

typedef enum bw_status change_call(struct bw_journal *journal);

static enum bw_status new_component(struct bw_journal *journal)
{
	return try_add(journal, 200, BW_CHANGE_COMPONENT, "new", "half-alive");
}

static enum bw_status known_component(struct bw_journal *journal)
{
	return try_add(journal, 200, BW_CHANGE_COMPONENT, "n1", "half-alive");
}

static enum bw_status new_alert(struct bw_journal *journal)
{
	return try_add(journal, 200, BW_CHANGE_ALERT, "High CPU", "firing");
}

static enum bw_status new_start(struct bw_journal *journal)
{
	return bw_journal_start(journal, at(300), at(200));
}

static enum bw_status new_word(struct bw_journal *journal)
{
	return bw_journal_know(journal, BW_CHANGE_BREAKER, "new", "a word", at(1));
}

static enum bw_status restored(struct bw_journal *journal)
{
	const struct bw_change change = {
		.id = 1000,
		.at = at(200),
		.kind = BW_CHANGE_CLOCK,
		.name = "",
		.from = "here",
		.to = "there",
		.text = "set forward",
	};

	return bw_journal_restore(journal, &change);
}

static void dump(struct bw_journal *journal, char *out, size_t size)
{
	const struct bw_journal_filter all = { .to = { INT64_MAX } };
	struct bw_change change;
	uint64_t cursor = 0;
	size_t len = 0;

	out[0] = '\0';
	while (bw_journal_next(journal, &all, &cursor, &change) && len < size)
		len += (size_t)snprintf(out + len, size - len, "%d %s %s %s %s\n", change.kind,
					change.name, change.from, change.to, change.text);
	len += (size_t)snprintf(out + len, size - len, "%d",
				bw_journal_word(journal, BW_CHANGE_BREAKER, "new") != NULL);
	assert_true(len < size);
}

/* Sixty-four entries, so that one more needs room. */
static struct bw_journal *full(void)
{
	struct bw_journal *journal = running();
	char name[16];

	for (int i = 0; i < 62; i++) {
		snprintf(name, sizeof(name), "n%d", i % 31);
		assert_int_equal(try_add(journal, i, BW_CHANGE_COMPONENT, name,
					 i % 2 ? "healthy" : "unhealthy"),
				 BW_OK);
	}
	return journal;
}

static void torture(change_call *call)
{
	static char before[16384], after[16384];
	struct bw_journal *journal = full();

	dump(journal, before, sizeof(before));
	for (long nth = 0;; nth++) {
		enum bw_status status;

		failing_allocator_arm(nth);
		status = call(journal);
		if (!failing_allocator_disarm()) {
			assert_int_equal(status, BW_OK);
			break;
		}
		assert_int_equal(status, BW_ENOMEM);
		dump(journal, after, sizeof(after));
		assert_string_equal(before, after);
	}
	dump(journal, after, sizeof(after));
	assert_string_not_equal(before, after);
	bw_journal_destroy(journal);
}

static void test_without_memory_nothing_changes(void **state)
{
	(void)state;
	torture(new_component);
	torture(known_component);
	torture(new_alert);
	torture(new_start);
	torture(new_word);
	torture(restored);
}

static void test_queries_say_when_there_is_no_memory(void **state)
{
	struct bw_journal *journal = full();
	long nth;

	(void)state;
	for (nth = 0;; nth++) {
		struct bw_gap_list gaps = { 0 };
		struct bw_strip strip = { 0 };
		const struct bw_strip_wanted wanted = { BW_CHANGE_COMPONENT, "n1", at(-9), at(90),
							&gaps };

		failing_allocator_arm(nth);
		enum bw_status status = bw_journal_gaps(journal, at(-9), at(90), &gaps);
		if (status == BW_OK)
			status = bw_journal_strip(journal, &wanted, &strip);
		bool failed = failing_allocator_disarm();
		bw_strip_finish(&strip);
		bw_gap_list_finish(&gaps);
		if (!failed) {
			assert_int_equal(status, BW_OK);
			break;
		}
		assert_int_equal(status, BW_ENOMEM);
	}
	assert_true(nth > 1);
	bw_journal_destroy(journal);
}

static void test_creation_without_memory_is_refused(void **state)
{
	struct bw_journal *journal = NULL;

	(void)state;
	for (long nth = 0;; nth++) {
		failing_allocator_arm(nth);
		enum bw_status status = bw_journal_create(DAY_US, &journal);
		if (!failing_allocator_disarm())
			break;
		assert_int_equal(status, BW_ENOMEM);
		assert_null(journal);
	}
	bw_journal_destroy(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_memory_nothing_changes),
		cmocka_unit_test(test_queries_say_when_there_is_no_memory),
		cmocka_unit_test(test_creation_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
