/* path.h - where the region's file of this user is, when nobody names another one.
 *
 * Threads: any.
 */
#ifndef BW_SHM_PATH_H
#define BW_SHM_PATH_H

#include <stdbool.h>

/* The path is the one that a process takes by itself; somebody else may have been there first. */
bool bw_path_is_own(const char *path);

#endif
