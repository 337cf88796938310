/* fuzz_pattern.c - a text with fields, first for the kind of subject that the first byte says: what
 * compiles is written whole and into little room; what does not says where and why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/pattern.h"

enum { TEXT_MAX = CONDITION_TEXT_MAX + 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	static const double numbers[] = { 0, -1.5, 999.6, 59999, 1e7, 1e18, 1e300 };

	(void)subject;
	(void)arg;
	*out = (struct fact){ .type = fact_fields[field].type };
	if (out->type == FACT_TEXT)
		out->text = "\xc3\xa4\xff\x1b[m";
	else if (out->type == FACT_NUMBER)
		out->number = numbers[field % 7];
}

static void write(const struct alert_pattern *pattern, enum alert_subject_kind kind)
{
	const struct alert_subject subject = { kind, "x" };
	const struct fact_source source = { read_fact, NULL };
	char whole[512], little[8];

	pattern_write(pattern, &subject, &source, whole, sizeof(whole));
	pattern_write(pattern, &subject, &source, little, sizeof(little));
	if (strlen(whole) >= sizeof(whole) || strlen(little) >= sizeof(little) ||
	    strchr(whole, '\x1b') != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct alert_pattern *pattern;
	struct condition_error err;
	enum alert_subject_kind kind;
	char text[TEXT_MAX + 1];

	if (size == 0 || size > TEXT_MAX)
		return 0;
	kind = (enum alert_subject_kind)(data[0] % ALERT_SUBJECT_KINDS);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (pattern_compile(text, kind, &pattern, &err) != BW_OK) {
		if (err.text[0] == '\0' || err.column == 0 ||
		    err.column - 1 + err.len > strlen(text))
			abort();
		return 0;
	}
	write(pattern, kind);
	pattern_destroy(pattern);
	return 0;
}
