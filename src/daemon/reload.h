/* reload.h - where the configuration comes from, and when it is read anew.
 *
 * A change of the file (or of any file in the folder) is seen within RELOAD_LOOK_US, taken in once
 * it has been quiet for one look, like SIGHUP and POST /-/reload. A bad configuration changes
 * nothing and is told.
 *
 * Owns:    the watch over the files. Paths are borrowed.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_RELOAD_H
#define BW_DAEMON_RELOAD_H

#include "base/time.h"
#include "io/loop.h"

#define RELOAD_LOOK_US (2 * BW_SECOND_US)

struct reload;

/* `changed` comes after a change of what is at `path`. */
struct reload *reload_create(struct io_loop *loop, const char *path, io_callback *changed,
			     void *arg);
void reload_destroy(struct reload *reload);

#endif
