/* salvage.h - what can still be read of a damaged file.
 *
 * Private to src/storage.
 * Threads: one at a time; may take SALVAGE_US.
 */
#ifndef BW_STORAGE_SALVAGE_H
#define BW_STORAGE_SALVAGE_H

#include <stdint.h>

#include "base/time.h"

#define SALVAGE_US (10 * BW_SECOND_US)

/* Copies all rows of all tables that can be read from the file `damaged`, the newest first, into
 * the file `path`, which has the same tables and nothing in them; how many. `damaged` stays as it
 * is. One with another schema, or of which nothing can be read, has none. */
int64_t salvage_rows(const char *damaged, const char *path);

#endif
