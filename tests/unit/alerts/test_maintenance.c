#include "alerts/maintenance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "time/cron.h"

static struct bw_wall at(const char *text)
{
	struct bw_wall wall;

	assert_int_equal(bw_wall_parse(text, &wall), BW_OK);
	return wall;
}

static void assert_wall(struct bw_wall found, const char *text)
{
	char shown[BW_WALL_TEXT_MAX];

	bw_wall_format(found, shown);
	assert_string_equal(shown, text);
}

struct bed {
	struct cron cron;
	struct zone *zone;
	struct maintenance_window window;
};

static void bed_open(struct bed *bed, const char *schedule, const char *zone, int64_t minutes)
{
	struct bw_error err = { 0 };

	assert_int_equal(cron_parse(schedule, &bed->cron, &err), BW_OK);
	assert_int_equal(zone_open(zone, &bed->zone, &err), BW_OK);
	bed->window = (struct maintenance_window){ .name = "w",
						   .schedule = &bed->cron,
						   .zone = bed->zone,
						   .duration_us = minutes * 60 * BW_SECOND_US };
}

static void one_off(void **state)
{
	const struct maintenance_window window = {
		.from_us = at("2026-12-01T22:00:00Z").us,
		.until_us = at("2026-12-02T02:00:00Z").us,
	};
	struct maintenance_state look;

	maintenance_look(&window, at("2026-12-01T21:59:59Z"), &look);
	assert_false(look.is_open);
	assert_wall(look.next_from, "2026-12-01T22:00:00+00:00");
	maintenance_look(&window, at("2026-12-01T22:00:00Z"), &look);
	assert_true(look.is_open);
	assert_wall(look.until, "2026-12-02T02:00:00+00:00");
	assert_int_equal(look.next_from.us, 0);
	maintenance_look(&window, at("2026-12-02T02:00:00Z"), &look);
	assert_false(look.is_open);
	assert_true(maintenance_edge(&window, at("2026-12-02T02:00:00Z")).us == BW_WALL_NEVER.us);
}

static void a_schedule_in_its_zone(void **state)
{
	struct bed bed;
	struct maintenance_state look;

	/* 02:00 of a Saturday in New York is 07:00 UTC in winter. */
	bed_open(&bed, "0 2 * * 6", "America/New_York", 120);
	maintenance_look(&bed.window, at("2026-12-05T06:59:59Z"), &look);
	assert_false(look.is_open);
	assert_wall(maintenance_edge(&bed.window, at("2026-12-05T06:59:59Z")),
		    "2026-12-05T07:00:00+00:00");
	maintenance_look(&bed.window, at("2026-12-05T08:30:00Z"), &look);
	assert_true(look.is_open);
	assert_wall(look.from, "2026-12-05T07:00:00+00:00");
	assert_wall(look.until, "2026-12-05T09:00:00+00:00");
	assert_wall(look.next_from, "2026-12-12T07:00:00+00:00");
	assert_wall(look.next_until, "2026-12-12T09:00:00+00:00");
	assert_wall(maintenance_edge(&bed.window, at("2026-12-05T08:30:00Z")),
		    "2026-12-05T09:00:00+00:00");
	zone_close(bed.zone);
}

static void openings_that_touch_are_one(void **state)
{
	struct bed bed;
	struct maintenance_state look;

	bed_open(&bed, "0 1,2,3 * * *", "UTC", 60);
	maintenance_look(&bed.window, at("2026-12-05T02:30:00Z"), &look);
	assert_true(look.is_open);
	assert_wall(look.from, "2026-12-05T01:00:00+00:00");
	assert_wall(look.until, "2026-12-05T04:00:00+00:00");
	assert_wall(look.next_from, "2026-12-06T01:00:00+00:00");
	assert_wall(look.next_until, "2026-12-06T04:00:00+00:00");
	zone_close(bed.zone);
}

static void openings_of_a_range(void **state)
{
	const struct bw_wall to = at("2026-12-04T00:00:00Z");
	struct bw_wall after = at("2026-12-01T12:15:00Z"), from, until;
	struct bed bed;
	int count = 0;

	bed_open(&bed, "0 12 * * *", "UTC", 30);
	while (maintenance_next(&bed.window, after, to, &from, &until)) {
		assert_true(until.us == from.us + 30 * 60 * BW_SECOND_US);
		after = until;
		count++;
	}
	assert_int_equal(count, 3);
	zone_close(bed.zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_off),
		cmocka_unit_test(a_schedule_in_its_zone),
		cmocka_unit_test(openings_that_touch_are_one),
		cmocka_unit_test(openings_of_a_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
