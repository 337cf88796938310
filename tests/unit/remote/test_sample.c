/* test_sample.c - what rows of each kind become, and where series end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decoder.h"
#include "remote/write_request.h"
#include "rows.h"

static struct bw_buf told;

/* All samples of the span as text, in the order of time. */
static const char *samples_of(enum series_kind kind, const struct series_rows *rows,
			      int64_t from_ms, int64_t to_ms)
{
	const char *const subjects[] = { "db" };
	const struct write_request_source source = { .subjects = subjects };
	const struct remote_span span = { from_ms, to_ms };
	struct remote_samples samples = { 0 };
	struct bw_buf message;

	remote_samples_add(&samples, kind, 0, rows, &span);
	remote_samples_sort(&samples);
	bw_buf_init(&message, 0);
	bw_buf_clear(&told);
	bw_buf_text(&told, "");
	for (size_t nth = 0; nth < samples.count; nth++) {
		write_request_encode_plain(&source, &samples.items[nth], 1, &message);
		decode_plain(message.data, message.len, &told);
	}
	bw_buf_finish(&message);
	remote_samples_finish(&samples);
	return told.data;
}

static int begin(void **state)
{
	(void)state;
	bw_buf_init(&told, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bw_buf_finish(&told);
	return 0;
}

#define STATE(at, word, value)                                                                     \
	"bellwether_component_state{component=\"db\",state=\"" word "\"} " value " @" at "\n"
#define STATES(at, healthy, degraded, unhealthy, unknown)                                          \
	STATE(at, "healthy", healthy)                                                              \
	STATE(at, "degraded", degraded)                                                            \
	STATE(at, "unhealthy", unhealthy)                                                          \
	STATE(at, "unknown", unknown)
#define RESPONSE "bellwether_component_response_seconds{component=\"db\"} "
#define IN_MAINTENANCE "bellwether_component_in_maintenance{component=\"db\"} "
#define ALL_STALE(at)                                                                              \
	STATES(at, "stale", "stale", "stale", "stale")                                             \
	RESPONSE "stale @" at "\n" IN_MAINTENANCE "stale @" at "\n"

static void test_a_look_at_a_component(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	rows_component(&rows, 1000, BW_HEALTH_DEGRADED, 60, 12345);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 0, 9000),
			    STATES("1000", "0", "1", "0", "0") RESPONSE
			    "0.012345 @1000\n" IN_MAINTENANCE "0 @1000\n");
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 9000), "");
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 0, 999), "");
	series_rows_finish(&rows);
}

static void test_what_has_gone_ends(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	rows_component(&rows, 1000, BW_HEALTH_HEALTHY, 60, 2000000);
	rows_component(&rows, 2000, BW_HEALTH_UNHEALTHY, 60, -1);
	rows_component(&rows, 3000, BW_HEALTH_UNHEALTHY, 60, -1);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 9000),
			    STATES("2000", "0", "0", "1", "0") RESPONSE
			    "stale @2000\n" IN_MAINTENANCE
			    "0 @2000\n" STATES("3000", "0", "0", "1", "0") IN_MAINTENANCE
			    "0 @3000\n");
	series_rows_finish(&rows);
}

static void test_a_mark_of_nobody_looking_ends_all(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	rows_component(&rows, 1000, BW_HEALTH_HEALTHY, 60, 2000000);
	rows_mark(&rows, 5000, SERIES_NONE);
	rows_mark(&rows, 6000, SERIES_NONE);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 100000), ALL_STALE("5000"));
	series_rows_finish(&rows);
}

static void test_a_look_speaks_as_long_as_it_holds(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	rows_component(&rows, 1000, BW_HEALTH_HEALTHY, 60, 2000000);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 60999), "");
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 61000), ALL_STALE("61000"));
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 61000, 99000), "");
	rows_component(&rows, 300000, BW_HEALTH_HEALTHY, 60, -1);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 60000, 99000), ALL_STALE("61000"));
	series_rows_finish(&rows);
	rows_begin(&rows, SERIES_COMPONENT); /* a hold of nothing at all */
	rows_component(&rows, 1000, BW_HEALTH_HEALTHY, 0, -1);
	assert_non_null(strstr(samples_of(SERIES_COMPONENT, &rows, 0, 2000), "stale @1001\n"));
	series_rows_finish(&rows);
}

