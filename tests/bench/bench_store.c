/* bench_store.c - what an append costs the loop, how fast rows become durable, and how many bytes
 * one takes: five thousand results a burst, a hundred components, one in twenty with an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "storage/store.h"

enum { COMPONENTS = 100, BURSTS = 100, BURST = 5000 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct series_cell whole(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

static void append_burst(struct store *store, int burst)
{
	static char names[COMPONENTS][24];

	for (int i = 0; i < BURST; i++) {
		int64_t nth = (int64_t)burst * BURST + i;
		bool failed = nth % 20 == 0;
		struct store_row row = {
			.kind = SERIES_COMPONENT,
			.name = names[nth % COMPONENTS],
			.time = { INT64_C(1772461800000000) + nth * 10000 },
			.text = failed ? "connection refused" : NULL,
		};

		row.cells[SERIES_COMPONENT_STATUS] =
			whole(failed ? BW_HEALTH_UNHEALTHY : BW_HEALTH_HEALTHY);
		row.cells[SERIES_COMPONENT_HOLD] = whole(30);
		if (!failed)
			row.cells[SERIES_COMPONENT_RESPONSE] = whole(1000 + nth * 7919 % 50000);
		if (names[nth % COMPONENTS][0] == '\0')
			snprintf(names[nth % COMPONENTS], sizeof(names[0]), "component-%d",
				 (int)(nth % COMPONENTS));
		store_append_row(store, &row);
	}
}

static struct store *open_in(const char *path)
{
	const struct store_config config = { .path = path, .history_us = 86400 * BW_SECOND_US };
	struct bw_error err;
	struct store *store;

	if (store_open(&config, (struct bw_wall){ 0 }, &store, &err) != BW_OK) {
		fprintf(stderr, "bench_store: %s\n", err.text);
		exit(1);
	}
	return store;
}

int main(void)
{
	char folder[] = "/tmp/bench-store-XXXXXX", path[64], lock[80];
	const double rows = (double)BURSTS * BURST;
	int64_t append_ns = 0, began_ns;
	struct store_status status;
	struct store *store;
	double seconds;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/store.db", folder);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	store = open_in(path);
	began_ns = now_ns();
	for (int burst = 0; burst < BURSTS; burst++) {
		int64_t burst_ns = now_ns();

		append_burst(store, burst);
		append_ns += now_ns() - burst_ns;
		store_flush(store);
	}
	seconds = (double)(now_ns() - began_ns) / 1e9;
	store_close(store, 60 * BW_SECOND_US);
	store = open_in(path);
	store_status(store, &status);
	store_close(store, 60 * BW_SECOND_US);
	printf("{\"bench\":\"store append\",\"value\":%.1f,\"unit\":\"ns\",\"limit\":1000,"
	       "\"better\":\"lower\",\"rows\":%.0f,\"durable_rows_per_s\":%.0f,"
	       "\"bytes_per_row\":%.1f}\n",
	       (double)append_ns / rows, rows, rows / seconds, (double)status.file_bytes / rows);
	unlink(path);
	unlink(lock);
	rmdir(folder);
	return 0;
}
