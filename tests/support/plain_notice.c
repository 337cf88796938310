/* plain_notice.c - stands for alerts/notice.h where only key, kind and alerts matter. */
#include "alerts/notice.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"

const char *notice_kind_text(enum notice_kind kind)
{
	static const char *const words[] = { "firing",   "resolved", "changed",
					     "flapping", "reminder", "test" };

	return words[kind];
}

void notice_headline(const struct notice *notice, char *out, size_t size)
{
	bw_text_format(out, size, "%s",
		       notice->count > 0 ? notice->alerts[0].title : notice->remark);
}

void notice_encode(const struct notice *notice, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_int(&json, "kind", notice->kind);
	bw_json_member_string(&json, "channel", notice->channel);
	bw_json_member_string(&json, "key", notice->key);
	bw_json_member_string(&json, "remark", notice->remark);
	bw_json_member_int(&json, "at", notice->at.us);
	bw_json_member_int(&json, "more", (int64_t)notice->more);
	bw_json_key(&json, "alerts");
	bw_json_array_begin(&json);
	for (size_t i = 0; i < notice->count; i++) {
		bw_json_object_begin(&json);
		bw_json_member_int(&json, "id", (int64_t)notice->alerts[i].id);
		bw_json_member_string(&json, "title", notice->alerts[i].title);
		bw_json_object_end(&json);
	}
	bw_json_array_end(&json);
	bw_json_object_end(&json);
}

enum bw_status notice_decode(const char *text, struct notice *out, struct bw_error *err)
{
	json_t *root = json_loads(text, 0, NULL), *list;

	if (!json_is_object(root) || !json_is_string(json_object_get(root, "channel"))) {
		json_decref(root);
		return bw_fail(err, BW_EINVAL, "not a notice");
	}
	*out = (struct notice){ .kind = (enum notice_kind)json_integer_value(
					json_object_get(root, "kind")) };
	out->channel = xstrdup(json_string_value(json_object_get(root, "channel")));
	snprintf(out->key, sizeof(out->key), "%s", json_string_value(json_object_get(root, "key")));
	out->remark = xstrdup(json_string_value(json_object_get(root, "remark")));
	out->group = "";
	out->at.us = json_integer_value(json_object_get(root, "at"));
	out->more = (size_t)json_integer_value(json_object_get(root, "more"));
	list = json_object_get(root, "alerts");
	out->count = json_array_size(list);
	out->alerts = xcalloc(out->count + 1, sizeof(*out->alerts));
	for (size_t i = 0; i < out->count; i++) {
		json_t *row = json_array_get(list, i);

		out->alerts[i].id = (uint64_t)json_integer_value(json_object_get(row, "id"));
		out->alerts[i].title = xstrdup(json_string_value(json_object_get(row, "title")));
	}
	json_decref(root);
	return BW_OK;
}

void notice_finish(struct notice *notice)
{
	for (size_t i = 0; i < notice->count; i++)
		free((char *)notice->alerts[i].title);
	free(notice->alerts);
	free((char *)notice->channel);
	free((char *)notice->remark);
}
