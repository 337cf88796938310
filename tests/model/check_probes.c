/* check_probes.c - walks through every state of the model and holds each against the properties.
 *
 * In every reachable state: probes handed out and in flight with a live lease are at most
 * max_probes; together with the successes counted they are at most success_threshold, but for
 * successes that came after their lease had run out; each generation was made by one process; a
 * step of a process of another generation changes nothing of the current one; and whoever is left
 * alone there, all others killed, gets the breaker out of HALF_OPEN within a lease, and out of
 * OPEN within the open period.
 *
 * A checker that cannot fail proves nothing: each mutation leaves out one rule of the algorithm,
 * and the walk must find its violation. What it prints of a violation is the way there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/probes.h"
#include "model/states.h"

enum { STATES_MAX = 6 * 1000 * 1000, ALONE_STEPS = 400 };

static int live_probes(const struct model *model, const struct state *state)
{
	int live = 0;

	for (int i = 0; i < model->processes; i++) {
		const struct process *process = &state->process[i];

		live += process->pending && process->generation == state->generation &&
			process->deadline > state->now;
	}
	return live;
}

static int counted_ok(const struct state *state)
{
	return state->result_generation == state->generation ? state->ok : 0;
}

/* One process alone from here on: what it is admitted to succeeds, when it is rejected a tick
 * passes. Ticks until control changed; -1: never. */
static int ticks_until_change(const struct model *model, const struct state *state)
{
	struct model alone = *model;
	struct state copy = *state;
	uint8_t generation = state->generation;

	alone.generations = UINT8_MAX;
	memset(copy.process, 0, sizeof(copy.process));
	for (int i = 0; i < ALONE_STEPS; i++) {
		bool acquires = copy.process[0].place < HOLD_PLAIN && copy.process[0].place != IDLE;

		if (!model_step(&alone, &copy, 0, GO) && !model_step(&alone, &copy, 0, SUCCESS))
			return -1;
		if (copy.generation != generation)
			return copy.now - state->now;
		if (acquires && copy.process[0].place == IDLE)
			copy.now++;
	}
	return -1;
}

static const char *wrong_state(const struct model *model, const struct state *state)
{
	int live = live_probes(model, state), ticks;

	if (state->winners != state->generation)
		return "a generation has not exactly one winner";
	if (state->control == MODEL_HALF_OPEN) {
		if (live > model->max_probes)
			return "more live probes than max_probes";
		if (live + counted_ok(state) - state->overdue_ok > model->success_threshold)
			return "probes in flight and successes are more than success_threshold";
	}
	if (state->control == MODEL_CLOSED)
		return NULL;
	ticks = ticks_until_change(model, state);
	if (ticks < 0 ||
	    ticks > (state->control == MODEL_OPEN ? model->open_ticks : model->lease_ticks))
		return "stuck";
	return NULL;
}

/* What the processes of the current generation can see of it. */
static bool same_to_the_current(const struct state *a, const struct state *b)
{
	if (a->control != b->control || a->generation != b->generation ||
	    a->deadline != b->deadline || counted_ok(a) != counted_ok(b))
		return false;
	if (a->result_generation == a->generation && a->failed != b->failed)
		return false;
	for (int i = 0; i < LEASES_MAX; i++)
		if (a->lease_generation[i] == a->generation &&
		    (b->lease_generation[i] != a->generation ||
		     b->lease_deadline[i] != a->lease_deadline[i]))
			return false;
	return true;
}

static const char *wrong_step(const struct state *before, const struct state *after, int process)
{
	uint8_t generation = before->process[process].generation;

	if (generation != 0 && generation != before->generation &&
	    !same_to_the_current(before, after))
		return "a step of another generation changed this one";
	return NULL;
}

/* ---- walking ---- */

struct walk {
	const struct model *model;
	struct states states;
	uint32_t at;       /* the state being left */
	const char *wrong; /* the first property that does not hold */
};

static void met(struct walk *walk, struct state *state, const char *wrong)
{
	model_sort(walk->model, state);
	if (!states_add(&walk->states, state, walk->at))
		return;
	walk->wrong = wrong ? wrong : wrong_state(walk->model, state);
}

static void leave(struct walk *walk, const struct state *from)
{
	struct state next;

	for (int process = 0; process < walk->model->processes && !walk->wrong; process++)
		for (int choice = 0; choice < CHOICES && !walk->wrong; choice++) {
			next = *from;
			if (model_step(walk->model, &next, process, (enum choice)choice))
				met(walk, &next, wrong_step(from, &next, process));
		}
	if (from->now < walk->model->ticks && !walk->wrong) {
		next = *from;
		next.now++;
		met(walk, &next, NULL);
	}
}

static void walk_all(struct walk *walk)
{
	struct state state;

	states_clear(&walk->states);
	walk->wrong = NULL;
	walk->at = 0;
	model_begin(walk->model, &state);
	met(walk, &state, NULL);
	for (; walk->at < walk->states.count && !walk->wrong; walk->at++) {
		state = *(const struct state *)states_get(&walk->states, walk->at);
		leave(walk, &state);
	}
}

