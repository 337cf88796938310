/* file.c - everybody opens what has the name; where nothing has it, everybody offers a finished
 * file for it with link(), which takes one; then everybody opens again.
 *
 * So nobody ever sees a file that is being made, and winner and losers walk the same way. A file of
 * another boot can have no users: it is replaced by rename(), under its lock, so that one of many
 * does it. A file that is damaged is never touched: somebody may be running on it.
 *
 * Space is allocated before a file gets its name, and again where an old one has holes (a copy):
 * a full file system is an error here, not a SIGBUS later.
 */
#include "shm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "shm/clock.h"
#include "shm/folder.h"

enum { OPEN_TRIES = 8, LOCK_TRIES = 100, LOCK_PAUSE_NS = 1000000, SHOWN_MAX = 256 };

/* One opening: the order and the folder it looks in. */
struct job {
	const struct file_order *order;
	int folder;
	const char *name;      /* in the folder */
	char shown[SHOWN_MAX]; /* the path in texts, cut so that the reason has room behind it */
};

struct temporary {
	int fd;
	char name[NAME_MAX + 1];
};

/* ---- making ---- */

static enum bw_status allocate(const struct job *job, int fd, size_t bytes, struct bw_error *err)
{
	struct rlimit limit;
	int code;

	/* Beyond it the kernel would send SIGXFSZ, which ends the program. */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
		return bw_fail(err, BW_EIO, "%s: files of %zu bytes are not allowed (ulimit -f)",
			       job->shown, bytes);
	do
		code = posix_fallocate(fd, 0, (off_t)bytes);
	while (code == EINTR);
	if (code == 0)
		return BW_OK;
	if (code == ENOSPC || code == EDQUOT)
		return bw_fail(err, BW_EIO,
			       "%s: no room for %zu bytes; free some or name a file elsewhere with "
			       "BELLWETHER_REGION",
			       job->shown, bytes);
	return bw_fail(err, BW_EIO, "%s: cannot allocate %zu bytes: %s", job->shown, bytes,
		       strerror(code));
}

/* BW_EEXIST: somebody holds the lock and is cleaning it away. */
static enum bw_status fill(const struct job *job, int fd, struct bw_error *err)
{
	const struct file_order *order = job->order;
	struct segment_header header = { 0 };
	bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
	enum bw_status status;

	if (!is_locked && errno == EWOULDBLOCK)
		return BW_EEXIST;
	if (!is_locked || fchmod(fd, order->group ? 0660 : 0600) != 0)
		return bw_fail(err, BW_EIO, "%s: %s", job->shown, strerror(errno));
	status = allocate(job, fd, segment_bytes(&order->shape), err);
	if (status != BW_OK)
		return status;
	bw_segment_format(&header, &order->shape, &order->here);
	if (pwrite(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return bw_fail(err, BW_EIO, "%s: cannot write: %s", job->shown, strerror(errno));
	return BW_OK;
}

static void drop(const struct job *job, struct temporary *temporary)
{
	(void)unlinkat(job->folder, temporary->name, 0);
	(void)flock(temporary->fd, LOCK_UN);
	(void)close(temporary->fd);
}

/* A finished region without its name; to be given to drop(). */
static enum bw_status make_temporary(const struct job *job, struct temporary *out,
				     struct bw_error *err)
{
	enum bw_status status;
	int length = snprintf(out->name, sizeof(out->name), "%s" FOLDER_TEMPORARY "%016" PRIx64,
			      job->name, bw_clock_identity());

	if (length < 0 || (size_t)length >= sizeof(out->name))
		return bw_fail(err, BW_EIO, "%s: the file's name is too long", job->shown);
	out->fd = openat(job->folder, out->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			 0600);
	if (out->fd < 0)
		return bw_fail(err, BW_EIO, "%s: cannot make the file: %s", job->shown,
			       strerror(errno));
	status = fill(job, out->fd, err);
	if (status != BW_OK)
		drop(job, out);
	return status;
}

/* BW_EEXIST: something has the name now, ours or another's; look again. So does who lost his
 * temporary, before he locked it, to somebody who cleans (ENOENT). */
static enum bw_status offer(const struct job *job, struct bw_error *err)
{
	struct temporary temporary;
	enum bw_status status = make_temporary(job, &temporary, err);

	if (status != BW_OK)
		return status;
	if (linkat(job->folder, temporary.name, job->folder, job->name, 0) == 0 ||
	    errno == EEXIST || errno == ENOENT)
		status = BW_EEXIST;
	else
		status = bw_fail(err, BW_EIO, "%s: cannot name the file: %s", job->shown,
				 strerror(errno));
	drop(job, &temporary);
	return status;
}

/* ---- the lock ---- */

static bool is_same(const struct stat *about, uint64_t device, uint64_t inode)
{
	return about->st_dev == device && about->st_ino == inode;
}

bool bw_file_is_named(const char *path, uint64_t device, uint64_t inode)
{
	struct stat about;

	return lstat(path, &about) == 0 && is_same(&about, device, inode);
}

static enum bw_status lock(int fd, const char *path, struct bw_error *err)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return bw_fail(err, BW_EIO, "%s: cannot lock: %s", path, strerror(errno));
		if (tries == LOCK_TRIES)
			return bw_fail(err, BW_ETIMEDOUT,
				       "%s: another process holds the registry of breakers", path);
		(void)nanosleep(&pause, NULL);
	}
	return BW_OK;
}

