/* api_reload.c - POST /-/reload, and a rest after it.
 *
 * Checks stand still while a configuration is read (a condition takes jq 30 ms), so whoever asks
 * for it again and again must leave them most of the time. A signal or a changed file needs no
 * rest: who can send those can do worse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/api.h"

enum { REST = 4 }; /* times the duration of the reload before */

/* The loop's own clock stands still while a handler runs. */
static struct bw_mono clock_mono(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct bw_mono){ (int64_t)now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 };
}

static bool reload(struct api *api, char **report)
{
	const struct bw_mono began = clock_mono();
	const bool good = api->reload(api->arg, report);
	const struct bw_mono ended = clock_mono();

	api->reload_rests_until = bw_mono_add(ended, REST * bw_mono_since(ended, began));
	return good;
}

static bool may_reload(const struct api *api, struct http_request *request)
{
	const int64_t wait_us = bw_mono_since(api->reload_rests_until, clock_mono());
	const long long wait_s = wait_us / BW_SECOND_US + 1;
	char seconds[24];

	if (wait_us <= 0)
		return true;
	snprintf(seconds, sizeof(seconds), "%lld", wait_s);
	http_response_header(request, "Retry-After", seconds);
	http_respond_problem(request, 429, "the configuration was read just now; again in %s s",
			     seconds);
	return false;
}

void api_reload(struct http_request *request, void *arg)
{
	struct api *api = arg;
	char *report = NULL;
	struct bw_buf buf;
	struct bw_json json;

	if (!may_reload(api, request))
		return;
	if (!reload(api, &report)) {
		http_respond_problem(request, 422, "keeping the old configuration: %s",
				     report == NULL ? "it could not be read" : report);
		free(report);
		return;
	}
	bw_buf_init(&buf, 0);
	bw_json_init(&json, &buf);
	bw_json_object_begin(&json);
	bw_json_key(&json, "reloaded");
	bw_json_bool(&json, true);
	bw_json_key(&json, "components");
	bw_json_int(&json, (int64_t)engine_component_count(api->engine));
	bw_json_object_end(&json);
	api_respond_json(request, 200, &buf);
}
