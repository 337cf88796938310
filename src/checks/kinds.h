/* kinds.h - the table of check kinds. */
#ifndef BW_CHECKS_KINDS_H
#define BW_CHECKS_KINDS_H

#include "checks/kind.h"

/* Sorted by name, ended by NULL. */
extern const struct check_kind *const check_kinds[];

/* NULL when there is no such kind. */
const struct check_kind *check_kind_find(const char *name);

#endif
