/* test_mask.c - what looks like a secret, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/mask.h"

static const struct {
	const char *text, *masked;
} rows[] = {
	{ "", "" },
	{ "nothing here", "nothing here" },
	{ "redis://:pw@h/0", "redis://:***@h/0" },
	{ "postgresql://bt@/bars", "postgresql://bt@/bars" },
	{ "http://u:p@h/ and http://v:q@i/", "http://u:***@h/ and http://v:***@i/" },
	{ "http://u:p@ss/w@h/", "http://u:***@h/" },
	{ "http://u:${PW}@h/", "http://u:${PW}@h/" },
	{ "http://h:80/path", "http://h:80/path" },
	{ "password: pw", "password: ***" },
	{ "password: \"p w\", x: 1", "password: ***, x: 1" },
	{ "{ password: pw, x: 1 }", "{ password: ***, x: 1 }" },
	{ "password: p,w }", "password: ***" },
	{ "'api_key': x", "'api_key': ***" },
	{ "Authorization: Bearer x y", "Authorization: ***" },
	{ "--password=pw --next=1", "--password=*** --next=1" },
	{ "?token=abc&x=1", "?token=***&x=1" },
	{ "password: ${PW}", "password: ${PW}" },
	{ "password: \"${PW}\"", "password: \"${PW}\"" },
	{ "password: ${PW:-pw}", "password: ***" },
	{ "password: file:/run/pw", "password: file:/run/pw" },
	{ "password:", "password:" },
	{ "the password is wrong", "the password is wrong" },
	{ "tokens: [a, b]", "tokens: ***" },
	{ "key_file: /etc/x", "key_file: /etc/x" },
	{ "DB_PASS: pw", "DB_PASS: ***" },
	{ "X-Auth: pw", "X-Auth: ***" },
	{ "author: me", "author: me" },
	{ "bypass: yes", "bypass: yes" },
	{ "\"http://u:p w@h/\"", "\"http://u:***@h/\"" },
	{ "http://h:80/ or me@h", "http://h:80/ or me@h" },
	{ "?key=abc&sig=def&x=1", "?key=***&sig=***&x=1" },
	{ "key: a", "key: a" },
	{ "DB_PASSWORD=pw;", "DB_PASSWORD=***;" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bw_buf buf;

		bw_buf_init(&buf, 0);
		config_mask_append(&buf, rows[i].text, strlen(rows[i].text));
		assert_string_equal(buf.len > 0 ? buf.data : "", rows[i].masked);
		bw_buf_finish(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
