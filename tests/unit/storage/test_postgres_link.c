/* test_postgres_link.c - a URL that hides a part of its password elsewhere is refused, and no text
 * says any of it; who does not answer is not waited for.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/postgres_link.h"

static void test_a_url_that_cannot_be_read_is_not_quoted(void **state)
{
	static const char *const urls[] = {
		"postgresql://user:secret@part@host/db", "postgresql://user:secret/part@host/db",
		"postgresql://user:secret%zzpart@host",  "postgresql://user:secret%00part@host",
		"postgresql://host/db?secret=part",      "postgresql://host/db?secretpart",
		"postgresql://[secretpart/db",           "secretpart",
	};

	for (size_t nth = 0; nth < sizeof(urls) / sizeof(urls[0]); nth++) {
		struct postgres_link link;
		struct bw_error err = { "" };

		assert_int_equal(postgres_link_init(&link, urls[nth], "x", &err), BW_EINVAL);
		assert_non_null(strstr(err.text, "cannot be read"));
		assert_null(strstr(err.text, "secret"));
		assert_null(strstr(err.text, "part@"));
		postgres_link_finish(&link);
	}
}

/* A port that takes connections and says nothing. */
static int listen_silently(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return listener;
}

static void test_a_server_that_says_nothing_is_given_up(void **state)
{
	struct postgres_link link;
	struct bw_error err = { "" };
	char url[128];
	int port, listener = listen_silently(&port);

	snprintf(url, sizeof(url), "postgresql://user:se%%40cret@127.0.0.1:%d/db?sslmode=disable",
		 port);
	assert_int_equal(postgres_link_init(&link, url, "x", &err), BW_OK);
	assert_int_equal(postgres_link_connect(&link, &err), BW_EIO);
	assert_non_null(strstr(err.text, "does not answer"));
	assert_null(strstr(err.text, "cret"));
	/* Who asks again at once gets the same answer, and no second try. */
	close(listener);
	memset(&err, 0, sizeof(err));
	assert_int_equal(postgres_link_connect(&link, &err), BW_EIO);
	assert_non_null(strstr(err.text, "does not answer"));
	postgres_link_finish(&link);
}

static void test_the_password_is_blotted_out_of_every_text(void **state)
{
	struct postgres_link link;
	struct bw_error err = { "" };

	/* libpq quotes what it does not know. */
	assert_int_equal(
		postgres_link_init(&link,
				   "postgresql://user:s3cretive@127.0.0.1/db?sslmode=s3cretive",
				   "x", &err),
		BW_OK);
	assert_int_equal(postgres_link_connect(&link, &err), BW_EIO);
	assert_non_null(strstr(err.text, "\"*********\""));
	assert_null(strstr(err.text, "s3cretive"));
	postgres_link_finish(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_url_that_cannot_be_read_is_not_quoted),
		cmocka_unit_test(test_a_server_that_says_nothing_is_given_up),
		cmocka_unit_test(test_the_password_is_blotted_out_of_every_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
