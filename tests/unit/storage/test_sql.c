/* test_sql.c - what every driver does alike: values, order, transactions, refusals, nesting. Runs
 * on SQLite, and beside a server (BELLWETHER_POSTGRES) on that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/sql.h"
#include "storage/statements.h"
#include "support/folder.h"

static struct folder folder;
static char path[FOLDER_PATH_MAX + 32], instance[32];
static struct sql *writer;
static int instances;

static struct sql_place place(enum sql_purpose purpose)
{
	const char *url = getenv("BELLWETHER_POSTGRES");

	return (struct sql_place){ url != NULL ? url : path, instance, purpose };
}

static struct sql *open_as(enum sql_purpose purpose)
{
	struct sql_place where = place(purpose);
	struct bw_error err = { "" };
	struct sql *out = NULL;

	if (sql_open(&where, &out, &err) != BW_OK)
		fail_msg("%s", err.text);
	return out;
}

static int begin(void **state)
{
	folder_init(&folder);
	snprintf(path, sizeof(path), "%s/bellwether.db", folder.path);
	snprintf(instance, sizeof(instance), "test %d", ++instances);
	writer = open_as(SQL_WRITER);
	return 0;
}

static int end(void **state)
{
	writer->driver->close(writer);
	folder_finish(&folder);
	return 0;
}

#define INTEGER(value)                                                                             \
	{                                                                                          \
		.type = SQL_INTEGER, .integer = (value)                                            \
	}
#define TEXT(value)                                                                                \
	{                                                                                          \
		.type = SQL_TEXT, .data = (value)                                                  \
	}
#define BLOB(bytes, size)                                                                          \
	{                                                                                          \
		.type = SQL_BLOB, .data = (bytes), .len = (size)                                   \
	}

static enum bw_status run(int statement, const struct sql_value *values, size_t count)
{
	struct bw_error err;

	return sql_run(writer, statement, values, count, &err);
}

static void put_figure(const char *name, int64_t value)
{
	const struct sql_value values[] = { TEXT(name), INTEGER(value) };

	assert_int_equal(run(SQL_FIGURE_PUT, values, 2), BW_OK);
}

/* -1: there is none. */
static int64_t figure(struct sql *sql, const char *name)
{
	const struct sql_value values[] = { TEXT(name) };
	struct sql_value found;
	int64_t value = -1;
	struct bw_error err;
	bool has;

	assert_int_equal(sql->driver->start(sql, SQL_FIGURE_GET, values, 1, &err), BW_OK);
	assert_int_equal(sql->driver->step(sql, SQL_FIGURE_GET, &has, &err), BW_OK);
	if (has) {
		sql->driver->column(sql, SQL_FIGURE_GET, 0, &found);
		assert_int_equal(found.type, SQL_INTEGER);
		value = found.integer;
	}
	sql->driver->reset(sql, SQL_FIGURE_GET);
	return value;
}

static void add_log(int64_t id, const void *data, size_t len)
{
	const struct sql_value values[] = { INTEGER(id), BLOB(data, len) };

	assert_int_equal(run(SQL_LOG_ADD, values, 2), BW_OK);
}

static void begin_transaction(void)
{
	struct bw_error err;

	assert_int_equal(writer->driver->begin(writer, true, &err), BW_OK);
}

static void commit(void)
{
	struct bw_error err = { "" };

	if (writer->driver->commit(writer, &err) != BW_OK)
		fail_msg("%s", err.text);
}

static void test_numbers_come_back(void **state)
{
	static const int64_t numbers[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 40 };

	for (size_t nth = 0; nth < sizeof(numbers) / sizeof(numbers[0]); nth++) {
		put_figure("x", numbers[nth]);
		assert_true(figure(writer, "x") == numbers[nth]);
	}
	assert_int_equal(figure(writer, "y"), -1);
}

static void test_bytes_come_back(void **state)
{
	enum { BYTES = 300000 };
	unsigned char *bytes = malloc(BYTES);
	struct sql_value found;
	struct bw_error err;
	bool has;

	assert_non_null(bytes);
	for (size_t nth = 0; nth < BYTES; nth++)
		bytes[nth] = (unsigned char)(nth * 7 + nth / 256);
	begin_transaction();
	add_log(1, bytes, BYTES);
	add_log(2, "", 0);
	commit();
	assert_int_equal(writer->driver->start(writer, SQL_LOG_ALL, NULL, 0, &err), BW_OK);
	assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
	assert_true(has);
	writer->driver->column(writer, SQL_LOG_ALL, 1, &found);
	assert_int_equal(found.type, SQL_BLOB);
	assert_int_equal(found.len, BYTES);
	assert_memory_equal(found.data, bytes, BYTES);
	assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
	assert_true(has);
	writer->driver->column(writer, SQL_LOG_ALL, 1, &found);
	assert_int_equal(found.type, SQL_BLOB);
	assert_int_equal(found.len, 0);
	assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
	assert_false(has);
	free(bytes);
}

