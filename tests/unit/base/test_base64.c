#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648, section 10, and bytes of every height. */
static void bytes_are_text(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" },        { "f", "Zg==" },          { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd\x80", "//79gA==" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bw_buf out;

		bw_buf_init(&out, 0);
		bw_base64_append(&out, rows[i].bytes, strlen(rows[i].bytes));
		assert_string_equal(out.data ? out.data : "", rows[i].text);
		bw_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
