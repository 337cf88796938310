/* host_mounts.c - mountinfo, reduced to what can fill up.
 *
 * Only types that live on a local disk are asked by default: statvfs() of a dead NFS or FUSE mount
 * would stand still and with it the loop. A file system mounted several times (bind mounts) counts
 * once, at its shortest path; a mount over another hides it. Bind-mounted files, which containers
 * are full of, are no mounts to anybody looking for space.
 *
 * A named directory on which nothing is mounted is told as such: measuring the file system below
 * would call a disk that fell off healthy.
 */
#include "checks/host_mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/procfs.h"

enum { CANDIDATES_MAX = 256 };

static const char *const local_types[] = {
	"bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4",     "f2fs", "jfs",
	"nilfs2",   "ntfs",  "ntfs3", "ufs",  "vfat", "reiserfs", "xfs",  "zfs",
};

struct candidates {
	struct host_mount_line lines[CANDIDATES_MAX];
	size_t count, left_out;
};

static void unescape(char *text)
{
	char *in = text, *out = text;

	while (*in) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' &&
		    in[3] >= '0' && in[3] <= '7') {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
}

bool host_mount_line_parse(char *line, struct host_mount_line *out)
{
	char *cursor = line, *word, *options;

	if (!procfs_next_word(&cursor) || !procfs_next_word(&cursor))
		return false;
	out->device = procfs_next_word(&cursor);
	out->root = procfs_next_word(&cursor);
	out->point = procfs_next_word(&cursor);
	options = procfs_next_word(&cursor);
	do
		word = procfs_next_word(&cursor);
	while (word && strcmp(word, "-") != 0);
	out->type = procfs_next_word(&cursor);
	if (!out->type || out->point[0] != '/')
		return false;
	out->read_only = strncmp(options, "ro", 2) == 0 && strchr(",", options[2]);
	unescape(out->root);
	unescape(out->point);
	return true;
}

static bool is_local(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(local_types) / sizeof(local_types[0]); i++)
		if (strcmp(type, local_types[i]) == 0)
			return true;
	return false;
}

static bool is_wanted(const struct host_sampler_options *options,
		      const struct host_mount_line *line)
{
	size_t i;

	if (!options->mounts)
		return is_local(line->type) || strcmp(line->point, "/") == 0;
	for (i = 0; i < options->mount_count; i++)
		if (strcmp(options->mounts[i], line->point) == 0)
			return true;
	return false;
}

static bool is_directory(const char *root, const char *point)
{
	char path[PROCFS_PATH_MAX];
	struct stat about;

	return procfs_path(root, point, path) && stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static void add_candidate(struct candidates *all, const struct host_mount_line *line)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (strcmp(all->lines[i].point, line->point) == 0)
			break;
	if (i == CANDIDATES_MAX) {
		all->left_out++;
		return;
	}
	all->lines[i] = *line;
	if (i == all->count)
		all->count++;
}

/* Inside a chroot the root is no mount point, but its file system is the one that can fill up. */
static void add_root(const struct host_sampler_options *options, struct candidates *all)
{
	static char none[] = "", point[] = "/";
	const struct host_mount_line root = {
		.device = none,
		.root = none,
		.point = point,
		.type = none,
	};

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->lines[i].point, "/") == 0)
			return;
	if (is_wanted(options, &root))
		add_candidate(all, &root);
}

static void gather(const struct host_sampler_options *options, char *mountinfo,
		   struct candidates *all)
{
	struct host_mount_line parsed;
	char *line;

	while ((line = procfs_next_line(&mountinfo)))
		if (host_mount_line_parse(line, &parsed) && is_wanted(options, &parsed))
			add_candidate(all, &parsed);
	add_root(options, all);
}

/* Whether the same file system is mounted at a shorter path, or at an equal one earlier. */
static bool is_repeated(const struct candidates *all, size_t index)
{
	const struct host_mount_line *line = &all->lines[index];
	size_t i, length = strlen(line->point), other;

	for (i = 0; i < all->count; i++) {
		other = strlen(all->lines[i].point);
		if (i != index && strcmp(all->lines[i].device, line->device) == 0 &&
		    (other < length || (other == length && i < index)))
			return true;
	}
	return false;
}

void host_mount_fill(const struct statvfs *figures, struct host_mount *out)
{
	int64_t block = figures->f_frsize ? (int64_t)figures->f_frsize : (int64_t)figures->f_bsize;
	int64_t used = (int64_t)(figures->f_blocks - figures->f_bfree);
	int64_t available = (int64_t)figures->f_bavail;
	double inodes_used = (double)(figures->f_files - figures->f_ffree);

	out->known = true;
	out->total_bytes = (int64_t)figures->f_blocks * block;
	out->used_bytes = used * block;
	out->available_bytes = available * block;
	out->used_pct =
		used + available > 0 ? 100.0 * (double)used / (double)(used + available) : 0;
	out->has_inodes = figures->f_files > 0;
	if (out->has_inodes && inodes_used + (double)figures->f_favail > 0)
		out->inodes_pct = 100.0 * inodes_used / (inodes_used + (double)figures->f_favail);
}

static struct host_mount *next_slot(struct host_mount_list *list, const char *point)
{
	struct host_mount *slot;

	if (list->count == HOST_MOUNTS_MAX) {
		list->left_out++;
		return NULL;
	}
	slot = &list->mounts[list->count++];
	memset(slot, 0, sizeof(*slot));
	snprintf(slot->path, sizeof(slot->path), "%s", point);
	return slot;
}

static void measure(const char *root, const struct host_mount_line *line,
		    struct host_mount_list *list)
{
	struct host_mount *slot = next_slot(list, line->point);
	char path[PROCFS_PATH_MAX];
	struct statvfs figures;

	if (!slot)
		return;
	snprintf(slot->type, sizeof(slot->type), "%s", line->type);
	slot->mounted = true;
	slot->read_only = line->read_only;
	if (!procfs_path(root, line->point, path))
		slot->error = ENAMETOOLONG;
	else if (statvfs(path, &figures) != 0)
		slot->error = errno;
	else
		host_mount_fill(&figures, slot);
}

static void measure_named(const struct host_sampler_options *options, const struct candidates *all,
			  struct host_mount_list *list)
{
	size_t i, at;

	for (i = 0; i < options->mount_count; i++) {
		for (at = 0; at < all->count; at++)
			if (strcmp(all->lines[at].point, options->mounts[i]) == 0)
				break;
		if (at < all->count)
			measure(options->root, &all->lines[at], list);
		else
			next_slot(list, options->mounts[i]);
	}
}

void host_mounts_measure(const struct host_sampler_options *options, char *mountinfo,
			 struct host_mount_list *list)
{
	struct candidates all;
	size_t i;

	all.count = all.left_out = 0;
	list->count = list->left_out = 0;
	gather(options, mountinfo, &all);
	if (options->mounts) {
		measure_named(options, &all, list);
		return;
	}
	for (i = 0; i < all.count; i++)
		if (!is_repeated(&all, i) && is_directory(options->root, all.lines[i].point))
			measure(options->root, &all.lines[i], list);
	list->left_out += all.left_out;
}
