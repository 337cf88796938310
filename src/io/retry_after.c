/* retry_after.c - the header's two forms; a date that is no date says nothing. */
#include "io/retry_after.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_VALUE_MAX = 128 };

/* The value of the header's last line, "" when there is none. */
static void find_header(const struct io_fetch_result *result, const char *name,
			char out[HEADER_VALUE_MAX])
{
	const char *line = result->headers, *end = line + result->headers_len;
	size_t len = strlen(name);

	out[0] = '\0';
	while (line < end) {
		const char *next = memmem(line, (size_t)(end - line), "\r\n", 2);
		const char *stop = next ? next : end;

		if ((size_t)(stop - line) > len && line[len] == ':' &&
		    strncasecmp(line, name, len) == 0) {
			line += len + 1;
			line += strspn(line, " \t");
			snprintf(out, HEADER_VALUE_MAX, "%.*s", (int)(stop - line), line);
		}
		line = next ? next + 2 : end;
	}
}

int64_t io_retry_seconds_us(double seconds)
{
	if (!isfinite(seconds) || seconds <= 0)
		return 0;
	if (seconds * 1e6 > (double)IO_RETRY_MAX_US)
		return IO_RETRY_MAX_US;
	return (int64_t)ceil(seconds * 1e6);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; 0 for anything else. */
static struct bw_wall read_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct bw_wall date = { 0 };
	char month[4], iso[32];
	const char *found;

	if (strlen(text) != strlen("Sun, 06 Nov 1994 08:49:37 GMT") ||
	    strcmp(text + 25, " GMT") != 0)
		return date;
	snprintf(month, sizeof(month), "%.3s", text + 8);
	found = strstr(months, month);
	if (!found || (found - months) % 3 != 0)
		return date;
	snprintf(iso, sizeof(iso), "%.4s-%02d-%.2sT%.8sZ", text + 12, (int)(found - months) / 3 + 1,
		 text + 5, text + 17);
	if (bw_wall_parse(iso, &date) != BW_OK)
		date.us = 0;
	return date;
}

int64_t io_retry_after_us(const struct io_fetch_result *result, struct bw_wall now)
{
	char value[HEADER_VALUE_MAX], *end;
	struct bw_wall date;
	double seconds;

	find_header(result, "Retry-After", value);
	if (!isdigit((unsigned char)value[0])) {
		date = read_date(value);
		return date.us == 0 ? 0 : io_retry_seconds_us((double)(date.us - now.us) / 1e6);
	}
	seconds = strtod(value, &end);
	return *end == '\0' ? io_retry_seconds_us(seconds) : 0;
}
