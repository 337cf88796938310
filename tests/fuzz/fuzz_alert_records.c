/* fuzz_alert_records.c - matchers as people write them, silences and notices as records: whatever
 * is taken is written again as what is taken again, and what is refused is refused with a text.
 *
 * The first byte says which of them the rest is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/matcher.h"
#include "alerts/notice.h"

enum { TEXT_MAX = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
	if (!so)
		abort();
}

static void try_matchers(const char *text)
{
	const struct alert_labels labels = {
		.values = { [MATCHER_COMPONENT] = "db-1", [MATCHER_GROUP] = "storage" },
	};
	struct bw_error err = { "" };
	struct matchers *matchers;

	if (matchers_parse(&text, 1, &matchers, &err) != BW_OK) {
		must(err.text[0] != '\0');
		return;
	}
	(void)matchers_match(matchers, &labels);
	must(strcmp(matchers_text(matchers, 0), text) == 0);
	matchers_destroy(matchers);
}

static void try_silence(const char *text)
{
	struct bw_error err = { "" };
	struct silence silence, back;
	struct bw_buf buf;

	if (silence_decode(text, &silence, &err) != BW_OK) {
		must(err.text[0] != '\0');
		return;
	}
	bw_buf_init(&buf, 0);
	silence_encode(&silence, &buf);
	must(silence_decode(buf.data, &back, NULL) == BW_OK && back.id == silence.id);
	silence_finish(&silence);
	silence_finish(&back);
	bw_buf_finish(&buf);
}

static void try_notice(const char *text)
{
	struct bw_error err = { "" };
	struct notice notice, back;
	struct bw_buf buf;
	char line[80];

	if (notice_decode(text, &notice, &err) != BW_OK) {
		must(err.text[0] != '\0');
		return;
	}
	notice_headline(&notice, line, sizeof(line));
	bw_buf_init(&buf, 0);
	notice_encode(&notice, &buf);
	must(notice_decode(buf.data, &back, NULL) == BW_OK && back.count == notice.count &&
	     back.more == notice.more && strcmp(back.key, notice.key) == 0);
	notice_finish(&notice);
	notice_finish(&back);
	bw_buf_finish(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0 || size > TEXT_MAX)
		return 0;
	text = malloc(size);
	must(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 3 == 0)
		try_matchers(text);
	else if (data[0] % 3 == 1)
		try_silence(text);
	else
		try_notice(text);
	free(text);
	return 0;
}
