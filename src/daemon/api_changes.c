/* api_changes.c - the change journal as a list: the last hours from memory, else what is kept. */
#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"
#include "daemon/api_range.h"

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

struct changes_ask {
	struct api_ask ask;
	struct view_changes_wanted wanted; /* one more than are told */
	struct bw_json json;
	size_t room;
	bool is_cut;
	char *name;
};

static void destroy(struct api_ask *ask)
{
	struct changes_ask *changes = (struct changes_ask *)ask;

	free(changes->name);
	free(changes);
}

static void on_change(void *arg, const struct bw_change *change)
{
	struct changes_ask *changes = arg;

	if (changes->room == 0) {
		changes->is_cut = true;
		return;
	}
	changes->room--;
	write_change(change, &changes->json);
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct changes_ask *changes = (struct changes_ask *)ask;
	enum bw_status status;

	bw_json_init(&changes->json, &ask->answer);
	bw_json_object_begin(&changes->json);
	bw_json_key(&changes->json, "changes");
	bw_json_array_begin(&changes->json);
	status = store_view_changes(view, &changes->wanted, on_change, changes, err);
	bw_json_array_end(&changes->json);
	bw_json_member_bool(&changes->json, "cut", changes->is_cut);
	bw_json_object_end(&changes->json);
	return status;
}

static void respond_from_store(struct api *api, struct http_request *request,
			       const struct bw_journal_filter *filter, int64_t limit)
{
	struct changes_ask *changes = xcalloc(1, sizeof(*changes));

	changes->ask = (struct api_ask){ .request = request, .work = work, .destroy = destroy };
	changes->name = filter->name == NULL ? NULL : xstrdup(filter->name);
	changes->room = (size_t)limit;
	changes->wanted = (struct view_changes_wanted){
		.from_us = filter->from.us,
		.to_us = filter->to.us,
		.has_kind = filter->has_kind,
		.kind = filter->kind,
		.name = changes->name,
		.limit = (size_t)limit + 1,
	};
	api_ask_start(api, &changes->ask);
}

static void respond_from_memory(struct api *api, struct http_request *request,
				const struct bw_journal_filter *filter, int64_t limit)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_changes(engine_journal(api->engine), filter, limit, &json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}

void api_changes(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct bw_journal_filter filter = { .name = http_request_query(request, "name") };
	struct api_range range;
	int64_t limit;

	if (!read_kind(request, &filter) || !api_read_times(api, request, &range) ||
	    !api_query_int(request, "limit", 1, LIMIT_MAX, LIMIT_STANDARD, &limit))
		return;
	filter.from = range.from;
	filter.to = range.to;
	if (api_range_is_recent(&range))
		respond_from_memory(api, request, &filter, limit);
	else
		respond_from_store(api, request, &filter, limit);
}
