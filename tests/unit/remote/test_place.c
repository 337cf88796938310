/* test_place.c - places as records: there and back, and nothing else is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "remote/place.h"

static void test_there_and_back(void **state)
{
	static const struct place places[] = {
		{ 0, 0, 0, 0 },
		{ 1772461800000, 1772461860000, 3600000, 17 },
		{ INT64_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX },
	};

	(void)state;
	for (size_t nth = 0; nth < sizeof(places) / sizeof(places[0]); nth++) {
		struct place back;
		struct bw_buf text;

		bw_buf_init(&text, 0);
		place_encode(&places[nth], &text);
		assert_int_equal(place_decode(text.data, &back), BW_OK);
		assert_memory_equal(&back, &places[nth], sizeof(back));
		bw_buf_finish(&text);
	}
}

static void test_what_is_no_place(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"null",
		"{\"sent_ms\":1}",
		"{\"sent_ms\":-1,\"through_ms\":2,\"lost_ms\":3,\"rejected\":4}",
		"{\"sent_ms\":1,\"through_ms\":2,\"lost_ms\":3,\"rejected\":4",
		"{\"sent_ms\":1,\"through_ms\":2,\"lost_ms\":3,\"rejected\":4}x",
		"{\"sent_ms\":\"1\",\"through_ms\":2,\"lost_ms\":3,\"rejected\":4}",
	};
	struct place place = { .sent_ms = 42 };

	(void)state;
	for (size_t nth = 0; nth < sizeof(texts) / sizeof(texts[0]); nth++)
		assert_int_equal(place_decode(texts[nth], &place), BW_EPARSE);
	assert_int_equal(place.sent_ms, 42);
}

/* Known values: a place must be found again by every later version. */
static void test_ids(void **state)
{
	(void)state;
	assert_int_equal(place_id(""), UINT64_C(0xcbf29ce484222325) & INT64_MAX);
	assert_int_equal(place_id("a"), UINT64_C(0xaf63dc4c8601ec8c) & INT64_MAX);
	assert_int_equal(place_id("foobar"), UINT64_C(0x85944171f73967e8) & INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_what_is_no_place),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
