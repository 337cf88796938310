/* test_alert_book.c - pending, firing, resolved; order, ids, restore, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/alert_book.h"
#include "support/failing_allocator.h"

enum { CHANGES_MAX = 1024 };

struct diary {
	struct bw_alert_book *book;
	struct {
		uint64_t id;
		enum bw_alert_state state;
	} changes[CHANGES_MAX];
	int count;
};

static void note_change(void *arg, const struct bw_alert_entry *entry)
{
	struct diary *diary = arg;

	assert_in_range(diary->count, 0, CHANGES_MAX - 1);
	diary->changes[diary->count].id = entry->id;
	diary->changes[diary->count].state = entry->state;
	diary->count++;
}

static void begin(struct diary *diary, int64_t for_s)
{
	memset(diary, 0, sizeof(*diary));
	assert_int_equal(
		bw_alert_book_create(for_s * BW_SECOND_US, note_change, diary, &diary->book),
		BW_OK);
}

static void add(struct bw_alert_list *list, const char *type, const char *title)
{
	struct bw_alert *alert = bw_alert_list_add(list);

	assert_non_null(alert);
	alert->type = type;
	alert->severity = BW_SEVERITY_WARNING;
	snprintf(alert->title, sizeof(alert->title), "%s", title);
	snprintf(alert->message, sizeof(alert->message), "%s is bad", title);
}

/* One update at `s` seconds in which every letter of `titles` is found, in that order. */
static enum bw_status try_update(struct diary *diary, int64_t s, const char *titles)
{
	struct bw_alert_list found = { 0 };
	enum bw_status status;

	for (; *titles != '\0'; titles++) {
		const char title[] = { *titles, '\0' };

		add(&found, "performance", title);
	}
	status = bw_alert_book_update(diary->book, &found,
				      (struct bw_wall){ (1000 + s) * BW_SECOND_US },
				      (struct bw_mono){ s * BW_SECOND_US });
	bw_alert_list_finish(&found);
	return status;
}

static void update(struct diary *diary, int64_t s, const char *titles)
{
	assert_int_equal(try_update(diary, s, titles), BW_OK);
}

/* The titles of a state, in the book's order. */
static void expect(const struct diary *diary, enum bw_alert_state state, const char *titles)
{
	const struct bw_alert_entry *entry;
	char seen[64] = "";
	size_t cursor = 0, len = 0;

	while ((entry = bw_alert_book_next(diary->book, state, &cursor)) != NULL) {
		assert_in_range(len, 0, sizeof(seen) - 2);
		assert_int_equal(entry->state, state);
		assert_ptr_equal(bw_alert_book_get(diary->book, entry->id), entry);
		seen[len++] = entry->alert.title[0];
	}
	assert_string_equal(seen, titles);
}

static void test_without_a_delay_an_alert_fires_at_once(void **state)
{
	struct diary diary;

	begin(&diary, 0);
	update(&diary, 1, "A");
	expect(&diary, BW_ALERT_FIRING, "A");
	assert_int_equal(diary.count, 1);
	assert_int_equal(diary.changes[0].state, BW_ALERT_FIRING);
	update(&diary, 2, "A");
	assert_int_equal(diary.count, 1);
	update(&diary, 3, "");
	expect(&diary, BW_ALERT_FIRING, "");
	expect(&diary, BW_ALERT_RESOLVED, "A");
	assert_int_equal(diary.count, 2);
	assert_int_equal(diary.changes[1].state, BW_ALERT_RESOLVED);
	assert_int_equal(diary.changes[1].id, diary.changes[0].id);
	bw_alert_book_destroy(diary.book);
}

