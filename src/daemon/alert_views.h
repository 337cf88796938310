/* alert_views.h - alerts, silences, windows and channels as JSON, for the API and the live stream.
 *
 * docs/internals/alerts.md has the contract.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_ALERT_VIEWS_H
#define BW_DAEMON_ALERT_VIEWS_H

#include "base/json_write.h"
#include "daemon/alert_rank.h"
#include "daemon/engine.h"

/* What a document lists at most; the summary counts all. */
enum { ALERT_VIEW_DOCUMENT_MAX = 1000, ALERT_VIEW_DOCUMENT_BYTES = 1 << 20 };

/* alert_write() with the group of its subject. */
void alert_view_write(const struct engine *engine, const struct alert *alert, struct bw_json *json);
/* The array of the worst that fires: at most `max`, and no more once it has `bytes`. *counts is of
 * all, but `count`, which is of those written. */
void alert_view_write_firing(const struct engine *engine, size_t max, size_t bytes,
			     struct alert_rank *counts, struct bw_json *json);
/* The reference's get_alert_summary() and ours. */
void alert_view_write_summary(const struct alerts *alerts, struct bw_wall now,
			      struct bw_json *json);
bool alert_view_silence_is_over(const struct silence *silence, struct bw_wall now);
void alert_view_write_silence(const struct silence *silence, struct bw_wall now,
			      struct bw_json *json);
/* The member "windows" with its array of at most `max`. */
void alert_view_write_windows(struct engine *engine, size_t max, struct bw_json *json);
/* The member "channels" with its array. */
void alert_view_write_channels(struct engine *engine, struct bw_json *json);
/* A member that is ISO 8601, or null for 0. */
void alert_view_write_time(struct bw_json *json, const char *key, struct bw_wall time);

#endif
