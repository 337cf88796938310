/* test_channel.c - the framework around a kind: time-out, texts, secrets, stopping at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "notify/channel.h"
#include "support/channel_case.h"
#include "support/fake_io.h"
#include "support/notice_samples.h"

/* A kind that does what its settings say and counts what is done to it. */
struct puppet_settings {
	bool at_once, never;
	int outcome;
	int64_t after_us, retry_us;
	const char *text, *token, *hook;
	struct config_list headers;
};

struct puppet_attempt {
	struct io_timer *timer;
};

static int starts, stops;

static const char *const outcome_words[] = { "sent", "retry", "refused", NULL };

static void puppet_end(void *arg)
{
	struct channel_attempt *attempt = arg;
	const struct puppet_settings *settings = channel_settings(attempt);

	channel_done(attempt, (enum channel_outcome)settings->outcome, settings->retry_us, "%s",
		     settings->text ? settings->text : channel_notice(attempt)->alerts[0].message);
}

static void puppet_start(struct channel_attempt *attempt)
{
	const struct puppet_settings *settings = channel_settings(attempt);
	struct puppet_attempt *data = channel_data(attempt);

	starts++;
	assert_null(data->timer);
	data->timer = io_timer_create(channel_loop(attempt), puppet_end, attempt);
	if (settings->at_once)
		puppet_end(attempt);
	else if (!settings->never)
		io_timer_start(data->timer, settings->after_us);
}

static void puppet_stop(struct channel_attempt *attempt)
{
	struct puppet_attempt *data = channel_data(attempt);

	stops++;
	assert_non_null(data->timer);
	io_timer_destroy(data->timer);
	data->timer = NULL;
}

static const struct config_field puppet_fields[] = {
	{ .name = "at_once",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct puppet_settings, at_once),
	  .help = "h" },
	{ .name = "never",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct puppet_settings, never),
	  .help = "h" },
	{ .name = "outcome",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct puppet_settings, outcome),
	  .standard = "sent",
	  .words = outcome_words,
	  .help = "h" },
	{ .name = "after",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct puppet_settings, after_us),
	  .help = "h" },
	{ .name = "retry",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct puppet_settings, retry_us),
	  .help = "h" },
	{ .name = "text",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct puppet_settings, text),
	  .help = "h" },
	{ .name = "token",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct puppet_settings, token),
	  .help = "h" },
	{ .name = "hook",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct puppet_settings, hook),
	  .help = "h" },
	{ .name = "headers",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct puppet_settings, headers),
	  .help = "h" },
	{ 0 },
};

static const struct channel_kind puppet = {
	.name = "puppet",
	.fields = puppet_fields,
	.settings_size = sizeof(struct puppet_settings),
	.attempt_size = sizeof(struct puppet_attempt),
	.start = puppet_start,
	.stop = puppet_stop,
};

struct bed {
	struct io_loop *loop;
	struct channel_case *channel;
	struct notice_sample sample;
};

static void begin(struct bed *bed, const char *settings)
{
	starts = stops = 0;
	bed->loop = io_loop_create();
	bed->channel = channel_case_create(bed->loop, &puppet, settings);
	assert_true(bed->channel->is_good);
	notice_sample_plain(&bed->sample, NOTICE_FIRING);
}

static void end(struct bed *bed)
{
	channel_case_destroy(bed->channel);
	io_loop_destroy(bed->loop);
	assert_int_equal(starts, stops);
}

static void the_answer_comes_after_the_start(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "{ at_once: true, text: HTTP 200 }");
	channel_case_send(bed.channel, &bed.sample.notice);
	assert_int_equal(bed.channel->results, 0);
	assert_int_equal(stops, 1);
	fake_advance(bed.loop, 0);
	assert_int_equal(bed.channel->results, 1);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_SENT);
	assert_string_equal(bed.channel->result.text, "HTTP 200");
	fake_advance(bed.loop, 2 * CHANNEL_TIMEOUT_US);
	assert_int_equal(bed.channel->results, 1);
	end(&bed);
}

static void what_it_took_and_when_to_come_again_is_told(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "{ after: 3s, outcome: retry, retry: 7s, text: busy }");
	channel_case_send(bed.channel, &bed.sample.notice);
	fake_advance(bed.loop, 3 * BW_SECOND_US);
	assert_int_equal(bed.channel->results, 1);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_RETRY);
	assert_int_equal(bed.channel->result.retry_us, 7 * BW_SECOND_US);
	assert_int_equal(bed.channel->result.took_us, 3 * BW_SECOND_US);
	end(&bed);
}

static void who_was_refused_is_not_told_to_come_again(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "{ outcome: refused, retry: 7s, text: gone }");
	channel_case_send(bed.channel, &bed.sample.notice);
	fake_advance(bed.loop, 0);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_REFUSED);
	assert_int_equal(bed.channel->result.retry_us, 0);
	end(&bed);
}

static void silence_is_a_reason_to_try_again(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, "{ never: true }");
	channel_case_send(bed.channel, &bed.sample.notice);
	fake_advance(bed.loop, CHANNEL_TIMEOUT_US - 1);
	assert_int_equal(bed.channel->results, 0);
	fake_advance(bed.loop, 1);
	assert_int_equal(bed.channel->results, 1);
	assert_int_equal(bed.channel->result.outcome, CHANNEL_RETRY);
	assert_string_equal(bed.channel->result.text, "no answer within 20 s");
	assert_int_equal(stops, 1);
	end(&bed);
}

