/* test_store_changes.c - the change journal in the store: what is kept, for how long, and how a
 * file from before it is brought up to date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/embedded.h"
#include "support/store_builder.h"

extern const struct bw_embedded store_migrations[];
extern const size_t store_migrations_count;

static struct store_bed bed;

static int begin(void **state)
{
	(void)state;
	store_bed_begin(&bed);
	return 0;
}

static int end(void **state)
{
	(void)state;
	store_bed_end(&bed);
	return 0;
}

static void append(uint64_t id, int64_t seconds, enum bw_change_kind kind, const char *name,
		   const char *to)
{
	char text[64];
	const struct bw_change change = {
		.id = id,
		.at = { STORE_NOON_US + seconds * BW_SECOND_US },
		.kind = kind,
		.name = name,
		.from = "unknown",
		.to = to,
		.text = text,
	};

	snprintf(text, sizeof(text), "because of %llu", (unsigned long long)id);
	store_append_change(bed.store, &change);
}

/* "1 component a unknown>healthy because of 1; ..." */
static char told[8192];

static void tell(void *arg, const struct bw_change *change)
{
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%llu %s %s %s>%s %s; ",
		 (unsigned long long)change->id, bw_change_kind_text(change->kind), change->name,
		 change->from, change->to, change->text);
}

static const char *loaded(int64_t from_seconds)
{
	told[0] = '\0';
	store_load_changes(bed.store,
			   (struct bw_wall){ STORE_NOON_US + from_seconds * BW_SECOND_US }, tell,
			   NULL);
	return told;
}

static void reopen(void)
{
	store_bed_close(&bed);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
}

static void test_changes_come_back_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK);
	append(2, 1, BW_CHANGE_COMPONENT, "b", "unhealthy");
	append(1, 5, BW_CHANGE_COMPONENT, "a", "healthy");
	append(3, 9, BW_CHANGE_BREAKER, "'; DROP TABLE change; --", "open");
	reopen();
	assert_string_equal(loaded(0),
			    "1 component a unknown>healthy because of 1; "
			    "2 component b unknown>unhealthy because of 2; "
			    "3 breaker '; DROP TABLE change; -- unknown>open because of 3; ");
}

static void test_the_whole_and_the_daemon_are_loaded_from_before(void **state)
{
	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK);
	append(1, 0, BW_CHANGE_DAEMON, "", "started");
	append(2, 1, BW_CHANGE_OVERALL, "", "unhealthy");
	append(3, 2, BW_CHANGE_COMPONENT, "a", "unhealthy");
	append(4, 100, BW_CHANGE_COMPONENT, "b", "healthy");
	reopen();
	assert_string_equal(loaded(50), "1 daemon  unknown>started because of 1; "
					"2 overall  unknown>unhealthy because of 2; "
					"4 component b unknown>healthy because of 4; ");
}

static void test_old_changes_go_but_those_of_the_whole(void **state)
{
	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK);
	append(1, 0, BW_CHANGE_OVERALL, "", "unhealthy");
	append(2, 0, BW_CHANGE_COMPONENT, "a", "unhealthy");
	append(3, 0, BW_CHANGE_ALERT, "High", "firing");
	store_flush(bed.store);
	append(4, 2 * 86400, BW_CHANGE_CLOCK, "", "forward");
	reopen();
	assert_string_equal(loaded(-1), "1 overall  unknown>unhealthy because of 1; "
					"4 clock  unknown>forward because of 4; ");
}

static void test_what_is_kept_of_the_whole_is_bounded(void **state)
{
	int count = 0;

	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK);
	for (int i = 1; i <= 1500; i++)
		append((uint64_t)i, 0, BW_CHANGE_OVERALL, "", i % 2 ? "unhealthy" : "healthy");
	store_flush(bed.store);
	for (int i = 1501; i <= 1510; i++) {
		append((uint64_t)i, 2 * 86400, BW_CHANGE_DAEMON, "", "reloaded");
		store_flush(bed.store);
	}
	reopen();
	loaded(-1);
	for (const char *at = told; (at = strstr(at, "; ")) != NULL; at++)
		count++;
	assert_true(count > 0); /* as many as fit into the text, from the first that is left */
	assert_int_equal(strtoul(told, NULL, 10), 501);
}

