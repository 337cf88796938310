/* file.c - the file of a shared region. */
#include "shm/file.h"

enum bw_status bw_region_file_open(const char *path, const struct bw_region_options *options,
				   const struct segment_shape *shape, const struct bw_clock *clock,
				   struct region_file *out, struct bw_error *err)
{
	return bw_fail(err, BW_EIO, "%s: shared regions are not built in", path);
}

enum bw_status bw_region_file_lock(const char *path, uint64_t device, uint64_t inode, int *fd,
				   struct bw_error *err)
{
	return bw_fail(err, BW_EIO, "%s: shared regions are not built in", path);
}

void bw_region_file_unlock(int fd)
{
}
