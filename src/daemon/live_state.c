/* live_state.c - parts are compared as bytes, rows and breakers by a hash of what a patch says of
 * them.
 *
 * Invariant: a reader who holds a snapshot and every later patch holds what a snapshot built now
 * would say. Snapshots are built between turns and may know more than the latest patch, so what one
 * shows and no patch has told is marked as not sent and goes out with the next turn, whatever it is
 * by then.
 */
#include "daemon/live_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/strmap.h"
#include "base/xalloc.h"
#include "daemon/live_alerts.h"
#include "daemon/live_columns.h"
#include "daemon/views.h"

enum { ROSTER_TEXT_MAX = 17, PART_COUNT = 9 };

struct part {
	struct bw_buf last, fresh;
	bool is_sent; /* readers have `last` */
};

/* What is written for whom, and so what counts as sent afterwards. */
enum purpose {
	FOR_PATCH, /* readers hold all that was sent before */
	FOR_FIRST, /* a snapshot, and nobody holds anything older */
	FOR_LATER, /* a snapshot, and others go on with what they hold */
};

struct live_state {
	struct engine *engine;
	const struct publisher *publisher;
	char roster[ROSTER_TEXT_MAX];
	struct part parts[PART_COUNT];
	uint64_t *rows; /* hash of each as it was sent; 0: not sent */
	size_t row_count;
	struct bw_strmap *breakers; /* likewise by name: uint64_t, each allocated */
	struct part maintained;     /* positions of components in maintenance */
	uint64_t windows;           /* of the windows that `maintained` is of */
};

static void write_overview(const struct live_state *state, struct bw_json *json)
{
	bw_dashboard_write_steady_overview(engine_dashboard(state->engine), json);
}

static void write_metrics(const struct live_state *state, struct bw_json *json)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(engine_dashboard(state->engine), &metrics);
	bw_dashboard_write_metrics(engine_dashboard(state->engine), &metrics, json);
}

static void write_resources(const struct live_state *state, struct bw_json *json)
{
	bw_dashboard_write_resources(engine_dashboard(state->engine), json);
}

static void write_metadata(const struct live_state *state, struct bw_json *json)
{
	struct engine_stats stats;

	engine_stats(state->engine, &stats);
	bw_json_object_begin(json);
	bw_json_key(json, "started");
	bw_json_wall(json, stats.started);
	bw_json_key(json, "auto_refresh_interval");
	bw_json_int(json, engine_settings(state->engine)->refresh_us / BW_SECOND_US);
	publisher_write_metadata(state->publisher, json);
	bw_json_object_end(json);
}

static void write_thresholds(const struct live_state *state, struct bw_json *json)
{
	view_write_thresholds(&engine_settings(state->engine)->thresholds, json);
}

static void write_alerts(const struct live_state *state, struct bw_json *json)
{
	live_write_alerts(state->engine, json);
}

static void write_silences(const struct live_state *state, struct bw_json *json)
{
	live_write_silences(state->engine, json);
}

static void write_maintenance(const struct live_state *state, struct bw_json *json)
{
	live_write_maintenance(state->engine, json);
}

static void write_channels(const struct live_state *state, struct bw_json *json)
{
	live_write_channels(state->engine, json);
}

static const struct {
	const char *key;
	void (*write)(const struct live_state *state, struct bw_json *json);
} part_rows[PART_COUNT] = {
	{ "overview", write_overview },     { "metrics", write_metrics },
	{ "resources", write_resources },   { "metadata", write_metadata },
	{ "thresholds", write_thresholds }, { "alerts", write_alerts },
	{ "silences", write_silences },     { "maintenance", write_maintenance },
	{ "channels", write_channels },
};

static void part_init(struct part *part)
{
	bw_buf_init(&part->last, 0);
	bw_buf_init(&part->fresh, 0);
}

static void part_finish(struct part *part)
{
	bw_buf_finish(&part->last);
	bw_buf_finish(&part->fresh);
}

struct live_state *live_state_create(struct engine *engine, const struct publisher *publisher)
{
	struct live_state *state = xcalloc(1, sizeof(*state));

