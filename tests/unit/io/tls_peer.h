/* tls_peer.h - a peer (peer.h) that speaks TLS, with the certificates the tests need, in a folder
 * of its own: each is what its name says.
 */
#ifndef BW_TESTS_IO_TLS_PEER_H
#define BW_TESTS_IO_TLS_PEER_H

#include <stdbool.h>

#include "unit/io/peer.h"

enum tls_certificate {
	TLS_GOOD,        /* localhost and 127.0.0.1, 90 days, from the root */
	TLS_EXPIRED,     /* three days ago */
	TLS_NOT_YET,     /* in five days */
	TLS_WRONG_NAME,  /* a.example, b.example */
	TLS_SELF_SIGNED, /* localhost */
	TLS_CHAIN,       /* good, from an intermediate that is sent along */
	TLS_CERTIFICATE_COUNT,
};

struct tls_world;

struct tls_world *tls_world_create(void);
void tls_world_destroy(struct tls_world *world);
const char *tls_world_authority(const struct tls_world *world);
/* Holds the authority under its hashed name. */
const char *tls_world_folder(const struct tls_world *world);
/* Of the client's own certificate: the good one's. */
const char *tls_world_certificate(const struct tls_world *world, enum tls_certificate which);
const char *tls_world_key(const struct tls_world *world, enum tls_certificate which);

/* What it does with each connection: reads until `until`, sends `answer`, says goodbye. */
struct tls_script {
	struct tls_world *world;
	enum tls_certificate certificate;
	const char *until, *answer;
	const char *first_plain; /* sent and its answer awaited before TLS begins; or NULL */
	bool wants_certificate, waits_for_close;
	char asked[1024];
	char server_name[64];
	char client_name[64];
};

struct peer *tls_peer_start(struct tls_script *script);

#endif
