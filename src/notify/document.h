/* document.h - a notice as one JSON object: what webhooks get and programs read.
 *
 * docs/channels/webhook.md lists its members. Members are only ever added.
 * Threads: any.
 */
#ifndef BW_NOTIFY_DOCUMENT_H
#define BW_NOTIFY_DOCUMENT_H

#include "alerts/notice.h"
#include "base/json_write.h"

void document_write(const struct notice *notice, const char *page_url, struct bw_json *json);
/* Unknown (0) is null. */
void document_wall(struct bw_json *json, const char *key, struct bw_wall time);

#endif
