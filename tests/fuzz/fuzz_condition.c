/* fuzz_condition.c - a condition, and behind a line's end a limit for its way back: what compiles
 * is judged, over known and unknown values; what does not says where and why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/condition.h"

enum { TEXT_MAX = CONDITION_TEXT_MAX + 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every second field is known; a text is foreign. */
static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	const int *odd = arg;

	(void)subject;
	*out = (struct fact){ .type = FACT_UNKNOWN };
	if ((field + *odd) % 2 == 0)
		return;
	out->type = fact_fields[field].type;
	if (out->type == FACT_TEXT)
		out->text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xff";
	else if (out->type == FACT_NUMBER)
		out->number = field;
	else
		out->boolean = true;
}

static void check_error(const struct condition_error *err, const char *text)
{
	if (err->text[0] == '\0' || err->column == 0 || err->column > strlen(text) + 1 ||
	    err->column - 1 + err->len > strlen(text))
		abort();
}

static void judge(const struct condition *condition)
{
	const struct alert_subject subject = { condition_subject(condition), "x" };

	for (int odd = 0; odd < 2; odd++) {
		const struct fact_source source = { read_fact, &odd };
		enum condition_verdict first = condition_judge(condition, &subject, &source);

		if (first > CONDITION_ERROR ||
		    condition_judge(condition, &subject, &source) != first)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct condition *condition, *clear;
	struct condition_error err;
	char text[TEXT_MAX + 1];
	char *limit;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	limit = strchr(text, '\n');
	if (limit)
		*limit++ = '\0';
	if (condition_compile(text, &condition, &err) != BW_OK) {
		check_error(&err, text);
		return 0;
	}
	judge(condition);
	if (limit && condition_clear_below(condition, limit, &clear, &err) == BW_OK) {
		judge(clear);
		condition_destroy(clear);
	} else if (limit) {
		check_error(&err, limit);
	}
	condition_destroy(condition);
	return 0;
}
