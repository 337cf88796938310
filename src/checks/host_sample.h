/* host_sample.h - what this machine, or the container around us, has left.
 *
 * Pure reading of /proc and /sys plus statvfs() of the mounts; nothing is configured and nothing
 * judged here. A sampler remembers the CPU counters of the take before, so the first take knows no
 * CPU percent.
 *
 * Owns:    the sampler; options are copied.
 * Blocks:  never for the default mounts, which are local. A network mount named on purpose can hold
 *          the caller as long as its server is away.
 * Threads: one at a time per sampler.
 */
#ifndef BW_CHECKS_HOST_SAMPLE_H
#define BW_CHECKS_HOST_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum {
	HOST_MOUNTS_MAX = 32,
	HOST_MOUNT_PATH_MAX = 256,
	HOST_MOUNT_TYPE_MAX = 32,
	HOST_PROBLEM_MAX = 256,
};

enum host_cgroups {
	HOST_CGROUPS_AUTO, /* limits of containers, slices and scopes count; those of a systemd
			    *.service concern that service alone */
	HOST_CGROUPS_ALL,  /* every limit above this process counts */
	HOST_CGROUPS_NONE, /* the machine as a whole */
};

struct host_sampler_options {
	const char *root; /* before /proc, /sys and the mounts; NULL: "/" */
	enum host_cgroups cgroups;
	const char *const *mounts; /* NULL: "/" and every real local file system */
	size_t mount_count;
};

/* Percent of time in which some or all tasks waited (PSI), averages of 10, 60 and 300 s. */
struct host_pressure {
	bool known;
	double some_pct[3], full_pct[3];
};

struct host_sample {
	bool known; /* CPU and memory both: fit for the document's "resources" */

	bool cpu_known; /* false in the first take */
	double cpu_pct; /* of the cores we may use; 0..100 */
	double cores;   /* that we may use: a quota can make it 0.5 */
	int machine_cores;
	bool cpu_limited; /* a quota below the machine's cores; cpu_pct is relative to it */

	bool memory_known;
	double memory_pct;
	int64_t memory_used_bytes, memory_total_bytes; /* total is the limit when there is one */
	bool memory_limited;
	int64_t swap_used_bytes, swap_total_bytes; /* of the machine */

	bool disk_known; /* the root file system, as df shows it */
	double disk_pct;
	int64_t disk_used_bytes, disk_total_bytes;

	bool load_known;
	double load_average[3]; /* 1, 5, 15 minutes, of the whole machine */

	bool uptime_known;
	double uptime_s; /* since the machine started */

	struct host_pressure cpu_pressure, memory_pressure, io_pressure;

	char problem[HOST_PROBLEM_MAX]; /* why memory or CPU could not be read; or empty */
};

struct host_mount {
	char path[HOST_MOUNT_PATH_MAX];
	char type[HOST_MOUNT_TYPE_MAX];
	bool mounted; /* false: named, but nothing is mounted there */
	bool known;   /* statvfs() answered */
	int error;    /* its errno otherwise */
	bool read_only;
	double used_pct; /* used / (used + available to everybody), as df computes it */
	int64_t used_bytes, available_bytes, total_bytes;
	bool has_inodes;
	double inodes_pct;
};

struct host_sampler;

/* Dies without memory (xalloc.h). */
struct host_sampler *host_sampler_create(const struct host_sampler_options *options);
void host_sampler_destroy(struct host_sampler *sampler);
/* Reads everything. `now` never goes back; takes less than 50 ms apart repeat the CPU percent. */
void host_sampler_take(struct host_sampler *sampler, struct bw_mono now, struct host_sample *out);
/* The mounts of the last take; borrowed until the next. `left_out` (may be NULL): how many more
 * there were. */
const struct host_mount *host_sampler_mounts(const struct host_sampler *sampler, size_t *count,
					     size_t *left_out);

#endif
