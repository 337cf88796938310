#include "base/strmap.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

enum { MANY = 5000 };

static int values[MANY];

static const char *key_of(int i, char out[24])
{
	(void)snprintf(out, 24, "key-%d", i);
	return out;
}

static void fill(struct bw_strmap *map, int from, int to)
{
	char key[24];

	for (int i = from; i < to; i++)
		assert_int_equal(bw_strmap_put(map, key_of(i, key), &values[i]), BW_OK);
}

static void finds_what_was_put(void **state)
{
	struct bw_strmap *map = bw_strmap_create();
	char key[24];

	assert_null(bw_strmap_get(map, "nothing"));
	assert_null(bw_strmap_remove(map, "nothing"));
	fill(map, 0, MANY);
	assert_int_equal(bw_strmap_count(map), MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(bw_strmap_get(map, key_of(i, key)), &values[i]);
	assert_null(bw_strmap_get(map, "key-"));
	assert_null(bw_strmap_get(map, ""));
	bw_strmap_destroy(map);
	bw_strmap_destroy(NULL);
}

static void keeps_the_order_of_insertion(void **state)
{
	struct bw_strmap *map = bw_strmap_create();
	struct bw_strmap_entry entry;
	size_t cursor = 0;
	char key[24];
	int wanted = 1;

	fill(map, 0, 100);
	assert_int_equal(bw_strmap_put(map, "key-50", &values[0]), BW_OK);
	for (int i = 0; i < 100; i += 2)
		assert_non_null(bw_strmap_remove(map, key_of(i, key)));
	fill(map, 100, 400);
	while (bw_strmap_next(map, &cursor, &entry)) {
		assert_string_equal(entry.key, key_of(wanted, key));
		assert_ptr_equal(entry.value, &values[wanted]);
		wanted += wanted < 99 ? 2 : 1;
	}
	assert_int_equal(wanted, 400);
	bw_strmap_destroy(map);
}

static void a_visited_entry_may_be_removed(void **state)
{
	struct bw_strmap *map = bw_strmap_create();
	struct bw_strmap_entry entry;
	size_t cursor = 0, seen = 0;

	fill(map, 0, 1000);
	while (bw_strmap_next(map, &cursor, &entry)) {
		char key[24];

		(void)snprintf(key, sizeof(key), "%s", entry.key);
		assert_ptr_equal(bw_strmap_remove(map, key), entry.value);
		seen++;
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(bw_strmap_count(map), 0);
	bw_strmap_destroy(map);
}

/* Holes must not let the map grow without end. */
static void coming_and_going_works_for_ever(void **state)
{
	struct bw_strmap *map = bw_strmap_create();
	char key[24];

	for (int i = 0; i < MANY * 20; i++) {
		assert_int_equal(bw_strmap_put(map, key_of(i, key), &values[i % MANY]), BW_OK);
		if (i >= 3)
			assert_ptr_equal(bw_strmap_remove(map, key_of(i - 3, key)),
					 &values[(i - 3) % MANY]);
	}
	assert_int_equal(bw_strmap_count(map), 3);
	bw_strmap_clear(map);
	assert_int_equal(bw_strmap_count(map), 0);
	assert_null(bw_strmap_get(map, key_of(MANY * 20 - 1, key)));
	fill(map, 0, 10);
	assert_int_equal(bw_strmap_count(map), 10);
	bw_strmap_destroy(map);
}

static void a_failed_put_changes_nothing(void **state)
{
	for (long nth = 0;; nth++) {
		struct bw_strmap *map = bw_strmap_create();
		enum bw_status status;
		char key[24];

		fill(map, 0, 8);
		failing_allocator_arm(nth);
		status = bw_strmap_put(map, "new", &values[9]);
		if (!failing_allocator_disarm()) {
			assert_int_equal(status, BW_OK);
			assert_int_equal(nth, 3);
			bw_strmap_destroy(map);
			break;
		}
		assert_int_equal(status, BW_ENOMEM);
		assert_int_equal(bw_strmap_count(map), 8);
		assert_null(bw_strmap_get(map, "new"));
		for (int i = 0; i < 8; i++)
			assert_ptr_equal(bw_strmap_get(map, key_of(i, key)), &values[i]);
		bw_strmap_destroy(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put),
		cmocka_unit_test(keeps_the_order_of_insertion),
		cmocka_unit_test(a_visited_entry_may_be_removed),
		cmocka_unit_test(coming_and_going_works_for_ever),
		cmocka_unit_test(a_failed_put_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