/* ---- telling ---- */

static void tell_state(const struct model *model, const struct state *state)
{
	static const char *const texts[] = { "CLOSED", "OPEN", "HALF_OPEN" };

	printf("    t=%d %s gen %d", state->now, texts[state->control], state->generation);
	printf(" result {%d: ok %d failed %d} leases", state->result_generation, state->ok,
	       state->failed);
	for (int i = 0; i < model->leases; i++)
		printf(" {%d: %d}", state->lease_generation[i], state->lease_deadline[i]);
	printf("\n");
	for (int i = 0; i < model->processes; i++)
		if (state->process[i].place != IDLE)
			printf("        gen %d, next: %s\n", state->process[i].generation,
			       model_place_text((enum place)state->process[i].place));
}

static void tell_way(const struct walk *walk)
{
	uint32_t way[1024], length = 0, at = (uint32_t)walk->states.count - 1;

	for (; at != 0 && length < 1024; at = walk->states.parent[at])
		way[length++] = at;
	while (length-- > 0)
		tell_state(walk->model, states_get(&walk->states, way[length]));
}

/* ---- the cases ---- */

static const struct {
	struct model model;
	const char *wrong; /* NULL: every property holds */
} cases[] = {
#define MODEL(p, l, m, s)                                                                          \
	.model.processes = p, .model.leases = l, .model.max_probes = m,                            \
	.model.success_threshold = s, .model.lease_ticks = 1, .model.open_ticks = 1
#define BOUNDS(g, t) .model.generations = g, .model.ticks = t
	{ MODEL(2, 2, 1, 1), BOUNDS(5, 3) },
	{ MODEL(2, 2, 1, 2), BOUNDS(4, 3) },
	{ MODEL(2, 3, 2, 2), BOUNDS(4, 2) },
	{ MODEL(2, 2, 2, 3), BOUNDS(3, 2) },
	{ MODEL(3, 2, 2, 2), BOUNDS(2, 1) },
	{ MODEL(2, 2, 2, 1), BOUNDS(4, 2), .model.mutation = MUTATION_NO_LOOK_AFTER_CLAIM,
	  .wrong = "probes in flight and successes are more than success_threshold" },
	{ MODEL(3, 2, 2, 2), BOUNDS(2, 0), .model.mutation = MUTATION_RESULT_BEFORE_LEASES,
	  .wrong = "probes in flight and successes are more than success_threshold" },
	{ MODEL(2, 2, 2, 2), BOUNDS(4, 2), .model.mutation = MUTATION_FREE_BEFORE_COUNT,
	  .wrong = "probes in flight and successes are more than success_threshold" },
	{ MODEL(3, 2, 1, 2), BOUNDS(2, 1), .model.mutation = MUTATION_FREE_WHATEVER,
	  .wrong = "more live probes than max_probes" },
	{ MODEL(2, 2, 1, 1), BOUNDS(4, 2), .model.mutation = MUTATION_NO_REPAIR, .wrong = "stuck" },
	{ MODEL(2, 2, 1, 1), BOUNDS(4, 2), .model.mutation = MUTATION_NO_STEAL, .wrong = "stuck" },
	{ MODEL(2, 2, 1, 1), BOUNDS(6, 4), .model.mutation = MUTATION_TAKE_NEWER,
	  .wrong = "a step of another generation changed this one" },
	{ MODEL(2, 2, 1, 1), BOUNDS(5, 2), .model.mutation = MUTATION_STORE_CONTROL,
	  .wrong = "a generation has not exactly one winner" },
	{ MODEL(2, 2, 1, 1), BOUNDS(6, 4), .model.mutation = MUTATION_COUNT_LATE,
	  .wrong = "a step of another generation changed this one" },
};

/* true: what was found is what must be found. */
static bool run_case(struct walk *walk, size_t number)
{
	const char *wanted = cases[number].wrong;
	bool right;

	walk->model = &cases[number].model;
	walk_all(walk);
	right = wanted ? walk->wrong && !strcmp(walk->wrong, wanted) : !walk->wrong;
	printf("%s %s: %d processes, max_probes %d, success_threshold %d: %zu states: %s\n",
	       right ? "ok  " : "FAIL", model_mutation_text(walk->model->mutation),
	       walk->model->processes, walk->model->max_probes, walk->model->success_threshold,
	       walk->states.count, walk->wrong ? walk->wrong : "all properties hold");
	if (!right && walk->wrong)
		tell_way(walk);
	return right;
}

int main(void)
{
	struct walk walk = { 0 };
	size_t count = sizeof(cases) / sizeof(cases[0]), failed = 0;

	states_init(&walk.states, sizeof(struct state), STATES_MAX);
	for (size_t i = 0; i < count; i++)
		failed += !run_case(&walk, i);
	states_finish(&walk.states);
	printf("%zu passed, %zu failed\n", count - failed, failed);
	return failed ? 1 : 0;
}
