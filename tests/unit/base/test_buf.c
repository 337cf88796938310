#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

static void appends_in_every_way(void **state)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	assert_null(buf.data);
	bw_buf_text(&buf, "ab");
	bw_buf_byte(&buf, 'c');
	bw_buf_append(&buf, "\0d", 2);
	bw_buf_append(&buf, NULL, 0);
	bw_buf_format(&buf, "%03d%s", 7, "!");
	assert_int_equal(buf.len, 9);
	assert_memory_equal(buf.data, "abc\0d007!", 10);
	for (int i = 0; i < 10000; i++)
		bw_buf_format(&buf, "%d,", i);
	assert_int_equal(buf.status, BW_OK);
	assert_int_equal(buf.data[buf.len], 0);
	bw_buf_finish(&buf);
	assert_null(buf.data);
}

static void the_limit_is_sticky_and_cuts_nothing(void **state)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 5);
	bw_buf_text(&buf, "12345");
	assert_int_equal(buf.status, BW_OK);
	bw_buf_byte(&buf, '6');
	assert_int_equal(buf.status, BW_ELIMIT);
	assert_string_equal(buf.data, "12345");
	bw_buf_clear(&buf);
	bw_buf_text(&buf, "123");
	bw_buf_format(&buf, "%s", "456");
	assert_int_equal(buf.status, BW_ELIMIT);
	bw_buf_text(&buf, "");
	assert_string_equal(buf.data, "123");
	assert_null(bw_buf_take(&buf, NULL));
	assert_int_equal(buf.len, 0);
}

static void clear_keeps_memory_and_forgets_failure(void **state)
{
	struct bw_buf buf;
	const char *data;

	bw_buf_init(&buf, 100);
	bw_buf_text(&buf, "abc");
	data = buf.data;
	assert_false(bw_buf_reserve(&buf, 98));
	bw_buf_clear(&buf);
	assert_int_equal(buf.status, BW_OK);
	assert_ptr_equal(buf.data, data);
	assert_string_equal(buf.data, "");
	assert_true(bw_buf_reserve(&buf, 100));
	bw_buf_finish(&buf);
}

static void take_hands_over(void **state)
{
	struct bw_buf buf;
	size_t len = 7;
	char *data;

	bw_buf_init(&buf, 0);
	data = bw_buf_take(&buf, &len);
	assert_string_equal(data, "");
	assert_int_equal(len, 0);
	free(data);
	bw_buf_text(&buf, "abc");
	data = bw_buf_take(&buf, &len);
	assert_string_equal(data, "abc");
	assert_int_equal(len, 3);
	assert_null(buf.data);
	free(data);
}

static void no_memory_keeps_what_there_is(void **state)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, "abc");
	failing_allocator_arm(0);
	assert_false(bw_buf_reserve(&buf, 1000));
	assert_true(failing_allocator_disarm());
	assert_int_equal(buf.status, BW_ENOMEM);
	assert_string_equal(buf.data, "abc");
	bw_buf_text(&buf, "d");
	assert_string_equal(buf.data, "abc");
	bw_buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_in_every_way),
		cmocka_unit_test(the_limit_is_sticky_and_cuts_nothing),
		cmocka_unit_test(clear_keeps_memory_and_forgets_failure),
		cmocka_unit_test(take_hands_over),
		cmocka_unit_test(no_memory_keeps_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
