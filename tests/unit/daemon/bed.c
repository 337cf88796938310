/* bed.c - see bed.h. */
#include "unit/daemon/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void bed_init(struct bed *bed)
{
	memset(bed, 0, sizeof(*bed));
	bed->loop = io_loop_create();
	folder_init(&bed->folder);
}

void bed_open_store(struct bed *bed)
{
	char path[FOLDER_PATH_MAX + 32];
	const struct store_config config = { .path = path,
					     .history_us = 7 * 86400 * BW_SECOND_US,
					     .rollups_us = 400 * 86400 * BW_SECOND_US,
					     .limit_bytes = INT64_C(1) << 30 };
	struct bw_error err;

	folder_name(&bed->folder, "bellwether.db", path, sizeof(path));
	assert_int_equal(store_open(&config, io_loop_wall(bed->loop), &bed->store, &err), BW_OK);
}

struct daemon_settings *bed_settings(const char *text)
{
	struct daemon_settings *settings = NULL;
	char *report = NULL;

	if (daemon_settings_parse("test", text, strlen(text), &settings, &report) != BW_OK)
		fail_msg("%s", report);
	return settings;
}

static void on_turn(void *arg, const struct engine_turn *turn)
{
	struct bed *bed = arg;

	bed->turns++;
	bed->changed = turn->changed_count;
	if (turn->removed_count > 0)
		bed->removed[0] = '\0';
	for (size_t i = 0; i < turn->removed_count; i++) {
		size_t len = strlen(bed->removed);

		snprintf(bed->removed + len, sizeof(bed->removed) - len, "%s%s", i ? " " : "",
			 turn->removed[i]);
	}
	if (turn->sampled) {
		bed->samples++;
		bed->point = turn->point;
	}
}

void bed_start(struct bed *bed, const char *text)
{
	const struct engine_options options = {
		.loop = bed->loop,
		.settings = bed_settings(text),
		.store = bed->store,
		.log = bed->log,
		.host_root = bed->folder.path,
		.shares_breakers = bed->region_clock != NULL,
		.region_clock = bed->region_clock,
		.on_turn = on_turn,
		.arg = bed,
	};
	char *report = NULL;

	assert_int_equal(engine_create(&options, &bed->engine, &report), BW_OK);
	engine_start(bed->engine);
}

void bed_stop(struct bed *bed)
{
	engine_destroy(bed->engine);
	bed->engine = NULL;
	store_close(bed->store, 5 * BW_SECOND_US);
	bed->store = NULL;
}

void bed_finish(struct bed *bed)
{
	bed_stop(bed);
	io_loop_destroy(bed->loop);
	folder_finish(&bed->folder);
}

void bed_reload(struct bed *bed, const char *text)
{
	char *report = NULL;

	assert_int_equal(engine_reload(bed->engine, bed_settings(text), &report), BW_OK);
}

struct component *bed_component(struct bed *bed, const char *name)
{
	struct component *component = engine_find(bed->engine, name);

	assert_non_null(component);
	return component;
}

const char *bed_error(struct bed *bed, const char *name)
{
	static char error[2048];
	struct component_text text;

	component_view(bed_component(bed, name), &text);
	snprintf(error, sizeof(error), "%s", text.view.error == NULL ? "" : text.view.error);
	component_text_finish(&text);
	return error;
}

void bed_peer(struct bed *bed, enum io_failure connect)
{
	const struct fake_peer peer = { .connect = connect };

	fake_peer_set(bed->loop, "127.0.0.1:9000", &peer);
}

void bed_seconds(struct bed *bed, double seconds)
{
	fake_advance(bed->loop, (int64_t)(seconds * 1e6));
}
