/* dashboard.c - takes in components, breakers, resources and the overall state.
 *
 * Each component and breaker is a row (what the metrics and rules need, as numbers) and a fragment
 * (what the document shows, as text). Texts are therefore written once a change, not once a
 * document. A setter writes the new text into `scratch`, then makes room, then changes: whatever
 * fails, fails before the first change.
 *
 * Invariants: `tally` and `words` count the rows; every row in a map has its fragment in the list,
 * in the same order.
 */
#include "core/dashboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/dashboard_impl.h"

/* More than a point a second for eleven days; only as much as is used is allocated. */
enum { HISTORY_POINTS_MAX = 1 << 20, EXTRA_MAX = 1 << 20 };

const struct bw_dashboard_config bw_dashboard_config_default = {
	.thresholds = {
		.cpu_usage = 80,
		.memory_usage = 85,
		.disk_usage = 90,
		.response_time_ms = 5000,
		.failure_rate = 0.1,
	},
	.response_curve = BW_RESPONSE_REFERENCE,
	.reference_rules = true,
	.refresh_interval_s = 30,
	.retention_hours = 24,
};

static bool config_is_valid(const struct bw_dashboard_config *config)
{
	const struct bw_thresholds *limits = &config->thresholds;

	return isfinite(limits->cpu_usage) && isfinite(limits->memory_usage) &&
	       isfinite(limits->disk_usage) && isfinite(limits->response_time_ms) &&
	       isfinite(limits->failure_rate) && config->refresh_interval_s >= 1;
}

static enum bw_status init_parts(struct bw_dashboard *dashboard)
{
	const struct bw_overview_view nothing = { 0 };
	const struct bw_number zero = bw_number_from_int(0);
	enum bw_status status = bw_history_create(dashboard->config.retention_hours,
						  HISTORY_POINTS_MAX, &dashboard->history);

	if (status != BW_OK)
		return status;
	dashboard->components = bw_strmap_create();
	dashboard->breakers = bw_strmap_create();
	if (!dashboard->components || !dashboard->breakers)
		return BW_ENOMEM;
	dashboard->resources = (struct bw_resources_view){
		.cpu_percent = zero,
		.memory_percent = zero,
		.disk_percent = zero,
		.memory_used_mb = zero,
		.memory_total_mb = zero,
		.disk_used_gb = zero,
		.disk_total_gb = zero,
	};
	return bw_dashboard_set_overview(dashboard, &nothing);
}

enum bw_status bw_dashboard_create(const struct bw_dashboard_config *config,
				   struct bw_dashboard **out)
{
	struct bw_dashboard *dashboard;
	enum bw_status status;

	if (!config || !out || !config_is_valid(config))
		return BW_EINVAL;
	dashboard = calloc(1, sizeof(*dashboard));
	if (!dashboard)
		return BW_ENOMEM;
	dashboard->config = *config;
	bw_buf_init(&dashboard->scratch, BW_FRAGMENT_MAX);
	bw_buf_init(&dashboard->history_text, 0);
	status = init_parts(dashboard);
	if (status != BW_OK) {
		bw_dashboard_destroy(dashboard);
		return status;
	}
	*out = dashboard;
	return BW_OK;
}

static void free_rows(struct bw_strmap *rows)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	if (!rows)
		return;
	while (bw_strmap_next(rows, &cursor, &entry))
		free(entry.value);
	bw_strmap_clear(rows);
}

void bw_dashboard_destroy(struct bw_dashboard *dashboard)
{
	if (!dashboard)
		return;
	free_rows(dashboard->components);
	free_rows(dashboard->breakers);
	bw_strmap_destroy(dashboard->components);
	bw_strmap_destroy(dashboard->breakers);
	bw_fragments_finish(&dashboard->component_texts);
	bw_fragments_finish(&dashboard->breaker_texts);
	bw_history_destroy(dashboard->history);
	bw_buf_finish(&dashboard->history_text);
	bw_buf_finish(&dashboard->scratch);
	free((char *)dashboard->overview.status);
	free((char *)dashboard->overview.version);
	free((char *)dashboard->resources.extra_members);
	for (int part = 0; part < BW_PART_MAX; part++)
		free(dashboard->members[part]);
	free(dashboard);
}

enum bw_status bw_dashboard_configure(struct bw_dashboard *dashboard,
				      const struct bw_dashboard_config *config)
{
	struct bw_wall start;

	if (!dashboard || !config || !config_is_valid(config) ||
	    bw_history_set_retention(dashboard->history, config->retention_hours) != BW_OK)
		return BW_EINVAL;
	start = dashboard->config.start;
	dashboard->config = *config;
	dashboard->config.start = start;
	return BW_OK;
}

/* Begins `"name":{` in the scratch buffer. Level 0 of the writer stands for the inside of the
 * object that the fragment will be put into. */
