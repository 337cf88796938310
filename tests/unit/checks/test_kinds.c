/* test_kinds.c - the table of kinds is whole: every row has its page, its stories, and a table of
 * fields that a manual can be printed from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "checks/kinds.h"
#include "support/fake_io.h"
#include "support/kind_case.h"

enum { PATH_SIZE = 512, DEPTH_MAX = 4 };

static void rows_are_sorted_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; check_kinds[i]; i++) {
		const struct check_kind *kind = check_kinds[i];

		if (i > 0)
			assert_true(strcmp(check_kinds[i - 1]->name, kind->name) < 0);
		assert_ptr_equal(check_kind_find(kind->name), kind);
		assert_non_null(kind->summary);
		assert_true(strlen(kind->summary) > 10);
		assert_non_null(kind->start);
		assert_non_null(kind->stop);
		assert_int_equal(kind->passive, kind->report != NULL);
	}
	assert_null(check_kind_find("no-such-kind"));
}

static void needs_file(const char *folder, const char *name, const char *suffix)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), SOURCE_ROOT "/%s/%s.%s", folder, name, suffix);
	if (access(path, R_OK) != 0)
		fail_msg("%s is missing", path);
}

/* A story that is not in the list of the build is never played. */
static void needs_story_in_build(const char *name)
{
	char list[4096], row[64];
	FILE *file = fopen(SOURCE_ROOT "/tests/scenarios/meson.build", "r");
	size_t len;

	assert_non_null(file);
	len = fread(list, 1, sizeof(list) - 1, file);
	fclose(file);
	assert_in_range(len, 1, sizeof(list) - 2);
	list[len] = '\0';
	snprintf(row, sizeof(row), "  '%s',\n", name);
	if (!strstr(list, row))
		fail_msg("tests/scenarios/meson.build has no row %s", row);
}

static void every_kind_has_its_page_and_its_stories(void **state)
{
	(void)state;
	for (size_t i = 0; check_kinds[i]; i++) {
		needs_file("docs/checks", check_kinds[i]->name, "md");
		needs_file("tests/scenarios", check_kinds[i]->name, "scn");
		needs_story_in_build(check_kinds[i]->name);
	}
}

static void look_at_fields(const char *kind, const struct config_field *fields, int depth)
{
	assert_true(depth < DEPTH_MAX);
	for (size_t i = 0; fields[i].name; i++) {
		const struct config_field *field = &fields[i];

		if (!field->help || strlen(field->help) < 5)
			fail_msg("%s: %s has no help", kind, field->name);
		if (strspn(field->name, "abcdefghijklmnopqrstuvwxyz0123456789_") !=
		    strlen(field->name))
			fail_msg("%s: %s is no name for a setting", kind, field->name);
		for (size_t other = 0; other < i; other++)
			if (strcmp(fields[other].name, field->name) == 0)
				fail_msg("%s: %s is there twice", kind, field->name);
		if (field->type == CONFIG_WORD)
			assert_non_null(field->words);
		if (field->type == CONFIG_OBJECT || field->type == CONFIG_OBJECT_LIST) {
			assert_non_null(field->fields);
			look_at_fields(kind, field->fields, depth + 1);
		}
		if (field->required && field->standard)
			fail_msg("%s: %s is required and has a default", kind, field->name);
		assert_true(field->min <= field->max || field->max == 0);
	}
}

static void every_field_can_be_printed(void **state)
{
	(void)state;
	for (size_t i = 0; check_kinds[i]; i++)
		look_at_fields(check_kinds[i]->name, check_kinds[i]->fields, 0);
}

/* Every default as YAML, as if a person had written it. */
static void write_defaults(const struct config_field *fields, int depth, struct bw_buf *out)
{
	for (size_t i = 0; fields[i].name; i++) {
		const struct config_field *field = &fields[i];

		if (field->type == CONFIG_OBJECT) {
			bw_buf_format(out, "%*s%s:\n", depth * 2, "", field->name);
			bw_buf_format(out, "%*s{}\n", depth * 2 + 2, "");
		} else if (field->standard) {
			bw_buf_format(out, "%*s%s: %s\n", depth * 2, "", field->name,
				      field->standard);
		}
	}
}

/* What is required may be missing; nothing else may be complained about. */
static void look_at_defaults(const char *name, const struct config_field *fields)
{
	struct check_kind kind = *check_kind_find(name);
	struct io_loop *loop = io_loop_create();
	struct kind_case *made;
	struct bw_buf text;
	const char *line;

	kind.fields = fields;
	kind.prepare = NULL;
	kind.settings_size = 65536;
	bw_buf_init(&text, 0);
	write_defaults(fields, 0, &text);
	bw_buf_byte(&text, '\n');
	made = kind_case_create(loop, &kind, text.data);
	for (line = strstr(made->report, "case.yaml:"); line; line = strstr(line + 1, "case.yaml:"))
		if (!strstr(line, "is missing") || strstr(line, "is missing") > strchr(line, '\n'))
			fail_msg("%s: %s", name, made->report);
	kind_case_destroy(made);
	io_loop_destroy(loop);
	bw_buf_finish(&text);
	for (size_t i = 0; fields[i].name; i++)
		if (fields[i].type == CONFIG_OBJECT)
			look_at_defaults(name, fields[i].fields);
}

static void every_default_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; check_kinds[i]; i++)
		look_at_defaults(check_kinds[i]->name, check_kinds[i]->fields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_found),
		cmocka_unit_test(every_kind_has_its_page_and_its_stories),
		cmocka_unit_test(every_field_can_be_printed),
		cmocka_unit_test(every_default_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
