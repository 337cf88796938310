/* test_settings.c - whole configurations with kinds of the test's own: what they become, and the
 * report for every combination that cannot be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "checks/kinds.h"
#include "config/manual.h"
#include "daemon/settings.h"

struct ping {
	const char *url, *password, *pattern;
};

static const struct config_field ping_fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct ping, url),
	  .required = true },
	{ .name = "password", .type = CONFIG_SECRET, .offset = offsetof(struct ping, password) },
	{ .name = "pattern", .type = CONFIG_TEXT, .offset = offsetof(struct ping, pattern) },
	{ 0 },
};

static void ping_prepare(const void *settings, void *state, struct config_complaints *complaints,
			 const struct config_node *node)
{
	const struct ping *ping = settings;

	(void)state;
	if (ping->pattern && strchr(ping->pattern, '('))
		config_complain_at(complaints, node, "pattern", "`pattern` has an open bracket");
}

struct wait {
	int64_t every_us;
};

/* Takes an option of the component for itself. */
static const struct config_field wait_fields[] = {
	{ .name = "every",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct wait, every_us),
	  .standard = "1m" },
	{ 0 },
};

static const struct check_kind ping_kind = {
	.name = "ping",
	.summary = "A test kind",
	.fields = ping_fields,
	.settings_size = sizeof(struct ping),
	.prepare = ping_prepare,
};

static const struct check_kind wait_kind = {
	.name = "wait",
	.summary = "A passive test kind",
	.fields = wait_fields,
	.settings_size = sizeof(struct wait),
	.passive = true,
};

const struct check_kind *const check_kinds[] = { &ping_kind, &wait_kind, NULL };

const struct check_kind *check_kind_find(const char *name)
{
	for (const struct check_kind *const *kind = check_kinds; *kind; kind++)
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	return NULL;
}

#define A "components:\n- { name: a, ping: { url: t://h } }\n"

