/* answer.c - by status alone; the body is only quoted. */
#include "remote/answer.h"

#include <ctype.h>
#include <stdio.h>

#include "base/text.h"
#include "io/retry_after.h"

enum { EXPLANATION_MAX = 160 };

static bool is_to_be_repeated(int status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Nothing is wrong with the samples: whoever mends the settings wants them to arrive. */
static bool is_about_settings(int status)
{
	return status / 100 == 3 || status == 401 || status == 403 || status == 404 ||
	       status == 405 || status == 407;
}

static void explain(const struct io_fetch_result *result, char *out, size_t size)
{
	size_t blank = 0;

	out[0] = '\0';
	while (blank < result->body_len && isspace((unsigned char)result->body[blank]))
		blank++;
	if (blank < result->body_len && result->body[blank] != '<')
		bw_text_clean(result->body + blank, result->body_len - blank, out, size);
}

void answer_read(const struct io_fetch_result *result, struct bw_wall now, struct answer *out)
{
	char why[EXPLANATION_MAX];

	*out = (struct answer){ .meaning = ANSWER_LATER };
	if (result->error.failure != IO_OK) {
		out->is_unclear = true;
		bw_text_format(out->text, sizeof(out->text), "%s", result->error.text);
		return;
	}
	explain(result, why, sizeof(why));
	if (result->status / 100 == 3)
		snprintf(why, sizeof(why), "redirected; the configuration needs the final address");
	bw_text_format(out->text, sizeof(out->text), "HTTP %d%s%s", result->status,
		       why[0] ? ": " : "", why);
	if (result->status / 100 == 2) {
		out->meaning = ANSWER_TAKEN;
	} else if (is_to_be_repeated(result->status)) {
		out->is_unclear = result->status >= 500;
		out->retry_us = io_retry_after_us(result, now);
	} else if (!is_about_settings(result->status)) {
		out->meaning = ANSWER_REFUSED;
	}
}
