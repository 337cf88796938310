/* breaker_region.h - the region of this user, or the one named with --region, for one command.
 *
 * Owns:    the region until breaker_region_close().
 * Errors:  a sysexits status; other than EX_OK it was said why, unless the header says otherwise.
 * Threads: main's only.
 */
#ifndef BW_CLI_BREAKER_REGION_H
#define BW_CLI_BREAKER_REGION_H

#include <stdbool.h>

#include <bellwether/breaker.h>

#include "cli/options.h"

enum { BREAKER_PATH_MAX = 4096 };

struct breaker_region {
	struct bw_region *region; /* NULL: there is none yet */
	char path[BREAKER_PATH_MAX];
};

/* To look, never to write. No region yet is EX_OK with a NULL. */
int breaker_region_look(const struct cli_options *options, struct breaker_region *out);
/* To give orders; never makes a region. None yet is EX_NOINPUT. */
int breaker_region_order(const struct cli_options *options, struct breaker_region *out);
void breaker_region_close(struct breaker_region *region);
/* EX_NOINPUT with a guess when there is none of that name. */
int breaker_region_find(const struct breaker_region *region, const char *name,
			struct bw_breaker **out);
/* "no breakers yet: ..." on standard output. */
void breaker_region_print_none(const struct breaker_region *region);

#endif
