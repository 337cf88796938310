/* file.h - the file of a shared region: made by whoever comes first, opened by the rest.
 *
 * Owns:    what bw_file_open() mapped is the caller's, to be unmapped. No descriptor stays open: a
 *          host program that closes what it does not know must not close our lock.
 * Errors:  "what failed: why; what to do", with the path. Waits for at most 0.1 s.
 * Threads: any.
 */
#ifndef BW_SHM_FILE_H
#define BW_SHM_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

/* Which file, how, and what a new one looks like. */
struct file_order {
	const char *path; /* absolute */
	bool is_writable; /* and made when missing */
	bool group;
	struct segment_shape shape;
	struct segment_origin here;
};

struct region_file {
	unsigned char *segment;
	size_t bytes;
	struct segment_shape shape; /* read once, when it was checked */
	int64_t epoch_us;
	uint64_t device, inode;
};

BW_MUST_USE enum bw_status bw_file_open(const struct file_order *order, struct region_file *out,
					struct bw_error *err);
/* The file still has its name. */
bool bw_file_is_named(const char *path, uint64_t device, uint64_t inode);
/* A descriptor of the file that is mapped, with its lock: BW_ETIMEDOUT when another holds it,
 * BW_EIO when another file has its name now. */
BW_MUST_USE enum bw_status bw_file_lock(const char *path, uint64_t device, uint64_t inode, int *fd,
					struct bw_error *err);
void bw_file_unlock(int fd);

#endif
