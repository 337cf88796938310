#include "core/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void words_go_both_ways(void **state)
{
	enum bw_health health = BW_HEALTH_MAX;

	for (int i = 0; i < BW_HEALTH_MAX; i++) {
		assert_int_equal(bw_health_parse(bw_health_text((enum bw_health)i), &health),
				 BW_OK);
		assert_int_equal(health, i);
	}
	assert_int_equal(bw_health_parse("Healthy", &health), BW_EPARSE);
	assert_int_equal(bw_health_parse("", &health), BW_EPARSE);
}

static void worse_wins(void **state)
{
	static const enum bw_health order[] = { BW_HEALTH_HEALTHY, BW_HEALTH_UNKNOWN,
						BW_HEALTH_DEGRADED, BW_HEALTH_UNHEALTHY };

	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++)
			assert_int_equal(bw_health_worse(order[a], order[b]), order[a > b ? a : b]);
}

static void overall_follows_the_worst_that_counts(void **state)
{
	static const struct {
		struct bw_health_tally tally;
		enum bw_health overall;
	} rows[] = {
		{ { .total = 0 }, BW_HEALTH_UNKNOWN },
		{ { .count = { [BW_HEALTH_HEALTHY] = 3 }, .total = 3 }, BW_HEALTH_HEALTHY },
		{ { .count = { [BW_HEALTH_HEALTHY] = 2, [BW_HEALTH_UNKNOWN] = 1 }, .total = 3 },
		  BW_HEALTH_UNKNOWN },
		{ { .count = { [BW_HEALTH_DEGRADED] = 1, [BW_HEALTH_UNKNOWN] = 2 }, .total = 3 },
		  BW_HEALTH_DEGRADED },
		{ { .count = { [BW_HEALTH_UNHEALTHY] = 1, [BW_HEALTH_HEALTHY] = 2 }, .total = 3 },
		  BW_HEALTH_DEGRADED },
		{ { .count = { [BW_HEALTH_UNHEALTHY] = 1 }, .critical_unhealthy = 1, .total = 1 },
		  BW_HEALTH_UNHEALTHY },
		{ { .count = { [BW_HEALTH_UNKNOWN] = 1 }, .critical_unknown = 1, .total = 1 },
		  BW_HEALTH_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(bw_health_overall(&rows[i].tally), rows[i].overall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_go_both_ways),
		cmocka_unit_test(worse_wins),
		cmocka_unit_test(overall_follows_the_worst_that_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
