/* kinds_bed.c - see kinds_bed.h. */
#include "kinds_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/display.h"

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

void kinds_peer_answers(struct io_loop *loop, const char *bytes)
{
	struct fake_step steps[] = { { FAKE_AWAIT, "\r\n\r\n", 4, 0 },
				     { FAKE_SEND, bytes, strlen(bytes), 0 } };
	struct fake_peer peer = { .steps = steps, .step_count = 2 };

	fake_peer_set(loop, NULL, &peer);
}

void kinds_begin(struct kinds_bed *bed, const char *kind, const char *settings)
{
	bed->loop = io_loop_create();
	bed->channel = channel_case_create(bed->loop, channel_kind_find(kind), settings);
	if (!bed->channel->is_good)
		fail_msg("%s: %s", settings, bed->channel->report);
	bed->channel->channel.page_url = "https://bw.example/";
	kinds_peer_answers(bed->loop, OK_ANSWER);
}

void kinds_end(struct kinds_bed *bed)
{
	channel_case_destroy(bed->channel);
	io_loop_destroy(bed->loop);
}

void kinds_deliver(struct kinds_bed *bed, const struct notice *notice)
{
	int before = bed->channel->results;

	channel_case_send(bed->channel, notice);
	fake_advance(bed->loop, BW_SECOND_US);
	assert_int_equal(bed->channel->results, before + 1);
}

void kinds_send_plain(struct kinds_bed *bed, enum notice_kind kind)
{
	struct notice_sample sample;

	notice_sample_plain(&sample, kind);
	kinds_deliver(bed, &sample.notice);
	assert_int_equal(bed->channel->result.outcome, CHANNEL_SENT);
}

json_t *kinds_body_of(const struct kinds_bed *bed)
{
	json_error_t error;
	json_t *body = json_loads(fake_fetch_body(bed->loop), 0, &error);

	if (!body)
		fail_msg("%s in %s", error.text, fake_fetch_body(bed->loop));
	return body;
}

void kinds_assert_body(const struct kinds_bed *bed, const char *wanted)
{
	json_t *body = kinds_body_of(bed), *golden = json_loads(wanted, 0, NULL);

	assert_non_null(golden);
	if (!json_equal(body, golden))
		assert_string_equal(fake_fetch_body(bed->loop), wanted);
	json_decref(body);
	json_decref(golden);
}

size_t kinds_utf16_length(const char *text)
{
	size_t units = 0, len = strlen(text), at = 0;
	uint32_t character;

	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		units += character > 0xFFFF ? 2 : 1;
	}
	return units;
}

const char *kinds_text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

void kinds_assert_harmless(const char *text)
{
	size_t len = strlen(text), at = 0;
	uint32_t character;

	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		assert_true(character == '\n' || character >= ' ');
		assert_false(character >= 0x7F && character < 0xA0);
		assert_false(character >= 0x202A && character <= 0x202E);
		assert_false(character >= 0x2066 && character <= 0x2069);
	}
}

void kinds_each_hostile(const char *kind, const char *settings, body_check *check)
{
	static const size_t counts[] = { 0, 1, NOTICE_ALERTS_MAX };
	struct kinds_bed bed;

	kinds_begin(&bed, kind, settings);
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			struct notice_sample sample;
			json_t *body;

			notice_sample_full(&sample, notice_sample_hostile(i));
			sample.notice.count = counts[j];
			kinds_deliver(&bed, &sample.notice);
			if (counts[j] == 0 && strcmp(kind, "pagerduty") == 0)
				continue;
			body = kinds_body_of(&bed);
			check(body, &bed);
			json_decref(body);
		}
	}
	kinds_end(&bed);
}