enum bw_status bw_file_lock(const char *path, uint64_t device, uint64_t inode, int *fd,
			    struct bw_error *err)
{
	enum bw_status status;
	struct stat about;

	*fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return bw_fail(err, BW_EIO, "%s: cannot lock: %s", path, strerror(errno));
	if (fstat(*fd, &about) != 0 || !is_same(&about, device, inode))
		status = bw_fail(err, BW_EIO,
				 "%s: another file has the name of the one in use; start the "
				 "processes anew",
				 path);
	else
		status = lock(*fd, path, err);
	if (status != BW_OK)
		(void)close(*fd);
	return status;
}

/* Unlocked by hand: a child that was forked meanwhile holds the same lock by its copy. */
void bw_file_unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
	(void)close(fd);
}

/* ---- opening ---- */

static enum bw_status open_fault(const struct job *job, struct bw_error *err)
{
	const char *path = job->shown;

	switch (errno) {
	case ENOENT:
		return bw_fail(err, BW_ENOTFOUND, "%s: no such file", path);
	case ELOOP:
		return bw_fail(err, BW_EIO, "%s: a symbolic link; remove it", path);
	case EISDIR:
		return bw_fail(err, BW_EIO, "%s: a folder; remove it", path);
	case EACCES:
		return bw_fail(err, BW_EACCES,
			       "%s: not allowed for us (uid %u): another user's? name a file of "
			       "your own with BELLWETHER_REGION",
			       path, (unsigned)geteuid());
	default:
		return bw_fail(err, BW_EIO, "%s: %s", path, strerror(errno));
	}
}

static enum bw_status check_file(const struct job *job, const struct stat *about,
				 struct bw_error *err)
{
	const char *path = job->shown;
	unsigned mode = (unsigned)about->st_mode & 07777;

	if (!S_ISREG(about->st_mode))
		return bw_fail(err, BW_EIO, "%s: not a regular file; remove it", path);
	if (about->st_uid != geteuid() &&
	    !(job->order->group && bw_folder_is_member(about->st_gid)))
		return bw_fail(err, BW_EACCES,
			       "%s: belongs to uid %u, not to us (uid %u); name a file of your "
			       "own with BELLWETHER_REGION",
			       path, (unsigned)about->st_uid, (unsigned)geteuid());
	if ((mode & ~0660U) != 0)
		return bw_fail(err, BW_EACCES,
			       "%s: others may read or write it (mode %04o); chmod it to 0600",
			       path, mode);
	return BW_OK;
}

/* A copy may have holes, which a full file system turns into SIGBUS. Where it cannot be asked for
 * space there are none, or it cannot give any. */
static enum bw_status fill_holes(const struct job *job, int fd, const struct stat *about,
				 struct bw_error *err)
{
	if ((uint64_t)about->st_blocks * 512 >= (uint64_t)about->st_size ||
	    fallocate(fd, 0, 0, about->st_size) == 0 || errno != ENOSPC)
		return BW_OK;
	return bw_fail(err, BW_EIO, "%s: has holes, and there is no room to fill them", job->shown);
}

static enum bw_status map(const struct job *job, int fd, const struct stat *about,
			  const struct segment_header *header, struct region_file *out,
			  struct bw_error *err)
{
	int protection = job->order->is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
	enum bw_status status = BW_OK;
	void *memory;

