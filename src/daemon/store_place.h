/* store_place.h - which database the settings mean, and whose history in it is ours.
 *
 * Threads: any.
 */
#ifndef BW_DAEMON_STORE_PLACE_H
#define BW_DAEMON_STORE_PLACE_H

#include "daemon/settings.h"

enum { STORE_PLACE_HOST_MAX = 256 };

struct store_place {
	char *where;                     /* a file or a URL, the owner's to free; NULL: memory */
	char host[STORE_PLACE_HOST_MAX]; /* of this machine */
	const char *instance;            /* of the settings, or the host; lives as long as both */
};

/* `data_dir` as in paths_data_folder(), which is asked (and makes the folder) when the settings
 * name neither a path nor a URL. BW_EIO: it cannot be; *out then means memory. */
BW_MUST_USE enum bw_status store_place_find(const struct daemon_settings *settings,
					    const char *data_dir, struct store_place *out,
					    struct bw_error *err);

#endif
