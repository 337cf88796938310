/* live_columns.c - one pass over the rows a column.
 *
 * Columns, because ten thousand objects repeat their keys ten thousand times and equal values stand
 * side by side only in columns, which is what gzip lives on. Words are written once and rows hold
 * their positions.
 */
#include "daemon/live_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/strmap.h"
#include "base/xalloc.h"

uint64_t live_hash(uint64_t hash, const void *data, size_t len)
{
	const char *bytes = data;
	uint64_t word;

	for (size_t at = 0; at < len; at += sizeof(word)) {
		size_t left = len - at;

		word = left;
		memcpy(&word, bytes + at, left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return (hash ^ len) * UINT64_C(0xbf58476d1ce4e5b9);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	const char marker = text == NULL ? 'n' : 't';

	hash = live_hash(hash, &marker, 1);
	return text == NULL ? hash : live_hash(hash, text, strlen(text));
}

uint64_t live_row_hash(const struct live_row *row)
{
	const int64_t fields[] = { (int64_t)row->health, row->has_response ? row->response_us : -1,
				   row->checked.us, row->since.us };
	uint64_t hash = live_hash(1, fields, sizeof(fields));

	hash = hash_text(hash, row->error);
	return hash == 0 ? 1 : hash;
}

uint64_t live_row_identity(const struct live_row *row, uint64_t hash)
{
	const int64_t fields[] = { row->limit_us, row->critical };

	hash = hash_text(hash, row->name);
	hash = hash_text(hash, row->group);
	hash = hash_text(hash, row->kind);
	return live_hash(hash, fields, sizeof(fields));
}

/* Bytes of the first `max` characters. */
static size_t bytes_of(const char *text, size_t len, int max)
{
	uint32_t character;
	size_t at = 0;

	for (int i = 0; i < max && at < len; i++)
		at += bw_utf8_next(text + at, len - at, &character);
	return at;
}

static void write_text(struct bw_json *json, const char *text)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	char cut[LIVE_TEXT_MAX * 4 + sizeof(ellipsis)];
	size_t len;

	if (text == NULL || text[0] == '\0') {
		bw_json_null(json);
		return;
	}
	len = strlen(text);
	if (bytes_of(text, len, LIVE_TEXT_MAX) == len) {
		bw_json_string_len(json, text, len);
		return;
	}
	len = bytes_of(text, len, LIVE_TEXT_MAX - 1);
	memcpy(cut, text, len);
	memcpy(cut + len, ellipsis, sizeof(ellipsis) - 1);
	bw_json_string_len(json, cut, len + sizeof(ellipsis) - 1);
}

/* Two digits that count, or all of a whole number: the page shows no more, and they pack better. */
static void write_ms(struct bw_json *json, int64_t us)
{
	int64_t unit = us < 100 ? 1 : us < 995 ? 10 : us < 9950 ? 100 : 1000;
	int64_t rounded = (us + unit / 2) / unit * unit;

	if (rounded % 1000 == 0)
		bw_json_int(json, rounded / 1000);
	else
		bw_json_double(json, (double)rounded / 1000.0);
}

static void write_age(struct bw_json *json, struct bw_wall time, struct bw_wall now)
{
	int64_t age_us = now.us - time.us;

	if (time.us == 0)
		bw_json_null(json);
	else
		bw_json_int(json, age_us > 0 ? age_us / BW_SECOND_US : 0);
}

/* The columns that change. */
static void write_states(struct bw_json *json, const struct live_row *rows, size_t count,
			 struct bw_wall now)
{
	bw_json_key(json, "status");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		bw_json_int(json, (int64_t)rows[i].health);
	bw_json_array_end(json);
	bw_json_key(json, "response_ms");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].has_response)
			write_ms(json, rows[i].response_us);
		else
			bw_json_null(json);
	}
	bw_json_array_end(json);
	bw_json_key(json, "checked_s");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		write_age(json, rows[i].checked, now);
	bw_json_array_end(json);
	bw_json_key(json, "since_s");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		write_age(json, rows[i].since, now);
	bw_json_array_end(json);
}

