/* test_due.c - a heap beside a plain list, over random changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alerts/due.h"

enum { NODES = 50, STEPS = 20000 };

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static int64_t least(const struct due *nodes)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < NODES; i++) {
		if (nodes[i].place != 0 && nodes[i].at.us < best)
			best = nodes[i].at.us;
	}
	return best;
}

static void test_first_is_the_earliest(void **state)
{
	struct due nodes[NODES] = { 0 };
	struct due_heap heap = { 0 };
	uint64_t seed = 7;
	(void)state;

	for (int i = 0; i < STEPS; i++) {
		struct due *node = &nodes[next_random(&seed) % NODES];
		uint64_t at = next_random(&seed) % 100;

		due_set(&heap, node, at < 20 ? BW_WALL_NEVER : (struct bw_wall){ (int64_t)at });
		assert_int_equal(node->place == 0, at < 20);
		assert_int_equal(due_first(&heap) ? due_first(&heap)->at.us : INT64_MAX,
				 least(nodes));
	}
	due_shift(&heap, 1000);
	assert_int_equal(due_first(&heap)->at.us, least(nodes));
	assert_true(due_first(&heap)->at.us >= 1000);
	due_heap_finish(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_is_the_earliest),
	};

	return cmocka_run_group_tests_name("due", tests, NULL, NULL);
}
