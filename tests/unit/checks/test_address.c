/* test_address.c - URLs of settings, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "checks/address.h"

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *scheme, *user, *password, *host;
		int port;
		const char *path;
	} rows[] = {
		{ "redis://127.0.0.1", "redis", "", "", "127.0.0.1", 0, "" },
		{ "REDIS://h:6379/2", "redis", "", "", "h", 6379, "/2" },
		{ "rediss://u:p@h", "rediss", "u", "p", "h", 0, "" },
		{ "redis://:p%40ss@h", "redis", "", "p@ss", "h", 0, "" },
		{ "redis://u:a@b@h", "redis", "u", "a@b", "h", 0, "" },
		{ "http://[::1]:80/x?y=1#z", "http", "", "", "::1", 80, "/x?y=1#z" },
		{ "http://[::1]", "http", "", "", "::1", 0, "" },
		{ "unix:///run/a.sock", "unix", "", "", "", 0, "/run/a.sock" },
		{ "http://h?q=a@b:c", "http", "", "", "h", 0, "?q=a@b:c" },
	};
	struct check_url url;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(check_url_parse(rows[i].url, &url, NULL), BW_OK);
		assert_string_equal(url.scheme, rows[i].scheme);
		assert_string_equal(url.user, rows[i].user);
		assert_string_equal(url.password, rows[i].password);
		assert_string_equal(url.host, rows[i].host);
		assert_int_equal(url.port, rows[i].port);
		assert_string_equal(url.path, rows[i].path);
	}
}

static void broken_urls_are_told_without_their_password(void **state)
{
	static const char *const rows[] = {
		"",
		"//h",
		"://h",
		"h:6379",
		"averyveryverylongscheme://h",
		"redis://h:0",
		"redis://h:65536",
		"redis://h:",
		"redis://h:1x",
		"redis://[::1",
		"redis://[::1]x",
		"redis://u:s3cret%zz@h",
		"redis://u:s3cret%00@h",
	};
	struct check_url url;
	struct bw_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(check_url_parse(rows[i], &url, &err), BW_EPARSE);
		assert_null(strstr(err.text, "s3cret"));
	}
}

static void addresses_are_written(void **state)
{
	char text[32];

	(void)state;
	check_address_text("h", 80, text, sizeof(text));
	assert_string_equal(text, "h:80");
	check_address_text("::1", 80, text, sizeof(text));
	assert_string_equal(text, "[::1]:80");
	check_address_text("/run/x", 0, text, sizeof(text));
	assert_string_equal(text, "/run/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(broken_urls_are_told_without_their_password),
		cmocka_unit_test(addresses_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
