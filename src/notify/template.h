/* template.h - a text with fields of a notice in it, for the body and the headers of a webhook.
 *
 *     {"text": "{headline}", "items": [{alerts}"{alert.title}"{comma}{/alerts}]}
 *
 * `{field}` is the field's value, escaped for where it stands: in a body as the inside of a JSON
 * string, in a header as one line. `{field:raw}` is the value itself, `{field:url}` as a part of an
 * address. What stands between `{alerts}` and `{/alerts}` is written once for each alert, `{comma}`
 * between two of them. A brace before anything but a small letter or `/` is a brace, so that JSON
 * needs no care; `{{` is a brace before a small letter.
 *
 * Owns:    a template owns its parts. Threads: any; writing changes nothing.
 * Limits:  TEMPLATE_TEXT_MAX bytes, TEMPLATE_PARTS_MAX parts.
 */
#ifndef BW_NOTIFY_TEMPLATE_H
#define BW_NOTIFY_TEMPLATE_H

#include <stddef.h>

#include "alerts/notice.h"
#include "base/buf.h"
#include "base/status.h"

enum { TEMPLATE_TEXT_MAX = 65536, TEMPLATE_PARTS_MAX = 2000 };

enum template_escape { TEMPLATE_JSON, TEMPLATE_LINE, TEMPLATE_RAW, TEMPLATE_URL };

struct template;

/* `standard`: how a field without a `:` is escaped. BW_EPARSE with what is wrong and a guess. */
BW_MUST_USE enum bw_status template_compile(const char *text, enum template_escape standard,
					    struct template **out, struct bw_error *err);
void template_destroy(struct template *parts);
/* Appends; what passes the buffer's limit is its sticky error. */
void template_write(const struct template *parts, const struct notice *notice, const char *page_url,
		    struct bw_buf *out);
/* The names of fields, for manuals and guesses; NULL behind the last. */
const char *template_field_name(size_t nth);

#endif
