/* views.h - what the daemon knows, as the model of core/dashboard.h wants to be told. */
#ifndef BW_DAEMON_VIEWS_H
#define BW_DAEMON_VIEWS_H

#include "base/buf.h"
#include "base/json_write.h"
#include "checks/host_sample.h"
#include "core/dashboard.h"
#include "daemon/guard.h"
#include "daemon/settings.h"

/* `extra` (initialised by the caller, who finishes it) receives the extra members and must live as
 * long as the view is used. */
void view_of_guard(const struct guard *guard, struct bw_breaker_view *view, struct bw_buf *extra);
void view_of_sample(const struct host_sample *sample, struct bw_resources_view *view,
		    struct bw_buf *extra);
void view_of_settings(const struct daemon_settings *settings, struct bw_wall start,
		      struct bw_dashboard_config *config);
/* The object "thresholds" of the document. */
void view_write_thresholds(const struct bw_thresholds *limits, struct bw_json *json);

#endif
