/* test_decode.c - what a text becomes, and the whole report for each kind of mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "config/decode.h"
#include "config/document.h"
#include "config/report.h"

struct inner {
	const char *url, *password;
	int64_t within_us;
	struct config_list status;
};

struct item {
	const char *name;
	int64_t weight;
};

struct sample {
	bool enabled;
	int64_t count, every_us, room_bytes;
	double ratio;
	const char *title, *name;
	int mode;
	struct config_list tags, headers, items;
	struct inner http;
	bool http_given;
};

static const char *const modes[] = { "fast", "slow", NULL };

static const struct config_field inner_fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct inner, url),
	  .required = true,
	  .example = "http://localhost/" },
	{ .name = "password", .type = CONFIG_SECRET, .offset = offsetof(struct inner, password) },
	{ .name = "within", .type = CONFIG_DURATION, .offset = offsetof(struct inner, within_us) },
	{ .name = "status",
	  .type = CONFIG_NUMBER_LIST,
	  .offset = offsetof(struct inner, status),
	  .standard = "[200, 204]",
	  .min = 100,
	  .max = 599 },
	{ 0 },
};

static const struct config_field item_fields[] = {
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct item, name),
	  .required = true },
	{ .name = "weight",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct item, weight),
	  .standard = "1",
	  .min = 1,
	  .max = 9 },
	{ 0 },
};

static const struct config_field fields[] = {
	{ .name = "enabled",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct sample, enabled),
	  .standard = "true" },
	{ .name = "count", .type = CONFIG_INT, .offset = offsetof(struct sample, count) },
	{ .name = "every",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct sample, every_us),
	  .standard = "30s",
	  .min = 1e6,
	  .max = 86400e6 },
	{ .name = "room", .type = CONFIG_SIZE, .offset = offsetof(struct sample, room_bytes) },
	{ .name = "ratio",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct sample, ratio),
	  .standard = "0.5",
	  .min = 0,
	  .max = 1 },
	{ .name = "title", .type = CONFIG_TEXT, .offset = offsetof(struct sample, title) },
	{ .name = "name", .type = CONFIG_NAME, .offset = offsetof(struct sample, name) },
	{ .name = "mode",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct sample, mode),
	  .standard = "slow",
	  .words = modes },
	{ .name = "tags", .type = CONFIG_TEXT_LIST, .offset = offsetof(struct sample, tags) },
	{ .name = "headers", .type = CONFIG_TEXT_MAP, .offset = offsetof(struct sample, headers) },
	{ .name = "http",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct sample, http),
	  .fields = inner_fields,
	  .shorthand = "url",
	  .given = offsetof(struct sample, http_given) + 1 },
	{ .name = "items",
	  .type = CONFIG_OBJECT_LIST,
	  .offset = offsetof(struct sample, items),
	  .fields = item_fields,
	  .object_size = sizeof(struct item) },
	{ 0 },
};

struct reading {
	struct bw_arena *arena;
	struct config_document *document;
	struct config_complaints *complaints;
	struct sample sample;
	char *report;
};

static void reading_start(struct reading *reading, const char *text, size_t len)
{
	struct config_decoder decoder;

	memset(reading, 0, sizeof *reading);
	reading->arena = xarena_create();
	reading->complaints = config_complaints_create("t.yaml");
	reading->document = config_document_parse("t.yaml", text, len, reading->complaints);
	decoder = (struct config_decoder){ reading->arena, reading->complaints };
	config_decode_fields(&decoder, config_document_root(reading->document), fields,
			     &reading->sample);
	reading->report = config_complaints_report(reading->complaints);
}

static void reading_end(struct reading *reading)
{
	free(reading->report);
	config_complaints_destroy(reading->complaints);
	config_document_destroy(reading->document);
	bw_arena_destroy(reading->arena);
}

static const struct {
	const char *text, *report;
} mistakes[] = {
	{ "", "" },
	{ "# nothing but a remark\n", "" },
	{ "interval: 10s\n", "t.yaml:1:1: unknown key `interval`; did you mean `every`?\n"
			     "  interval: 10s\n"
			     "  ^~~~~~~~\n" },
	{ "enabled: true\nevry: 5s\ncuont: 3\n",
	  "t.yaml:2:1: unknown key `evry`; did you mean `every`?\n"
	  "  evry: 5s\n"
	  "  ^~~~\n"
	  "t.yaml:3:1: unknown key `cuont`; did you mean `count`?\n"
	  "  cuont: 3\n"
	  "  ^~~~~\n" },
	{ "every: [1, 2]\n", "t.yaml:1:8: a duration such as 30s expected, not a list\n"
			     "  every: [1, 2]\n"
			     "         ^~~~~~\n" },
	{ "every:\n  a: 1\n", "t.yaml:1:1: a duration such as 30s expected, not a map\n"
			      "  every:\n"
			      "  ^~~~~\n" },
	{ "every: 30\n",
	  "t.yaml:1:8: a duration needs a unit: write 30s for seconds, or ms, m, h, d\n"
	  "  every: 30\n"
	  "         ^~\n" },
	{ "every: soon\n", "t.yaml:1:8: a duration such as 30s expected, not `soon`\n"
			   "  every: soon\n"
			   "         ^~~~\n" },
	{ "every: 10ms\n", "t.yaml:1:8: `every` must be between 1s and 1d, not 10ms\n"
			   "  every: 10ms\n"
			   "         ^~~~\n" },
	{ "every:\n", "t.yaml:1:1: `every` has no value; give it a duration such as 30s, or remove "
		      "it\n"
		      "  every:\n"
		      "  ^~~~~\n" },
	{ "count: 1.5\n", "t.yaml:1:8: a whole number such as 3 expected, not `1.5`\n"
			  "  count: 1.5\n"
			  "         ^~~\n" },
	{ "ratio: 50%\n", "t.yaml:1:8: a number such as 0.5 expected, not `50%`\n"
			  "  ratio: 50%\n"
			  "         ^~~\n" },
	{ "ratio: 2\n", "t.yaml:1:8: `ratio` must be between 0 and 1, not 2\n"
			"  ratio: 2\n"
			"         ^\n" },
	{ "room: 3 apples\n", "t.yaml:1:7: a size such as 64MiB expected, not `3 apples`\n"
			      "  room: 3 apples\n"
			      "        ^~~~~~~~\n" },
	{ "enabled: maybe\n", "t.yaml:1:10: true or false expected, not `maybe`\n"
			      "  enabled: maybe\n"
			      "           ^~~~~\n" },
	{ "mode: fsat\n", "t.yaml:1:7: `mode` cannot be `fsat`; did you mean `fast`?\n"
			  "  mode: fsat\n"
			  "        ^~~~\n" },
	{ "mode: purple\n", "t.yaml:1:7: `mode` cannot be `purple`; write one of fast, slow\n"
			    "  mode: purple\n"
			    "        ^~~~~~\n" },
	{ "name: My DB\n", "t.yaml:1:7: `My DB` is no name: lower-case words joined by `-`, `_` or "
			   "`.`; did you mean `my-db`?\n"
			   "  name: My DB\n"
			   "        ^~~~~\n" },
	{ "count: 1\ncount: 2\n", "t.yaml:2:1: `count` is given twice, first in line 1; keep one\n"
				  "  count: 2\n"
				  "  ^~~~~\n" },
	{ "http: { within: 1s }\n", "t.yaml:1:7: `url` is missing; write `url: http://localhost/`\n"
				    "  http: { within: 1s }\n"
				    "        ^~~~~~~~~~~~~~\n" },
	{ "http: localhost:80\n", "t.yaml:1:7: `url` has no scheme; write it with one, such as "
				  "http://localhost/\n"
				  "  http: localhost:80\n"
				  "        ^~~~~~~~~~~~\n" },
	{ "items: { name: a }\n", "t.yaml:1:8: a list of maps expected, not a map\n"
				  "  items: { name: a }\n"
				  "         ^~~~~~~~~~~\n" },
	{ "items: [{ name: a, weight: 10 }, b]\n",
	  "t.yaml:1:28: `weight` must be between 1 and 9, not 10\n"
	  "  items: [{ name: a, weight: 10 }, b]\n"
	  "                             ^~\n"
	  "t.yaml:1:34: a map of settings expected, not a text\n"
	  "  items: [{ name: a, weight: 10 }, b]\n"
	  "                                   ^\n" },
	{ "- a\n", "t.yaml:1:1: a map of settings such as `components:` expected, not a list\n"
		   "  - a\n"
		   "  ^~~\n" },
	/* Places in lines with wide characters, tabs and escapes. */
	{ "items: [{ name: \xe6\x97\xa5\xe6\x9c\xac, wieght: 1 }]\n",
	  "t.yaml:1:17: `\xe6\x97\xa5\xe6\x9c\xac` is no name: lower-case words joined by `-`, `_` "
	  "or `.`\n"
	  "  items: [{ name: \xe6\x97\xa5\xe6\x9c\xac, wieght: 1 }]\n"
	  "                  ^~~~\n"
	  "t.yaml:1:21: unknown key `wieght`; did you mean `weight`?\n"
	  "  items: [{ name: \xe6\x97\xa5\xe6\x9c\xac, wieght: 1 }]\n"
	  "                        ^~~~~~\n" },
	{ "count:\t\tx\n", "t.yaml:1:9: a whole number such as 3 expected, not `x`\n"
			   "  count:          x\n"
			   "                  ^\n" },
	{ "title: \"\\e[31m\"\nmode: \"\\e[31m\"\n",
	  "t.yaml:2:7: `mode` cannot be `\\x1b[31m`; write one of fast, slow\n"
	  "  mode: \"\\e[31m\"\n"
	  "        ^~~~~~~~\n" },
	/* YAML itself. */
	{ "every:\n\t5s\n", "t.yaml:2:1: a tab indents this line; YAML is indented by spaces only\n"
			    "          5s\n"
			    "  ^~~~~~~~\n" },
	{ "a: b: c\n", "t.yaml:1:5: this is no YAML: mapping values are not allowed in this "
		       "context; a `:` stands where no key can be; check the indentation, and "
		       "quote a text that holds `: `\n"
		       "  a: b: c\n"
		       "      ^\n" },
	{ "a: 1\n---\nb: 2\n",
	  "t.yaml:2:1: a second document begins here; put it into a file of its own\n"
	  "  ---\n"
	  "  ^~~\n" },
	{ "title: *nobody\n",
	  "t.yaml:1:8: `*nobody` stands for no anchor above it; write `&nobody` "
	  "before the value it means\n"
	  "  title: *nobody\n"
	  "         ^~~~~~~\n" },
	{ "title: !vault x\n", "t.yaml:1:8: tags such as `!vault` mean nothing here; remove it\n"
			       "  title: !vault x\n"
			       "         ^~~~~~~~\n" },
	{ "title: \xff\n", "t.yaml:1:8: this is not UTF-8; save the file as UTF-8\n"
			   "  title: \xef\xbf\xbd\n"
			   "         ^\n" },
	{ "? [a]\n: 1\n", "t.yaml:1:3: a key must be a text, not a list\n"
			  "  ? [a]\n"
			  "    ^~~\n" },
	/* References name the variable, never what it holds. */
	{ "title: ${BW_TEST_UNSET}\n",
	  "t.yaml:1:8: the environment variable BW_TEST_UNSET is not set; set it, or write "
	  "${BW_TEST_UNSET:-default}\n"
	  "  title: ${BW_TEST_UNSET}\n"
	  "         ^~~~~~~~~~~~~~~~\n" },
	{ "count: ${BW_TEST_SECRET}\n",
	  "t.yaml:1:8: a whole number such as 3 expected, not `${BW_TEST_SECRET}`\n"
	  "  count: ${BW_TEST_SECRET}\n"
	  "         ^~~~~~~~~~~~~~~~~\n" },
	/* Secrets never stand in a report. */
	{ "http: { url: \"http://u:hunter2@h/\", password: hunter2, x: 1 }\n",
	  "t.yaml:1:56: unknown key `x`; known here are url, password, within, status\n"
	  "  http: { url: \"http://u:***@h/\", password: ***, x: 1 }\n"
	  "                                                 ^\n" },
	{ "http: { url: \"http://h/\", pasword: [hunter2] }\n",
	  "t.yaml:1:27: unknown key `pasword`; did you mean `password`?\n"
	  "  http: { url: \"http://h/\", pasword: *** }\n"
	  "                            ^~~~~~~\n" },
	{ "http:\n  url: http://h/\n  password:\n    hunter2: hunter2\n",
	  "t.yaml:3:3: a text, ${NAME} or file:/path expected, not a map\n"
	  "    password:\n"
	  "    ^~~~~~~~\n" },
	{ "http: { url: http://h/, password: file:/nonexistent/secret }\n",
	  "t.yaml:1:35: the file /nonexistent/secret cannot be read: No such file or directory\n"
	  "  http: { url: http://h/, password: file:/nonexistent/secret }\n"
	  "                                    ^~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "password: \"hunter2\" hunter3\n",
	  "t.yaml:1:21: this is no YAML: did not find expected key while parsing a block mapping; "
	  "check the indentation: keys of one map stand in one column\n"
	  "  password: ***\n"
	  "            ^~~\n" },
	{ "count: redis://:hunter2@h/0\n",
	  "t.yaml:1:8: a whole number such as 3 expected, not `redis://:***@h/0`\n"
	  "  count: redis://:***@h/0\n"
	  "         ^~~~~~~~~~~~~~~~\n" },
};

