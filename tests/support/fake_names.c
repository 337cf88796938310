/* fake_names.c - names and DNS questions, answered after 1 ms by the script. */
#include "support/fake_world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"

enum { FAKE_ANSWER_US = 1000 };

struct io_resolve {
	struct fake_event event;
	char *name;
	io_resolve_callback *callback;
	void *arg;
};

struct io_dns {
	struct fake_event event;
	char subject[128];
	io_dns_callback *callback;
	void *arg;
};

static void one_address(struct io_addresses *out, const char *text, int family)
{
	*out = (struct io_addresses){ .count = 1, .family = { family } };
	snprintf(out->text[0], sizeof(out->text[0]), "%s", text);
}

static void on_resolve(void *arg)
{
	struct io_resolve *resolve = arg;
	enum io_failure failure = fake_name_failure(resolve->event.loop, resolve->name);
	unsigned char address[sizeof(struct in6_addr)];
	struct io_addresses found;
	struct io_error error;

	if (inet_pton(AF_INET, resolve->name, address) == 1) {
		one_address(&found, resolve->name, AF_INET);
	} else if (inet_pton(AF_INET6, resolve->name, address) == 1) {
		one_address(&found, resolve->name, AF_INET6);
	} else if (failure != IO_OK) {
		fake_error(&error, failure, resolve->name);
		resolve->callback(resolve->arg, NULL, &error);
		return;
	} else {
		one_address(&found, "127.0.0.1", AF_INET);
	}
	resolve->callback(resolve->arg, &found, NULL);
}

struct io_resolve *io_resolve_start(struct io_loop *loop, const char *name,
				    io_resolve_callback *callback, void *arg)
{
	struct io_resolve *resolve = xcalloc(1, sizeof(*resolve));

	fake_event_init(&resolve->event, loop, on_resolve, resolve);
	resolve->name = xstrdup(name);
	resolve->callback = callback;
	resolve->arg = arg;
	fake_event_start(&resolve->event, FAKE_ANSWER_US);
	return resolve;
}

void io_resolve_stop(struct io_resolve *resolve)
{
	if (!resolve)
		return;
	fake_event_stop(&resolve->event);
	resolve->event.loop->alive--;
	free(resolve->name);
	free(resolve);
}

void fake_dns_set(struct io_loop *loop, const struct io_dns_answer *answer, enum io_failure failure,
		  int64_t delay_us)
{
	loop->dns_delay_us = delay_us;
	loop->dns_failure = failure;
	if (answer)
		loop->dns = *answer;
}

static void on_dns(void *arg)
{
	struct io_dns *dns = arg;
	struct io_loop *loop = dns->event.loop;
	struct io_dns_answer answer = loop->dns;
	struct io_error error;

	if (loop->dns_failure == IO_OK) {
		dns->callback(dns->arg, &answer, NULL);
		return;
	}
	fake_error(&error, loop->dns_failure, dns->subject);
	dns->callback(dns->arg, NULL, &error);
}

enum bw_status io_dns_start(struct io_loop *loop, const struct io_dns_question *question,
			    io_dns_callback *callback, void *arg, struct io_dns **out,
			    struct bw_error *err)
{
	static const char *const types[] = { "A",   "AAAA", "CNAME", "MX",  "NS",
					     "PTR", "SOA",  "SRV",   "TXT", "CAA" };
	size_t type = 0;
	struct io_dns *dns;

	while (type < sizeof(types) / sizeof(types[0]) && strcasecmp(types[type], question->type))
		type++;
	if (type == sizeof(types) / sizeof(types[0]))
		return bw_fail(err, BW_EINVAL, "unknown DNS type %s", question->type);
	dns = xcalloc(1, sizeof(*dns));
	fake_event_init(&dns->event, loop, on_dns, dns);
	snprintf(dns->subject, sizeof(dns->subject), "%.127s",
		 question->server ? question->server : "the name server");
	dns->callback = callback;
	dns->arg = arg;
	if (loop->dns_failure != IO_TIMED_OUT)
		fake_event_start(&dns->event, loop->dns_delay_us);
	*out = dns;
	return BW_OK;
}

void io_dns_stop(struct io_dns *dns)
{
	if (!dns)
		return;
	fake_event_stop(&dns->event);
	dns->event.loop->alive--;
	free(dns);
}
