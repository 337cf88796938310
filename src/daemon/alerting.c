/* alerting.c - when alerts are judged: samples wait in a queue and are worked off in slices.
 *
 * A slice takes samples until its time is up, and only then, with no sample left, what is due. What
 * it leaves goes on in the next iteration of the loop. A parent that is to be looked at soon is
 * looked at after the slice, because its result may come at once.
 */
#include "daemon/alerting.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "daemon/alerting_impl.h"

/* Alerts judged between two looks at the clock. */
enum { STRIDE = 32 };

/* A result waits so long for others before the slice; a turn does not wait for it. */
#define GATHER_US (BW_SECOND_US / 100)
/* One that was looked at just now is looked at again after this. */
#define HURRY_US (BW_SECOND_US / 4)
/* The clock may be set while we wait. */
#define WAIT_MAX_US (60 * BW_SECOND_US)

void alerting_hold(struct alerting *alerting)
{
	if (alerting->options.store != NULL)
		store_hold(alerting->options.store);
}

void alerting_release(struct alerting *alerting)
{
	if (alerting->options.store != NULL)
		store_release(alerting->options.store);
}

static void on_work(void *arg)
{
	struct alerting *alerting = arg;

	alerting_work(alerting);
	alerting->options.changed(alerting->options.arg);
}

/* A look that would not come in time by itself. */
static void on_hurry(void *arg)
{
	struct alerting *alerting = arg;
	struct subject_queue now = alerting->world.hurried;
	struct alert_subject subject;

	subject_queue_init(&alerting->world.hurried);
	while (subject_queue_take(&now, &subject)) {
		struct component *component = roster_find(alerting->options.roster, subject.name);

		if (component == NULL || !component_settings(component)->enabled ||
		    component_is_running(component))
			continue;
		if (component_ran_just_now(component))
			subject_queue_add(&alerting->world.hurried, &subject);
		else if (component_check_now(component) != BW_OK)
			continue;
	}
	subject_queue_finish(&now);
	if (!subject_queue_is_empty(&alerting->world.hurried))
		io_timer_start(alerting->hurry_timer, HURRY_US);
}

static void on_hurried(void *arg)
{
	struct alerting *alerting = arg;

	io_timer_start(alerting->hurry_timer, 0);
}

static void tell_outbox(void *arg, bool is_trouble, const char *text)
{
	struct alerting *alerting = arg;

	log_write(alerting->options.log, is_trouble ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s",
		  text);
}

static void on_outbox_change(void *arg)
{
	struct alerting *alerting = arg;

	if (alerting->started)
		alerting->options.changed(alerting->options.arg);
}

const struct alerts_settings *alerting_settings(const struct alerting *alerting)
{
	return &roster_settings(alerting->options.roster)->alerts;
}

static void set_channels(struct alerting *alerting)
{
	const struct daemon_settings *settings = roster_settings(alerting->options.roster);

	outbox_set_channels(alerting->outbox, settings->channels, settings->channel_count);
}

struct alerting *alerting_create(const struct alerting_options *options)
{
	struct alerting *alerting = xcalloc(1, sizeof(*alerting));
	const struct outbox_options outbox = {
		.loop = options->loop,
		.store = options->store,
		.log = tell_outbox,
		.changed = on_outbox_change,
		.firing = alerting_firing_notice,
		.seed = (uint64_t)io_loop_wall(options->loop).us,
		.arg = alerting,
	};
	char host[256] = "";

	alerting->options = *options;
	alerting->windows_version = 1;
	alerting->world = (struct alert_world){
		.loop = options->loop,
		.roster = options->roster,
		.guards = options->guards,
		.dashboard = options->dashboard,
		.store = options->store,
		.is_hurried = on_hurried,
		.arg = alerting,
	};
	alert_world_init(&alerting->world);
	subject_queue_init(&alerting->waiting);
	alerting->work_timer = io_timer_create(options->loop, on_work, alerting);
	alerting->hurry_timer = io_timer_create(options->loop, on_hurry, alerting);
	alerting->outbox = outbox_create(&outbox);
	set_channels(alerting);
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	const struct alerts_options alerts = {
		.instance = host,
		.settings = alerting_settings(alerting),
		.facts = alert_world_facts(&alerting->world),
		.relations = alert_world_relations(&alerting->world),
		.listener = alerting_listener(alerting),
	};
	alerting->alerts = alerts_create(&alerts);
	return alerting;
}

