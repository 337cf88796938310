/* target_send.c - the requests of a stretch, and what becomes of each.
 *
 * Requests are cut between two times where that is possible, and only depend on where the stretch
 * begins and ends: made again, they are the same. The place moves on behind whole requests alone.
 *
 * A receiver refuses a request whole for one bad sample. So a refused one is halved until the bad
 * ones stand alone; a receiver that refuses everything would make that endless, so the number of
 * halvings is bounded, and after a batch of which nothing was taken the next is not halved at all.
 */
#include "remote/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

enum { SPLITS_MAX = 48 };

static void post(struct target *target);

/* The next request: as many samples as allowed, up to the last change of time among them. */
static void cut(struct target *target, size_t from)
{
	const struct remote_samples *samples = &target->window.samples;
	size_t left = samples->count - from, end = samples->count;

	if (left > target->settings.batch_max) {
		end = from + target->settings.batch_max;
		while (end > from && samples->items[end - 1].time_ms == samples->items[end].time_ms)
			end--;
		if (end == from)
			end = from + target->settings.batch_max;
	}
	target->batch = (struct target_batch){
		.from = from,
		.to = end,
		.end = end,
		.splits = target->is_sour ? 0 : SPLITS_MAX,
		.is_unclear = target->is_resumed || target->is_fresh,
	};
}

/* Between two times, all before is done. */
static void move_place(struct target *target)
{
	const struct remote_sample *next = &target->window.samples.items[target->batch.end];

	if (next[-1].time_ms == next->time_ms)
		return;
	target->place.sent_ms = next->time_ms - 1;
	target_put_place(target);
}

/* The request has ended, one way or the other. */
static void go_on(struct target *target)
{
	struct target_batch *batch = &target->batch;

	batch->from = batch->to;
	batch->to = batch->end;
	if (batch->from < batch->end) {
		post(target);
		return;
	}
	target->is_sour = !batch->any_taken;
	if (batch->end == target->window.samples.count) {
		target_end_window(target);
		return;
	}
	move_place(target);
	cut(target, batch->end);
	post(target);
}

static void take(struct target *target)
{
	target->samples += target->batch.to - target->batch.from;
	target->last_ok = io_loop_wall(target->options->loop);
	target->batch.any_taken = true;
	go_on(target);
}

static void drop(struct target *target, const struct answer *answer)
{
	size_t count = target->batch.to - target->batch.from;

	if (target->batch.is_unclear) {
		target->repeated += count;
	} else {
		target->rejected += count;
		target->place.rejected += count;
		if (!target->rejects && !target->was_rejecting)
			target_note_loss(target, "samples were refused and dropped: %s",
					 answer->text);
		target->rejects = true;
	}
	go_on(target);
}

static void refuse(struct target *target, const struct answer *answer)
{
	struct target_batch *batch = &target->batch;

	if (batch->to - batch->from > 1 && batch->splits > 0) {
		batch->splits--;
		batch->to = batch->from + (batch->to - batch->from) / 2;
		post(target);
		return;
	}
	drop(target, answer);
}

/* Doubled from REMOTE_RETRY_MIN_US on, less up to a fifth by chance. */
static int64_t back_off_us(struct target *target)
{
	int64_t us = REMOTE_RETRY_MIN_US;

	for (int nth = 1; nth < target->failed && us < REMOTE_RETRY_MAX_US; nth++)
		us *= 2;
	if (us > REMOTE_RETRY_MAX_US)
		us = REMOTE_RETRY_MAX_US;
	target->chance = target->chance * UINT64_C(6364136223846793005) + 1; /* Knuth's MMIX */
	return us - us / 5 * (int64_t)(target->chance >> 54) / 1024;
}

static void retry(struct target *target, const struct answer *answer)
{
	int64_t wait_us;

	target->failures++;
	target->failed++;
	target->batch.is_unclear = target->batch.is_unclear || answer->is_unclear;
	wait_us = back_off_us(target);
	target_trouble(target, answer->retry_us > wait_us ? answer->retry_us : wait_us,
		       answer->text);
}

static bool holds(const char *text, const char *secret)
{
	return secret != NULL && secret[0] != '\0' && strstr(text, secret) != NULL;
}

