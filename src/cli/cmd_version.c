/* cmd_version.c - `bellwether version`. */
#include <sysexits.h>

#include "base/json_write.h"
#include "cli/command.h"
#include "cli/print.h"

static const struct cli_option version_options[] = {
	CLI_OPTION_JSON,
	{ 0 },
};

static int version_run(const struct cli_options *options)
{
	struct bw_json json;
	struct bw_buf buf;

	if (options->word_count > 0) {
		cli_fail("version: takes no words, but got `%s`", options->words[0]);
		return EX_USAGE;
	}
	bw_buf_init(&buf, 0);
	if (options->json) {
		bw_json_init(&json, &buf);
		bw_json_object_begin(&json);
		bw_json_key(&json, "version");
		bw_json_string(&json, BW_VERSION);
		bw_json_object_end(&json);
		bw_buf_byte(&buf, '\n');
	} else {
		bw_buf_text(&buf, "bellwether " BW_VERSION "\n");
	}
	cli_out(&buf);
	return EX_OK;
}

const struct cli_command cli_command_version = {
	.name = "version",
	.words = "",
	.summary = "the version of this program",
	.help = "",
	.options = version_options,
	.run = version_run,
};
