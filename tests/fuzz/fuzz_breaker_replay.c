/* fuzz_breaker_replay.c - feeds bytes to `breaker replay` as its whole input; every answer must be
 * JSON whose figures can be.
 *
 * Input with "times" is passed over: millions of calls are no finding, only slow.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_share(const json_t *window, const char *key, double most)
{
	double value = json_number_value(json_object_get(window, key));

	bw_assert(json_is_number(json_object_get(window, key)));
	bw_assert(value >= 0 && value <= most);
}

static void check_answer(const json_t *answer)
{
	const json_t *window = json_object_get(answer, "window");
	const json_t *retry = json_object_get(answer, "time_until_retry");
	const char *state = json_string_value(json_object_get(answer, "state"));

	bw_assert(state && json_is_array(json_object_get(answer, "events")));
	bw_assert(json_is_null(retry) == (strcmp(state, "open") != 0));
	bw_assert(json_is_null(retry) || json_number_value(retry) >= 0);
	check_share(window, "success_rate", 1);
	check_share(window, "failure_rate", 1);
	check_share(window, "timeout_rate", 1);
	check_share(window, "uptime_percentage", 100);
	bw_assert(json_integer_value(json_object_get(answer, "probes_in_flight")) <= 8);
	bw_assert(json_integer_value(json_object_get(answer, "consecutive_failures")) >= 0);
}

static void check_answers(char *text, size_t len)
{
	FILE *lines = fmemopen(text, len, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t length;

	while (lines && (length = getline(&line, &cap, lines)) > 0) {
		json_t *answer = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, NULL);

		bw_assert(json_is_object(answer));
		check_answer(answer);
		json_decref(answer);
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

	if (size == 0 || memmem(data, size, "times", 5))
		return 0;
	in = fmemopen((void *)data, size, "r");
	out = open_memstream(&out_text, &out_len);
	err = open_memstream(&err_text, &err_len);
	bw_assert(in && out && err);
	status = replay_run(in, out, err);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	bw_assert(status == 0 || status == 65);
	bw_assert((status == 0) == (err_len == 0));
	if (out_len > 0)
		check_answers(out_text, out_len);
	free(out_text);
	free(err_text);
	return 0;
}