static size_t begin_member(struct bw_dashboard *dashboard, struct bw_json *json, const char *name)
{
	size_t key_len;

	bw_buf_clear(&dashboard->scratch);
	bw_json_init(json, &dashboard->scratch);
	bw_json_key(json, name);
	key_len = dashboard->scratch.len;
	bw_json_object_begin(json);
	return key_len;
}

static enum bw_status end_member(struct bw_dashboard *dashboard, struct bw_json *json,
				 const char *extra_members)
{
	if (extra_members)
		bw_json_raw_members(json, extra_members, strlen(extra_members));
	bw_json_object_end(json);
	return dashboard->scratch.status;
}

static bool name_is_valid(const char *name)
{
	return name && strnlen(name, BW_DASHBOARD_NAME_MAX + 1) <= BW_DASHBOARD_NAME_MAX;
}

/* The row of that name, or a new zeroed one without a fragment; NULL without memory. */
static void *get_or_add(struct bw_strmap *rows, const char *name, size_t size)
{
	void *row = bw_strmap_get(rows, name);

	if (row)
		return row;
	row = calloc(1, size);
	if (row && bw_strmap_put(rows, name, row) != BW_OK) {
		free(row);
		row = NULL;
	}
	return row;
}

static void tally_add(struct bw_health_tally *tally, const struct bw_component_row *row, int by)
{
	tally->count[row->health] += by;
	tally->total += by;
	if (row->critical && row->health == BW_HEALTH_UNHEALTHY)
		tally->critical_unhealthy += by;
	if (row->critical && row->health == BW_HEALTH_UNKNOWN)
		tally->critical_unknown += by;
}

static size_t write_component(struct bw_dashboard *dashboard, struct bw_json *json,
			      const char *name, const struct bw_component_view *view)
{
	size_t key_len = begin_member(dashboard, json, name);

	bw_json_key(json, "status");
	bw_json_string(json, view->status);
	bw_json_key(json, "response_time_ms");
	if (view->has_response_time)
		bw_json_number(json, view->response_time_ms);
	else
		bw_json_null(json);
	bw_json_key(json, "last_check");
	bw_json_string(json, view->last_check);
	bw_json_key(json, "has_error");
	bw_json_bool(json, view->error != NULL);
	bw_json_key(json, "error_message");
	bw_json_string(json, view->error);
	return key_len;
}

enum bw_status bw_dashboard_set_component(struct bw_dashboard *dashboard, const char *name,
					  const struct bw_component_view *view)
{
	struct bw_component_row *row;
	struct bw_json json;
	enum bw_health health;
	enum bw_status status;
	size_t key_len;
	bool is_new;

	if (!dashboard || !name_is_valid(name) || !view || !view->status)
		return BW_EINVAL;
	key_len = write_component(dashboard, &json, name, view);
	status = end_member(dashboard, &json, view->extra_members);
	if (status != BW_OK)
		return status;
	row = get_or_add(dashboard->components, name, sizeof(*row));
	if (!row)
		return BW_ENOMEM;
	is_new = !row->fragment.page;
	if (bw_fragments_put(&dashboard->component_texts, &row->fragment, &dashboard->scratch,
			     key_len) != BW_OK) {
		if (is_new)
			free(bw_strmap_remove(dashboard->components, name));
		return BW_ENOMEM;
	}
	if (!is_new)
		tally_add(&dashboard->tally, row, -1);
	if (bw_health_parse(view->status, &health) != BW_OK)
		health = BW_HEALTH_UNKNOWN;
	row->health = health;
	row->critical = view->critical;
	row->has_response_time = view->has_response_time;
	row->response_time_ms = view->response_time_ms;
	tally_add(&dashboard->tally, row, 1);
	return BW_OK;
}

void bw_dashboard_remove_component(struct bw_dashboard *dashboard, const char *name)
{
	struct bw_component_row *row = bw_strmap_remove(dashboard->components, name);

	if (!row)
		return;
	tally_add(&dashboard->tally, row, -1);
	bw_fragments_remove(&dashboard->component_texts, &row->fragment);
	free(row);
}

void bw_dashboard_clear_components(struct bw_dashboard *dashboard)
{
	bw_fragments_finish(&dashboard->component_texts);
	free_rows(dashboard->components);
	dashboard->tally = (struct bw_health_tally){ 0 };
}

const char *bw_breaker_word_text(enum bw_breaker_word word)
{
	static const char *const texts[] = { "closed", "open", "half_open" };

	return texts[word];
}

static enum bw_breaker_word find_word(const char *state)
{
	int word = BW_WORD_CLOSED;

	while (word < BW_WORD_OTHER && strcmp(state, bw_breaker_word_text(word)) != 0)
		word++;
	return (enum bw_breaker_word)word;
}