static void test_mistakes(void **state)
{
	int failed = 0;

	(void)state;
	unsetenv("BW_TEST_UNSET");
	setenv("BW_TEST_SECRET", "hunter2", 1);
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct reading reading;

		reading_start(&reading, mistakes[i].text, strlen(mistakes[i].text));
		if (strcmp(reading.report, mistakes[i].report) != 0) {
			print_error("for\n%sexpected\n%sbut got\n%s\n", mistakes[i].text,
				    mistakes[i].report, reading.report);
			failed++;
		}
		assert_null(strstr(reading.report, "hunter"));
		reading_end(&reading);
	}
	assert_int_equal(failed, 0);
}

static void test_values(void **state)
{
	static const char text[] =
		"enabled: no\ncount: -7\nevery: 1h30m\nroom: 1.5KiB\nratio: 1e-1\n"
		"title: \"${BW_TEST_WORD} $${x} ${BW_TEST_UNSET:-else} $y\"\n"
		"name: a.b_c-d\nmode: fast\ntags: [x, 'y']\n"
		"headers: { A: b }\nhttp: http://h/\n"
		"items: [{ name: a }, { name: b, weight: 2 }]\n";
	struct reading reading;
	const struct sample *sample = &reading.sample;

	(void)state;
	setenv("BW_TEST_WORD", "word", 1);
	reading_start(&reading, text, sizeof text - 1);
	assert_string_equal(reading.report, "");
	assert_false(sample->enabled);
	assert_int_equal(sample->count, -7);
	assert_int_equal(sample->every_us, 5400 * BW_SECOND_US);
	assert_int_equal(sample->room_bytes, 1536);
	assert_true(sample->ratio == 0.1);
	assert_string_equal(sample->title, "word ${x} else $y");
	assert_string_equal(sample->name, "a.b_c-d");
	assert_int_equal(sample->mode, 0);
	assert_int_equal(sample->tags.count, 2);
	assert_string_equal(((const char **)sample->tags.items)[1], "y");
	assert_string_equal(((struct config_pair *)sample->headers.items)[0].value, "b");
	assert_string_equal(sample->http.url, "http://h/");
	assert_true(sample->http_given);
	assert_int_equal(sample->http.status.count, 2);
	assert_true(((double *)sample->http.status.items)[1] == 204);
	assert_int_equal(sample->items.count, 2);
	assert_int_equal(((struct item *)sample->items.items)[0].weight, 1);
	assert_int_equal(((struct item *)sample->items.items)[1].weight, 2);
	reading_end(&reading);
}

