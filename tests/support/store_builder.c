/* store_builder.c - opens, fills and asks a store as the daemon does. */
#include "support/store_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void store_bed_begin(struct store_bed *bed)
{
	memset(bed, 0, sizeof(*bed));
	folder_init(&bed->folder);
	folder_name(&bed->folder, "data/bellwether.db", bed->path, sizeof(bed->path));
	snprintf(bed->instance, sizeof(bed->instance), "%s", bed->folder.path);
}

const char *store_bed_url(void)
{
	return getenv("BELLWETHER_POSTGRES");
}

void store_bed_end(struct store_bed *bed)
{
	store_bed_close(bed);
	folder_finish(&bed->folder);
}

enum bw_status store_bed_open(struct store_bed *bed)
{
	const struct store_config config = {
		.path = store_bed_url() != NULL ? store_bed_url() : bed->path,
		.instance = bed->instance,
		.history_us = STORE_DAY_US,
	};

	return store_open(&config, (struct bw_wall){ STORE_NOON_US }, &bed->store, &bed->error);
}

void store_bed_close(struct store_bed *bed)
{
	store_close(bed->store, 60 * BW_SECOND_US);
	bed->store = NULL;
}

void store_bed_append(struct store_bed *bed, const char *component, int64_t ms, const char *error)
{
	const struct store_result result = {
		.component = component,
		.time = { STORE_NOON_US + ms * 1000 },
		.health = error != NULL ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY,
		.has_response = error == NULL,
		.response_us = 1000,
		.error = error,
	};

	store_append_result(bed->store, &result);
}

struct store_status store_bed_status(struct store_bed *bed)
{
	struct store_status status;

	store_status(bed->store, &status);
	return status;
}

static int64_t ms_of(struct bw_wall time)
{
	return (time.us - STORE_NOON_US) / 1000;
}

void store_answer_take(void *arg, const struct store_history *history, const struct bw_error *error)
{
	struct store_answer *answer = arg;
	const struct store_history_row *last;

	answer->calls++;
	answer->failed = error != NULL;
	if (error != NULL) {
		snprintf(answer->error, sizeof(answer->error), "%s", error->text);
		return;
	}
	answer->count = history->count;
	answer->cut = history->cut;
	answer->in_order = true;
	if (history->count == 0)
		return;
	for (size_t i = 1; i < history->count; i++)
		answer->in_order &= history->rows[i].time.us > history->rows[i - 1].time.us;
	last = &history->rows[history->count - 1];
	answer->first_ms = ms_of(history->rows[0].time);
	answer->last_ms = ms_of(last->time);
	answer->last_health = last->health;
	answer->last_has_response = last->has_response;
	answer->last_response_us = last->response_us;
	snprintf(answer->last_error, sizeof(answer->last_error), "%s",
		 last->error != NULL ? last->error : "");
}

struct store_answer store_bed_ask(struct store_bed *bed, const char *component, int64_t from_ms,
				  int64_t to_ms, size_t limit)
{
	const struct bw_wall from = { STORE_NOON_US + from_ms * 1000 };
	const struct bw_wall to = { STORE_NOON_US + to_ms * 1000 };
	struct store_answer answer = { 0 };
	enum bw_status status = store_query_results(bed->store, component, from, to, limit,
						    store_answer_take, &answer);

	assert_int_equal(status, BW_OK);
	while (answer.calls == 0) {
		store_flush(bed->store);
		store_dispatch(bed->store);
	}
	assert_int_equal(answer.calls, 1);
	return answer;
}

size_t store_bed_count(struct store_bed *bed, const char *component)
{
	struct store_answer answer = store_bed_ask(bed, component, -400 * STORE_DAY_US / 1000,
						   400 * STORE_DAY_US / 1000, STORE_ROWS_MAX);

	assert_string_equal(answer.error, "");
	return answer.count;
}

int store_bed_files(const struct store_bed *bed, const char *prefix)
{
	char name[FOLDER_PATH_MAX + 32];
	struct dirent *entry;
	int count = 0;
	DIR *folder;

	folder_name(&bed->folder, "data", name, sizeof(name));
	folder = opendir(name);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	closedir(folder);
	return count;
}
