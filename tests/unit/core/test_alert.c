#include "core/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

static void items_come_zeroed_up_to_the_maximum(void **state)
{
	struct bw_alert_list list = { 0 };

	for (int i = 0; i < BW_ALERTS_MAX; i++) {
		struct bw_alert *alert = bw_alert_list_add(&list);

		assert_non_null(alert);
		assert_int_equal(alert->title[0], 0);
		alert->title[0] = 'x';
	}
	assert_null(bw_alert_list_add(&list));
	assert_int_equal(list.count, BW_ALERTS_MAX);
	bw_alert_list_finish(&list);
	assert_null(list.items);
	assert_non_null(bw_alert_list_add(&list));
	assert_int_equal(list.count, 1);
	bw_alert_list_finish(&list);
}

static void no_memory_keeps_the_list(void **state)
{
	struct bw_alert_list list = { 0 };

	while (list.count < 8)
		assert_non_null(bw_alert_list_add(&list));
	failing_allocator_arm(0);
	assert_null(bw_alert_list_add(&list));
	assert_true(failing_allocator_disarm());
	assert_int_equal(list.count, 8);
	bw_alert_list_finish(&list);
}

static void writes_the_five_members(void **state)
{
	const struct bw_alert alert = { BW_SEVERITY_INFO, "performance", "T \"q\"", "M", { 1 } };
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_alert_write(&alert, &json);
	assert_string_equal(buf.data, "{\"severity\":\"info\",\"type\":\"performance\","
				      "\"title\":\"T \\\"q\\\"\",\"message\":\"M\","
				      "\"timestamp\":\"1970-01-01T00:00:00.000001+00:00\"}");
	bw_buf_finish(&buf);
	assert_string_equal(bw_severity_text(BW_SEVERITY_WARNING), "warning");
	assert_string_equal(bw_severity_text(BW_SEVERITY_CRITICAL), "critical");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_zeroed_up_to_the_maximum),
		cmocka_unit_test(no_memory_keeps_the_list),
		cmocka_unit_test(writes_the_five_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
