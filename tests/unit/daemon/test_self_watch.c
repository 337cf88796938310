/* test_self_watch.c - the daemon's own components: there when they are wanted, and each with the
 * state that its figures mean. The channel is scripted here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/self_watch.h"
#include "support/fake_world.h"
#include "unit/daemon/bed.h"

static struct bed bed;
static struct self_watch *self;
static struct outbox *outbox;
static struct watchdog *watchdog;
static bool channel_works, engine_is_dead;

/* --- a kind of channel, by script --- */

static void scripted_start(struct channel_attempt *attempt)
{
	channel_done(attempt, channel_works ? CHANNEL_SENT : CHANNEL_RETRY, 0, "%s",
		     channel_works ? "taken" : "connection refused");
}

static void scripted_stop(struct channel_attempt *attempt)
{
	(void)attempt;
}

static const struct config_field no_fields[] = { { 0 } };
static const struct channel_kind scripted = {
	.name = "scripted", .fields = no_fields, .start = scripted_start, .stop = scripted_stop
};
static const struct channel channels[] = {
	{ .name = "ops", .kind = &scripted, .settings = "" },
	{ .name = "boss", .kind = &scripted, .settings = "" },
};

/* --- the bed --- */

static const char one_component[] =
	"components: [{ name: a, tcp: { host: 127.0.0.1, port: 9000 }, every: 300s }]";

static struct daemon_settings *settings_of(const char *text, size_t channel_count)
{
	struct daemon_settings *settings = bed_settings(text);

	settings->self_watch = true;
	settings->channels = (struct channel *)channels;
	settings->channel_count = channel_count;
	settings->watchdog.url = "http://127.0.0.1:9001/x";
	self_watch_extend(self, settings);
	/* What a reader of the configuration made is freed with it; these are ours. */
	settings->channels = NULL;
	settings->channel_count = 0;
	settings->watchdog.url = NULL;
	return settings;
}

static uint64_t count_turns(void *arg)
{
	static uint64_t turns;

	(void)arg;
	return engine_is_dead ? turns : ++turns;
}

static void start(const char *text)
{
	const struct engine_options options = {
		.loop = bed.loop,
		.settings = settings_of(text, 2),
		.store = bed.store,
		.host_root = bed.folder.path,
	};
	char *report = NULL;

	assert_int_equal(engine_create(&options, &bed.engine, &report), BW_OK);
	engine_start(bed.engine);
}

static void follow(void)
{
	const struct self_watch_world world = {
		.engine = bed.engine, .store = bed.store, .outbox = outbox, .watchdog = watchdog
	};

	self_watch_follow(self, &world);
}

static int begin(void **state)
{
	(void)state;
	bed_init(&bed);
	bed_open_store(&bed);
	bed_peer(&bed, IO_OK);
	channel_works = true;
	engine_is_dead = false;
	self = self_watch_create(bed.loop);
	outbox = outbox_create(&(struct outbox_options){ .loop = bed.loop });
	outbox_set_channels(outbox, channels, 2);
	outbox_start(outbox);
	watchdog = watchdog_create(
		&(struct watchdog_options){ .loop = bed.loop, .turns = count_turns });
	start(one_component);
	follow();
	return 0;
}

static int end(void **state)
{
	(void)state;
	engine_destroy(bed.engine);
	bed.engine = NULL;
	self_watch_destroy(self);
	outbox_destroy(outbox);
	watchdog_destroy(watchdog);
	bed_finish(&bed);
	return 0;
}

static enum bw_health health_of(const char *name)
{
	return component_health(bed_component(&bed, name));
}

static void put_message(void)
{
	const struct notice notice = { .kind = NOTICE_TEST,
				       .channel = "ops",
				       .key = "k",
				       .group = "",
				       .remark = "",
				       .at = io_loop_wall(bed.loop) };

	outbox_put(outbox, &notice);
}

/* A callback that takes so long. */
static void block(int64_t us)
{
	bed.loop->now_us += us;
}

