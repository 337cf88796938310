/* write_request.h - samples as the body of a remote-write request: protobuf in a snappy block.
 *
 * The message is prometheus.WriteRequest of https://prometheus.io/docs/specs/prw/remote_write_spec/
 * (version 0.1.0 on the wire), without metadata: one TimeSeries for each series, its samples in the
 * order of time, its labels in the order of their bytes. Labels of the target come to every series;
 * one without a value is left out.
 *
 * Owns:    nothing.
 * Threads: any.
 */
#ifndef BW_REMOTE_WRITE_REQUEST_H
#define BW_REMOTE_WRITE_REQUEST_H

#include <stddef.h>

#include "base/buf.h"
#include "remote/sample.h"

enum { REMOTE_LABELS_MAX = 32 };

struct remote_label {
	const char *name, *value;
};

struct write_request_source {
	const char *const *subjects; /* names, by number */
	const struct remote_label *labels;
	size_t label_count; /* at most REMOTE_LABELS_MAX */
};

/* Puts the compressed body into `out`, which is cleared first. */
void write_request_encode(const struct write_request_source *source,
			  const struct remote_sample *samples, size_t count, struct bw_buf *out);
/* The same before compression. */
void write_request_encode_plain(const struct write_request_source *source,
				const struct remote_sample *samples, size_t count,
				struct bw_buf *out);

#endif
