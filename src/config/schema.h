/* schema.h - a JSON schema (2020-12) of a table, for editors.
 *
 * It says what a text may look like; combinations are the business of `config check`. Wherever a
 * value stands, a text with ${NAME} may stand instead.
 * Threads: any.
 */
#ifndef BW_CONFIG_SCHEMA_H
#define BW_CONFIG_SCHEMA_H

#include "base/buf.h"
#include "config/field.h"

void config_schema(struct bw_buf *buf, const struct config_field *fields, const char *title);

#endif
