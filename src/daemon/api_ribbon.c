/* api_ribbon.c - see api_ribbon.h.
 *
 * The store's timeline knows that nobody looked; why is in the journal's entries of the daemon: the
 * one that lies in the gap, or shortly before it, as the last row holds for a moment.
 */
#include "daemon/api_ribbon.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/maintenance.h"
#include "base/xalloc.h"
#include "daemon/api_timeline.h"

enum { MARKS_MAX = 200, WINDOWS_MAX = 1000, ENDS_MAX = 10000, LOOKED_AT_MAX = 20000 };

#define HOLD_MOST_US (600 * BW_SECOND_US)

void api_write_strip(const struct bw_strip *strip, struct bw_wall from, struct bw_json *json)
{
	bw_json_array_begin(json);
	for (size_t i = 0; i < strip->count; i++) {
		bw_json_array_begin(json);
		api_write_s(json, strip->items[i].at.us, from.us);
		bw_json_string(json, strip->items[i].word);
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
}

void api_write_gaps(const struct bw_gap_list *gaps, struct bw_wall from, bool with_why,
		    struct bw_json *json)
{
	bw_json_key(json, "gaps");
	bw_json_array_begin(json);
	for (size_t i = 0; i < gaps->count; i++) {
		bw_json_array_begin(json);
		api_write_s(json, gaps->items[i].from.us, from.us);
		api_write_s(json, gaps->items[i].to.us, from.us);
		if (with_why)
			bw_json_string(json, gaps->items[i].why);
		bw_json_array_end(json);
	}
	bw_json_array_end(json);
}

/* --- marks: found newest first, told oldest first --- */

struct marks {
	struct bw_buf text; /* JSON of each, behind each other */
	size_t ends[MARKS_MAX];
	int count;
	int64_t from_us;
};

static void add_mark(struct marks *marks, const struct bw_change *change)
{
	struct bw_json json;

	if (marks->count == MARKS_MAX || !bw_change_is_mark(change))
		return;
	bw_json_init(&json, &marks->text);
	bw_json_array_begin(&json);
	api_write_s(&json, change->at.us, marks->from_us);
	bw_json_string(&json, bw_change_kind_text(change->kind));
	bw_json_string(&json, change->name);
	bw_json_string(&json, change->from);
	bw_json_string(&json, change->to);
	bw_json_string(&json, change->text);
	bw_json_array_end(&json);
	marks->ends[marks->count++] = marks->text.len;
}

static void write_marks(struct marks *marks, struct bw_json *json)
{
	bw_json_key(json, "marks");
	bw_json_array_begin(json);
	for (int i = marks->count; i-- > 0 && marks->text.status == BW_OK;) {
		size_t begin = i == 0 ? 0 : marks->ends[i - 1];

		bw_json_raw(json, marks->text.data + begin, marks->ends[i] - begin);
	}
	bw_json_array_end(json);
	bw_buf_finish(&marks->text);
}

/* --- from memory --- */

static void write_marks_of_journal(const struct bw_journal *journal, const struct api_range *range,
				   struct bw_json *json)
{
	const struct bw_journal_filter filter = { .from = range->from, .to = range->to };
	struct marks marks = { .from_us = range->from.us };
	struct bw_change change;
	uint64_t cursor = 0;

	bw_buf_init(&marks.text, 0);
	while (marks.count < MARKS_MAX && bw_journal_next(journal, &filter, &cursor, &change))
		add_mark(&marks, &change);
	write_marks(&marks, json);
}

void api_ribbon_of_journal(struct api *api, const struct api_range *range, struct bw_json *json)
{
	const struct bw_history *history = bw_dashboard_history(engine_dashboard(api->engine));
	const struct bw_journal *journal = engine_journal(api->engine);
	const struct bw_wall to = range->to.us < range->now.us ? range->to : range->now;
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };
	const struct bw_strip_wanted wanted = { BW_CHANGE_OVERALL, "", range->from, to, &gaps };

	xalloc_must(bw_journal_gaps(journal, range->from, to, &gaps));
	xalloc_must(bw_gap_list_spare(&gaps, history));
	xalloc_must(bw_journal_strip(journal, &wanted, &strip));
	bw_json_key(json, "status");
	api_write_strip(&strip, range->from, json);
	api_write_gaps(&gaps, range->from, true, json);
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
	write_marks_of_journal(journal, range, json);
}