static const struct {
	const char *text, *report;
} mistakes[] = {
	{ "", "" },
	{ A, "" },
	{ "component: []\n", "t.yaml:1:1: unknown key `component`; did you mean `components`?\n"
			     "  component: []\n"
			     "  ^~~~~~~~~\n" },
	{ "components: { a: 1 }\n", "t.yaml:1:13: a list of components expected, not a map\n"
				    "  components: { a: 1 }\n"
				    "              ^~~~~~~~\n" },
	{ "components:\n- name: a\n  pign: { url: t://h }\n",
	  "t.yaml:3:3: unknown key `pign`; did you mean `ping`?\n"
	  "    pign: { url: t://h }\n"
	  "    ^~~~\n" },
	{ "components:\n- name: a\n",
	  "t.yaml:2:3: the component checks nothing; give it one of ping, wait, or the `breaker` "
	  "whose state it shows\n"
	  "  - name: a\n"
	  "    ^~~~~~~\n" },
	{ "components:\n- name: a\n  ping: { url: t://h }\n  wait:\n",
	  "t.yaml:4:3: `wait` stands beside `ping`, and a component has one kind of check; make it "
	  "two components\n"
	  "    wait:\n"
	  "    ^~~~\n" },
	{ A "- { name: a, wait: }\n",
	  "t.yaml:3:11: there is a component `a` already, at t.yaml:2; give this one another name\n"
	  "  - { name: a, wait: }\n"
	  "            ^\n" },
	{ "components:\n- { name: a, timeout: 1s, ping: { url: t://h, timeout: 2s } }\n",
	  "t.yaml:2:47: `timeout` is given here and beside `ping` in line 2; keep one\n"
	  "  - { name: a, timeout: 1s, ping: { url: t://h, timeout: 2s } }\n"
	  "                                                ^~~~~~~\n" },
	{ "components:\n- { name: a, every: 5s, ping: { url: t://h, timeout: 6s } }\n",
	  "t.yaml:2:54: `timeout` is longer than `every`; make it shorter, or check less often\n"
	  "  - { name: a, every: 5s, ping: { url: t://h, timeout: 6s } }\n"
	  "                                                       ^~\n" },
	{ "components:\n- { name: a, within: 5s, ping: { url: t://h } }\n",
	  "t.yaml:2:22: `within` is not below `timeout`, so nothing could ever be slow; make "
	  "`timeout` longer\n"
	  "  - { name: a, within: 5s, ping: { url: t://h } }\n"
	  "                       ^~\n" },
	{ "components:\n- { name: a, jitter: 16s, ping: { url: t://h } }\n",
	  "t.yaml:2:22: `jitter` is more than half of `every`; make it shorter\n"
	  "  - { name: a, jitter: 16s, ping: { url: t://h } }\n"
	  "                       ^~~\n" },
	{ "breakers: [{ name: tiingo }]\ncomponents:\n- { name: a, breaker: tingo }\n",
	  "t.yaml:3:23: there is no breaker `tingo`; did you mean `tiingo`?\n"
	  "  - { name: a, breaker: tingo }\n"
	  "                        ^~~~~\n" },
	{ "components:\n- { name: a, breaker: { failure_threshold: 3 } }\n",
	  "t.yaml:2:3: the component checks nothing, so its own breaker would have nothing to do; "
	  "write `breaker: NAME` with one of `breakers`\n"
	  "  - { name: a, breaker: { failure_threshold: 3 } }\n"
	  "    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "breakers: [{ name: b }, { name: b }]\n",
	  "t.yaml:1:33: there is a breaker `b` already; give this one another name\n"
	  "  breakers: [{ name: b }, { name: b }]\n"
	  "                                  ^\n" },
	{ "breakers: [{ name: a }]\ncomponents:\n- { name: a, ping: { url: t://h }, breaker: { "
	  "window: 5s } }\n",
	  "t.yaml:3:11: its own breaker would be called `a`, as one of `breakers` is; write "
	  "`breaker: a` to use that one\n"
	  "  - { name: a, ping: { url: t://h }, breaker: { window: 5s } }\n"
	  "            ^\n" },
	{ "components:\n- { name: database, wait: }\n- { name: b, wait: , depends_on: [databse] "
	  "}\n",
	  "t.yaml:3:35: there is no component `databse`; did you mean `database`?\n"
	  "  - { name: b, wait: , depends_on: [databse] }\n"
	  "                                    ^~~~~~~\n" },
	{ "components:\n- { name: a, wait: , depends_on: b }\n- { name: b, wait: , depends_on: c "
	  "}\n"
	  "- { name: c, wait: , depends_on: [a] }\n",
	  "t.yaml:4:34: components depend on each other in a circle: a -> b -> c -> a; remove one "
	  "of the dependencies\n"
	  "  - { name: c, wait: , depends_on: [a] }\n"
	  "                                   ^~~\n" },
	{ "components:\n- { name: a, wait: , depends_on: [a] }\n",
	  "t.yaml:2:34: components depend on each other in a circle: a -> a; remove one of the "
	  "dependencies\n"
	  "  - { name: a, wait: , depends_on: [a] }\n"
	  "                                   ^~~\n" },
	{ "components:\n- { name: a, wait: }\n- { name: c, wait: , depends_on: [\"b | a\"] }\n"
	  "- { name: b, wait: , depends_on: [ \"x|c\" ] }\n",
	  "t.yaml:4:34: components depend on each other in a circle: c -> b -> c; remove one of "
	  "the dependencies\n"
	  "  - { name: b, wait: , depends_on: [ \"x|c\" ] }\n"
	  "                                   ^~~~~~~~~\n" },
	{ "components:\n- { name: database, wait: }\n"
	  "- { name: b, wait: , depends_on: [\"database|databse\"] }\n",
	  "t.yaml:3:35: there is no component `databse`; did you mean `database`?\n"
	  "  - { name: b, wait: , depends_on: [\"database|databse\"] }\n"
	  "                                    ^~~~~~~~~~~~~~~~~~\n" },
	{ "components:\n- { name: a, wait: }\n- { name: b, wait: , depends_on: [\"a |\"] }\n",
	  "t.yaml:3:35: an alternative of `a |` is empty; write the names of components with `|` "
	  "between them, such as \"db1 | db2\"\n"
	  "  - { name: b, wait: , depends_on: [\"a |\"] }\n"
	  "                                    ^~~~~\n" },
	{ "server: { listen: [8090, \":1\", localhost, \"::1:80\", \"[::1]:80\", \"unix:/x\"] }\n",
	  "t.yaml:1:20: `8090` names no address; write 127.0.0.1:8090, or 0.0.0.0:8090 for all\n"
	  "  server: { listen: [8090, \":1\", localhost, \"::1:80\", \"[::1]:80\", \"unix:/x\"] }\n"
	  "                     ^~~~\n"
	  "t.yaml:1:26: `:1` names no address; write 127.0.0.1:1, or 0.0.0.0:1 for all\n"
	  "  server: { listen: [8090, \":1\", localhost, \"::1:80\", \"[::1]:80\", \"unix:/x\"] }\n"
	  "                           ^~~~\n"
	  "t.yaml:1:32: `localhost` is no address with a port; write one such as 127.0.0.1:8090, "
	  "[::1]:8090 or unix:/run/bellwether.sock\n"
	  "  server: { listen: [8090, \":1\", localhost, \"::1:80\", \"[::1]:80\", \"unix:/x\"] }\n"
	  "                                 ^~~~~~~~~\n"
	  "t.yaml:1:43: an IPv6 address stands in brackets; write [::1]:80\n"
	  "  server: { listen: [8090, \":1\", localhost, \"::1:80\", \"[::1]:80\", \"unix:/x\"] }\n"
	  "                                            ^~~~~~~~\n" },
	{ "thresholds: { cpu_usage: 101 }\n",
	  "t.yaml:1:26: `cpu_usage` must be between 0 and 100, not 101\n"
	  "  thresholds: { cpu_usage: 101 }\n"
	  "                           ^~~\n" },
	{ "storage: { path: /x, url: \"postgresql://u:hunter2@h/d\" }\n",
	  "t.yaml:1:27: `path` and `url` do not go together: write the one where the history is "
	  "kept\n"
	  "  storage: { path: /x, url: \"postgresql://u:***@h/d\" }\n"
	  "                            ^~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "storage: { url: mysql://h/d, limit: 1kB }\n",
	  "t.yaml:1:17: only postgresql:// is known here; for a file write `path`\n"
	  "  storage: { url: mysql://h/d, limit: 1kB }\n"
	  "                  ^~~~~~~~~~~\n"
	  "t.yaml:1:37: `limit` must be at least 4MiB, not 1kB\n"
	  "  storage: { url: mysql://h/d, limit: 1kB }\n"
	  "                                      ^~~\n" },
	{ "components:\n- { name: a, ping: { url: \"t://u:hunter2@h\", pasword: hunter2 } }\n",
	  "t.yaml:2:46: unknown key `pasword`; did you mean `password`?\n"
	  "  - { name: a, ping: { url: \"t://u:***@h\", pasword: *** } }\n"
	  "                                           ^~~~~~~\n" },
};

static void test_mistakes(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct daemon_settings *settings = NULL;
		char *report = NULL;
		enum bw_status status = daemon_settings_parse(
			"t.yaml", mistakes[i].text, strlen(mistakes[i].text), &settings, &report);

		assert_int_equal(status == BW_OK, !*mistakes[i].report);
		if (strcmp(report ? report : "", mistakes[i].report) != 0) {
			print_error("for\n%sexpected\n%sbut got\n%s\n", mistakes[i].text,
				    mistakes[i].report, report ? report : "");
			failed++;
		}
		daemon_settings_destroy(settings);
		free(report);
	}
	assert_int_equal(failed, 0);
}

