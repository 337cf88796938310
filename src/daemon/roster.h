/* roster.h - the components of one configuration, made together or not at all.
 *
 * Owns:    its settings and components.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_ROSTER_H
#define BW_DAEMON_ROSTER_H

#include <stddef.h>

#include "base/status.h"
#include "daemon/component.h"
#include "daemon/guard.h"
#include "daemon/settings.h"
#include "io/loop.h"

struct roster;

/* Takes `settings` over on success. BW_EINVAL: a kind refuses its settings; all complaints are in
 * `report` (malloc()ed, the caller's). */
BW_MUST_USE enum bw_status roster_create(struct io_loop *loop, struct daemon_settings *settings,
					 const struct component_events *events, struct roster **out,
					 char **report);
void roster_destroy(struct roster *roster);
/* Names every breaker of the settings to `guards` (which was begun) and gives components theirs. */
void roster_bind_guards(struct roster *roster, struct guards *guards);
/* Components of the same name take over what `old` knows. */
void roster_adopt(struct roster *roster, const struct roster *old);
void roster_start(struct roster *roster);

const struct daemon_settings *roster_settings(const struct roster *roster);
size_t roster_count(const struct roster *roster);
struct component *roster_get(const struct roster *roster, size_t nth);
struct component *roster_find(const struct roster *roster, const char *name);
/* Components without a check of their own that show `guard`: start with *cursor = 0, NULL at the
 * end. */
struct component *roster_next_viewer(const struct roster *roster, const struct guard *guard,
				     size_t *cursor);

#endif
