/* maintenance.c - openings of a schedule are found backwards from a time, joined where they touch.
 *
 * Joining looks at no more than JOINED_MAX openings: a schedule whose windows are longer than its
 * rhythm is one window for ever, and is cut there.
 */
#include "alerts/maintenance.h"

#include "time/cron.h"

enum { JOINED_MAX = 1000 };

static bool starts_after(const struct maintenance_window *window, struct bw_wall after,
			 struct bw_wall *out)
{
	return cron_next(window->schedule, window->zone, after, out);
}

/* The end of the opening that begins at `from`, with those that begin before it ends. */
static struct bw_wall end_of(const struct maintenance_window *window, struct bw_wall from)
{
	struct bw_wall until = { from.us + window->duration_us }, next;

	for (int i = 0; i < JOINED_MAX; i++) {
		if (!starts_after(window, from, &next) || next.us > until.us)
			break;
		from = next;
		until.us = next.us + window->duration_us;
	}
	return until;
}

/* The beginning of the opening that is open at `at`; false: none is. */
static bool start_of(const struct maintenance_window *window, struct bw_wall at,
		     struct bw_wall *out)
{
	struct bw_wall before;

	if (!cron_previous(window->schedule, window->zone, at, out) ||
	    out->us + window->duration_us <= at.us)
		return false;
	for (int i = 0; i < JOINED_MAX; i++) {
		const struct bw_wall earlier = { out->us - 1 };

		if (!cron_previous(window->schedule, window->zone, earlier, &before) ||
		    before.us + window->duration_us < out->us)
			break;
		*out = before;
	}
	return true;
}

static void look_at_one_off(const struct maintenance_window *window, struct bw_wall now,
			    struct maintenance_state *out)
{
	const struct bw_wall from = { window->from_us }, until = { window->until_us };

	out->is_open = from.us <= now.us && now.us < until.us;
	if (out->is_open) {
		out->from = from;
		out->until = until;
	} else if (now.us < from.us) {
		out->next_from = from;
		out->next_until = until;
	}
}

void maintenance_look(const struct maintenance_window *window, struct bw_wall now,
		      struct maintenance_state *out)
{
	*out = (struct maintenance_state){ 0 };
	if (window->schedule == NULL) {
		look_at_one_off(window, now, out);
		return;
	}
	out->is_open = start_of(window, now, &out->from);
	if (out->is_open)
		out->until = end_of(window, out->from);
	else
		out->from.us = 0;
	if (starts_after(window, out->is_open ? out->until : now, &out->next_from))
		out->next_until = end_of(window, out->next_from);
	else
		out->next_from.us = 0;
}

struct bw_wall maintenance_edge(const struct maintenance_window *window, struct bw_wall now)
{
	struct maintenance_state state;

	maintenance_look(window, now, &state);
	if (state.is_open)
		return state.until;
	return state.next_from.us != 0 ? state.next_from : BW_WALL_NEVER;
}

bool maintenance_next(const struct maintenance_window *window, struct bw_wall after,
		      struct bw_wall to, struct bw_wall *from, struct bw_wall *until)
{
	struct maintenance_state state;

	maintenance_look(window, after, &state);
	*from = state.is_open ? state.from : state.next_from;
	*until = state.is_open ? state.until : state.next_until;
	return from->us != 0 && from->us < to.us;
}
