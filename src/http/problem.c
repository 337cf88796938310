/* problem.c - "about:blank" as type: the status says what kind of problem it is, the detail why. */
#include "http/problem.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/xalloc.h"
#include "http/response.h"

struct http_body *http_problem_create(int status, const char *detail)
{
	struct bw_buf buf;
	struct bw_json json;
	size_t body_len;
	char *text;

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
	xalloc_must(buf.status);
	text = bw_buf_take(&buf, &body_len);
	return http_body_create(text, body_len, "application/problem+json");
}
