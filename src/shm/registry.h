/* registry.h - the breakers of a region by name: finding, creating, configuring.
 *
 * A cell belongs to the registry until it is `ready`, and is never given back: names stay. Creating
 * and configuring take the file's lock, finding takes none.
 * Threads: any.
 */
#ifndef BW_SHM_REGISTRY_H
#define BW_SHM_REGISTRY_H

#include "shm/handle.h"

/* Cells with a breaker in them. */
unsigned bw_registry_count(const struct bw_region *region);

#endif