static void test_memory_makes_room_for_changes(void **state)
{
	const struct store_config config = { .history_us = STORE_DAY_US };
	char name[401];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(
		store_open(&config, (struct bw_wall){ STORE_NOON_US }, &bed.store, &bed.error),
		BW_OK);
	for (int i = 1; i <= 24000; i++) {
		append((uint64_t)i, i, BW_CHANGE_COMPONENT, name, "healthy");
		if (i % 1000 == 0)
			store_flush(bed.store);
	}
	assert_int_equal(store_bed_status(&bed).dropped, 0);
	assert_true(store_bed_status(&bed).usable);
	assert_true(strtoul(loaded(-1), NULL, 10) > 1000);
	store_bed_close(&bed);
}

static void test_numbers_and_words_of_strangers_are_left_out(void **state)
{
	sqlite3 *handle;

	if (store_bed_url() != NULL)
		skip();
	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK);
	append(1, 1, BW_CHANGE_COMPONENT, "a", "healthy");
	store_bed_close(&bed);
	assert_int_equal(sqlite3_open(bed.path, &handle), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(handle,
			     "INSERT INTO change SELECT 7, at_us, 'weather', name, word_before, "
			     "word_after, text FROM change WHERE id = 1;"
			     "INSERT INTO change SELECT 8, 9223372036854775807, 'daemon', '', "
			     "'none', 'started', '' FROM change WHERE id = 1;"
			     "INSERT INTO change SELECT 9, -9223372036854775807, 'daemon', '', "
			     "'none', 'started', '' FROM change WHERE id = 1;"
			     "INSERT INTO change SELECT -1, at_us, 'daemon', '', 'none', "
			     "'started', '' FROM change WHERE id = 1;"
			     "INSERT INTO change SELECT 9223372036854775807, at_us, 'daemon', '', "
			     "'none', 'started', '' FROM change WHERE id = 1",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(handle);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(loaded(0), "1 component a unknown>healthy because of 1; ");
}

static char seen[256];

static void see_state(void *arg, const struct store_state *state)
{
	(void)arg;
	snprintf(seen, sizeof(seen), "%s %s %s", state->component, bw_health_text(state->health),
		 state->error);
}

/* A file of the version before the journal, with a state in it. */
static void make_old_file(void)
{
	char pragmas[256];
	sqlite3 *handle;

	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id=%d; PRAGMA user_version=1;"
		 "INSERT INTO component VALUES (1, 'old');"
		 "INSERT INTO state VALUES (1, 3, 5, 6, NULL, 'refused');",
		 0x426c7774);
	assert_int_equal(sqlite3_open(bed.path, &handle), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(handle, (const char *)store_migrations[0].data, NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, pragmas, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_a_file_from_before_is_brought_up_to_date(void **state)
{
	if (store_bed_url() != NULL)
		skip();
	(void)state;
	assert_int_equal(store_bed_open(&bed), BW_OK); /* makes the folder */
	store_bed_close(&bed);
	assert_int_equal(remove(bed.path), 0);
	make_old_file();
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
	store_load_states(bed.store, see_state, NULL);
	assert_string_equal(seen, "old unhealthy refused");
	assert_string_equal(loaded(0), "");
	append(1, 1, BW_CHANGE_COMPONENT, "old", "healthy");
	reopen();
	assert_string_equal(loaded(0), "1 component old unknown>healthy because of 1; ");
	assert_int_equal(store_migrations_count, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes_come_back_in_their_order, begin, end),
		cmocka_unit_test_setup_teardown(
			test_the_whole_and_the_daemon_are_loaded_from_before, begin, end),
		cmocka_unit_test_setup_teardown(test_old_changes_go_but_those_of_the_whole, begin,
						end),
		cmocka_unit_test_setup_teardown(test_what_is_kept_of_the_whole_is_bounded, begin,
						end),
		cmocka_unit_test_setup_teardown(test_memory_makes_room_for_changes, begin, end),
		cmocka_unit_test_setup_teardown(test_numbers_and_words_of_strangers_are_left_out,
						begin, end),
		cmocka_unit_test_setup_teardown(test_a_file_from_before_is_brought_up_to_date,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
