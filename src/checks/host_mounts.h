/* host_mounts.h - which file systems there are and how full. Part of host_sample.h's sampler. */
#ifndef BW_CHECKS_HOST_MOUNTS_H
#define BW_CHECKS_HOST_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/statvfs.h>

#include "checks/host_sample.h"

/* One line of mountinfo, pointing into it. */
struct host_mount_line {
	char *device; /* "254:0" */
	char *root;   /* what of the file system is mounted */
	char *point;
	char *type;
	bool read_only;
};

struct host_mount_list {
	struct host_mount mounts[HOST_MOUNTS_MAX];
	size_t count, left_out;
};

/* Cuts the line apart in place and undoes its octal escapes. False for what is no such line. */
bool host_mount_line_parse(char *line, struct host_mount_line *out);
/* Fills `list` with the default mounts of `mountinfo` (which is cut apart), or with `names`. */
void host_mounts_measure(const struct host_sampler_options *options, char *mountinfo,
			 struct host_mount_list *list);
/* df's arithmetic. */
void host_mount_fill(const struct statvfs *figures, struct host_mount *out);

#endif
