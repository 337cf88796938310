/* push.c - keeps the last report and looks at its age.
 *
 * Times are of the monotonic clock, so that a clock set back does not make an old report young.
 */
#include "checks/kind.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "checks/check.h"
#include "checks/text.h"

enum { DETAILS_MAX = CHECK_DETAILS_MAX - 512 };

struct push_settings {
	int64_t every_us, grace_us;
};

struct push_state {
	bool reported;
	struct bw_mono at;
	enum bw_health health;
	bool has_response;
	int64_t response_us;
	char *error, *details; /* or NULL */
};

static const struct config_field push_fields[] = {
	{ .name = "every",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct push_settings, every_us),
	  .min = 1e6,
	  .max = 366 * 86400e6,
	  .required = true,
	  .help = "a report is expected at least this often",
	  .example = "5m" },
	{ .name = "grace",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct push_settings, grace_us),
	  .standard = "30s",
	  .max = 366 * 86400e6,
	  .help = "how much later it may come before the component is unhealthy" },
	{ 0 },
};

static void push_release(void *state_arg)
{
	struct push_state *state = state_arg;

	free(state->error);
	free(state->details);
}

static char *copy(const char *text)
{
	return text && text[0] ? xstrdup(text) : NULL;
}

static enum bw_status push_report(const void *settings, void *state_arg,
				  const struct check_report *report, struct bw_mono now,
				  struct bw_error *err)
{
	struct push_state *state = state_arg;

	if (report->health >= BW_HEALTH_MAX)
		return bw_fail(err, BW_EINVAL, "a report needs one of the four states");
	if (report->has_response && report->response_us < 0)
		return bw_fail(err, BW_EINVAL, "a response time is never negative");
	if (report->age_us < 0)
		return bw_fail(err, BW_EINVAL, "a report cannot be of the future");
	if (report->details && strlen(report->details) > DETAILS_MAX)
		return bw_fail(err, BW_ELIMIT, "the details are longer than %d bytes", DETAILS_MAX);
	push_release(state);
	*state = (struct push_state){
		.reported = true,
		.at = bw_mono_add(now, -report->age_us),
		.health = report->health,
		.has_response = report->has_response,
		.response_us = report->response_us,
		.error = report->error ? xstrndup(report->error, CHECK_ERROR_MAX) : NULL,
		.details = copy(report->details),
	};
	return BW_OK;
}

static void show_report(struct check_run *run, const struct push_state *state, int64_t age_us)
{
	struct bw_json *json = check_details(run);

	if (state->details)
		bw_json_raw_members(json, state->details, strlen(state->details));
	bw_json_key(json, "report_age_seconds");
	bw_json_int(json, age_us / BW_SECOND_US);
}

static void push_start(struct check_run *run)
{
	const struct push_settings *settings = check_settings(run);
	const struct push_state *state = check_state(run);
	char age[CHECK_DURATION_MAX], every[CHECK_DURATION_MAX];
	int64_t age_us;

	check_no_response(run);
	if (!state->reported) {
		check_finish(run, BW_HEALTH_UNKNOWN, "waiting for the first report");
		return;
	}
	age_us = bw_mono_since(check_started(run), state->at);
	show_report(run, state, age_us);
	if (age_us > settings->every_us + settings->grace_us) {
		check_text_age(age_us, age);
		check_text_age(settings->every_us, every);
		check_finish(run, BW_HEALTH_UNHEALTHY, "no report for %s (expected every %s)", age,
			     every);
		return;
	}
	if (state->has_response)
		check_set_response(run, state->response_us);
	check_finish(run, state->health, state->error ? "%s" : NULL, state->error);
}

static void push_stop(struct check_run *run)
{
}

const struct check_kind check_kind_push = {
	.name = "push",
	.summary = "waits for reports from outside and misses them when they stay away",
	.fields = push_fields,
	.settings_size = sizeof(struct push_settings),
	.state_size = sizeof(struct push_state),
	.passive = true,
	.release = push_release,
	.start = push_start,
	.stop = push_stop,
	.report = push_report,
};
