/* quote.h - one line of a file as a message shows it. Private to config/. */
#ifndef BW_CONFIG_QUOTE_H
#define BW_CONFIG_QUOTE_H

#include "base/buf.h"
#include "config/file.h"

/* Appends the line the token begins in, secrets masked and cut around the token, and a second line
 * with a caret under it. Both are indented by two columns. */
void config_quote(struct bw_buf *buf, struct config_file *file, struct config_span token);

#endif
