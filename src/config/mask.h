/* mask.h - finds secrets in text by how they look: passwords in URLs, values behind telling names.
 *
 * The second line of defence: a value decoded as a secret is hidden by its place (file.h). This one
 * catches what was written in a wrong place, under a misspelt key, or in a text from elsewhere.
 * Threads: any.
 */
#ifndef BW_CONFIG_MASK_H
#define BW_CONFIG_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "config/file.h"

#define CONFIG_MASK "***"

/* "password", "api_key", "Authorization", ...: a value of that name is nobody's business. */
bool config_name_is_secret(const char *name, size_t len);
/* A value that only says where the secret is: ${NAME} or file:/path. */
bool config_is_reference(const char *text, size_t len);
/* The next secret at or behind `from`, as offsets into `text`; false: none. */
bool config_mask_next(const char *text, size_t len, size_t from, struct config_span *out);
/* Appends `text` with *** for every secret. */
void config_mask_append(struct bw_buf *buf, const char *text, size_t len);
/* Hides what looks like a secret in the line at `offset` and, where that line continues a value,
 * all of the line: for text that is no YAML, so that no value has a known end. */
void config_hide_around(struct config_file *file, size_t offset);

#endif