static struct daemon_settings *parse(const char *text)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;

	if (daemon_settings_parse("t.yaml", text, strlen(text), &settings, &report) != BW_OK)
		fail_msg("%s", report);
	return settings;
}

static void test_values(void **state)
{
	struct daemon_settings *settings = parse(
		"server: { listen: [127.0.0.1:1, \"unix:/x\"] }\n"
		"storage: { path: /var/lib/bellwether, history: 48h, limit: 1.5GiB }\n"
		"thresholds: { cpu_usage: 70.5, response_time: 2s }\n"
		"score: { response_curve: reference }\nrefresh_interval: 10s\nalerts: { for: 1m }\n"
		"breakers: [{ name: tiingo, window: 300s, strategy: failure_rate }]\n"
		"components:\n"
		"- { name: a, critical: true, every: 2s, group: g, breaker: { failure_threshold: 2 "
		"},\n"
		"    ping: { url: t://h, down_after: 3, degraded_if_down: true, within: 1s } }\n"
		"- { name: b, breaker: tiingo, depends_on: a }\n"
		"- { name: c, wait: , timeout: 1h }\n");
	const struct component_settings *a = &settings->components[0];

	(void)state;
	assert_int_equal(settings->warning_count, 0);
	assert_int_equal(settings->server.listen.count, 2);
	assert_string_equal(settings->storage.path, "/var/lib/bellwether/bellwether.db");
	assert_int_equal(settings->storage.history_us, 48 * 3600 * BW_SECOND_US);
	assert_int_equal(settings->storage.limit_bytes, INT64_C(3) << 29);
	assert_true(settings->thresholds.cpu_usage == 70.5);
	assert_true(settings->thresholds.response_time_ms == 2000);
	assert_int_equal(settings->score.response_curve, BW_RESPONSE_REFERENCE);
	assert_int_equal(settings->refresh_us, 10 * BW_SECOND_US);
	assert_int_equal(settings->alerts.rules.items[0].hold.time_us, 60 * BW_SECOND_US);
	assert_int_equal(settings->breaker_count, 1);
	assert_int_equal(settings->breakers[0].config.window_us, 300 * BW_SECOND_US);
	assert_int_equal(settings->breakers[0].config.strategy, BW_BREAKER_FAILURE_RATE);
	assert_int_equal(settings->component_count, 3);
	assert_ptr_equal(a->kind, &ping_kind);
	assert_string_equal(((const struct ping *)a->settings)->url, "t://h");
	assert_true(a->critical && a->has_breaker && a->common.degraded_if_down);
	assert_int_equal(a->breaker.failure_threshold, 2);
	assert_int_equal(a->down_after, 3);
	assert_int_equal(a->common.timeout_us, 2 * BW_SECOND_US);
	assert_int_equal(a->common.within_us, BW_SECOND_US);
	assert_int_equal(a->jitter_us, BW_SECOND_US / 5);
	assert_null(settings->components[1].kind);
	assert_string_equal(settings->components[1].breaker_name, "tiingo");
	assert_false(settings->components[1].has_breaker);
	assert_int_equal(settings->components[1].depends_on.count, 1);
	daemon_settings_forget_source(settings);
	assert_null(a->node);
	assert_string_equal(a->name, "a");
	daemon_settings_destroy(settings);
}

