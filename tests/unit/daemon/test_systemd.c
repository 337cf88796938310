/* test_systemd.c - what the service manager hears, and how often its watchdog is fed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/systemd.h"
#include "support/fake_io.h"
#include "support/folder.h"

static struct folder folder;
static struct io_loop *loop;
static int manager;

static int set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[FOLDER_PATH_MAX + 32];

	(void)state;
	folder_init(&folder);
	folder_name(&folder, "notify", path, sizeof(path));
	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setenv("NOTIFY_SOCKET", path, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	loop = io_loop_create();
	return bind(manager, (const struct sockaddr *)&address, sizeof(address));
}

static int tear_down(void **state)
{
	(void)state;
	io_loop_destroy(loop);
	close(manager);
	unsetenv("NOTIFY_SOCKET");
	folder_finish(&folder);
	return 0;
}

/* How often the manager has heard these lines since; anything else fails. */
static int heard(const char *lines)
{
	char text[256];
	ssize_t len;
	int count = 0;

	while ((len = recv(manager, text, sizeof(text) - 1, 0)) >= 0) {
		text[len] = '\0';
		assert_string_equal(text, lines);
		count++;
	}
	return count;
}

static int feedings(int64_t us)
{
	struct systemd *systemd = systemd_create(loop);

	fake_advance(loop, us);
	systemd_destroy(systemd);
	return heard("WATCHDOG=1");
}

static void test_the_manager_hears_us(void **state)
{
	(void)state;
	systemd_tell("READY=1");
	assert_int_equal(heard("READY=1"), 1);
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	systemd_tell("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	systemd_tell("READY=1");
	unsetenv("NOTIFY_SOCKET");
	systemd_tell("READY=1");
	assert_int_equal(heard("READY=1"), 0);
}

static void test_the_watchdog_is_fed_at_half_its_time(void **state)
{
	char pid[32];

	(void)state;
	assert_int_equal(feedings(10 * BW_SECOND_US), 0); /* nobody watches */
	setenv("WATCHDOG_USEC", "2000000", 1);
	assert_int_equal(feedings(10 * BW_SECOND_US), 11);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(feedings(10 * BW_SECOND_US), 11);
	setenv("WATCHDOG_PID", "1", 1); /* meant for another process */
	assert_int_equal(feedings(10 * BW_SECOND_US), 0);
	unsetenv("WATCHDOG_PID");
	for (const char *const *bad = (const char *const[]){ "", "x", "-5", "0", NULL }; *bad;
	     bad++) {
		setenv("WATCHDOG_USEC", *bad, 1);
		assert_int_equal(feedings(10 * BW_SECOND_US), 0);
	}
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_the_manager_hears_us),
		row(test_the_watchdog_is_fed_at_half_its_time),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