void alerting_destroy(struct alerting *alerting)
{
	if (alerting == NULL)
		return;
	io_timer_destroy(alerting->work_timer);
	io_timer_destroy(alerting->hurry_timer);
	alerts_destroy(alerting->alerts);
	outbox_destroy(alerting->outbox);
	subject_queue_finish(&alerting->waiting);
	alert_world_finish(&alerting->world);
	alerting_forget_windows(alerting);
	free(alerting);
}

/* When it was last looked at. What lies longer back than two intervals is the time in which no
 * daemon ran, or is overdue for a reason that went with the old one: it is awaited from now on. */
static struct bw_wall latest_of(const struct component *component, struct bw_wall now)
{
	const struct bw_wall latest = component_last_check(component);
	bool is_fresh = now.us - latest.us <= 2 * component_settings(component)->every_us;

	return is_fresh ? latest : (struct bw_wall){ 0 };
}

/* Components of the roster are watched from now on; one that is disabled is not. */
static void watch_components(struct alerting *alerting)
{
	const struct roster *roster = alerting->options.roster;
	const struct bw_wall now = io_loop_wall(alerting->options.loop);

	for (size_t i = 0; i < roster_count(roster); i++) {
		const struct component *component = roster_get(roster, i);
		const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT,
						       component_name(component) };

		if (component_settings(component)->enabled)
			alerts_watch(alerting->alerts, &subject, latest_of(component, now), now);
		else
			alerts_subject_gone(alerting->alerts, &subject, now);
	}
}

void alerting_start(struct alerting *alerting)
{
	alerting_restore(alerting);
	alerting_watch_windows(alerting);
	watch_components(alerting);
	outbox_start(alerting->outbox);
	alerting->started = true;
	io_timer_start(alerting->work_timer, 0);
}

/* What came before is judged by the rules that held then. */
static void work_off(struct alerting *alerting)
{
	struct alert_subject subject;

	while (subject_queue_take(&alerting->waiting, &subject))
		alerts_sample(alerting->alerts, &subject, io_loop_wall(alerting->options.loop));
}

void alerting_configure(struct alerting *alerting, const struct roster *roster)
{
	alerting_hold(alerting);
	work_off(alerting);
	alerting_forget_windows(alerting);
	alerting->options.roster = roster;
	alerting->world.roster = roster;
	set_channels(alerting);
	alerting_watch_windows(alerting);
	alerts_configure(alerting->alerts, alerting_settings(alerting),
			 io_loop_wall(alerting->options.loop));
	watch_components(alerting);
	alerting_release(alerting);
	io_timer_start(alerting->work_timer, 0);
}

void alerting_sample(struct alerting *alerting, enum alert_subject_kind kind, const char *name)
{
	const struct alert_subject subject = { kind, name };
	bool is_first = subject_queue_is_empty(&alerting->waiting);

	subject_queue_add(&alerting->waiting, &subject);
	if (is_first)
		io_timer_start(alerting->work_timer, GATHER_US);
}

void alerting_gone(struct alerting *alerting, enum alert_subject_kind kind, const char *name)
{
	const struct alert_subject subject = { kind, name };

	alerting_hold(alerting);
	alerts_subject_gone(alerting->alerts, &subject, io_loop_wall(alerting->options.loop));
	alerting_release(alerting);
	io_timer_start(alerting->work_timer, 0);
}

const struct host_sample *alerting_host(const struct alerting *alerting)
{
	return alerting->world.has_host ? &alerting->world.host : NULL;
}

void alerting_look(struct alerting *alerting, const struct host_sample *host)
{
	const struct guard *guard;
	size_t cursor = 0;

	alerting->world.host = *host;
	alerting->world.has_host = true;
	if (host->cpu_known) /* the first take knows no CPU use, and that is no lack of it */
		alerting_sample(alerting, ALERT_SUBJECT_RESOURCE, "");
	while ((guard = guards_next(alerting->options.guards, &cursor)) != NULL)
		alerting_sample(alerting, ALERT_SUBJECT_BREAKER, guard_name(guard));
	if (alerting->warm)
		alerting_sample(alerting, ALERT_SUBJECT_SYSTEM, "");
}

