/* problem.c - "about:blank" as type: the status says what kind of problem it is, the detail why. */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "http/response.h"

struct http_body *http_problem_create_list(int status, const char *format, va_list list)
{
	char detail[HTTP_PROBLEM_DETAIL_MAX];
	int len = vsnprintf(detail, sizeof(detail), format, list);
	struct bw_buf buf;
	struct bw_json json;
	size_t body_len;
	char *text;

	if (len >= (int)sizeof(detail))
		memcpy(detail + sizeof(detail) - 4, "...", 4);
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "type");
	bw_json_string(&json, "about:blank");
	bw_json_key(&json, "title");
	bw_json_string(&json, http_status_text(status));
	bw_json_key(&json, "status");
	bw_json_int(&json, status);
	bw_json_key(&json, "detail");
	bw_json_string(&json, detail);
	bw_json_object_end(&json);
	text = bw_buf_take(&buf, &body_len);
	bw_assert(text != NULL);
	return http_body_create(text, body_len, "application/problem+json");
}

struct http_body *http_problem_create(int status, const char *format, ...)
{
	struct http_body *body;
	va_list list;

	va_start(list, format);
	body = http_problem_create_list(status, format, list);
	va_end(list);
	return body;
}