static void test_an_alert_fires_when_found_at_every_update_long_enough(void **state)
{
	static const struct {
		const char *found; /* at 0, 10, 20, ... seconds: A, or - for nothing */
		const char *expected;
	} rows[] = {
		{ "AAAA", "pppF" },       { "AAA-", "ppp-" },       { "AA-AAAA", "pp-pppF" },
		{ "AAAAA-A", "pppFFrp" }, { "-AAAAAA", "-pppFFF" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diary diary;

		begin(&diary, 30);
		for (int at = 0; rows[i].found[at] != '\0'; at++) {
			char expected = rows[i].expected[at];

			update(&diary, at * 10, rows[i].found[at] == 'A' ? "A" : "");
			expect(&diary, BW_ALERT_PENDING, expected == 'p' ? "A" : "");
			expect(&diary, BW_ALERT_FIRING, expected == 'F' ? "A" : "");
		}
		bw_alert_book_destroy(diary.book);
	}
}

static void test_a_shorter_delay_takes_effect_at_the_next_update(void **state)
{
	struct diary diary;

	begin(&diary, 3600);
	update(&diary, 0, "A");
	bw_alert_book_set_for(diary.book, 10 * BW_SECOND_US);
	update(&diary, 11, "A");
	expect(&diary, BW_ALERT_FIRING, "A");
	bw_alert_book_destroy(diary.book);
}

static void test_firing_alerts_keep_the_order_of_the_rules(void **state)
{
	struct diary diary;

	begin(&diary, 0);
	update(&diary, 0, "CD");
	update(&diary, 1, "ACBD");
	expect(&diary, BW_ALERT_FIRING, "ACBD");
	update(&diary, 2, "DA");
	expect(&diary, BW_ALERT_FIRING, "DA");
	update(&diary, 3, "");
	expect(&diary, BW_ALERT_RESOLVED, "ADBC");
	bw_alert_book_destroy(diary.book);
}

static void test_identity_is_type_and_title(void **state)
{
	struct bw_alert_list found = { 0 };
	struct diary diary;

	begin(&diary, 0);
	add(&found, "performance", "A");
	add(&found, "storage", "A");
	add(&found, "performance", "A");
	assert_int_equal(bw_alert_book_update(diary.book, &found, (struct bw_wall){ 1 },
					      (struct bw_mono){ 1 }),
			 BW_OK);
	expect(&diary, BW_ALERT_FIRING, "AA");
	bw_alert_list_finish(&found);
	bw_alert_book_destroy(diary.book);
}

static void test_the_latest_message_counts_and_the_first_time(void **state)
{
	struct bw_alert_list found = { 0 };
	const struct bw_alert_entry *entry;
	struct diary diary;

	begin(&diary, 0);
	update(&diary, 5, "A");
	add(&found, "performance", "A");
	snprintf(found.items[0].message, sizeof(found.items[0].message), "worse");
	found.items[0].severity = BW_SEVERITY_CRITICAL;
	assert_int_equal(bw_alert_book_update(diary.book, &found,
					      (struct bw_wall){ 1009 * BW_SECOND_US },
					      (struct bw_mono){ 9 * BW_SECOND_US }),
			 BW_OK);
	entry = bw_alert_book_get(diary.book, diary.changes[0].id);
	assert_non_null(entry);
	assert_string_equal(entry->alert.message, "worse");
	assert_int_equal(entry->alert.severity, BW_SEVERITY_CRITICAL);
	assert_int_equal(entry->alert.time.us, 1005 * BW_SECOND_US);
	assert_int_equal(entry->fired.us, 1005 * BW_SECOND_US);
	bw_alert_list_finish(&found);
	bw_alert_book_destroy(diary.book);
}

static void test_an_alert_that_comes_back_has_a_new_id(void **state)
{
	struct diary diary;

	begin(&diary, 0);
	update(&diary, 0, "A");
	update(&diary, 1, "");
	update(&diary, 2, "A");
	assert_int_equal(diary.count, 3);
	assert_int_not_equal(diary.changes[0].id, diary.changes[2].id);
	expect(&diary, BW_ALERT_FIRING, "A");
	expect(&diary, BW_ALERT_RESOLVED, "A");
	bw_alert_book_destroy(diary.book);
}

static void test_only_the_latest_resolved_are_kept(void **state)
{
	const struct bw_alert_entry *entry;
	struct diary diary;
	size_t cursor = 0, count = 0;
	int64_t last_us = INT64_MAX;

	begin(&diary, 0);
	for (int64_t s = 0; s < 2 * (BW_ALERTS_RESOLVED_MAX + 50); s++)
		update(&diary, s, s % 2 == 0 ? "A" : "");
	while ((entry = bw_alert_book_next(diary.book, BW_ALERT_RESOLVED, &cursor)) != NULL) {
		assert_true(entry->resolved.us < last_us);
		last_us = entry->resolved.us;
		count++;
	}
	assert_int_equal(count, BW_ALERTS_RESOLVED_MAX);
	assert_null(bw_alert_book_get(diary.book, diary.changes[0].id));
	bw_alert_book_destroy(diary.book);
}

static struct bw_alert_entry stored(uint64_t id, enum bw_alert_state alert_state, char title)
{
	struct bw_alert_entry entry = {
		.id = id,
		.state = alert_state,
		.alert = { .severity = BW_SEVERITY_INFO, .time = { 500 }, .title = { title } },
		.fired = { 600 },
		.resolved = { alert_state == BW_ALERT_RESOLVED ? (int64_t)id * 100 : 0 },
	};
	static char type[] = "performance";

	entry.alert.type = type;
	return entry;
}

static void test_restored_entries_go_on(void **state)
{
	struct bw_alert_entry entries[] = {
		stored(3, BW_ALERT_RESOLVED, 'X'), stored(5, BW_ALERT_FIRING, 'A'),
		stored(7, BW_ALERT_RESOLVED, 'Y'), stored(6, BW_ALERT_RESOLVED, 'Z'),
		stored(9, BW_ALERT_FIRING, 'B'),
	};
	struct diary diary;

	begin(&diary, 3600);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(bw_alert_book_restore(diary.book, &entries[i]), BW_OK);
	assert_int_equal(diary.count, 0);
	expect(&diary, BW_ALERT_RESOLVED, "YZX");
	expect(&diary, BW_ALERT_FIRING, "AB");
	assert_ptr_not_equal(bw_alert_book_get(diary.book, 5)->alert.type, entries[1].alert.type);
	update(&diary, 1, "AC");
	expect(&diary, BW_ALERT_FIRING, "A");
	expect(&diary, BW_ALERT_PENDING, "C");
	expect(&diary, BW_ALERT_RESOLVED, "BYZX");
	assert_int_equal(bw_alert_book_get(diary.book, 5)->alert.time.us, 500);
	assert_non_null(bw_alert_book_get(diary.book, 10));
	bw_alert_book_destroy(diary.book);
}

static void test_what_cannot_be_restored_is_refused(void **state)
{
	struct bw_alert_entry good = stored(5, BW_ALERT_FIRING, 'A');
	struct bw_alert_entry bad[5];
	struct diary diary;

	begin(&diary, 0);
	for (size_t i = 0; i < 5; i++)
		bad[i] = stored(20 + i, BW_ALERT_FIRING, 'Q');
	bad[0].alert.type = "no_such_type";
	bad[1].state = BW_ALERT_PENDING;
	bad[2].id = 0;
	bad[3].alert.severity = (enum bw_severity)9;
	bad[4].state = (enum bw_alert_state)3;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(bw_alert_book_restore(diary.book, &bad[i]), BW_EINVAL);
	assert_int_equal(bw_alert_book_restore(diary.book, &good), BW_OK);
	assert_int_equal(bw_alert_book_restore(diary.book, &good), BW_EEXIST);
	good.id = 6;
	assert_int_equal(bw_alert_book_restore(diary.book, &good), BW_EEXIST);
	bw_alert_book_destroy(diary.book);
}

static void test_more_resolved_than_kept_restore_as_the_newest(void **state)
{
	struct diary diary;
	const struct bw_alert_entry *entry;
	size_t cursor = 0;

	begin(&diary, 0);
	for (uint64_t id = 300; id > 0; id--) {
		struct bw_alert_entry old = stored(id, BW_ALERT_RESOLVED, 'A');

		assert_int_equal(bw_alert_book_restore(diary.book, &old), BW_OK);
	}
	for (uint64_t id = 300; id > 300 - BW_ALERTS_RESOLVED_MAX; id--) {
		entry = bw_alert_book_next(diary.book, BW_ALERT_RESOLVED, &cursor);
		assert_int_equal(entry->id, id);
	}
	assert_null(bw_alert_book_next(diary.book, BW_ALERT_RESOLVED, &cursor));
	bw_alert_book_destroy(diary.book);
}

static void test_json(void **state)
{
	struct diary diary;
	struct bw_json json;
	struct bw_buf buf;

	begin(&diary, 10);
	update(&diary, 0, "A");
	update(&diary, 10, "AB");
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_alert_book_write_firing(diary.book, &json);
	assert_string_equal(
		buf.data,
		"[{\"severity\":\"warning\",\"type\":\"performance\",\"title\":\"A\","
		"\"message\":\"A is bad\",\"timestamp\":\"1970-01-01T00:16:40+00:00\","
		"\"id\":\"a1\",\"state\":\"firing\",\"started\":\"1970-01-01T00:16:40+00:00\","
		"\"fired\":\"1970-01-01T00:16:50+00:00\",\"resolved\":null}]");
	bw_buf_clear(&buf);
	bw_json_init(&json, &buf);
	bw_alert_book_write_summary(diary.book, (struct bw_wall){ BW_SECOND_US }, &json);
	assert_string_equal(buf.data, "{\"total_alerts\":1,\"critical\":0,\"warning\":1,\"info\":0,"
				      "\"last_check\":\"1970-01-01T00:00:01+00:00\"}");
	bw_buf_finish(&buf);
	bw_alert_book_destroy(diary.book);
}

static void test_each_allocation_failing_in_turn_changes_nothing(void **state)
{
	bool failed = true;

	for (long nth = 0; failed; nth++) {
		struct bw_alert_list found = { 0 };
		enum bw_status status;
		struct diary diary;

		begin(&diary, 0);
		update(&diary, 1, "ABX");
		add(&found, "performance", "B");
		add(&found, "performance", "C");
		add(&found, "performance", "A");
		add(&found, "performance", "D");
		failing_allocator_arm(nth);
		status = bw_alert_book_update(diary.book, &found,
					      (struct bw_wall){ 1002 * BW_SECOND_US },
					      (struct bw_mono){ 2 * BW_SECOND_US });
		failed = failing_allocator_disarm();
		assert_int_equal(status, failed ? BW_ENOMEM : BW_OK);
		expect(&diary, BW_ALERT_FIRING, failed ? "ABX" : "BCAD");
		expect(&diary, BW_ALERT_RESOLVED, failed ? "" : "X");
		assert_int_equal(diary.count, failed ? 3 : 6);
		update(&diary, 3, "X");
		expect(&diary, BW_ALERT_FIRING, "X");
		bw_alert_list_finish(&found);
		bw_alert_book_destroy(diary.book);
		assert_in_range(nth, 0, 100);
	}
}

static void test_create_and_restore_survive_each_allocation_failing(void **state)
{
	struct bw_alert_entry firing = stored(5, BW_ALERT_FIRING, 'A');
	struct bw_alert_entry resolved = stored(6, BW_ALERT_RESOLVED, 'B');
	bool failed = true;

	for (long nth = 0; failed; nth++) {
		struct bw_alert_book *book = NULL;
		enum bw_status status;

		failing_allocator_arm(nth);
		status = bw_alert_book_create(0, NULL, NULL, &book);
		if (status == BW_OK)
			status = bw_alert_book_restore(book, &firing);
		if (status == BW_OK)
			status = bw_alert_book_restore(book, &resolved);
		failed = failing_allocator_disarm();
		assert_int_equal(status, failed ? BW_ENOMEM : BW_OK);
		bw_alert_book_destroy(book);
		assert_in_range(nth, 0, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_delay_an_alert_fires_at_once),
		cmocka_unit_test(test_an_alert_fires_when_found_at_every_update_long_enough),
		cmocka_unit_test(test_a_shorter_delay_takes_effect_at_the_next_update),
		cmocka_unit_test(test_firing_alerts_keep_the_order_of_the_rules),
		cmocka_unit_test(test_identity_is_type_and_title),
		cmocka_unit_test(test_the_latest_message_counts_and_the_first_time),
		cmocka_unit_test(test_an_alert_that_comes_back_has_a_new_id),
		cmocka_unit_test(test_only_the_latest_resolved_are_kept),
		cmocka_unit_test(test_restored_entries_go_on),
		cmocka_unit_test(test_what_cannot_be_restored_is_refused),
		cmocka_unit_test(test_more_resolved_than_kept_restore_as_the_newest),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_each_allocation_failing_in_turn_changes_nothing),
		cmocka_unit_test(test_create_and_restore_survive_each_allocation_failing),
	};

	return cmocka_run_group_tests_name("alert book", tests, NULL, NULL);
}
