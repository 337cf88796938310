/* kinds.c - every kind of check there is; a new one is one row here and one file beside it. */
#include "checks/kinds.h"

#include <stddef.h>
#include <string.h>

extern const struct check_kind check_kind_dns;
extern const struct check_kind check_kind_exec;
extern const struct check_kind check_kind_file;
extern const struct check_kind check_kind_host;
extern const struct check_kind check_kind_http;
extern const struct check_kind check_kind_postgres;
extern const struct check_kind check_kind_process;
extern const struct check_kind check_kind_push;
extern const struct check_kind check_kind_redis;
extern const struct check_kind check_kind_tcp;
extern const struct check_kind check_kind_tls;

/* One row a kind. */
/* clang-format off */
const struct check_kind *const check_kinds[] = {
	&check_kind_dns,
	&check_kind_exec,
	&check_kind_file,
	&check_kind_host,
	&check_kind_http,
	&check_kind_postgres,
	&check_kind_process,
	&check_kind_push,
	&check_kind_redis,
	&check_kind_tcp,
	&check_kind_tls,
	NULL,
};
/* clang-format on */

const struct check_kind *check_kind_find(const char *name)
{
	for (const struct check_kind *const *kind = check_kinds; *kind; kind++)
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	return NULL;
}
