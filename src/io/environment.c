/* environment.c - a list that is looked through: it has a few dozen variables. */
#include "io/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void io_environment_init(struct io_environment *environment)
{
	static const char *const inherited[][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "HOME", "/" },
		{ "LANG", "C.UTF-8" },
	};

	*environment = (struct io_environment){ .items = xcalloc(1, sizeof(char *)) };
	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++) {
		const char *own = getenv(inherited[i][0]);

		io_environment_set(environment, inherited[i][0], own ? own : inherited[i][1]);
	}
}

static char **find(const struct io_environment *environment, const char *name)
{
	size_t len = strlen(name);

	for (char **item = environment->items; *item; item++)
		if (strncmp(*item, name, len) == 0 && (*item)[len] == '=')
			return item;
	return NULL;
}

void io_environment_set(struct io_environment *environment, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value ? value : "") + 2;
	char *text = xmalloc(size), **place = find(environment, name);

	snprintf(text, size, "%s=%s", name, value ? value : "");
	if (place) {
		free(*place);
		*place = text;
		return;
	}
	environment->items = xrealloc(environment->items,
				      (environment->count + 2) * sizeof(*environment->items));
	environment->items[environment->count++] = text;
	environment->items[environment->count] = NULL;
}

void io_environment_finish(struct io_environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->items[i]);
	free(environment->items);
	*environment = (struct io_environment){ NULL, 0 };
}
