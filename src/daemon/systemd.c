/* systemd.c - own instead of libsystemd: the whole protocol is one datagram, and the library would
 * cost the daemon more memory than all of its own state for a small configuration.
 */
#include "daemon/systemd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/xalloc.h"

struct systemd {
	struct io_timer *timer;
	int64_t every_us; /* 0: no watchdog */
};

void systemd_tell(const char *lines)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	size_t len = strlen(path);
	if (len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	ssize_t sent = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
			      (const struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)sent;
	close(fd);
}

static void feed_watchdog(void *arg)
{
	struct systemd *systemd = arg;

	systemd_tell("WATCHDOG=1");
	io_timer_start(systemd->timer, systemd->every_us);
}

/* Half of what the manager allows; 0 when it does not watch this process. */
static int64_t watchdog_interval_us(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (text == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoll(text, NULL, 10) / 2;
}

struct systemd *systemd_create(struct io_loop *loop)
{
	struct systemd *systemd = xcalloc(1, sizeof(*systemd));

	systemd->every_us = watchdog_interval_us();
	systemd->timer = io_timer_create(loop, feed_watchdog, systemd);
	if (systemd->every_us > 0)
		feed_watchdog(systemd);
	return systemd;
}

void systemd_destroy(struct systemd *systemd)
{
	if (systemd == NULL)
		return;
	io_timer_destroy(systemd->timer);
	free(systemd);
}
