/* test_rows.c - the table of kinds is whole; rows come back, sorted and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "core/health.h"
#include "series/series.h"

static void test_schemas(void **state)
{
	enum series_kind parsed;

	(void)state;
	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		const struct series_schema *schema = series_schema((enum series_kind)kind);

		assert_int_equal(schema->kind, kind);
		assert_int_equal(series_kind_parse(schema->name, &parsed), BW_OK);
		assert_int_equal(parsed, kind);
		assert_true(schema->field_count <= SERIES_FIELDS_MAX);
		assert_int_equal(schema->fields[0].type, SERIES_STATE);
		assert_int_equal(schema->fields[1].type, SERIES_HOLD);
		for (size_t field = 0; field < schema->field_count; field++)
			assert_int_equal(series_field_find(schema, schema->fields[field].name),
					 field);
		assert_string_equal(series_state_word((enum series_kind)kind, SERIES_NONE), "none");
		assert_string_equal(series_state_word((enum series_kind)kind, 0), "unknown");
		assert_string_equal(series_state_word((enum series_kind)kind, -1), "unknown");
		assert_string_equal(series_state_word((enum series_kind)kind, 99), "unknown");
	}
	assert_int_equal(series_kind_parse("job", &parsed), BW_EPARSE);
	assert_int_equal(series_field_find(series_schema(SERIES_HOST), "status"), -1);
}

static void test_words_are_those_of_the_model(void **state)
{
	(void)state;
	for (int health = 0; health < BW_HEALTH_MAX; health++)
		assert_string_equal(series_state_word(SERIES_COMPONENT, health),
				    bw_health_text((enum bw_health)health));
	for (int open = BW_BREAKER_CLOSED; open <= BW_BREAKER_METRICS_ONLY; open++)
		assert_string_equal(series_state_word(SERIES_BREAKER, open + 1),
				    bw_breaker_state_text((enum bw_breaker_state)open));
}

static void add(struct series_rows *rows, int64_t time_us, int64_t value)
{
	const struct series_cell cells[2] = { { SERIES_INTEGER, { .integer = value } },
					      { .type = SERIES_ABSENT } };

	assert_int_equal(series_rows_add(rows, time_us, cells), BW_OK);
}

static void expect(const struct series_rows *rows, const int64_t *wanted, size_t count)
{
	struct series_cell cells[2];
	int64_t time_us;

	assert_int_equal(rows->count, count);
	for (size_t nth = 0; nth < count; nth++) {
		series_rows_get(rows, nth, &time_us, cells);
		assert_int_equal(time_us, wanted[2 * nth]);
		assert_int_equal(cells[0].value.integer, wanted[2 * nth + 1]);
		assert_int_equal(cells[1].type, SERIES_ABSENT);
	}
}

static void test_settling(void **state)
{
	static const int64_t wanted[] = { 10, 5, 20, 4, 30, 3 };
	struct series_rows rows, further;

	(void)state;
	series_rows_init(&rows, 2);
	series_rows_init(&further, 2);
	add(&rows, 30, 1);
	add(&rows, 5, 2);
	add(&rows, 30, 3);
	add(&rows, 20, 4);
	add(&further, 10, 5);
	add(&further, 40, 6);
	assert_int_equal(series_rows_append(&rows, &further), BW_OK);
	assert_int_equal(series_rows_settle(&rows, 10, 30), BW_OK);
	expect(&rows, wanted, 3);
	assert_int_equal(series_rows_settle(&rows, 11, 29), BW_OK);
	expect(&rows, wanted + 2, 1);
	series_rows_clear(&rows);
	assert_int_equal(series_rows_settle(&rows, INT64_MIN, INT64_MAX), BW_OK);
	expect(&rows, wanted, 0);
	series_rows_finish(&rows);
	series_rows_finish(&further);
}

static void test_many_rows(void **state)
{
	struct series_rows rows;

	(void)state;
	series_rows_init(&rows, 2);
	for (int64_t nth = 0; nth < 5000; nth++)
		add(&rows, nth * 7919 % 5000, nth);
	assert_int_equal(series_rows_settle(&rows, INT64_MIN, INT64_MAX), BW_OK);
	assert_int_equal(rows.count, 5000);
	for (size_t nth = 0; nth < rows.count; nth++) {
		struct series_cell cells[2];
		int64_t time_us;

		series_rows_get(&rows, nth, &time_us, cells);
		assert_int_equal(time_us, nth);
		assert_int_equal(cells[0].value.integer * 7919 % 5000, nth);
	}
	series_rows_finish(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_words_are_those_of_the_model),
		cmocka_unit_test(test_settling),
		cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
