/* outbox_bed.c - see outbox_bed.h. The channel's two calls are implemented here, by script. */
#include "outbox_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

const struct channel_kind bed_kind = { .name = "scripted", .is_idempotent = true };
const struct channel_kind bed_kind_of_state = { .name = "stateful", .keeps_state = true };

/* --- notify/channel.h --- */

struct channel_attempt {
	struct io_loop *loop;
	struct scripted *script;
	struct arrival arrival;
	struct io_timer *taken, *answered;
	struct channel_result result;
	channel_callback *callback;
	void *arg;
};

static void on_taken(void *arg)
{
	struct channel_attempt *attempt = arg;
	struct scripted *script = attempt->script;

	attempt->arrival.at_us = fake_elapsed_us(attempt->loop);
	assert_true(script->arrived < BED_ARRIVALS_MAX);
	script->arrivals[script->arrived++] = attempt->arrival;
}

static void on_answered(void *arg)
{
	struct channel_attempt *attempt = arg;

	attempt->callback(attempt->arg, &attempt->result);
}

struct channel_attempt *channel_start(struct io_loop *loop, const struct channel *channel,
				      const struct notice *notice, channel_callback *callback,
				      void *arg)
{
	struct channel_attempt *attempt = xcalloc(1, sizeof(*attempt));
	struct scripted *script = (struct scripted *)channel->settings;

	attempt->loop = loop;
	attempt->script = script;
	attempt->arrival = (struct arrival){ .kind = notice->kind,
					     .count = notice->count,
					     .more = notice->more };
	memcpy(attempt->arrival.key, notice->key, sizeof(notice->key));
	attempt->taken = io_timer_create(loop, on_taken, attempt);
	attempt->answered = io_timer_create(loop, on_answered, attempt);
	attempt->callback = callback;
	attempt->arg = arg;
	attempt->result =
		(struct channel_result){ .outcome = script->outcome, .retry_us = script->retry_us };
	bw_text_format(attempt->result.text, CHANNEL_TEXT_MAX, "%s",
		       script->text != NULL ? script->text : "200 OK");
	if (script->attempts < BED_ARRIVALS_MAX)
		script->attempt_us[script->attempts] = fake_elapsed_us(loop);
	script->attempts++;
	if (++script->under_way > script->under_way_most)
		script->under_way_most = script->under_way;
	if (script->silent)
		return attempt;
	if (script->outcome == CHANNEL_SENT)
		io_timer_start(attempt->taken, script->takes_us / 2);
	io_timer_start(attempt->answered, script->takes_us);
	return attempt;
}

void channel_stop(struct channel_attempt *attempt)
{
	if (attempt == NULL)
		return;
	attempt->script->under_way--;
	io_timer_destroy(attempt->taken);
	io_timer_destroy(attempt->answered);
	free(attempt);
}

/* --- the bed --- */

static void take_line(void *arg, bool is_trouble, const char *text)
{
	struct outbox_bed *bed = arg;
	size_t len = strlen(bed->log);

	snprintf(bed->log + len, sizeof(bed->log) - len, "%s%s\n", is_trouble ? "!" : "", text);
}

static void take_change(void *arg)
{
	((struct outbox_bed *)arg)->changes++;
}

static bool tell_firing(void *arg, const char *channel, size_t nth, struct notice *out)
{
	const struct outbox_bed *bed = arg;

	assert_int_equal(channel[0], 'c');
	if (nth >= bed->firing)
		return false;
	*out = (struct notice){ .kind = NOTICE_FIRING,
				.channel = channel,
				.group = "",
				.remark = "",
				.at = io_loop_wall(bed->loop) };
	snprintf(out->key, sizeof(out->key), "state%zu", nth);
	return true;
}

