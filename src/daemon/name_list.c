/* name_list.c - see name_list.h. */
#include "daemon/name_list.h"

#include <stdio.h>
#include <string.h>

bool name_list_next(const char **at, char name[NAME_LIST_BYTES])
{
	size_t len = strcspn(*at, ",");

	if (**at == '\0')
		return false;
	snprintf(name, NAME_LIST_BYTES, "%.*s", (int)len, *at);
	*at += len + ((*at)[len] == ',');
	return true;
}

const char *name_list_fault(const char *names)
{
	char name[NAME_LIST_BYTES];
	int count = 0;

	if (names == NULL || *names == '\0')
		return "names of components with commas between them are wanted";
	if (names[strlen(names) - 1] == ',')
		return "a name is missing behind the last comma";
	for (const char *at = names; name_list_next(&at, name); count++) {
		if (name[0] == '\0')
			return "a name is missing between two commas";
		if (strlen(name) == NAME_LIST_BYTES - 1)
			return "a name is too long";
	}
	return count > NAME_LIST_MAX ? "at most 40 names are wanted" : NULL;
}