static void test_alternatives(void **state)
{
	struct daemon_settings *settings =
		parse("components:\n- { name: a, wait: }\n- { name: b, wait: }\n"
		      "- { name: c, wait: , depends_on: [ a, \" a|b \"] }\n");
	const struct component_settings *c = &settings->components[2];

	(void)state;
	assert_int_equal(settings->components[0].depends_on.count, 0);
	assert_int_equal(c->depends_on.count, 2);
	assert_int_equal(c->edges[0].count, 1);
	assert_string_equal(c->edges[0].alternatives[0], "a");
	assert_int_equal(c->edges[1].count, 2);
	assert_string_equal(c->edges[1].alternatives[0], "a");
	assert_string_equal(c->edges[1].alternatives[1], "b");
	daemon_settings_destroy(settings);
}

static void test_options_of_the_kind(void **state)
{
	struct daemon_settings *settings = parse(
		"components:\n- { name: a, every: 5m, wait: }\n- { name: b, wait: { every: 7m } }\n"
		"- { name: c, wait: }\n");
	static const int minutes[] = { 5, 7, 1 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct wait *wait = settings->components[i].settings;

		assert_int_equal(wait->every_us, minutes[i] * 60 * BW_SECOND_US);
		assert_int_equal(settings->components[i].every_us, 30 * BW_SECOND_US);
	}
	daemon_settings_destroy(settings);
}

