/* resolver.c - names to addresses through one shared c-ares channel.
 *
 * c-ares 1.18 reads resolv.conf once. On use, at most every CHECK_US, the file is looked at; when
 * it changed, new questions go to a new channel and the old one lives until its last question is
 * answered.
 *
 * c-ares cannot take back a single question. A stopped one is left behind without a callback and
 * freed by its late answer; its number is bounded by the time limit of the channel.
 *
 * c-ares may answer inside the call that asks (from /etc/hosts, or a bad name), so every answer is
 * kept and told on the loop's next turn.
 */
#include "io/resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/address.h"
#include "io/ares_channel.h"
#include "io/failure_internal.h"
#include "io/loop_internal.h"
#include "io/resolver_internal.h"

enum { CHECK_US = 2000000 };

struct channel {
	struct channel *next; /* an older one that still has questions open */
	struct io_ares_channel *ares;
	int open;
};

struct resolver {
	struct io_loop *loop;
	struct channel *channels; /* the current one first; or NULL */
	struct io_deferred sweep; /* frees old channels, outside of c-ares */
	const char *path;
	uint16_t port; /* 0: the default */
	struct bw_mono checked;
	struct stat seen;
};

struct io_resolve {
	struct resolver *resolver;
	struct channel *channel; /* NULL when answered or never asked */
	io_resolve_callback *callback;
	void *arg;
	bool telling, stopped;
	struct io_deferred tell;
	struct io_addresses *addresses; /* NULL until there are some */
	struct io_error *error;
	char name[];
};

/* The resolver */

static void sweep(void *arg)
{
	struct resolver *resolver = arg;
	struct channel **at = resolver->channels ? &resolver->channels->next : NULL;

	while (at && *at) {
		struct channel *old = *at;

		if (old->open > 0) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		io_ares_channel_destroy(old->ares);
		free(old);
	}
}

static void *resolver_create(struct io_loop *loop)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));

	resolver->loop = loop;
	resolver->path = "/etc/resolv.conf";
	io_deferred_init(&resolver->sweep, loop, sweep, resolver);
	return resolver;
}

static void resolver_destroy(void *state)
{
	struct resolver *resolver = state;

	while (resolver->channels) {
		struct channel *channel = resolver->channels;

		io_ares_channel_destroy(channel->ares);
		resolver->channels = channel->next;
		free(channel);
	}
	io_deferred_cancel(&resolver->sweep);
	free(resolver);
}

static struct resolver *resolver_of(struct io_loop *loop)
{
	return io_loop_service(loop, IO_SERVICE_RESOLVER, resolver_create, resolver_destroy);
}

void io_resolver_set_source(struct io_loop *loop, const char *path, uint16_t port)
{
	struct resolver *resolver = resolver_of(loop);

	resolver->path = path;
	resolver->port = port;
	resolver->checked.us = INT64_MIN / 2; /* look at once */
}

int io_resolver_options(struct io_loop *loop, struct ares_options *options)
{
	const struct resolver *resolver = resolver_of(loop);

	options->resolvconf_path = (char *)resolver->path;
	options->udp_port = options->tcp_port = resolver->port;
	return ARES_OPT_RESOLVCONF | (resolver->port ? ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT : 0);
}

static bool has_changed(struct resolver *resolver)
{
	struct bw_mono now = io_loop_mono(resolver->loop);
	struct stat found = { .st_ino = 0 };
	bool changed;

	if (resolver->channels && bw_mono_since(now, resolver->checked) < CHECK_US)
		return false;
	resolver->checked = now;
	if (stat(resolver->path, &found) != 0)
		found = (struct stat){ .st_ino = 0 };
	changed = found.st_ino != resolver->seen.st_ino ||
		  found.st_size != resolver->seen.st_size ||
		  found.st_mtim.tv_sec != resolver->seen.st_mtim.tv_sec ||
		  found.st_mtim.tv_nsec != resolver->seen.st_mtim.tv_nsec;
	resolver->seen = found;
	return changed || !resolver->channels;
}

static struct channel *current_channel(struct resolver *resolver, struct io_error *error)
{
	struct ares_options options;
	struct channel *channel;
	int mask = io_resolver_options(resolver->loop, &options);

