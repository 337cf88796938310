/* test_markup_write.c - no foreign text ends a tag, an attribute or a document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/markup_write.h"

#define LOST "\xef\xbf\xbd"

static void expect(const char *text, const char *wanted)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	bw_markup_text(&out, text);
	assert_string_equal(out.data == NULL ? "" : out.data, wanted);
	bw_buf_finish(&out);
}

static void test_markup_becomes_text(void **state)
{
	(void)state;
	expect("", "");
	expect("plain text", "plain text");
	expect("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
	expect("\" onload=\"x", "&quot; onload=&quot;x");
	expect("a & b &amp; c", "a &amp; b &amp;amp; c");
	expect("]]>", "]]&gt;");
}

static void test_what_is_no_text_is_shown_as_lost(void **state)
{
	(void)state;
	expect("a\xff\xfe", "a" LOST LOST);
	expect("cut \xc3", "cut " LOST);
	expect("\xc0\xbc", LOST LOST); /* "<" in too many bytes */
	expect("\xed\xa0\x80", LOST LOST LOST);
	expect("\x1b[31m", LOST "[31m");
	expect("a\x7f\xc2\x85", "a" LOST LOST);
	expect("\xef\xbf\xbe\xef\xbf\xbf", LOST LOST);
	expect("a\xe2\x80\xae"
	       "b\xe2\x81\xa6",
	       "a" LOST "b" LOST);
	expect("tab\tline\n", "tab\tline\n");
}

static void test_other_writing_stays(void **state)
{
	(void)state;
	expect("日本語 עברית é 🚀", "日本語 עברית é 🚀");
}

/* Whatever the bytes: nothing of the result can be taken for markup, and it is UTF-8. */
static void test_random_bytes(void **state)
{
	uint32_t random = 1;
	char text[64];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct bw_buf out;

		for (size_t i = 0; i < sizeof(text) - 1; i++) {
			random = random * 1664525u + 1013904223u;
			text[i] = (char)((random >> 24) | 1);
		}
		text[sizeof(text) - 1] = '\0';
		bw_buf_init(&out, 0);
		bw_markup_text(&out, text);
		assert_null(strpbrk(out.data, "<>\"'\x01\x1b"));
		for (const char *at = out.data; (at = strchr(at, '&')) != NULL; at++)
			assert_true(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
				    strncmp(at, "&gt;", 4) == 0 || strncmp(at, "&quot;", 6) == 0 ||
				    strncmp(at, "&#39;", 5) == 0);
		bw_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_becomes_text),
		cmocka_unit_test(test_what_is_no_text_is_shown_as_lost),
		cmocka_unit_test(test_other_writing_stays),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
