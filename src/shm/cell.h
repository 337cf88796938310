/* cell.h - the control word of a breaker and what belongs to it: run, lump, transitions, judgement.
 *
 * Owns:    nothing.
 * Units:   microseconds since the region's epoch (`since_us`).
 * Errors:  an impossible control word counts as CLOSED; the first writer that meets it puts a
 *          possible one in its place and counts it.
 * Threads: any; killed anywhere (docs/internals/breaker.md has the table).
 */
#ifndef BW_SHM_CELL_H
#define BW_SHM_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"
#include "shm/window.h"
#include "shm/words.h"

/* The control word, made possible. bw_cell_look() leaves the segment alone. */
uint64_t bw_cell_control(struct bw_breaker *breaker);
uint64_t bw_cell_look(const struct bw_breaker *breaker);

struct window_cycle bw_cell_cycle(const struct bw_breaker *breaker, uint64_t control);

/* Failures in a row in this cycle. */
int64_t bw_cell_run(const struct bw_breaker *breaker, const struct window_cycle *cycle);
void bw_cell_end_run(struct bw_breaker *breaker, const struct window_cycle *cycle);

/* A failing outcome. false: it is lumped with the one before it and counts nowhere. */
bool bw_cell_note_failure(struct bw_breaker *breaker, const struct breaker_rules *rules,
			  const struct window_cycle *cycle, int64_t since_us);
/* Would, or does, the breaker open now? */
bool bw_cell_trips(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		   const struct window_cycle *cycle, int64_t since_us,
		   enum bw_breaker_cause *cause);

struct cell_move {
	enum bw_breaker_state to;
	enum bw_breaker_cause cause;
	uint64_t deadline_ms; /* OPEN: when a probe may be tried */
	uint64_t reopens;     /* OPEN: reopenings in a row */
	int64_t since_us;
};

/* One transition from exactly `control`. false: another one was faster; nothing happened. */
bool bw_cell_move(struct bw_breaker *breaker, uint64_t control, const struct cell_move *move);
/* The same to OPEN, for the period that the rules say. */
bool bw_cell_open(struct bw_breaker *breaker, const struct breaker_rules *rules, uint64_t control,
		  enum bw_breaker_cause cause, int64_t since_us);
/* HALF_OPEN: does what the probes have decided, as whoever should have may have been killed. true:
 * there was something to do, and the control word is another one now. */
bool bw_cell_finish_probes(struct bw_breaker *breaker, const struct breaker_rules *rules,
			   uint64_t control, int64_t since_us);
/* Reopenings in a row that led to the present OPEN or HALF_OPEN. */
uint64_t bw_cell_reopens(const struct bw_breaker *breaker, uint64_t control);

#endif
