/* host_cgroup.c - /proc/self/cgroup tells where we are, mountinfo where that is to be seen.
 *
 * With a cgroup namespace both say "/" and the mount point is the container. Without one the path
 * is the host's ("/docker/abc") and the mount shows only that part: its root is cut off the path.
 * A path that cannot be found below the mount means the mount point itself is all we can see.
 *
 * Every level may limit; the smallest limit decides. Of equal ones the outer wins: it counts
 * what the neighbours use of it, too.
 */
#include "checks/host_cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/host_mounts.h"

enum { SMALL_FILE = 16384, LEVELS_MAX = 64 };

/* The first cgroup2 mount of mountinfo. */
static bool find_mount(const char *mountinfo, char *mount_root, char *point)
{
	const char *line = mountinfo, *end;
	struct host_mount_line parsed;
	char copy[PROCFS_PATH_MAX * 2];
	size_t len;

	for (; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		len = (size_t)(end - line);
		if (len >= sizeof(copy))
			continue;
		memcpy(copy, line, len);
		copy[len] = '\0';
		if (!strstr(copy, " - cgroup2 ") || !host_mount_line_parse(copy, &parsed) ||
		    strlen(parsed.root) >= PROCFS_PATH_MAX ||
		    strlen(parsed.point) >= PROCFS_PATH_MAX)
			continue;
		snprintf(mount_root, PROCFS_PATH_MAX, "%s", parsed.root);
		snprintf(point, PROCFS_PATH_MAX, "%s", parsed.point);
		return true;
	}
	return false;
}

/* The "0::" line of /proc/self/cgroup. */
static bool find_own_path(const char *root, struct bw_buf *scratch, char *path)
{
	char *cursor, *line;

	if (!procfs_read(root, "/proc/self/cgroup", SMALL_FILE, scratch))
		return false;
	cursor = scratch->data;
	while ((line = procfs_next_line(&cursor)))
		if (strncmp(line, "0::/", 4) == 0 && strlen(line + 3) < PROCFS_PATH_MAX) {
			snprintf(path, PROCFS_PATH_MAX, "%s", line + 3);
			return true;
		}
	return false;
}

