/* self_watch.c - one kind of check, which only reads figures, and the components made of it.
 *
 * The kind stands in no table: nobody configures it. A loop that stands still cannot look at
 * itself; what it can say, once it goes on, is how long it stood. So a timer notes every second how
 * late it comes, and the worst of the last minute is what counts.
 */
#include "daemon/self_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "checks/check.h"
#include "checks/kind.h"
#include "checks/text.h"
#include "daemon/store_notice.h"

enum { LAGS = 60, NAME_BYTES_MAX = 512 };

#define TICK_US BW_SECOND_US
#define GROUP "bellwether"

struct self_watch {
	struct io_loop *loop;
	struct io_timer *timer;
	struct bw_mono due;
	int64_t lags_us[LAGS]; /* a ring; `next_lag` is the oldest */
	size_t next_lag;
	uint64_t dropped; /* by the store, as last seen */
	struct self_watch_world world;
};

struct self_settings {
	struct self_watch *self;
	void (*look)(struct self_watch *self, struct check_run *run, const char *channel);
	const char *channel; /* or target; NULL for the rest */
};

/* --- what a figure means --- */

static enum bw_health judge(int64_t us, int64_t degraded_us, int64_t unhealthy_us)
{
	if (us > unhealthy_us)
		return BW_HEALTH_UNHEALTHY;
	return us > degraded_us ? BW_HEALTH_DEGRADED : BW_HEALTH_HEALTHY;
}

static enum bw_health judge_within(int64_t us, const int64_t limits_us[2])
{
	return judge(us, limits_us[0], limits_us[1]);
}

/* Since that time; 0 when it lies ahead, as after a clock was set back. */
static int64_t age_us(const struct self_watch *self, struct bw_wall since)
{
	int64_t us = io_loop_wall(self->loop).us - since.us;

	return us > 0 ? us : 0;
}

static void add_int(struct check_run *run, const char *key, int64_t value)
{
	bw_json_member_int(check_details(run), key, value);
}

/* --- the loop --- */

static void look_at_scheduler(struct self_watch *self, struct check_run *run, const char *channel)
{
	static const int64_t limits_us[] = { SELF_WATCH_LAG_US };
	char text[CHECK_DURATION_MAX];
	enum bw_health health;
	int64_t worst_us = 0;

	(void)channel;
	for (size_t nth = 0; nth < LAGS; nth++) {
		if (self->lags_us[nth] > worst_us)
			worst_us = self->lags_us[nth];
	}
	health = judge_within(worst_us, limits_us);
	add_int(run, "worst_lag_ms", worst_us / 1000);
	check_text_duration(worst_us, text);
	check_finish(run, health,
		     health == BW_HEALTH_HEALTHY ? NULL
						 : "the loop was %s late within the last minute",
		     text);
}

static void on_tick(void *arg)
{
	struct self_watch *self = arg;
	struct bw_mono now = io_loop_mono(self->loop);

	self->lags_us[self->next_lag] = bw_mono_since(now, self->due);
	self->next_lag = (self->next_lag + 1) % LAGS;
	self->due = bw_mono_add(now, TICK_US);
	io_timer_start(self->timer, TICK_US);
}

/* --- checks --- */

static void look_at_checks(struct self_watch *self, struct check_run *run, const char *channel)
{
	static const int64_t limits_us[] = { SELF_WATCH_LATE_US };
	const struct component *worst = NULL;
	char text[CHECK_DURATION_MAX];
	int64_t worst_us = 0;
	size_t late = 0;

	(void)channel;
	for (size_t nth = 0; nth < engine_component_count(self->world.engine); nth++) {
		const struct component *component = engine_component(self->world.engine, nth);
		int64_t us = component_late_us(component);

		late += us > limits_us[0];
		if (us > worst_us) {
			worst_us = us;
			worst = component;
		}
	}
	add_int(run, "late", (int64_t)late);
	if (late == 0) {
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
		return;
	}
	check_text_age(worst_us, text);
	check_finish(run, judge_within(worst_us, limits_us),
		     component_is_running(worst)
			     ? "checks that are late: %zu; %s runs %s beyond its time-out"
			     : "checks that are late: %zu; %s was due %s ago",
		     late, component_name(worst), text);
}

