/* api_body.h - reads the JSON object of a request strictly: a member that nobody knows is an error
 * with a guess, never silence.
 *
 * All functions send a problem when something is wrong and then return false or NULL: the handler
 * only returns.
 *
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_API_BODY_H
#define BW_DAEMON_API_BODY_H

#include <jansson.h>

#include "daemon/api.h"

/* The caller's to json_decref(). `members` are the names that may be there, ended by NULL. */
json_t *api_body_object(struct http_request *request, const char *const *members);
/* Text of at most `max` bytes without control characters; NULL when it is absent or null. */
bool api_body_text(struct http_request *request, const json_t *object, const char *name, size_t max,
		   const char **out);
/* The same, but it must be there and not be empty; `why` is what it is wanted for. */
bool api_body_need(struct http_request *request, const json_t *object, const char *name, size_t max,
		   const char *why, const char **out);
/* false when it is absent. */
bool api_body_bool(struct http_request *request, const json_t *object, const char *name, bool *out);
/* ISO 8601; 0 when it is absent. */
bool api_body_time(struct http_request *request, const json_t *object, const char *name,
		   struct bw_wall *out);
/* The end that "for" (a duration, from `from` on) or "until" says; 0 when both are absent. */
bool api_body_end(struct http_request *request, const json_t *object, struct bw_wall from,
		  struct bw_wall *out);

#endif
