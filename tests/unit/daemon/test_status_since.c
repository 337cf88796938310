/* test_status_since.c - since when what is shown is what it is, with and without hidden parts. */
#include "daemon/status_since.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/daemon/bed.h"

static struct bed bed;

static int set_up(void **state)
{
	(void)state;
	bed_init(&bed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_finish(&bed);
	return 0;
}

#define ROW(name, group)                                                                           \
	"  - name: " name "\n    group: " group "\n    every: 100s\n    jitter: 0s\n    push: "    \
	"{}\n"
#define CONFIG "components:\n" ROW("a", "open") ROW("b", "open") ROW("c", "shut")
#define HIDING "status_page: { components: [a, b] }\n"

static void report(const char *name, enum bw_health health)
{
	const struct check_report made = { .health = health, .error = "" };

	assert_int_equal(component_report(bed_component(&bed, name), &made, NULL), BW_OK);
	bed_seconds(&bed, 1);
}

static void all_are_healthy(const char *config)
{
	bed_start(&bed, config);
	for (const char *const *name = (const char *const[]){ "a", "b", "c", NULL }; *name; name++)
		report(*name, BW_HEALTH_HEALTHY);
	bed_seconds(&bed, 30);
}

/* Seconds ago; -1: not known. */
static int since(void)
{
	struct bw_wall at;

	if (!status_since(bed.engine, &at))
		return -1;
	return (int)((io_loop_wall(bed.loop).us - at.us) / BW_SECOND_US);
}

static void test_where_nothing_is_hidden_it_is_that_of_the_whole(void **state)
{
	(void)state;
	all_are_healthy(CONFIG);
	report("c", BW_HEALTH_DEGRADED);
	bed_seconds(&bed, 9);
	report("a", BW_HEALTH_DEGRADED);
	assert_in_range(since(), 10, 11);
}

static void test_a_short_restart_does_not_begin_it_anew(void **state)
{
	static const char config[] = "components:\n  - name: a\n" BED_TEN BED_PEER;

	(void)state;
	bed_peer(&bed, IO_OK);
	bed_open_store(&bed);
	bed_start(&bed, config);
	bed_seconds(&bed, 100);
	bed_stop(&bed);
	bed_seconds(&bed, 60); /* its state is too old then */
	bed_open_store(&bed);
	bed_start(&bed, config);
	bed_seconds(&bed, 15);
	assert_in_range(since(), 160, 175);
}

static void test_what_is_hidden_does_not_begin_it_anew(void **state)
{
	(void)state;
	all_are_healthy(HIDING CONFIG);
	report("c", BW_HEALTH_DEGRADED);
	bed_seconds(&bed, 4);
	assert_in_range(since(), 35, 37);
	report("a", BW_HEALTH_DEGRADED);
	bed_seconds(&bed, 4);
	assert_in_range(since(), 4, 5);
	report("b", BW_HEALTH_DEGRADED); /* more of the same */
	assert_in_range(since(), 5, 6);
	report("a", BW_HEALTH_HEALTHY);
	assert_in_range(since(), 6, 7);
	report("b", BW_HEALTH_HEALTHY);
	assert_in_range(since(), 0, 1);
}

static void test_what_always_was_has_no_beginning(void **state)
{
	(void)state;
	bed_start(&bed, HIDING CONFIG);
	assert_int_equal(since(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_where_nothing_is_hidden_it_is_that_of_the_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_short_restart_does_not_begin_it_anew, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_hidden_does_not_begin_it_anew, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_always_was_has_no_beginning, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
