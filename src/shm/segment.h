/* segment.h - the byte map of a region: what lies where, who writes it, in which memory order.
 *
 * A region is a header, a worker table and an array of cells, one a breaker. Everything that
 * changes is one naturally aligned 64-bit word, changed by one atomic instruction, and carries the
 * generation it belongs to (words.h). So nothing is ever cleared, a reader can tell stale from
 * current, and a process killed between any two instructions leaves missing increments, never a
 * torn or locked structure. All offsets are relative to the segment; counts and strides stand in
 * the header and are checked against the compiled ones by bw_segment_check().
 *
 * The bytes are foreign: whoever may write the file can write nonsense. Every index and enum that
 * is read is checked before it is used; an impossible control word counts as CLOSED.
 *
 * Owns:    nothing; the memory is region.c's.
 * Threads: see the order beside each field.
 */
#ifndef BW_SHM_SEGMENT_H
#define BW_SHM_SEGMENT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit words must be lock-free");

typedef _Atomic uint64_t segment_word;

enum {
	SEGMENT_ABI_MAJOR = 1,
	SEGMENT_LINE = 64,
	SEGMENT_PAIR = 128, /* two lines: what the prefetcher takes together */
	SEGMENT_CELLS_MAX = 4096,
	SEGMENT_WORKERS_MAX = 256,
	SEGMENT_SHARDS_MAX = 8,
	SEGMENT_SLOTS = 64,   /* of the window's ring */
	SEGMENT_BUCKETS = 60, /* of them count: one is never reused while it counts */
	SEGMENT_LEASES = 8,
	SEGMENT_EVENTS = 64,
	SEGMENT_NAME_BYTES = 64,
	SEGMENT_CONFIG_WORDS = 16,
};

/* Written before the file has its name, and never again, but for `corrupt`. */
struct segment_header {
	uint64_t magic;          /* SEGMENT_MAGIC; tells the byte order too */
	uint64_t generation_one; /* equal to generation_two: the header was written to its end */
	uint32_t abi_major, header_bytes;
	uint64_t segment_bytes;
	uint32_t cells, workers, shards, cell_bytes;
	uint64_t workers_offset, cells_offset;
	uint8_t boot_id[16];     /* zero: not known */
	uint64_t time_namespace; /* inode of /proc/self/ns/time; 0: not known */
	int64_t epoch_us;        /* clock of the region when it was made */
	int64_t created_wall_us;
	segment_word corrupt; /* any; relaxed add */
	uint64_t reserved[17];
	uint64_t generation_two;
};

#define SEGMENT_MAGIC UINT64_C(0x3152454854574c42) /* "BLWTHER1", little-endian */

/* One thread of one process, or a whole process that promised to be serial. Slot 0 is everybody's
 * who found no slot: its lanes are written by atomic adds. */
struct segment_worker {
	segment_word owner;              /* words.h; CAS claims and frees, acq_rel */
	segment_word namespace_;         /* inode of the pid namespace; owner; relaxed */
	segment_word leader;             /* slot of the process's first thread; owner; relaxed */
	segment_word registered_wall_us; /* owner; relaxed */
	segment_word heartbeat_us;       /* owner, with every result; relaxed */
	segment_word command[2];         /* 15 bytes and a NUL; owner; relaxed */
	segment_word reserved;
};

/* What one worker did with one breaker: single writer, plain load and store (relaxed); slot 0 by
 * relaxed adds. Never cleared: the totals of the breaker are the sums over all lanes. A worker
 * that takes a slot over notes the counts it found in `base_*`. */
struct segment_lane {
	segment_word admitted, rejected, success, failure, timeout, ignored, late;
	segment_word last_failure; /* generation and time, words.h */
	segment_word base_admitted, base_rejected, base_finished, base_failure;
	segment_word last_result_us; /* since the region's epoch; 0: none */
	segment_word last_begin_us;  /* of bw_breaker_begin(); 0: none */
	segment_word reserved[2];
};

/* Three arrays, so that the sum for the failure rate reads `calls` alone. A word whose tag stays
 * the same may be changed by a relaxed CAS: it goes on the release of who wrote the tag. */
struct segment_shard {
	segment_word calls[SEGMENT_SLOTS];     /* tag, total, failed; CAS release */
	segment_word marks[SEGMENT_SLOTS];     /* tag, timeouts, unused; CAS release */
	segment_word durations[SEGMENT_SLOTS]; /* tag, sum in 100 us; CAS release */
};

/* Written by the winner of the transition alone. Slot = generation mod 64. */
struct segment_event {
	segment_word at_us;   /* since the region's epoch; relaxed */
	segment_word wall_us; /* relaxed */
	segment_word what;    /* from, to, cause, failures, pid: words.h; relaxed */
	segment_word stamp;   /* generation + 1, last: store release, load acquire; 0: never */
};

/* Written under the registry's lock; `config_index` last (release). */
struct segment_config {
	segment_word words[SEGMENT_CONFIG_WORDS]; /* store release, load acquire */
};

