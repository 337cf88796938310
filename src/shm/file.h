/* file.h - the file of a shared region: made by whoever comes first, opened by the rest.
 *
 * Owns:    what bw_region_file_open() mapped is the caller's, to be unmapped.
 * Errors:  "what failed: why; what to do", with the path. Never blocks.
 * Threads: any.
 */
#ifndef BW_SHM_FILE_H
#define BW_SHM_FILE_H

#include "shm/segment.h"

#include <bellwether/breaker.h>

enum { REGION_PATH_MAX = 1024 };

struct region_file {
	unsigned char *segment;
	size_t bytes;
	struct segment_shape shape; /* read once, when it was checked */
	int64_t epoch_us;
	uint64_t device, inode;
};

/* Opens the file at `path` for `options->mode`; SHARED makes it, and its folder, when missing. */
BW_MUST_USE enum bw_status bw_region_file_open(const char *path,
					       const struct bw_region_options *options,
					       const struct segment_shape *shape,
					       const struct bw_clock *clock,
					       struct region_file *out, struct bw_error *err);
/* A descriptor of the same file that holds its lock: BW_ETIMEDOUT when another holds it. */
BW_MUST_USE enum bw_status bw_region_file_lock(const char *path, uint64_t device, uint64_t inode,
					       int *fd, struct bw_error *err);
void bw_region_file_unlock(int fd);

#endif
