/* listener.c - plain non-blocking sockets under the loop's watches.
 *
 * Not uv_tcp_t: its queue of write requests would hold a copy of every pending byte a second time,
 * it answers a lack of descriptors by dropping callers in silence, and it cannot tell whether a
 * caller reads. A watch and the system's calls do what is needed and nothing beside it.
 *
 * Accepting takes at most ACCEPT_BATCH connections an event, so that a flood of new ones cannot
 * keep those that are being served waiting; the watch is level-triggered and comes again.
 */
#include "io/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum { ADDRESS_TEXT_MAX = 128, ACCEPT_BATCH = 64, PAUSE_US = 100000, UNIX_MODE = 0660 };
/* So much of what a client has not asked for yet may wait in the system: by default it takes 4 MiB
 * a connection, memory that no limit of ours would see. */
enum { UNSENT_MAX = 512 << 10 };

struct io_listener {
	struct io_loop *loop;
	struct io_listener_options options;
	int fd, spare_fd;
	struct io_watch *watch;
	struct io_timer *pause;
	bool is_unix;
	dev_t device; /* of the Unix socket's file, to remove no other */
	ino_t inode;
	char address[ADDRESS_TEXT_MAX];
};

struct io_peer {
	struct io_loop *loop;
	struct io_watch *watch; /* made when first watched */
	io_watch_callback *callback;
	void *arg;
	int fd;
};

union any_address {
	struct sockaddr plain;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static struct io_peer *peer_create(struct io_loop *loop, int fd)
{
	struct io_peer *peer = xcalloc(1, sizeof(*peer));

	peer->loop = loop;
	peer->fd = fd;
	return peer;
}

void io_peer_set_callback(struct io_peer *peer, io_watch_callback *callback, void *arg)
{
	peer->callback = callback;
	peer->arg = arg;
}

enum bw_status io_peer_watch(struct io_peer *peer, unsigned events)
{
	bw_assert(peer->callback != NULL);
	if (peer->watch == NULL)
		peer->watch = io_watch_create(peer->loop, peer->fd, peer->callback, peer->arg);
	return peer->watch != NULL ? io_watch_set(peer->watch, events) : BW_EIO;
}

static long transfer_result(ssize_t result)
{
	if (result >= 0)
		return (long)result;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? IO_PEER_AGAIN
									 : IO_PEER_GONE;
}

long io_peer_read(struct io_peer *peer, void *data, size_t len)
{
	return transfer_result(recv(peer->fd, data, len, 0));
}

static long write_parts(struct io_peer *peer, const struct iovec *parts, int count, int flags)
{
	struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count };

	return transfer_result(sendmsg(peer->fd, &message, flags | MSG_NOSIGNAL));
}

long io_peer_write(struct io_peer *peer, const struct iovec *parts, int count)
{
	return write_parts(peer, parts, count, 0);
}

long io_peer_write_more(struct io_peer *peer, const struct iovec *parts, int count)
{
	return write_parts(peer, parts, count, MSG_MORE);
}

long io_peer_write_file(struct io_peer *peer, int fd, size_t offset, size_t len)
{
	off_t at = (off_t)offset;

	return transfer_result(sendfile(peer->fd, fd, &at, len));
}

void io_peer_end(struct io_peer *peer)
{
	(void)shutdown(peer->fd, SHUT_WR);
}

void io_peer_close(struct io_peer *peer)
{
	if (peer == NULL)
		return;
	if (peer->watch != NULL)
		io_watch_destroy(peer->watch);
	close(peer->fd);
	free(peer);
}

void io_peer_abort(struct io_peer *peer)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	io_peer_close(peer);
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(const struct io_listener *listener)
{
	return accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void turn_away(const struct io_listener *listener, int fd)
{
	const char *answer = listener->options.overload_answer;
	char unread[4096];

	/* A close with unread bytes would be a reset, and the answer lost. */
	(void)!recv(fd, unread, sizeof(unread), MSG_DONTWAIT);
	if (answer != NULL)
		(void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
	close(fd);
}

static void pause_accepting(struct io_listener *listener)
{
	(void)!io_watch_set(listener->watch, 0);
	io_timer_start(listener->pause, PAUSE_US);
}

/* No descriptors left: the spare one makes room to take a caller and tell it so. */
static bool use_spare(struct io_listener *listener)
{
	int fd;

	if (listener->spare_fd < 0)
		listener->spare_fd = open_spare();
	if (listener->spare_fd < 0)
		return false;
	close(listener->spare_fd);
	fd = accept_one(listener);
	if (fd >= 0)
		turn_away(listener, fd);
	listener->spare_fd = open_spare();
	return fd >= 0;
}

static bool is_exhausted(int error_number)
{
	return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
	       error_number == ENOMEM;
}

static void give(struct io_listener *listener, int fd)
{
	const int on = 1, unsent_max = UNSENT_MAX;

	if (!listener->is_unix) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max,
				 sizeof(unsent_max));
	}
	listener->options.on_accept(listener->options.arg, peer_create(listener->loop, fd));
}

