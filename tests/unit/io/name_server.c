/* name_server.c - takes the question apart just far enough to find its name and type. */
#include "unit/io/name_server.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4096, HEAD_LEN = 12, CAA = 257 };

struct name_server {
	pthread_t udp_thread, tcp_thread;
	int udp, tcp;
	uint16_t port;
	atomic_int count;
};

struct message {
	unsigned char bytes[MESSAGE_MAX];
	size_t len;
};

static void put(struct message *message, const void *bytes, size_t len)
{
	assert(message->len + len <= sizeof(message->bytes));
	memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
}

/* A record of the name asked for, one minute to live. */
static void put_record(struct message *message, int type, const void *data, size_t len)
{
	const unsigned char head[] = {
		0xc0, HEAD_LEN, (unsigned char)(type >> 8), (unsigned char)type, 0, 1, 0, 0,
		0,    60,       (unsigned char)(len >> 8),  (unsigned char)len
	};

	put(message, head, sizeof(head));
	put(message, data, len);
	message->bytes[7]++;
}

static void put_address(struct message *message, const char *text)
{
	struct in_addr address;

	assert(inet_pton(AF_INET, text, &address) == 1);
	put_record(message, ns_t_a, &address, sizeof(address));
}

struct sample {
	int type;
	const char *data;
	size_t len;
};

#define SAMPLE(type, data)                                                                         \
	{                                                                                          \
		type, data, sizeof(data) - 1                                                       \
	}

static const struct sample samples[] = {
	SAMPLE(ns_t_a, "\x01\x02\x03\x04"),
	SAMPLE(ns_t_aaaa, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
	SAMPLE(ns_t_cname, "\x05"
			   "other\x04"
			   "test\0"),
	SAMPLE(ns_t_mx, "\0\x0a\x04"
			"mail\x04"
			"test\0"),
	SAMPLE(ns_t_ns, "\x02"
			"ns\x04"
			"test\0"),
	SAMPLE(ns_t_ptr, "\x04"
			 "host\x04"
			 "test\0"),
	SAMPLE(ns_t_soa, "\x02"
			 "ns\0\x04"
			 "root\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05"),
	SAMPLE(ns_t_srv, "\0\x01\0\x02\x01\xbb\x03"
			 "srv\x04"
			 "test\0"),
	SAMPLE(ns_t_txt, "\x05"
			 "v=1 \x1b\x03"
			 "end"),
	SAMPLE(CAA, "\0\x05"
		    "issueca.test"),
};

static void put_sample(struct message *message, int type)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (samples[i].type == type)
			put_record(message, type, samples[i].data, samples[i].len);
}

static void set_rcode(struct message *message, int rcode)
{
	message->bytes[3] |= (unsigned char)rcode;
}

static void fill(struct message *message, const char *name, int type, bool tcp)
{
	bool is_a = type == ns_t_a;

	if (strcmp(name, "missing.test") == 0)
		set_rcode(message, ns_r_nxdomain);
	else if (strcmp(name, "servfail.test") == 0)
		set_rcode(message, ns_r_servfail);
	else if (strcmp(name, "refused.test") == 0)
		set_rcode(message, ns_r_refused);
	else if (strcmp(name, "one.test") == 0 && is_a)
		put_address(message, "127.0.0.1");
	else if (strcmp(name, "bad.test") == 0)
		put_record(message, type, "\x01\x02\x03", 3);
	else if (strcmp(name, "records.test") == 0 || strstr(name, ".arpa"))
		put_sample(message, type);
	if (strcmp(name, "two.test") == 0 && is_a) {
		put_address(message, "127.0.0.2");
		put_address(message, "127.0.0.1");
	}
	if (strcmp(name, "cut.test") == 0 || strcmp(name, "many.test") == 0) {
		if (!tcp)
			message->bytes[2] |= 0x02;
		for (int i = 0; tcp && i < (name[0] == 'm' ? 40 : 3); i++)
			put_address(message, "10.0.0.1");
	}
}

