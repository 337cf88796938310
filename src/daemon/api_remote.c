/* api_remote.c - how far each target of remote-write has the history, and what is wrong. */
#include "daemon/alert_views.h"
#include "daemon/api.h"

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_member_string(json, key, text[0] == '\0' ? NULL : text);
}

static void write_target(const struct remote_state *state, struct bw_json *json)
{
	bw_json_object_begin(json);
	bw_json_member_string(json, "name", state->name);
	bw_json_member_string(json, "host", state->host);
	bw_json_member_string(json, "state", state->failing_since.us != 0 ? "failing" : "ok");
	alert_view_write_time(json, "sent_to", state->sent);
	bw_json_member_double(json, "behind_seconds", (double)state->behind_us / 1e6);
	alert_view_write_time(json, "last_ok", state->last_ok);
	alert_view_write_time(json, "failing_since", state->failing_since);
	alert_view_write_time(json, "next_try", state->next_try);
	bw_json_member_int(json, "samples", (int64_t)state->samples);
	bw_json_member_int(json, "rejected", (int64_t)state->rejected);
	bw_json_member_int(json, "repeated", (int64_t)state->repeated);
	bw_json_member_int(json, "requests", (int64_t)state->requests);
	bw_json_member_int(json, "failures", (int64_t)state->failures);
	bw_json_member_int(json, "bytes", (int64_t)state->bytes);
	bw_json_member_int(json, "rejected_ever", (int64_t)state->rejected_ever);
	bw_json_member_double(json, "lost_seconds", (double)state->lost_us / 1e6);
	write_text(json, "trouble", state->trouble);
	write_text(json, "loss", state->loss);
	bw_json_object_end(json);
}

void api_remote_write(struct http_request *request, void *arg)
{
	struct api *api = arg;
	struct remote_state state;
	struct bw_buf buf;
	struct bw_json json;

	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "targets");
	bw_json_array_begin(&json);
	for (size_t nth = 0; nth < remote_count(api->remote); nth++) {
		remote_state(api->remote, nth, &state);
		write_target(&state, &json);
	}
	bw_json_array_end(&json);
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
