/* heard.h - the latest report a passive component was given, kept so that it survives a reload.
 *
 * What a component shows is not enough: a report that came too late is shown as missing, and a
 * longer interval of the next configuration must find the report itself, with its age.
 *
 * Owns:    copies of the texts. Embedded by value; all zero bytes: nothing was heard.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_HEARD_H
#define BW_DAEMON_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "checks/check.h"

struct heard {
	bool any;
	enum bw_health health;
	bool has_response;
	int64_t response_us;
	char *error, *details; /* or NULL */
	struct bw_mono at;
};

void heard_finish(struct heard *heard);
/* Replaces what was heard before; `now` less the report's age is when it was made. */
void heard_take(struct heard *heard, const struct check_report *report, struct bw_mono now);
/* The same report, older by the time that passed; borrows the texts. Only when `any`. */
struct check_report heard_report(const struct heard *heard, struct bw_mono now);

#endif
