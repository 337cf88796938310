/* notify_once.c - a loop, one attempt, its end. */
#include "daemon/notify_once.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/guess.h"
#include "io/loop.h"
#include "notify/channel.h"

struct trial {
	struct io_loop *loop;
	const struct channel *channel;
	struct channel_attempt *attempt;
	struct notify_once_result *result;
	bool ended;
};

size_t notify_once_count(const struct daemon_settings *settings)
{
	return settings->channel_count;
}

void notify_once_channel(const struct daemon_settings *settings, size_t nth,
			 struct notify_once_channel *out)
{
	const struct channel *channel = &settings->channels[nth];

	out->name = channel->name;
	out->kind = channel->kind->name;
	out->severity = bw_severity_text(settings->alerts.routes[nth].severity);
	channel_target(channel, out->target, sizeof(out->target));
}

enum bw_status notify_once_find(const struct daemon_settings *settings, const char *name,
				size_t *nth, struct bw_error *err)
{
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (size_t i = 0; i < settings->channel_count; i++) {
		if (strcmp(settings->channels[i].name, name) == 0) {
			*nth = i;
			return BW_OK;
		}
		config_guess_add(&guess, settings->channels[i].name);
	}
	if (settings->channel_count == 0)
		return bw_fail(
			err, BW_ENOTFOUND,
			"there is no channel `%s`; the configuration has none under `notify`",
			name);
	if (guess.best)
		return bw_fail(err, BW_ENOTFOUND, "there is no channel `%s`; did you mean `%s`?",
			       name, guess.best);
	return bw_fail(err, BW_ENOTFOUND,
		       "there is no channel `%s`; `bellwether notify list` names them", name);
}

static void on_result(void *arg, const struct channel_result *result)
{
	struct trial *trial = arg;
	struct notify_once_result *out = trial->result;

	out->sent = result->outcome == CHANNEL_SENT;
	out->again = result->outcome == CHANNEL_RETRY;
	out->took_us = result->took_us;
	bw_text_format(out->text, sizeof(out->text), "%s", result->text);
	trial->ended = true;
	io_loop_stop(trial->loop);
}

/* Two trials of the same microsecond are the same for whoever tells messages apart by their key. */
static void begin(void *arg)
{
	struct trial *trial = arg;
	struct notice notice = {
		.kind = NOTICE_TEST,
		.channel = trial->channel->name,
		.group = "",
		.remark = "",
		.at = io_loop_wall(trial->loop),
	};

	snprintf(notice.key, sizeof(notice.key), "test-%" PRId64, notice.at.us);
	trial->attempt = channel_start(trial->loop, trial->channel, &notice, on_result, trial);
}

static void interrupt(void *arg)
{
	struct trial *trial = arg;

	io_loop_stop(trial->loop);
}

bool notify_once_run(const struct daemon_settings *settings, size_t nth,
		     struct notify_once_result *out)
{
	struct trial trial = { .loop = io_loop_create(), .result = out };
	struct io_signal *interrupts = io_signal_create(trial.loop, SIGINT, interrupt, &trial);
	struct io_signal *terminations = io_signal_create(trial.loop, SIGTERM, interrupt, &trial);
	struct io_timer *timer = io_timer_create(trial.loop, begin, &trial);

	*out = (struct notify_once_result){ .sent = false };
	trial.channel = &settings->channels[nth];
	io_timer_start(timer, 0);
	io_loop_run(trial.loop);
	channel_stop(trial.attempt);
	io_timer_destroy(timer);
	io_signal_destroy(interrupts);
	io_signal_destroy(terminations);
	io_loop_destroy(trial.loop);
	return trial.ended;
}