/* --- the store --- */

static void look_at_store(struct self_watch *self, struct check_run *run, const char *channel)
{
	struct store_notices notices;
	struct store_status status;
	uint64_t dropped;

	(void)channel;
	store_status(self->world.store, &status);
	store_notices_of(&status, &notices);
	dropped = status.dropped - self->dropped;
	self->dropped = status.dropped;
	add_int(run, "queued", status.queued);
	add_int(run, "dropped", (int64_t)status.dropped);
	add_int(run, "file_bytes", status.file_bytes);
	add_int(run, "limit_bytes", status.limit_bytes);
	add_int(run, "damaged", (int64_t)status.damaged);
	check_set_response(run, status.last_commit_us);
	if (notices.grade == STORE_NOT_KEPT)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s", notices.texts[0]);
	else if (notices.grade == STORE_DAMAGED)
		check_finish(run, BW_HEALTH_DEGRADED, "%s", notices.texts[0]);
	else if (dropped > 0)
		check_finish(run, BW_HEALTH_DEGRADED, "%llu writes could not be kept",
			     (unsigned long long)dropped);
	else if (status.last_commit_us > SELF_WATCH_COMMIT_US)
		check_finish(run, BW_HEALTH_DEGRADED, "the disk is slow to write");
	else
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

/* --- messages --- */

static void look_at_outbox(struct self_watch *self, struct check_run *run, const char *channel)
{
	static const int64_t limits_us[] = { SELF_WATCH_OLDEST_US };
	const struct outbox *outbox = self->world.outbox;
	struct bw_wall oldest = outbox_oldest(outbox);
	int64_t oldest_us = oldest.us != 0 ? age_us(self, oldest) : 0;
	enum bw_health health = judge_within(oldest_us, limits_us);
	char text[CHECK_DURATION_MAX];

	(void)channel;
	add_int(run, "waiting", (int64_t)outbox_depth(outbox));
	add_int(run, "oldest_seconds", oldest_us / BW_SECOND_US);
	check_text_age(oldest_us, text);
	if (outbox_depth(outbox) > OUTBOX_MAX / 2)
		health = BW_HEALTH_UNHEALTHY;
	if (health != BW_HEALTH_HEALTHY)
		check_finish(run, health, "messages that wait: %zu, the oldest for %s",
			     outbox_depth(outbox), text);
	else if (outbox_trouble(outbox)[0] != '\0')
		check_finish(run, BW_HEALTH_DEGRADED, "%s", outbox_trouble(outbox));
	else
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

static bool find_channel(const struct outbox *outbox, const char *name,
			 struct outbox_channel_state *out)
{
	for (size_t nth = 0; nth < outbox_channel_count(outbox); nth++) {
		outbox_channel_state(outbox, nth, out);
		if (strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

static void look_at_channel(struct self_watch *self, struct check_run *run, const char *channel)
{
	static const int64_t limits_us[] = { SELF_WATCH_FAILING_US };
	struct outbox_channel_state state;
	char text[CHECK_DURATION_MAX];
	enum bw_health health;
	int64_t failing_us;

	if (!find_channel(self->world.outbox, channel, &state)) {
		check_finish(run, BW_HEALTH_UNKNOWN, "the outbox has no such channel yet");
		return;
	}
	failing_us = state.failing_since.us != 0 ? age_us(self, state.failing_since) : 0;
	health = judge_within(failing_us, limits_us);
	add_int(run, "waiting", (int64_t)state.queued);
	add_int(run, "given_up", (int64_t)state.given_up);
	check_text_age(failing_us, text);
	if (health == BW_HEALTH_HEALTHY)
		check_finish(run, health, NULL);
	else
		check_finish(run, health, "has failed for %s: %s; messages that wait: %zu", text,
			     state.trouble, state.queued);
}

/* --- the history on its way to others --- */

static bool find_target(const struct remote *remote, const char *name, struct remote_state *out)
{
	for (size_t nth = 0; nth < remote_count(remote); nth++) {
		remote_state(remote, nth, out);
		if (strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

static void look_at_remote(struct self_watch *self, struct check_run *run, const char *target)
{
	static const int64_t limits_us[] = { SELF_WATCH_FAILING_US };
	char text[CHECK_DURATION_MAX];
	struct remote_state state;
	enum bw_health health;
	int64_t failing_us;

	if (!find_target(self->world.remote, target, &state)) {
		check_finish(run, BW_HEALTH_UNKNOWN, "there is no such target yet");
		return;
	}
	failing_us = state.failing_since.us != 0 ? age_us(self, state.failing_since) : 0;
	health = judge_within(failing_us, limits_us);
	add_int(run, "behind_seconds", state.behind_us / BW_SECOND_US);
	add_int(run, "rejected", (int64_t)state.rejected);
	check_text_age(failing_us, text);
	if (health != BW_HEALTH_HEALTHY)
		check_finish(run, health, "has failed for %s: %s; the history waits", text,
			     state.trouble);
	else if (state.is_refused)
		check_finish(run, BW_HEALTH_DEGRADED, "%s", state.loss);
	else
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

/* --- the sign of life --- */

static void look_at_watchdog(struct self_watch *self, struct check_run *run, const char *channel)
{
	struct watchdog_state state;
	int64_t failing_us;

	(void)channel;
	watchdog_state(self->world.watchdog, &state);
	if (state.failing_since.us != 0) {
		failing_us = age_us(self, state.failing_since);
		check_finish(run,
			     failing_us > 2 * state.every_us ? BW_HEALTH_UNHEALTHY
							     : BW_HEALTH_DEGRADED,
			     "nobody hears the sign of life: %s", state.trouble);
	} else if (state.last_ok.us == 0) {
		check_finish(run, BW_HEALTH_UNKNOWN, "waiting for the first answer");
	} else {
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
	}
}

/* --- the kind --- */

static bool has_something(const struct self_watch_world *world,
			  const struct self_settings *settings)
{
	if (settings->look == look_at_checks)
		return world->engine != NULL;
	if (settings->look == look_at_store)
		return world->store != NULL;
	if (settings->look == look_at_outbox || settings->look == look_at_channel)
		return world->outbox != NULL;
	if (settings->look == look_at_remote)
		return world->remote != NULL;
	return settings->look != look_at_watchdog || world->watchdog != NULL;
}

static void self_start(struct check_run *run)
{
	const struct self_settings *settings = check_settings(run);

	check_no_response(run);
	if (has_something(&settings->self->world, settings))
		settings->look(settings->self, run, settings->channel);
	else
		check_finish(run, BW_HEALTH_UNKNOWN, "not started yet");
}

static void self_stop(struct check_run *run)
{
	(void)run;
}

static const struct config_field no_fields[] = { { 0 } };

static const struct check_kind check_kind_self = {
	.name = "self",
	.summary = "figures of the daemon itself",
	.fields = no_fields,
	.settings_size = sizeof(struct self_settings),
	.start = self_start,
	.stop = self_stop,
};

/* --- the components --- */

struct self_watch *self_watch_create(struct io_loop *loop)
{
	struct self_watch *self = xcalloc(1, sizeof(*self));

	self->loop = loop;
	self->timer = io_timer_create(loop, on_tick, self);
	self->due = bw_mono_add(io_loop_mono(loop), TICK_US);
	io_timer_start(self->timer, TICK_US);
	return self;
}

void self_watch_destroy(struct self_watch *self)
{
	if (self == NULL)
		return;
	io_timer_destroy(self->timer);
	free(self);
}

void self_watch_follow(struct self_watch *self, const struct self_watch_world *world)
{
	self->world = *world;
}

static bool has_component(const struct daemon_settings *settings, const char *name)
{
	for (size_t nth = 0; nth < settings->component_count; nth++) {
		if (strcmp(settings->components[nth].name, name) == 0)
			return true;
	}
	return false;
}

/* Room for it was made. NULL: the name is taken. */
static struct component_settings *add(struct daemon_settings *settings, const char *name,
				      const char *description, const struct self_settings *own)
{
	struct component_settings *component = &settings->components[settings->component_count];
	struct self_settings *copy;

	if (has_component(settings, name))
		return NULL;
	copy = xarena_alloc(settings->arena, sizeof(*copy));
	*copy = *own;
	*component = (struct component_settings){
		.name = xarena_text(settings->arena, name),
		.group = GROUP,
		.description = description,
		.enabled = true,
		.every_us = SELF_WATCH_EVERY_US,
		.common = { .timeout_us = SELF_WATCH_EVERY_US / 2 },
		.down_after = 1,
		.up_after = 1,
		.kind = &check_kind_self,
		.settings = copy,
	};
	settings->component_count++;
	return component;
}

/* A channel that fails makes messages wait; then only the channel speaks. */
static void depend_on_channels(struct daemon_settings *settings, struct component_settings *outbox)
{
	size_t count = settings->channel_count;
	const char **names = xarena_alloc(settings->arena, (count + 1) * sizeof(*names));
	struct dependency_edge *edges = xarena_alloc(settings->arena, (count + 1) * sizeof(*edges));
	char name[NAME_BYTES_MAX];

	for (size_t nth = 0; nth < count; nth++) {
		snprintf(name, sizeof(name), GROUP ".channel.%s", settings->channels[nth].name);
		names[nth] = xarena_text(settings->arena, name);
		edges[nth] = (struct dependency_edge){ &names[nth], 1 };
	}
	outbox->depends_on = (struct config_list){ (void *)names, count };
	outbox->edges = edges;
}

static void add_channels(struct self_watch *self, struct daemon_settings *settings)
{
	const struct self_settings waiting = { self, look_at_outbox, NULL };
	struct component_settings *outbox;
	char name[NAME_BYTES_MAX];

	for (size_t nth = 0; nth < settings->channel_count; nth++) {
		const struct self_settings own = { self, look_at_channel,
						   xarena_text(settings->arena,
							       settings->channels[nth].name) };

		snprintf(name, sizeof(name), GROUP ".channel.%s", own.channel);
		add(settings, name, "Whether this channel takes messages", &own);
	}
	outbox = add(settings, GROUP ".outbox", "How many messages wait, and for how long",
		     &waiting);
	if (outbox != NULL)
		depend_on_channels(settings, outbox);
}

static void add_targets(struct self_watch *self, struct daemon_settings *settings)
{
	char name[NAME_BYTES_MAX];

	for (size_t nth = 0; nth < settings->remote_count; nth++) {
		const struct self_settings own = { self, look_at_remote,
						   settings->remotes[nth].name };

		snprintf(name, sizeof(name), GROUP ".remote_write.%s", own.channel);
		add(settings, name, "Whether the history reaches this target", &own);
	}
}

enum { ALWAYS = 5 }; /* components beside those of channels and targets */

void self_watch_extend(struct self_watch *self, struct daemon_settings *settings)
{
	const struct self_settings scheduler = { self, look_at_scheduler, NULL };
	const struct self_settings checks = { self, look_at_checks, NULL };
	const struct self_settings store = { self, look_at_store, NULL };
	const struct self_settings watchdog = { self, look_at_watchdog, NULL };
	size_t count = settings->component_count + settings->channel_count +
		       settings->remote_count + ALWAYS;
	struct component_settings *components;

	if (!settings->self_watch)
		return;
	components = xarena_alloc(settings->arena, count * sizeof(*components));
	if (settings->component_count > 0)
		memcpy(components, settings->components,
		       settings->component_count * sizeof(*components));
	settings->components = components;
	add(settings, GROUP ".scheduler", "How late the daemon's own loop is", &scheduler);
	add(settings, GROUP ".checks", "Checks that do not end or do not begin", &checks);
	add(settings, GROUP ".store", "Whether history, alerts and messages are kept", &store);
	if (settings->channel_count > 0)
		add_channels(self, settings);
	add_targets(self, settings);
	if (settings->watchdog.url != NULL)
		add(settings, GROUP ".watchdog", "Whether somebody hears the sign of life",
		    &watchdog);
}