static void test_defaults(void **state)
{
	struct reading reading;

	(void)state;
	reading_start(&reading, "", 0);
	assert_true(reading.sample.enabled);
	assert_int_equal(reading.sample.every_us, 30 * BW_SECOND_US);
	assert_int_equal(reading.sample.mode, 1);
	assert_null(reading.sample.title);
	assert_false(reading.sample.http_given);
	reading_end(&reading);
}

static void test_aliases_and_merging(void **state)
{
	static const char text[] =
		"items:\n- &a { name: a, weight: 3 }\n- { <<: *a, name: b }\n- *a\n";
	struct reading reading;
	const struct item *items;

	(void)state;
	reading_start(&reading, text, sizeof text - 1);
	assert_string_equal(reading.report, "");
	items = reading.sample.items.items;
	assert_int_equal(reading.sample.items.count, 3);
	assert_string_equal(items[1].name, "b");
	assert_int_equal(items[1].weight, 3);
	assert_string_equal(items[2].name, "a");
	reading_end(&reading);
}

/* Nine lines that stand for a billion values. */
static void test_laughs(void **state)
{
	char text[1024] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
	struct reading reading;

	(void)state;
	for (int i = 1; i < 9; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof text - len,
			 "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
			 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	}
	reading_start(&reading, text, strlen(text));
	assert_non_null(strstr(reading.report, "stand for more than 200000 values"));
	reading_end(&reading);
}

