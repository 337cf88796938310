/* nagios.c - one pass over the lines, then one over the performance data.
 *
 * Strict about numbers (a decimal comma, "inf" or a hexadecimal number is broken), lenient about
 * the rest: more than one blank, missing fields at the end, labels without quotes. One broken item
 * does not spoil the others.
 */
#include "checks/nagios.h"

#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 128 * 1024 };

static void append_clean(struct bw_buf *buf, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		bw_buf_byte(buf, bytes[i] ? bytes[i] : ' ');
}

/* Text up to the bar, data behind it. True when there was a bar. */
static bool append_line(struct bw_buf *text, struct bw_buf *data, const char *line, size_t len)
{
	const char *bar = memchr(line, '|', len);
	size_t text_len = bar ? (size_t)(bar - line) : len;

	append_clean(text, line, text_len);
	if (!bar)
		return false;
	bw_buf_byte(data, ' ');
	append_clean(data, bar + 1, len - text_len - 1);
	return true;
}

void nagios_output_init(struct nagios_output *output, const char *bytes, size_t len)
{
	const char *end = bytes + len, *line = bytes, *newline;
	bool only_data = false;
	size_t line_len;

	bw_buf_init(&output->text, OUTPUT_MAX);
	bw_buf_init(&output->more, OUTPUT_MAX);
	bw_buf_init(&output->data, OUTPUT_MAX);
	for (; line < end; line += line_len + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		line_len = newline ? (size_t)(newline - line) : (size_t)(end - line);
		if (line == bytes) {
			append_line(&output->text, &output->data, line, line_len);
		} else if (only_data) {
			bw_buf_byte(&output->data, ' ');
			append_clean(&output->data, line, line_len);
		} else {
			only_data = append_line(&output->more, &output->data, line, line_len);
			bw_buf_byte(&output->more, '\n');
		}
	}
}

void nagios_output_finish(struct nagios_output *output)
{
	bw_buf_finish(&output->text);
	bw_buf_finish(&output->more);
	bw_buf_finish(&output->data);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* 'a label''s name' or name, up to the equals sign. */
static bool read_label(const char **at, struct nagios_metric *out)
{
	bool quoted = **at == '\'';
	size_t len = 0;
	char byte;

	if (quoted)
		(*at)++;
	for (; (byte = **at) != '\0'; (*at)++) {
		if (quoted && byte == '\'' && (*at)[1] != '\'')
			break;
		if (quoted && byte == '\'')
			(*at)++;
		if (!quoted && (byte == '=' || is_blank(byte)))
			break;
		if (len + 1 == sizeof(out->label))
			return false;
		out->label[len++] = byte;
	}
	if (quoted && **at != '\'')
		return false;
	if (quoted)
		(*at)++;
	if (**at != '=' || len == 0)
		return false;
	(*at)++;
	out->label[len] = '\0';
	return true;
}

/* A decimal number: "12", "-0.5", ".5", "1e3". */
static bool read_number(const char **at, double *out)
{
	const char *digits = *at + (**at == '-' || **at == '+');
	char *end;

	if (digits[digits[0] == '.'] < '0' || digits[digits[0] == '.'] > '9')
		return false;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		return false;
	*out = strtod(*at, &end);
	if (*end == ',')
		return false;
	*at = end;
	return true;
}

/* Copies up to ';' or a blank. */
static bool read_field(const char **at, char *out, size_t size)
{
	size_t len = 0;

	for (; **at != '\0' && **at != ';' && !is_blank(**at); (*at)++) {
		if (len + 1 == size)
			return false;
		out[len++] = **at;
	}
	out[len] = '\0';
	return true;
}

static bool read_value(const char **at, struct nagios_metric *out)
{
	if (**at == 'U' && ((*at)[1] == '\0' || (*at)[1] == ';' || is_blank((*at)[1]))) {
		(*at)++;
		return true;
	}
	out->has_value = true;
	return read_number(at, &out->value) && read_field(at, out->unit, sizeof(out->unit));
}

static bool skip_semicolon(const char **at)
{
	if (**at != ';')
		return false;
	(*at)++;
	return true;
}

static bool read_limit(const char **at, bool *has, double *out)
{
	*has = **at != '\0' && **at != ';' && !is_blank(**at);
	return !*has || read_number(at, out);
}

static bool read_metric(const char **at, struct nagios_metric *out)
{
	if (!read_label(at, out) || !read_value(at, out))
		return false;
	if (skip_semicolon(at) && !read_field(at, out->warn, sizeof(out->warn)))
		return false;
	if (skip_semicolon(at) && !read_field(at, out->critical, sizeof(out->critical)))
		return false;
	if (skip_semicolon(at) && !read_limit(at, &out->has_min, &out->min))
		return false;
	if (skip_semicolon(at) && !read_limit(at, &out->has_max, &out->max))
		return false;
	skip_semicolon(at);
	return **at == '\0' || is_blank(**at);
}

enum nagios_next nagios_metric_next(const char **cursor, struct nagios_metric *out)
{
	const char *at = *cursor;
	bool good;

	while (at && is_blank(*at))
		at++;
	if (!at || *at == '\0')
		return NAGIOS_END;
	memset(out, 0, sizeof(*out));
	good = read_metric(&at, out);
	while (*at != '\0' && !is_blank(*at))
		at++;
	*cursor = at;
	return good ? NAGIOS_METRIC : NAGIOS_BROKEN;
}
