/* engine_restore.c - what an earlier daemon left in the store: points, states, changes, and the
 * marks that end its rows.
 *
 * The journal holds a day. Trouble that is older began with entries that have left that day, and
 * among them is its first cause: then they are read, too, from a minute before it began.
 */
#include "base/xalloc.h"
#include "daemon/engine_impl.h"

static void note_alive(struct engine *engine, struct bw_wall at)
{
	if (at.us > engine->last_alive.us)
		engine->last_alive = at;
}

static void restore_point(void *arg, const struct bw_history_point *point)
{
	struct engine *engine = arg;

	note_alive(engine, point->time);
	xalloc_must(bw_history_add(bw_dashboard_history(engine->dashboard), point));
}

/* One that went while no daemon ran is as gone as one that a reload takes away. */
static void restore_state(void *arg, const struct store_state *state)
{
	struct engine *engine = arg;
	struct component *component = roster_find(engine->roster, state->component);

	note_alive(engine, state->last_check);
	recorder_left_by_earlier(engine->recorder, state->component);
	if (component != NULL)
		component_restore(component, state);
}

static void restore_change(void *arg, const struct bw_change *change)
{
	struct engine *engine = arg;

	chronicle_restore(engine->chronicle, change);
}

static void restore_changes(struct engine *engine)
{
	const struct bw_wall day = { engine->stats.started.us - CHRONICLE_WINDOW_US };
	struct bw_wall cause;

	store_load_changes(engine->store, day, restore_change, engine);
	if (!chronicle_cause_from(engine->chronicle, &cause) || cause.us >= day.us)
		return;
	chronicle_forget(engine->chronicle);
	store_load_changes(engine->store, cause, restore_change, engine);
}

static void hold_subjects(struct engine *engine)
{
	const struct guard *guard;
	size_t cursor = 0;

	for (size_t i = 0; i < roster_count(engine->roster); i++)
		chronicle_hold(engine->chronicle, BW_CHANGE_COMPONENT,
			       component_name(roster_get(engine->roster, i)));
	while ((guard = guards_next(engine->guards, &cursor)) != NULL)
		chronicle_hold(engine->chronicle, BW_CHANGE_BREAKER, guard_name(guard));
}

void engine_restore(struct engine *engine)
{
	const struct bw_wall day = { engine->stats.started.us - CHRONICLE_WINDOW_US };
	struct bw_wall told;

	if (engine->store == NULL)
		return;
	store_load_points(engine->store, day, restore_point, engine);
	store_load_states(engine->store, restore_state, engine);
	restore_changes(engine);
	hold_subjects(engine);
	told = chronicle_latest(engine->chronicle);
	if (told.us < engine->last_alive.us || told.us > engine->stats.started.us)
		told = engine->last_alive;
	engine->left_at = told;
	recorder_start(engine->recorder, told);
}
