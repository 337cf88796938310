/* print.c - colour is for what deviates; healthy is plain. */
#include "cli/print.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/display.h"
#include "base/text.h"

enum { MESSAGE_MAX = 2048 };

void cli_fail(const char *format, ...)
{
	char text[MESSAGE_MAX];
	struct bw_buf buf;
	va_list args;

	va_start(args, format);
	bw_text_format_args(text, sizeof text, format, args);
	va_end(args);
	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, "bellwether: ");
	bw_display_append(&buf, text, strlen(text));
	bw_buf_byte(&buf, '\n');
	cli_report(buf.status == BW_OK ? buf.data : "bellwether: out of memory\n");
	bw_buf_finish(&buf);
}

void cli_report(const char *report)
{
	(void)fflush(stdout);
	(void)fputs(report, stderr);
}

bool cli_has_color(FILE *file)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(file)) && !(no_color && *no_color) && term &&
	       strcmp(term, "dumb") != 0;
}

bool cli_is_utf8(void)
{
	(void)setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* The bytes of `text` that take at most `columns`, whole characters only. */
static size_t fitting(const char *text, size_t len, size_t columns)
{
	size_t at = 0, used = 0;

	while (at < len) {
		uint32_t character;
		size_t size = bw_utf8_next(text + at, len - at, &character);

		used += (size_t)bw_display_columns(character);
		if (used > columns)
			break;
		at += size;
	}
	return at;
}

void cli_cell(struct bw_buf *buf, const char *text, size_t columns)
{
	size_t len = strlen(text), width = bw_display_width(text, len);

	if (width > columns) {
		len = fitting(text, len, columns - 1);
		bw_display_append(buf, text, len);
		bw_buf_text(buf, "\xe2\x80\xa6");
		width = bw_display_width(text, len) + 1;
	} else {
		bw_display_append(buf, text, len);
	}
	bw_buf_format(buf, "%*s", (int)(columns - width), "");
}

void cli_wrap(struct bw_buf *buf, size_t indent, const char *text)
{
	size_t room = CLI_COLUMNS - indent, len = strlen(text);

	while (bw_display_width(text, len) > room) {
		size_t fits = fitting(text, len, room), blank = fits;

		while (blank > 0 && text[blank] != ' ')
			blank--;
		if (blank > 0)
			fits = blank;
		bw_display_append(buf, text, fits);
		fits += text[fits] == ' ';
		text += fits;
		len -= fits;
		bw_buf_format(buf, "\n%*s", (int)indent, "");
	}
	bw_display_append(buf, text, len);
	while (buf->len > 0 && buf->data[buf->len - 1] == ' ')
		buf->data[--buf->len] = '\0';
	bw_buf_byte(buf, '\n');
}

static const struct {
	const char *word, *color;
} healths[] = {
	{ "healthy", "" },
	{ "degraded", "\x1b[33m" },
	{ "unhealthy", "\x1b[1;31m" },
	{ "unknown", "\x1b[35m" },
};

enum { UNKNOWN = 3 };

/* Its place in the table is also its exit status. */
static int health_index(const char *health)
{
	int i = 0;

	while (i < UNKNOWN && strcmp(healths[i].word, health) != 0)
		i++;
	return i;
}

void cli_health(struct bw_buf *buf, const char *health, size_t columns, bool color)
{
	const char *begin = color ? healths[health_index(health)].color : "";

	bw_buf_text(buf, begin);
	cli_cell(buf, health, columns);
	bw_buf_text(buf, *begin ? "\x1b[0m" : "");
}

int cli_health_exit(const char *health)
{
	return health_index(health);
}

void cli_out(struct bw_buf *buf)
{
	if (buf->len > 0)
		(void)fwrite(buf->data, 1, buf->len, stdout);
	bw_buf_finish(buf);
}

int cli_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EX_OK;
	cli_fail("standard output cannot be written: %s; the output is not whole", strerror(errno));
	return EX_IOERR;
}
