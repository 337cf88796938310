/* reference.c - replaces references. Only regular files hold secrets: a pipe or a terminal could
 * keep the daemon waiting for ever.
 */
#include "config/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"

enum { NAME_MAX_BYTES = 128 };

static bool is_name_byte(char byte, bool first)
{
	return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (!first && byte >= '0' && byte <= '9');
}

/* `text` is behind "${"; appends the value and returns what is behind "}", or NULL. */
static const char *expand_one(const char *text, struct bw_buf *buf, struct bw_error *err)
{
	char name[NAME_MAX_BYTES];
	const char *value, *end = strchr(text, '}'), *standard = NULL;
	size_t len = 0;

	while (is_name_byte(text[len], len == 0))
		len++;
	if (end && strncmp(text + len, ":-", 2) == 0)
		standard = text + len + 2;
	if (!end || len == 0 || len >= sizeof name || (!standard && text + len != end)) {
		(void)bw_fail(err, BW_EPARSE,
			      "`${` begins no variable such as ${NAME} or ${NAME:-default}; write "
			      "`$${` for the characters themselves");
		return NULL;
	}
	memcpy(name, text, len);
	name[len] = '\0';
	value = getenv(name);
	if (standard && (!value || !*value)) {
		bw_buf_append(buf, standard, (size_t)(end - standard));
	} else if (value) {
		bw_buf_text(buf, value);
	} else {
		(void)bw_fail(err, BW_ENOTFOUND,
			      "the environment variable %s is not set; set it, or write "
			      "${%s:-default}",
			      name, name);
		return NULL;
	}
	return end + 1;
}

enum bw_status config_expand(struct bw_arena *arena, const char *text, const char **out,
			     struct bw_error *err)
{
	enum bw_status status = BW_EPARSE;
	struct bw_buf buf;

	bw_buf_init(&buf, CONFIG_VALUE_MAX);
	while (text && *text) {
		size_t plain = strcspn(text, "$");

		bw_buf_append(&buf, text, plain);
		text += plain;
		if (strncmp(text, "$${", 3) == 0) {
			bw_buf_text(&buf, "${");
			text += 3;
		} else if (strncmp(text, "${", 2) == 0) {
			text = expand_one(text + 2, &buf, err);
		} else if (*text) {
			bw_buf_byte(&buf, *text++);
		}
	}
	if (!text)
		goto out;
	if (buf.status == BW_OK) {
		*out = xarena_text(arena, buf.len > 0 ? buf.data : "");
		status = BW_OK;
	} else {
		status = bw_fail(err, BW_ELIMIT, "the value is longer than 64 KiB");
	}
out:
	bw_buf_finish(&buf);
	return status;
}

static enum bw_status read_all(int fd, char *text, size_t size, size_t *out_len)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = read(fd, text + len, size - len);
		if (got > 0)
			len += (size_t)got;
	} while ((got > 0 && len < size) || (got < 0 && errno == EINTR));
	*out_len = len;
	return got < 0 ? BW_EIO : BW_OK;
}

static enum bw_status take_secret(struct bw_arena *arena, const char *path, char *text, size_t len,
				  const char **out, struct bw_error *err)
{
	char *copy;

	if (len > CONFIG_VALUE_MAX)
		return bw_fail(err, BW_ELIMIT, "the file %s is longer than 64 KiB", path);
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len == 0)
		return bw_fail(err, BW_EPARSE, "the file %s is empty; put the secret into it",
			       path);
	if (memchr(text, '\0', len))
		return bw_fail(err, BW_EPARSE, "the file %s holds a NUL byte", path);
	copy = xarena_alloc(arena, len + 1);
	memcpy(copy, text, len);
	*out = copy;
	return BW_OK;
}

enum bw_status config_read_secret(struct bw_arena *arena, const char *path, const char **out,
				  bool *exposed, struct bw_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum bw_status status;
	struct stat info;
	size_t len = 0;
	char *text;

	if (fd < 0)
		return bw_fail(err, BW_EIO, "the file %s cannot be read: %s", path,
			       strerror(errno));
	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
		close(fd);
		return bw_fail(err, BW_EIO, "%s is no regular file; name one that holds the secret",
			       path);
	}
	text = xmalloc(CONFIG_VALUE_MAX + 3);
	status = read_all(fd, text, CONFIG_VALUE_MAX + 3, &len);
	if (status != BW_OK)
		(void)bw_fail(err, status, "the file %s cannot be read: %s", path, strerror(errno));
	else
		status = take_secret(arena, path, text, len, out, err);
	*exposed = (info.st_mode & S_IROTH) != 0;
	explicit_bzero(text, CONFIG_VALUE_MAX + 3);
	free(text);
	close(fd);
	return status;
}
