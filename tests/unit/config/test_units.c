/* test_units.c - durations and sizes, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/units.h"

static const struct {
	const char *text;
	enum bw_status status;
	int64_t us;
} durations[] = {
	{ "0", BW_OK, 0 },
	{ "0s", BW_OK, 0 },
	{ "500ms", BW_OK, 500000 },
	{ "1.5s", BW_OK, 1500000 },
	{ "0.1s", BW_OK, 100000 },
	{ "0.001ms", BW_OK, 1 },
	{ "1h30m", BW_OK, INT64_C(5400000000) },
	{ "7d", BW_OK, INT64_C(604800000000) },
	{ "36525d", BW_OK, INT64_C(36525) * 86400 * 1000000 },
	{ "36526d", BW_ELIMIT, 0 },
	{ "99999999999999999999s", BW_ELIMIT, 0 },
	{ "1000000000000d", BW_ELIMIT, 0 },
	{ "", BW_EPARSE, 0 },
	{ "5", BW_EPARSE, 0 },
	{ "s", BW_EPARSE, 0 },
	{ "-5s", BW_EPARSE, 0 },
	{ "5 s", BW_EPARSE, 0 },
	{ "5S", BW_EPARSE, 0 },
	{ "5sec", BW_EPARSE, 0 },
	{ "1.s", BW_EPARSE, 0 },
	{ ".5s", BW_EPARSE, 0 },
	{ "30m1h", BW_EPARSE, 0 },
	{ "1s1s", BW_EPARSE, 0 },
	{ "5s ", BW_EPARSE, 0 },
	{ "1.0000000001s", BW_EPARSE, 0 },
};

static const struct {
	const char *text;
	enum bw_status status;
	int64_t bytes;
} sizes[] = {
	{ "512", BW_OK, 512 },
	{ "512B", BW_OK, 512 },
	{ "10kB", BW_OK, 10000 },
	{ "64MiB", BW_OK, INT64_C(64) << 20 },
	{ "1.5GiB", BW_OK, INT64_C(3) << 29 },
	{ "8TiB", BW_OK, INT64_C(8) << 40 },
	{ "9000000TB", BW_OK, INT64_C(9000000) * 1000000000000 },
	{ "9300000TB", BW_ELIMIT, 0 },
	{ "1.5", BW_EPARSE, 0 },
	{ "10KB", BW_EPARSE, 0 },
	{ "10k", BW_EPARSE, 0 },
	{ "10 MiB", BW_EPARSE, 0 },
	{ "10MiB5kB", BW_EPARSE, 0 },
	{ "", BW_EPARSE, 0 },
};

static void test_durations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		char text[CONFIG_UNIT_TEXT_MAX];
		int64_t us = -1, again = -1;
		enum bw_status status = config_duration_parse(durations[i].text, &us);

		if (status != durations[i].status)
			fail_msg("`%s` gave %d", durations[i].text, status);
		if (status != BW_OK) {
			assert_int_equal(us, -1);
			continue;
		}
		assert_int_equal(us, durations[i].us);
		config_duration_format(us, text);
		assert_int_equal(config_duration_parse(text, &again), BW_OK);
		assert_int_equal(again, us);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char text[CONFIG_UNIT_TEXT_MAX];
		int64_t bytes = -1, again = -1;
		enum bw_status status = config_size_parse(sizes[i].text, &bytes);

		if (status != sizes[i].status)
			fail_msg("`%s` gave %d", sizes[i].text, status);
		if (status != BW_OK)
			continue;
		assert_int_equal(bytes, sizes[i].bytes);
		config_size_format(bytes, text);
		assert_int_equal(config_size_parse(text, &again), BW_OK);
		assert_int_equal(again, bytes);
	}
}

/* Fractions of a millisecond are shown and read back exactly. */
static void test_every_microsecond(void **state)
{
	(void)state;
	for (int64_t us = 0; us < 20000; us++) {
		char text[CONFIG_UNIT_TEXT_MAX];
		int64_t again = -1;

		config_duration_format(us, text);
		assert_int_equal(config_duration_parse(text, &again), BW_OK);
		assert_int_equal(again, us);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_every_microsecond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
