/* status_page.h - GET /status: the public page, without a script and without what is nobody's
 * business.
 *
 * Shows what `status_page` of the configuration allows; rendered at most once in STATUS_PAGE_US and
 * shared by all who ask.
 *
 * Owns:    the rendered page. The engine is borrowed.
 * Limits:  STATUS_SHOWN_MAX components, the worst first; STATUS_PROBLEMS_MAX problems.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_STATUS_PAGE_H
#define BW_DAEMON_STATUS_PAGE_H

#include "daemon/engine.h"
#include "daemon/uptime_book.h"
#include "http/server.h"

#define STATUS_PAGE_US (5 * BW_SECOND_US)

enum { STATUS_SHOWN_MAX = 300, STATUS_PROBLEMS_MAX = 20 };

struct status_page;

struct status_page *status_page_create(void);
void status_page_destroy(struct status_page *page);
/* After a reload: what was allowed may be so no more. */
void status_page_forget(struct status_page *page);
/* One reference to the caller. `is_still`: the form that does not say it renews itself. Figures of
 * `uptimes` are shown as they are known, and read anew when they are old: the page never waits. */
struct http_body *status_page_body(struct status_page *page, struct engine *engine,
				   struct uptime_book *uptimes, bool is_still);
/* "Healthy", "Degraded", "Unhealthy", "Unknown". */
const char *status_word(enum bw_health health);
enum { STATUS_RESPONSE_TEXT_MAX = 32 };

/* Three digits that count: "0.4 ms", "184 ms", "1.25 s", "1200 s". */
void status_response_text(int64_t us, char out[STATUS_RESPONSE_TEXT_MAX]);
/* Of the components that everybody may see. */
void status_tally(const struct engine *engine, struct bw_health_tally *out);

#endif
