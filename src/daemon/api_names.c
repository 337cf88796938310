/* api_names.c - see api_names.h. A name is told once: forty times the year of a busy component
 * would be tens of megabytes. */
#include "daemon/api_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static bool has(const struct api_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].name, name) == 0)
			return true;
	return false;
}

bool api_names_read(struct api *api, struct http_request *request, struct api_names *out)
{
	const char *text = http_request_query(request, "names");
	const char *fault = name_list_fault(text);
	char name[NAME_LIST_BYTES];

	out->count = 0;
	if (fault != NULL) {
		http_respond_problem(request, 400, "query parameter names: %s", fault);
		return false;
	}
	while (name_list_next(&text, name)) {
		if (has(out, name))
			continue;
		out->items[out->count].is_listed = engine_find(api->engine, name) != NULL;
		out->items[out->count++].name = xstrdup(name);
	}
	return true;
}

void api_names_finish(struct api_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	names->count = 0;
}
