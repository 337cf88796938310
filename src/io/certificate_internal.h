/* certificate_internal.h - from OpenSSL's certificates to struct io_certificate. */
#ifndef BW_IO_CERTIFICATE_INTERNAL_H
#define BW_IO_CERTIFICATE_INTERNAL_H

#include <openssl/x509_vfy.h>

#include "io/certificate.h"

/* Everything but the verdict, protocol and cipher. `chain` is what the peer showed, the leaf
 * included; NULL counts as the leaf alone. */
void io_certificate_fill(struct io_certificate *out, X509 *leaf, STACK_OF(X509) * chain);
/* Why the verification that just ended in `context` failed, in plain words. */
void io_certificate_explain(struct io_certificate *certificate, X509_STORE_CTX *context,
			    struct bw_wall now);

#endif
