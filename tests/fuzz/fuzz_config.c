/* fuzz_config.c - any bytes as a configuration: every table, every message, show and the kinds.
 *
 * What is accepted must be shown, and what is shown must be accepted and look the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct daemon_settings *parse(const char *text, size_t len)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;

	if (daemon_settings_parse("fuzz.yaml", text, len, &settings, &report) != BW_OK &&
	    (!report || !*report))
		abort();
	free(report);
	return settings;
}

static void show(struct daemon_settings *settings, struct bw_buf *out)
{
	bw_buf_init(out, 0);
	daemon_settings_show(settings, out);
	daemon_settings_destroy(settings);
}

/* A secret, and a text that was masked, is not the same when it is read again. */
static bool is_whole(const struct bw_buf *shown)
{
	return !strstr(shown->data, "<secret>") && !strstr(shown->data, "***") &&
	       !strstr(shown->data, "$");
}

static void check_round(struct daemon_settings *settings)
{
	struct bw_buf first, second;

	show(settings, &first);
	if (is_whole(&first)) {
		settings = parse(first.data, first.len);
		if (!settings)
			abort();
		show(settings, &second);
		if (strcmp(first.data, second.data) != 0)
			abort();
		bw_buf_finish(&second);
	}
	bw_buf_finish(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct daemon_settings *settings = parse((const char *)data, size);
	char *report = NULL;

	if (!settings)
		return 0;
	if (daemon_settings_check_kinds(settings, &report) != BW_OK && (!report || !*report))
		abort();
	free(report);
	check_round(settings);
	return 0;
}
