#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_status_has_words(void **state)
{
	for (int i = BW_OK; i <= BW_ECORRUPT; i++)
		assert_true(strlen(bw_status_text((enum bw_status)i)) > 0);
	assert_string_equal(bw_status_text(BW_ENOMEM), "no memory");
	assert_string_equal(bw_status_text((enum bw_status)99), "unknown failure");
}

static void fail_fills_one_line(void **state)
{
	struct bw_error err;

	assert_int_equal(bw_fail(NULL, BW_EIO, "%s", "nobody reads this"), BW_EIO);
	assert_int_equal(bw_fail(&err, BW_EPARSE, "a\nb\r%d", 3), BW_EPARSE);
	assert_string_equal(err.text, "a b 3");
}

static void a_long_text_is_cut_visibly(void **state)
{
	struct bw_error err;
	char text[BW_ERROR_TEXT_MAX * 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(bw_fail(&err, BW_EIO, "%s", text), BW_EIO);
	assert_int_equal(strlen(err.text), BW_ERROR_TEXT_MAX - 1);
	assert_string_equal(err.text + BW_ERROR_TEXT_MAX - 5, "x...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_words),
		cmocka_unit_test(fail_fills_one_line),
		cmocka_unit_test(a_long_text_is_cut_visibly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
