/* test_matcher.c - what fits, what is refused and how it says so, silences as records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/matcher.h"

static bool fits(const char *text)
{
	const struct alert_labels labels = {
		.values = { [MATCHER_RULE] = "slow",
			    [MATCHER_SEVERITY] = "critical",
			    [MATCHER_COMPONENT] = "db-1",
			    [MATCHER_GROUP] = "storage" },
	};
	struct matchers *matchers;
	bool result;

	assert_int_equal(matchers_parse(&text, 1, &matchers, NULL), BW_OK);
	result = matchers_match(matchers, &labels);
	matchers_destroy(matchers);
	return result;
}

static void test_whole_value_fits(void **state)
{
	(void)state;
	assert_true(fits("component=db-1"));
	assert_true(fits("component=\"db-1\""));
	assert_false(fits("component=db"));
	assert_true(fits("component!=db"));
	assert_true(fits("component=~db-.*"));
	assert_false(fits("component=~db"));
	assert_false(fits("component=~b-1"));
	assert_true(fits("component!~db"));
	assert_false(fits("component!~db-[0-9]"));
}

static void test_label_that_is_not_there_is_empty(void **state)
{
	(void)state;
	assert_true(fits("job="));
	assert_false(fits("job!="));
	assert_false(fits("job=~.+"));
	assert_true(fits("breaker!=x"));
}

static void test_all_of_a_list_must_fit(void **state)
{
	const char *const both[] = { "group=storage", "rule=slow" };
	const char *const one[] = { "group=storage", "rule=fast" };
	const struct alert_labels labels = {
		.values = { [MATCHER_RULE] = "slow", [MATCHER_GROUP] = "storage" },
	};
	struct matchers *matchers;
	(void)state;

	assert_int_equal(matchers_parse(both, 2, &matchers, NULL), BW_OK);
	assert_int_equal(matchers_count(matchers), 2);
	assert_string_equal(matchers_text(matchers, 1), "rule=slow");
	assert_true(matchers_match(matchers, &labels));
	matchers_destroy(matchers);
	assert_int_equal(matchers_parse(one, 2, &matchers, NULL), BW_OK);
	assert_false(matchers_match(matchers, &labels));
	matchers_destroy(matchers);
}

/* What cannot be judged keeps nothing quiet, in either sense. */
static void test_too_costly_expression_fits_nothing(void **state)
{
	static const char *const texts[] = { "rule=~(a+)+[bc]", "rule!~(a+)+[bc]" };
	char value[200];
	struct alert_labels labels = { .values = { [MATCHER_RULE] = value } };
	(void)state;

	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		struct matchers *matchers;

		assert_int_equal(matchers_parse(&texts[i], 1, &matchers, NULL), BW_OK);
		assert_false(matchers_match(matchers, &labels));
		assert_int_equal(matchers_match_briefly(matchers, &labels), ALERT_REGEX_TOO_COSTLY);
		matchers_destroy(matchers);
	}
}

static void test_wrong_ones_say_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "is no matcher" },
		{ "db", "is no matcher" },
		{ "component!", "is no matcher" },
		{ "=db", "a label is wanted" },
		{ "compnent=db", "did you mean `component`" },
		{ "zzzzzz=db", "there are rule, type" },
		{ "component=~(", "character" },
		{ "component=db\nx", "control characters" },
		{ "component=\x1b[31m", "control characters" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_error err = { "" };
		struct matchers *matchers;

		assert_int_equal(matchers_parse(&rows[i].text, 1, &matchers, &err), BW_EINVAL);
		if (!strstr(err.text, rows[i].says))
			fail_msg("`%s` says \"%s\"", rows[i].text, err.text);
	}
}

static void test_lists_have_limits(void **state)
{
	const char *many[MATCHERS_MAX + 1];
	struct matchers *matchers;
	(void)state;

	for (size_t i = 0; i <= MATCHERS_MAX; i++)
		many[i] = "group=storage";
	assert_int_equal(matchers_parse(many, 0, &matchers, NULL), BW_EINVAL);
	assert_int_equal(matchers_parse(many, MATCHERS_MAX + 1, &matchers, NULL), BW_EINVAL);
	assert_int_equal(matchers_parse(many, MATCHERS_MAX, &matchers, NULL), BW_OK);
	matchers_destroy(matchers);
}

static void test_silence_comes_back_from_its_record(void **state)
{
	const char *const texts[] = { "component=~\"db .*\"", "group!=x" };
	struct silence silence = { .id = 12,
				   .created = { 5 },
				   .from = { 6 },
				   .until = { 9 },
				   .until_resolved = true,
				   .expired = { 8 },
				   .by = "ada",
				   .reason = "new \"rack\"",
				   .expired_by = "bob" };
	struct silence back;
	struct bw_buf one, other;
	(void)state;

	bw_buf_init(&one, 0);
	bw_buf_init(&other, 0);
	assert_int_equal(matchers_parse(texts, 2, &silence.matchers, NULL), BW_OK);
	silence_encode(&silence, &one);
	assert_int_equal(silence_decode(one.data, &back, NULL), BW_OK);
	silence_encode(&back, &other);
	assert_string_equal(one.data, other.data);
	assert_string_equal(back.reason, "new \"rack\"");
	assert_int_equal(back.expired.us, 8);
	silence_finish(&silence);
	silence_finish(&back);
	bw_buf_finish(&one);
	bw_buf_finish(&other);
}

static void test_foreign_silence_records_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{",
		"{\"id\":0,\"match\":[\"group=a\"]}",
		"{\"id\":1}",
		"{\"id\":1,\"match\":[]}",
		"{\"id\":1,\"match\":[1]}",
		"{\"id\":1,\"match\":[\"nothing\"]}",
		"{\"id\":1,\"match\":[\"group=a\"],\"by\":5}",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bw_error err = { "" };
		struct silence silence;

		assert_int_equal(silence_decode(texts[i], &silence, &err), BW_EINVAL);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_value_fits),
		cmocka_unit_test(test_label_that_is_not_there_is_empty),
		cmocka_unit_test(test_all_of_a_list_must_fit),
		cmocka_unit_test(test_too_costly_expression_fits_nothing),
		cmocka_unit_test(test_wrong_ones_say_what_is_wrong),
		cmocka_unit_test(test_lists_have_limits),
		cmocka_unit_test(test_silence_comes_back_from_its_record),
		cmocka_unit_test(test_foreign_silence_records_are_refused),
	};

	return cmocka_run_group_tests_name("matchers", tests, NULL, NULL);
}
