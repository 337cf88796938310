/* fuzz_live.c - any text of others through all that shows it to others: markup, badges, columns;
 * and the lists of names and files that a query or a path brings.
 *
 * A byte 0x1f parts the input into texts, as none of them can hold it: they are the names, groups
 * and errors of rows, the halves of a badge, the list and the file.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/display.h"
#include "base/markup_write.h"
#include "daemon/badge.h"
#include "daemon/live_columns.h"
#include "daemon/name_list.h"

enum { TEXTS = 12, ROWS = TEXTS / 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const references[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

static bool is_reference(const char *at)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		if (strncmp(at, references[i], strlen(references[i])) == 0)
			return true;
	return false;
}

/* Nothing that a parser or a reader's eye would take for more than text. */
static void markup_is_text(const char *text)
{
	struct bw_buf out;
	uint32_t character;

	bw_buf_init(&out, 0);
	bw_markup_text(&out, text);
	bw_buf_text(&out, "");
	for (size_t at = 0; at < out.len;) {
		size_t bytes = bw_utf8_next(out.data + at, out.len - at, &character);

		bw_assert(character < 0x80 || bytes > 1);
		bw_assert(strchr("<>\"'", (int)character) == NULL || character >= 0x80);
		bw_assert(character != '&' || is_reference(out.data + at));
		bw_assert(character >= 0x20 || strchr("\t\n\r", (int)character) != NULL);
		bw_assert(character < 0x202a || character > 0x202e);
		at += bytes;
	}
	bw_buf_finish(&out);
}

static void is_json(const struct bw_buf *out)
{
	json_t *value = json_loadb(out->data, out->len, JSON_REJECT_DUPLICATES, NULL);

	bw_assert(value != NULL);
	json_decref(value);
}

static size_t count_of(const struct bw_buf *out, char byte)
{
	size_t count = 0;

	for (size_t at = 0; at < out->len; at++)
		count += out->data[at] == byte;
	return count;
}

static void show_badge(const char *label, const char *message)
{
	const struct badge plain = { "", "", BADGE_GOOD, false };
	const struct badge badge = { label, message, BADGE_BAD, true };
	struct bw_buf out, bare;

	bw_buf_init(&out, 0);
	bw_buf_init(&bare, 0);
	badge_write_svg(&badge, &out);
	badge_write_svg(&plain, &bare);
	bw_assert(count_of(&out, '<') == count_of(&bare, '<'));
	bw_assert(count_of(&out, '>') == count_of(&bare, '>'));
	bw_assert(count_of(&out, '"') == count_of(&bare, '"'));
	bw_buf_clear(&out);
	badge_write_json(&badge, &out);
	is_json(&out);
	bw_buf_finish(&out);
	bw_buf_finish(&bare);
}

static void show_rows(const char *const texts[TEXTS], int64_t number)
{
	struct live_row rows[ROWS];
	uint32_t positions[ROWS];
	struct bw_json json;
	struct bw_buf out;

	for (size_t i = 0; i < ROWS; i++) {
		positions[i] = (uint32_t)i;
		rows[i] = (struct live_row){ .name = texts[3 * i],
					     .group = i % 2 ? texts[3 * i + 1] : NULL,
					     .kind = "http",
					     .has_response = true,
					     .limit_us = number,
					     .response_us = number >> i,
					     .checked = { number },
					     .error = texts[3 * i + 2] };
		bw_assert(live_row_hash(&rows[i]) != 0);
	}
	bw_buf_init(&out, 0);
	bw_json_init(&json, &out);
	bw_json_object_begin(&json);
	live_write_snapshot(&json, rows, ROWS, (struct bw_wall){ 1 });
	bw_json_object_end(&json);
	is_json(&out);
	bw_buf_clear(&out);
	bw_json_init(&json, &out);
	bw_json_object_begin(&json);
	live_write_patch(&json, rows, positions, ROWS, (struct bw_wall){ 1 });
	bw_json_object_end(&json);
	bw_assert(memchr(out.data, '\n', out.len) == NULL); /* it would end an event's line */
	is_json(&out);
	bw_buf_finish(&out);
}

static void read_names(const char *list)
{
	char name[NAME_LIST_BYTES], what[BADGE_WHAT_MAX];
	const char *at = list;
	bool as_json, is_whole = name_list_fault(list) == NULL;
	int count = 0;

	for (; name_list_next(&at, name); count++)
		bw_assert(!is_whole || name[0] != '\0');
	bw_assert(!is_whole || (count > 0 && count <= NAME_LIST_MAX));
	bw_assert(*at == '\0');
	if (badge_parse(list, what, &as_json))
		bw_assert(strlen(what) < BADGE_WHAT_MAX && strchr(list, '.') != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *texts[TEXTS];
	char *copy = malloc(size + 1);
	int64_t number = 0;

	bw_assert(copy != NULL);
	if (size > 0) {
		memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
		memcpy(copy, data, size);
	}
	copy[size] = '\0';
	for (size_t i = 0, at = 0; i < TEXTS; i++) {
		texts[i] = copy + at;
		at += strcspn(copy + at, "\x1f");
		if (copy[at] == '\x1f')
			copy[at++] = '\0';
	}
	for (size_t i = 0; i < TEXTS; i++) {
		markup_is_text(texts[i]);
		read_names(texts[i]);
	}
	show_badge(texts[0], texts[1]);
	show_rows(texts, number & INT64_C(0x7ffffffffffff));
	free(copy);
	return 0;
}
