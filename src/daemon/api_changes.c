/* api_changes.c - the change journal as a list, and as the strips of single components. */
#include "base/xalloc.h"
#include "daemon/api.h"
#include "daemon/api_range.h"
#include "daemon/name_list.h"

enum { LIMIT_STANDARD = 100, LIMIT_MAX = 1000 };

static bool read_kind(struct http_request *request, struct bw_journal_filter *filter)
{
	const char *kind = http_request_query(request, "kind");

	filter->has_kind = kind != NULL;
	if (kind == NULL || bw_change_kind_parse(kind, &filter->kind) == BW_OK)
		return true;
	http_respond_problem(request, 400,
			     "query parameter kind: alert, breaker, clock, component, daemon or "
			     "overall is wanted");
	return false;
}

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}

static void write_change(const struct bw_change *change, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_key(json, "at");
	bw_json_wall(json, change->at);
	write_text(json, "kind", bw_change_kind_text(change->kind));
	write_text(json, "name", change->name);
	write_text(json, "from", change->from);
	write_text(json, "to", change->to);
	write_text(json, "text", change->text);
	bw_json_key(json, "id");
	bw_json_int(json, (int64_t)change->id);
	bw_json_object_end(json);
}

static void write_changes(const struct bw_journal *journal, const struct bw_journal_filter *filter,
			  int64_t limit, struct bw_json *json)
{
	struct bw_change change;
	uint64_t cursor = 0;
	bool more = bw_journal_next(journal, filter, &cursor, &change);

	bw_json_key(json, "changes");
	bw_json_array_begin(json);
	for (; more && limit > 0; limit--) {
		write_change(&change, json);
		more = bw_journal_next(journal, filter, &cursor, &change);
	}
	bw_json_array_end(json);
	bw_json_key(json, "cut");
	bw_json_bool(json, more);
}

void api_changes(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_journal_filter filter = { .name = http_request_query(request, "name") };
	struct api_range range;
	struct bw_buf buf;
	struct bw_json json;
	int64_t limit;

	if (!read_kind(request, &filter) || !api_read_times(api, request, &range) ||
	    !api_query_int(request, "limit", 1, LIMIT_MAX, LIMIT_STANDARD, &limit))
		return;
	filter.from = range.from;
	filter.to = range.to;
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_changes(engine_journal(api->engine), &filter, limit, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

/* --- strips --- */

struct met {
	const struct component *components[NAME_LIST_MAX];
	size_t count;
};

/* Is it the first time that this component is met? */
static bool note(struct met *met, const struct component *component)
{
	for (size_t i = 0; i < met->count; i++)
		if (met->components[i] == component)
			return false;
	met->components[met->count++] = component;
	return true;
}

static void write_strips(struct api *api, const char *names, const struct api_range *range,
			 struct bw_json *json)
{
	const struct bw_journal *journal = engine_journal(api->engine);
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };
	struct met met = { .count = 0 };
	char name[NAME_LIST_BYTES];

	xalloc_must(bw_journal_gaps(journal, range->from, range->to, &gaps));
	api_write_gaps(&gaps, range->from, false, json);
	bw_json_key(json, "strips");
	bw_json_object_begin(json);
	while (name_list_next(&names, name)) {
		const struct bw_strip_wanted wanted = { BW_CHANGE_COMPONENT, name, range->from,
							range->to, &gaps };
		const struct component *component = engine_find(api->engine, name);

		if (component == NULL || !note(&met, component))
			continue;
		xalloc_must(bw_journal_strip(journal, &wanted, &strip));
		bw_json_key(json, name);
		api_write_strip(&strip, range->from, json);
	}
	bw_json_object_end(json);
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
}

void api_strips(struct http_request *request, void *arg)
{
	struct api *api = arg;
	const struct bw_wall now = io_loop_wall(engine_loop(api->engine));
	const struct api_range day = { .from = { now.us - 86400 * BW_SECOND_US },
				       .to = now,
				       .now = now };
	const char *names = http_request_query(request, "names");
	const char *fault = name_list_fault(names);
	struct bw_buf buf;
	struct bw_json json;

	if (fault != NULL) {
		http_respond_problem(request, 400, "query parameter names: %s", fault);
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	api_write_ms(&json, "from", day.from);
	api_write_ms(&json, "to", day.to);
	api_write_ms(&json, "now", day.now);
	write_strips(api, names, &day, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
