/* peer.c - a listening socket and a thread for it; each connection gets a thread of its own, so
 * that a silent conversation does not hold up the next.
 *
 * peer_stop() shuts every open connection down: whatever a serve function blocks on then ends.
 */
#include "unit/io/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096 };

struct connection {
	pthread_t thread;
	struct peer *peer;
	int fd;
};

struct peer {
	pthread_t thread;
	int listener, port;
	peer_serve *serve;
	void *arg;
	atomic_int count;
	struct connection connections[CONNECTIONS_MAX];
};

/* The descriptor's number stays taken until peer_stop(), so that it cannot be used again. */
static void hang_up(const struct connection *connection)
{
	struct linger linger = { .l_onoff = 0 };
	socklen_t len = sizeof(linger);

	getsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, &len);
	if (linger.l_onoff)
		dup3(connection->peer->listener, connection->fd, O_CLOEXEC);
	else
		shutdown(connection->fd, SHUT_WR);
}

static void *serve_one(void *arg)
{
	struct connection *connection = arg;

	connection->peer->serve(connection->fd, connection->peer->arg);
	hang_up(connection);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct peer *peer = arg;

	for (;;) {
		int fd = accept(peer->listener, NULL, NULL);
		struct connection *connection;

		if (fd < 0)
			return NULL;
		assert(peer->count < CONNECTIONS_MAX);
		connection = &peer->connections[peer->count];
		connection->peer = peer;
		connection->fd = fd;
		peer->count++; /* before the answer, which may end the test's wait */
		pthread_create(&connection->thread, NULL, serve_one, connection);
	}
}

static struct peer *start(int listener, peer_serve *serve, void *arg)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	assert(peer && listen(listener, 1024) == 0);
	peer->listener = listener;
	peer->serve = serve;
	peer->arg = arg;
	pthread_create(&peer->thread, NULL, accept_all, peer);
	return peer;
}

static int bind_loopback(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	*port = ntohs(address.sin_port);
	return fd;
}

struct peer *peer_start(peer_serve *serve, void *arg)
{
	int port;
	int listener = bind_loopback(&port);
	struct peer *peer = start(listener, serve, arg);

	peer->port = port;
	return peer;
}

struct peer *peer_start_path(const char *path, peer_serve *serve, void *arg)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return start(fd, serve, arg);
}

int peer_port(const struct peer *peer)
{
	return peer->port;
}

int peer_count(const struct peer *peer)
{
	return peer->count;
}

void peer_stop(struct peer *peer)
{
	shutdown(peer->listener, SHUT_RDWR);
	pthread_join(peer->thread, NULL);
	for (int i = 0; i < peer->count; i++) {
		shutdown(peer->connections[i].fd, SHUT_RDWR);
		pthread_join(peer->connections[i].thread, NULL);
		close(peer->connections[i].fd);
	}
	close(peer->listener);
	free(peer);
}

void peer_send(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		len -= (size_t)sent;
	}
}

size_t peer_read_until(int fd, const char *end, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	while (len + 1 < size && !strstr(out, end)) {
		ssize_t got = recv(fd, out + len, 1, 0);

		if (got <= 0)
			break;
		len += (size_t)got;
		out[len] = '\0';
	}
	return len;
}

void peer_wait_for_close(int fd)
{
	char byte[256];

	while (recv(fd, byte, sizeof(byte), 0) > 0)
		;
}

void peer_reset(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

int peer_unused_port(void)
{
	int port;

	close(bind_loopback(&port));
	return port;
}
