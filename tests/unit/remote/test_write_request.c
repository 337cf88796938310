/* test_write_request.c - labels and samples on the wire, read back by a reader of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decoder.h"
#include "remote/write_request.h"

static struct bw_buf body, text;

static int begin(void **state)
{
	(void)state;
	bw_buf_init(&body, 0);
	bw_buf_init(&text, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bw_buf_finish(&body);
	bw_buf_finish(&text);
	return 0;
}

static uint32_t metric(const char *name, const char *word)
{
	for (uint32_t nth = 0; remote_metric(nth) != NULL; nth++) {
		if (strcmp(remote_metric(nth)->name, name) == 0 &&
		    (word == NULL || strcmp(remote_metric(nth)->word, word) == 0))
			return nth;
	}
	fail_msg("no metric %s", name);
	return 0;
}

static const char *sent(const struct write_request_source *source,
			const struct remote_sample *samples, size_t count)
{
	write_request_encode(source, samples, count, &body);
	decode_request(body.data, body.len, &text);
	return text.data;
}

static void test_series_stand_together_in_order_of_time(void **state)
{
	const char *const subjects[] = { "a", "b" };
	const struct write_request_source source = { .subjects = subjects };
	const uint32_t response = metric("bellwether_component_response_seconds", NULL);
	const struct remote_sample samples[] = {
		{ 1000, 0.5, 1, response },
		{ 1000, 0.25, 0, response },
		{ 2000, 0, 0, response },
		{ -5, -1.5, 1, response },
	};

	(void)state;
	assert_string_equal(sent(&source, samples, 4),
			    "bellwether_component_response_seconds{component=\"a\"} 0.25 @1000\n"
			    "bellwether_component_response_seconds{component=\"a\"} 0 @2000\n"
			    "bellwether_component_response_seconds{component=\"b\"} -1.5 @-5\n"
			    "bellwether_component_response_seconds{component=\"b\"} 0.5 @1000\n");
}

/* The decoder refuses labels out of order. */
static void test_labels_of_the_target_come_in_their_place(void **state)
{
	static const struct remote_label labels[] = {
		{ "zone", "z\"\n\xc3\xa9" },
		{ "Alpha", "before __name__" },
		{ "empty", "" },
		{ "d", "between" },
	};
	const char *const subjects[] = { "c" };
	const struct write_request_source source = { subjects, labels, 4 };
	const struct remote_sample sample = { 7, 1, 0,
					      metric("bellwether_component_state", "degraded") };

	(void)state;
	assert_string_equal(sent(&source, &sample, 1),
			    "bellwether_component_state{Alpha=\"before __name__\",component=\"c\","
			    "d=\"between\",state=\"degraded\",zone=\"z\"\n\xc3\xa9\"} 1 @7\n");
}

static void test_many_samples(void **state)
{
	const char *const subjects[] = { "c" };
	const struct write_request_source source = { .subjects = subjects };
	const uint32_t response = metric("bellwether_component_response_seconds", NULL);
	struct remote_sample *samples = calloc(50000, sizeof(*samples));
	size_t lines = 0;

	(void)state;
	assert_non_null(samples);
	for (int64_t nth = 0; nth < 50000; nth++)
		samples[nth] = (struct remote_sample){ nth, (double)nth / 1e6, 0, response };
	for (const char *at = sent(&source, samples, 50000); *at != '\0'; at = strchr(at, '\n') + 1)
		lines++;
	assert_int_equal(lines, 50000);
	assert_true(body.len < 50000 * 20);
	free(samples);
}

static void test_nothing(void **state)
{
	const struct write_request_source source = { .subjects = NULL };

	(void)state;
	write_request_encode(&source, NULL, 0, &body);
	decode_request(body.data, body.len, &text);
	assert_int_equal(text.len, 0);
}

static void test_the_names_follow_the_rules(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	const struct remote_metric *row;

	(void)state;
	for (size_t nth = 0; (row = remote_metric(nth)) != NULL; nth++) {
		const struct series_schema *schema = series_schema(row->kind);

		assert_int_equal(strncmp(row->name, "bellwether_", 11), 0);
		assert_int_equal(strspn(row->name, allowed), strlen(row->name));
		assert_true((size_t)row->field < schema->field_count);
		if (row->field == 0)
			assert_int_equal(schema->fields[0].type, SERIES_STATE);
		assert_true((row->label == NULL) == (row->word == NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define row(test) cmocka_unit_test_setup_teardown(test, begin, end)
		row(test_series_stand_together_in_order_of_time),
		row(test_labels_of_the_target_come_in_their_place),
		row(test_many_samples),
		row(test_nothing),
		row(test_the_names_follow_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
