/* test_live_alerts.c - which of many alerts a page gets, in which order, and that the counts are of
 * all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "daemon/live_alerts.h"

static json_t *alerts_of(const struct bw_alert_book *book)
{
	struct bw_json json;
	struct bw_buf buf;
	json_error_t why;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	live_write_alerts(book, &json);
	json_t *tree = json_loadb(buf.data, buf.len, 0, &why);
	assert_non_null(tree);
	bw_buf_finish(&buf);
	return tree;
}

static void add(struct bw_alert_list *list, enum bw_severity severity, int nth)
{
	struct bw_alert *alert = bw_alert_list_add(list);

	alert->severity = severity;
	alert->type = "performance";
	snprintf(alert->title, sizeof(alert->title), "t%d", nth);
}

static struct bw_alert_book *new_book(void)
{
	struct bw_alert_book *book;

	xalloc_must(bw_alert_book_create(0, NULL, NULL, &book));
	return book;
}

static void update(struct bw_alert_book *book, const struct bw_alert_list *list, int64_t second)
{
	const int64_t us = second * BW_SECOND_US;

	xalloc_must(
		bw_alert_book_update(book, list, (struct bw_wall){ us }, (struct bw_mono){ us }));
}

static const char *title_of(json_t *tree, size_t nth)
{
	return json_string_value(
		json_object_get(json_array_get(json_object_get(tree, "firing"), nth), "title"));
}

static void expect_count(json_t *tree, const char *key, int wanted)
{
	assert_int_equal(json_integer_value(json_object_get(json_object_get(tree, "counts"), key)),
			 wanted);
}

static void test_worst_first_then_newest(void **state)
{
	struct bw_alert_book *book = new_book();
	struct bw_alert_list list = { 0 };

	(void)state;
	add(&list, BW_SEVERITY_WARNING, 0);
	add(&list, BW_SEVERITY_CRITICAL, 1);
	update(book, &list, 10);
	add(&list, BW_SEVERITY_INFO, 2);
	add(&list, BW_SEVERITY_WARNING, 3);
	add(&list, BW_SEVERITY_CRITICAL, 4);
	update(book, &list, 20);
	json_t *tree = alerts_of(book);
	static const char *const wanted[] = { "t4", "t1", "t3", "t0", "t2" };
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(title_of(tree, i), wanted[i]);
	expect_count(tree, "firing", 5);
	expect_count(tree, "critical", 2);
	expect_count(tree, "warning", 2);
	expect_count(tree, "info", 1);
	expect_count(tree, "resolved", 0);
	json_decref(tree);
	list.count = 1;
	update(book, &list, 30);
	tree = alerts_of(book);
	expect_count(tree, "firing", 1);
	expect_count(tree, "resolved", 4);
	json_decref(tree);
	bw_alert_list_finish(&list);
	bw_alert_book_destroy(book);
}

/* One after the other, severities mixed: those kept must be what sorting them all would keep. */
static void test_of_many_the_worst_stay(void **state)
{
	enum { MANY = 1000 };
	struct bw_alert_book *book = new_book();
	struct bw_alert_list list = { 0 };
	int critical = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		bool is_critical = i * 7919 % 13 == 0;

		critical += is_critical;
		add(&list, is_critical ? BW_SEVERITY_CRITICAL : BW_SEVERITY_WARNING, i);
		if (i % 50 == 49)
			update(book, &list, i);
	}
	json_t *tree = alerts_of(book), *firing = json_object_get(tree, "firing");
	assert_int_equal(json_array_size(firing), LIVE_ALERTS_MAX);
	expect_count(tree, "firing", MANY);
	expect_count(tree, "critical", critical);
	for (size_t i = 0; i < LIVE_ALERTS_MAX; i++) {
		const char *severity =
			json_string_value(json_object_get(json_array_get(firing, i), "severity"));
		long number = strtol(title_of(tree, i) + 1, NULL, 10);

		assert_string_equal(severity, i < (size_t)critical ? "critical" : "warning");
		if (i >= (size_t)critical) /* newest: none older than those left out */
			assert_true(number >= 850);
	}
	json_decref(tree);
	bw_alert_list_finish(&list);
	bw_alert_book_destroy(book);
}

static void test_nothing_fires(void **state)
{
	struct bw_alert_book *book = new_book();
	json_t *tree = alerts_of(book);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(tree, "firing")), 0);
	expect_count(tree, "firing", 0);
	json_decref(tree);
	bw_alert_book_destroy(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worst_first_then_newest),
		cmocka_unit_test(test_of_many_the_worst_stay),
		cmocka_unit_test(test_nothing_fires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