static size_t write_breaker(struct bw_dashboard *dashboard, struct bw_json *json, const char *name,
			    const struct bw_breaker_view *view)
{
	size_t key_len = begin_member(dashboard, json, name);

	bw_json_key(json, "state");
	bw_json_string(json, view->state);
	bw_json_key(json, "failure_count");
	bw_json_number(json, view->consecutive_failures);
	bw_json_key(json, "success_rate");
	bw_json_number(json, view->success_rate);
	bw_json_key(json, "avg_response_time");
	bw_json_number(json, view->avg_response_time);
	bw_json_key(json, "total_calls");
	bw_json_number(json, view->total_calls);
	return key_len;
}

enum bw_status bw_dashboard_set_breaker(struct bw_dashboard *dashboard, const char *name,
					const struct bw_breaker_view *view)
{
	struct bw_breaker_row *row;
	struct bw_json json;
	enum bw_status status;
	size_t key_len;
	bool is_new;

	if (!dashboard || !name_is_valid(name) || !view || !view->state)
		return BW_EINVAL;
	key_len = write_breaker(dashboard, &json, name, view);
	status = end_member(dashboard, &json, view->extra_members);
	if (status != BW_OK)
		return status;
	row = get_or_add(dashboard->breakers, name, sizeof(*row));
	if (!row)
		return BW_ENOMEM;
	is_new = !row->fragment.page;
	if (bw_fragments_put(&dashboard->breaker_texts, &row->fragment, &dashboard->scratch,
			     key_len) != BW_OK) {
		if (is_new)
			free(bw_strmap_remove(dashboard->breakers, name));
		return BW_ENOMEM;
	}
	if (!is_new)
		dashboard->words[row->word]--;
	row->word = find_word(view->state);
	row->has_failure_rate = view->has_failure_rate;
	row->failure_rate = view->failure_rate;
	dashboard->words[row->word]++;
	return BW_OK;
}

void bw_dashboard_remove_breaker(struct bw_dashboard *dashboard, const char *name)
{
	struct bw_breaker_row *row = bw_strmap_remove(dashboard->breakers, name);

	if (!row)
		return;
	dashboard->words[row->word]--;
	bw_fragments_remove(&dashboard->breaker_texts, &row->fragment);
	free(row);
}

void bw_dashboard_clear_breakers(struct bw_dashboard *dashboard)
{
	bw_fragments_finish(&dashboard->breaker_texts);
	free_rows(dashboard->breakers);
	memset(dashboard->words, 0, sizeof(dashboard->words));
}

enum bw_status bw_dashboard_set_resources(struct bw_dashboard *dashboard,
					  const struct bw_resources_view *view)
{
	char *extra = NULL;

	if (!dashboard || !view)
		return BW_EINVAL;
	if (view->load_averages < 0 || view->load_averages > BW_LOAD_AVERAGES_MAX)
		return BW_ELIMIT;
	if (view->extra_members) {
		if (strnlen(view->extra_members, EXTRA_MAX + 1) > EXTRA_MAX)
			return BW_ELIMIT;
		extra = strdup(view->extra_members);
		if (!extra)
			return BW_ENOMEM;
	}
	free((char *)dashboard->resources.extra_members);
	dashboard->resources = *view;
	dashboard->resources.extra_members = extra;
	return BW_OK;
}

enum bw_status bw_dashboard_set_overview(struct bw_dashboard *dashboard,
					 const struct bw_overview_view *view)
{
	struct bw_overview_view *overview;
	char *status, *version;

	if (!dashboard || !view)
		return BW_EINVAL;
	overview = &dashboard->overview;
	status = strdup(view->status ? view->status : "unknown");
	version = strdup(view->version ? view->version : "unknown");
	if (!status || !version) {
		free(status);
		free(version);
		return BW_ENOMEM;
	}
	free((char *)overview->status);
	free((char *)overview->version);
	*overview = *view;
	overview->status = status;
	overview->version = version;
	return BW_OK;
}

enum bw_status bw_dashboard_set_members(struct bw_dashboard *dashboard, enum bw_dashboard_part part,
					const char *members)
{
	char *copy = NULL;

	if (members && *members) {
		if (strnlen(members, EXTRA_MAX + 1) > EXTRA_MAX)
			return BW_ELIMIT;
		copy = strdup(members);
		if (!copy)
			return BW_ENOMEM;
	}
	free(dashboard->members[part]);
	dashboard->members[part] = copy;
	return BW_OK;
}

void bw_dashboard_tally(const struct bw_dashboard *dashboard, struct bw_health_tally *out)
{
	*out = dashboard->tally;
}

struct bw_history *bw_dashboard_history(struct bw_dashboard *dashboard)
{
	return dashboard->history;
}
