/* starttls.c - a row for each thing that is heard: how it begins, and what is said then.
 *
 * Lines that begin otherwise but as `more` says belong to the same answer (SMTP's "250-", IMAP's
 * "*"); anything else is a refusal. PostgreSQL answers with one byte and no line.
 */
#include "checks/starttls.h"

#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 100 };

const char *const starttls_words[] = { "none", "smtp", "imap", "postgres", NULL };

struct row {
	const char *heard, *more;
	const char *say; /* NULL: TLS begins */
};

static const struct row smtp[] = {
	{ "220 ", "220-", "EHLO bellwether.invalid\r\n" },
	{ "250 ", "250-", "STARTTLS\r\n" },
	{ "220 ", "220-", NULL },
};

static const struct row imap[] = {
	{ "* OK", "*", "a1 STARTTLS\r\n" },
	{ "a1 OK", "*", NULL },
};

static const struct row *const tables[] = { [STARTTLS_SMTP] = smtp, [STARTTLS_IMAP] = imap };

/* PostgreSQL's SSLRequest: length 8 and the code 80877103. */
static const char ssl_request[8] = { 0, 0, 0, 8, 4, (char)210, 22, 47 };

enum bw_status starttls_begin(struct starttls *talk, int protocol, struct io_stream *stream)
{
	talk->protocol = protocol;
	talk->step = 0;
	talk->lines = 0;
	talk->len = 0;
	if (protocol != STARTTLS_POSTGRES)
		return BW_OK;
	return io_stream_write(stream, ssl_request, sizeof(ssl_request));
}

static enum starttls_progress hear_line(struct starttls *talk, struct io_stream *stream)
{
	const struct row *row = &tables[talk->protocol][talk->step];

	if (strncmp(talk->line, row->heard, strlen(row->heard)) == 0) {
		if (!row->say)
			return STARTTLS_READY;
		talk->step++;
		return io_stream_write(stream, row->say, strlen(row->say)) == BW_OK
			       ? STARTTLS_TALKING
			       : STARTTLS_REFUSED;
	}
	if (strncmp(talk->line, row->more, strlen(row->more)) == 0 && ++talk->lines < LINES_MAX)
		return STARTTLS_TALKING;
	return STARTTLS_REFUSED;
}

static enum starttls_progress hear_byte(struct starttls *talk, const char *data)
{
	if (data[0] == 'S')
		return STARTTLS_READY;
	snprintf(talk->line, sizeof(talk->line), "%s", data[0] == 'N' ? "N" : "garbage");
	return STARTTLS_REFUSED;
}

enum starttls_progress starttls_hear(struct starttls *talk, struct io_stream *stream,
				     const char *data, size_t len)
{
	enum starttls_progress progress = STARTTLS_TALKING;

	if (talk->protocol == STARTTLS_POSTGRES)
		return hear_byte(talk, data);
	for (size_t i = 0; i < len && progress == STARTTLS_TALKING; i++) {
		talk->line[talk->len] = '\0';
		if (data[i] != '\n' && talk->len == STARTTLS_LINE_MAX)
			return STARTTLS_REFUSED;
		if (data[i] != '\n') {
			talk->line[talk->len++] = data[i];
			continue;
		}
		if (talk->len > 0 && talk->line[talk->len - 1] == '\r')
			talk->line[talk->len - 1] = '\0';
		progress = hear_line(talk, stream);
		talk->len = 0;
	}
	return progress;
}
