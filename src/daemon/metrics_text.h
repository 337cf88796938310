/* metrics_text.h - lines of the Prometheus text exposition, version 0.0.4.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_METRICS_TEXT_H
#define BW_DAEMON_METRICS_TEXT_H

#include "base/buf.h"

void metrics_head(struct bw_buf *out, const char *name, const char *type, const char *help);
/* A blank, the value and the end of the line. */
void metrics_value(struct bw_buf *out, double value);
/* A whole family of one value without labels. */
void metrics_single(struct bw_buf *out, const char *name, const char *type, const char *help,
		    double value);
/* `label="value"` with the value's quotes, backslashes and newlines escaped. */
void metrics_label(struct bw_buf *out, const char *label, const char *value);
/* One line for each of `states` (ended by NULL): 1 for the present one, 0 for the others. */
void metrics_states(struct bw_buf *out, const char *family, const char *label, const char *name,
		    const char *const *states, const char *present);

#endif