	if (job->order->is_writable)
		status = fill_holes(job, fd, about, err);
	if (status != BW_OK)
		return status;
	memory = mmap(NULL, header->segment_bytes, protection, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return bw_fail(err, BW_EIO, "%s: cannot map: %s", job->shown, strerror(errno));
	*out = (struct region_file){
		.segment = memory,
		.bytes = header->segment_bytes,
		.shape = { header->cells, header->workers, header->shards },
		.epoch_us = header->epoch_us,
		.device = about->st_dev,
		.inode = about->st_ino,
	};
	return BW_OK;
}

/* The file is of another boot. BW_EEXIST: look again. */
static enum bw_status replace(const struct job *job, int fd, const struct stat *about,
			      struct bw_error *err)
{
	struct temporary temporary;
	struct stat now;
	enum bw_status status = lock(fd, job->shown, err);

	if (status != BW_OK)
		return status;
	if (fstatat(job->folder, job->name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !is_same(&now, about->st_dev, about->st_ino))
		return BW_EEXIST;
	status = make_temporary(job, &temporary, err);
	if (status != BW_OK)
		return status;
	if (renameat(job->folder, temporary.name, job->folder, job->name) == 0 || errno == ENOENT)
		status = BW_EEXIST;
	else
		status = bw_fail(err, BW_EIO, "%s: cannot replace the one of another boot: %s",
				 job->shown, strerror(errno));
	drop(job, &temporary);
	return status;
}

static bool is_of_another_boot(const struct segment_header *header,
			       const struct segment_origin *here)
{
	static const uint8_t unknown[sizeof(here->boot_id)];

	return memcmp(header->boot_id, unknown, sizeof(unknown)) != 0 &&
	       memcmp(here->boot_id, unknown, sizeof(unknown)) != 0 &&
	       memcmp(header->boot_id, here->boot_id, sizeof(unknown)) != 0;
}

static enum bw_status check_content(const struct job *job, int fd, const struct stat *about,
				    struct segment_header *header, struct bw_error *err)
{
	struct bw_error why;
	bool is_writable = job->order->is_writable;

	*header = (struct segment_header){ 0 };
	if (pread(fd, header, sizeof(*header), 0) < 0)
		return bw_fail(err, BW_EIO, "%s: cannot read: %s", job->shown, strerror(errno));
	if (bw_segment_check(header, (size_t)about->st_size, NULL, &why) != BW_OK)
		return bw_fail(err, BW_ECORRUPT, "%s: %s; remove it when no process uses it",
			       job->shown, why.text);
	if (is_writable && is_of_another_boot(header, &job->order->here))
		return replace(job, fd, about, err);
	if (bw_segment_check(header, (size_t)about->st_size, &job->order->here, &why) != BW_OK)
		return bw_fail(err, BW_ECORRUPT, "%s: %s", job->shown, why.text);
	return BW_OK;
}

static enum bw_status open_file(const struct job *job, struct region_file *out,
				struct bw_error *err)
{
	int access = job->order->is_writable ? O_RDWR : O_RDONLY;
	int fd = openat(job->folder, job->name, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct segment_header header;
	struct stat about;
	enum bw_status status;

	if (fd < 0)
		return open_fault(job, err);
	if (fstat(fd, &about) != 0)
		status = bw_fail(err, BW_EIO, "%s: %s", job->shown, strerror(errno));
	else
		status = check_file(job, &about, err);
	if (status == BW_OK)
		status = check_content(job, fd, &about, &header, err);
	if (status == BW_OK)
		status = map(job, fd, &about, &header, out, err);
	bw_file_unlock(fd);
	return status;
}

/* BW_EEXIST: look again. */
static enum bw_status open_or_make(const struct job *job, struct region_file *out,
				   struct bw_error *err)
{
	enum bw_status status = open_file(job, out, err);

	if (status == BW_ENOTFOUND && job->order->is_writable)
		status = offer(job, err);
	return status;
}

enum bw_status bw_file_open(const struct file_order *order, struct region_file *out,
			    struct bw_error *err)
{
	struct job job = { .order = order };
	enum bw_status status;

	bw_text_format(job.shown, sizeof(job.shown), "%s", order->path);
	status = bw_folder_open(order->path, order->is_writable, order->group, &job.folder, err);
	if (status != BW_OK)
		return status;
	job.name = strrchr(order->path, '/') + 1;
	status = job.name[0] != '\0' ? BW_EEXIST : BW_EINVAL;
	for (int tries = 0; status == BW_EEXIST && tries < OPEN_TRIES; tries++)
		status = open_or_make(&job, out, err);
	if (status == BW_EINVAL)
		(void)bw_fail(err, BW_EINVAL, "%s: names a folder, not a file", job.shown);
	if (status == BW_EEXIST)
		status = bw_fail(err, BW_EIO, "%s: the file comes and goes", job.shown);
	if (order->is_writable)
		bw_folder_clean(job.folder, job.name);
	(void)close(job.folder);
	return status;
}
