/* test_gaps.c - what samples leave of the gaps; how gaps are found is in test_journal.c. */
#include "core/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/history.h"
#include "support/failing_allocator.h"

enum { MOST = 8 };

static struct bw_wall at(int seconds)
{
	return (struct bw_wall){ seconds * BW_SECOND_US };
}

static struct bw_history *sampled(const int *seconds)
{
	struct bw_history *history = NULL;

	assert_int_equal(bw_history_create(24, 100, &history), BW_OK);
	for (; *seconds != 0; seconds++) {
		const struct bw_history_point point = { .time = at(*seconds) };

		assert_int_equal(bw_history_add(history, &point), BW_OK);
	}
	return history;
}

/* As many gaps as there are pairs before a 0. */
static void fill(struct bw_gap_list *list, const int *pairs)
{
	list->items = calloc(MOST, sizeof(*list->items));
	list->cap = MOST;
	assert_non_null(list->items);
	for (; pairs[1] != 0; pairs += 2)
		list->items[list->count++] =
			(struct bw_gap){ at(pairs[0]), at(pairs[1]), "not recorded" };
}

static const char *text_of(const struct bw_gap_list *list)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		assert_string_equal(list->items[i].why, "not recorded");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d-%d",
					i > 0 ? ", " : "",
					(int)(list->items[i].from.us / BW_SECOND_US),
					(int)(list->items[i].to.us / BW_SECOND_US));
	}
	return text;
}

static void test_no_gap_lies_over_samples(void **state)
{
	static const struct {
		int gaps[2 * MOST], samples[MOST];
		const char *left;
	} rows[] = {
		{ { 10, 20 }, { 0 }, "10-20" },
		{ { 10, 20 }, { 5, 25 }, "10-20" },
		{ { 10, 20 }, { 10, 20 }, "10-20" }, /* at its ends */
		{ { 10, 20 }, { 15 }, "10-15, 15-20" },
		{ { 10, 20 }, { 12, 14, 18 }, "10-12, 18-20" },
		{ { 10, 20, 30, 40 }, { 12, 25, 33, 34 }, "10-12, 12-20, 30-33, 34-40" },
		{ { 10, 20, 20, 30 }, { 20, 25 }, "10-20, 20-25, 25-30" },
		{ { 10, 20 }, { 12, 15, 14 }, "10-12, 14-20" }, /* the clock was set back */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_history *history = sampled(rows[i].samples);
		struct bw_gap_list list = { 0 };

		fill(&list, rows[i].gaps);
		assert_int_equal(bw_gap_list_spare(&list, history), BW_OK);
		assert_string_equal(text_of(&list), rows[i].left);
		bw_gap_list_finish(&list);
		bw_history_destroy(history);
	}
}

static void test_without_memory_the_gaps_stay(void **state)
{
	static const int pairs[] = { 10, 20, 30, 40, 0, 0 }, samples[] = { 15, 35, 0 };
	struct bw_history *history = sampled(samples);
	long nth;

	(void)state;
	for (nth = 0;; nth++) {
		struct bw_gap_list list = { 0 };

		fill(&list, pairs);
		failing_allocator_arm(nth);
		enum bw_status status = bw_gap_list_spare(&list, history);
		bool failed = failing_allocator_disarm();
		assert_string_equal(text_of(&list),
				    failed ? "10-20, 30-40" : "10-15, 15-20, 30-35, 35-40");
		bw_gap_list_finish(&list);
		assert_int_equal(status, failed ? BW_ENOMEM : BW_OK);
		if (!failed)
			break;
	}
	assert_true(nth > 0);
	bw_history_destroy(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_gap_lies_over_samples),
		cmocka_unit_test(test_without_memory_the_gaps_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
