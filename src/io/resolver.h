/* resolver.h - names to addresses, and single DNS questions. c-ares on the loop, no threads.
 *
 * Callbacks: exactly once, never before the call that asked returns, never after _stop(). Every
 *          question needs one _stop(), after its callback too, or in it. NULL is allowed.
 * Threads: the loop's.
 */
#ifndef BW_IO_RESOLVER_H
#define BW_IO_RESOLVER_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/status.h"
#include "io/failure.h"
#include "io/loop.h"

enum { IO_ADDRESSES_MAX = 16, IO_ADDRESS_TEXT_MAX = 64 };

struct io_addresses {
	int count;
	char text[IO_ADDRESSES_MAX][IO_ADDRESS_TEXT_MAX]; /* numeric, in the order to try */
	int family[IO_ADDRESSES_MAX];                     /* AF_INET, AF_INET6 */
};

struct io_resolve;

typedef void io_resolve_callback(void *arg, const struct io_addresses *addresses,
				 const struct io_error *error); /* error NULL on success */

/* /etc/hosts, then DNS; a numeric address needs neither. Follows changes of /etc/resolv.conf. */
struct io_resolve *io_resolve_start(struct io_loop *loop, const char *name,
				    io_resolve_callback *callback, void *arg);
void io_resolve_stop(struct io_resolve *resolve);

enum { IO_DNS_ANSWERS_MAX = 32, IO_DNS_TEXT_MAX = 256 };

struct io_dns_question {
	const char *name;
	const char *type; /* "A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "CAA" */
	const char *server; /* numeric address; NULL: the system's */
	int port;           /* 0: 53 */
	bool tcp;
};

struct io_dns_answer {
	const char *rcode; /* "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", ... static */
	bool authoritative, truncated;
	int count;     /* of the asked type */
	int total;     /* all there were, when more than IO_DNS_ANSWERS_MAX */
	int min_ttl_s; /* -1 when there are none */
	char text[IO_DNS_ANSWERS_MAX][IO_DNS_TEXT_MAX]; /* "10 mail.example", "93.184.216.34" */
};

struct io_dns;

/* error only when no answer could be had; an rcode is an answer. */
typedef void io_dns_callback(void *arg, const struct io_dns_answer *answer,
			     const struct io_error *error);

BW_MUST_USE enum bw_status io_dns_start(struct io_loop *loop,
					const struct io_dns_question *question,
					io_dns_callback *callback, void *arg, struct io_dns **out,
					struct bw_error *err);
void io_dns_stop(struct io_dns *dns);

#endif
