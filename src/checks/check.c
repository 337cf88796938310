/* check.c - one configured check: its kind's state, one deadline timer, at most one run.
 *
 * A run is one block (struct check_run and the kind's data behind it), allocated at start, so that
 * ten thousand checks at rest cost only this struct. It passes through
 *
 *     started -> finished (result kept, kind stopped) -> delivered (callback, freed)
 *
 * The same timer is the run's deadline before it finished and the delivery after: a kind that
 * finishes inside its start() must not call back before check_start() has returned. Any later
 * finish is delivered at once, on the stack of the event that caused it; therefore a kind touches
 * nothing of the run after check_finish().
 *
 * Invariants: check->run is NULL exactly when nothing runs; kind->stop is called where the run
 * leaves "started" and nowhere else; the run is detached before the callback, which may start,
 * stop or destroy the check.
 */
#include "checks/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "checks/kind.h"
#include "checks/text.h"

enum {
	PHASE_MAX = 128,
	DETAILS_START = 512,
	RAW_ERROR_MAX = 4 * CHECK_ERROR_MAX, /* before cleaning */
};

struct check_run {
	struct check *check;
	struct bw_mono started;
	char phase[PHASE_MAX];
	bool starting, finished;
	bool response_set;
	bool has_details;
	struct bw_buf details; /* "{" and the members */
	struct bw_json json;
	struct check_result result;
	/* the kind's data, aligned */
	_Alignas(max_align_t) char data[];
};

struct check {
	struct io_loop *loop;
	const struct check_kind *kind;
	const char *name;
	const void *settings;
	const struct check_common *common;
	void *state;
	struct io_timer *timer;
	struct check_run *run;
	check_callback *callback;
	void *arg;
};

static void run_destroy(struct check_run *run)
{
	if (run->has_details)
		bw_buf_finish(&run->details);
	free(run);
}

static void deliver(struct check *check)
{
	struct check_run *run = check->run;
	struct check_result *result = &run->result;

	check->run = NULL;
	result->details = "";
	if (run->has_details && run->details.status == BW_OK)
		result->details = run->details.data + 1;
	else if (run->has_details)
		result->details = "\"details_too_large\":true";
	check->callback(check->arg, result);
	run_destroy(run);
}

static void append_error(struct check_result *result, const char *text)
{
	char joined[2 * CHECK_ERROR_MAX];

	if (result->error[0] == '\0')
		snprintf(joined, sizeof(joined), "%s", text);
	else
		snprintf(joined, sizeof(joined), "%s; %s", result->error, text);
	bw_text_clean(joined, strlen(joined), result->error, sizeof(result->error));
}

int64_t check_within_us(const struct check_kind *kind, const void *settings,
			const struct check_common *common)
{
	int64_t within_us = 0;

	if (kind->within_offset > 0)
		memcpy(&within_us, (const char *)settings + kind->within_offset, sizeof(within_us));
	if (within_us <= 0 || (common->within_us > 0 && common->within_us < within_us))
		within_us = common->within_us;
	return within_us;
}

static void apply_within(struct check_run *run)
{
	const struct check *check = run->check;
	const int64_t within_us = check_within_us(check->kind, check->settings, check->common);
	struct check_result *result = &run->result;
	char took[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX], text[128];

	if (within_us <= 0 || !result->has_response || result->response_us <= within_us)
		return;
	if (result->health != BW_HEALTH_HEALTHY && result->health != BW_HEALTH_DEGRADED)
		return;
	check_text_duration(result->response_us, took);
	check_text_duration(within_us, limit);
	snprintf(text, sizeof(text), "slow: %s, limit %s", took, limit);
	append_error(result, text);
	result->health = BW_HEALTH_DEGRADED;
}

/* From started to finished, and delivered unless start() is still on the stack. */
static void finish(struct check_run *run, enum bw_health health)
{
	struct check *check = run->check;
	struct check_result *result = &run->result;

	bw_assert(check->run == run && !run->finished);
	run->finished = true;
	if (!run->response_set) {
		result->has_response = health != BW_HEALTH_UNKNOWN;
		result->response_us = bw_mono_since(io_loop_mono(check->loop), run->started);
	}
	result->health = health;
	apply_within(run);
	if (check->common->degraded_if_down && result->health == BW_HEALTH_UNHEALTHY)
		result->health = BW_HEALTH_DEGRADED;
	if (run->starting) {
		io_timer_start(check->timer, 0);
		return;
	}
	io_timer_stop(check->timer);
	check->kind->stop(run);
	deliver(check);
}

