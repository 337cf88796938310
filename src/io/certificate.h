/* certificate.h - what a check says about the certificate a peer showed. Plain data, a copy. */
#ifndef BW_IO_CERTIFICATE_H
#define BW_IO_CERTIFICATE_H

#include <stdbool.h>

#include "base/time.h"

enum { IO_CERTIFICATE_TEXT_MAX = 256 };

struct io_certificate {
	bool present;
	struct bw_wall not_before, not_after; /* of the leaf */
	struct bw_wall chain_not_after;       /* the earliest of the chain shown */
	int chain_length;
	bool verified;                              /* chain and name both */
	char verify_error[IO_CERTIFICATE_TEXT_MAX]; /* empty when verified */
	char subject[IO_CERTIFICATE_TEXT_MAX];      /* common name, or the whole subject */
	char issuer[IO_CERTIFICATE_TEXT_MAX];
	char alternative_names[IO_CERTIFICATE_TEXT_MAX]; /* "a.example, b.example, ..." */
	char protocol[16];                               /* "TLSv1.3" */
	char cipher[64];
};

#endif