/* A password before the host, or a token in path or query. */
static bool tells_address(const char *url, const char *text)
{
	const char *host = strstr(url, "://");
	size_t len = host != NULL ? strcspn(host + 3, "/?#") : 0;
	const char *path = host != NULL ? host + 3 + len : url;
	const char *at = host != NULL ? memrchr(host + 3, '@', len) : NULL;
	const char *colon = at != NULL ? memchr(host + 3, ':', (size_t)(at - host - 3)) : NULL;

	if (strlen(path) > 1 && holds(text, path))
		return true;
	return colon != NULL && at - colon > 1 &&
	       memmem(text, strlen(text), colon + 1, (size_t)(at - colon - 1)) != NULL;
}

/* What the other side says may repeat what it was told. */
static bool tells_secret(const struct remote_settings *settings, const char *text)
{
	if (holds(text, settings->password) || holds(text, settings->bearer) ||
	    holds(text, settings->user) || tells_address(settings->url, text))
		return true;
	for (size_t nth = 0; settings->headers != NULL && settings->headers[nth] != NULL; nth++) {
		const char *value = strchr(settings->headers[nth], ':');

		if (value != NULL && strlen(value) > 2 && holds(text, value + 2))
			return true;
	}
	return false;
}

static void on_answer(void *arg, const struct io_fetch_result *result)
{
	struct target *target = arg;
	struct answer answer;

	answer_read(result, io_loop_wall(target->options->loop), &answer);
	if (result->status > 0 && tells_secret(&target->settings, answer.text))
		bw_text_format(answer.text, sizeof(answer.text), "HTTP %d", result->status);
	target_stop_request(target);
	if (answer.meaning == ANSWER_LATER) {
		retry(target, &answer);
		return;
	}
	target_works(target);
	if (answer.meaning == ANSWER_TAKEN)
		take(target);
	else
		refuse(target, &answer);
}

void target_on_timeout(void *arg)
{
	struct target *target = arg;
	struct answer answer = { .meaning = ANSWER_LATER, .is_unclear = true };

	target_stop_request(target);
	bw_text_format(answer.text, sizeof(answer.text), "no answer within %g s",
		       (double)target->settings.timeout_us / 1e6);
	retry(target, &answer);
}

void target_stop_request(struct target *target)
{
	io_timer_stop(target->timeout);
	io_fetch_stop(target->fetch);
	target->fetch = NULL;
}

/* The protocol's own headers, then the target's. */
static const char **all_headers(const struct remote_settings *settings)
{
	static const char *const own[] = {
		"Content-Type: application/x-protobuf",
		"Content-Encoding: snappy",
		"X-Prometheus-Remote-Write-Version: 0.1.0",
		/* Not "Expect: 100-continue", for which some servers never answer. */
		"Expect:",
	};
	enum { OWN = sizeof(own) / sizeof(own[0]) };
	size_t count = 0;
	const char **all;

	while (settings->headers != NULL && settings->headers[count] != NULL)
		count++;
	all = xcalloc(OWN + count + 1, sizeof(*all));
	memcpy((void *)all, (const void *)own, sizeof(own));
	if (count > 0)
		memcpy((void *)(all + OWN), (const void *)settings->headers, count * sizeof(*all));
	return all;
}

static void encode(const struct target *target, struct bw_buf *body)
{
	const struct write_request_source source = {
		.subjects = (const char *const *)target->window.names,
		.labels = target->settings.labels,
		.label_count = target->settings.label_count,
	};

	write_request_encode(&source, &target->window.samples.items[target->batch.from],
			     target->batch.to - target->batch.from, body);
}

static void post(struct target *target)
{
	const struct remote_settings *settings = &target->settings;
	const char **headers = all_headers(settings);
	struct answer answer = { .meaning = ANSWER_LATER };
	struct bw_error err = { "" };
	struct bw_buf body;

	bw_buf_init(&body, 0);
	encode(target, &body);
	const struct io_fetch_options options = {
		.url = settings->url,
		.method = "POST",
		.headers = headers,
		.body = body.data,
		.body_len = body.len,
		.user = settings->user,
		.password = settings->password,
		.bearer = settings->bearer,
		.proxy = settings->proxy,
		.max_body_bytes = ANSWER_BODY_MAX,
		.tls = settings->tls,
	};
	target->requests++;
	target->bytes += body.len;
	if (io_fetch_start(target->options->loop, &options, on_answer, target, &target->fetch,
			   &err) == BW_OK) {
		io_timer_start(target->timeout, settings->timeout_us);
	} else {
		target->fetch = NULL;
		bw_text_format(answer.text, sizeof(answer.text), "%s", err.text);
		retry(target, &answer);
	}
	bw_buf_finish(&body);
	free((void *)headers);
}

void target_send(struct target *target)
{
	cut(target, 0);
	post(target);
}

void target_send_again(struct target *target)
{
	post(target);
}