static void finish_timed_out(struct check_run *run)
{
	char limit[CHECK_DURATION_MAX], text[PHASE_MAX + 64];

	check_text_duration(run->check->common->timeout_us, limit);
	snprintf(text, sizeof(text), "timed out after %s%s%s", limit,
		 run->phase[0] ? " while " : "", run->phase);
	bw_text_clean(text, strlen(text), run->result.error, sizeof(run->result.error));
	run->result.timed_out = true;
	run->response_set = false;
	finish(run, BW_HEALTH_UNHEALTHY);
}

static void on_timer(void *arg)
{
	struct check *check = arg;

	bw_assert(check->run != NULL);
	if (check->run->finished)
		deliver(check);
	else
		finish_timed_out(check->run);
}

struct check *check_create(struct io_loop *loop, const struct check_kind *kind, const char *name,
			   const void *settings, const struct check_common *common,
			   struct config_complaints *complaints, const struct config_node *node)
{
	struct check *check = xcalloc(1, sizeof(*check));
	int before = config_error_count(complaints);

	*check = (struct check){ .loop = loop, .kind = kind, .name = name };
	check->settings = settings;
	check->common = common;
	if (kind->state_size > 0)
		check->state = xcalloc(1, kind->state_size);
	if (kind->prepare)
		kind->prepare(settings, check->state, complaints, node);
	if (config_error_count(complaints) == before) {
		check->timer = io_timer_create(loop, on_timer, check);
		return check;
	}
	check_destroy(check);
	return NULL;
}

void check_destroy(struct check *check)
{
	if (!check)
		return;
	if (check->run)
		check_stop(check);
	if (check->timer)
		io_timer_destroy(check->timer);
	if (check->kind->release)
		check->kind->release(check->state);
	free(check->state);
	free(check);
}

void check_start(struct check *check, check_callback *callback, void *arg)
{
	struct check_run *run = xcalloc(1, sizeof(*run) + check->kind->run_size);

	bw_assert(check->run == NULL);
	check->callback = callback;
	check->arg = arg;
	check->run = run;
	run->check = check;
	run->started = io_loop_mono(check->loop);
	run->starting = true;
	io_timer_start(check->timer, check->common->timeout_us);
	check->kind->start(run);
	run->starting = false;
	if (run->finished)
		check->kind->stop(run);
}

void check_stop(struct check *check)
{
	struct check_run *run = check->run;

	if (!run)
		return;
	io_timer_stop(check->timer);
	if (!run->finished)
		check->kind->stop(run);
	check->run = NULL;
	run_destroy(run);
}

bool check_is_running(const struct check *check)
{
	return check->run != NULL;
}

enum bw_status check_report(struct check *check, const struct check_report *report,
			    struct bw_error *err)
{
	if (!check->kind->report)
		return bw_fail(err, BW_EINVAL, "%s takes no reports: it is of kind %s", check->name,
			       check->kind->name);
	return check->kind->report(check->settings, check->state, report, io_loop_mono(check->loop),
				   err);
}

const void *check_settings(const struct check_run *run)
{
	return run->check->settings;
}

void *check_state(struct check_run *run)
{
	return run->check->state;
}

void *check_data(struct check_run *run)
{
	return run->data;
}

struct io_loop *check_loop(const struct check_run *run)
{
	return run->check->loop;
}

int64_t check_timeout_us(const struct check_run *run)
{
	return run->check->common->timeout_us;
}

struct bw_mono check_started(const struct check_run *run)
{
	return run->started;
}

void check_phase(struct check_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run->phase, sizeof(run->phase), format, args);
	va_end(args);
}

struct bw_json *check_details(struct check_run *run)
{
	if (!run->has_details) {
		bw_buf_init(&run->details, CHECK_DETAILS_MAX);
		bw_buf_reserve(&run->details, DETAILS_START);
		bw_json_init(&run->json, &run->details);
		bw_json_object_begin(&run->json);
		run->has_details = true;
	}
	return &run->json;
}

void check_set_response(struct check_run *run, int64_t response_us)
{
	run->response_set = true;
	run->result.has_response = true;
	run->result.response_us = response_us;
}

void check_no_response(struct check_run *run)
{
	run->response_set = true;
	run->result.has_response = false;
}

void check_finish(struct check_run *run, enum bw_health health, const char *format, ...)
{
	char raw[RAW_ERROR_MAX];
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(raw, sizeof(raw), format, args);
		va_end(args);
		bw_text_clean(raw, strlen(raw), run->result.error, sizeof(run->result.error));
	}
	finish(run, health);
}

void check_finish_failed(struct check_run *run, const struct io_error *error)
{
	bool ours = io_failure_is_ours(error->failure);

	check_finish(run, ours ? BW_HEALTH_UNKNOWN : BW_HEALTH_UNHEALTHY, "%s", error->text);
}
