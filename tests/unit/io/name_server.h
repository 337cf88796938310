/* name_server.h - a DNS server on loopback for tests, UDP and TCP on one port, a thread for each.
 * What it answers follows from the name asked for:
 *
 *   one.test          A 127.0.0.1                two.test    A 127.0.0.2 and 127.0.0.1
 *   missing.test      NXDOMAIN                   empty.test  no records
 *   servfail.test, refused.test                  the rcode
 *   silent.test       no answer                  garbage.test  bytes that are no DNS
 *   cut.test          UDP: truncated and empty; TCP: 3 records
 *   many.test         40 records (TCP)           bad.test    an A record of 3 bytes
 *   records.test      one record of whatever type is asked for
 */
#ifndef BW_TESTS_IO_NAME_SERVER_H
#define BW_TESTS_IO_NAME_SERVER_H

#include <stdint.h>

struct name_server;

struct name_server *name_server_start(void);
uint16_t name_server_port(const struct name_server *server);
/* Questions so far, over either. */
int name_server_count(const struct name_server *server);
void name_server_stop(struct name_server *server);

#endif
