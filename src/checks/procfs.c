/* procfs.c - open, read to the end or the limit, cut into lines and words.
 *
 * Files of /proc say they are empty, so their size is never asked for. O_NONBLOCK keeps a wrong
 * `root` with a pipe in it from holding the loop.
 */
#include "checks/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 4096 };

bool procfs_path(const char *root, const char *path, char out[PROCFS_PATH_MAX])
{
	size_t root_len = root ? strlen(root) : 0;
	int len;

	while (root_len > 0 && root[root_len - 1] == '/')
		root_len--;
	if (root_len >= PROCFS_PATH_MAX)
		return false;
	len = snprintf(out, PROCFS_PATH_MAX, "%.*s%s", (int)root_len, root ? root : "", path);
	return len > 0 && len < PROCFS_PATH_MAX;
}

static bool read_all(int fd, size_t limit, struct bw_buf *out)
{
	ssize_t got;

	bw_buf_clear(out);
	while (out->len < limit) {
		if (!bw_buf_reserve(out, CHUNK)) {
			errno = ENOMEM;
			return false;
		}
		got = read(fd, out->data + out->len, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		out->len += (size_t)got;
	}
	if (!bw_buf_reserve(out, 1)) {
		errno = ENOMEM;
		return false;
	}
	if (out->len > limit)
		out->len = limit;
	out->data[out->len] = '\0';
	return true;
}

bool procfs_read(const char *root, const char *path, size_t limit, struct bw_buf *out)
{
	char full[PROCFS_PATH_MAX];
	int fd, saved;
	bool ok;

	if (!procfs_path(root, path, full)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	ok = read_all(fd, limit, out);
	saved = errno;
	close(fd);
	errno = saved;
	return ok;
}

static char *cut(char **cursor, const char *separators)
{
	char *begin = *cursor + strspn(*cursor, separators);
	size_t len = strcspn(begin, separators);

	if (len == 0)
		return NULL;
	*cursor = begin + len;
	if (**cursor != '\0') {
		**cursor = '\0';
		(*cursor)++;
	}
	return begin;
}

char *procfs_next_line(char **cursor)
{
	return cut(cursor, "\n");
}

char *procfs_next_word(char **cursor)
{
	return cut(cursor, " \t\n");
}

bool procfs_int(const char *text, int64_t *out)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	*out = value;
	return true;
}

bool procfs_double(const char *text, double *out)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	*out = value;
	return true;
}

bool procfs_value(const char *text, const char *key, int64_t *out)
{
	size_t key_len = strlen(key);
	const char *line = text;
	char *end;
	long long value;

	while (line && (strncmp(line, key, key_len) != 0 || !strchr(": \t", line[key_len]) ||
			line[key_len] == '\0')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return false;
	line += key_len + strspn(line + key_len, ": \t");
	errno = 0;
	value = strtoll(line, &end, 10);
	if (errno != 0 || end == line)
		return false;
	*out = value;
	return true;
}