/* --- tests --- */

static void test_they_are_there_and_healthy(void **state)
{
	static const char *const names[] = { "bellwether.scheduler",   "bellwether.checks",
					     "bellwether.store",       "bellwether.outbox",
					     "bellwether.channel.ops", "bellwether.channel.boss" };

	(void)state;
	bed_seconds(&bed, 30);
	for (size_t nth = 0; nth < sizeof(names) / sizeof(names[0]); nth++) {
		assert_int_equal(health_of(names[nth]), BW_HEALTH_HEALTHY);
		assert_string_equal(component_settings(bed_component(&bed, names[nth]))->group,
				    "bellwether");
		assert_string_equal(bed_error(&bed, names[nth]), "");
		assert_false(component_settings(bed_component(&bed, names[nth]))->is_public);
	}
	assert_int_equal(engine_component_count(bed.engine), 8);
	assert_int_equal(health_of("a"), BW_HEALTH_HEALTHY);
}

static void test_they_are_not_there_when_nobody_wants_them(void **state)
{
	struct daemon_settings *settings = bed_settings(one_component);

	(void)state;
	self_watch_extend(self, settings);
	assert_int_equal(settings->component_count, 1);
	settings->self_watch = true;
	self_watch_extend(self, settings);
	assert_int_equal(settings->component_count, 4); /* no channel, no watchdog */
	daemon_settings_destroy(settings);
}

static void test_a_name_that_is_taken_stays_its_owners(void **state)
{
	struct daemon_settings *settings;

	(void)state;
	settings = settings_of(
		"components: [{ name: bellwether.store, tcp: { host: 127.0.0.1, port: 1 } }]", 0);
	assert_int_equal(settings->component_count, 4);
	assert_string_equal(settings->components[0].kind->name, "tcp");
	daemon_settings_destroy(settings);
}

static void test_before_there_is_something_to_look_at_nothing_is_known(void **state)
{
	const struct self_watch_world nothing = { 0 };

	(void)state;
	self_watch_follow(self, &nothing);
	bed_seconds(&bed, 30);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_UNKNOWN);
	assert_int_equal(health_of("bellwether.checks"), BW_HEALTH_UNKNOWN);
	assert_int_equal(health_of("bellwether.watchdog"), BW_HEALTH_UNKNOWN);
	follow();
	bed_seconds(&bed, 30);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_HEALTHY);
}

static void test_a_late_loop_shows_for_a_minute(void **state)
{
	(void)state;
	bed_seconds(&bed, 30);
	block(3 * BW_SECOND_US);
	bed_seconds(&bed, 12);
	assert_int_equal(health_of("bellwether.scheduler"), BW_HEALTH_DEGRADED);
	assert_non_null(strstr(bed_error(&bed, "bellwether.scheduler"), "late within the last "
									"minute"));
	block(9 * BW_SECOND_US);
	bed_seconds(&bed, 12);
	assert_int_equal(health_of("bellwether.scheduler"), BW_HEALTH_UNHEALTHY);
	bed_seconds(&bed, 80);
	assert_int_equal(health_of("bellwether.scheduler"), BW_HEALTH_HEALTHY);
}

/* What is due later than the look, but long ago, has not begun when the look comes. */
static void test_a_check_that_does_not_begin_is_late(void **state)
{
	(void)state;
	bed_seconds(&bed, 20);
	assert_int_equal(component_late_us(bed_component(&bed, "a")), 0);
	block(400 * BW_SECOND_US);
	assert_true(component_late_us(bed_component(&bed, "a")) >= 100 * BW_SECOND_US);
	bed_seconds(&bed, 0);
	assert_int_equal(component_late_us(bed_component(&bed, "a")), 0);
	bed_seconds(&bed, 0.2);
	assert_int_equal(health_of("bellwether.checks"), BW_HEALTH_UNHEALTHY);
	assert_non_null(strstr(bed_error(&bed, "bellwether.checks"), "was due "));
	bed_seconds(&bed, 12);
	assert_int_equal(health_of("bellwether.checks"), BW_HEALTH_HEALTHY);
}