static void test_shared_database(void **state)
{
	struct daemon_settings *settings = parse("storage: { url: \"postgresql://u@h/d\", "
						 "instance: west, rollups: 0, history: 1h }\n");

	(void)state;
	assert_int_equal(settings->warning_count, 0);
	assert_null(settings->storage.path);
	assert_string_equal(settings->storage.url, "postgresql://u@h/d");
	assert_string_equal(settings->storage.instance, "west");
	assert_int_equal(settings->storage.rollups_us, 0);
	daemon_settings_destroy(settings);
}

static void test_defaults(void **state)
{
	struct daemon_settings *settings = parse("");

	(void)state;
	assert_string_equal(((const char **)settings->server.listen.items)[0], "127.0.0.1:8090");
	assert_null(settings->storage.path);
	assert_null(settings->storage.url);
	assert_null(settings->storage.instance);
	assert_int_equal(settings->storage.history_us, 7 * 86400 * BW_SECOND_US);
	assert_int_equal(settings->storage.rollups_us, 400 * 86400 * BW_SECOND_US);
	assert_int_equal(settings->storage.limit_bytes, INT64_C(4) << 30);
	assert_memory_equal(&settings->thresholds, &bw_dashboard_config_default.thresholds,
			    sizeof bw_dashboard_config_default.thresholds);
	assert_int_equal(settings->component_count, 0);
	daemon_settings_destroy(settings);
}

/* The tables' defaults are the breaker's own. */
static void test_breaker_defaults(void **state)
{
	struct daemon_settings *settings = parse("breakers: [{ name: b }]\n");
	const struct bw_breaker_config *config = &settings->breakers[0].config;
	const struct bw_breaker_config *standard = &bw_breaker_config_default;

	(void)state;
	assert_int_equal(config->strategy, standard->strategy);
	assert_int_equal(config->failure_threshold, standard->failure_threshold);
	assert_true(config->failure_rate_threshold == standard->failure_rate_threshold);
	assert_int_equal(config->timeout_threshold_us, standard->timeout_threshold_us);
	assert_int_equal(config->recovery_timeout_us, standard->recovery_timeout_us);
	assert_int_equal(config->success_threshold, standard->success_threshold);
	assert_int_equal(config->window_us, standard->window_us);
	assert_int_equal(config->minimum_calls, standard->minimum_calls);
	assert_int_equal(config->max_probes, standard->max_probes);
	daemon_settings_destroy(settings);
}