static void test_a_mark_changes_only_what_it_names(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	rows_component(&rows, 1000, BW_HEALTH_HEALTHY, 60, 2000000);
	rows_maintenance_mark(&rows, 5000, BW_HEALTH_HEALTHY);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 1000, 9000),
			    STATES("5000", "1", "0", "0", "0") IN_MAINTENANCE "1 @5000\n");
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 9000, 70000), ALL_STALE("61000"));
	series_rows_finish(&rows);
	rows_begin(&rows, SERIES_COMPONENT); /* and says nothing of what nobody looked at */
	rows_maintenance_mark(&rows, 5000, BW_HEALTH_HEALTHY);
	assert_string_equal(samples_of(SERIES_COMPONENT, &rows, 0, 9000), "");
	series_rows_finish(&rows);
}

#define BREAKER(word, value)                                                                       \
	"bellwether_breaker_state{breaker=\"db\",state=\"" word "\"} " value " @1000\n"

static void test_a_breaker(void **state)
{
	const struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_BREAKER_STATE] = rows_integer(BW_BREAKER_OPEN + 1),
		[SERIES_BREAKER_HOLD] = rows_integer(60),
		[SERIES_BREAKER_CALLS] = rows_integer(20),
		[SERIES_BREAKER_FAILURE_RATE] = rows_real(0.25),
		[SERIES_BREAKER_REJECTED] = rows_integer(7),
	};
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_BREAKER);
	rows_add(&rows, 1000, cells);
	assert_string_equal(
		samples_of(SERIES_BREAKER, &rows, 0, 9000),
		BREAKER("closed", "0") BREAKER("open", "1") BREAKER("half_open", "0")
			BREAKER("forced_open", "0") BREAKER("disabled", "0") BREAKER(
				"metrics_only",
				"0") "bellwether_breaker_window_calls{breaker=\"db\"} 20 @1000\n"
				     "bellwether_breaker_failure_ratio{breaker=\"db\"} 0.25 @1000\n"
				     "bellwether_breaker_rejected_calls_total{breaker=\"db\"} 7 "
				     "@1000\n");
	series_rows_finish(&rows);
}

static void test_a_breaker_in_no_known_state(void **state)
{
	struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_BREAKER_STATE] = rows_integer(BW_BREAKER_CLOSED + 1),
		[SERIES_BREAKER_HOLD] = rows_integer(60),
	};
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_BREAKER);
	rows_add(&rows, 999, cells);
	cells[SERIES_BREAKER_STATE] = rows_integer(0);
	rows_add(&rows, 1000, cells);
	assert_string_equal(samples_of(SERIES_BREAKER, &rows, 999, 9000),
			    BREAKER("closed", "stale") BREAKER("open", "stale")
				    BREAKER("half_open", "stale") BREAKER("forced_open", "stale")
					    BREAKER("disabled", "stale")
						    BREAKER("metrics_only", "stale"));
	series_rows_finish(&rows);
}

static void test_the_whole(void **state)
{
	const struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_SYSTEM_STATUS] = rows_integer(BW_HEALTH_HEALTHY),
		[SERIES_SYSTEM_HOLD] = rows_integer(60),
		[SERIES_SYSTEM_HEALTH_SCORE] = rows_real(87.5),
		[SERIES_SYSTEM_AVAILABILITY] = rows_integer(75),
		[SERIES_SYSTEM_RESPONSE_TIME] = rows_real(250),
		[SERIES_SYSTEM_CPU_POINTS] = rows_real(9.5),
	};
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_SYSTEM);
	rows_add(&rows, 1000, cells);
	assert_string_equal(
		samples_of(SERIES_SYSTEM, &rows, 0, 9000),
		"bellwether_system_state{state=\"healthy\"} 1 @1000\n"
		"bellwether_system_state{state=\"degraded\"} 0 @1000\n"
		"bellwether_system_state{state=\"unhealthy\"} 0 @1000\n"
		"bellwether_system_state{state=\"unknown\"} 0 @1000\n"
		"bellwether_health_score{} 87.5 @1000\n"
		"bellwether_availability_ratio{} 0.75 @1000\n"
		"bellwether_average_response_seconds{} 0.25 @1000\n"
		"bellwether_health_score_points{factor=\"cpu_performance\"} 9.5 @1000\n");
	series_rows_finish(&rows);
}