static void test_a_channel_that_fails_is_told_and_only_later_the_outbox(void **state)
{
	(void)state;
	channel_works = false;
	put_message();
	bed_seconds(&bed, 40);
	assert_int_equal(health_of("bellwether.channel.ops"), BW_HEALTH_HEALTHY);
	bed_seconds(&bed, 40);
	assert_int_equal(health_of("bellwether.channel.ops"), BW_HEALTH_DEGRADED);
	assert_non_null(strstr(bed_error(&bed, "bellwether.channel.ops"),
			       "connection refused; messages "
			       "that wait: 1"));
	assert_int_equal(health_of("bellwether.channel.boss"), BW_HEALTH_HEALTHY);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_HEALTHY);
	bed_seconds(&bed, 300);
	assert_int_equal(health_of("bellwether.channel.ops"), BW_HEALTH_UNHEALTHY);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_DEGRADED);
	bed_seconds(&bed, 1800);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_UNHEALTHY);
	assert_non_null(strstr(bed_error(&bed, "bellwether.outbox"), "messages that wait: 1, the "
								     "oldest for"));
	channel_works = true;
	bed_seconds(&bed, 330);
	assert_int_equal(health_of("bellwether.channel.ops"), BW_HEALTH_HEALTHY);
	assert_int_equal(health_of("bellwether.outbox"), BW_HEALTH_HEALTHY);
}

static void test_the_outbox_depends_on_its_channels(void **state)
{
	const struct component_settings *settings =
		component_settings(bed_component(&bed, "bellwether.outbox"));

	(void)state;
	assert_int_equal(settings->depends_on.count, 2);
	assert_int_equal(settings->edges[1].count, 1);
	assert_string_equal(settings->edges[1].alternatives[0], "bellwether.channel.boss");
}

static void test_nobody_hearing_the_sign_of_life_is_told(void **state)
{
	(void)state;
	watchdog_set(watchdog, "http://127.0.0.1:9001/x", 60 * BW_SECOND_US);
	bed_seconds(&bed, 15);
	assert_int_equal(health_of("bellwether.watchdog"), BW_HEALTH_DEGRADED);
	assert_non_null(strstr(bed_error(&bed, "bellwether.watchdog"), "refused"));
	bed_seconds(&bed, 140);
	assert_int_equal(health_of("bellwether.watchdog"), BW_HEALTH_UNHEALTHY);
	watchdog_set(watchdog, NULL, 0);
}

static void test_a_reload_keeps_their_state(void **state)
{
	char *report = NULL;

	(void)state;
	bed_seconds(&bed, 30);
	assert_int_equal(engine_reload(bed.engine, settings_of(one_component, 1), &report), BW_OK);
	assert_int_equal(health_of("bellwether.channel.ops"), BW_HEALTH_HEALTHY);
	assert_null(engine_find(bed.engine, "bellwether.channel.boss"));
	bed_seconds(&bed, 30);
	assert_int_equal(health_of("bellwether.scheduler"), BW_HEALTH_HEALTHY);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BED(test_they_are_there_and_healthy),
		WITH_BED(test_they_are_not_there_when_nobody_wants_them),
		WITH_BED(test_a_name_that_is_taken_stays_its_owners),
		WITH_BED(test_before_there_is_something_to_look_at_nothing_is_known),
		WITH_BED(test_a_late_loop_shows_for_a_minute),
		WITH_BED(test_a_check_that_does_not_begin_is_late),
		WITH_BED(test_a_channel_that_fails_is_told_and_only_later_the_outbox),
		WITH_BED(test_the_outbox_depends_on_its_channels),
		WITH_BED(test_nobody_hearing_the_sign_of_life_is_told),
		WITH_BED(test_a_reload_keeps_their_state),
	};

	return cmocka_run_group_tests_name("self watch", tests, NULL, NULL);
}
