/* probes.c - the steps of acquire and record, one function for each place of the program.
 *
 * Each touches one shared word once, by a load, a compare-and-swap or a store, as src/shm/cell.c
 * and lease.c do; the words' order is theirs. What a place needs of earlier words it has in the
 * registers of struct process, so another process may have been anywhere in between.
 */
#include "model/probes.h"

#include <stdlib.h>
#include <string.h>

struct machine {
	const struct model *model;
	struct state *state;
	struct process *self;
	enum choice choice;
};

static bool mutated(const struct machine *m, enum mutation mutation)
{
	return m->model->mutation == mutation;
}

static void go(struct machine *m, enum place place)
{
	m->self->place = (uint8_t)place;
}

static void rest(struct machine *m)
{
	*m->self = (struct process){ .place = IDLE };
}

static void start_again(struct machine *m)
{
	*m->self = (struct process){ .place = ACQUIRE_CONTROL };
}

/* A lease is free for a claimer of `generation`: never given, of an older one, or run out. */
static bool is_free(const struct machine *m, int slot, int now)
{
	int generation = m->state->lease_generation[slot];

	if (generation != m->self->generation)
		return true;
	return m->state->lease_deadline[slot] <= now && !mutated(m, MUTATION_NO_STEAL);
}

/* The one CAS of a transition, from the exact word of `from` in the process's generation. */
static bool transition(struct machine *m, int from, int from_deadline, int to, int to_deadline)
{
	struct state *state = m->state;
	int next = m->self->generation + 1;

	if (next > m->model->generations)
		return false;
	if (!mutated(m, MUTATION_STORE_CONTROL) &&
	    (state->control != from || state->generation != m->self->generation ||
	     state->deadline != from_deadline))
		return true;
	state->control = (uint8_t)to;
	state->generation = (uint8_t)next;
	state->deadline = (uint8_t)to_deadline;
	state->overdue_ok = 0;
	state->winners++;
	return true;
}

/* ---- acquire ---- */

static bool acquire_control(struct machine *m)
{
	const struct state *state = m->state;

	m->self->generation = state->generation;
	if (state->control == MODEL_CLOSED) {
		go(m, HOLD_PLAIN);
	} else if (state->control == MODEL_OPEN) {
		m->self->deadline = state->deadline;
		go(m, ACQUIRE_RETRY_DUE);
	} else {
		go(m, ACQUIRE_CLOCK);
	}
	return true;
}

static bool acquire_retry_due(struct machine *m)
{
	if (m->state->now < m->self->deadline)
		rest(m);
	else
		go(m, ACQUIRE_HALF_OPEN);
	return true;
}

static bool acquire_half_open(struct machine *m)
{
	if (!transition(m, MODEL_OPEN, m->self->deadline, MODEL_HALF_OPEN, 0))
		return false;
	start_again(m);
	return true;
}

static bool acquire_clock(struct machine *m)
{
	m->self->at = m->state->now;
	go(m, ACQUIRE_RESULT);
	return true;
}

static void read_result(struct machine *m)
{
	bool mine = m->state->result_generation == m->self->generation;

	m->self->ok = mine ? m->state->ok : 0;
	m->self->failed = mine ? m->state->failed : 0;
}

static bool acquire_result(struct machine *m)
{
	const struct process *self = m->self;

	read_result(m);
	if (self->failed > 0 && !mutated(m, MUTATION_NO_REPAIR)) {
		go(m, ACQUIRE_REOPEN);
	} else if (self->ok >= m->model->success_threshold && !mutated(m, MUTATION_NO_REPAIR)) {
		go(m, ACQUIRE_CLOSE);
	} else {
		go(m, ROOM_LEASES);
	}
	return true;
}

static bool reopen(struct machine *m)
{
	return transition(m, MODEL_HALF_OPEN, 0, MODEL_OPEN, m->state->now + m->model->open_ticks);
}

static bool acquire_reopen(struct machine *m)
{
	if (!reopen(m))
		return false;
	start_again(m);
	return true;
}

static bool acquire_close(struct machine *m)
{
	if (!transition(m, MODEL_HALF_OPEN, 0, MODEL_CLOSED, 0))
		return false;
	start_again(m);
	return true;
}

