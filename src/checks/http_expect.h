/* http_expect.h - what an HTTP answer must be: status, headers, body. Compiled once.
 *
 * Owns:    its compiled patterns and conditions.
 * Threads: one at a time.
 */
#ifndef BW_CHECKS_HTTP_EXPECT_H
#define BW_CHECKS_HTTP_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "checks/condition.h"
#include "checks/match.h"
#include "config/complain.h"
#include "config/field.h"
#include "core/health.h"
#include "io/fetch.h"

enum { HTTP_STATUS_RANGES_MAX = 16, HTTP_EXPECT_PARTS_MAX = 16 };

struct http_expect_settings {
	struct config_list status;  /* of const char *: "200", "2xx", "200-299" */
	struct config_list body;    /* of const char * */
	struct config_list headers; /* of struct config_pair */
	int64_t within_us;
};

extern const struct config_field http_expect_fields[];

struct http_status_range {
	int from, to;
};

struct http_expect_body {
	struct check_condition *condition; /* one of the two */
	struct check_match *match;
};

/* As many of each as the configuration has: ten thousand checks have mostly none. */
struct http_expect {
	const struct http_expect_settings *settings;
	struct http_status_range *statuses;
	size_t status_count;
	struct http_expect_body *bodies;
	size_t body_count;
	struct check_match **headers;
	size_t header_count;
};

/* Complaints name "expect.status" and its neighbours. */
void http_expect_prepare(struct http_expect *expect, const struct http_expect_settings *settings,
			 struct config_complaints *complaints, const struct config_node *node);
void http_expect_release(struct http_expect *expect);
/* HEALTHY, or worse with its reason in `why`. */
enum bw_health http_expect_judge(struct http_expect *expect, const struct io_fetch_result *result,
				 struct bw_error *why);

#endif
