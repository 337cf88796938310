/* alert.h - a list of alerts: what rules found, or what is firing.
 *
 * One alert is struct bw_alert of bellwether/dashboard.h; in the daemon its time says since when it
 * has been firing.
 *
 * Texts:   the reference's, to the letter, for its six rules; ours for the rest.
 * Threads: any; a plain struct.
 */
#ifndef BW_CORE_ALERT_H
#define BW_CORE_ALERT_H

#include <stddef.h>

#include <bellwether/dashboard.h>

#include "base/json_write.h"
#include "base/time.h"

/* A growing list with a maximum. */
struct bw_alert_list {
	struct bw_alert *items;
	size_t count, cap;
};

void bw_alert_list_finish(struct bw_alert_list *list);
/* The next free item, zeroed; NULL when there is no memory or BW_ALERTS_MAX are there. */
struct bw_alert *bw_alert_list_add(struct bw_alert_list *list);
/* The five members the reference has, as one object. */
void bw_alert_write(const struct bw_alert *alert, struct bw_json *json);

#endif