void bed_open(struct outbox_bed *bed)
{
	const struct outbox_options options = {
		.loop = bed->loop,
		.store = bed->store,
		.seed = 42,
		.log = take_line,
		.changed = take_change,
		.firing = tell_firing,
		.arg = bed,
	};

	bed->outbox = outbox_create(&options);
	outbox_set_channels(bed->outbox, bed->channels, bed->channel_count);
	outbox_start(bed->outbox);
}

void bed_close(struct outbox_bed *bed)
{
	outbox_destroy(bed->outbox);
	bed->outbox = NULL;
	for (size_t nth = 0; nth < BED_CHANNELS; nth++)
		assert_int_equal(bed->scripts[nth].under_way, 0);
}

void bed_crash(struct outbox_bed *bed)
{
	bed_close(bed);
	fake_store_crash(bed->store);
}

void bed_begin(struct outbox_bed *bed, size_t channels)
{
	static const char *const names[BED_CHANNELS] = { "c0", "c1", "c2", "c3" };

	memset(bed, 0, sizeof(*bed));
	bed->loop = io_loop_create();
	bed->store = fake_store_create(bed->loop);
	bed->channel_count = channels;
	for (size_t nth = 0; nth < BED_CHANNELS; nth++) {
		bed->scripts[nth].takes_us = 10000;
		bed->channels[nth] = (struct channel){ .name = names[nth],
						       .kind = &bed_kind,
						       .settings = &bed->scripts[nth] };
	}
	bed_open(bed);
}

void bed_end(struct outbox_bed *bed)
{
	bed_close(bed);
	fake_store_destroy(bed->store);
	io_loop_destroy(bed->loop);
}

void bed_set_channels(struct outbox_bed *bed, size_t count)
{
	bed->channel_count = count;
	outbox_set_channels(bed->outbox, bed->channels, count);
}

void bed_advance(struct outbox_bed *bed, int64_t us)
{
	fake_advance(bed->loop, us);
}

static void put(struct outbox_bed *bed, size_t channel, const char *key, enum notice_kind kind,
		uint64_t alert)
{
	struct notice_alert row = { .id = alert,
				    .rule = "r",
				    .type = "t",
				    .subject = "s",
				    .group = "",
				    .runbook = "",
				    .title = key,
				    .message = "" };
	struct notice notice = { .kind = kind,
				 .channel = bed->channels[channel].name,
				 .group = "",
				 .remark = "",
				 .at = io_loop_wall(bed->loop),
				 .alerts = &row,
				 .count = 1 };

	snprintf(notice.key, sizeof(notice.key), "%s", key);
	outbox_put(bed->outbox, &notice);
}

void bed_put(struct outbox_bed *bed, size_t channel, const char *key, uint64_t alert)
{
	put(bed, channel, key, NOTICE_FIRING, alert);
}

void bed_put_kind(struct outbox_bed *bed, size_t channel, const char *key, enum notice_kind kind)
{
	put(bed, channel, key, kind, 1);
}

const char *bed_arrived(const struct outbox_bed *bed, size_t channel)
{
	static char text[65536];
	const struct scripted *script = &bed->scripts[channel];
	size_t len = 0;

	text[0] = '\0';
	for (size_t nth = 0; nth < script->arrived; nth++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", nth > 0 ? " " : "",
					script->arrivals[nth].key);
	return text;
}

struct outbox_channel_state bed_state(const struct outbox_bed *bed, size_t channel)
{
	struct outbox_channel_state state;

	outbox_channel_state(bed->outbox, channel, &state);
	return state;
}

const char *bed_rows(struct outbox_bed *bed, const char *channel, size_t limit)
{
	struct bw_json json;
	struct bw_buf rows;

	bw_buf_init(&rows, sizeof(bed->row_text) - 1);
	bw_json_init(&json, &rows);
	outbox_write_log(bed->outbox, channel, limit, &json);
	assert_int_equal(rows.status, BW_OK);
	memcpy(bed->row_text, rows.data, rows.len + 1);
	bw_buf_finish(&rows);
	return bed->row_text;
}
