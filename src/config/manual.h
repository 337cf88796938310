/* manual.h - what a table of fields says to people: explain, and the tables of the manuals.
 *
 * Threads: any.
 */
#ifndef BW_CONFIG_MANUAL_H
#define BW_CONFIG_MANUAL_H

#include "base/buf.h"
#include "base/status.h"
#include "config/field.h"

/* Appends the manual of the setting at `path` ("components.http.expect"; "" is the whole table), 80
 * columns wide. BW_ENOTFOUND: there is none; `err` has a guess. */
BW_MUST_USE enum bw_status config_explain(struct bw_buf *buf, const struct config_field *fields,
					  const char *path, struct bw_error *err);
/* The rows below `path`, for the two calls below; NULL as config_explain() fails. */
const struct config_field *config_fields_at(const struct config_field *fields, const char *path,
					    struct bw_error *err);
/* Appends one Markdown table of the rows, those of objects below it as `name.row`. */
void config_markdown(struct bw_buf *buf, const struct config_field *fields);
/* The same as a list of a manual page (man macros). */
void config_man(struct bw_buf *buf, const struct config_field *fields);

#endif