static void test_texts_and_nothing_come_back(void **state)
{
	const struct sql_value values[] = { TEXT("caf\xc3\xa9 'n' \"co\"; --"),
					    INTEGER(1),
					    INTEGER(2),
					    INTEGER(3),
					    { .type = SQL_NULL },
					    { .type = SQL_NULL } };
	struct sql_value found;
	struct bw_error err;
	bool has;

	assert_int_equal(run(SQL_STATE_PUT, values, 6), BW_OK);
	assert_int_equal(writer->driver->start(writer, SQL_STATE_ALL, NULL, 0, &err), BW_OK);
	assert_int_equal(writer->driver->step(writer, SQL_STATE_ALL, &has, &err), BW_OK);
	assert_true(has);
	writer->driver->column(writer, SQL_STATE_ALL, 0, &found);
	assert_int_equal(found.type, SQL_TEXT);
	assert_string_equal(found.data, values[0].data);
	writer->driver->column(writer, SQL_STATE_ALL, 4, &found);
	assert_int_equal(found.type, SQL_NULL);
	writer->driver->reset(writer, SQL_STATE_ALL);
}

static void test_a_text_that_is_no_utf8_holds_up_nothing(void **state)
{
	begin_transaction();
	put_figure("before", 1);
	put_figure("cut \xe2\x82", 2);
	put_figure("after", 3);
	commit();
	assert_int_equal(figure(writer, "before"), 1);
	assert_int_equal(figure(writer, "cut \xe2\x82"), 2);
	assert_int_equal(figure(writer, "after"), 3);
}

static void test_what_is_rolled_back_was_never_there(void **state)
{
	put_figure("kept", 1);
	begin_transaction();
	put_figure("kept", 2);
	put_figure("gone", 2);
	assert_int_equal(figure(writer, "kept"), 2);
	writer->driver->roll_back(writer);
	assert_int_equal(figure(writer, "kept"), 1);
	assert_int_equal(figure(writer, "gone"), -1);
	writer->driver->roll_back(writer);
	begin_transaction();
	put_figure("gone", 3);
	commit();
	assert_int_equal(figure(writer, "gone"), 3);
}

/* Many more than a driver may have on its way at once. */
static void test_a_long_transaction_is_one(void **state)
{
	char name[32];

	begin_transaction();
	for (int nth = 0; nth < 3000; nth++) {
		snprintf(name, sizeof(name), "n%d", nth);
		put_figure(name, nth);
	}
	commit();
	assert_int_equal(figure(writer, "n0"), 0);
	assert_int_equal(figure(writer, "n2999"), 2999);
}

static void test_statements_may_be_nested(void **state)
{
	struct sql_value found;
	struct bw_error err;
	int64_t count = 0;
	bool has;

	begin_transaction();
	for (int64_t id = 1; id <= 500; id++)
		add_log(id, "entry", 5);
	put_figure("seven", 7);
	commit();
	assert_int_equal(writer->driver->start(writer, SQL_LOG_ALL, NULL, 0, &err), BW_OK);
	for (;;) {
		assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
		if (!has)
			break;
		writer->driver->column(writer, SQL_LOG_ALL, 0, &found);
		assert_int_equal(found.integer, ++count);
		if (count % 100 == 3)
			assert_int_equal(figure(writer, "seven"), 7);
	}
	assert_int_equal(count, 500);
}

static void test_a_statement_may_end_early(void **state)
{
	struct bw_error err;
	bool has;

	begin_transaction();
	for (int64_t id = 1; id <= 2000; id++)
		add_log(id, "entry", 5);
	commit();
	for (int nth = 0; nth < 3; nth++) {
		assert_int_equal(writer->driver->start(writer, SQL_LOG_ALL, NULL, 0, &err), BW_OK);
		assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
		assert_true(has);
		writer->driver->reset(writer, SQL_LOG_ALL);
	}
	begin_transaction();
	assert_int_equal(writer->driver->start(writer, SQL_LOG_ALL, NULL, 0, &err), BW_OK);
	assert_int_equal(writer->driver->step(writer, SQL_LOG_ALL, &has, &err), BW_OK);
	writer->driver->roll_back(writer);
	put_figure("after", 1);
	assert_int_equal(figure(writer, "after"), 1);
}

