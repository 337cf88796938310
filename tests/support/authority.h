/* authority.h - certificates for TLS peers of tests and benchmarks, made in memory, saved as PEM.
 *
 * Errors: a failure aborts; a test cannot go on without its certificates.
 */
#ifndef BW_TESTS_SUPPORT_AUTHORITY_H
#define BW_TESTS_SUPPORT_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

struct authority;

struct authority_leaf {
	const char *common_name;
	const char *alternative_names; /* "DNS:localhost,IP:127.0.0.1"; NULL: none */
	int begins_days, ends_days;    /* from now; may be negative */
	bool self_signed;
	bool rsa; /* 2048 bits, else P-256 */
};

/* A root of a year; or, below `parent`, an intermediate one. */
struct authority *authority_create(const char *name, const struct authority *parent);
void authority_destroy(struct authority *authority);
void authority_save(const struct authority *authority, const char *path);
/* Under the name by which OpenSSL finds it in a directory of authorities; gives the path. */
void authority_save_hashed(const struct authority *authority, const char *directory, char *path,
			   size_t size);
/* The certificate, followed by the intermediate one when that issued it; and the key. */
void authority_issue(const struct authority *authority, const struct authority_leaf *leaf,
		     const char *certificate_path, const char *key_path);

#endif