static void on_listener_event(void *arg, unsigned events, int error_number)
{
	struct io_listener *listener = arg;

	(void)events;
	(void)error_number;
	/* After an error of the socket the watch is off. */
	if (io_watch_set(listener->watch, IO_READABLE) != BW_OK) {
		pause_accepting(listener);
		return;
	}
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept_one(listener);

		if (fd >= 0) {
			give(listener, fd);
		} else if (is_exhausted(errno)) {
			if (use_spare(listener))
				continue;
			pause_accepting(listener);
			return;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		}
	}
}

static void on_pause_over(void *arg)
{
	struct io_listener *listener = arg;

	if (io_watch_set(listener->watch, IO_READABLE) != BW_OK)
		io_timer_start(listener->pause, PAUSE_US);
}

static enum bw_status not_an_address(const char *text, struct bw_error *err)
{
	return bw_fail(err, BW_EINVAL,
		       "cannot listen on %s: it is not ADDRESS:PORT, [IPv6]:PORT or unix:/PATH",
		       text);
}

static bool parse_port(const char *text, in_port_t *out)
{
	unsigned long port = 0;

	if (*text == '\0' || strlen(text) > 5)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (unsigned long)(*text - '0');
	}
	*out = htons((in_port_t)port);
	return port <= 65535;
}

static bool parse_host(const char *host, size_t len, in_port_t port, union any_address *out)
{
	char text[INET6_ADDRSTRLEN + 1];

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (strcmp(text, "localhost") == 0)
		memcpy(text, "127.0.0.1", sizeof("127.0.0.1"));
	if (len == 0 || strcmp(text, "*") == 0)
		memcpy(text, "0.0.0.0", sizeof("0.0.0.0"));
	*out = (union any_address){ .v4 = { .sin_family = AF_INET, .sin_port = port } };
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1)
		return true;
	*out = (union any_address){ .v6 = { .sin6_family = AF_INET6, .sin6_port = port } };
	return inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1;
}

static enum bw_status parse_address(const char *text, union any_address *out, struct bw_error *err)
{
	const char *colon;
	in_port_t port = 0;

	if (strncmp(text, "unix:", 5) == 0) {
		text += 5;
		*out = (union any_address){ .local = { .sun_family = AF_UNIX } };
		if (*text != '/' || strlen(text) >= sizeof(out->local.sun_path))
			return bw_fail(err, BW_EINVAL,
				       "cannot listen on unix:%s: the path is not absolute, or "
				       "longer than %zu bytes",
				       text, sizeof(out->local.sun_path) - 1);
		memcpy(out->local.sun_path, text, strlen(text) + 1);
		return BW_OK;
	}
	colon = strrchr(text, ':');
	if (colon == NULL || !parse_port(colon + 1, &port) ||
	    !parse_host(text, (size_t)(colon - text), port, out))
		return not_an_address(text, err);
	return BW_OK;
}

