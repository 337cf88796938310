/* breaker_worker.c - one worker of a shared breaker, moved by words on standard input.
 *
 * Usage: breaker_worker NAME [SETTING=NUMBER...]; the region is $BELLWETHER_REGION.
 * Words, one a line: ok, fail, ignore (a whole call), begin (a call that does not end), state. Each
 * is answered with one word: the state, or "rejected".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bellwether/breaker.h>

enum { LINE_MAX_BYTES = 64 };

static bool set(struct bw_breaker_config *config, const char *setting)
{
	const char *value = strchr(setting, '=');
	size_t len = value ? (size_t)(value - setting) : 0;
	double number = value ? strtod(value + 1, NULL) : 0;

	if (len == 0)
		return false;
	if (strncmp(setting, "failures", len) == 0)
		config->failure_threshold = (int)number;
	else if (strncmp(setting, "recovery", len) == 0)
		config->recovery_timeout_us = (int64_t)(number * 1e6);
	else if (strncmp(setting, "timeout", len) == 0)
		config->timeout_threshold_us = (int64_t)(number * 1e6);
	else if (strncmp(setting, "calls", len) == 0)
		config->minimum_calls = (int)number;
	else
		return false;
	return true;
}

static const char *state_of(const struct bw_breaker *breaker)
{
	struct bw_breaker_snapshot snapshot;

	bw_breaker_snapshot(breaker, &snapshot);
	return bw_breaker_state_text(snapshot.state);
}

static const char *call(struct bw_breaker *breaker, const char *word)
{
	struct bw_breaker_call call = bw_breaker_begin(breaker);

	if (!bw_breaker_ticket_admitted(call.ticket))
		return "rejected";
	if (strcmp(word, "begin") != 0)
		(void)bw_breaker_end(breaker, call,
				     strcmp(word, "ok") == 0     ? BW_BREAKER_SUCCESS
				     : strcmp(word, "fail") == 0 ? BW_BREAKER_FAILURE
								 : BW_BREAKER_IGNORED);
	return state_of(breaker);
}

static void serve(struct bw_breaker *breaker)
{
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		puts(strcmp(line, "state") == 0 ? state_of(breaker) : call(breaker, line));
		(void)fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const struct bw_region_options options = { .fallback = BW_REGION_ERROR, .serial = true };
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_region *region = NULL;
	struct bw_breaker *breaker = NULL;
	struct bw_error err = { 0 };

	if (argc < 2)
		return 64;
	for (int i = 2; i < argc; i++)
		if (!set(&config, argv[i]))
			return 64;
	if (bw_region_open(&options, &region, &err) != BW_OK ||
	    bw_breaker_open(region, argv[1], &config, &breaker, &err) != BW_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		bw_region_close(region);
		return 1;
	}
	puts(state_of(breaker));
	(void)fflush(stdout);
	serve(breaker);
	bw_breaker_close(breaker);
	bw_region_close(region);
	return 0;
}
