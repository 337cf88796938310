/* name_list.h - names with commas between them, as a query has them.
 *
 * Limits: NAME_LIST_MAX names of less than NAME_LIST_BYTES - 1 bytes each; any bytes in them.
 * Errors: name_list_fault() finds all of them; a list without one can be read to its end.
 */
#ifndef BW_DAEMON_NAME_LIST_H
#define BW_DAEMON_NAME_LIST_H

#include <stdbool.h>

enum { NAME_LIST_MAX = 40, NAME_LIST_BYTES = 512 };

/* The first problem with a list (NULL: there is none given), to be shown; NULL: none. */
const char *name_list_fault(const char *names);
/* The next name, cut to its place, and *at steps over it; false at the end. */
bool name_list_next(const char **at, char name[NAME_LIST_BYTES]);

#endif
