/* kind_case.h - one check of a kind from its settings as YAML, on a scripted or a real loop.
 *
 * Owns:    the document, the settings and the check.
 */
#ifndef BW_SUPPORT_KIND_CASE_H
#define BW_SUPPORT_KIND_CASE_H

#include <stdbool.h>

#include "checks/check.h"
#include "io/loop.h"

struct kind_case {
	struct io_loop *loop;
	struct check *check; /* NULL when the settings are refused */
	char *report;        /* why; "" when there is nothing to say */
	struct check_common common;
	int results; /* how often the callback came */
	struct check_result result;
	char *details; /* a copy */
	void (*on_result)(void *arg);
	void *arg;
	void *parts; /* private */
};

/* `settings` is the YAML of the kind's settings; the time-out is 5 s until `common` is changed. */
struct kind_case *kind_case_create(struct io_loop *loop, const struct check_kind *kind,
				   const char *settings);
void kind_case_destroy(struct kind_case *kind_case);
void kind_case_start(struct kind_case *kind_case);

#endif