/* With `live` probes, of which `own` are its own. */
static bool has_room(const struct machine *m, int live, int own)
{
	int others = live - own;

	return others < m->model->max_probes && others + m->self->ok < m->model->success_threshold;
}

static void forget_counts(struct process *self)
{
	self->index = self->live = self->ok = self->failed = 0;
}

/* true: it was the last one. */
static bool count_lease(struct machine *m)
{
	struct process *self = m->self;

	self->live += !is_free(m, self->index++, self->at);
	return self->index == m->model->leases;
}

static bool room_leases(struct machine *m)
{
	m->self->ok = m->self->failed = 0;
	if (count_lease(m))
		go(m, ROOM_RESULT);
	return true;
}

static bool room_result(struct machine *m)
{
	bool room;

	read_result(m);
	room = has_room(m, m->self->live, 0);
	forget_counts(m->self);
	go(m, room ? PLACE_LEASE : FULL_CONTROL);
	return true;
}

static void next_place(struct machine *m)
{
	m->self->found_generation = m->self->found_deadline = 0;
	go(m, ++m->self->index < m->model->max_probes ? PLACE_LEASE : FULL_CONTROL);
}

static bool place_lease(struct machine *m)
{
	struct process *self = m->self;

	if (!is_free(m, self->index, self->at)) {
		next_place(m);
		return true;
	}
	self->found_generation = m->state->lease_generation[self->index];
	self->found_deadline = m->state->lease_deadline[self->index];
	go(m, mutated(m, MUTATION_TAKE_NEWER) ? PLACE_CLAIM : PLACE_CONTROL);
	return true;
}

static bool place_control(struct machine *m)
{
	go(m, m->state->generation == m->self->generation ? PLACE_CLAIM : FULL_CONTROL);
	return true;
}

static bool full_control(struct machine *m)
{
	if (m->state->generation == m->self->generation)
		rest(m);
	else
		start_again(m);
	return true;
}

static void has_place(struct machine *m)
{
	struct process *self = m->self;
	bool looks = !mutated(m, MUTATION_NO_LOOK_AFTER_CLAIM);

	self->index = self->found_generation = self->found_deadline = 0;
	if (!looks)
		go(m, LOOK_CONTROL);
	else
		go(m, mutated(m, MUTATION_RESULT_BEFORE_LEASES) ? LOOK_RESULT : LOOK_LEASES);
}

static bool place_claim(struct machine *m)
{
	struct process *self = m->self;
	struct state *state = m->state;
	int slot = self->index;

	if (state->lease_generation[slot] != self->found_generation ||
	    state->lease_deadline[slot] != self->found_deadline) {
		next_place(m);
		return true;
	}
	self->slot = (uint8_t)(slot + 1);
	self->deadline = (uint8_t)(self->at + m->model->lease_ticks);
	state->lease_generation[slot] = self->generation;
	state->lease_deadline[slot] = self->deadline;
	has_place(m);
	return true;
}

static void look_is_done(struct machine *m)
{
	bool room = has_room(m, m->self->live, 1);

	forget_counts(m->self);
	go(m, room ? LOOK_CONTROL : GIVE_BACK);
}

static bool look_leases(struct machine *m)
{
	if (!count_lease(m))
		return true;
	if (mutated(m, MUTATION_RESULT_BEFORE_LEASES))
		look_is_done(m);
	else
		go(m, LOOK_RESULT);
	return true;
}

static bool look_result(struct machine *m)
{
	read_result(m);
	m->self->failed = 0;
	if (mutated(m, MUTATION_RESULT_BEFORE_LEASES))
		go(m, LOOK_LEASES);
	else
		look_is_done(m);
	return true;
}

static bool look_control(struct machine *m)
{
	struct process *self = m->self;
	bool same = m->state->generation == self->generation;

	self->at = 0;
	self->again = !same;
	self->pending = same;
	go(m, same ? HOLD_PROBE : GIVE_BACK);
	return true;
}

