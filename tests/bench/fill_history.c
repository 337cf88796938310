/* fill_history.c - a store with the past of many components, for the benchmarks that read one.
 *
 * Usage: fill_history DATABASE COMPONENTS DAYS
 * Components are called service-0000 and so on, looked at every 30 s until a minute ago; response
 * times wander, one in two hundred looks fails. The whole has its points, and each component a
 * state and a change an hour. The last half hour comes in commits of a second each, as a daemon
 * makes them: so long is the log that a start reads.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "storage/store.h"

#define STEP_US (30 * BW_SECOND_US)
#define HOUR_US (3600 * BW_SECOND_US)
#define DAY_US (24 * HOUR_US)

enum { FLUSH_STEPS = 8, FAILS_ONE_IN = 200 };

static uint32_t chance(uint32_t below)
{
	static uint64_t seed = 88172645463325252U;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % below;
}

static void put_integer(struct store_row *row, int field, int64_t value)
{
	row->cells[field] = (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static void put_real(struct store_row *row, int field, double value)
{
	row->cells[field] = (struct series_cell){ SERIES_REAL, { .real = value } };
}

static void add_look(struct store *store, const char *name, int64_t at_us, int64_t usual_us)
{
	bool fails = chance(FAILS_ONE_IN) == 0;
	struct store_row row = { .kind = SERIES_COMPONENT, .name = name };

	row.time.us = at_us + 1000 * chance(300);
	put_integer(&row, SERIES_COMPONENT_STATUS, fails ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY);
	put_integer(&row, SERIES_COMPONENT_HOLD, 65);
	put_integer(&row, SERIES_COMPONENT_MAINTENANCE, 0);
	if (!fails)
		put_integer(&row, SERIES_COMPONENT_RESPONSE, usual_us + chance(4000));
	row.text = fails ? "connection refused by 10.0.0.1:5432" : NULL;
	store_append_row(store, &row);
}

static void add_point(struct store *store, int64_t at_us)
{
	struct store_row row = { .kind = SERIES_SYSTEM, .name = "", .time = { at_us + 417 } };

	put_integer(&row, SERIES_SYSTEM_STATUS, BW_HEALTH_HEALTHY);
	put_integer(&row, SERIES_SYSTEM_HOLD, 65);
	for (int field = SERIES_SYSTEM_HEALTH_SCORE; field < SERIES_SYSTEM_FIELDS; field++)
		put_real(&row, field, 90 + chance(100) / 10.0);
	store_append_row(store, &row);
}

static void add_state(struct store *store, char *name, int64_t now_us)
{
	const struct store_state state = {
		.component = name,
		.health = BW_HEALTH_HEALTHY,
		.since = { now_us - DAY_US },
		.last_check = { now_us - 60 * BW_SECOND_US },
		.has_response = true,
		.response_us = 4000,
	};

	store_put_state(store, &state);
}

static void add_change(struct store *store, uint64_t id, const char *name, int64_t at_us)
{
	const struct bw_change change = {
		.id = id,
		.at = { at_us },
		.kind = BW_CHANGE_COMPONENT,
		.name = name,
		.from = id % 2 ? "healthy" : "unhealthy",
		.to = id % 2 ? "unhealthy" : "healthy",
		.text = "connection refused by 10.0.0.1:5432",
	};

	store_append_change(store, &change);
}

static void fill(struct store *store, int components, int64_t from_us, int64_t now_us)
{
	char name[32];
	uint64_t changes = 0;
	int step = 0;

	for (int64_t at = from_us; at < now_us - 60 * BW_SECOND_US; at += STEP_US) {
		for (int nth = 0; nth < components; nth++) {
			snprintf(name, sizeof(name), "service-%04d", nth);
			add_look(store, name, at, 2000 + nth % 100 * 500);
			if (at > now_us - DAY_US && (step + nth) % 120 == 0)
				add_change(store, ++changes, name, at);
			if (at > now_us - HOUR_US / 2 && nth % (components / 30 + 1) == 0)
				store_flush(store);
		}
		add_point(store, at);
		if (++step % FLUSH_STEPS == 0)
			store_flush(store);
	}
	for (int nth = 0; nth < components; nth++) {
		snprintf(name, sizeof(name), "service-%04d", nth);
		add_state(store, name, now_us);
	}
	store_flush(store);
}

int main(int argc, char **argv)
{
	const int64_t now_us = (int64_t)time(NULL) * BW_SECOND_US;
	struct store_status status;
	struct bw_error err = { "" };
	struct store *store;

	if (argc != 4) {
		fputs("usage: fill_history DATABASE COMPONENTS DAYS\n", stderr);
		return 2;
	}
	const struct store_config config = { .path = argv[1],
					     .history_us = 8 * DAY_US,
					     .rollups_us = 400 * DAY_US };
	if (store_open(&config, (struct bw_wall){ now_us }, &store, &err) != BW_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	fill(store, (int)strtol(argv[2], NULL, 10), now_us - strtol(argv[3], NULL, 10) * DAY_US,
	     now_us);
	store_status(store, &status);
	store_close(store, 60 * BW_SECOND_US);
	printf("{\"rows\": %llu, \"dropped\": %llu, \"bytes\": %lld}\n",
	       (unsigned long long)status.written, (unsigned long long)status.dropped,
	       (long long)status.file_bytes);
	return status.dropped > 0;
}
