/* tls.c - one SSL_CTX for every session of a loop, OpenSSL reading and writing the socket itself.
 *
 * Verification is one callback, for our own sessions and for those of libcurl alike: it copies what
 * the peer showed, lets OpenSSL check chain, purpose, dates and name, and puts the reason in words
 * while the certificate that failed is still at hand.
 *
 * Authorities: a parsed Debian bundle costs 28 ms and 1.3 MB, most of it never used. The hashed
 * directory is searched instead, one file when a chain first needs it; OpenSSL keeps what it found.
 * Only where there is no such directory is the bundle read. A ca_file is parsed once and again when
 * it changes; FILES_MAX of them are kept.
 *
 * Invariant: a store handed out stays alive by its reference count when its row is replaced.
 */
#include "io/tls.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "io/address.h"
#include "io/certificate_internal.h"
#include "io/failure_internal.h"
#include "io/loop_internal.h"

enum { FILES_MAX = 32 };

struct authority_file {
	char *path;
	struct timespec modified;
	off_t size;
	ino_t inode;
	X509_STORE *store;
};

struct tls_shop {
	SSL_CTX *context;
	X509_STORE *system; /* NULL until the first verification against it */
	struct authority_file files[FILES_MAX];
	unsigned next_file; /* the row to replace */
};

struct io_tls {
	struct io_tls_verdict verdict;
	SSL *ssl;
	const char *peer;
	bool established;
};

static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

/* Verification */

static bool expect_name(X509_VERIFY_PARAM *param, const char *name)
{
	struct io_address address;

	if (!name || name[0] == '/')
		return true;
	if (io_address_parse(name, 0, &address) == BW_OK)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

static int verify(X509_STORE_CTX *context, void *arg)
{
	struct io_tls_verdict *verdict = arg;
	struct io_certificate *certificate;
	const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());

	if (!verdict)
		verdict = SSL_get_app_data(ssl);
	if (!verdict->certificate)
		verdict->certificate = xmalloc(sizeof(*verdict->certificate));
	certificate = verdict->certificate;
	io_certificate_fill(certificate, X509_STORE_CTX_get0_cert(context),
			    X509_STORE_CTX_get0_untrusted(context));
	snprintf(certificate->protocol, sizeof(certificate->protocol), "%s", SSL_get_version(ssl));
	snprintf(certificate->cipher, sizeof(certificate->cipher), "%s", SSL_get_cipher_name(ssl));
	if (!verdict->verify) {
		snprintf(certificate->verify_error, sizeof(certificate->verify_error),
			 "not verified");
		return 1;
	}
	certificate->verified = expect_name(X509_STORE_CTX_get0_param(context), verdict->name) &&
				X509_verify_cert(context) == 1;
	if (!certificate->verified)
		io_certificate_explain(certificate, context, io_loop_wall(verdict->loop));
	return certificate->verified || verdict->report_only;
}

/* Authorities */

static bool has_hashed_certificates(const char *directory)
{
	char *pattern;
	glob_t found;
	bool has;
	size_t len = strlen(directory);

	pattern = xmalloc(len + sizeof("/????????.0"));
	memcpy(pattern, directory, len);
	memcpy(pattern + len, "/????????.0", sizeof("/????????.0"));
	has = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
	globfree(&found);
	free(pattern);
	return has;
}

static X509_STORE *load_system(void)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *directory = getenv(X509_get_default_cert_dir_env());
	X509_STORE *store = X509_STORE_new();

	bw_assert(store);
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	/* Debian's bundle holds what its directory holds. */
	if (file && strcmp(file, bundles[0]) == 0)
		file = NULL;
	if (file)
		X509_STORE_load_file(store, file);
	if (!directory && !file)
		directory = X509_get_default_cert_dir();
	if (directory && has_hashed_certificates(directory)) {
		X509_STORE_load_path(store, directory);
		return store;
	}
	for (size_t i = 0; !file && i < sizeof(bundles) / sizeof(bundles[0]); i++)
		if (X509_STORE_load_file(store, bundles[i]) == 1)
			break;
	return store;
}

static bool is_same_file(const struct authority_file *row, const char *path, const struct stat *now)
{
	return row->path && strcmp(row->path, path) == 0 && row->inode == now->st_ino &&
	       row->size == now->st_size && row->modified.tv_sec == now->st_mtim.tv_sec &&
	       row->modified.tv_nsec == now->st_mtim.tv_nsec;
}

static void forget_file(struct authority_file *row)
{
	free(row->path);
	X509_STORE_free(row->store);
	*row = (struct authority_file){ .path = NULL };
}