static socklen_t address_bytes(const union any_address *address)
{
	if (address->plain.sa_family == AF_UNIX)
		return sizeof(address->local);
	return address->plain.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

/* The file of a Unix socket behind which nobody answers any more is in the way: removed. */
static bool remove_stale(const union any_address *address)
{
	const char *path = address->local.sun_path;
	struct stat file;
	bool is_stale;
	int fd;

	if (lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	is_stale =
		connect(fd, &address->plain, address_bytes(address)) != 0 && errno == ECONNREFUSED;
	close(fd);
	return is_stale && unlink(path) == 0;
}

static int try_bind(int fd, const union any_address *address)
{
	const int on = 1;

	if (address->plain.sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &address->plain, address_bytes(address)) == 0)
		return 0;
	if (errno != EADDRINUSE || address->plain.sa_family != AF_UNIX || !remove_stale(address))
		return -1;
	return bind(fd, &address->plain, address_bytes(address));
}

static enum bw_status bind_failed(const struct io_listener *listener,
				  const union any_address *address, struct bw_error *err)
{
	const char *text = listener->options.address;

	if (errno == EADDRINUSE && listener->is_unix)
		return bw_fail(err, BW_EIO,
			       "cannot listen on %s: another process answers there, or the file "
			       "is no socket; stop it, remove the file or choose another path",
			       text);
	if (errno == EADDRINUSE)
		return bw_fail(err, BW_EIO,
			       "cannot listen on %s: another process uses the port (see: ss -ltnp "
			       "'sport = :%d'); stop it or choose another port",
			       text, ntohs(address->v4.sin_port));
	return bw_fail(err, BW_EIO, "cannot listen on %s: %s", text, strerror(errno));
}

/* The mode is set between bind and listen: before that nobody can connect. */
static bool claim_file(struct io_listener *listener, const union any_address *address)
{
	struct stat file;

	if (chmod(address->local.sun_path, UNIX_MODE) != 0 ||
	    lstat(address->local.sun_path, &file) != 0)
		return false;
	listener->device = file.st_dev;
	listener->inode = file.st_ino;
	return true;
}

static void write_address(struct io_listener *listener)
{
	union any_address address = { 0 };
	socklen_t len = sizeof(address);
	char text[INET6_ADDRSTRLEN] = "";

	if (listener->is_unix || getsockname(listener->fd, &address.plain, &len) != 0) {
		snprintf(listener->address, sizeof(listener->address), "%s",
			 listener->options.address);
		return;
	}
	if (address.plain.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
		snprintf(listener->address, sizeof(listener->address), "%s:%d", text,
			 ntohs(address.v4.sin_port));
		return;
	}
	inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
	snprintf(listener->address, sizeof(listener->address), "[%s]:%d", text,
		 ntohs(address.v6.sin6_port));
}

static enum bw_status listen_at(struct io_listener *listener, const union any_address *address,
				struct bw_error *err)
{
	listener->fd =
		socket(address->plain.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0 || try_bind(listener->fd, address) != 0)
		return bind_failed(listener, address, err);
	if (listener->is_unix && !claim_file(listener, address))
		return bind_failed(listener, address, err);
	if (listen(listener->fd, SOMAXCONN) != 0)
		return bind_failed(listener, address, err);
	listener->watch =
		io_watch_create(listener->loop, listener->fd, on_listener_event, listener);
	if (listener->watch == NULL || io_watch_set(listener->watch, IO_READABLE) != BW_OK)
		return bw_fail(err, BW_EIO, "cannot watch the socket of %s",
			       listener->options.address);
	return BW_OK;
}

enum bw_status io_listener_open(struct io_loop *loop, const struct io_listener_options *options,
				struct io_listener **out, struct bw_error *err)
{
	union any_address address = { 0 };
	struct io_listener *listener;
	enum bw_status status = parse_address(options->address, &address, err);

	if (status != BW_OK)
		return status;
	listener = xcalloc(1, sizeof(*listener));
	listener->loop = loop;
	listener->options = *options;
	listener->options.address = xstrdup(options->address);
	listener->is_unix = address.plain.sa_family == AF_UNIX;
	listener->spare_fd = open_spare();
	listener->pause = io_timer_create(loop, on_pause_over, listener);
	status = listen_at(listener, &address, err);
	if (status != BW_OK) {
		io_listener_close(listener);
		return status;
	}
	write_address(listener);
	*out = listener;
	return BW_OK;
}

const char *io_listener_address(const struct io_listener *listener)
{
	return listener->address;
}

static void remove_file(const struct io_listener *listener)
{
	const char *path = listener->options.address + strlen("unix:");
	struct stat file = { 0 };

	/* A successor may have put its own socket there. */
	if (listener->inode != 0 && lstat(path, &file) == 0 && file.st_dev == listener->device &&
	    file.st_ino == listener->inode)
		(void)unlink(path);
}

void io_listener_close(struct io_listener *listener)
{
	if (listener == NULL)
		return;
	io_timer_destroy(listener->pause);
	if (listener->watch != NULL)
		io_watch_destroy(listener->watch);
	if (listener->is_unix)
		remove_file(listener);
	if (listener->fd >= 0)
		close(listener->fd);
	if (listener->spare_fd >= 0)
		close(listener->spare_fd);
	free((char *)listener->options.address);
	free(listener);
}
