/* fault_vfs.h - a layer of SQLite's own between the store and the disk, at which the process dies,
 * the power fails or the disk refuses, at a write point of one's choice.
 *
 * Write points are counted from fault_vfs_begin() on: each write, truncation, sync and removal of a
 * file. A dying process writes a part of what it was writing. When the power fails, some of what
 * was written since the latest sync of its file is as it was before; truncations and removals have
 * happened. Nothing is ever really synced: a kill does not need it.
 *
 * Owns:    one for a process; it stays until the process ends.
 * Threads: any.
 */
#ifndef TESTS_SOAK_FAULT_VFS_H
#define TESTS_SOAK_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_KILL,      /* SIGKILL */
	FAULT_POWER,     /* what was not synced is lost in parts, then SIGKILL */
	FAULT_FULL,      /* no room */
	FAULT_READ_ONLY, /* mounted read-only */
	FAULT_BROKEN,    /* input/output errors */
	FAULT_KINDS,
};

struct fault_plan {
	enum fault_kind kind;
	uint64_t at;    /* the first write point that suffers; 0: none */
	uint64_t lasts; /* how many refuse; of the last three */
	uint64_t seed;
};

/* Becomes the layer of every database that is opened from now on. */
bool fault_vfs_begin(const struct fault_plan *plan);
/* Write points so far. */
uint64_t fault_vfs_points(void);
/* Whether a point has been refused. */
bool fault_vfs_has_refused(void);

#endif