/* Borrowed from the shop; NULL when the file holds no certificate. */
static X509_STORE *store_of_file(struct tls_shop *shop, const char *path, struct io_error *error)
{
	struct authority_file *row;
	struct stat now;
	X509_STORE *store;

	if (stat(path, &now) != 0) {
		io_error_set(error, IO_BAD_REQUEST, "cannot read %s: %s", path,
			     strerrordesc_np(errno));
		return NULL;
	}
	for (int i = 0; i < FILES_MAX; i++)
		if (is_same_file(&shop->files[i], path, &now))
			return shop->files[i].store;
	store = X509_STORE_new();
	bw_assert(store);
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_STORE_load_file(store, path) != 1) {
		X509_STORE_free(store);
		io_error_set(error, IO_BAD_REQUEST, "%s holds no certificate in PEM", path);
		return NULL;
	}
	row = &shop->files[shop->next_file++ % FILES_MAX];
	forget_file(row);
	*row = (struct authority_file){ xstrdup(path), now.st_mtim, now.st_size, now.st_ino,
					store };
	return store;
}

static X509_STORE *find_store(struct tls_shop *shop, const char *ca_file, struct io_error *error)
{
	if (ca_file)
		return store_of_file(shop, ca_file, error);
	if (!shop->system)
		shop->system = load_system();
	return shop->system;
}

/* The shop */

static void *shop_create(struct io_loop *loop)
{
	struct tls_shop *shop = xcalloc(1, sizeof(*shop));
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	(void)loop;
	bw_assert(context);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, verify, NULL);
	shop->context = context;
	return shop;
}

static void shop_destroy(void *state)
{
	struct tls_shop *shop = state;

	for (int i = 0; i < FILES_MAX; i++)
		forget_file(&shop->files[i]);
	X509_STORE_free(shop->system);
	SSL_CTX_free(shop->context);
	free(shop);
}

static struct tls_shop *shop_of(struct io_loop *loop)
{
	return io_loop_service(loop, IO_SERVICE_TLS, shop_create, shop_destroy);
}

/* Sessions */

static enum bw_status check_file(const char *path, const char *what, struct bw_error *err)
{
	if (!path || access(path, R_OK) == 0)
		return BW_OK;
	return bw_fail(err, BW_EINVAL, "cannot read the %s %s: %s", what, path,
		       strerrordesc_np(errno));
}

enum bw_status io_tls_check_options(const struct io_tls_options *options, struct bw_error *err)
{
	enum bw_status status = check_file(options->ca_file, "authorities in", err);

	if (status == BW_OK)
		status = check_file(options->certificate_file, "certificate", err);
	if (status == BW_OK)
		status = check_file(options->key_file, "key", err);
	return status;
}

static bool is_good_certificate(const char *path, int loaded, struct io_error *error)
{
	if (loaded != 1)
		io_error_set(error, IO_BAD_REQUEST, "%s holds no certificate in PEM", path);
	return loaded == 1;
}

static bool is_good_key(const char *path, int loaded, struct io_error *error)
{
	if (loaded != 1)
		io_error_set(error, IO_BAD_REQUEST, "%s holds no key that fits the certificate",
			     path);
	return loaded == 1;
}

static const char *key_path(const struct io_tls_options *options)
{
	return options->key_file ? options->key_file : options->certificate_file;
}

static bool use_own_certificate(SSL *ssl, const struct io_tls_options *options,
				struct io_error *error)
{
	const char *path = options->certificate_file;
	const char *key = key_path(options);

	return !path ||
	       (is_good_certificate(path, SSL_use_certificate_chain_file(ssl, path), error) &&
		is_good_key(key, SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM), error));
}

static bool give_own_certificate(SSL_CTX *context, const struct io_tls_options *options,
				 struct io_error *error)
{
	const char *path = options->certificate_file;
	const char *key = key_path(options);

	return !path ||
	       (is_good_certificate(path, SSL_CTX_use_certificate_chain_file(context, path),
				    error) &&
		is_good_key(key, SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM),
			    error));
}

/* libcurl names the server after the URL; another name can be given only when the handshake begins,
 * as the session does not exist before. */
static void rename_server(const SSL *ssl, int where, int result)
{
	const struct io_tls_verdict *verdict;

	(void)result;
	if (!(where & SSL_CB_HANDSHAKE_START))
		return;
	verdict = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_set_tlsext_host_name((SSL *)ssl, verdict->name);
}

enum bw_status io_tls_adopt_context(SSL_CTX *context, const struct io_tls_options *options,
				    struct io_tls_verdict *verdict, struct io_error *error)
{
	struct tls_shop *shop = shop_of(verdict->loop);

	SSL_CTX_set_cert_verify_callback(context, verify, verdict);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (verdict->verify) {
		X509_STORE *store = find_store(shop, options->ca_file, error);

		if (!store)
			return BW_EINVAL;
		SSL_CTX_set1_cert_store(context, store);
	}
	if (options->server_name) {
		SSL_CTX_set_app_data(context, verdict);
		SSL_CTX_set_info_callback(context, rename_server);
	}
	return give_own_certificate(context, options, error) ? BW_OK : BW_EINVAL;
}