/* False for silence. */
static bool answer(const unsigned char *question, size_t len, bool tcp, struct message *message)
{
	char name[NS_MAXDNAME];
	int name_len = len < HEAD_LEN ? -1
				      : ns_name_uncompress(question, question + len,
							   question + HEAD_LEN, name, sizeof(name));
	size_t end = HEAD_LEN + (size_t)name_len + 4;

	if (name_len < 0 || end > len || strcmp(name, "silent.test") == 0)
		return false;
	message->len = 0;
	if (strcmp(name, "garbage.test") == 0) {
		put(message, question, 2);
		put(message, "\x81\x80 not dns at all", 18);
		return true;
	}
	put(message, question, end);
	message->bytes[2] = 0x85; /* answer, authoritative, recursion desired */
	message->bytes[3] = 0x80;
	memset(message->bytes + 6, 0, 6);
	fill(message, name, question[end - 4] << 8 | question[end - 3], tcp);
	return true;
}

static void *serve_udp(void *arg)
{
	struct name_server *server = arg;
	struct message message;
	unsigned char question[512];

	for (;;) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(server->udp, question, sizeof(question), 0,
				       (struct sockaddr *)&from, &from_len);

		if (len <= 1)
			return NULL;
		server->count++;
		if (answer(question, (size_t)len, false, &message))
			sendto(server->udp, message.bytes, message.len, 0, (struct sockaddr *)&from,
			       from_len);
	}
}

static void serve_connection(struct name_server *server, int fd)
{
	struct message message;
	unsigned char head[2], question[512];
	size_t len;

	while (recv(fd, head, 2, MSG_WAITALL) == 2) {
		len = (size_t)head[0] << 8 | head[1];
		if (len > sizeof(question) || recv(fd, question, len, MSG_WAITALL) != (ssize_t)len)
			return;
		server->count++;
		if (!answer(question, len, true, &message))
			continue;
		head[0] = (unsigned char)(message.len >> 8);
		head[1] = (unsigned char)message.len;
		send(fd, head, 2, MSG_NOSIGNAL | MSG_MORE);
		send(fd, message.bytes, message.len, MSG_NOSIGNAL);
	}
}

static void *serve_tcp(void *arg)
{
	struct name_server *server = arg;
	int fd;

	while ((fd = accept(server->tcp, NULL, NULL)) >= 0) {
		serve_connection(server, fd);
		close(fd);
	}
	return NULL;
}

/* A port from the kernel that is free for both. */
static bool bind_both(struct name_server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	server->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	server->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(server->udp, (struct sockaddr *)&address, len) == 0);
	getsockname(server->udp, (struct sockaddr *)&address, &len);
	server->port = ntohs(address.sin_port);
	if (bind(server->tcp, (struct sockaddr *)&address, len) == 0 && listen(server->tcp, 8) == 0)
		return true;
	close(server->udp);
	close(server->tcp);
	return false;
}

struct name_server *name_server_start(void)
{
	struct name_server *server = calloc(1, sizeof(*server));

	while (!bind_both(server))
		;
	pthread_create(&server->udp_thread, NULL, serve_udp, server);
	pthread_create(&server->tcp_thread, NULL, serve_tcp, server);
	return server;
}

uint16_t name_server_port(const struct name_server *server)
{
	return server->port;
}

int name_server_count(const struct name_server *server)
{
	return server->count;
}

/* A datagram of one byte ends the thread: shutdown() does not wake an unconnected socket. */
void name_server_stop(struct name_server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(server->port) };

	sendto(server->udp, "", 1, 0, (struct sockaddr *)&address, sizeof(address));
	shutdown(server->tcp, SHUT_RDWR);
	pthread_join(server->udp_thread, NULL);
	pthread_join(server->tcp_thread, NULL);
	close(server->udp);
	close(server->tcp);
	free(server);
}
