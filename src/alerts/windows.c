/* windows.c - which planned windows are open now.
 *
 * Schedules are asked only when one of them has an edge; between two edges nothing changes.
 */
#include <stdlib.h>

#include "alerts/maintenance.h"
#include "alerts/noise_impl.h"
#include "base/xalloc.h"

void windows_configure(struct noise *noise)
{
	free(noise->windows);
	noise->windows = xcalloc(noise->settings->window_count + 1, sizeof(*noise->windows));
	noise->window_due.us = INT64_MIN;
	noise->version++;
}

void windows_advance(struct noise *noise, struct bw_wall now)
{
	bool changed = false;

	if (now.us < noise->window_due.us)
		return;
	noise->window_due = BW_WALL_NEVER;
	for (size_t i = 0; i < noise->settings->window_count; i++) {
		const struct maintenance_window *window = &noise->settings->windows[i];
		struct window_row *row = &noise->windows[i];
		struct maintenance_state state;

		maintenance_look(window, now, &state);
		changed = changed || state.is_open != row->is_open;
		row->is_open = state.is_open;
		row->edge = maintenance_edge(window, now);
		noise_due_by(&noise->window_due, row->edge);
	}
	if (!changed)
		return;
	noise->version++;
	noise_push_all(noise);
}

const struct maintenance_window *windows_find(const struct noise *noise,
					      const struct alert_labels *labels)
{
	for (size_t i = 0; i < noise->settings->window_count; i++) {
		const struct maintenance_window *window = &noise->settings->windows[i];

		if (noise->windows[i].is_open && matchers_match(window->matchers, labels))
			return window;
	}
	return NULL;
}

const char *noise_maintenance_of(const struct noise *noise, const struct alert_subject *subject)
{
	const struct maintenance_window *window;
	struct alert_labels labels;

	if (noise->settings->window_count == 0)
		return NULL;
	subject_labels_read(subject, &noise->options.relations, &labels);
	window = windows_find(noise, &labels);
	return window ? window->name : NULL;
}
