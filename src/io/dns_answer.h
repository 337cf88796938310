/* dns_answer.h - a DNS message to struct io_dns_answer. Internal to io/. Threads: any. */
#ifndef BW_IO_DNS_ANSWER_H
#define BW_IO_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "io/resolver.h"

/* The number of a record type ("MX"), in any case; -1 for one that io_dns_start() does not know. */
int io_dns_type_from_text(const char *text);
/* False when the bytes are no DNS message. A record that is broken inside is left out. */
bool io_dns_answer_parse(const unsigned char *data, size_t len, int type,
			 struct io_dns_answer *out);

#endif
