/* api_names.h - the components that a query names, each once, and whether there is one now.
 *
 * Limits:  NAME_LIST_MAX names. Threads: reading them the loop's; then any.
 */
#ifndef BW_DAEMON_API_NAMES_H
#define BW_DAEMON_API_NAMES_H

#include "daemon/api.h"
#include "daemon/name_list.h"

struct api_names {
	size_t count;
	struct {
		char *name;
		bool is_listed; /* the configuration has it */
	} items[NAME_LIST_MAX];
};

/* false: a problem was sent. */
bool api_names_read(struct api *api, struct http_request *request, struct api_names *out);
void api_names_finish(struct api_names *names);

#endif
