/* api_extent.c - GET /api/v1/history/extent: since when what is kept, and what was lost early.
 *
 * The store's status knows what its bound took; where it took nothing, the system's own series says
 * where data begin. A store that cannot be read is no reason not to tell the rest.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "daemon/api_ask.h"

struct extent_ask {
	struct api_ask ask;
	struct store_status status;
	struct view_extent extent;
};

static void destroy(struct api_ask *ask)
{
	free((struct extent_ask *)ask);
}

static enum bw_status work(struct api_ask *ask, struct store_view *view, struct bw_error *err)
{
	struct extent_ask *extent = (struct extent_ask *)ask;

	return store_view_extent(view, SERIES_SYSTEM, "", &extent->extent, err);
}

static int64_t earlier(int64_t a_us, int64_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

/* `told` is 0 where the status has nothing to tell. */
static void write_begin(struct bw_json *json, const char *key, struct bw_wall told, int64_t kept_us)
{
	bw_json_key(json, key);
	if (told.us != 0)
		bw_json_wall(json, told);
	else if (kept_us != INT64_MAX)
		bw_json_wall(json, (struct bw_wall){ kept_us });
	else
		bw_json_null(json);
}

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_member_string(json, key, text[0] == '\0' ? NULL : text);
}

static void write_extent(const struct extent_ask *extent, struct bw_json *json)
{
	const struct store_status *status = &extent->status;
	const int64_t rolled_us =
		earlier(extent->extent.rollup_5m_from_us, extent->extent.rollup_1h_from_us);

	bw_json_object_begin(json);
	bw_json_member_bool(json, "usable", status->usable);
	write_text(json, "trouble", status->trouble);
	write_begin(json, "raw_from", status->raw_from, extent->extent.raw_from_us);
	write_begin(json, "rollup_from", status->rollup_from, rolled_us);
	bw_json_member_bool(json, "limited", status->limited);
	bw_json_key(json, "limit_bytes");
	if (status->limit_bytes > 0)
		bw_json_int(json, status->limit_bytes);
	else
		bw_json_null(json);
	bw_json_member_int(json, "bytes", status->file_bytes);
	bw_json_member_int(json, "damaged", (int64_t)status->damaged);
	write_text(json, "damage", status->damage);
	bw_json_object_end(json);
}

static void finish(struct api_ask *ask, enum bw_status status, const struct bw_error *error)
{
	struct extent_ask *extent = (struct extent_ask *)ask;
	struct bw_buf buf;
	struct bw_json json;

	if (status != BW_OK)
		extent->extent = (struct view_extent){ INT64_MAX, INT64_MAX, INT64_MAX };
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	write_extent(extent, &json);
	api_respond_json(ask->request, 200, &buf);
}

void api_extent(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct extent_ask *extent = xcalloc(1, sizeof(*extent));

	extent->ask = (struct api_ask){
		.request = request, .work = work, .finish = finish, .destroy = destroy
	};
	if (engine_store(api->engine) != NULL)
		store_status(engine_store(api->engine), &extent->status);
	api_ask_start(api, &extent->ask);
}
