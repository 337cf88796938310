/* record_read.c - jansson behind one door for silences and notices. */
#include "alerts/record_read.h"

#include <string.h>

json_t *record_parse(const char *text, struct bw_error *err)
{
	json_error_t why;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (root == NULL)
		bw_fail(err, BW_EINVAL, "no JSON: %s", why.text);
	else if (!json_is_object(root))
		bw_fail(err, BW_EINVAL, "no JSON object");
	if (root != NULL && !json_is_object(root)) {
		json_decref(root);
		root = NULL;
	}
	return root;
}

void record_refuse(struct record_reader *reader, const char *key, const char *why)
{
	if (!reader->failed)
		bw_fail(reader->err, BW_EINVAL, "%s: %s", key, why);
	reader->failed = true;
}

int64_t record_int(struct record_reader *reader, const char *key, int64_t min, int64_t max)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value == NULL)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max) {
		record_refuse(reader, key, "no number in its range");
		return 0;
	}
	return json_integer_value(value);
}

struct bw_wall record_wall(struct record_reader *reader, const char *key)
{
	return (struct bw_wall){ record_int(reader, key, 0, INT64_MAX / 2) };
}

bool record_bool(struct record_reader *reader, const char *key)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value != NULL && !json_is_boolean(value))
		record_refuse(reader, key, "neither true nor false");
	return json_is_true(value);
}

const char *record_text(struct record_reader *reader, const char *key)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value != NULL && !json_is_string(value))
		record_refuse(reader, key, "no text");
	return json_is_string(value) ? json_string_value(value) : "";
}

int record_word(struct record_reader *reader, const char *key, const char *const *words,
		int missing)
{
	const char *text = record_text(reader, key);

	if (text[0] == '\0')
		return missing;
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	record_refuse(reader, key, "no word that is known");
	return missing;
}

const json_t *record_array(struct record_reader *reader, const char *key, size_t max)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value != NULL && (!json_is_array(value) || json_array_size(value) > max)) {
		record_refuse(reader, key, "no list, or too long");
		return NULL;
	}
	return value;
}