static bool equip(struct io_tls *tls, struct tls_shop *shop, const struct io_tls_options *options,
		  struct io_error *error)
{
	const char *name = tls->verdict.name;
	struct io_address address;

	if (tls->verdict.verify) {
		X509_STORE *store = find_store(shop, options->ca_file, error);

		if (!store)
			return false;
		SSL_set1_verify_cert_store(tls->ssl, store);
	}
	if (name[0] != '/' && io_address_parse(name, 0, &address) != BW_OK &&
	    SSL_set_tlsext_host_name(tls->ssl, name) != 1) {
		io_error_set(error, IO_BAD_REQUEST, "%s cannot be a server name", name);
		return false;
	}
	return use_own_certificate(tls->ssl, options, error);
}

enum bw_status io_tls_create(struct io_loop *loop, const struct io_tls_options *options,
			     const char *host, struct io_tls **out, struct io_error *error)
{
	struct tls_shop *shop = shop_of(loop);
	struct io_tls *tls = xcalloc(1, sizeof(*tls));

	tls->ssl = SSL_new(shop->context);
	bw_assert(tls->ssl);
	tls->verdict = (struct io_tls_verdict){
		.loop = loop,
		.name = options->server_name ? options->server_name : host,
		.verify = options->verify,
		.report_only = options->report_only,
	};
	SSL_set_app_data(tls->ssl, &tls->verdict);
	SSL_set_connect_state(tls->ssl);
	if (!equip(tls, shop, options, error)) {
		ERR_clear_error();
		io_tls_destroy(tls);
		return BW_EINVAL;
	}
	*out = tls;
	return BW_OK;
}

void io_tls_destroy(struct io_tls *tls)
{
	if (!tls)
		return;
	ERR_clear_error();
	if (tls->established)
		SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	ERR_clear_error();
	free(tls->verdict.certificate);
	free(tls);
}

const struct io_certificate *io_tls_certificate(const struct io_tls *tls)
{
	return tls->verdict.certificate;
}

static void explain_reason(const struct io_tls_verdict *verdict, const char *peer,
			   struct io_error *error)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	const char *text = ERR_reason_error_string(code);

	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict->certificate)
		io_error_set(error, IO_TLS, "TLS to %s: %s", peer,
			     verdict->certificate->verify_error);
	else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
		 reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_BAD_RECORD_TYPE)
		io_error_set(error, IO_TLS, "%s does not speak TLS", peer);
	else if (reason >= SSL_AD_REASON_OFFSET)
		io_error_set(error, IO_TLS, "%s refused the TLS handshake: %s", peer, text);
	else
		io_error_set(error, IO_TLS, "TLS to %s failed: %s", peer,
			     text ? text : "unknown reason");
}

static enum io_tls_step explain(struct io_tls *tls, int result, struct io_error *error)
{
	int error_number = errno;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return IO_TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return IO_TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return IO_TLS_CLOSED;
	case SSL_ERROR_SYSCALL:
		if (error_number == 0)
			return IO_TLS_CLOSED;
		io_error_set_errno(error, error_number, tls->peer);
		break;
	default:
		explain_reason(&tls->verdict, tls->peer, error);
	}
	tls->established = false;
	ERR_clear_error();
	return IO_TLS_FAILED;
}

static void prepare_call(void)
{
	ERR_clear_error();
	errno = 0;
}

enum io_tls_step io_tls_handshake(struct io_tls *tls, int fd, const char *peer,
				  struct io_error *error)
{
	enum io_tls_step step;
	int result;

	tls->peer = peer;
	if (SSL_get_fd(tls->ssl) < 0)
		bw_assert(SSL_set_fd(tls->ssl, fd) == 1);
	prepare_call();
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		tls->established = true;
		return IO_TLS_DONE;
	}
	step = explain(tls, result, error);
	if (step != IO_TLS_CLOSED)
		return step;
	io_error_set(error, IO_CLOSED, "%s closed the connection during the TLS handshake", peer);
	return IO_TLS_FAILED;
}

enum io_tls_step io_tls_read(struct io_tls *tls, void *data, size_t size, size_t *len,
			     struct io_error *error)
{
	int result;

	prepare_call();
	result = SSL_read_ex(tls->ssl, data, size, len);
	return result == 1 ? IO_TLS_DONE : explain(tls, result, error);
}

enum io_tls_step io_tls_write(struct io_tls *tls, const void *data, size_t size, size_t *len,
			      struct io_error *error)
{
	int result;

	prepare_call();
	result = SSL_write_ex(tls->ssl, data, size, len);
	return result == 1 ? IO_TLS_DONE : explain(tls, result, error);
}
