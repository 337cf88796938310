/* dns.c - one question, one c-ares channel of its own, the answer taken apart by glibc's parser.
 *
 * Why a channel for each: the server, port and transport belong to a channel, and destroying it is
 * the only way to take a question back. Setting one up costs a few dozen microseconds, and a fresh
 * one always knows the resolv.conf of now.
 *
 * c-ares checks nothing but that the answer belongs to the question (ARES_FLAG_NOCHECKRESP), so
 * that SERVFAIL and REFUSED come here as answers. It repeats a truncated answer over TCP itself.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "io/address.h"
#include "io/ares_channel.h"
#include "io/dns_answer.h"
#include "io/failure_internal.h"
#include "io/loop_internal.h"
#include "io/resolver.h"
#include "io/resolver_internal.h"

enum { PORT_MAX = 65535, REVERSE_MAX = 80 };

struct io_dns {
	struct io_loop *loop;
	struct io_ares_channel *channel;
	io_dns_callback *callback;
	void *arg;
	struct io_deferred tell;
	bool answered, telling, stopped;
	int type;
	char server[IO_PEER_TEXT_MAX]; /* for the error texts */
	struct io_error error;
	struct io_dns_answer answer;
	char name[NS_MAXDNAME];
};

static void release(struct io_dns *dns)
{
	io_deferred_cancel(&dns->tell);
	io_ares_channel_destroy(dns->channel);
	io_deferred_cancel(&dns->tell);
	free(dns);
}

static void tell(void *arg)
{
	struct io_dns *dns = arg;

	dns->telling = true;
	if (dns->error.failure == IO_OK)
		dns->callback(dns->arg, &dns->answer, NULL);
	else
		dns->callback(dns->arg, NULL, &dns->error);
	dns->telling = false;
	if (dns->stopped)
		release(dns);
}

static void explain(struct io_dns *dns, int status)
{
	if (dns->server[0] && status == ARES_ETIMEOUT)
		io_error_set(&dns->error, IO_TIMED_OUT, "%s did not answer about %s", dns->server,
			     dns->name);
	else if (dns->server[0] && status == ARES_ECONNREFUSED)
		io_error_set(&dns->error, IO_REFUSED, "connection refused by %s", dns->server);
	else
		io_ares_explain(status, dns->name, &dns->error);
	if (dns->server[0] && dns->error.failure == IO_NO_RESOLVER)
		dns->error.failure = IO_PROTOCOL;
}

/* From inside c-ares. */
static void answered(void *arg, int status, int timeouts, unsigned char *data, int len)
{
	struct io_dns *dns = arg;

	(void)timeouts;
	if (dns->answered)
		return;
	dns->answered = true;
	if (!data)
		explain(dns, status);
	else if (!io_dns_answer_parse(data, (size_t)len, dns->type, &dns->answer))
		io_error_set(&dns->error, IO_PROTOCOL, "the answer about %s is garbage", dns->name);
	io_deferred_schedule(&dns->tell);
}

/* "8.8.4.4" becomes "4.4.8.8.in-addr.arpa" for a PTR question. */
static bool reverse_name(const char *text, char out[REVERSE_MAX])
{
	static const char digits[] = "0123456789abcdef";
	struct in_addr v4;
	struct in6_addr v6;
	char *at = out;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		const unsigned char *byte = (const unsigned char *)&v4;

		snprintf(out, REVERSE_MAX, "%u.%u.%u.%u.in-addr.arpa", byte[3], byte[2], byte[1],
			 byte[0]);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	for (int i = (int)sizeof(v6) - 1; i >= 0; i--) {
		*at++ = digits[v6.s6_addr[i] & 0xf];
		*at++ = '.';
		*at++ = digits[v6.s6_addr[i] >> 4];
		*at++ = '.';
	}
	memcpy(at, "ip6.arpa", sizeof("ip6.arpa"));
	return true;
}

static enum bw_status take_name(struct io_dns *dns, const struct io_dns_question *question,
				struct bw_error *err)
{
	char reversed[REVERSE_MAX];
	const char *name = question->name ? question->name : "";

	if (dns->type == ns_t_ptr && reverse_name(name, reversed))
		name = reversed;
	if (!name[0] || strlen(name) >= sizeof(dns->name))
		return bw_fail(err, BW_EINVAL, "cannot ask for the name '%.64s'", name);
	memcpy(dns->name, name, strlen(name) + 1);
	return BW_OK;
}

static enum bw_status set_server(struct io_dns *dns, const struct io_dns_question *question,
				 struct bw_error *err)
{
	struct ares_addr_port_node server = { .udp_port = question->port };
	struct io_address address;
	int port = question->port ? question->port : NS_DEFAULTPORT;

	server.tcp_port = question->port;
	if (!question->server)
		return BW_OK;
	if (io_address_parse(question->server, port, &address) != BW_OK)
		return bw_fail(err, BW_EINVAL, "the name server %s must be a numeric address",
			       question->server);
	io_address_text(&address, dns->server, sizeof(dns->server));
	server.family = address.storage.ss_family;
	if (server.family == AF_INET)
		memcpy(&server.addr.addr4, &((struct sockaddr_in *)&address.storage)->sin_addr,
		       sizeof(server.addr.addr4));
	else
		memcpy(&server.addr.addr6, &((struct sockaddr_in6 *)&address.storage)->sin6_addr,
		       sizeof(server.addr.addr6));
	if (ares_set_servers_ports(io_ares_channel_get(dns->channel), &server) != ARES_SUCCESS)
		return bw_fail(err, BW_EIO, "the resolver cannot be set up");
	return BW_OK;
}

static enum bw_status create_channel(struct io_dns *dns, const struct io_dns_question *question,
				     struct bw_error *err)
{
	struct ares_options options = { .flags = ARES_FLAG_NOCHECKRESP };
	int mask = ARES_OPT_FLAGS | io_resolver_options(dns->loop, &options);
	struct io_error error;

	if (question->tcp)
		options.flags |= ARES_FLAG_USEVC;
	if (io_ares_channel_create(dns->loop, &options, mask, &dns->channel, &error) != BW_OK)
		return bw_fail(err, BW_EIO, "%s", error.text);
	return set_server(dns, question, err);
}

enum bw_status io_dns_start(struct io_loop *loop, const struct io_dns_question *question,
			    io_dns_callback *callback, void *arg, struct io_dns **out,
			    struct bw_error *err)
{
	struct io_dns *dns;
	int type = io_dns_type_from_text(question->type);
	enum bw_status status;

	if (type < 0)
		return bw_fail(err, BW_EINVAL, "cannot ask for records of type %s",
			       question->type ? question->type : "nothing");
	if (question->port < 0 || question->port > PORT_MAX)
		return bw_fail(err, BW_EINVAL, "port %d is not in 0..%d", question->port, PORT_MAX);
	dns = xcalloc(1, sizeof(*dns));
	dns->loop = loop;
	dns->callback = callback;
	dns->arg = arg;
	dns->type = type;
	io_deferred_init(&dns->tell, loop, tell, dns);
	status = take_name(dns, question, err);
	if (status == BW_OK)
		status = create_channel(dns, question, err);
	if (status != BW_OK) {
		release(dns);
		return status;
	}
	ares_query(io_ares_channel_get(dns->channel), dns->name, ns_c_in, type, answered, dns);
	io_ares_channel_update(dns->channel);
	*out = dns;
	return BW_OK;
}

void io_dns_stop(struct io_dns *dns)
{
	if (!dns)
		return;
	dns->stopped = true;
	if (!dns->telling)
		release(dns);
}
