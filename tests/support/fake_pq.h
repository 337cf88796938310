/* fake_pq.h - libpq over the scripted peers of fake_io.h, linked instead of the library.
 *
 * A connection is a stream to "host:port" as the check was told them, so a peer that refuses, stays
 * mute, resets or closes does so here, too. What it says is not PostgreSQL's protocol but lines:
 *
 *     ready                     the log-in is done
 *     fatal <text>              the log-in failed
 *     row <value>|<value>|...   a row; "\N" is null
 *     done                      the answer is complete
 *     error <state> <text>      it is, with an error
 *
 * Anything else is garbage. A query is sent as "query <sql>\n", for FAKE_AWAIT.
 */
#ifndef BW_SUPPORT_FAKE_PQ_H
#define BW_SUPPORT_FAKE_PQ_H

#include "io/loop.h"

/* Where connections are made from now on; NULL at the end. */
void fake_pq_use(struct io_loop *loop);
/* The value of a keyword in the last connection, "" for none. */
const char *fake_pq_keyword(const char *keyword);

#endif
