/* probes.h - the shared breaker's HALF_OPEN as a machine of atomic steps.
 *
 * What processes share: control word, leases, probe result and the clock. A process is a program
 * counter and its registers; one model_step() is one atomic instruction of src/shm on a shared
 * word, together with the computing that follows it. A process that is never stepped again was
 * killed there; CRASH lets a new one begin in its place.
 *
 * Units:   time is in ticks; a lease and an open period have lengths of their own.
 * Bounds:  `generations` and `ticks` end the exploration, everything else is finite by itself.
 */
#ifndef TESTS_MODEL_PROBES_H
#define TESTS_MODEL_PROBES_H

#include <stdbool.h>
#include <stdint.h>

enum { PROCESSES_MAX = 3, LEASES_MAX = 3 };

/* What the algorithm would be without one of its rules. */
enum mutation {
	MUTATION_NONE,
	MUTATION_NO_LOOK_AFTER_CLAIM,
	MUTATION_RESULT_BEFORE_LEASES, /* the look after the claim reads in the other order */
	MUTATION_FREE_BEFORE_COUNT,    /* a success frees its lease, then counts itself */
	MUTATION_FREE_WHATEVER,        /* frees the slot, whoever holds it */
	MUTATION_NO_REPAIR,            /* acquire leaves a half-done transition to its winner */
	MUTATION_NO_STEAL,             /* an expired lease stays */
	MUTATION_TAKE_NEWER,           /* no look at control between a lease and its CAS */
	MUTATION_STORE_CONTROL,        /* a transition is a store */
	MUTATION_COUNT_LATE,           /* a result counts whatever the word's generation */
	MUTATIONS,
};

struct model {
	int processes, leases;             /* of the model */
	int max_probes, success_threshold; /* of the breaker */
	int lease_ticks, open_ticks;
	int generations, ticks; /* bounds */
	enum mutation mutation;
};

enum { MODEL_CLOSED, MODEL_OPEN, MODEL_HALF_OPEN };

enum place {
	IDLE,
	ACQUIRE_CONTROL,
	ACQUIRE_RETRY_DUE, /* OPEN: the clock */
	ACQUIRE_HALF_OPEN, /* OPEN -> HALF_OPEN */
	ACQUIRE_CLOCK,
	ACQUIRE_RESULT, /* finish_half_open() */
	ACQUIRE_REOPEN,
	ACQUIRE_CLOSE,
	ROOM_LEASES, /* bw_lease_claim(): is there room at all? */
	ROOM_RESULT,
	PLACE_LEASE, /* take_place() */
	PLACE_CONTROL,
	PLACE_CLAIM,
	FULL_CONTROL, /* rejected, if control is still the same */
	LOOK_LEASES,  /* the look after the claim */
	LOOK_RESULT,
	LOOK_CONTROL,
	GIVE_BACK,
	HOLD_PLAIN, /* a ticket of CLOSED */
	PLAIN_CONTROL,
	PLAIN_OPEN,
	HOLD_PROBE,
	RECORD_CONTROL,
	RECORD_RESULT, /* bw_probes_note() */
	RECORD_CHECK,
	RECORD_COUNT,
	RECORD_FREE,
	RECORD_JUDGE,
	RECORD_CLOSE,
	RECORD_REOPEN,
};

/* Registers that are not in use are 0, so that equal situations are equal bytes. */
struct process {
	uint8_t place;
	uint8_t generation; /* it acquired in, or is acquiring in */
	uint8_t at;         /* the clock it read; in RETRY_DUE, HALF_OPEN: the deadline it read */
	uint8_t index;      /* of the lease to be read next */
	uint8_t found_generation,
		found_deadline;   /* the lease it read, or the result's generation */
	uint8_t live, ok, failed; /* as it saw them */
	uint8_t slot, deadline;   /* its lease, 1 + slot */
	uint8_t outcome;          /* enum choice */
	uint8_t again;            /* gives its place back to begin anew */
	uint8_t pending;          /* a probe was handed out and its result is nowhere yet */
};

struct state {
	uint8_t control, generation, deadline;
	uint8_t result_generation, ok, failed;
	uint8_t lease_generation[LEASES_MAX], lease_deadline[LEASES_MAX];
	uint8_t now;
	/* Of nobody in the model, for the properties alone. */
	uint8_t overdue_ok; /* successes of this HALF_OPEN whose lease had run out */
	uint8_t winners;    /* who believe to have made a transition */
	struct process process[PROCESSES_MAX];
};

enum choice { GO, SUCCESS, FAILURE, IGNORED, CRASH, CHOICES };

void model_begin(const struct model *model, struct state *state);
/* One step of one process. false: it cannot do this here, or a bound is reached. */
bool model_step(const struct model *model, struct state *state, int process, enum choice choice);
/* Equal processes in any order are one state. */
void model_sort(const struct model *model, struct state *state);
const char *model_place_text(enum place place);
const char *model_choice_text(enum choice choice);
const char *model_mutation_text(enum mutation mutation);

#endif
