/* message.c - lines are added while they fit.
 *
 * Each alert gets an equal share of the room that is left, so a long message of the first cannot
 * push out the others, and what the short ones leave goes to the rest. When even a share would say
 * nothing, the alerts that remain are a number. The last lines (that number, the page's address)
 * have their room set aside from the start; an address that would take more than a third of it is
 * left out.
 */
#include "notify/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "config/units.h"

enum {
	ALERT_ROOM_MIN = 90, /* less says nothing of use */
	TAIL_ROOM = 40,      /* "\nand 18446744073709551615 more\n" */
	TITLE_UNITS_MAX = 300,
	REMARK_UNITS_MAX = 300,
	RUNBOOK_MAX = 300,
	FACT_MAX = 1024,
	DOTS = 3,
};

struct writer {
	const struct message_style *style;
	struct bw_buf *out;
	size_t used;
};

/* Units */

size_t message_units(const struct message_style *style, const char *text, size_t len)
{
	size_t units = 0, at = 0;
	uint32_t character;

	if (style->in_bytes)
		return len;
	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		units += character > 0xFFFF ? 2 : 1;
	}
	return units;
}

/* Words */

void message_label(const struct notice *notice, char out[MESSAGE_LABEL_MAX])
{
	static const char *const severities[] = { "INFO", "WARNING", "CRITICAL" };
	const char *severity = severities[notice_severity(notice)];

	switch (notice->kind) {
	case NOTICE_RESOLVED:
		snprintf(out, MESSAGE_LABEL_MAX, "RESOLVED");
		break;
	case NOTICE_CHANGED:
		snprintf(out, MESSAGE_LABEL_MAX, "NOW %s", severity);
		break;
	case NOTICE_FLAPPING:
		snprintf(out, MESSAGE_LABEL_MAX, "FLAPPING");
		break;
	case NOTICE_REMINDER:
		snprintf(out, MESSAGE_LABEL_MAX, "REMINDER %d", notice->reminder);
		break;
	case NOTICE_TEST:
		snprintf(out, MESSAGE_LABEL_MAX, "TEST");
		break;
	case NOTICE_FIRING:
	default:
		snprintf(out, MESSAGE_LABEL_MAX, "%s", severity);
	}
}

void message_headline(const struct notice *notice, char out[MESSAGE_HEADLINE_MAX])
{
	char label[MESSAGE_LABEL_MAX], words[MESSAGE_HEADLINE_MAX - MESSAGE_LABEL_MAX - 4];
	char raw[MESSAGE_HEADLINE_MAX];

	message_label(notice, label);
	if (notice->count == 1 && notice->more == 0)
		bw_text_format(words, sizeof(words), "%s", notice->alerts[0].title);
	else if (notice->kind == NOTICE_TEST)
		bw_text_format(words, sizeof(words), "Channel %s works", notice->channel);
	else
		notice_headline(notice, words, sizeof(words));
	snprintf(raw, sizeof(raw), "[%s] %s", label, words);
	bw_text_clean(raw, strlen(raw), out, MESSAGE_HEADLINE_MAX);
}

uint32_t message_color(const struct notice *notice)
{
	static const uint32_t severities[] = { 0x2F6FDE, 0xE8A317, 0xD32F2F };

	if (notice->kind == NOTICE_RESOLVED)
		return 0x2E9E4F;
	if (notice->kind == NOTICE_TEST)
		return 0x808890;
	return severities[notice_severity(notice)];
}

void message_time(struct bw_wall time, char out[MESSAGE_TIME_MAX])
{
	char iso[BW_WALL_TEXT_MAX];

	bw_wall_format(time, iso);
	snprintf(out, MESSAGE_TIME_MAX, "%.10s %.8s UTC", iso, iso + strlen("2026-03-02T"));
}

/* Lines */