static void test_warnings(void **state)
{
	static const char *const expected[] = {
		"t.yaml:5:10: storage.rollups is shorter than storage.history: samples are removed "
		"without ever becoming rollups",
		"t.yaml:6:46: there is no component `internet`; it says nothing until there is "
		"one",
		"t.yaml:3:7: jobs: this version watches no jobs; the section is only checked for "
		"mistakes",
	};
	struct daemon_settings *settings =
		parse("notify:\n- { name: ops, slack: { url: https://hooks/x } }\n"
		      "jobs: [{ name: j, schedule: \"0 2 * * *\" }]\n"
		      "alerts: { reminders: 4h }\nstorage: { rollups: 6d }\n"
		      "components: [{ name: a, wait: , depends_on: [internet] }]\n");

	(void)state;
	assert_int_equal(settings->warning_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(settings->warnings[i], expected[i]);
	daemon_settings_destroy(settings);
}

static void test_kinds_are_asked(void **state)
{
	struct daemon_settings *settings =
		parse("components:\n- name: a\n  ping:\n    url: t://h\n    pattern: \"(\"\n");
	char *report = NULL;

	(void)state;
	assert_int_equal(daemon_settings_check_kinds(settings, &report), BW_EPARSE);
	assert_string_equal(report, "t.yaml:5:14: `pattern` has an open bracket\n"
				    "      pattern: \"(\"\n"
				    "               ^~~\n");
	free(report);
	daemon_settings_destroy(settings);
}

/* What is shown means the same when it is read again, and holds no secret. */
static void test_show(void **state)
{
	struct daemon_settings *settings;
	struct bw_buf first, second;

	(void)state;
	setenv("BW_TEST_SECRET", "hunter2", 1);
	settings =
		parse("breakers: [{ name: x }]\ncomponents:\n"
		      "- { name: a, critical: yes, breaker: x, ping: { url: \"t://u:hunter2@h\",\n"
		      "    pattern: \"${BW_TEST_SECRET}\", password: \"${BW_TEST_SECRET}\" } }\n"
		      "- { name: b, wait: , depends_on: [a] }\n"
		      "notify: [{ name: ops, email: { server: \"smtp://h:25\", from: a@b.org,\n"
		      "    user: me, password: hunter2, to: [a@b.org] } }]\n");
	bw_buf_init(&first, 0);
	bw_buf_init(&second, 0);
	daemon_settings_show(settings, &first);
	daemon_settings_destroy(settings);
	assert_null(strstr(first.data, "hunter"));
	assert_non_null(strstr(first.data, "      password: <secret>\n"));
	assert_non_null(strstr(first.data, "      pattern: \"${BW_TEST_SECRET}\"\n"));
	assert_non_null(strstr(first.data, "    timeout: 5s\n"));
	settings = parse(first.data);
	daemon_settings_show(settings, &second);
	assert_string_equal(first.data, second.data);
	daemon_settings_destroy(settings);
	bw_buf_finish(&first);
	bw_buf_finish(&second);
}

static void test_explain(void **state)
{
	struct bw_arena *arena = bw_arena_create(0);
	const struct config_field *table = daemon_settings_table(arena);
	struct bw_error err;
	struct bw_buf buf;

	(void)state;
	bw_buf_init(&buf, 0);
	assert_int_equal(config_explain(&buf, table, "components.ping.timeout", &err), BW_OK);
	assert_string_equal(
		buf.data, "components.ping.timeout\n"
			  "  takes: a duration such as 30s, between 1ms and 1h\n"
			  "  default: 5s\n"
			  "  A check that takes longer is a failure; at most `every`, and `every` "
			  "where\n"
			  "  that is shorter than the default\n");
	assert_int_equal(config_explain(&buf, table, "components.pign", &err), BW_ENOTFOUND);
	assert_string_equal(err.text, "there is no setting `pign`; did you mean `ping`?");
	assert_int_equal(config_explain(&buf, table, "refresh_interval.x", &err), BW_ENOTFOUND);
	bw_buf_finish(&buf);
	bw_arena_destroy(arena);
}

/* 50,000 components, each depending on the one before it, are read and none more. */
static void test_many(void **state)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;
	struct bw_buf text;

	(void)state;
	bw_buf_init(&text, 0);
	bw_buf_text(&text, "components:\n- { name: n0, wait: }\n");
	for (int i = 1; i < DAEMON_COMPONENTS_MAX; i++)
		bw_buf_format(&text, "- { name: n%d, wait: , depends_on: n%d }\n", i, i - 1);
	settings = parse(text.data);
	assert_int_equal(settings->component_count, DAEMON_COMPONENTS_MAX);
	daemon_settings_destroy(settings);
	bw_buf_text(&text, "- { name: x, wait: }\n");
	assert_int_equal(daemon_settings_parse("t.yaml", text.data, text.len, &settings, &report),
			 BW_EPARSE);
	assert_non_null(
		strstr(report, "t.yaml:1:1: there are 50001 components; 50000 are the most\n"));
	free(report);
	bw_buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),         cmocka_unit_test(test_values),
		cmocka_unit_test(test_shared_database),  cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_alternatives),     cmocka_unit_test(test_options_of_the_kind),
		cmocka_unit_test(test_breaker_defaults), cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_kinds_are_asked),  cmocka_unit_test(test_show),
		cmocka_unit_test(test_explain),          cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
