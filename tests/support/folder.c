/* folder.c - mkdtemp, and nftw from the leaves up to remove it. */
#include "support/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void folder_init(struct folder *folder)
{
	const char *base = getenv("TMPDIR");
	int len = snprintf(folder->path, sizeof(folder->path), "%s/bellwether-test-XXXXXX",
			   base ? base : "/tmp");

	assert_true(len > 0 && len < (int)sizeof(folder->path));
	assert_non_null(mkdtemp(folder->path));
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
	(void)about;
	(void)type;
	(void)place;
	return remove(path);
}

void folder_finish(struct folder *folder)
{
	assert_int_equal(nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void folder_name(const struct folder *folder, const char *name, char *out, size_t size)
{
	int len = snprintf(out, size, "%s/%s", folder->path, name);

	assert_true(len > 0 && (size_t)len < size);
}

void folder_write(const struct folder *folder, const char *name, const char *text)
{
	folder_write_bytes(folder, name, text, strlen(text));
}

void folder_write_bytes(const struct folder *folder, const char *name, const void *data, size_t len)
{
	char path[1024];
	char *slash;
	int fd;

	folder_name(folder, name, path, sizeof(path));
	for (slash = path + strlen(folder->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}