void live_write_patch(struct bw_json *json, const struct live_row *rows, const uint32_t *positions,
		      size_t count, struct bw_wall now)
{
	bw_json_key(json, "row");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		bw_json_int(json, positions[i]);
	bw_json_array_end(json);
	write_states(json, rows, count, now);
	bw_json_key(json, "error");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		write_text(json, rows[i].error);
	bw_json_array_end(json);
}

/* Words in the order in which they were first met. */
struct words {
	struct bw_strmap *met; /* word to its element of `positions` */
	size_t *positions;
};

static void words_init(struct words *words, size_t most)
{
	words->met = bw_strmap_create();
	if (words->met == NULL)
		xalloc_die();
	words->positions = xcalloc(most + 1, sizeof(*words->positions));
}

static void words_finish(struct words *words)
{
	bw_strmap_destroy(words->met);
	free(words->positions);
}

static size_t position_of(struct words *words, const char *word)
{
	size_t *position = bw_strmap_get(words->met, word);

	if (position == NULL) {
		position = &words->positions[bw_strmap_count(words->met)];
		*position = bw_strmap_count(words->met);
		xalloc_must(bw_strmap_put(words->met, word, position));
	}
	return *position;
}

static void write_words(struct bw_json *json, const char *key, const struct words *words)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	bw_json_key(json, key);
	bw_json_array_begin(json);
	while (bw_strmap_next(words->met, &cursor, &entry))
		bw_json_string(json, entry.key);
	bw_json_array_end(json);
}

static void write_names(struct bw_json *json, const struct live_row *rows, size_t count,
			struct words *groups, struct words *kinds)
{
	bw_json_key(json, "name");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		bw_json_string(json, rows[i].name);
	bw_json_array_end(json);
	bw_json_key(json, "group");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].group != NULL)
			bw_json_int(json, (int64_t)position_of(groups, rows[i].group));
		else
			bw_json_null(json);
	}
	bw_json_array_end(json);
	bw_json_key(json, "kind");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		bw_json_int(json, (int64_t)position_of(kinds, rows[i].kind));
	bw_json_array_end(json);
}

static void write_limits(struct bw_json *json, const struct live_row *rows, size_t count)
{
	bw_json_key(json, "critical");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].critical)
			bw_json_int(json, (int64_t)i);
	}
	bw_json_array_end(json);
	bw_json_key(json, "limit_ms");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].limit_us > 0)
			bw_json_double(json, (double)rows[i].limit_us / 1000.0);
		else
			bw_json_null(json);
	}
	bw_json_array_end(json);
}

static void write_errors(struct bw_json *json, const struct live_row *rows, size_t count)
{
	bw_json_key(json, "error");
	bw_json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].error == NULL || rows[i].error[0] == '\0')
			continue;
		bw_json_array_begin(json);
		bw_json_int(json, (int64_t)i);
		write_text(json, rows[i].error);
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
}

void live_write_snapshot(struct bw_json *json, const struct live_row *rows, size_t count,
			 struct bw_wall now)
{
	struct words groups, kinds;

	words_init(&groups, count);
	words_init(&kinds, count);
	write_names(json, rows, count, &groups, &kinds);
	write_limits(json, rows, count);
	write_states(json, rows, count, now);
	write_errors(json, rows, count);
	bw_json_key(json, "words");
	bw_json_object_begin(json);
	bw_json_key(json, "status");
	bw_json_array_begin(json);
	for (int health = 0; health < BW_HEALTH_MAX; health++)
		bw_json_string(json, bw_health_text((enum bw_health)health));
	bw_json_array_end(json);
	write_words(json, "group", &groups);
	write_words(json, "kind", &kinds);
	bw_json_object_end(json);
	words_finish(&groups);
	words_finish(&kinds);
}
