/* folder.c - a folder is good when nobody whom we do not trust can take our file's name away.
 *
 * That is: it is ours or root's, and others may write in it only where the sticky bit keeps them
 * from each other's files. What lies under the name is asked again (file.c), so a stranger who was
 * first in a shared folder is an obstacle, never a partner.
 *
 * A temporary is locked by its maker for as long as he lives, so no pid has to be asked, which
 * would lie across pid namespaces. A maker who lost his name between creating and locking starts
 * again.
 */
#include "shm/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"

enum { CLEAN_ENTRIES_MAX = 1000, SHOWN_MAX = 256 };

bool bw_folder_is_member(gid_t group)
{
	bool found = getegid() == group;
	int count = found ? 0 : getgroups(0, NULL);
	gid_t *groups = count > 0 ? calloc((size_t)count, sizeof(*groups)) : NULL;

	if (groups) {
		count = getgroups(count, groups);
		for (int i = 0; i < count; i++)
			found = found || groups[i] == group;
		free(groups);
	}
	return found;
}

static enum bw_status check(int fd, const char *path, bool group, struct bw_error *err)
{
	struct stat about;
	bool is_ours, is_group;

	if (fstat(fd, &about) != 0)
		return bw_fail(err, BW_EIO, "%s: %s", path, strerror(errno));
	is_ours = about.st_uid == geteuid();
	is_group = group && bw_folder_is_member(about.st_gid);
	if (!is_ours && about.st_uid != 0 && !is_group)
		return bw_fail(err, BW_EACCES,
			       "%s: the folder belongs to uid %u, not to us (uid %u); name a file "
			       "elsewhere with BELLWETHER_REGION",
			       path, (unsigned)about.st_uid, (unsigned)geteuid());
	if (about.st_mode & S_ISVTX)
		return BW_OK;
	if (about.st_mode & S_IWOTH || (about.st_mode & S_IWGRP && !is_ours && !is_group))
		return bw_fail(err, BW_EACCES,
			       "%s: others may write in the folder (mode %04o); chmod it to 0700",
			       path, (unsigned)about.st_mode & 07777);
	return BW_OK;
}

static enum bw_status fault(const char *path, struct bw_error *err)
{
	if (errno == ENOENT)
		return bw_fail(err, BW_ENOTFOUND, "%s: no such folder", path);
	if (errno == ENOTDIR || errno == ELOOP)
		return bw_fail(err, BW_EIO,
			       "%s: not a folder (symbolic links are not followed); remove it",
			       path);
	return bw_fail(err, BW_EIO, "%s: %s", path, strerror(errno));
}

static int open_one(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* mkdir() does not give the setgid bit, and the umask may take what it gives; what is opened then
 * is changed, not what has the name. */
static enum bw_status make_folder(const char *path, const char *shown, bool group, int *fd,
				  struct bw_error *err)
{
	bool is_new = mkdir(path, 0700) == 0;

	if (!is_new && errno != EEXIST)
		return bw_fail(err, BW_EIO, "%s: cannot make the folder: %s", shown,
			       strerror(errno));
	*fd = open_one(path);
	if (*fd < 0)
		return fault(shown, err);
	if (is_new && fchmod(*fd, group ? 02770 : 0700) != 0)
		return bw_fail(err, BW_EIO, "%s: %s", shown, strerror(errno));
	return BW_OK;
}

enum bw_status bw_folder_open(const char *path, bool make, bool group, int *fd,
			      struct bw_error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX], shown[SHOWN_MAX];
	size_t length = slash > path ? (size_t)(slash - path) : 1;
	enum bw_status status = BW_OK;

	if (!slash || length >= sizeof(folder))
		return bw_fail(err, BW_EINVAL, "a region's path is absolute and below %d bytes",
			       PATH_MAX);
	memcpy(folder, path, length);
	folder[length] = '\0';
	bw_text_format(shown, sizeof(shown), "%s", folder);
	*fd = open_one(folder);
	if (*fd < 0 && errno == ENOENT && make)
		status = make_folder(folder, shown, group, fd, err);
	else if (*fd < 0)
		status = fault(shown, err);
	if (status == BW_OK)
		status = check(*fd, shown, group, err);
	if (status != BW_OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return status;
}

bool bw_folder_is_for_group(const char *path)
{
	const mode_t wanted = S_ISGID | S_IRWXU | S_IRWXG;
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat about;
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length == 0 || length >= sizeof(folder))
		return false;
	memcpy(folder, path, length);
	folder[length] = '\0';
	return lstat(folder, &about) == 0 && S_ISDIR(about.st_mode) &&
	       (about.st_mode & 07777) == wanted &&
	       (about.st_uid == geteuid() || bw_folder_is_member(about.st_gid));
}

static void clean_one(int folder, const char *entry)
{
	int fd = openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat about;

	if (fd < 0)
		return;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0) {
		(void)unlinkat(folder, entry, 0);
		(void)flock(fd, LOCK_UN);
	}
	(void)close(fd);
}

void bw_folder_clean(int fd, const char *name)
{
	size_t length = strlen(name), mark = strlen(FOLDER_TEMPORARY);
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;

	if (!folder) {
		if (copy >= 0)
			(void)close(copy);
		return;
	}
	for (int i = 0; i < CLEAN_ENTRIES_MAX && (entry = readdir(folder)); i++)
		if (strncmp(entry->d_name, name, length) == 0 &&
		    strncmp(entry->d_name + length, FOLDER_TEMPORARY, mark) == 0)
			clean_one(fd, entry->d_name);
	(void)closedir(folder);
}