static bool is_there(const struct alerting *alerting, enum alert_subject_kind kind,
		     const char *name)
{
	if (kind == ALERT_SUBJECT_BREAKER)
		return guards_find(alerting->options.guards, name) != NULL;
	return roster_find(alerting->options.roster, name) != NULL;
}

void alerting_forget_gone(struct alerting *alerting, enum alert_subject_kind kind)
{
	const unsigned live = 1U << ALERT_PENDING | 1U << ALERT_FIRING | 1U << ALERT_RECOVERING;
	const struct alert *alert;
	struct subject_queue gone;
	struct alert_subject subject;
	size_t cursor = 0;

	subject_queue_init(&gone);
	while ((alert = alerts_next(alerting->alerts, live, &cursor)) != NULL) {
		subject = (struct alert_subject){ alert->subject_kind, alert->subject };
		if (subject.kind == kind && !is_there(alerting, kind, subject.name))
			subject_queue_add(&gone, &subject);
	}
	while (subject_queue_take(&gone, &subject))
		alerting_gone(alerting, subject.kind, subject.name);
	subject_queue_finish(&gone);
}

void alerting_warm(struct alerting *alerting)
{
	alerting->warm = true;
	alerting_forget_gone(alerting, ALERT_SUBJECT_BREAKER);
	alerting_sample(alerting, ALERT_SUBJECT_SYSTEM, "");
}

void alerting_clock_step(struct alerting *alerting, int64_t step_us)
{
	alerts_clock_step(alerting->alerts, step_us);
	io_timer_start(alerting->work_timer, 0);
}

static void judge(struct alerting *alerting, const struct alert_subject *subject)
{
	const struct bw_wall now = io_loop_wall(alerting->options.loop);

	if (subject->kind == ALERT_SUBJECT_SYSTEM)
		alert_world_look(&alerting->world);
	alerts_sample(alerting->alerts, subject, now);
}

static bool is_over(const struct alerting *alerting, struct bw_mono begun)
{
	return bw_mono_since(io_loop_mono(alerting->options.loop), begun) >= ALERTING_SLICE_US;
}

/* false: time is up, and some still wait. */
static bool judge_samples(struct alerting *alerting, struct bw_mono begun)
{
	struct alert_subject subject;

	for (int nth = 1; subject_queue_take(&alerting->waiting, &subject); nth++) {
		judge(alerting, &subject);
		if (nth % STRIDE == 0 && is_over(alerting, begun))
			return subject_queue_is_empty(&alerting->waiting);
	}
	return true;
}

/* How long nothing is due. */
static int64_t do_what_is_due(struct alerting *alerting, struct bw_mono begun)
{
	struct bw_wall now = io_loop_wall(alerting->options.loop), next;

	for (;;) {
		next = alerts_advance(alerting->alerts, now, STRIDE);
		if (next.us > now.us)
			return next.us - now.us < WAIT_MAX_US ? next.us - now.us : WAIT_MAX_US;
		if (is_over(alerting, begun))
			return 0;
	}
}

void alerting_work(struct alerting *alerting)
{
	const struct bw_mono begun = io_loop_mono(alerting->options.loop);
	int64_t wait_us = 0;

	if (!alerting->started)
		return;
	alerting_watch_windows(alerting);
	alerting_hold(alerting);
	if (judge_samples(alerting, begun))
		wait_us = do_what_is_due(alerting, begun);
	alerting_release(alerting);
	io_timer_start(alerting->work_timer, wait_us);
	durations_add(&alerting->slices,
		      bw_mono_since(io_loop_mono(alerting->options.loop), begun));
}

const struct durations *alerting_durations(const struct alerting *alerting)
{
	return &alerting->slices;
}

struct alerts *alerting_alerts(const struct alerting *alerting)
{
	return alerting->alerts;
}

struct outbox *alerting_outbox(const struct alerting *alerting)
{
	return alerting->outbox;
}
