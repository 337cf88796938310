/* router.h - which route answers a path, and which methods the path has.
 *
 * Owns:    nothing; parts point into the target's store.
 * Threads: any; routes are const.
 */
#ifndef BW_HTTP_ROUTER_H
#define BW_HTTP_ROUTER_H

#include <stdbool.h>

#include "http/server.h"
#include "http/target.h"

enum { HTTP_PARTS_MAX = 4 };

struct http_match {
	const struct http_route *route; /* NULL: none has this method */
	const char *parts[HTTP_PARTS_MAX];
	unsigned allowed; /* 1 << enum http_method, of all routes whose pattern fits; 0: no such
			     path */
};

/* Where two patterns fit, the one with the earlier literal segment wins over a {word}. */
void http_route_find(const struct http_route *routes, enum http_method method,
		     const struct http_target *target, struct http_match *out);
/* Are the rows sorted by pattern, each beginning with '/' and with at most HTTP_PARTS_MAX words? */
bool http_routes_are_valid(const struct http_route *routes);

#endif