static void a_stopped_attempt_says_nothing(void **state)
{
	static const char *const settings[] = { "{ at_once: true }", "{ never: true }",
						"{ after: 1s }" };

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct bed bed;

		begin(&bed, settings[i]);
		channel_case_send(bed.channel, &bed.sample.notice);
		channel_case_stop(bed.channel);
		assert_int_equal(stops, 1);
		fake_advance(bed.loop, 2 * CHANNEL_TIMEOUT_US);
		assert_int_equal(bed.channel->results, 0);
		end(&bed);
	}
}

static void stop_in_callback(void *arg)
{
	channel_case_stop(arg);
}

static void an_attempt_may_be_stopped_in_its_callback(void **state)
{
	static const char *const settings[] = { "{ at_once: true }", "{ never: true }",
						"{ after: 1s }" };

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct bed bed;

		begin(&bed, settings[i]);
		bed.channel->on_result = stop_in_callback;
		bed.channel->arg = bed.channel;
		channel_case_send(bed.channel, &bed.sample.notice);
		fake_advance(bed.loop, 2 * CHANNEL_TIMEOUT_US);
		assert_int_equal(bed.channel->results, 1);
		end(&bed);
	}
}

static void the_notice_is_a_copy(void **state)
{
	struct bed bed;
	char message[] = "as it was";

	(void)state;
	begin(&bed, "{ after: 1s }");
	bed.sample.alerts[0].message = message;
	channel_case_send(bed.channel, &bed.sample.notice);
	memset(message, 'x', sizeof(message) - 1);
	memset(&bed.sample, 0xA5, sizeof(bed.sample));
	fake_advance(bed.loop, BW_SECOND_US);
	assert_string_equal(bed.channel->result.text, "as it was");
	end(&bed);
}

static void secrets_are_taken_out_of_what_is_said(void **state)
{
	static const struct {
		const char *said, *shown;
	} rows[] = {
		{ "no bot with token s3cr3t-t0ken here", "no bot with token *** here" },
		{ "s3cr3t-t0kens3cr3t-t0ken", "******" },
		{ "POST https://hook.example/T000/webhooks/XXXXYYYY?a=1 failed",
		  "POST *** failed" },
		{ "no route T000/webhooks/XXXXYYYY?a=1", "no route ***" },
		{ "bad part XXXXYYYY, no webhooks", "bad part ***, no webhooks" },
		{ "key abcdef123456 is not known", "key *** is not known" },
		{ "the word true stays", "the word true stays" },
		{ "seen https://ada:geheim@proxy.example/", "seen https://ada:***@proxy.example/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bed bed;

		begin(&bed, "{ at_once: true, token: s3cr3t-t0ken, "
			    "hook: \"https://hook.example/T000/webhooks/XXXXYYYY?a=1\", "
			    "headers: { X-Key: abcdef123456, X-Flag: \"true\" } }");
		bed.sample.alerts[0].message = rows[i].said;
		channel_case_send(bed.channel, &bed.sample.notice);
		fake_advance(bed.loop, 0);
		assert_string_equal(bed.channel->result.text, rows[i].shown);
		end(&bed);
	}
}

static void foreign_text_becomes_one_short_line(void **state)
{
	(void)state;
	for (size_t i = 0; notice_sample_hostile(i); i++) {
		struct bed bed;

		begin(&bed, "{ at_once: true }");
		bed.sample.alerts[0].message = notice_sample_hostile(i);
		channel_case_send(bed.channel, &bed.sample.notice);
		fake_advance(bed.loop, 0);
		assert_true(strlen(bed.channel->result.text) < CHANNEL_TEXT_MAX);
		assert_null(strpbrk(bed.channel->result.text, "\r\n\t\x1b\x7f"));
		end(&bed);
	}
}

static void every_kind_is_found_by_its_name(void **state)
{
	static const char *const names[] = { "webhook",   "slack",        "discord",
					     "telegram",  "ntfy",         "email",
					     "pagerduty", "alertmanager", "exec" };
	size_t count = 0;

	(void)state;
	for (; channel_kinds[count]; count++) {
		const struct channel_kind *kind = channel_kinds[count];

		assert_ptr_equal(channel_kind_find(kind->name), kind);
		assert_non_null(kind->start);
		assert_non_null(kind->stop);
		assert_true(kind->summary[0] != '\0');
		assert_true(kind->keeps_state == (strcmp(kind->name, "alertmanager") == 0));
	}
	assert_int_equal(count, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < count; i++)
		assert_non_null(channel_kind_find(names[i]));
	assert_null(channel_kind_find("pigeon"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_after_the_start),
		cmocka_unit_test(what_it_took_and_when_to_come_again_is_told),
		cmocka_unit_test(who_was_refused_is_not_told_to_come_again),
		cmocka_unit_test(silence_is_a_reason_to_try_again),
		cmocka_unit_test(a_stopped_attempt_says_nothing),
		cmocka_unit_test(an_attempt_may_be_stopped_in_its_callback),
		cmocka_unit_test(the_notice_is_a_copy),
		cmocka_unit_test(secrets_are_taken_out_of_what_is_said),
		cmocka_unit_test(foreign_text_becomes_one_short_line),
		cmocka_unit_test(every_kind_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
