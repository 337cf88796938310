/* tls_peer.c - a blocking OpenSSL server inside a serve function. */
#include "unit/io/tls_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support/authority.h"

enum { PATH_MAX_HERE = 96 };

struct tls_world {
	char folder[32];
	char authority[PATH_MAX_HERE];
	char hashed[PATH_MAX_HERE];
	char certificates[TLS_CERTIFICATE_COUNT][PATH_MAX_HERE];
	char keys[TLS_CERTIFICATE_COUNT][PATH_MAX_HERE];
};

static const struct authority_leaf leaves[] = {
	[TLS_GOOD] = { "localhost", "DNS:localhost,IP:127.0.0.1", -1, 90, false, false },
	[TLS_EXPIRED] = { "localhost", "DNS:localhost,IP:127.0.0.1", -30, -3, false, false },
	[TLS_NOT_YET] = { "localhost", "DNS:localhost,IP:127.0.0.1", 5, 90, false, false },
	[TLS_WRONG_NAME] = { "a.example", "DNS:a.example,DNS:b.example", -1, 90, false, false },
	[TLS_SELF_SIGNED] = { "localhost", "DNS:localhost,IP:127.0.0.1", -1, 90, true, false },
	[TLS_CHAIN] = { "localhost", "DNS:localhost,IP:127.0.0.1", -1, 400, false, false },
};

struct tls_world *tls_world_create(void)
{
	struct tls_world *world = calloc(1, sizeof(*world));
	struct authority *root = authority_create("Test Root", NULL);
	struct authority *below = authority_create("Test Intermediate", root);

	snprintf(world->folder, sizeof(world->folder), "/tmp/bw-tls-XXXXXX");
	if (!mkdtemp(world->folder))
		abort();
	snprintf(world->authority, sizeof(world->authority), "%s/root.pem", world->folder);
	authority_save(root, world->authority);
	authority_save_hashed(root, world->folder, world->hashed, sizeof(world->hashed));
	for (int i = 0; i < TLS_CERTIFICATE_COUNT; i++) {
		snprintf(world->certificates[i], PATH_MAX_HERE, "%s/%d.pem", world->folder, i);
		snprintf(world->keys[i], PATH_MAX_HERE, "%s/%d.key", world->folder, i);
		authority_issue(i == TLS_CHAIN ? below : root, &leaves[i], world->certificates[i],
				world->keys[i]);
	}
	authority_destroy(below);
	authority_destroy(root);
	return world;
}

void tls_world_destroy(struct tls_world *world)
{
	for (int i = 0; i < TLS_CERTIFICATE_COUNT; i++) {
		unlink(world->certificates[i]);
		unlink(world->keys[i]);
	}
	unlink(world->authority);
	unlink(world->hashed);
	rmdir(world->folder);
	free(world);
}

const char *tls_world_authority(const struct tls_world *world)
{
	return world->authority;
}

const char *tls_world_folder(const struct tls_world *world)
{
	return world->folder;
}

const char *tls_world_certificate(const struct tls_world *world, enum tls_certificate which)
{
	return world->certificates[which];
}

const char *tls_world_key(const struct tls_world *world, enum tls_certificate which)
{
	return world->keys[which];
}

static SSL_CTX *make_context(const struct tls_script *script)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	const struct tls_world *world = script->world;

	SSL_CTX_use_certificate_chain_file(context, world->certificates[script->certificate]);
	SSL_CTX_use_PrivateKey_file(context, world->keys[script->certificate], SSL_FILETYPE_PEM);
	if (script->wants_certificate) {
		SSL_CTX_load_verify_locations(context, world->authority, NULL);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   NULL);
	}
	return context;
}

static void note_names(struct tls_script *script, SSL *ssl)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	X509 *shown = SSL_get0_peer_certificate(ssl);

	snprintf(script->server_name, sizeof(script->server_name), "%s", name ? name : "");
	if (shown)
		X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName,
					  script->client_name, sizeof(script->client_name));
}

static void talk(struct tls_script *script, SSL *ssl)
{
	size_t len = 0;
	int got;

	note_names(script, ssl);
	script->asked[0] = '\0';
	while (script->until && !strstr(script->asked, script->until) &&
	       (got = SSL_read(ssl, script->asked + len, (int)(sizeof(script->asked) - 1 - len))) >
		       0) {
		len += (size_t)got;
		script->asked[len] = '\0';
	}
	if (script->answer)
		SSL_write(ssl, script->answer, (int)strlen(script->answer));
	if (script->waits_for_close)
		SSL_read(ssl, script->client_name, 1);
	SSL_shutdown(ssl);
}

static void serve_tls(int fd, void *arg)
{
	struct tls_script *script = arg;
	SSL_CTX *context = make_context(script);
	SSL *ssl = SSL_new(context);
	char plain[64];

	if (script->first_plain) {
		peer_send(fd, script->first_plain);
		peer_read_until(fd, "\n", plain, sizeof(plain));
	}
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		talk(script, ssl);
	SSL_free(ssl);
	SSL_CTX_free(context);
	ERR_clear_error();
}

struct peer *tls_peer_start(struct tls_script *script)
{
	return peer_start(serve_tls, script);
}
