/* decoder.h - reads what is sent: a snappy block with a prometheus.WriteRequest in it, as text.
 *
 *     bellwether_component_state{component="db",state="healthy"} 1 @1000
 *
 * One line a sample, in the order of the message; a stale marker is "stale". What is no such
 * message, and labels out of order, are failures of the test. Written apart from the encoder, from
 * the protocol's description.
 */
#ifndef BW_TESTS_REMOTE_DECODER_H
#define BW_TESTS_REMOTE_DECODER_H

#include "base/buf.h"

/* Appends the lines. */
void decode_request(const char *body, size_t len, struct bw_buf *out);
void decode_plain(const char *message, size_t len, struct bw_buf *out);

#endif