static void test_the_host(void **state)
{
	const struct series_cell cells[SERIES_FIELDS_MAX] = {
		[SERIES_HOST_STATE] = rows_integer(1),
		[SERIES_HOST_HOLD] = rows_integer(60),
		[SERIES_HOST_CPU_USAGE] = rows_integer(50),
		[SERIES_HOST_SWAP_USED] = rows_integer(4096),
	};
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_HOST);
	rows_add(&rows, 1000, cells);
	assert_string_equal(samples_of(SERIES_HOST, &rows, 0, 9000),
			    "bellwether_host_cpu_usage_ratio{} 0.5 @1000\n"
			    "bellwether_host_swap_used_bytes{} 4096 @1000\n");
	series_rows_finish(&rows);
}

static void test_within_a_millisecond_the_later_row_counts(void **state)
{
	struct series_rows rows;

	(void)state;
	rows_begin(&rows, SERIES_HOST);
	for (int64_t us = 1000100; us <= 1000300; us += 100) {
		const struct series_cell cells[SERIES_FIELDS_MAX] = {
			[SERIES_HOST_STATE] = rows_integer(1),
			[SERIES_HOST_HOLD] = rows_integer(60),
			[SERIES_HOST_LOAD_1] = rows_integer(us),
		};
		assert_int_equal(series_rows_add(&rows, us, cells), BW_OK);
	}
	assert_string_equal(samples_of(SERIES_HOST, &rows, 999, 9000),
			    "bellwether_host_load1{} 1000300 @1000\n");
	series_rows_finish(&rows);
}

static void fill(struct series_rows *rows)
{
	for (int nth = 0; nth < 30; nth++) {
		int64_t at_ms = 1000 + nth * 700 + (nth % 7 == 0 ? 350 : 0);

		if (nth % 11 == 5)
			rows_mark(rows, at_ms, SERIES_NONE);
		else
			rows_component(rows, at_ms, BW_HEALTH_HEALTHY + nth % 3, nth % 2,
				       nth % 4 == 0 ? -1 : nth * 1000);
	}
}

/* A stretch cut in two gives the same samples as the whole: nothing is lost or doubled at a cut. */
static void test_cuts_do_not_show(void **state)
{
	struct series_rows rows;
	char *whole;

	(void)state;
	rows_begin(&rows, SERIES_COMPONENT);
	fill(&rows);
	whole = xstrdup(samples_of(SERIES_COMPONENT, &rows, 0, 60000));
	for (int64_t cut_ms = 500; cut_ms < 30000; cut_ms += 37) {
		char *first = xstrdup(samples_of(SERIES_COMPONENT, &rows, 0, cut_ms));
		const char *second = samples_of(SERIES_COMPONENT, &rows, cut_ms, 60000);

		assert_int_equal(strlen(whole), strlen(first) + strlen(second));
		assert_memory_equal(whole, first, strlen(first));
		assert_string_equal(whole + strlen(first), second);
		free(first);
	}
	free(whole);
	series_rows_finish(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_look_at_a_component),
		cmocka_unit_test(test_what_has_gone_ends),
		cmocka_unit_test(test_a_mark_of_nobody_looking_ends_all),
		cmocka_unit_test(test_a_look_speaks_as_long_as_it_holds),
		cmocka_unit_test(test_a_mark_changes_only_what_it_names),
		cmocka_unit_test(test_a_breaker),
		cmocka_unit_test(test_a_breaker_in_no_known_state),
		cmocka_unit_test(test_the_whole),
		cmocka_unit_test(test_the_host),
		cmocka_unit_test(test_within_a_millisecond_the_later_row_counts),
		cmocka_unit_test(test_cuts_do_not_show),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
