/* soak.h - what supervisor, workers and watcher of the kill test share.
 *
 * The board is anonymous shared memory beside the region, so that what a killed worker had done is
 * still known. Every process sees the same clock, which runs SOAK_SPEED times as fast as the
 * machine's: a lease of a second lasts 40 ms.
 *
 * Owns:    the board is made once by the supervisor and goes away with the last process.
 * Units:   microseconds and milliseconds of the fast clock, unless a name says `real`.
 */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

enum {
	SOAK_SPEED = 25,
	SOAK_WORKERS_MAX = 64,
	SOAK_PROBES = 2,             /* max_probes */
	SOAK_SUCCESSES = 3,          /* success_threshold */
	SOAK_TIMEOUT_US = 20 * 1000, /* timeout_threshold; a lease is a second longer */
	SOAK_LEASE_MS = 1020,
	SOAK_RECOVERY_MS = 100,
	SOAK_SLACK_MS = 5000 * SOAK_SPEED, /* five seconds of a busy machine */
	SOAK_GENERATIONS = 4096,           /* remembered for the sum of probes and successes */
	SOAK_PATH_MAX = 256,
};

#define SOAK_BREAKER "soak"

/* One place for a worker; its replacement goes on in it. */
struct soak_place {
	_Atomic uint64_t probe;     /* words.h, tagged: generation, deadline at the earliest; 0 */
	_Atomic uint64_t recording; /* the same while a success of a probe is being recorded */
	_Atomic uint64_t calls, admitted, finished;
};

struct soak_watch {
	_Atomic uint64_t looks, words, illegal, transitions, stolen;
	_Atomic uint64_t longest_still_ms; /* HALF_OPEN and no word of it changed */
	_Atomic uint64_t longest_half_open_ms;
	_Atomic uint64_t most_leases, most_probes;
	char first_illegal[160];
};

struct soak_board {
	atomic_bool stop;
	int prober_signal; /* that every second prober sends itself; 0: none */
	_Atomic uint64_t probers;
	struct soak_watch watch;
	struct soak_place places[SOAK_WORKERS_MAX];
	/* By generation: probes + successes above the limit as seen, and what may explain it:
	 * successes recorded when the lease had run out, or perhaps had. */
	_Atomic uint32_t excess[SOAK_GENERATIONS], overdue[SOAK_GENERATIONS];
};

struct soak {
	char path[SOAK_PATH_MAX]; /* of the region */
	struct soak_board *board;
	const struct segment_header *header; /* of the file, mapped read-only */
	size_t map_bytes;
	const struct segment_cell *cell; /* the breaker's words in it */
	struct bw_region *region;
	struct bw_breaker *breaker;
};

const struct bw_clock *soak_clock(void);
int64_t soak_now_us(void *arg);
/* false: the region or the breaker could not be had; says why. */
bool soak_open(struct soak *soak);
void soak_close(struct soak *soak);
/* Milliseconds as the words have them. */
uint64_t soak_word_ms(const struct soak *soak);
/* Maps the file read-only and finds the cell. */
bool soak_map(struct soak *soak);
void soak_unmap(struct soak *soak);

/* Calls until the board says stop. `anew`: opens the region itself, else goes on with what it
 * inherited by fork(). Returns the exit status. */
int soak_work(struct soak *soak, int place, uint64_t seed, bool anew);
/* Looks until the board says stop. Returns the exit status. */
int soak_look(struct soak *soak);

#endif
