/* file.c - looks at the first bytes itself, so that somebody else's database is never opened, and
 * so never changed: SQLite would roll back or checkpoint it on the way in.
 */
#include "storage/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER_BYTES = 100,
	WRITE_VERSION_AT = 18, /* 1: no log beside it has more */
	SCHEMA_COOKIE_AT = 40, /* 0: there never was a table */
	APPLICATION_ID_AT = 68,
	ASIDE_TRIES = 100,
};

static enum bw_status fail_errno(struct bw_error *err, const char *what, const char *path)
{
	return bw_fail(err, BW_EIO, "%s %s: %s", what, path, strerror(errno));
}

enum bw_status store_file_make_folder(const char *path, struct bw_error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[STORE_PATH_MAX];

	if (strlen(path) >= STORE_PATH_MAX - 64)
		return bw_fail(err, BW_EIO, "the path of the store is too long");
	if (slash == NULL || slash == path)
		return BW_OK;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return fail_errno(err, "cannot make the folder", folder);
	return BW_OK;
}

enum bw_status store_file_lock(const char *path, int *fd, struct bw_error *err)
{
	char name[STORE_PATH_MAX];
	int lock;

	snprintf(name, sizeof(name), "%s.lock", path);
	lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		return fail_errno(err, "cannot open", name);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		bool taken = errno == EWOULDBLOCK;

		close(lock);
		if (!taken)
			return fail_errno(err, "cannot lock", name);
		return bw_fail(err, BW_EIO,
			       "%s is in use by another Bellwether; stop that one or give this "
			       "one another data folder",
			       path);
	}
	*fd = lock;
	return BW_OK;
}

static uint32_t number_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* One of nobody yet: who is killed while making the first of the tables leaves such a file. */
static bool has_no_tables(const unsigned char header[HEADER_BYTES])
{
	return number_at(header + APPLICATION_ID_AT) == 0 &&
	       number_at(header + SCHEMA_COOKIE_AT) == 0 && header[WRITE_VERSION_AT] == 1;
}

static enum bw_status look_at(int file, const char *path, struct bw_error *err)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char header[HEADER_BYTES];
	struct stat stat;
	ssize_t got;

	if (fstat(file, &stat) != 0)
		return fail_errno(err, "cannot look at", path);
	if (!S_ISREG(stat.st_mode))
		return bw_fail(err, BW_EIO, "%s is not a file", path);
	if (stat.st_size == 0)
		return BW_OK;
	got = pread(file, header, sizeof(header), 0);
	if (got < 0)
		return fail_errno(err, "cannot read", path);
	if (got < HEADER_BYTES || memcmp(header, magic, sizeof(magic)) != 0)
		return bw_fail(err, BW_ECORRUPT, "%s is not a database", path);
	if (number_at(header + APPLICATION_ID_AT) != STORE_APPLICATION_ID && !has_no_tables(header))
		return bw_fail(err, BW_EIO,
			       "%s is a database of another program; choose another storage.path",
			       path);
	return BW_OK;
}

enum bw_status store_file_inspect(const char *path, struct bw_error *err)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	enum bw_status status;

	if (file < 0)
		return fail_errno(err, "cannot open", path);
	status = look_at(file, path, err);
	close(file);
	return status;
}

static void move_log(const char *path, const char *aside)
{
	char from[STORE_PATH_MAX + 8], to[STORE_PATH_MAX + 8];

	snprintf(from, sizeof(from), "%s-wal", path);
	snprintf(to, sizeof(to), "%s-wal", aside);
	(void)rename(from, to);
	snprintf(from, sizeof(from), "%s-shm", path);
	(void)unlink(from);
}

enum bw_status store_file_set_aside(const char *path, struct bw_wall now,
				    char aside[STORE_PATH_MAX], struct bw_error *err)
{
	time_t seconds = (time_t)(now.us / BW_SECOND_US);
	char stamp[32], name[STORE_PATH_MAX];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	for (int nth = 0; nth < ASIDE_TRIES; nth++) {
		if (nth == 0)
			snprintf(name, sizeof(name), "%s.damaged-%s", path, stamp);
		else
			snprintf(name, sizeof(name), "%s.damaged-%s-%d", path, stamp, nth);
		if (access(name, F_OK) == 0)
			continue;
		if (rename(path, name) != 0)
			return fail_errno(err, "cannot set aside the damaged store", path);
		move_log(path, name);
		memcpy(aside, name, sizeof(name));
		return BW_OK;
	}
	return bw_fail(err, BW_EIO, "too many damaged stores beside %s; remove some", path);
}

static int64_t bytes_of(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 ? (int64_t)found.st_size : 0;
}

int64_t store_file_bytes(const char *path)
{
	char log[STORE_PATH_MAX];

	if (path == NULL || strlen(path) >= STORE_PATH_MAX - 64)
		return 0;
	snprintf(log, sizeof(log), "%s-wal", path);
	return bytes_of(path) + bytes_of(log);
}
