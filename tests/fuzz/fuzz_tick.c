/* fuzz_tick.c - feeds bytes to `eval` as its whole input; every document must be JSON. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "eval/eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_documents(char *text, size_t len)
{
	FILE *lines = fmemopen(text, len, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t length;

	while (lines && (length = getline(&line, &cap, lines)) > 0) {
		json_t *document = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, NULL);

		bw_assert(json_is_object(document));
		bw_assert(json_is_object(json_object_get(document, "metadata")));
		json_decref(document);
	}
	free(line);
	if (lines)
		(void)fclose(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *out_text = NULL, *err_text = NULL;
	size_t out_len = 0, err_len = 0;
	FILE *in, *out, *err;
	int status;

	if (size == 0)
		return 0;
	in = fmemopen((void *)data, size, "r");
	out = open_memstream(&out_text, &out_len);
	err = open_memstream(&err_text, &err_len);
	bw_assert(in && out && err);
	status = eval_run(in, out, err, false);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	bw_assert(status == 0 || status == 65);
	bw_assert((status == 0) == (err_len == 0));
	if (out_len > 0)
		check_documents(out_text, out_len);
	free(out_text);
	free(err_text);
	return 0;
}
