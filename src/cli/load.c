/* load.c - reads, asks the kinds, prints. */
#include "cli/load.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/print.h"

/* The last line, after all the places. */
static void summarize(const char *path, const char *report)
{
	cli_report(report);
	cli_fail("%s has errors; `bellwether config explain SETTING` tells more of a setting",
		 path);
}

int cli_load(const char *path, bool warn, struct daemon_settings **out)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;
	enum bw_status status = daemon_settings_load(path, &settings, &report);

	if (status == BW_ENOTFOUND || status == BW_EIO) {
		report[strcspn(report, "\n")] = '\0';
		cli_fail("%s; name a file or a folder", report);
		free(report);
		return EX_NOINPUT;
	}
	if (status == BW_OK)
		status = daemon_settings_check_kinds(settings, &report);
	if (status != BW_OK) {
		summarize(path, report);
		daemon_settings_destroy(settings);
		free(report);
		return EX_CONFIG;
	}
	for (size_t i = 0; warn && i < settings->warning_count; i++)
		cli_fail("warning: %s", settings->warnings[i]);
	*out = settings;
	return EX_OK;
}
