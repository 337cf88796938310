/* folder.h - the folder of a region's file: made when missing, and asked who else may write in it.
 *
 * Owns:    bw_folder_open() gives a descriptor that is the caller's.
 * Errors:  "what failed: why; what to do", with the path.
 * Threads: any.
 */
#ifndef BW_SHM_FOLDER_H
#define BW_SHM_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/status.h"

/* Opens the folder of the file at `path` (absolute). `make`: when it is missing it becomes 0700, or
 * 2770 with `group`; without, BW_ENOTFOUND. */
BW_MUST_USE enum bw_status bw_folder_open(const char *path, bool make, bool group, int *fd,
					  struct bw_error *err);
/* The folder of the file at `path` is there and 2770, and it or its group is ours. */
bool bw_folder_is_for_group(const char *path);
/* Removes temporaries of `name` whose makers are gone: nobody holds their lock. */
void bw_folder_clean(int fd, const char *name);
/* The process is in this group. */
bool bw_folder_is_member(gid_t group);

#define FOLDER_TEMPORARY ".tmp-" /* between a file's name and 16 digits */

#endif