static void test_changed_counts_rows(void **state)
{
	const struct sql_value until[] = { INTEGER(4) };

	begin_transaction();
	for (int64_t id = 1; id <= 10; id++)
		add_log(id, "x", 1);
	assert_int_equal(run(SQL_LOG_TRIM, until, 1), BW_OK);
	assert_int_equal(writer->driver->changed(writer), 3);
	assert_int_equal(run(SQL_LOG_TRIM, until, 1), BW_OK);
	assert_int_equal(writer->driver->changed(writer), 0);
	commit();
}

/* At the second try at the latest the good rows are kept; the bad one never is. */
static void test_a_row_the_tables_refuse_is_passed_over(void **state)
{
	const struct sql_value bad[] = { TEXT("bad"), { .type = SQL_NULL } };
	struct bw_error err;
	int refused = 0, tries;

	for (tries = 1; tries <= 2; tries++) {
		enum bw_status status;

		begin_transaction();
		put_figure("one", 1);
		status = run(SQL_FIGURE_PUT, bad, 2);
		assert_true(status == BW_OK || status == BW_EINVAL);
		refused += status == BW_EINVAL;
		put_figure("two", 2);
		status = writer->driver->commit(writer, &err);
		if (status == BW_OK)
			break;
		assert_int_equal(status, BW_EIO);
		writer->driver->roll_back(writer);
	}
	assert_true(tries <= 2);
	assert_int_equal(refused, 1);
	assert_int_equal(figure(writer, "one"), 1);
	assert_int_equal(figure(writer, "two"), 2);
	assert_int_equal(figure(writer, "bad"), -1);
}

static void test_a_reader_sees_one_moment(void **state)
{
	struct bw_error err;
	struct sql *reader;

	put_figure("x", 1);
	reader = open_as(SQL_READER);
	assert_int_equal(figure(reader, "x"), 1);
	put_figure("x", 2);
	assert_int_equal(figure(reader, "x"), 2);
	assert_int_equal(reader->driver->begin(reader, false, &err), BW_OK);
	assert_int_equal(figure(reader, "x"), 2);
	put_figure("x", 3);
	assert_int_equal(figure(reader, "x"), 2);
	assert_int_equal(reader->driver->commit(reader, &err), BW_OK);
	assert_int_equal(figure(reader, "x"), 3);
	reader->driver->close(reader);
}

static enum bw_status add_chunk(const void *data, size_t len)
{
	const struct sql_value values[] = {
		INTEGER(0), INTEGER(1), INTEGER(1000), INTEGER(2000), INTEGER(1), BLOB(data, len),
	};

	return run(SQL_CHUNK_ADD, values, 6);
}

static void test_the_bound_is_kept_until_there_is_room(void **state)
{
	enum { BYTES = 100000, BOUND = 4 << 20 };
	const struct sql_value all[] = { INTEGER(0), INTEGER(1), INTEGER(0), INTEGER(5000) };
	enum bw_status status = BW_OK;
	struct bw_error err;
	int64_t unused = 0;
	int added = 0;
	char *data;

	/* SQLite gives pages back a little at a time; test_store.c has its bound. */
	if (getenv("BELLWETHER_POSTGRES") == NULL)
		skip();
	data = calloc(1, BYTES);
	assert_non_null(data);
	assert_int_equal(writer->driver->bound(writer, BOUND, &err), BW_OK);
	while (status == BW_OK && added < 100) {
		begin_transaction();
		status = add_chunk(data, BYTES);
		if (status == BW_OK)
			status = writer->driver->commit(writer, &err);
		added += status == BW_OK;
	}
	assert_int_equal(status, BW_ELIMIT);
	writer->driver->roll_back(writer);
	assert_in_range(added, 20, BOUND / BYTES);
	assert_in_range(writer->driver->bytes(writer, &unused), BYTES * added, BOUND);
	begin_transaction();
	assert_int_equal(run(SQL_CHUNK_REMOVE, all, 4), BW_OK);
	commit();
	assert_in_range(writer->driver->bytes(writer, &unused) - unused, 0, BOUND / 4);
	begin_transaction();
	assert_int_equal(add_chunk(data, BYTES), BW_OK);
	commit();
	free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_come_back),
		TEST(bytes_come_back),
		TEST(texts_and_nothing_come_back),
		TEST(a_text_that_is_no_utf8_holds_up_nothing),
		TEST(what_is_rolled_back_was_never_there),
		TEST(a_long_transaction_is_one),
		TEST(statements_may_be_nested),
		TEST(a_statement_may_end_early),
		TEST(changed_counts_rows),
		TEST(a_row_the_tables_refuse_is_passed_over),
		TEST(a_reader_sees_one_moment),
		TEST(the_bound_is_kept_until_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