static void free_lease(struct machine *m)
{
	struct state *state = m->state;
	int slot = m->self->slot - 1;

	if (!mutated(m, MUTATION_FREE_WHATEVER) &&
	    (state->lease_generation[slot] != m->self->generation ||
	     state->lease_deadline[slot] != m->self->deadline))
		return;
	state->lease_generation[slot] = state->lease_deadline[slot] = 0;
}

static bool give_back(struct machine *m)
{
	free_lease(m);
	if (m->self->again)
		start_again(m);
	else
		rest(m);
	return true;
}

/* ---- record of a ticket of CLOSED: one failure opens ---- */

static bool hold_plain(struct machine *m)
{
	if (m->choice == FAILURE)
		go(m, PLAIN_CONTROL);
	else
		rest(m);
	return m->choice == FAILURE || m->choice == SUCCESS;
}

static bool plain_control(struct machine *m)
{
	if (m->state->generation != m->self->generation)
		rest(m);
	else
		go(m, PLAIN_OPEN);
	return true;
}

static bool plain_open(struct machine *m)
{
	if (!transition(m, MODEL_CLOSED, 0, MODEL_OPEN, m->state->now + m->model->open_ticks))
		return false;
	rest(m);
	return true;
}

/* ---- record of a probe ---- */

static bool hold_probe(struct machine *m)
{
	if (m->choice != SUCCESS && m->choice != FAILURE && m->choice != IGNORED)
		return false;
	m->self->outcome = (uint8_t)m->choice;
	go(m, RECORD_CONTROL);
	return true;
}

static bool record_control(struct machine *m)
{
	if (m->state->generation != m->self->generation)
		rest(m);
	else if (m->self->outcome == IGNORED || mutated(m, MUTATION_FREE_BEFORE_COUNT))
		go(m, RECORD_FREE);
	else
		go(m, RECORD_RESULT);
	return true;
}

static bool record_result(struct machine *m)
{
	struct process *self = m->self;

	self->found_generation = m->state->result_generation;
	self->ok = m->state->ok;
	self->failed = m->state->failed;
	go(m, mutated(m, MUTATION_COUNT_LATE) ? RECORD_COUNT : RECORD_CHECK);
	return true;
}

static bool record_check(struct machine *m)
{
	if (m->state->generation == m->self->generation)
		go(m, RECORD_COUNT);
	else
		rest(m);
	return true;
}

static bool record_count(struct machine *m)
{
	struct process *self = m->self;
	struct state *state = m->state;
	bool same = state->result_generation == self->found_generation && state->ok == self->ok &&
		    state->failed == self->failed;
	bool stale = self->found_generation < self->generation;

	self->found_generation = self->ok = self->failed = 0;
	if (!same) {
		go(m, RECORD_RESULT);
		return true;
	}
	if (stale) {
		state->result_generation = self->generation;
		state->ok = state->failed = 0;
	}
	state->ok += self->outcome == SUCCESS;
	state->failed += self->outcome == FAILURE;
	state->overdue_ok += self->outcome == SUCCESS && self->deadline <= state->now &&
			     state->generation == self->generation;
	self->pending = 0;
	go(m, mutated(m, MUTATION_FREE_BEFORE_COUNT) ? RECORD_JUDGE : RECORD_FREE);
	return true;
}

static bool record_free(struct machine *m)
{
	struct process *self = m->self;

	free_lease(m);
	if (mutated(m, MUTATION_FREE_BEFORE_COUNT) && self->outcome != IGNORED) {
		go(m, RECORD_RESULT);
		return true;
	}
	*self = (struct process){ .place = RECORD_JUDGE, .generation = self->generation };
	return true;
}

static bool record_judge(struct machine *m)
{
	struct process *self = m->self;

	read_result(m);
	if (self->failed > 0)
		go(m, RECORD_REOPEN);
	else if (self->ok >= m->model->success_threshold)
		go(m, RECORD_CLOSE);
	else
		rest(m);
	return true;
}

static bool record_close(struct machine *m)
{
	if (!transition(m, MODEL_HALF_OPEN, 0, MODEL_CLOSED, 0))
		return false;
	rest(m);
	return true;
}

static bool record_reopen(struct machine *m)
{
	if (!reopen(m))
		return false;
	rest(m);
	return true;
}

