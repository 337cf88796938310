/* test_settings_alerts.c - alerts, rules, maintenance, channels and the watchdog: what they become,
 * and where each mistake is marked. The kinds of channels and the built-in rules are the real ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/builtin.h"
#include "alerts/condition.h"
#include "alerts/pattern.h"
#include "alerts/silence.h"
#include "base/time.h"
#include "daemon/settings.h"
#include "daemon/settings_hold.h"
#include "time/cron.h"
#include "time/zone.h"

/* --- how long --- */

static void test_holds(void **state)
{
	static const struct {
		const char *text;
		int64_t time_s;
		int m, n;
	} right[] = {
		{ "0", 0, 1, 1 },          { "0s", 0, 1, 1 },
		{ "1m", 60, 1, 1 },        { "1h30m", 5400, 1, 1 },
		{ "1", 0, 1, 1 },          { "3", 0, 3, 3 },
		{ "64", 0, 64, 64 },       { "3 of 5", 0, 3, 5 },
		{ " 3  of  5 ", 0, 3, 5 }, { "31d", 31 * 86400, 1, 1 },
	};
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "", "is no time to wait" },         { "soon", "is no time to wait" },
		{ "3 off 5", "is no time to wait" },  { "3 of", "is no time to wait" },
		{ "3 of 5 x", "is no time to wait" }, { "-3", "is no time to wait" },
		{ "65", "between 1 and 64 can" },     { "3 of 65", "between 1 and 64 can" },
		{ "6 of 5", "is never so" },          { "32d", "31d is the most" },
		{ "9999999", "is no time to wait" },  { "0 of 5", "is no time to wait" },
	};
	struct alert_hold hold;

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		assert_int_equal(settings_hold_parse(right[i].text, &hold, NULL), BW_OK);
		assert_int_equal(hold.time_us, right[i].time_s * BW_SECOND_US);
		assert_int_equal(hold.m, right[i].m);
		assert_int_equal(hold.n, right[i].n);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct bw_error err = { "" };

		if (settings_hold_parse(wrong[i].text, &hold, &err) != BW_EPARSE ||
		    !strstr(err.text, wrong[i].why))
			fail_msg("`%s`: %s", wrong[i].text, err.text);
	}
}

/* --- mistakes --- */