static void cut_back(struct bw_buf *buf, size_t len)
{
	if (!buf->data || len > buf->len)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

/* `text` is clean. Behind every character that still leaves room for the dots the text could end.
 */
static size_t put_characters(const struct message_style *style, const char *text, size_t room,
			     struct bw_buf *out)
{
	size_t len = strlen(text), units = 0, mark_units = 0, mark = out->len;

	for (size_t at = 0; at < len;) {
		uint32_t character;
		size_t step = bw_utf8_next(text + at, len - at, &character), before = out->len;

		if (style->escape)
			style->escape(out, text + at, step);
		else
			bw_buf_append(out, text + at, step);
		if (out->status != BW_OK)
			return units;
		units += message_units(style, out->data + before, out->len - before);
		if (units > room) {
			cut_back(out, mark);
			if (room < DOTS)
				return mark_units;
			bw_buf_text(out, "...");
			return mark_units + DOTS;
		}
		if (units + DOTS <= room) {
			mark = out->len;
			mark_units = units;
		}
		at += step;
	}
	return units;
}

size_t message_line(const struct message_style *style, const char *text, size_t room,
		    struct bw_buf *out)
{
	size_t size = 3 * strlen(text) + 4;
	char *clean = xmalloc(size);
	size_t units;

	bw_text_clean(text, strlen(text), clean, size);
	units = put_characters(style, clean, room, out);
	free(clean);
	return units;
}

static void put_line(struct writer *writer, const char *text, size_t room)
{
	writer->used += message_line(writer->style, text, room - 1, writer->out) + 1;
	bw_buf_byte(writer->out, '\n');
}

/* Nothing that could end it early or that a reader takes for markup around it. */
static bool is_plain_url(const char *text)
{
	if (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
		return false;
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at >= 0x7F || strchr("<>\"'`|\\^{}()[]*", *at))
			return false;
	return true;
}

/* Whole or not at all. */
static void put_url(struct writer *writer, const char *before, const char *url, size_t room)
{
	const struct message_style *style = writer->style;
	size_t start = writer->out->len, units;

	bw_buf_text(writer->out, before);
	if (style->escapes_urls || !is_plain_url(url))
		message_line(style, url, room, writer->out);
	else
		bw_buf_text(writer->out, url);
	bw_buf_byte(writer->out, '\n');
	if (writer->out->status != BW_OK)
		return;
	units = message_units(style, writer->out->data + start, writer->out->len - start);
	if (units > room)
		cut_back(writer->out, start);
	else
		writer->used += units;
}

/* Facts of an alert, one a line */

static void when_text(const struct notice *notice, const struct notice_alert *alert, char *out,
		      size_t size)
{
	char from[MESSAGE_TIME_MAX], until[MESSAGE_TIME_MAX], took[CONFIG_UNIT_TEXT_MAX];
	int64_t us = alert->resolved.us - alert->started.us;

	message_time(alert->started, from);
	if (notice->kind != NOTICE_RESOLVED || alert->resolved.us == 0) {
		snprintf(out, size, "since %s", from);
		return;
	}
	message_time(alert->resolved, until);
	config_duration_format(us > 0 ? us / BW_SECOND_US * BW_SECOND_US : 0, took);
	snprintf(out, size, "from %s to %s (%s)", from, until, took);
}

static size_t room_left(const struct writer *writer, size_t end)
{
	return end > writer->used ? end - writer->used : 0;
}

/* A longer one would only take the message's room. */
static bool has_runbook(const struct notice_alert *alert)
{
	return alert->runbook[0] && strlen(alert->runbook) <= RUNBOOK_MAX;
}

static void put_facts(struct writer *writer, const char *when, const struct notice_alert *alert,
		      size_t end)
{
	char hides[96];

	if (when[0] && room_left(writer, end) > strlen(when))
		put_line(writer, when, room_left(writer, end));
	snprintf(hides, sizeof(hides), "%zu more that follow from it are not told", alert->hides);
	if (alert->hides > 0 && room_left(writer, end) > strlen(hides))
		put_line(writer, hides, room_left(writer, end));
	if (has_runbook(alert))
		put_url(writer, "runbook: ", alert->runbook, room_left(writer, end));
}

/* `room` >= ALERT_ROOM_MIN. */
static void put_alert(struct writer *writer, const struct notice *notice,
		      const struct notice_alert *alert, size_t room)
{
	size_t end = writer->used + room, facts;
	char when[FACT_MAX] = "", title[FACT_MAX];

	if (alert->started.us > 0)
		when_text(notice, alert, when, sizeof(when));
	if (notice->count > 1) {
		bw_text_format(title, sizeof(title), "[%s] %s", bw_severity_text(alert->severity),
			       alert->title);
		put_line(writer, title,
			 room * 2 / 3 < TITLE_UNITS_MAX ? room * 2 / 3 : TITLE_UNITS_MAX);
	}
	facts = strlen(when) + 1 + (has_runbook(alert) ? strlen(alert->runbook) + 12 : 0) +
		(alert->hides > 0 ? 64 : 0);
	if (facts > room_left(writer, end) / 2)
		facts = room_left(writer, end) / 2;
	if (alert->message[0] && room_left(writer, end) - facts > 1 + DOTS)
		put_line(writer, alert->message, room_left(writer, end) - facts);
	put_facts(writer, when, alert, end);
}

/* How many were written. */
static size_t put_alerts(struct writer *writer, const struct notice *notice, size_t end)
{
	for (size_t i = 0; i < notice->count; i++) {
		size_t left = room_left(writer, end), share = left / (notice->count - i);

		if (left < ALERT_ROOM_MIN)
			return i;
		if (i > 0) {
			bw_buf_byte(writer->out, '\n');
			writer->used++;
			left--;
		}
		if (share < ALERT_ROOM_MIN)
			share = left < ALERT_ROOM_MIN ? left : ALERT_ROOM_MIN;
		put_alert(writer, notice, &notice->alerts[i], share < left ? share : left);
	}
	return notice->count;
}

void message_write(const struct notice *notice, const char *page_url,
		   const struct message_style *style, struct bw_buf *out)
{
	struct writer writer = { .style = style, .out = out };
	size_t start = out->len, end = style->limit - TAIL_ROOM, more;
	size_t url = page_url ? strlen(page_url) : 0;
	bool has_url = url > 0 && 2 * url + 1 <= end / 3 && is_plain_url(page_url);

	if (has_url)
		end -= 2 * url + 1;
	if (notice->remark[0])
		put_line(&writer, notice->remark,
			 REMARK_UNITS_MAX < end / 3 ? REMARK_UNITS_MAX : end / 3);
	more = notice->count - put_alerts(&writer, notice, end) + notice->more;
	if (more > 0)
		bw_buf_format(out, "%sand %zu more\n", out->len > start ? "\n" : "", more);
	if (has_url)
		put_url(&writer, "", page_url, 2 * url + 1);
	while (out->status == BW_OK && out->len > start && out->data[out->len - 1] == '\n')
		cut_back(out, out->len - 1);
}
