/* test_watchdog.c - the sign of life: at once, in its rhythm, only from a living engine, and never
 * with its address in a text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/watchdog.h"
#include "support/fake_io.h"

#define URL "http://127.0.0.1:9000/ping/s3cret"

static struct io_loop *loop;
static struct watchdog *watchdog;
static struct fake_step answer = { .action = FAKE_SEND };
static struct {
	uint64_t turns;
	bool stands;
} engine;

static uint64_t count_turns(void *arg)
{
	(void)arg;
	return engine.stands ? engine.turns : ++engine.turns;
}

static void set_peer(enum io_failure connect, const char *bytes)
{
	struct fake_peer peer = { .connect = connect, .steps = &answer, .step_count = 1 };

	answer.bytes = bytes != NULL ? bytes : "";
	answer.len = strlen(answer.bytes);
	if (bytes == NULL)
		peer.step_count = 0;
	fake_peer_set(loop, "127.0.0.1:9000", &peer);
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"

static int begin(void **state)
{
	(void)state;
	loop = io_loop_create();
	engine.turns = 0;
	engine.stands = false;
	watchdog =
		watchdog_create(&(struct watchdog_options){ .loop = loop, .turns = count_turns });
	set_peer(IO_OK, OK_ANSWER);
	return 0;
}

static int end(void **state)
{
	(void)state;
	watchdog_destroy(watchdog);
	io_loop_destroy(loop);
	return 0;
}

static struct watchdog_state look(void)
{
	struct watchdog_state state;

	watchdog_state(watchdog, &state);
	assert_null(strstr(state.trouble, "s3cret"));
	return state;
}

static void test_nobody_is_pinged_unless_asked_for(void **state)
{
	(void)state;
	fake_advance(loop, 3600 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 0);
	assert_false(look().is_set);
	watchdog_set(watchdog, NULL, 0);
	assert_false(look().is_set);
}

static void test_the_first_ping_goes_at_once_and_the_others_in_their_rhythm(void **state)
{
	(void)state;
	watchdog_set(watchdog, URL, 60 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 1);
	assert_true(look().last_ok.us >= FAKE_WALL_START_US);
	fake_advance(loop, 600 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 11);
	assert_int_equal(look().failing_since.us, 0);
	assert_string_equal(look().trouble, "");
}

static void test_failures_are_told_without_the_address_and_change_no_rhythm(void **state)
{
	(void)state;
	set_peer(IO_REFUSED, NULL);
	watchdog_set(watchdog, URL, 60 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	assert_non_null(strstr(look().trouble, "refused"));
	assert_true(look().failing_since.us > 0);
	assert_int_equal(look().last_ok.us, 0);
	set_peer(IO_OK, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	fake_advance(loop, 60 * BW_SECOND_US);
	assert_string_equal(look().trouble, "HTTP 404");
	assert_in_range(look().failing_since.us, FAKE_WALL_START_US,
			FAKE_WALL_START_US + BW_SECOND_US);
	set_peer(IO_OK, OK_ANSWER);
	fake_advance(loop, 60 * BW_SECOND_US);
	assert_int_equal(look().failing_since.us, 0);
	assert_int_equal(fake_connection_count(loop), 3);
}

static void test_a_silent_peer_is_not_waited_for(void **state)
{
	(void)state;
	set_peer(IO_OK, NULL);
	watchdog_set(watchdog, URL, 5 * BW_SECOND_US);
	fake_advance(loop, WATCHDOG_TIMEOUT_US + BW_SECOND_US);
	assert_string_equal(look().trouble, "no answer within 10 s");
	set_peer(IO_OK, OK_ANSWER);
	fake_advance(loop, 2 * WATCHDOG_TIMEOUT_US);
	assert_string_equal(look().trouble, "");
}

static void test_a_dead_engine_gives_no_sign_of_life(void **state)
{
	int before;

	(void)state;
	watchdog_set(watchdog, URL, 10 * BW_SECOND_US);
	fake_advance(loop, 61 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 7);
	engine.stands = true;
	fake_advance(loop, 30 * BW_SECOND_US);
	before = fake_connection_count(loop);
	fake_advance(loop, 3600 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), before);
	assert_string_equal(look().trouble, "the engine has taken no turn for 30 s");
	engine.stands = false;
	fake_advance(loop, 11 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), before + 1);
	assert_string_equal(look().trouble, "");
}

static void test_a_slow_rhythm_does_not_look_like_death(void **state)
{
	(void)state;
	watchdog_set(watchdog, URL, 3600 * BW_SECOND_US);
	fake_advance(loop, 7201 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 3);
}

static void test_a_reload_goes_on_unless_something_changed(void **state)
{
	(void)state;
	watchdog_set(watchdog, URL, 60 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	watchdog_set(watchdog, URL, 60 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 1);
	watchdog_set(watchdog, URL "2", 60 * BW_SECOND_US);
	fake_advance(loop, BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 2);
	set_peer(IO_OK, NULL);
	watchdog_set(watchdog, URL, 60 * BW_SECOND_US); /* and with one under way */
	watchdog_set(watchdog, NULL, 0);
	fake_advance(loop, 3600 * BW_SECOND_US);
	assert_int_equal(fake_connection_count(loop), 3);
	assert_false(look().is_set);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOOP(test_nobody_is_pinged_unless_asked_for),
		WITH_LOOP(test_the_first_ping_goes_at_once_and_the_others_in_their_rhythm),
		WITH_LOOP(test_failures_are_told_without_the_address_and_change_no_rhythm),
		WITH_LOOP(test_a_silent_peer_is_not_waited_for),
		WITH_LOOP(test_a_dead_engine_gives_no_sign_of_life),
		WITH_LOOP(test_a_slow_rhythm_does_not_look_like_death),
		WITH_LOOP(test_a_reload_goes_on_unless_something_changed),
	};

	return cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
}