	state->engine = engine;
	state->publisher = publisher;
	state->breakers = bw_strmap_create();
	if (state->breakers == NULL)
		xalloc_die();
	for (size_t i = 0; i < PART_COUNT; i++)
		part_init(&state->parts[i]);
	part_init(&state->maintained);
	return state;
}

static void destroy_breakers(struct bw_strmap *breakers)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(breakers, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(breakers);
}

void live_state_destroy(struct live_state *state)
{
	if (state == NULL)
		return;
	for (size_t i = 0; i < PART_COUNT; i++)
		part_finish(&state->parts[i]);
	part_finish(&state->maintained);
	destroy_breakers(state->breakers);
	free(state->rows);
	free(state);
}

const char *live_state_roster(const struct live_state *state)
{
	return state->roster;
}

/* The tightest time behind which a result is no longer healthy; else what all are measured by. */
static int64_t limit_of(const struct live_state *state, const struct component_settings *settings)
{
	double standard_ms = engine_settings(state->engine)->thresholds.response_time_ms;
	int64_t limit_us = 0;

	if (settings->kind != NULL)
		limit_us = check_within_us(settings->kind, settings->settings, &settings->common);
	if (limit_us > 0)
		return limit_us;
	limit_us = (int64_t)(standard_ms * 1000.0);
	if (settings->kind != NULL && !settings->kind->passive &&
	    settings->common.timeout_us < limit_us)
		limit_us = settings->common.timeout_us;
	return limit_us;
}

static struct live_row row_of(const struct live_state *state, const struct component *component)
{
	const struct component_settings *settings = component_settings(component);
	struct store_state now;

	component_state(component, &now);
	return (struct live_row){
		.name = settings->name,
		.group = settings->group,
		.kind = settings->kind == NULL ? "breaker" : settings->kind->name,
		.critical = settings->critical,
		.limit_us = limit_of(state, settings),
		.health = now.health,
		.has_response = now.has_response,
		.response_us = now.response_us,
		.checked = component_last_check(component),
		.since = now.since,
		.error = now.error,
	};
}

bool live_state_take_roster(struct live_state *state)
{
	struct engine_stats stats;
	char text[ROSTER_TEXT_MAX];
	uint64_t hash;

	engine_stats(state->engine, &stats);
	hash = live_hash(1, &stats.started, sizeof(stats.started));
	for (size_t i = 0; i < engine_component_count(state->engine); i++) {
		struct live_row row = row_of(state, engine_component(state->engine, i));

		hash = live_row_identity(&row, hash);
	}
	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	if (strcmp(text, state->roster) == 0)
		return false;
	memcpy(state->roster, text, sizeof(text));
	state->row_count = engine_component_count(state->engine);
	free(state->rows);
	state->rows = xcalloc(state->row_count + 1, sizeof(*state->rows));
	return true;
}

/* Its hash as it was sent; 0: not sent. */
static uint64_t *sent_of_breaker(struct live_state *state, const char *name)
{
	uint64_t *sent = bw_strmap_get(state->breakers, name);

	if (sent == NULL) {
		sent = xcalloc(1, sizeof(*sent));
		xalloc_must(bw_strmap_put(state->breakers, name, sent));
	}
	return sent;
}

static size_t write_changed_breakers(struct live_state *state, enum purpose purpose,
				     struct bw_json *json)
{
	const struct bw_dashboard *dashboard = engine_dashboard(state->engine);
	struct guards *guards = engine_guards(state->engine);
	const char *text;
	struct guard *guard;
	size_t cursor = 0, count = 0, len;

	bw_json_key(json, "changed");
	bw_json_object_begin(json);
	while ((guard = guards_next(guards, &cursor)) != NULL) {
		const char *name = guard_name(guard);
		uint64_t *sent, hash;

		if (!bw_dashboard_breaker_fragment(dashboard, name, &text, &len))
			continue;
		sent = sent_of_breaker(state, name);
		hash = live_hash(1, text, len) | 1; /* never 0 */
		if (*sent == hash && purpose == FOR_PATCH)
			continue;
		if (*sent != hash)
			*sent = purpose == FOR_LATER ? 0 : hash;
		bw_json_key(json, name);
		bw_json_raw(json, text, len);
		count++;
	}
	bw_json_object_end(json);
	return count;
}