static const struct {
	const char *text, *report;
} mistakes[] = {
	{ "alerts: { for: 100 }\n",
	  "t.yaml:1:16: 100 samples cannot be waited for; between 1 and 64 can, and a time needs a "
	  "unit: 100s, or m, h, d\n"
	  "  alerts: { for: 100 }\n"
	  "                 ^~~\n" },
	{ "alerts: { flapping: { low: 60 } }\n",
	  "t.yaml:1:28: `low` is not below `high`, so flapping would end as it begins; make it "
	  "smaller\n"
	  "  alerts: { flapping: { low: 60 } }\n"
	  "                             ^~\n" },
	{ "alerts: { group: { by: grop } }\n",
	  "t.yaml:1:24: alerts have no label `grop`; did you mean `group`?\n"
	  "  alerts: { group: { by: grop } }\n"
	  "                         ^~~~\n" },
	{ "alerts: { uplink: [intrnet] }\ncomponents: [{ name: internet, host: }]\n",
	  "t.yaml:1:20: there is no component `intrnet`; did you mean `internet`?\n"
	  "  alerts: { uplink: [intrnet] }\n"
	  "                     ^~~~~~~\n" },
	{ "alerts:\n  rules:\n  - name: a\n    when: score < 5 and component.respnse_time > 2s\n",
	  "t.yaml:4:25: there is no field `component.respnse_time`; did you mean "
	  "`component.response_time`?\n"
	  "      when: score < 5 and component.respnse_time > 2s\n"
	  "                          ^~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "alerts:\n  rules:\n  - name: a\n    when: \"component.group == \\\"b\\\" and "
	  "component.respnse_time > 2s\"\n",
	  "t.yaml:4:41: there is no field `component.respnse_time`; did you mean "
	  "`component.response_time`?\n"
	  "      when: \"component.group == \\\"b\\\" and component.respnse_time > 2s\"\n"
	  "                                          ^~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "alerts:\n  rules:\n  - name: a\n    when: 'component.group == \"it''s\" and "
	  "component.respnse_time > 2s'\n",
	  "t.yaml:4:43: there is no field `component.respnse_time`; did you mean "
	  "`component.response_time`?\n"
	  "      when: 'component.group == \"it''s\" and component.respnse_time > 2s'\n"
	  "                                            ^~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "alerts:\n  rules:\n  - name: a\n    when: >\n      component.group == \"b\"\n"
	  "      and component.respnse_time > 2s\n",
	  "t.yaml:6:11: there is no field `component.respnse_time`; did you mean "
	  "`component.response_time`?\n"
	  "        and component.respnse_time > 2s\n"
	  "            ^~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "alerts:\n  rules:\n  - name: a\n    when: component.response_time > 2s\n"
	  "    title: \"{component.nme} is slow\"\n",
	  "t.yaml:5:14: there is no field `component.nme`; did you mean `component.name`?\n"
	  "      title: \"{component.nme} is slow\"\n"
	  "               ^~~~~~~~~~~~~\n" },
	{ "alerts: { rules: [{ name: cpu_usge }] }\n",
	  "t.yaml:1:19: `when` is missing, and there is no built-in rule `cpu_usge`; did you mean "
	  "`cpu_usage`?\n"
	  "  alerts: { rules: [{ name: cpu_usge }] }\n"
	  "                    ^~~~~~~~~~~~~~~~~~\n" },
	{ "alerts: { rules: [{ name: zork }] }\n",
	  "t.yaml:1:19: `when` is missing; write `when: component.response_time > 2s`, or the name "
	  "of a built-in rule to change that one\n"
	  "  alerts: { rules: [{ name: zork }] }\n"
	  "                    ^~~~~~~~~~~~~~\n" },
	{ "alerts: { rules: [{ name: cpu_usage, clear_blow: 70 }] }\n",
	  "t.yaml:1:38: unknown key `clear_blow`; did you mean `clear_below`?\n"
	  "  alerts: { rules: [{ name: cpu_usage, clear_blow: 70 }] }\n"
	  "                                       ^~~~~~~~~~\n" },
	{ "alerts: { rules: [{ name: cpu_usage }, { name: cpu_usage }] }\n",
	  "t.yaml:1:48: there is a rule `cpu_usage` already; give this one another name\n"
	  "  alerts: { rules: [{ name: cpu_usage }, { name: cpu_usage }] }\n"
	  "                                                 ^~~~~~~~~\n" },
	{ "alerts: { rules: [{ name: cpu_usage, for: 6 of 5 }] }\n",
	  "t.yaml:1:43: 6 of 5 samples is never so; the first number is between 1 and the second\n"
	  "  alerts: { rules: [{ name: cpu_usage, for: 6 of 5 }] }\n"
	  "                                            ^~~~~~\n" },
	{ "alerts: { inhibit: [{ when: [\"a=b\"], hides: [\"type=rule\"], same: [zork] }] }\n",
	  NULL },
	{ "maintenance: [{ name: a, match: [\"group=b\"] }]\n",
	  "t.yaml:1:15: `from` is missing; a window has `from` and `until`, or `schedule` and "
	  "`duration`\n"
	  "  maintenance: [{ name: a, match: [\"group=b\"] }]\n"
	  "                ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "maintenance: [{ name: a, match: [\"group=b\"], schedule: \"@daily\" }]\n",
	  "t.yaml:1:15: `duration` is missing; write `duration: 2h`\n"
	  "  maintenance: [{ name: a, match: [\"group=b\"], schedule: \"@daily\" }]\n"
	  "                ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "maintenance: [{ name: a, match: group=b, schedule: \"@daily\", duration: 1s }]\n",
	  "t.yaml:1:72: `duration` is at least 1m\n"
	  "  maintenance: [{ name: a, match: group=b, schedule: \"@daily\", duration: 1s }]\n"
	  "                                                                         ^~\n" },
	{ "maintenance: [{ name: a, match: group=b, schedule: \"0 0 31 2 *\", duration: 1h }]\n",
	  "t.yaml:1:52: there is no such day; the window would never be open\n"
	  "  maintenance: [{ name: a, match: group=b, schedule: \"0 0 31 2 *\", duration: 1h }]\n"
	  "                                                     ^~~~~~~~~~~~\n" },
	{ "maintenance: [{ name: a, match: group=b, from: 2026-12-02T00:00:00Z, until: "
	  "2026-12-01T00:00:00Z }]\n",
	  NULL },
	{ "notify: { name: a }\n", "t.yaml:1:9: a list of channels expected, not a map\n"
				   "  notify: { name: a }\n"
				   "          ^~~~~~~~~~~\n" },
	{ "notify: [{ name: a, slack: https://h/s3cret, webhook: { url: https://h/s3cret } }]\n",
	  "t.yaml:1:46: `webhook` stands beside `slack`, and a channel has one kind; make it two "
	  "channels\n"
	  "  notify: [{ name: a, slack: ***, webhook: { url: *** } }]\n"
	  "                                  ^~~~~~~\n" },
	{ "notify: [{ name: a, slak: { url: https://h/s3cret } }]\n",
	  "t.yaml:1:21: unknown key `slak`; did you mean `slack`?\n"
	  "  notify: [{ name: a, slak: { url: *** } }]\n"
	  "                      ^~~~\n" },
	{ "notify: [{ name: a, slack: { ulr: https://h/s3cret } }]\n", NULL },
	{ "notify: [{ name: a, slack: https://h/s3cret }, { name: a, slack: https://h/s3cret }]\n",
	  "t.yaml:1:56: there is a channel `a` already; give this one another name\n"
	  "  notify: [{ name: a, slack: *** }, { name: a, slack: *** }]\n"
	  "                                            ^\n" },
	{ "watchdog: { url: h/s3cret }\n",
	  "t.yaml:1:18: `url` begins with neither http:// nor https://\n"
	  "  watchdog: { url: *** }\n"
	  "                   ^~~\n" },
	{ "watchdog: { every: 1m }\n", NULL },
	{ "server: { public_url: ftp://h/ }\n",
	  "t.yaml:1:23: `public_url` begins with neither http:// nor https://\n"
	  "  server: { public_url: ftp://h/ }\n"
	  "                        ^~~~~~~~\n" },
};

static void test_mistakes(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct daemon_settings *settings = NULL;
		char *report = NULL;

		assert_int_equal(daemon_settings_parse("t.yaml", mistakes[i].text,
						       strlen(mistakes[i].text), &settings,
						       &report),
				 BW_EPARSE);
		assert_null(strstr(report, "s3cret"));
		if (mistakes[i].report && strcmp(report, mistakes[i].report) != 0) {
			print_error("for\n%sexpected\n%sbut got\n%s\n", mistakes[i].text,
				    mistakes[i].report, report);
			failed++;
		}
		free(report);
	}
	assert_int_equal(failed, 0);
}

/* --- what they become --- */

static struct daemon_settings *parse(const char *text)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;

	if (daemon_settings_parse("t.yaml", text, strlen(text), &settings, &report) != BW_OK)
		fail_msg("%s", report);
	return settings;
}

static const struct alert_rule *find_rule(const struct daemon_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->alerts.rules.count; i++)
		if (strcmp(settings->alerts.rules.items[i].name, name) == 0)
			return &settings->alerts.rules.items[i];
	fail_msg("no rule %s", name);
	return NULL;
}

static void test_nothing_is_the_builtin_rules(void **state)
{
	struct daemon_settings *settings = parse("");
	const struct alerts_settings *alerts = &settings->alerts;
	size_t count = 0;

	(void)state;
	for (; builtin_rules[count].name; count++) {
		const struct alert_rule *rule = &alerts->rules.items[count];

		assert_string_equal(rule->name, builtin_rules[count].name);
		assert_string_equal(rule->type, builtin_rules[count].type);
		assert_int_equal(rule->severity, builtin_rules[count].severity);
		assert_int_equal(rule->no_data, builtin_rules[count].no_data);
		assert_int_equal(rule->error, builtin_rules[count].no_data);
		assert_true(rule->builtin && rule->enabled && rule->detects_flapping);
		assert_true(rule->when && rule->title && rule->message && !rule->clear);
		assert_true(rule->hold.time_us == 0 && rule->hold.m == 1 && rule->hold.n == 1);
		assert_int_equal(rule->subject, condition_subject(rule->when));
	}
	assert_int_equal(alerts->rules.count, count);
	assert_int_equal(alerts->reminders.every_us, 0);
	assert_true(alerts->flapping.enabled && alerts->flapping.high == 50 &&
		    alerts->flapping.low == 25);
	assert_null(alerts->group.by);
	assert_int_equal(alerts->group.wait_us, BW_SECOND_US / 2);
	assert_int_equal(alerts->group.most, 10);
	assert_int_equal(alerts->group.within_us, 300 * BW_SECOND_US);
	assert_true(alerts->route_count == 0 && alerts->window_count == 0 &&
		    alerts->inhibition_count == 0 && alerts->uplink_count == 0);
	assert_string_equal(settings->server.public_url, "");
	assert_null(settings->watchdog.url);
	assert_false(settings->self_watch);
	daemon_settings_destroy(settings);
}

static void test_members_of_a_builtin_rule(void **state)
{
	struct daemon_settings *settings =
		parse("alerts:\n  for: 1m\n  recover_for: 2\n  rules:\n"
		      "  - { name: cpu_usage, for: 10m, clear_below: 70%, severity: info }\n"
		      "  - { name: component_unhealthy, severity: critical, no_data: ok }\n"
		      "  - { name: system_degraded, no_data: alert, error: alert }\n"
		      "  - { name: disk_usage, enabled: false, flapping: false, error: ok }\n");
	const struct alert_rule *cpu = find_rule(settings, "cpu_usage");
	const struct alert_rule *unhealthy = find_rule(settings, "component_unhealthy");
	const struct alert_rule *disk = find_rule(settings, "disk_usage");
	const struct alert_rule *memory = find_rule(settings, "memory_usage");

	(void)state;
	assert_int_equal(cpu->hold.time_us, 600 * BW_SECOND_US);
	assert_int_equal(cpu->recover.n, 2);
	assert_int_equal(cpu->severity, BW_SEVERITY_INFO);
	assert_non_null(cpu->clear);
	assert_true(cpu->builtin);
	assert_string_equal(cpu->type, "resource_usage");
	assert_int_equal(unhealthy->severity, BW_SEVERITY_CRITICAL);
	assert_false(unhealthy->severity_follows_component);
	assert_int_equal(unhealthy->no_data, ALERT_LACK_OK);
	assert_false(disk->enabled || disk->detects_flapping);
	assert_int_equal(disk->error, ALERT_LACK_OK);
	assert_int_equal(disk->no_data, ALERT_LACK_KEEPS);
	assert_int_equal(find_rule(settings, "system_degraded")->no_data, ALERT_LACK_ALERTS);
	assert_int_equal(find_rule(settings, "system_degraded")->error, ALERT_LACK_ALERTS);
	assert_int_equal(memory->hold.time_us, 60 * BW_SECOND_US);
	assert_null(memory->clear);
	daemon_settings_destroy(settings);
}

static void nothing_is_known(void *arg, const struct alert_subject *subject, int field,
			     struct fact *out)
{
	(void)arg;
	(void)subject;
	(void)field;
	out->type = FACT_UNKNOWN;
}

static void test_a_rule_of_ones_own(void **state)
{
	static const struct fact_source facts = { .read = nothing_is_known };
	static const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, "db" };
	struct daemon_settings *settings = parse(
		"alerts:\n  rules:\n  - { name: slow-vendor, when: component.response_time > 2s, "
		"for: 3 of 5 }\n");
	const struct alert_rule *rule = find_rule(settings, "slow-vendor");
	char text[256];

	(void)state;
	assert_string_equal(rule->type, "rule");
	assert_false(rule->builtin);
	assert_true(rule->enabled && rule->detects_flapping);
	assert_int_equal(rule->subject, ALERT_SUBJECT_COMPONENT);
	assert_int_equal(rule->severity, BW_SEVERITY_WARNING);
	assert_int_equal(rule->hold.m, 3);
	assert_int_equal(rule->hold.n, 5);
	assert_int_equal(rule->no_data, ALERT_LACK_ALERTS);
	pattern_write(rule->title, &subject, &facts, text, sizeof text);
	assert_memory_equal(text, "Slow vendor: ", 13);
	pattern_write(rule->message, &subject, &facts, text, sizeof text);
	assert_string_equal(text, "component.response_time > 2s");
	daemon_settings_destroy(settings);
}

static void test_windows(void **state)
{
	struct daemon_settings *settings = parse(
		"maintenance:\n"
		"- { name: patch-night, match: [group=storage, severity!=critical], schedule: \"0 "
		"2 * * "
		"6\",\n    duration: 2h, timezone: America/New_York, reason: patches }\n"
		"- { name: move, match: component=db, from: 2026-12-01T22:00:00Z, until: "
		"2026-12-02T02:00:00+01:00 }\n"
		"- { name: there, match: component=db, from: 2026-07-01T00:00:00, until: "
		"2026-12-01T00:00:00,\n    timezone: Europe/Berlin }\n"
		"- { name: always, match: component=db, schedule: \"@hourly\", duration: 1h }\n");
	const struct maintenance_window *windows = settings->alerts.windows;
	struct bw_wall at = { 1772461800 * BW_SECOND_US }, next; /* Monday 2026-03-02 14:30 */

	(void)state;
	assert_int_equal(settings->alerts.window_count, 4);
	assert_string_equal(windows[0].reason, "patches");
	assert_int_equal(matchers_count(windows[0].matchers), 2);
	assert_int_equal(windows[0].duration_us, 7200 * BW_SECOND_US);
	assert_string_equal(zone_name(windows[0].zone), "America/New_York");
	assert_true(cron_next(windows[0].schedule, windows[0].zone, at, &next));
	assert_int_equal(next.us, 1772866800 * BW_SECOND_US); /* Saturday 02:00 EST */
	assert_null(windows[1].schedule);
	assert_int_equal(windows[1].from_us, 1796162400 * BW_SECOND_US);
	assert_int_equal(windows[1].until_us, 1796173200 * BW_SECOND_US);
	assert_int_equal(windows[2].from_us, 1782856800 * BW_SECOND_US);
	assert_int_equal(windows[2].until_us, 1796079600 * BW_SECOND_US);
	assert_int_equal(settings->warning_count, 1);
	assert_non_null(strstr(settings->warnings[0], "`always` lasts until it begins again"));
	daemon_settings_destroy(settings);
}

static void test_channels(void **state)
{
	struct daemon_settings *settings =
		parse("server: { public_url: \"https://bellwether.example/\" }\nnotify:\n"
		      "- { name: ops, slack: https://hooks.example/x, severity: critical, match: "
		      "group=g }\n"
		      "- { name: boss, webhook: { url: https://h.example/y }, after: 30m, "
		      "resolved: false,\n"
		      "    reminders: false, flapping: false, rate: 5, per: 10s }\n"
		      "watchdog: { url: https://hc.example/ping, every: 30s }\n");
	const struct channel *channels = settings->channels;
	const struct alert_route *routes = settings->alerts.routes;

	(void)state;
	assert_int_equal(settings->channel_count, 2);
	assert_int_equal(settings->alerts.route_count, 2);
	assert_string_equal(channels[0].name, "ops");
	assert_ptr_equal(channels[0].kind, channel_kind_find("slack"));
	assert_string_equal(channels[0].page_url, "https://bellwether.example/");
	assert_int_equal(channels[0].rate_max, 30);
	assert_int_equal(channels[0].rate_us, 60 * BW_SECOND_US);
	assert_int_equal(routes[0].severity, BW_SEVERITY_CRITICAL);
	assert_int_equal(matchers_count(routes[0].matchers), 1);
	assert_true(routes[0].resolved && routes[0].reminders && routes[0].flapping);
	assert_int_equal(routes[0].after_us, 0);
	assert_string_equal(routes[1].channel, "boss");
	assert_ptr_equal(channels[1].kind, channel_kind_find("webhook"));
	assert_null(routes[1].matchers);
	assert_false(routes[1].resolved || routes[1].reminders || routes[1].flapping);
	assert_int_equal(routes[1].after_us, 1800 * BW_SECOND_US);
	assert_int_equal(channels[1].rate_max, 5);
	assert_int_equal(channels[1].rate_us, 10 * BW_SECOND_US);
	assert_string_equal(settings->watchdog.url, "https://hc.example/ping");
	assert_int_equal(settings->watchdog.every_us, 30 * BW_SECOND_US);
	assert_true(settings->self_watch);
	daemon_settings_destroy(settings);
	settings = parse("self_watch: false\nnotify: [{ name: a, slack: https://h/x }]\n");
	assert_false(settings->self_watch);
	daemon_settings_destroy(settings);
	settings = parse("self_watch: true\n");
	assert_true(settings->self_watch);
	daemon_settings_destroy(settings);
}

static void test_noise(void **state)
{
	struct daemon_settings *settings = parse(
		"alerts:\n  reminders: 2d\n  group: { by: [group, rule] }\n  uplink: [net]\n"
		"  inhibit: [{ when: rule=a, hides: [type=rule, severity=info], same: group }]\n"
		"components: [{ name: net, host: }]\n");
	const struct alerts_settings *alerts = &settings->alerts;

	(void)state;
	assert_int_equal(alerts->reminders.every_us, 2 * 86400 * BW_SECOND_US);
	assert_int_equal(alerts->reminders.max_us, 2 * 86400 * BW_SECOND_US);
	assert_true(alerts->reminders.factor == 2);
	assert_string_equal(alerts->group.by[0], "group");
	assert_string_equal(alerts->group.by[1], "rule");
	assert_null(alerts->group.by[2]);
	assert_int_equal(alerts->uplink_count, 1);
	assert_string_equal(alerts->uplink[0], "net");
	assert_int_equal(alerts->inhibition_count, 1);
	assert_int_equal(matchers_count(alerts->inhibitions[0].hides), 2);
	assert_string_equal(alerts->inhibitions[0].same[0], "group");
	assert_null(alerts->inhibitions[0].same[1]);
	daemon_settings_destroy(settings);
}

/* Members that are not written stay unwritten, or a built-in rule would change; words that are the
 * first of their list are shown. No address of a channel is. */
static void test_show(void **state)
{
	struct daemon_settings *settings =
		parse("alerts: { rules: [{ name: cpu_usage, severity: info, enabled: false }] }\n"
		      "notify: [{ name: a, slack: https://h/s3cret }]\n"
		      "watchdog: https://h/s3cret\n");
	struct bw_buf shown;

	(void)state;
	bw_buf_init(&shown, 0);
	daemon_settings_show(settings, &shown);
	assert_null(strstr(shown.data, "s3cret"));
	assert_non_null(strstr(shown.data, "    - name: cpu_usage\n      enabled: false\n"
					   "      severity: info\n"));
	assert_null(strstr(shown.data, "no_data"));
	assert_non_null(strstr(shown.data, "    slack:\n      url: <secret>\n"));
	assert_non_null(strstr(shown.data, "watchdog:\n  url: <secret>\n"));
	bw_buf_finish(&shown);
	daemon_settings_destroy(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_nothing_is_the_builtin_rules),
		cmocka_unit_test(test_members_of_a_builtin_rule),
		cmocka_unit_test(test_a_rule_of_ones_own),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