struct segment_cell {
	/* Alone on its pair of lines: what every admission reads. CAS acq_rel, load acquire. */
	alignas(SEGMENT_PAIR) segment_word control;
	segment_word control_padding[15];

	/* Written by results that fail, and by the first success after them. CAS relaxed. */
	alignas(SEGMENT_PAIR) segment_word consecutive; /* generation, count */
	segment_word last_failure_us;                   /* since the epoch; stored, relaxed */
	segment_word lump;       /* generation, time of the last failure that counted */
	segment_word last_epoch; /* newest bucket written (window.h); 0: none; CAS acq_rel */
	segment_word would_open; /* generation, time, episode: METRICS_ONLY; CAS acq_rel */
	segment_word consecutive_padding[11];

	/* Half-open: seq_cst, so that two claimers see each other. */
	alignas(SEGMENT_PAIR) segment_word probe_result; /* generation, ok, failed */
	segment_word window_from; /* generation CLOSED was entered in; who leaves it; CAS acq_rel */
	segment_word reopens;     /* generation of this OPEN, reopenings in a row; winner; CAS */
	segment_word left_closed; /* wall ms when CLOSED was left, 0: is CLOSED; winner */
	segment_word probe_padding[4];
	segment_word leases[SEGMENT_LEASES]; /* generation, deadline */

	/* Written once under the registry's lock; `ready` last (release, acquire). */
	alignas(SEGMENT_PAIR) segment_word ready;  /* SEGMENT_READY or nothing yet */
	segment_word name[SEGMENT_NAME_BYTES / 8]; /* NUL-padded bytes */
	segment_word config_index; /* count of configurations so far; copy = count mod 2 */
	segment_word identity_padding[6];
	struct segment_config config[2];

	struct segment_event events[SEGMENT_EVENTS];
	/* Then `shards` x struct segment_shard, then `workers` x struct segment_lane, each aligned
	 * to SEGMENT_PAIR. */
};

#define SEGMENT_READY UINT64_C(0x5944414552)

_Static_assert(sizeof(struct segment_header) == 256, "layout");
_Static_assert(offsetof(struct segment_header, generation_two) == 248, "layout");
_Static_assert(sizeof(struct segment_worker) == 64, "layout");
_Static_assert(sizeof(struct segment_lane) == 128, "layout");
_Static_assert(sizeof(struct segment_shard) == 1536, "layout");
_Static_assert(sizeof(struct segment_event) == 32, "layout");
_Static_assert(offsetof(struct segment_cell, consecutive) == 128, "layout");
_Static_assert(offsetof(struct segment_cell, probe_result) == 256, "layout");
_Static_assert(offsetof(struct segment_cell, leases) == 320, "layout");
_Static_assert(offsetof(struct segment_cell, ready) == 384, "layout");
_Static_assert(offsetof(struct segment_cell, config) == 512, "layout");
_Static_assert(offsetof(struct segment_cell, events) == 768, "layout");
_Static_assert(sizeof(struct segment_cell) == 2816, "layout");

struct segment_shape {
	uint32_t cells, workers, shards;
};

/* The shard that a worker's slot counts in first. Spreads neighbours, and divides nothing. */
static inline uint32_t segment_shard_of(uint32_t slot, uint32_t shards)
{
	return (slot * 159 % 256) * shards / 256;
}

static inline size_t segment_cell_bytes(const struct segment_shape *shape)
{
	return sizeof(struct segment_cell) + shape->shards * sizeof(struct segment_shard) +
	       shape->workers * sizeof(struct segment_lane);
}

static inline size_t segment_workers_offset(void)
{
	return sizeof(struct segment_header);
}

static inline size_t segment_cells_offset(const struct segment_shape *shape)
{
	size_t end = segment_workers_offset() + shape->workers * sizeof(struct segment_worker);

	return (end + SEGMENT_PAIR - 1) / SEGMENT_PAIR * SEGMENT_PAIR;
}

static inline size_t segment_bytes(const struct segment_shape *shape)
{
	return segment_cells_offset(shape) + shape->cells * segment_cell_bytes(shape);
}

/* Where and when a segment is made. */
struct segment_origin {
	uint8_t boot_id[16];
	uint64_t time_namespace;
	int64_t epoch_us, created_wall_us;
};

/* Writes the header into zeroed memory of segment_bytes(), generation_two last. */
void bw_segment_format(void *segment, const struct segment_shape *shape,
		       const struct segment_origin *origin);
/* BW_ECORRUPT says what is wrong: too short for a header, magic, byte order, version, lengths,
 * strides, shape, `bytes` other than it says, not written to its end, another boot or time
 * namespace (`here` NULL: do not ask). */
BW_MUST_USE enum bw_status bw_segment_check(const void *segment, size_t bytes,
					    const struct segment_origin *here,
					    struct bw_error *err);

#endif
