/* problem.h - RFC 9457 problem documents.
 *
 * Threads: any.
 */
#ifndef BW_HTTP_PROBLEM_H
#define BW_HTTP_PROBLEM_H

#include "http/server.h"

enum { HTTP_PROBLEM_DETAIL_MAX = 1024 };

/* One reference to the caller. Foreign text in the detail is escaped. */
struct http_body *http_problem_create(int status, const char *detail);

#endif
