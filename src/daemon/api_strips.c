/* api_strips.c - GET /api/v1/strips: when components changed, as change points.
 *
 * The last 24 hours come from the journal, so that they are there even while the store is not.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"
#include "daemon/api_names.h"
#include "daemon/api_range.h"
#include "daemon/api_ribbon.h"
#include "daemon/api_timeline.h"

static void write_times(const struct api_range *range, struct bw_json *json)
{
	api_write_ms(json, "from", range->from);
	api_write_ms(json, "to", range->to);
	api_write_ms(json, "now", range->now);
}

/* --- from memory --- */

/* One that the configuration has no more may still have its entries. */
static bool is_told_of(const struct bw_journal *journal, const char *name,
		       const struct api_range *range)
{
	const struct bw_journal_filter filter = { .from = range->from,
						  .to = range->to,
						  .has_kind = true,
						  .kind = BW_CHANGE_COMPONENT,
						  .name = name };
	struct bw_change change;
	uint64_t cursor = 0;

	return bw_journal_next(journal, &filter, &cursor, &change);
}

static void write_strips(struct api *api, const struct api_names *names,
			 const struct api_range *range, struct bw_json *json)
{
	const struct bw_journal *journal = engine_journal(api->engine);
	const struct bw_wall to = range->to.us < range->now.us ? range->to : range->now;
	struct bw_gap_list gaps = { 0 };
	struct bw_strip strip = { 0 };

	xalloc_must(bw_journal_gaps(journal, range->from, to, &gaps));
	api_write_gaps(&gaps, range->from, false, json);
	bw_json_key(json, "strips");
	bw_json_object_begin(json);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i].name;
		const struct bw_strip_wanted wanted = { BW_CHANGE_COMPONENT, name, range->from, to,
							&gaps };

		if (!names->items[i].is_listed && !is_told_of(journal, name, range))
			continue;
		xalloc_must(bw_journal_strip(journal, &wanted, &strip));
		bw_json_key(json, name);
		api_write_strip(&strip, range->from, json);
	}
	bw_json_object_end(json);
	bw_strip_finish(&strip);
	bw_gap_list_finish(&gaps);
}

static void respond_from_memory(struct api *api, struct http_request *request,
				struct api_names *names, const struct api_range *range)
{
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	write_times(range, &json);
	write_strips(api, names, range, &json);
	bw_json_object_end(&json);
	api_names_finish(names);
	api_respond_json(request, 200, &buf);
}

/* --- from the store --- */

struct strips_ask {
	struct api_ask ask;
	struct api_range range;
	struct api_names names;
	struct bw_buf maintenance; /* members of that object: told at the end */
	struct bw_json maintenance_json;
};

static void destroy(struct api_ask *ask)
{
	struct strips_ask *strips = (struct strips_ask *)ask;

	bw_buf_finish(&strips->maintenance);
	api_names_finish(&strips->names);
	free(strips);
}

static struct view_wanted wanted_of(const struct api_range *range, enum series_kind kind,
				    const char *name)
{
	return (struct view_wanted){
		.kind = kind,
		.name = name,
		.from_us = range->from.us,
		.to_us = range->to.us < range->now.us ? range->to.us : range->now.us,
		.fields = kind == SERIES_COMPONENT ? 7 : 3, /* what a timeline is made of */
		.with_before = true,
	};
}

/* A time that has not come has no points. */
static enum bw_status read_timeline(struct store_view *view, const struct view_wanted *wanted,
				    struct timeline *out, struct bw_error *err)
{
	return wanted->to_us < wanted->from_us ? BW_OK
					       : store_view_timeline(view, wanted, out, err);
}

/* Nobody looked at anything: no daemon ran. */
static enum bw_status write_gaps(struct strips_ask *strips, struct store_view *view,
				 struct bw_json *json, struct bw_error *err)
{
	const struct view_wanted wanted = wanted_of(&strips->range, SERIES_SYSTEM, "");
	struct timeline points = { 0 };
	const struct api_timeline timeline = { SERIES_SYSTEM, &points, wanted.from_us,
					       wanted.to_us };
	struct bw_gap_list gaps = { 0 };
	enum bw_status status = read_timeline(view, &wanted, &points, err);

	api_timeline_gaps(&timeline, &gaps);
	api_write_gaps(&gaps, strips->range.from, false, json);
	bw_gap_list_finish(&gaps);
	timeline_finish(&points);
	return status;
}

static bool is_kept(struct store_view *view, const char *name)
{
	struct view_extent extent;

	return store_view_extent(view, SERIES_COMPONENT, name, &extent, NULL) == BW_OK &&
	       (extent.raw_from_us != INT64_MAX || extent.rollup_5m_from_us != INT64_MAX ||
		extent.rollup_1h_from_us != INT64_MAX);
}

static enum bw_status write_strip(struct strips_ask *strips, struct store_view *view,
				  const char *name, struct bw_json *json, struct bw_error *err)
{
	const struct view_wanted wanted = wanted_of(&strips->range, SERIES_COMPONENT, name);
	struct timeline points = { 0 };
	const struct api_timeline timeline = { SERIES_COMPONENT, &points, wanted.from_us,
					       wanted.to_us };
	enum bw_status status = read_timeline(view, &wanted, &points, err);

	bw_json_key(json, name);
	api_timeline_write_states(&timeline, json);
	bw_json_key(&strips->maintenance_json, name);
	api_timeline_write_maintenance(&timeline, &strips->maintenance_json);
	timeline_finish(&points);
	return status;
}

static enum bw_status write_kept(struct strips_ask *strips, struct store_view *view,
				 struct bw_json *json, struct bw_error *err)
{
	enum bw_status status = write_gaps(strips, view, json, err);

	bw_json_key(json, "strips");
	bw_json_object_begin(json);
	for (size_t i = 0; status == BW_OK && i < strips->names.count; i++) {
		const char *name = strips->names.items[i].name;

		if (strips->names.items[i].is_listed || is_kept(view, name))
			status = write_strip(strips, view, name, json, err);
	}
	bw_json_object_end(json);
	bw_json_key(json, "maintenance");
	bw_json_object_begin(json);
	bw_json_raw_members(json, strips->maintenance.data, strips->maintenance.len);
	bw_json_object_end(json);
	return status;
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct strips_ask *strips = (struct strips_ask *)ask;
	struct bw_json json;
	enum bw_status status;

	bw_json_init(&json, &ask->answer);
	bw_json_init(&strips->maintenance_json, &strips->maintenance);
	bw_json_object_begin(&json);
	write_times(&strips->range, &json);
	status = write_kept(strips, view, &json, err);
	bw_json_object_end(&json);
	return status;
}

static void respond_from_store(struct api *api, struct http_request *request,
			       const struct api_names *names, const struct api_range *range)
{
	struct strips_ask *strips = xcalloc(1, sizeof(*strips));

	strips->ask = (struct api_ask){ .request = request, .work = work, .destroy = destroy };
	strips->range = *range;
	strips->names = *names;
	bw_buf_init(&strips->maintenance, 0);
	api_ask_start(api, &strips->ask);
}

void api_strips(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct api_names names;
	struct api_range range;

	if (!api_read_times(api, request, &range) || !api_names_read(api, request, &names))
		return;
	if (api_range_is_recent(&range))
		respond_from_memory(api, request, &names, &range);
	else
		respond_from_store(api, request, &names, &range);
}
