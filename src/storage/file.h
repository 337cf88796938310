/* file.h - the store's file as a file: folder, lock, first look, and setting a damaged one aside.
 *
 * Private to src/storage. No database is opened here.
 * Errors:  BW_EIO with a text for people.
 * Threads: any.
 */
#ifndef BW_STORAGE_FILE_H
#define BW_STORAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

/* "Blwt", in the header of every file of ours. */
#define STORE_APPLICATION_ID 0x426c7774

enum { STORE_PATH_MAX = 4096 };

/* Makes the folder of `path` (0700) when only that is missing. */
BW_MUST_USE enum bw_status store_file_make_folder(const char *path, struct bw_error *err);
/* Takes <path>.lock for the life of *fd; BW_EIO when another process (or store) has it. */
BW_MUST_USE enum bw_status store_file_lock(const char *path, int *fd, struct bw_error *err);
/* BW_OK: ours, or empty, or just made (0600). BW_ECORRUPT: no database, or one cut short.
 * BW_EIO: somebody else's database, not a file, or not to be read; it was not touched. */
BW_MUST_USE enum bw_status store_file_inspect(const char *path, struct bw_error *err);
/* Renames the file and its log to <path>.damaged-<time>; `aside` receives the new name. */
BW_MUST_USE enum bw_status store_file_set_aside(const char *path, struct bw_wall now,
						char aside[STORE_PATH_MAX], struct bw_error *err);
/* Of the database and its log together; 0 when there is none, or no path. */
int64_t store_file_bytes(const char *path);

#endif
