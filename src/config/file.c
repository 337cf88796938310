/* file.c - a table of line beginnings, made when the first message needs it. */
#include "config/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"

struct config_file *config_file_create(const char *name, const char *text, size_t len)
{
	struct config_file *file = xcalloc(1, sizeof *file);

	bw_assert(len <= CONFIG_FILE_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	file->name = xstrdup(name);
	file->text = xmalloc(len + 1);
	if (len > 0)
		memcpy(file->text, text, len);
	file->text[len] = '\0';
	file->len = len;
	return file;
}

void config_file_destroy(struct config_file *file)
{
	if (!file)
		return;
	free(file->name);
	free(file->text);
	free(file->lines);
	free(file->hidden);
	free(file);
}

static size_t after_line(const struct config_file *file, size_t at)
{
	const char *end = memchr(file->text + at, '\n', file->len - at);

	return end ? (size_t)(end - file->text) + 1 : file->len;
}

static void index_lines(struct config_file *file)
{
	size_t count = 1;

	if (file->lines)
		return;
	for (const char *at = file->text;
	     (at = memchr(at, '\n', file->len - (size_t)(at - file->text))); at++)
		count++;
	file->lines = xcalloc(count, sizeof *file->lines);
	file->line_count = count;
	for (size_t i = 1; i < count; i++)
		file->lines[i] = (uint32_t)after_line(file, file->lines[i - 1]);
}

static size_t line_of(struct config_file *file, size_t offset)
{
	size_t low = 0, high;

	index_lines(file);
	high = file->line_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (file->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct config_place config_file_place(struct config_file *file, size_t offset)
{
	size_t line = line_of(file, offset);
	struct config_place place = { line + 1, 1 };

	for (size_t at = file->lines[line]; at < offset && at < file->len; at++)
		if (((unsigned char)file->text[at] & 0xc0) != 0x80)
			place.column++;
	return place;
}

struct config_span config_file_line(struct config_file *file, size_t offset)
{
	size_t line = line_of(file, offset);
	size_t begin = file->lines[line];
	size_t end = after_line(file, begin);

	while (end > begin && (file->text[end - 1] == '\n' || file->text[end - 1] == '\r'))
		end--;
	return (struct config_span){ begin, end };
}

void config_file_hide(struct config_file *file, struct config_span span)
{
	if (file->hidden_count == file->hidden_cap) {
		file->hidden_cap = file->hidden_cap ? file->hidden_cap * 2 : 16;
		file->hidden = xrealloc(file->hidden, file->hidden_cap * sizeof *file->hidden);
	}
	file->hidden[file->hidden_count++] = span;
}