static void test_depth(void **state)
{
	char text[300];
	struct reading reading;

	(void)state;
	memset(text, '[', sizeof text);
	reading_start(&reading, text, sizeof text);
	assert_non_null(strstr(reading.report, "nested more than 64 levels deep"));
	reading_end(&reading);
}

/* A hundred errors are shown, the rest counted; a line of 50 KB is cut around its token. */
static void test_many_and_long(void **state)
{
	struct bw_buf text;
	struct reading reading;

	(void)state;
	bw_buf_init(&text, 0);
	bw_buf_text(&text, "items: [");
	for (int i = 0; i < 3000; i++)
		bw_buf_format(&text, "{ name: n%d, x: 1 }, ", i);
	bw_buf_text(&text, "]\n");
	reading_start(&reading, text.data, text.len);
	assert_non_null(strstr(reading.report, "t.yaml: and 2900 more errors\n"));
	assert_non_null(strstr(reading.report, "\xe2\x80\xa6"));
	assert_true(strlen(reading.report) < 100 * 350);
	reading_end(&reading);
	bw_buf_finish(&text);
}

static void test_long_names(void **state)
{
	char name[129], text[160];

	(void)state;
	memset(name, 'n', sizeof name);
	for (int len = 128; len <= 129; len++) {
		struct reading reading;
		bool is_told;

		snprintf(text, sizeof text, "every: 5s\nname: %.*s\n", len, name);
		reading_start(&reading, text, strlen(text));
		is_told = reading.report &&
			  strstr(reading.report, "a name has at most 128 bytes, this one 129\n");
		assert_int_equal(is_told, len == 129);
		assert_true(is_told || !reading.report || !strstr(reading.report, "is no name"));
		reading_end(&reading);
	}
}

/* The caret stands under the token of a line that was cut on both sides. */
static void test_cut_line(void **state)
{
	char text[600], x[160], y[160], *line, *caret;
	struct reading reading;

	(void)state;
	memset(x, 'x', sizeof x);
	memset(y, 'y', sizeof y);
	snprintf(text, sizeof text, "{ title: %.*s, bad: 1, name: %.*s }\n", (int)sizeof x, x,
		 (int)sizeof y, y);
	reading_start(&reading, text, strlen(text));
	line = strchr(reading.report, '\n') + 1;
	caret = strchr(line, '\n') + 1;
	assert_memory_equal(line, "  \xe2\x80\xa6", 5);
	assert_memory_equal(caret - 4, "\xe2\x80\xa6\n", 4);
	assert_int_equal(strstr(line, "bad") - line - 2, strchr(caret, '^') - caret);
	assert_memory_equal(strchr(caret, '^'), "^~~\n", 4);
	reading_end(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_values),
		cmocka_unit_test(test_defaults),      cmocka_unit_test(test_aliases_and_merging),
		cmocka_unit_test(test_laughs),        cmocka_unit_test(test_depth),
		cmocka_unit_test(test_many_and_long), cmocka_unit_test(test_cut_line),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
