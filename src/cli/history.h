/* history.h - the kept history of a configuration, without its daemon: rows of it as text, out and
 * in.
 *
 * Errors:  a sysexits status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_HISTORY_H
#define BW_CLI_HISTORY_H

#include "cli/options.h"
#include "daemon/store_place.h"
#include "transfer/transfer.h"

struct history_command {
	const struct cli_options *options;
	const struct daemon_settings *settings;
	const struct store_place *place;
	enum transfer_format format;
};

/* For messages: a URL may have a password in it. */
const char *history_place_name(const struct store_place *place);
/* Rows of the subjects named by words behind the first; of all without any. */
int history_export(const struct history_command *command);
/* The files named by words behind the first, or standard input. Each is read through before a row
 * of it is kept. */
int history_import(const struct history_command *command);

#endif
