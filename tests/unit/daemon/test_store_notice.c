/* test_store_notice.c - each thing that is wrong with the store has its sentence, the worst first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/store_notice.h"

static struct store_notices notices;

static void look(const struct store_status *status, enum store_grade grade, size_t count)
{
	store_notices_of(status, &notices);
	assert_int_equal(notices.grade, grade);
	assert_int_equal(notices.count, count);
}

static void test_all_is_well(void **state)
{
	const struct store_status status = { .usable = true, .limit_bytes = 4096 };

	(void)state;
	look(&status, STORE_FINE, 0);
	assert_string_equal(store_grade_text(notices.grade), "ok");
}

static void test_a_limit_says_since_when_samples_are_kept(void **state)
{
	struct store_status status = { .usable = true, .limited = true, .limit_bytes = 3 << 20 };

	(void)state;
	look(&status, STORE_LIMITED, 1);
	assert_string_equal(notices.texts[0],
			    "storage.limit (3MiB) is reached: the oldest samples make room for new "
			    "ones, earlier than storage.history says");
	status.raw_from.us = INT64_C(1767225600123456);
	look(&status, STORE_LIMITED, 1);
	assert_string_equal(
		notices.texts[0],
		"storage.limit (3MiB) is reached: the oldest samples make room for new "
		"ones, and those before 2026-01-01T00:00:00+00:00 are gone earlier than "
		"storage.history says");
}

static void test_damage_is_counted_and_named(void **state)
{
	struct store_status status = { .usable = true, .damaged = 1 };

	(void)state;
	snprintf(status.damage, sizeof(status.damage), "a chunk of component db");
	look(&status, STORE_DAMAGED, 1);
	assert_string_equal(
		notices.texts[0],
		"a part of the history is damaged and left out: a chunk of component db");
	status.damaged = 7;
	look(&status, STORE_DAMAGED, 1);
	assert_string_equal(notices.texts[0], "7 parts of the history are damaged and left out; "
					      "the latest: a chunk of component db");
}

static void test_the_worst_comes_first(void **state)
{
	struct store_status status = { .usable = false, .damaged = 1, .limited = true };

	(void)state;
	snprintf(status.trouble, sizeof(status.trouble), "the disk is full");
	look(&status, STORE_NOT_KEPT, 3);
	assert_string_equal(notices.texts[0], "the disk is full");
	status.usable = true; /* a file was set aside */
	look(&status, STORE_DAMAGED, 3);
	assert_string_equal(store_grade_text(notices.grade), "damaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_well),
		cmocka_unit_test(test_a_limit_says_since_when_samples_are_kept),
		cmocka_unit_test(test_damage_is_counted_and_named),
		cmocka_unit_test(test_the_worst_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