static bool idle(struct machine *m)
{
	go(m, ACQUIRE_CONTROL);
	return true;
}

static const struct {
	const char *text;
	bool (*step)(struct machine *m);
} places[] = {
	[IDLE] = { "begins to acquire", idle },
	[ACQUIRE_CONTROL] = { "acquire: loads control", acquire_control },
	[ACQUIRE_RETRY_DUE] = { "acquire: open, reads the clock", acquire_retry_due },
	[ACQUIRE_HALF_OPEN] = { "acquire: CAS control to half-open", acquire_half_open },
	[ACQUIRE_CLOCK] = { "acquire: half-open, reads the clock", acquire_clock },
	[ACQUIRE_RESULT] = { "acquire: loads probe result", acquire_result },
	[ACQUIRE_REOPEN] = { "acquire: finishes the reopening, CAS control", acquire_reopen },
	[ACQUIRE_CLOSE] = { "acquire: finishes the closing, CAS control", acquire_close },
	[ROOM_LEASES] = { "acquire: loads a lease", room_leases },
	[ROOM_RESULT] = { "acquire: loads probe result", room_result },
	[PLACE_LEASE] = { "claims: loads a lease", place_lease },
	[PLACE_CONTROL] = { "claims: loads control", place_control },
	[PLACE_CLAIM] = { "claims: CAS lease", place_claim },
	[FULL_CONTROL] = { "is rejected if control is the same", full_control },
	[LOOK_LEASES] = { "looks again: loads a lease", look_leases },
	[LOOK_RESULT] = { "looks again: loads probe result", look_result },
	[LOOK_CONTROL] = { "looks again: loads control", look_control },
	[GIVE_BACK] = { "gives back, CAS lease", give_back },
	[HOLD_PLAIN] = { "its call ends", hold_plain },
	[PLAIN_CONTROL] = { "record: loads control", plain_control },
	[PLAIN_OPEN] = { "record: opens, CAS control", plain_open },
	[HOLD_PROBE] = { "its probe ends", hold_probe },
	[RECORD_CONTROL] = { "record: loads control", record_control },
	[RECORD_RESULT] = { "record: loads probe result", record_result },
	[RECORD_CHECK] = { "record: loads control again", record_check },
	[RECORD_COUNT] = { "record: counts, CAS probe result", record_count },
	[RECORD_FREE] = { "record: frees, CAS lease", record_free },
	[RECORD_JUDGE] = { "record: loads probe result again", record_judge },
	[RECORD_CLOSE] = { "record: closes, CAS control", record_close },
	[RECORD_REOPEN] = { "record: reopens, CAS control", record_reopen },
};

static bool may_choose(const struct process *self, enum choice choice)
{
	bool asks = self->place == HOLD_PLAIN || self->place == HOLD_PROBE;

	return choice == CRASH ? self->place != IDLE : asks == (choice != GO);
}

void model_begin(const struct model *model, struct state *state)
{
	(void)model;
	memset(state, 0, sizeof(*state));
	state->control = MODEL_OPEN;
	state->generation = 1;
	state->winners = 1;
}

bool model_step(const struct model *model, struct state *state, int process, enum choice choice)
{
	struct machine m = { model, state, &state->process[process], choice };

	if (!may_choose(m.self, choice))
		return false;
	if (choice == CRASH) {
		rest(&m);
		return true;
	}
	return places[m.self->place].step(&m);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct process));
}

void model_sort(const struct model *model, struct state *state)
{
	qsort(state->process, (size_t)model->processes, sizeof(struct process), compare);
}

const char *model_place_text(enum place place)
{
	return places[place].text;
}

const char *model_choice_text(enum choice choice)
{
	static const char *const texts[CHOICES] = { "", " with success", " with failure",
						    " as ignored", " - killed here instead" };

	return texts[choice];
}

const char *model_mutation_text(enum mutation mutation)
{
	static const char *const texts[MUTATIONS] = {
		"the algorithm",
		"no look after the claim",
		"probe result read before the leases",
		"free before count",
		"free without exact CAS",
		"no repair on acquire",
		"no stealing",
		"no look at control before a claim",
		"control by store",
		"late results count",
	};

	return texts[mutation];
}
