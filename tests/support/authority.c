/* authority.c - OpenSSL's X.509 calls in the order they need. */
#include "support/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/assert.h"

enum { RSA_BITS = 2048, DAY_S = 86400, YEAR_DAYS = 365 };

struct authority {
	X509 *certificate;
	EVP_PKEY *key;
	bool is_root;
};

static EVP_PKEY *make_key(bool rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");

	bw_assert(key);
	return key;
}

static X509 *make_certificate(const char *name, int begins_days, int ends_days)
{
	static long serial = 1;
	X509 *made = X509_new();

	bw_assert(made);
	X509_set_version(made, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	X509_gmtime_adj(X509_getm_notBefore(made), (long)begins_days * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(made), (long)ends_days * DAY_S);
	return made;
}

static void extend(X509 *certificate, int which, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, which, value);

	bw_assert(extension && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

/* By itself when `by` is NULL. */
static void sign(X509 *certificate, EVP_PKEY *key, const struct authority *by)
{
	const X509 *issuer = by ? by->certificate : certificate;

	X509_set_pubkey(certificate, key);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
	bw_assert(X509_sign(certificate, by ? by->key : key, EVP_sha256()) > 0);
}

struct authority *authority_create(const char *name, const struct authority *parent)
{
	struct authority *authority = calloc(1, sizeof(*authority));

	bw_assert(authority);
	authority->is_root = !parent;
	authority->key = make_key(false);
	authority->certificate = make_certificate(name, -1, YEAR_DAYS);
	extend(authority->certificate, NID_basic_constraints, "critical,CA:TRUE");
	extend(authority->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
	sign(authority->certificate, authority->key, parent);
	return authority;
}

void authority_destroy(struct authority *authority)
{
	X509_free(authority->certificate);
	EVP_PKEY_free(authority->key);
	free(authority);
}

static FILE *open_file(const char *path, mode_t mode)
{
	FILE *file = fopen(path, "w");

	bw_assert(file);
	bw_assert(fchmod(fileno(file), mode) == 0);
	return file;
}

void authority_save(const struct authority *authority, const char *path)
{
	FILE *file = open_file(path, 0644);

	bw_assert(PEM_write_X509(file, authority->certificate) == 1);
	fclose(file);
}

void authority_save_hashed(const struct authority *authority, const char *directory, char *path,
			   size_t size)
{
	snprintf(path, size, "%s/%08lx.0", directory,
		 X509_subject_name_hash(authority->certificate));
	authority_save(authority, path);
}

void authority_issue(const struct authority *authority, const struct authority_leaf *leaf,
		     const char *certificate_path, const char *key_path)
{
	EVP_PKEY *key = make_key(leaf->rsa);
	X509 *made = make_certificate(leaf->common_name, leaf->begins_days, leaf->ends_days);
	FILE *file;

	if (leaf->alternative_names)
		extend(made, NID_subject_alt_name, leaf->alternative_names);
	sign(made, key, leaf->self_signed ? NULL : authority);
	file = open_file(certificate_path, 0644);
	bw_assert(PEM_write_X509(file, made) == 1);
	if (!leaf->self_signed && !authority->is_root)
		bw_assert(PEM_write_X509(file, authority->certificate) == 1);
	fclose(file);
	file = open_file(key_path, 0600);
	bw_assert(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
	X509_free(made);
	EVP_PKEY_free(key);
}
