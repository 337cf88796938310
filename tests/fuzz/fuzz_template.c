/* fuzz_template.c - feeds bytes to the templates of webhooks: compiled, written for a notice whose
 * texts are the second half of the input, within bounds.
 *
 * In a header nothing may break the line. A body whose fields all stand in quotes stays JSON: the
 * fixed template below is written each time.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "notify/template.h"

enum { OUTPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_with(const char *text, enum template_escape escape, const struct notice *notice,
		       struct bw_buf *out)
{
	struct template *parts;
	struct bw_error err;

	bw_buf_init(out, OUTPUT_MAX);
	if (template_compile(text, escape, &parts, &err) != BW_OK) {
		bw_assert(err.text[0] != '\0');
		return;
	}
	template_write(parts, notice, "https://bellwether.example/", out);
	bw_assert(out->len <= OUTPUT_MAX);
	template_destroy(parts);
}

static void assert_json(const struct notice *notice)
{
	static const char text[] = "{\"a\":\"{headline}{message}{remark}{group}\",\"l\":[{alerts}"
				   "\"{alert.title}{alert.message}{alert.subject}\"{comma}"
				   "{/alerts}],\"d\":{document:raw}}";
	struct bw_buf out;
	json_t *json;

	write_with(text, TEMPLATE_JSON, notice, &out);
	json = out.status == BW_OK ? json_loadb(out.data, out.len, 0, NULL) : json_null();
	bw_assert(json);
	json_decref(json);
	bw_buf_finish(&out);
}

static void assert_line(const char *template, const struct notice *notice)
{
	struct bw_buf out;

	write_with(template, TEMPLATE_LINE, notice, &out);
	if (!strpbrk(template, "\r\n") && !strstr(template, ":raw") && !strstr(template, ":json"))
		bw_assert(!out.data || !memchr(out.data, '\n', out.len));
	bw_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;
	char *template = strndup((const char *)data, half);
	char *text = strndup((const char *)data + half, size - half);
	struct notice_alert alerts[2] = { { .id = 1, .severity = BW_SEVERITY_CRITICAL } };
	struct notice notice = { .kind = NOTICE_FIRING, .key = "key", .alerts = alerts };
	struct bw_buf out;

	alerts[0].rule = alerts[0].type = alerts[0].subject = alerts[0].group = text;
	alerts[0].runbook = alerts[0].title = alerts[0].message = text;
	alerts[1] = alerts[0];
	notice.channel = notice.group = notice.remark = text;
	notice.count = size % 3;
	write_with(template, TEMPLATE_JSON, &notice, &out);
	bw_buf_finish(&out);
	assert_line(template, &notice);
	assert_json(&notice);
	free(template);
	free(text);
	return 0;
}