static size_t write_removed_breakers(struct live_state *state, struct bw_json *json)
{
	struct guards *guards = engine_guards(state->engine);
	struct bw_strmap_entry entry;
	size_t cursor = 0, count = 0;

	while (bw_strmap_count(state->breakers) > guards_count(guards) &&
	       bw_strmap_next(state->breakers, &cursor, &entry)) {
		if (guards_find(guards, entry.key) != NULL)
			continue;
		bw_json_string(json, entry.key);
		free(bw_strmap_remove(state->breakers, entry.key));
		count++;
	}
	return count;
}

/* The whole part; false when nobody needs it, and then it is taken back. */
static bool write_breakers(struct live_state *state, enum purpose purpose, struct bw_json *json)
{
	const struct bw_json before = *json;
	const size_t len = json->buf->len;

	bw_json_key(json, "breakers");
	bw_json_object_begin(json);
	bw_dashboard_write_breaker_states(engine_dashboard(state->engine), json);
	size_t count = write_changed_breakers(state, purpose, json);
	bw_json_key(json, "removed");
	bw_json_array_begin(json);
	if (purpose == FOR_PATCH)
		count += write_removed_breakers(state, json);
	bw_json_array_end(json);
	bw_json_object_end(json);
	if (count > 0 || purpose != FOR_PATCH)
		return true;
	*json = before;
	json->buf->len = len;
	return false;
}

/* Writes the part anew; true when it is not what readers have. */
static bool refresh_part(struct live_state *state, size_t nth)
{
	struct part *part = &state->parts[nth];
	struct bw_json json;

	bw_buf_clear(&part->fresh);
	bw_json_init(&json, &part->fresh);
	part_rows[nth].write(state, &json);
	xalloc_must(part->fresh.status);
	return !part->is_sent || part->fresh.len != part->last.len ||
	       memcmp(part->fresh.data, part->last.data, part->last.len) != 0;
}

static void keep_fresh(struct part *part)
{
	const struct bw_buf kept = part->last;

	part->last = part->fresh;
	part->fresh = kept;
	part->is_sent = true;
}

static bool write_changed_parts(struct live_state *state, struct bw_json *json)
{
	bool any = false;

	for (size_t i = 0; i < PART_COUNT; i++) {
		struct part *part = &state->parts[i];

		if (!refresh_part(state, i))
			continue;
		keep_fresh(part);
		bw_json_key(json, part_rows[i].key);
		bw_json_raw(json, part->last.data, part->last.len);
		any = true;
	}
	return any;
}

/* Which components are maintained changes with the windows alone, so most turns ask nobody. */
static bool refresh_maintained(struct live_state *state)
{
	struct part *part = &state->maintained;
	uint64_t windows = alerting_windows_version(engine_alerting(state->engine));
	struct bw_json json;

	if (windows != state->windows) {
		bw_buf_clear(&part->fresh);
		bw_json_init(&json, &part->fresh);
		live_write_maintained(state->engine, &json);
		xalloc_must(part->fresh.status);
		state->windows = windows;
	}
	return !part->is_sent || part->fresh.len != part->last.len ||
	       memcmp(part->fresh.data, part->last.data, part->last.len) != 0;
}

static void copy_maintained(struct part *part)
{
	bw_buf_clear(&part->last);
	bw_buf_append(&part->last, part->fresh.data, part->fresh.len);
	xalloc_must(part->last.status);
	part->is_sent = true;
}

static void write_maintained(const struct live_state *state, struct bw_json *json)
{
	bw_json_key(json, "maintenance");
	bw_json_raw(json, state->maintained.fresh.data, state->maintained.fresh.len);
}

struct changed_rows {
	struct live_row *rows;
	uint32_t *positions;
	size_t count;
};

static int compare_positions(const void *a, const void *b)
{
	const size_t first = *(const size_t *)a, second = *(const size_t *)b;

	return first < second ? -1 : first > second;
}

/* Of the components that changed, in their order: neighbours pack better than a random walk. */
static size_t *sorted_positions(const struct live_state *state, const struct engine_turn *turn)
{
	const struct component_settings *first = engine_settings(state->engine)->components;
	size_t *positions = xcalloc(turn->changed_count + 1, sizeof(*positions));

	for (size_t i = 0; i < turn->changed_count; i++)
		positions[i] = (size_t)(component_settings(turn->changed[i]) - first);
	qsort(positions, turn->changed_count, sizeof(*positions), compare_positions);
	return positions;
}

