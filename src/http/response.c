/* response.c - appends text; the caller's buffer carries the errors. */
#include "http/response.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/server.h"

struct status_row {
	int status;
	const char *text;
};

static const struct status_row status_rows[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *http_status_text(int status)
{
	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
		if (status_rows[i].status == status)
			return status_rows[i].text;
	}
	return "Unknown";
}

void http_date_format(struct bw_wall time, char out[HTTP_DATE_TEXT_MAX])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(time.us / BW_SECOND_US);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){ .tm_mday = 1, .tm_year = 70, .tm_wday = 4 };
	snprintf(out, HTTP_DATE_TEXT_MAX, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		 days + 3 * (tm.tm_wday % 7), (unsigned)tm.tm_mday % 100u,
		 months + 3 * (tm.tm_mon % 12), (unsigned)(tm.tm_year + 1900) % 10000u,
		 (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
		 (unsigned)tm.tm_sec % 100u);
}

void http_head_begin(struct bw_buf *out, int status, const char *date)
{
	bw_buf_format(out, "HTTP/1.1 %d ", status);
	bw_buf_text(out, http_status_text(status));
	bw_buf_text(out, "\r\nDate: ");
	bw_buf_text(out, date);
	bw_buf_text(out, "\r\nX-Content-Type-Options: nosniff\r\n");
}

void http_head_field(struct bw_buf *out, const char *name, const char *value)
{
	bw_buf_text(out, name);
	bw_buf_text(out, ": ");
	for (; *value != '\0'; value++) {
		unsigned char byte = (unsigned char)*value;

		bw_buf_byte(out, byte < 0x20 || byte == 0x7f ? ' ' : (char)byte);
	}
	bw_buf_text(out, "\r\n");
}

void http_head_end(struct bw_buf *out)
{
	bw_buf_text(out, "\r\n");
}

void http_head_allow(struct bw_buf *out, unsigned allowed)
{
	static const char *const names[] = { [HTTP_GET] = "GET, HEAD, ",
					     [HTTP_POST] = "POST, ",
					     [HTTP_PUT] = "PUT, ",
					     [HTTP_DELETE] = "DELETE, " };

	bw_buf_text(out, "Allow: ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((allowed & (1u << i)) != 0)
			bw_buf_text(out, names[i]);
	}
	bw_buf_text(out, "OPTIONS\r\n");
}
