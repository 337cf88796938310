#include "core/fragments.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

enum { ROWS = 300 };

static const char *text_of(int row, int version, char out[64])
{
	(void)snprintf(out, 64, "\"%d\":\"%.*s\"", row, version % 40,
		       "........................................");
	return out;
}

static enum bw_status put(struct bw_fragments *list, struct bw_fragment *fragment, const char *text)
{
	struct bw_buf buf;
	enum bw_status status;

	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, text);
	status = bw_fragments_put(list, fragment, &buf, (size_t)(strchr(text, ':') - text) + 1);
	bw_buf_finish(&buf);
	return status;
}

static void expect(const struct bw_fragments *list, const char *wanted)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_fragments_write(list, &buf);
	assert_string_equal(buf.data ? buf.data : "", wanted);
	assert_int_equal(buf.len + (buf.len > 0), list->bytes);
	bw_buf_finish(&buf);
}

/* The same history of puts and removals on the list and on an array; they must read alike. */
static void agrees_with_a_plain_array(void **state)
{
	struct bw_fragments list = { 0 };
	static struct bw_fragment fragments[ROWS];
	static int order[ROWS], version[ROWS];
	int count = 0;
	unsigned random = 1;

	for (int step = 0; step < 20000; step++) {
		int row = (int)((random = random * 1103515245u + 12345u) >> 16) % ROWS;
		bool remove = (random >> 8) % 4 == 0, present = fragments[row].page != NULL;
		char text[64];

		if (remove && present) {
			int at = 0;

			bw_fragments_remove(&list, &fragments[row]);
			while (order[at] != row)
				at++;
			memmove(&order[at], &order[at + 1], (size_t)(--count - at) * sizeof(int));
		} else if (!remove) {
			version[row] = step;
			assert_int_equal(put(&list, &fragments[row], text_of(row, step, text)),
					 BW_OK);
			if (!present)
				order[count++] = row;
		}
		if (step % 100 == 0) {
			struct bw_buf wanted;

			bw_buf_init(&wanted, 0);
			for (int i = 0; i < count; i++)
				bw_buf_format(&wanted, "%s%s", i ? "," : "",
					      text_of(order[i], version[order[i]], text));
			expect(&list, wanted.data ? wanted.data : "");
			bw_buf_finish(&wanted);
		}
	}
	bw_fragments_finish(&list);
}

static void the_value_is_behind_the_key(void **state)
{
	struct bw_fragments list = { 0 };
	struct bw_fragment one = { 0 }, two = { 0 };
	const char *value;
	size_t len;

	assert_int_equal(put(&list, &one, "\"a\":{}"), BW_OK);
	assert_int_equal(put(&list, &two, "\"b\":[1,2]"), BW_OK);
	assert_int_equal(put(&list, &one, "\"a\":{\"x\":1}"), BW_OK);
	value = bw_fragment_value(&one, &len);
	assert_int_equal(len, 7);
	assert_memory_equal(value, "{\"x\":1}", 7);
	value = bw_fragment_value(&two, &len);
	assert_int_equal(len, 5);
	assert_memory_equal(value, "[1,2]", 5);
	expect(&list, "\"a\":{\"x\":1},\"b\":[1,2]");
	bw_fragments_remove(&list, &two);
	bw_fragments_remove(&list, &two);
	bw_fragments_remove(&list, &one);
	expect(&list, "");
	bw_fragments_finish(&list);
}

static void a_failed_put_changes_nothing(void **state)
{
	struct bw_fragments list = { 0 };
	struct bw_fragment one = { 0 }, two = { 0 };
	struct bw_buf large;

	bw_buf_init(&large, 0);
	bw_buf_text(&large, "\"a\":");
	while (large.len < 100000)
		bw_buf_text(&large, "0000000000");
	assert_int_equal(put(&list, &one, "\"a\":1"), BW_OK);
	failing_allocator_arm(0);
	assert_int_equal(bw_fragments_put(&list, &one, &large, 4), BW_ENOMEM);
	assert_true(failing_allocator_disarm());
	failing_allocator_arm(0);
	assert_int_equal(bw_fragments_put(&list, &two, &large, 4), BW_ENOMEM);
	assert_true(failing_allocator_disarm());
	assert_null(two.page);
	expect(&list, "\"a\":1");
	bw_fragments_finish(&list);
	for (long nth = 0; nth < 2; nth++) {
		failing_allocator_arm(nth);
		assert_int_equal(bw_fragments_put(&list, &two, &large, 4), BW_ENOMEM);
		assert_true(failing_allocator_disarm());
		expect(&list, "");
	}
	bw_buf_finish(&large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_plain_array),
		cmocka_unit_test(the_value_is_behind_the_key),
		cmocka_unit_test(a_failed_put_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