/* The rows that are not what readers have, up to one more than a patch may hold. */
static void find_changed(struct live_state *state, const struct engine_turn *turn,
			 struct changed_rows *out)
{
	size_t *positions = sorted_positions(state, turn);

	for (size_t i = 0; i < turn->changed_count && out->count <= LIVE_ROWS_MAX; i++) {
		size_t at = positions[i];

		bw_assert(at < state->row_count);
		struct live_row row = row_of(state, engine_component(state->engine, at));
		uint64_t hash = live_row_hash(&row);
		if (state->rows[at] == hash)
			continue;
		state->rows[at] = hash;
		out->rows[out->count] = row;
		out->positions[out->count++] = (uint32_t)at;
	}
	free(positions);
}

static enum live_change write_changes(struct live_state *state, const struct changed_rows *changed,
				      struct bw_wall now, struct bw_json *json)
{
	bool maintained = refresh_maintained(state);
	bool any = changed->count > 0 || maintained;

	any |= write_changed_parts(state, json);
	any |= write_breakers(state, FOR_PATCH, json);
	if (changed->count > 0 || maintained) {
		bw_json_key(json, "components");
		bw_json_object_begin(json);
		live_write_patch(json, changed->rows, changed->positions, changed->count, now);
		if (maintained) {
			write_maintained(state, json);
			copy_maintained(&state->maintained);
		}
		bw_json_object_end(json);
	}
	if (json->buf->len > LIVE_PATCH_BYTES)
		return LIVE_TOO_MUCH;
	return any ? LIVE_CHANGED : LIVE_UNCHANGED;
}

enum live_change live_state_write_patch(struct live_state *state, const struct engine_turn *turn,
					struct bw_wall now, struct bw_json *json)
{
	size_t room = turn->changed_count < LIVE_ROWS_MAX ? turn->changed_count : LIVE_ROWS_MAX;
	struct changed_rows changed = {
		.rows = xcalloc(room + 1, sizeof(*changed.rows)),
		.positions = xcalloc(room + 1, sizeof(*changed.positions)),
	};
	enum live_change change = LIVE_TOO_MUCH;

	find_changed(state, turn, &changed);
	if (changed.count <= LIVE_ROWS_MAX)
		change = write_changes(state, &changed, now, json);
	free(changed.rows);
	free(changed.positions);
	return change;
}

static void write_all_parts(struct live_state *state, enum purpose purpose, struct bw_json *json)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		struct part *part = &state->parts[i];
		bool differs = refresh_part(state, i);

		bw_json_key(json, part_rows[i].key);
		bw_json_raw(json, part->fresh.data, part->fresh.len);
		if (differs && purpose == FOR_FIRST)
			keep_fresh(part);
		else if (differs)
			part->is_sent = false;
	}
}

static void write_all_rows(struct live_state *state, enum purpose purpose, struct bw_wall now,
			   struct bw_json *json)
{
	struct live_row *rows = xcalloc(state->row_count + 1, sizeof(*rows));

	for (size_t i = 0; i < state->row_count; i++) {
		rows[i] = row_of(state, engine_component(state->engine, i));
		uint64_t hash = live_row_hash(&rows[i]);
		if (state->rows[i] != hash)
			state->rows[i] = purpose == FOR_FIRST ? hash : 0;
	}
	bw_json_key(json, "components");
	bw_json_object_begin(json);
	live_write_snapshot(json, rows, state->row_count, now);
	if (refresh_maintained(state)) {
		if (purpose == FOR_FIRST)
			copy_maintained(&state->maintained);
		else
			state->maintained.is_sent = false;
	}
	write_maintained(state, json);
	bw_json_object_end(json);
	free(rows);
}

void live_state_write_snapshot(struct live_state *state, bool is_first, struct bw_wall now,
			       struct bw_json *json)
{
	enum purpose purpose = is_first ? FOR_FIRST : FOR_LATER;

	write_all_parts(state, purpose, json);
	write_breakers(state, purpose, json);
	write_all_rows(state, purpose, now, json);
}
