/* silence.c - a silence as a record, and when it is in force. */
#include "alerts/silence.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/record_read.h"
#include "base/json_write.h"

void silence_finish(struct silence *silence)
{
	matchers_destroy(silence->matchers);
	silence->matchers = NULL;
}

bool silence_is_active(const struct silence *silence, struct bw_wall now)
{
	return silence->expired.us == 0 && silence->from.us <= now.us &&
	       (silence->until.us == 0 || now.us < silence->until.us);
}

static void put_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	if (time.us != 0)
		bw_json_member_int(json, key, time.us);
}

void silence_encode(const struct silence *silence, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_int(&json, "id", (int64_t)silence->id);
	bw_json_key(&json, "match");
	bw_json_array_begin(&json);
	for (size_t i = 0; i < matchers_count(silence->matchers); i++)
		bw_json_string(&json, matchers_text(silence->matchers, i));
	bw_json_array_end(&json);
	put_time(&json, "created_us", silence->created);
	put_time(&json, "from_us", silence->from);
	put_time(&json, "until_us", silence->until);
	bw_json_member_bool(&json, "until_resolved", silence->until_resolved);
	put_time(&json, "expired_us", silence->expired);
	bw_json_member_string(&json, "by", silence->by);
	bw_json_member_string(&json, "reason", silence->reason);
	bw_json_member_string(&json, "expired_by", silence->expired_by);
	bw_json_object_end(&json);
}

static void take_text(struct record_reader *reader, const char *key, char *out, size_t size)
{
	const char *text = record_text(reader, key);
	size_t len = strlen(text);

	if (len < size)
		memcpy(out, text, len + 1);
	else
		record_refuse(reader, key, "too long");
}

static void take_matchers(struct record_reader *reader, struct silence *out)
{
	const json_t *list = record_array(reader, "match", MATCHERS_MAX);
	const char *texts[MATCHERS_MAX];
	struct bw_error why = { 0 };
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		texts[i] = json_string_value(json_array_get(list, i));
		if (texts[i] == NULL) {
			record_refuse(reader, "match", "not a list of texts");
			return;
		}
	}
	if (matchers_parse(texts, count, &out->matchers, &why) != BW_OK)
		record_refuse(reader, "match", why.text);
}

enum bw_status silence_decode(const char *text, struct silence *out, struct bw_error *err)
{
	json_t *root = record_parse(text, err);
	struct record_reader reader = { .object = root, .err = err };

	*out = (struct silence){ 0 };
	if (root == NULL)
		return BW_EINVAL;
	out->id = (uint64_t)record_int(&reader, "id", 1, INT64_MAX - 1);
	if (out->id == 0)
		record_refuse(&reader, "id", "there is none");
	out->created = record_wall(&reader, "created_us");
	out->from = record_wall(&reader, "from_us");
	out->until = record_wall(&reader, "until_us");
	out->until_resolved = record_bool(&reader, "until_resolved");
	out->expired = record_wall(&reader, "expired_us");
	take_text(&reader, "by", out->by, sizeof(out->by));
	take_text(&reader, "reason", out->reason, sizeof(out->reason));
	take_text(&reader, "expired_by", out->expired_by, sizeof(out->expired_by));
	take_matchers(&reader, out);
	json_decref(root);
	if (!reader.failed)
		return BW_OK;
	silence_finish(out);
	return BW_EINVAL;
}
