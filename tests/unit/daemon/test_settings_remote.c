/* test_settings_remote.c - remote_write: what it becomes, and where each mistake is marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "daemon/settings.h"

static const struct {
	const char *text, *report; /* a part of it */
} mistakes[] = {
	{ "remote_write: [{}]\n", "`url`" },
	{ "remote_write: [{ url: ftp://h/s3cret }]\n",
	  "it begins with neither http:// nor https://" },
	{ "remote_write: [{ url: http://h/w, bearer: s3cret, user: me }]\n",
	  "goes with neither user nor password" },
	{ "remote_write: [{ url: http://h/w, password: s3cret }]\n", "needs a user" },
	{ "remote_write: [{ url: http://h/w, labels: { a-b: c } }]\n", "`a-b` cannot be a label" },
	{ "remote_write: [{ url: http://h/w, labels: { state: c } }]\n",
	  "`state` cannot be a label" },
	{ "remote_write: [{ url: http://h/w, labels: { __name__: c } }]\n",
	  "`__name__` cannot be a label" },
	{ "remote_write: [{ url: http://h/w, labels: { 9a: c } }]\n", "`9a` cannot be a label" },
	{ "remote_write: [{ url: http://h/w, headers: { \"a b\": s3cret } }]\n",
	  "`a b` is no header" },
	{ "remote_write: [{ url: http://h/w, headers: { a: \"s3cret\\r\\nb: c\" } }]\n",
	  "`a` is no header" },
	{ "remote_write: [{ url: http://h/w }, { url: http://h/w }]\n",
	  "this address has been written before" },
	{ "remote_write: [{ url: http://h/w, name: a }, { url: http://h/v, name: a }]\n",
	  "there is a target `a` already" },
	{ "remote_write: [{ url: http://h/w, every: 10ms }]\n", "every" },
	{ "remote_write: [{ url: http://h/w, samples: 0 }]\n", "samples" },
	{ "remote_write: [{ url: http://h/w, smaples: 9 }]\n", "did you mean `samples`?" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct daemon_settings *settings = NULL;
		char *report = NULL;

		assert_int_equal(daemon_settings_parse("t.yaml", mistakes[i].text,
						       strlen(mistakes[i].text), &settings,
						       &report),
				 BW_EPARSE);
		if (strstr(report, mistakes[i].report) == NULL)
			fail_msg("%s", report);
		if (strstr(mistakes[i].text, "ftp") == NULL)
			assert_null(strstr(report, "s3cret"));
		free(report);
	}
}

static struct daemon_settings *parse(const char *text)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;

	if (daemon_settings_parse("t.yaml", text, strlen(text), &settings, &report) != BW_OK)
		fail_msg("%s", report);
	return settings;
}

static const char *label(const struct remote_settings *remote, const char *name)
{
	for (size_t i = 0; i < remote->label_count; i++)
		if (strcmp(remote->labels[i].name, name) == 0)
			return remote->labels[i].value;
	return NULL;
}

static void test_what_is_not_written(void **state)
{
	struct daemon_settings *settings = parse("storage: { instance: lab }\n"
						 "remote_write: [{ url: http://h/w }]\n");
	const struct remote_settings *remote = settings->remotes;

	(void)state;
	assert_int_equal(settings->remote_count, 1);
	assert_string_equal(remote->name, "1");
	assert_string_equal(remote->identity, "http://h/w");
	assert_string_equal(remote->url, "http://h/w");
	assert_null(remote->headers[0]);
	assert_null(remote->bearer);
	assert_true(remote->tls.verify);
	assert_int_equal(remote->every_us, 10 * BW_SECOND_US);
	assert_int_equal(remote->timeout_us, 30 * BW_SECOND_US);
	assert_int_equal(remote->backfill_us, 0);
	assert_int_equal(remote->batch_max, 2000);
	assert_int_equal(remote->label_count, 2);
	assert_string_equal(label(remote, "job"), "bellwether");
	assert_string_equal(label(remote, "instance"), "lab");
	daemon_settings_destroy(settings);
	settings = parse("");
	assert_int_equal(settings->remote_count, 0);
	daemon_settings_destroy(settings);
}

static void test_all_that_can_be_written(void **state)
{
	struct daemon_settings *settings = parse(
		"remote_write:\n"
		"  - url: http://h/w\n"
		"  - { url: http://h/w, name: central, user: me, password: s3cret, every: 1m,\n"
		"      timeout: 5s, samples: 9, backfill: 2d, proxy: \"socks5://p:1\",\n"
		"      tls: { verify: false, ca_file: /ca }, headers: { X-A: b, X-C: d },\n"
		"      labels: { job: j, instance: \"\", env: e } }\n");
	const struct remote_settings *remote = &settings->remotes[1];
	struct bw_buf shown;

	(void)state;
	assert_int_equal(settings->remote_count, 2);
	assert_string_equal(remote->name, "central");
	assert_string_equal(remote->identity, "central");
	assert_string_equal(remote->user, "me");
	assert_string_equal(remote->password, "s3cret");
	assert_string_equal(remote->proxy, "socks5://p:1");
	assert_false(remote->tls.verify);
	assert_string_equal(remote->tls.ca_file, "/ca");
	assert_string_equal(remote->headers[0], "X-A: b");
	assert_string_equal(remote->headers[1], "X-C: d");
	assert_null(remote->headers[2]);
	assert_int_equal(remote->label_count, 3);
	assert_string_equal(label(remote, "job"), "j");
	assert_string_equal(label(remote, "instance"), "");
	assert_int_equal(remote->backfill_us, 2 * 86400 * BW_SECOND_US);
	bw_buf_init(&shown, 0);
	daemon_settings_show(settings, &shown);
	assert_null(strstr(shown.data, "s3cret"));
	assert_non_null(strstr(shown.data, "    password: <secret>\n"));
	bw_buf_finish(&shown);
	daemon_settings_destroy(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_what_is_not_written),
		cmocka_unit_test(test_all_that_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
