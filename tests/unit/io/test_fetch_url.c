/* URLs: what is read without libcurl is what libcurl reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "io/fetch_internal.h"

static const char *const urls[] = {
	"http://example.org",
	"http://example.org/",
	"https://example.org",
	"https://Example.ORG:8443/health/live",
	"http://127.0.0.1:8080/a-b_c~d.html",
	"http://127.0.0.1:0/",
	"http://127.0.0.1:65536/",
	"http://127.0.0.1:080/",
	"http://127.0.0.1:/",
	"http://127.1/",
	"http://0x7f.0.0.1/",
	"http://0x7f000001/",
	"http://017700000001/",
	"http://127.0.0.010/",
	"http://1.2.3.4.5/",
	"http://example.org.",
	"http://.example.org/",
	"http://-example.org/",
	"http://a..b/",
	"http://localhost:80?x=1",
	"http://localhost/a?b#c",
	"http://localhost/%41 b",
	"http://user:password@localhost:81/",
	"http://user@localhost/",
	"http://localhost:81@example.org/",
	"http://localhost\\@example.org/",
	"http://[::1]:8080/",
	"http://[::1/",
	"http://z\xc3\xbcrich.example/",
	"http:/localhost/",
	"http:///",
	"http://",
	"HTTP://localhost/",
	"ftp://localhost/",
	"localhost",
	"",
	"http://example.org:80:80/",
	"http://example.org:+80/",
	"http://example.org:80a/",
	"http://under_score.example/",
};

/* As libcurl has it; false when it refuses. */
static bool reference(const char *url, struct fetch_target *out)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool good = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == 0 &&
		    curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == 0 &&
		    curl_url_get(parsed, CURLUPART_HOST, &host, CURLU_PUNYCODE) == 0 &&
		    curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == 0;

	if (good) {
		size_t inner = host[0] == '[' ? 1 : 0;

		out->secure = strcmp(scheme, "https") == 0;
		good = out->secure || strcmp(scheme, "http") == 0;
		sscanf(port, "%d", &out->port);
		good = good && out->port > 0;
		snprintf(out->host, sizeof(out->host), "%.*s", (int)(strlen(host) - 2 * inner),
			 host + inner);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
	return good;
}

static void reads_what_libcurl_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct fetch_target wanted = { .port = 0 }, got = { .port = 0 };
		struct bw_error err;
		bool good = reference(urls[i], &wanted);

		if ((fetch_parse_url(urls[i], &got, &err) == BW_OK) != good)
			fail_msg("%s is %s", urls[i], good ? "refused" : "accepted");
		if (!good)
			continue;
		assert_int_equal(got.secure, wanted.secure);
		assert_int_equal(got.port, wanted.port);
		assert_string_equal(got.host, wanted.host);
	}
}

static void keeps_the_longest_host_whole(void **state)
{
	char url[FETCH_HOST_MAX + 16];
	struct fetch_target got;
	struct bw_error err;

	(void)state;
	snprintf(url, sizeof(url), "http://%0*d.a", FETCH_HOST_MAX - 3, 0);
	assert_int_equal(fetch_parse_url(url, &got, &err), BW_OK);
	assert_string_equal(got.host, url + 7);
	snprintf(url, sizeof(url), "http://%0*d.a", FETCH_HOST_MAX - 2, 0);
	assert_int_equal(fetch_parse_url(url, &got, &err), BW_EINVAL);
}

static void finds_credentials(void **state)
{
	char *user = NULL, *password = NULL;

	(void)state;
	fetch_take_credentials("http://localhost/", &user, &password);
	assert_null(user);
	fetch_take_credentials("http://a%40b:c@localhost/", &user, &password);
	assert_string_equal(user, "a@b");
	assert_string_equal(password, "c");
	free(user);
	free(password);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_libcurl_reads),
		cmocka_unit_test(keeps_the_longest_host_whole),
		cmocka_unit_test(finds_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
