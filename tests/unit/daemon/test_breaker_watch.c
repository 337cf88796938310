/* test_breaker_watch.c - the engine beside other users of one region: what it shows, when, and what
 * it tells of the time in which it was not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "daemon/breaker_watch.h"
#include "unit/daemon/bed.h"

static struct bed bed;
static struct bw_clock region_clock;
static char path[FOLDER_PATH_MAX + 32];
static char config[2 * FOLDER_PATH_MAX];
static struct bw_region *theirs;
static struct bw_breaker *vendor;

static int64_t now_us(void *arg)
{
	return io_loop_mono(arg).us;
}

static int64_t wall_us(void *arg)
{
	return io_loop_wall(arg).us;
}

static void join_as_another(void)
{
	const struct bw_region_options options = { .fallback = BW_REGION_ERROR,
						   .path = path,
						   .clock = &region_clock };
	struct bw_breaker_config one = bw_breaker_config_default;

	one.failure_threshold = 1;
	one.strategy = BW_BREAKER_CONSECUTIVE;
	assert_int_equal(bw_region_open(&options, &theirs, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(theirs, "vendor", &one, &vendor, NULL), BW_OK);
}

static void part(void)
{
	bw_breaker_close(vendor);
	bw_region_close(theirs);
	vendor = NULL;
	theirs = NULL;
}

static int set_up(void **state)
{
	(void)state;
	bed_init(&bed);
	region_clock = (struct bw_clock){ .now_us = now_us, .wall_us = wall_us, .arg = bed.loop };
	bed.region_clock = &region_clock;
	folder_name(&bed.folder, "region", path, sizeof(path));
	snprintf(config, sizeof(config), "region: { path: \"%s\" }\n", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	part();
	bed_finish(&bed);
	return 0;
}

static void fail_once(void)
{
	struct bw_breaker_ticket ticket = bw_breaker_acquire(vendor);

	bw_breaker_record(vendor, ticket, BW_BREAKER_FAILURE, 1000);
}

/* What the document says of it; "" when it is not there. */
static const char *shown(const char *name)
{
	static char text[2048];
	const char *fragment;
	size_t len;

	if (!bw_dashboard_breaker_fragment(engine_dashboard(bed.engine), name, &fragment, &len))
		return "";
	snprintf(text, sizeof(text), "%.*s", (int)len, fragment);
	return text;
}

/* Changes of the breaker, oldest first, as "SECONDS from>to text; ". */
static const char *told(const char *name)
{
	static char text[4096];
	const struct bw_journal_filter filter = { .from = { INT64_MIN },
						  .to = { INT64_MAX },
						  .has_kind = true,
						  .kind = BW_CHANGE_BREAKER,
						  .name = name };
	struct bw_change change;
	uint64_t cursor = 0;
	char line[512], before[sizeof(text)];

	text[0] = '\0';
	while (bw_journal_next(engine_journal(bed.engine), &filter, &cursor, &change)) {
		memcpy(before, text, sizeof(text));
		snprintf(line, sizeof(line), "%lld %s>%s %s; ",
			 (long long)((change.at.us - FAKE_WALL_START_US) / BW_SECOND_US),
			 change.from, change.to, change.text);
		bw_text_format(text, sizeof(text), "%s%s", line, before);
	}
	return text;
}

static void test_what_others_make_is_shown_within_a_second(void **state)
{
	(void)state;
	bed_start(&bed, config);
	bed_seconds(&bed, 3);
	assert_string_equal(engine_breaker_notice(bed.engine), "");
	join_as_another();
	bed_seconds(&bed, 0.31);
	assert_non_null(strstr(shown("vendor"), "\"state\":\"closed\""));
	int turns = bed.turns;
	fail_once();
	bed_seconds(&bed, 0.31);
	assert_non_null(strstr(shown("vendor"), "\"state\":\"open\""));
	assert_true(bed.turns > turns);
	assert_non_null(strstr(told("vendor"), "3 closed>open opened after 1 failure"));
	assert_int_equal(bed.changed, 0);
}

static void test_numbers_and_workers_are_shown_within_a_second(void **state)
{
	(void)state;
	join_as_another();
	bed_start(&bed, config);
	bed_seconds(&bed, 2);
	struct bw_breaker_ticket ticket = bw_breaker_acquire(vendor);
	bw_breaker_record(vendor, ticket, BW_BREAKER_SUCCESS, 1000);
	ticket = bw_breaker_acquire(vendor);
	bed_seconds(&bed, 1.06);
	assert_non_null(strstr(shown("vendor"), "\"total_calls\":1"));
	assert_non_null(strstr(shown("vendor"), "\"in_flight\":1"));
	bed_seconds(&bed, 11); /* timeout_threshold is 10 s, and nothing moved */
	assert_non_null(strstr(shown("vendor"), "\"overdue\":1"));
	bw_breaker_record(vendor, ticket, BW_BREAKER_SUCCESS, 1000);
	bed_seconds(&bed, 1.06);
	assert_non_null(strstr(shown("vendor"), "\"overdue\":0"));
}

