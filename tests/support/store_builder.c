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

const char *store_bed_where(const struct store_bed *bed)
{
	return store_bed_url() != NULL ? store_bed_url() : bed->path;
}

void store_bed_end(struct store_bed *bed)
{
	store_bed_close(bed);
	folder_finish(&bed->folder);
}

enum bw_status store_bed_open(struct store_bed *bed)
{
	const struct store_config config = {
		.path = store_bed_where(bed),
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

static struct series_cell whole(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

void store_bed_append(struct store_bed *bed, const char *component, int64_t ms, const char *error)
{
	struct store_row row = {
		.kind = SERIES_COMPONENT,
		.name = component,
		.time = { STORE_NOON_US + ms * 1000 },
		.text = error,
	};

	row.cells[SERIES_COMPONENT_STATUS] =
		whole(error != NULL ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY);
	row.cells[SERIES_COMPONENT_HOLD] = whole(90);
	if (error == NULL)
		row.cells[SERIES_COMPONENT_RESPONSE] = whole(1000);
	store_append_row(bed->store, &row);
}

struct store_status store_bed_status(struct store_bed *bed)
{
	struct store_status status;

	store_status(bed->store, &status);
	return status;
}

/* A question on its way, with its answer. */
struct asking {
	struct view_wanted wanted;
	size_t limit;
	struct store_answer *answer;
};

static int64_t ms_of(int64_t time_us)
{
	return (time_us - STORE_NOON_US) / 1000;
}

static void take_last(struct store_answer *answer, struct store_view *view,
		      const struct series_rows *rows)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	int64_t time_us;

	series_rows_get(rows, rows->count - 1, &time_us, cells);
	answer->last_ms = ms_of(time_us);
	answer->last_health = (enum bw_health)cells[SERIES_COMPONENT_STATUS].value.integer;
	answer->last_has_response = cells[SERIES_COMPONENT_RESPONSE].type == SERIES_INTEGER;
	answer->last_response_us = cells[SERIES_COMPONENT_RESPONSE].value.integer;
	snprintf(answer->last_error, sizeof(answer->last_error), "%s",
		 store_view_text(view, cells[SERIES_COMPONENT_ERROR].value.integer));
}

static enum bw_status read_rows(void *arg, struct store_view *view, struct bw_error *err)
{
	struct asking *asking = arg;
	struct store_answer *answer = asking->answer;
	struct series_rows rows;
	enum bw_status status = store_view_rows(view, &asking->wanted, &rows, err);
	size_t first;

	if (status != BW_OK)
		return status;
	answer->in_order = true;
	for (size_t nth = 1; nth < rows.count; nth++)
		answer->in_order &= rows.times_us[nth] > rows.times_us[nth - 1];
	answer->cut = rows.count > asking->limit;
	first = answer->cut ? rows.count - asking->limit : 0;
	answer->count = rows.count - first;
	if (answer->count > 0) {
		answer->first_ms = ms_of(rows.times_us[first]);
		take_last(answer, view, &rows);
	}
	series_rows_finish(&rows);
	return BW_OK;
}

static void take_answer(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct store_answer *answer = ((struct asking *)arg)->answer;

	answer->calls++;
	answer->failed = status != BW_OK;
	if (error != NULL)
		snprintf(answer->error, sizeof(answer->error), "%s", error->text);
}

struct store_answer store_bed_ask(struct store_bed *bed, const char *component, int64_t from_ms,
				  int64_t to_ms, size_t limit)
{
	struct store_answer answer = { 0 };
	struct asking asking = {
		.wanted = { .kind = SERIES_COMPONENT,
			    .name = component,
			    .from_us = STORE_NOON_US + from_ms * 1000,
			    .to_us = STORE_NOON_US + to_ms * 1000 },
		.limit = limit,
		.answer = &answer,
	};
	const struct store_question question = { read_rows, take_answer, &asking };

	store_flush(bed->store);
	assert_int_equal(store_ask(bed->store, &question), BW_OK);
	while (answer.calls == 0)
		store_dispatch(bed->store);
	assert_int_equal(answer.calls, 1);
	return answer;
}

size_t store_bed_count(struct store_bed *bed, const char *component)
{
	struct store_answer answer = store_bed_ask(bed, component, -400 * STORE_DAY_US / 1000,
						   400 * STORE_DAY_US / 1000, VIEW_ROWS_MAX);

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
