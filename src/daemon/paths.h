/* paths.h - where the daemon keeps its data when nobody says. */
#ifndef BW_DAEMON_PATHS_H
#define BW_DAEMON_PATHS_H

#include "base/status.h"

/* The folder for data, made if it is missing (0700), malloc()ed: `asked` when not NULL; else
 * $STATE_DIRECTORY (systemd); else /var/lib/bellwether for root; else $XDG_STATE_HOME/bellwether or
 * ~/.local/state/bellwether. */
BW_MUST_USE enum bw_status paths_data_folder(const char *asked, char **out, struct bw_error *err);

#endif
