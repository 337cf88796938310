/* log.c - formats into one buffer and writes it with one call, so that lines never mix.
 *
 * Repeats are recognised by the whole text of a line: a small ring of the latest hashes is enough,
 * because what repeats, repeats at once.
 */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/display.h"
#include "base/xalloc.h"

enum { LOG_LINE_MAX = 2048, LOG_RECENT = 16, QUOTE_ROOM = 20 };

struct recent_line {
	uint64_t hash;
	struct bw_mono written;
	unsigned repeats;
};

struct log {
	int fd;
	enum log_level most;
	bool journal;
	struct recent_line recent[LOG_RECENT];
	unsigned next;
};

static const char *const level_words[] = { "error", "warning", "info", "debug" };
static const char *const journal_prefixes[] = { "<3>", "<4>", "<6>", "<7>" };

/* JOURNAL_STREAM names the journal's own stream as device:inode; children inherit the variable also
 * where their output goes elsewhere (systemd.exec(5)). */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat info;

	if (stream == NULL || fstat(fd, &info) != 0)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
	return strcmp(stream, own) == 0;
}

struct log *log_create(int fd, enum log_level most)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->fd = fd;
	log->most = most;
	log->journal = is_journal(fd);
	return log;
}

void log_destroy(struct log *log)
{
	free(log);
}

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

static struct bw_mono clock_mono(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct bw_mono){ (int64_t)now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 };
}

static struct bw_wall clock_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct bw_wall){ (int64_t)now.tv_sec * BW_SECOND_US };
}

/* The entry of this text, new or known. */
static struct recent_line *find_recent(struct log *log, uint64_t hash)
{
	for (int i = 0; i < LOG_RECENT; i++)
		if (log->recent[i].hash == hash)
			return &log->recent[i];
	struct recent_line *line = &log->recent[log->next++ % LOG_RECENT];
	*line = (struct recent_line){ .hash = hash };
	return line;
}

static bool is_repeat(struct log *log, const char *text, unsigned *repeats)
{
	struct recent_line *line = find_recent(log, hash_text(text));
	struct bw_mono now = clock_mono();

	if (line->written.us != 0 && bw_mono_since(now, line->written) < LOG_REPEAT_US) {
		line->repeats++;
		return true;
	}
	*repeats = line->repeats;
	line->repeats = 0;
	line->written = now;
	return false;
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + 128], stamp[BW_WALL_TEXT_MAX],
		repeated[48] = "";
	unsigned repeats = 0;
	va_list args;

	if (log == NULL || level > log->most)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (is_repeat(log, text, &repeats))
		return;
	if (repeats > 0)
		snprintf(repeated, sizeof(repeated), " (and %u times before)", repeats);
	bw_wall_format(clock_wall(), stamp);
	int len = log->journal ? snprintf(line, sizeof(line), "%s%s%s\n", journal_prefixes[level],
					  text, repeated)
			       : snprintf(line, sizeof(line), "%s %s: %s%s\n", stamp,
					  level_words[level], text, repeated);
	ssize_t written = write(log->fd, line, (size_t)len);
	(void)written; /* there is nowhere left to tell it */
}

/* What would end a quotation or a line, move a terminal's cursor or turn its direction of writing,
 * and bytes that are no UTF-8. */
static bool is_unsafe(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == '"' ||
	       character == '\\' || character == 0xfffd ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

const char *log_quote(const char *text, char out[LOG_QUOTE_MAX])
{
	size_t len = 0, left = strlen(text);
	uint32_t character;

	out[len++] = '"';
	while (left > 0 && len < LOG_QUOTE_MAX - QUOTE_ROOM) {
		size_t bytes = bw_utf8_next(text, left, &character);

		if (is_unsafe(character)) {
			for (size_t i = 0; i < bytes; i++)
				len += (size_t)snprintf(out + len, 6, "\\x%02x",
							(unsigned char)text[i]);
		} else {
			memcpy(out + len, text, bytes);
			len += bytes;
		}
		text += bytes;
		left -= bytes;
	}
	snprintf(out + len, LOG_QUOTE_MAX - len, "%s\"", left > 0 ? "..." : "");
	return out;
}
