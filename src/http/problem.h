/* problem.h - RFC 9457 problem documents.
 *
 * Threads: any.
 */
#ifndef BW_HTTP_PROBLEM_H
#define BW_HTTP_PROBLEM_H

#include <stdarg.h>

#include "http/server.h"

enum { HTTP_PROBLEM_DETAIL_MAX = 1024 };

/* One reference to the caller. Foreign text in the detail is escaped; it is cut with "..." at the
 * maximum. */
struct http_body *http_problem_create(int status, const char *format, ...) BW_PRINTF(2, 3);
struct http_body *http_problem_create_list(int status, const char *format, va_list list)
	BW_PRINTF(2, 0);

#endif
