/* settings_hold.h - "1m", "3", "3 of 5": how long something must be so before it is believed.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_SETTINGS_HOLD_H
#define BW_DAEMON_SETTINGS_HOLD_H

#include "alerts/rule.h"
#include "base/status.h"

/* BW_EPARSE: `err` says what is wrong and what may stand there. */
BW_MUST_USE enum bw_status settings_hold_parse(const char *text, struct alert_hold *out,
					       struct bw_error *err);

#endif
