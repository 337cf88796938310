/* host_cgroup.h - the cgroup v2 limits that hold for this process. Part of host_sample.h's sampler.
 */
#ifndef BW_CHECKS_HOST_CGROUP_H
#define BW_CHECKS_HOST_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "checks/host_sample.h"
#include "checks/procfs.h"

enum { HOST_CPUS_MAX = 1024 };

/* Folders are paths below `root` ("/sys/fs/cgroup/a"); empty when nothing limits. */
struct host_cgroup {
	char memory_folder[PROCFS_PATH_MAX];
	int64_t memory_limit_bytes;
	char cpu_folder[PROCFS_PATH_MAX];
	double cpu_quota; /* in cores */
	bool has_cpus;    /* the processors we may run on are known */
	bool cpus[HOST_CPUS_MAX];
};

/* Walks from our own cgroup up to the mount point. `mountinfo` is left as it is; `scratch` is
 * overwritten. */
void host_cgroup_find(const char *root, enum host_cgroups mode, const char *mountinfo,
		      struct bw_buf *scratch, struct host_cgroup *out);
/* memory.current without inactive_file, which the kernel drops before it kills. */
bool host_cgroup_memory_used(const char *root, const char *folder, struct bw_buf *scratch,
			     int64_t *out);
bool host_cgroup_cpu_usage_us(const char *root, const char *folder, struct bw_buf *scratch,
			      int64_t *out);
/* "0-3,7" into flags; false when it is no such list. */
bool host_cpu_list_parse(const char *text, bool cpus[HOST_CPUS_MAX]);

#endif
