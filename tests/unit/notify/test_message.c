/* test_message.c - the words people read, and that they always fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "notify/message.h"
#include "support/notice_samples.h"

static const struct message_style plain = { .limit = 2000 };

static void assert_message(const struct notice *notice, const char *page, const char *wanted)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	message_write(notice, page, &plain, &out);
	assert_string_equal(out.data ? out.data : "", wanted);
	bw_buf_finish(&out);
}

static void labels_and_headlines(void **state)
{
	static const struct {
		enum notice_kind kind;
		const char *headline;
		uint32_t color;
	} rows[] = {
		{ NOTICE_FIRING, "[CRITICAL] Component Unhealthy: db", 0xD32F2F },
		{ NOTICE_RESOLVED, "[RESOLVED] Component Unhealthy: db", 0x2E9E4F },
		{ NOTICE_CHANGED, "[NOW CRITICAL] Component Unhealthy: db", 0xD32F2F },
		{ NOTICE_FLAPPING, "[FLAPPING] Component Unhealthy: db", 0xD32F2F },
		{ NOTICE_REMINDER, "[REMINDER 2] Component Unhealthy: db", 0xD32F2F },
		{ NOTICE_TEST, "[TEST] Component Unhealthy: db", 0x808890 },
	};
	struct notice_sample sample;
	char headline[MESSAGE_HEADLINE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		notice_sample_plain(&sample, rows[i].kind);
		message_headline(&sample.notice, headline);
		assert_string_equal(headline, rows[i].headline);
		assert_int_equal(message_color(&sample.notice), rows[i].color);
	}
	sample.notice.count = 0;
	message_headline(&sample.notice, headline);
	assert_string_equal(headline, "[TEST] Channel ops works");
	notice_sample_full(&sample, "group=storage");
	message_headline(&sample.notice, headline);
	assert_string_equal(headline, "[CRITICAL] 25 alerts firing in group=storage");
}

static void one_alert(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_FIRING);
	sample.notice.remark = "silence s12 of ada has expired, still firing";
	assert_message(&sample.notice, "https://bw.example/",
		       "silence s12 of ada has expired, still firing\n"
		       "connection refused by 127.0.0.1:5432\n"
		       "since 2026-03-02 14:30:00 UTC\n"
		       "2 more that follow from it are not told\n"
		       "runbook: https://wiki.example/db_down\n"
		       "https://bw.example/");
	notice_sample_plain(&sample, NOTICE_RESOLVED);
	sample.alerts[0].hides = 0;
	sample.alerts[0].runbook = "";
	assert_message(&sample.notice, "",
		       "connection refused by 127.0.0.1:5432\n"
		       "from 2026-03-02 14:30:00 UTC to 2026-03-02 14:31:00 UTC (1m)");
}

static void several_alerts(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_FIRING);
	sample.alerts[0].hides = 0;
	sample.alerts[0].runbook = "";
	sample.alerts[1] = sample.alerts[0];
	sample.alerts[1].severity = BW_SEVERITY_WARNING;
	sample.alerts[1].title = "CPU Usage";
	sample.alerts[1].message = "";
	sample.notice.count = 2;
	sample.notice.more = 3;
	assert_message(&sample.notice, "",
		       "[critical] Component Unhealthy: db\n"
		       "connection refused by 127.0.0.1:5432\n"
		       "since 2026-03-02 14:30:00 UTC\n"
		       "\n"
		       "[warning] CPU Usage\n"
		       "since 2026-03-02 14:30:00 UTC\n"
		       "\n"
		       "and 3 more");
}

static void nothing_to_tell(void **state)
{
	struct notice_sample sample;

	(void)state;
	notice_sample_plain(&sample, NOTICE_TEST);
	sample.notice.count = 0;
	assert_message(&sample.notice, "", "");
}

/* Doubles everything, as the hungriest escape does. */
static void stutter(struct bw_buf *out, const char *character, size_t len)
{
	bw_buf_append(out, character, len);
	bw_buf_append(out, character, len);
}

static void assert_fits_with(const struct notice *notice, const char *page,
			     const struct message_style *style)
{
	struct bw_buf out;

	bw_buf_init(&out, 0);
	message_write(notice, page, style, &out);
	assert_int_equal(out.status, BW_OK);
	assert_true(message_units(style, out.data, out.len) <= style->limit);
	assert_true(strstr(out.data, "and ") || notice->count == 1);
	for (const char *at = out.data; *at; at++)
		assert_true(*at == '\n' || (unsigned char)*at >= ' ');
	bw_buf_finish(&out);
}

static void assert_fits(const struct notice *notice, const struct message_style *style)
{
	assert_fits_with(notice, "https://bellwether.example/a", style);
	assert_fits_with(notice, "", style);
}

static void whatever_comes_fits(void **state)
{
	static const size_t limits[] = { MESSAGE_LIMIT_MIN, 700, 2000, 4096, 40000 };

	(void)state;
	for (size_t text = 0; notice_sample_hostile(text); text++) {
		for (size_t i = 0; i < 4 * sizeof(limits) / sizeof(limits[0]); i++) {
			struct message_style style = { .limit = limits[i / 4],
						       .in_bytes = i & 1,
						       .escape = i & 2 ? stutter : NULL };
			struct notice_sample sample;

			notice_sample_full(&sample, notice_sample_hostile(text));
			assert_fits(&sample.notice, &style);
			for (size_t j = 0; j < NOTICE_ALERTS_MAX; j++)
				sample.alerts[j].started.us = sample.alerts[j].hides = 0;
			assert_fits(&sample.notice, &style);
			sample.notice.count = 1;
			sample.notice.more = 0;
			assert_fits(&sample.notice, &style);
		}
	}
}

static void what_is_left_out_is_counted(void **state)
{
	static const struct message_style narrow = { .limit = MESSAGE_LIMIT_MIN };
	struct notice_sample sample;
	struct bw_buf out;
	size_t told = 0;
	char tail[64];

	(void)state;
	notice_sample_full(&sample, "some words that need their room in a message");
	bw_buf_init(&out, 0);
	message_write(&sample.notice, "", &narrow, &out);
	for (const char *at = out.data; (at = strstr(at, "[critical]")); at++)
		told++;
	assert_in_range(told, 2, 6);
	snprintf(tail, sizeof(tail), "\nand %zu more", 25 - told);
	assert_string_equal(out.data + out.len - strlen(tail), tail);
	bw_buf_finish(&out);
}

static void lines_are_cut_behind_a_whole_character(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		bool in_bytes;
		const char *wanted;
		size_t units;
	} rows[] = {
		{ "12345678", 8, false, "12345678", 8 },
		{ "123456789", 8, false, "12345...", 8 },
		{ "12\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 6, false,
		  "12\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 6 },
		{ "12\xF0\x9F\x98\x80\xF0\x9F\x98\x80x", 6, false, "12...", 5 },
		{ "12\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 9, true, "12\xF0\x9F\x98\x80...", 9 },
		{ "1234", 2, false, "", 0 },
		{ "a\nb\x1b", 9, false, "a b", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_style style = { .limit = 1000, .in_bytes = rows[i].in_bytes };
		struct bw_buf out;

		bw_buf_init(&out, 0);
		assert_int_equal(message_line(&style, rows[i].text, rows[i].room, &out),
				 rows[i].units);
		assert_string_equal(out.data ? out.data : "", rows[i].wanted);
		bw_buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_and_headlines),
		cmocka_unit_test(one_alert),
		cmocka_unit_test(several_alerts),
		cmocka_unit_test(nothing_to_tell),
		cmocka_unit_test(whatever_comes_fits),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(lines_are_cut_behind_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
