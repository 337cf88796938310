/* outbox_delivery.c - one message: what is known of it, and its record in the store.
 *
 * The notice stays text until somebody sends it. Of an ended one only what the log shows is kept in
 * memory; its record keeps the notice too, so that the log can be read back after a restart.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "notify/outbox_impl.h"

enum { HEADLINE_MAX = 512 };

static const char *const state_words[] = {
	[DELIVERY_QUEUED] = "queued",
	[DELIVERY_SENT] = "sent",
	[DELIVERY_GIVEN_UP] = "given_up",
};

struct delivery *delivery_create(uint64_t id, const char *text)
{
	struct delivery *delivery;
	struct notice notice;
	char headline[HEADLINE_MAX];

	if (notice_decode(text, &notice, NULL) != BW_OK)
		return NULL;
	delivery = xcalloc(1, sizeof(*delivery));
	delivery->id = id;
	delivery->channel = xstrdup(notice.channel);
	delivery->notice = xstrdup(text);
	notice_headline(&notice, headline, sizeof(headline));
	delivery->headline = xstrdup(headline);
	delivery->kind = notice.kind;
	memcpy(delivery->key, notice.key, sizeof(delivery->key));
	delivery->at = notice.at;
	delivery->alert_count = notice.count;
	delivery->alerts = xcalloc(notice.count + 1, sizeof(*delivery->alerts));
	for (size_t nth = 0; nth < notice.count; nth++)
		delivery->alerts[nth] = notice.alerts[nth].id;
	notice_finish(&notice);
	return delivery;
}

void delivery_destroy(struct delivery *delivery)
{
	if (delivery == NULL)
		return;
	free(delivery->channel);
	free(delivery->notice);
	free(delivery->headline);
	free(delivery->alerts);
	free(delivery);
}

bool delivery_is_about(const struct delivery *delivery, uint64_t alert)
{
	for (size_t nth = 0; nth < delivery->alert_count; nth++) {
		if (delivery->alerts[nth] == alert)
			return true;
	}
	return false;
}

void delivery_encode(const struct delivery *delivery, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "state", state_words[delivery->state]);
	bw_json_member_int(&json, "attempts", delivery->attempts);
	bw_json_member_int(&json, "ended_us", delivery->ended.us);
	bw_json_member_int(&json, "failing_since_us", delivery->failing_since.us);
	bw_json_member_int(&json, "held_until_us", delivery->held_until.us);
	bw_json_member_string(&json, "text", delivery->text);
	bw_json_key(&json, "notice");
	bw_json_raw(&json, delivery->notice, strlen(delivery->notice));
	bw_json_object_end(&json);
}

static bool read_state(json_t *record, enum delivery_state *out)
{
	const char *word = json_string_value(json_object_get(record, "state"));

	for (int state = DELIVERY_QUEUED; word != NULL && state <= DELIVERY_GIVEN_UP; state++) {
		if (strcmp(word, state_words[state]) == 0) {
			*out = (enum delivery_state)state;
			return true;
		}
	}
	return false;
}

static struct bw_wall read_time(json_t *record, const char *key)
{
	json_int_t us = json_integer_value(json_object_get(record, key));

	/* Who changed the file by hand may have written anything; times are added to. */
	return (struct bw_wall){ us >= 0 && us <= INT64_MAX / 2 ? us : 0 };
}

static struct delivery *read_delivery(uint64_t id, json_t *record)
{
	const char *text = json_string_value(json_object_get(record, "text"));
	char *notice = json_dumps(json_object_get(record, "notice"), JSON_COMPACT);
	struct delivery *delivery = notice != NULL ? delivery_create(id, notice) : NULL;
	json_int_t attempts = json_integer_value(json_object_get(record, "attempts"));

	free(notice);
	if (delivery == NULL)
		return NULL;
	if (!read_state(record, &delivery->state)) {
		delivery_destroy(delivery);
		return NULL;
	}
	delivery->attempts = attempts > 0 && attempts < INT32_MAX ? (int)attempts : 0;
	delivery->ended = read_time(record, "ended_us");
	delivery->failing_since = read_time(record, "failing_since_us");
	delivery->held_until = read_time(record, "held_until_us");
	bw_text_format(delivery->text, sizeof(delivery->text), "%s", text != NULL ? text : "");
	return delivery;
}

struct delivery *delivery_decode(const struct store_record *record)
{
	json_t *root = json_loads(record->text, JSON_REJECT_DUPLICATES, NULL);
	struct delivery *delivery = root != NULL ? read_delivery(record->id, root) : NULL;

	json_decref(root);
	return delivery;
}