/* --- from the store --- */

/* When a daemon ended, newest first. */
struct daemon_end {
	int64_t at_us;
	const char *why;
};

struct daemon_ends {
	struct daemon_end *items;
	size_t count;
};

static void add_end(void *arg, const struct bw_change *change)
{
	struct daemon_ends *ends = arg;
	const char *why = strcmp(change->to, "stopped") == 0 ? "stopped"
			  : strcmp(change->to, "lost") == 0  ? "lost"
							     : NULL;

	if (why != NULL && ends->count < ENDS_MAX)
		ends->items[ends->count++] = (struct daemon_end){ change->at.us, why };
}

static const char *why_of(const struct bw_gap *gap, const struct daemon_ends *ends,
			  int64_t before_us)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (ends->items[i].at_us > gap->to.us)
			continue;
		return ends->items[i].at_us >= gap->from.us - before_us ? ends->items[i].why
									: "not recorded";
	}
	return "not recorded";
}

static enum bw_status explain(struct store_view *view, const struct api_series *series,
			      struct bw_gap_list *gaps, struct bw_error *err)
{
	const int64_t before_us = HOLD_MOST_US + series->resolution_us;
	const struct view_changes_wanted wanted = { .from_us = series->from.us - before_us,
						    .to_us = series->to.us,
						    .has_kind = true,
						    .kind = BW_CHANGE_DAEMON,
						    .limit = ENDS_MAX };
	struct daemon_ends ends = { .items = xcalloc(ENDS_MAX, sizeof(*ends.items)) };
	enum bw_status status = store_view_changes(view, &wanted, add_end, &ends, err);

	for (size_t i = 0; status == BW_OK && i < gaps->count; i++)
		gaps->items[i].why = why_of(&gaps->items[i], &ends, before_us);
	free(ends.items);
	return status;
}

static void on_mark(void *arg, const struct bw_change *change)
{
	add_mark(arg, change);
}

static enum bw_status write_marks_of_store(struct store_view *view, const struct api_series *series,
					   struct bw_json *json, struct bw_error *err)
{
	const struct view_changes_wanted wanted = { .from_us = series->from.us,
						    .to_us = series->to.us,
						    .limit = LOOKED_AT_MAX };
	struct marks marks = { .from_us = series->from.us };

	bw_buf_init(&marks.text, 0);
	enum bw_status status = store_view_changes(view, &wanted, on_mark, &marks, err);
	write_marks(&marks, json);
	return status;
}

enum bw_status api_ribbon_of_store(struct store_view *view, const struct api_series *series,
				   struct bw_json *json, struct bw_error *err)
{
	const struct api_timeline timeline = { series->kind, &series->timeline, series->from.us,
					       api_series_end_us(series) };
	struct bw_gap_list gaps = { 0 };
	enum bw_status status;

	bw_json_key(json, "status");
	api_timeline_write_states(&timeline, json);
	api_timeline_gaps(&timeline, &gaps);
	status = explain(view, series, &gaps, err);
	api_write_gaps(&gaps, series->from, true, json);
	bw_gap_list_finish(&gaps);
	return status == BW_OK ? write_marks_of_store(view, series, json, err) : status;
}

/* --- planned --- */

static void write_window(const struct maintenance_window *window, const struct api_range *range,
			 int *room, struct bw_json *json)
{
	struct bw_wall after = range->from, from, until;

	while (*room > 0 && maintenance_next(window, after, range->to, &from, &until)) {
		bw_json_array_begin(json);
		api_write_s(json, from.us < range->from.us ? range->from.us : from.us,
			    range->from.us);
		api_write_s(json, until.us > range->to.us ? range->to.us : until.us,
			    range->from.us);
		bw_json_string(json, window->reason);
		bw_json_array_end(json);
		after = until;
		--*room;
	}
}

void api_ribbon_maintenance(struct api *api, const struct api_range *range, struct bw_json *json)
{
	const struct alerts_settings *settings = &engine_settings(api->engine)->alerts;
	int room = WINDOWS_MAX;

	bw_json_key(json, "maintenance");
	bw_json_array_begin(json);
	for (size_t i = 0; i < settings->window_count; i++)
		write_window(&settings->windows[i], range, &room, json);
	bw_json_array_end(json);
}
