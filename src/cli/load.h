/* load.h - a configuration for a command, with everything that is wrong printed. */
#ifndef BW_CLI_LOAD_H
#define BW_CLI_LOAD_H

#include <stdbool.h>

#include "daemon/settings.h"

/* EX_OK and the settings, whose kinds were asked too; else EX_NOINPUT or EX_CONFIG with the report
 * on standard error. `warn`: warnings are printed there as well. */
int cli_load(const char *path, bool warn, struct daemon_settings **out);

#endif