	if (!has_changed(resolver))
		return resolver->channels;
	channel = xcalloc(1, sizeof(*channel));
	if (io_ares_channel_create(resolver->loop, &options, mask, &channel->ares, error) !=
	    BW_OK) {
		free(channel);
		return resolver->channels;
	}
	channel->next = resolver->channels;
	resolver->channels = channel;
	io_deferred_schedule(&resolver->sweep);
	return channel;
}

/* One question */

static void release(struct io_resolve *resolve)
{
	io_deferred_cancel(&resolve->tell);
	free(resolve->addresses);
	free(resolve->error);
	free(resolve);
}

static void tell(void *arg)
{
	struct io_resolve *resolve = arg;

	resolve->telling = true;
	resolve->callback(resolve->arg, resolve->addresses, resolve->error);
	resolve->telling = false;
	if (resolve->stopped)
		release(resolve);
}

static struct io_error *error_of(struct io_resolve *resolve)
{
	if (!resolve->error)
		resolve->error = xcalloc(1, sizeof(*resolve->error));
	return resolve->error;
}

static void add_address(struct io_addresses *addresses, const struct sockaddr *address)
{
	const void *raw = address->sa_family == AF_INET
				  ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
				  : &((const struct sockaddr_in6 *)address)->sin6_addr;
	char *text = addresses->text[addresses->count];

	if (addresses->count == IO_ADDRESSES_MAX ||
	    !inet_ntop(address->sa_family, raw, text, IO_ADDRESS_TEXT_MAX))
		return;
	addresses->family[addresses->count++] = address->sa_family;
}

static void keep_answer(struct io_resolve *resolve, int status, const struct ares_addrinfo *answer)
{
	if (status == ARES_SUCCESS) {
		resolve->addresses = xcalloc(1, sizeof(*resolve->addresses));
		for (struct ares_addrinfo_node *node = answer->nodes; node; node = node->ai_next)
			add_address(resolve->addresses, node->ai_addr);
		if (resolve->addresses->count > 0)
			return;
		free(resolve->addresses);
		resolve->addresses = NULL;
		status = ARES_ENODATA;
	}
	io_ares_explain(status, resolve->name, error_of(resolve));
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct io_resolve *resolve = arg;
	struct resolver *resolver = resolve->resolver;

	(void)timeouts;
	if (--resolve->channel->open == 0 && resolve->channel != resolver->channels)
		io_deferred_schedule(&resolver->sweep);
	resolve->channel = NULL;
	if (!resolve->stopped) {
		keep_answer(resolve, status, answer);
		io_deferred_schedule(&resolve->tell);
	}
	ares_freeaddrinfo(answer);
	if (resolve->stopped)
		release(resolve);
}

static void ask(struct io_resolve *resolve)
{
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC };
	struct io_error *error = error_of(resolve);
	struct channel *channel = current_channel(resolve->resolver, error);

	if (!channel) {
		io_deferred_schedule(&resolve->tell);
		return;
	}
	free(error);
	resolve->error = NULL;
	resolve->channel = channel;
	channel->open++;
	ares_getaddrinfo(io_ares_channel_get(channel->ares), resolve->name, NULL, &hints, answered,
			 resolve);
	io_ares_channel_update(channel->ares);
}

struct io_resolve *io_resolve_start(struct io_loop *loop, const char *name,
				    io_resolve_callback *callback, void *arg)
{
	size_t len = strlen(name);
	struct io_resolve *resolve = xcalloc(1, sizeof(*resolve) + len + 1);
	struct io_address address;

	memcpy(resolve->name, name, len + 1);
	resolve->callback = callback;
	resolve->arg = arg;
	io_deferred_init(&resolve->tell, loop, tell, resolve);
	if (len < IO_ADDRESS_TEXT_MAX && io_address_parse(name, 0, &address) == BW_OK) {
		resolve->addresses = xcalloc(1, sizeof(*resolve->addresses));
		resolve->addresses->count = 1;
		resolve->addresses->family[0] = address.storage.ss_family;
		memcpy(resolve->addresses->text[0], name, len + 1);
		io_deferred_schedule(&resolve->tell);
		return resolve;
	}
	resolve->resolver = resolver_of(loop);
	ask(resolve);
	return resolve;
}

void io_resolve_stop(struct io_resolve *resolve)
{
	if (!resolve)
		return;
	resolve->stopped = true;
	if (!resolve->channel && !resolve->telling)
		release(resolve);
}