static void test_a_breaker_at_rest_makes_no_turns(void **state)
{
	(void)state;
	join_as_another();
	bed_start(&bed, config);
	bed_seconds(&bed, 10.5);
	int turns = bed.turns;
	bed_seconds(&bed, 4.5); /* between two looks at the host's resources */
	assert_int_equal(bed.turns, turns);
}

static void test_what_happened_meanwhile_is_told_with_its_own_time(void **state)
{
	(void)state;
	join_as_another();
	bed_open_store(&bed);
	bed_start(&bed, config);
	bed_seconds(&bed, 10);
	fail_once();
	bed_seconds(&bed, 5);
	bed_stop(&bed);
	fake_advance(bed.loop, 100 * BW_SECOND_US);
	bw_breaker_reset(vendor);
	fake_advance(bed.loop, 100 * BW_SECOND_US);
	for (int again = 0; again < 2; again++) {
		bed_open_store(&bed);
		bed_start(&bed, config);
		bed_seconds(&bed, 2);
		assert_string_equal(told("vendor"), "10 closed>open opened after 1 failure; "
						    "115 open>closed reset through the API; ");
		bed_stop(&bed);
	}
}

static void test_what_is_open_already_opens_no_second_time(void **state)
{
	(void)state;
	join_as_another();
	fail_once();
	bed_open_store(&bed);
	bed_start(&bed, config);
	bed_seconds(&bed, 2);
	char first[512];
	snprintf(first, sizeof(first), "%s", told("vendor"));
	assert_non_null(strstr(first, "0 closed>open opened after 1 failure"));
	bed_stop(&bed);
	fake_advance(bed.loop, 2 * 86400 * BW_SECOND_US); /* longer than the journal remembers */
	bed_open_store(&bed);
	bed_start(&bed, config);
	bed_seconds(&bed, 2);
	assert_string_equal(told("vendor"), "");
	assert_non_null(strstr(shown("vendor"), "\"state\":\"open\""));
}

static void test_an_unusable_region_is_said_and_tried_again(void **state)
{
	char guarded[sizeof(config) + 64];

	(void)state;
	folder_write(&bed.folder, "region", "not a region");
	snprintf(guarded, sizeof(guarded), "%sbreakers: [{ name: vendor }]\n", config);
	bed_start(&bed, guarded);
	bed_seconds(&bed, 2);
	assert_non_null(strstr(engine_breaker_notice(bed.engine), "not shared"));
	assert_non_null(strstr(shown("vendor"), "\"shared\":false,\"workers\":null"));
	assert_int_equal(unlink(path), 0);
	bed_seconds(&bed, 6);
	assert_string_equal(engine_breaker_notice(bed.engine), "");
	assert_non_null(strstr(shown("vendor"), "\"shared\":true"));
}

static void test_a_region_that_was_replaced_is_joined_anew(void **state)
{
	(void)state;
	join_as_another();
	bed_start(&bed, config);
	bed_seconds(&bed, 2);
	assert_string_not_equal(shown("vendor"), "");
	assert_int_equal(unlink(path), 0);
	bed_seconds(&bed, 1.1);
	assert_string_equal(shown("vendor"), "");
	assert_non_null(strstr(told("vendor"), "closed>none its region is gone"));
	part();
	join_as_another(); /* by now the daemon has made a new file */
	bed_seconds(&bed, 0.31);
	assert_string_not_equal(shown("vendor"), "");
}

static void test_a_reload_moves_breakers_into_the_region_and_out_of_it(void **state)
{
	char alone[] = "region: { shared: false }\nbreakers: [{ name: vendor }]\n"
		       "components: [{ name: view, breaker: vendor }]\n";
	char together[sizeof(config) + 128];

	(void)state;
	join_as_another();
	bw_breaker_force_open(vendor);
	bed_start(&bed, alone);
	bed_seconds(&bed, 2);
	assert_non_null(strstr(shown("vendor"), "\"state\":\"closed\""));
	snprintf(together, sizeof(together),
		 "%sbreakers: [{ name: vendor }]\n"
		 "components: [{ name: view, breaker: vendor, every: 1s }]\n",
		 config);
	bed_reload(&bed, together);
	bed_seconds(&bed, 1.1);
	assert_non_null(strstr(shown("vendor"), "\"state\":\"forced_open\""));
	bed_seconds(&bed, 1.1);
	assert_int_equal(component_health(bed_component(&bed, "view")), BW_HEALTH_UNHEALTHY);
	bed_reload(&bed, alone);
	bed_seconds(&bed, 1.1);
	assert_non_null(strstr(shown("vendor"), "\"state\":\"closed\""));
	assert_non_null(strstr(shown("vendor"), "\"shared\":false"));
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_what_others_make_is_shown_within_a_second),
		row(test_numbers_and_workers_are_shown_within_a_second),
		row(test_a_breaker_at_rest_makes_no_turns),
		row(test_what_happened_meanwhile_is_told_with_its_own_time),
		row(test_what_is_open_already_opens_no_second_time),
		row(test_an_unusable_region_is_said_and_tried_again),
		row(test_a_region_that_was_replaced_is_joined_anew),
		row(test_a_reload_moves_breakers_into_the_region_and_out_of_it),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