static bool is_folder(const char *root, const char *path)
{
	char full[PROCFS_PATH_MAX];
	struct stat about;

	return procfs_path(root, path, full) && stat(full, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Where our cgroup is to be seen; at least the mount point. */
static bool join_folder(const char *root, const char *point, const char *mount_root,
			const char *own, char *out)
{
	size_t root_len = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
	const char *rest = own;
	int len;

	if (strncmp(own, mount_root, root_len) == 0 && strchr("/", own[root_len]))
		rest = own + root_len;
	else if (root_len > 0)
		rest = "";
	if (strcmp(rest, "/") == 0 || strstr(rest, "/.."))
		rest = "";
	len = snprintf(out, PROCFS_PATH_MAX, "%s%s", point, rest);
	if (len < 0 || len >= PROCFS_PATH_MAX)
		return false;
	if (*rest && !is_folder(root, out))
		snprintf(out, PROCFS_PATH_MAX, "%s", point);
	return true;
}

static bool read_word_file(const char *root, const char *folder, const char *name,
			   struct bw_buf *scratch)
{
	char path[PROCFS_PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return len > 0 && len < (int)sizeof(path) && procfs_read(root, path, SMALL_FILE, scratch);
}

static void look_at_memory(const char *root, const char *folder, struct bw_buf *scratch,
			   struct host_cgroup *out)
{
	char *cursor, *word;
	int64_t limit;

	if (!read_word_file(root, folder, "memory.max", scratch))
		return;
	cursor = scratch->data;
	word = procfs_next_word(&cursor);
	if (!word || !procfs_int(word, &limit) || limit < 0)
		return;
	if (out->memory_folder[0] && limit > out->memory_limit_bytes)
		return;
	snprintf(out->memory_folder, sizeof(out->memory_folder), "%s", folder);
	out->memory_limit_bytes = limit;
}

static void look_at_cpu(const char *root, const char *folder, struct bw_buf *scratch,
			struct host_cgroup *out)
{
	char *cursor, *quota_text, *period_text;
	int64_t quota, period;

	if (!read_word_file(root, folder, "cpu.max", scratch))
		return;
	cursor = scratch->data;
	quota_text = procfs_next_word(&cursor);
	period_text = procfs_next_word(&cursor);
	if (!period_text || !procfs_int(quota_text, &quota) || !procfs_int(period_text, &period) ||
	    quota <= 0 || period <= 0)
		return;
	if (out->cpu_folder[0] && (double)quota / (double)period > out->cpu_quota)
		return;
	snprintf(out->cpu_folder, sizeof(out->cpu_folder), "%s", folder);
	out->cpu_quota = (double)quota / (double)period;
}

bool host_cpu_list_parse(const char *text, bool cpus[HOST_CPUS_MAX])
{
	const char *at = text + strspn(text, " \t\n");
	long first, last;
	char *end;

	memset(cpus, 0, HOST_CPUS_MAX * sizeof(cpus[0]));
	do {
		first = last = strtol(at, &end, 10);
		if (end == at)
			return false;
		if (*end == '-') {
			at = end + 1;
			last = strtol(at, &end, 10);
			if (end == at)
				return false;
		}
		if (first < 0 || last < first || last >= HOST_CPUS_MAX)
			return false;
		for (; first <= last; first++)
			cpus[first] = true;
		at = end + 1;
	} while (*end == ',');
	return strspn(end, " \t\n") == strlen(end);
}

static bool is_service(const char *folder)
{
	static const char suffix[] = ".service";
	size_t len = strlen(folder), suffix_len = sizeof(suffix) - 1;

	return len > suffix_len && strcmp(folder + len - suffix_len, suffix) == 0;
}

void host_cgroup_find(const char *root, enum host_cgroups mode, const char *mountinfo,
		      struct bw_buf *scratch, struct host_cgroup *out)
{
	char mount_root[PROCFS_PATH_MAX], point[PROCFS_PATH_MAX], own[PROCFS_PATH_MAX];
	char folder[PROCFS_PATH_MAX];
	char *slash;
	int levels;

	memset(out, 0, sizeof(*out));
	if (mode == HOST_CGROUPS_NONE || !find_mount(mountinfo, mount_root, point) ||
	    !find_own_path(root, scratch, own) ||
	    !join_folder(root, point, mount_root, own, folder))
		return;
	out->has_cpus = read_word_file(root, folder, "cpuset.cpus.effective", scratch) &&
			host_cpu_list_parse(scratch->data, out->cpus);
	for (levels = 0; levels < LEVELS_MAX; levels++) {
		if (mode == HOST_CGROUPS_ALL || !is_service(folder)) {
			look_at_memory(root, folder, scratch, out);
			look_at_cpu(root, folder, scratch, out);
		}
		slash = strrchr(folder, '/');
		if (strlen(folder) <= strlen(point) || !slash)
			break;
		*slash = '\0';
	}
}

bool host_cgroup_memory_used(const char *root, const char *folder, struct bw_buf *scratch,
			     int64_t *out)
{
	char *cursor, *word;
	int64_t current, inactive = 0;

	if (!read_word_file(root, folder, "memory.current", scratch))
		return false;
	cursor = scratch->data;
	word = procfs_next_word(&cursor);
	if (!word || !procfs_int(word, &current))
		return false;
	if (read_word_file(root, folder, "memory.stat", scratch) &&
	    !procfs_value(scratch->data, "inactive_file", &inactive))
		inactive = 0;
	*out = inactive < current ? current - inactive : 0;
	return true;
}

bool host_cgroup_cpu_usage_us(const char *root, const char *folder, struct bw_buf *scratch,
			      int64_t *out)
{
	return read_word_file(root, folder, "cpu.stat", scratch) &&
	       procfs_value(scratch->data, "usage_usec", out);
}
