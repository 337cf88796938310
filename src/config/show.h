/* show.h - decoded structs back into YAML, defaults included, secrets left out.
 *
 * Threads: any.
 */
#ifndef BW_CONFIG_SHOW_H
#define BW_CONFIG_SHOW_H

#include "base/buf.h"
#include "config/field.h"
#include "config/node.h"

#define CONFIG_SECRET_SHOWN "<secret>"

/* Appends a line for every field that has a value, `indent` columns in. A text that stood for
 * something else (${NAME}) is shown as it was written: in one of `nodes`, ended by NULL, which are
 * the maps the struct was read from. Raw rows are left out. */
void config_show(struct bw_buf *buf, int indent, const struct config_field *fields,
		 const void *target, const struct config_node *const *nodes);

#endif
