/* fuzz_region.c - any bytes as a region's file: opened for looking and for working, everything in
 * it walked through. An error or answers that are possible; never a crash, never a hang.
 *
 * The first byte chooses: even: the other bytes are the file. Odd: they are patches (two bytes of
 * place, eight of content) on a good file, which is how damage gets behind a header that is right.
 * The boot is made this one's, so that the file is not simply replaced.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bellwether/breaker.h>

#include "base/assert.h"
#include "shm/clock.h"
#include "shm/rules.h"
#include "shm/segment.h"
#include "shm/words.h"

enum { PATCH = 10, FILE_MAX = 1 << 20, ROOM = 8, CALLS = 40 };

static const struct segment_shape shape = { 2, 3, 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fake_time {
	int64_t now_us;
};

static int64_t fake_now(void *arg)
{
	return ((struct fake_time *)arg)->now_us;
}

static double fake_random(void *arg)
{
	return 0.5;
}

static char folder[] = "/tmp/fuzz-region-XXXXXX";
static char path[64];

static void remove_files(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

static const char *file_path(void)
{
	if (path[0] == '\0') {
		bw_assert(mkdtemp(folder) != NULL);
		(void)snprintf(path, sizeof(path), "%s/region", folder);
		bw_assert(atexit(remove_files) == 0);
	}
	return path;
}

static void write_file(const uint8_t *bytes, size_t size)
{
	int fd = open(file_path(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	bw_assert(fd >= 0);
	bw_assert(write(fd, bytes, size) == (ssize_t)size);
	bw_assert(close(fd) == 0);
}

static void patch(uint8_t *bytes, size_t length, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at + PATCH <= size; at += PATCH) {
		size_t place = ((size_t)data[at] << 8 | data[at + 1]) * 8 % length;

		memcpy(bytes + place, data + at + 2, 8);
	}
}

/* A breaker as a registry leaves it. */
static void fill_cell(uint8_t *bytes)
{
	struct segment_cell *cell = (void *)(bytes + segment_cells_offset(&shape));

	memcpy((void *)cell->name, "feed", 5);
	bw_rules_store(&cell->config[1], &bw_breaker_config_default);
	cell->config_index = 1;
	cell->control = word_control(BW_BREAKER_CLOSED, 1, 0);
	cell->window_from = 1;
	cell->ready = SEGMENT_READY;
}

/* Returns the length. */
static size_t make_bytes(const uint8_t *data, size_t size, const struct segment_origin *here,
			 uint8_t **out)
{
	bool is_patched = size > 0 && data[0] % 2 == 1;
	size_t length = is_patched ? segment_bytes(&shape) : size > 0 ? size - 1 : 0;
	uint8_t *bytes = calloc(1, length + sizeof(struct segment_header));
	struct segment_header *header = (void *)bytes;

	bw_assert(bytes != NULL);
	if (is_patched) {
		bw_segment_format(bytes, &shape, here);
		fill_cell(bytes);
		patch(bytes, length, data + 1, size - 1);
	} else if (length > 0) {
		memcpy(bytes, data + 1, length);
	}
	if (length >= sizeof(*header)) {
		memcpy(header->boot_id, here->boot_id, sizeof(header->boot_id));
		header->time_namespace = here->time_namespace;
	}
	*out = bytes;
	return length;
}

/* ---- looking ---- */

static void rate_is_possible(double rate)
{
	bw_assert(rate >= 0 && rate <= 1);
}

static void look(const struct bw_breaker *breaker)
{
	struct bw_breaker_worker workers[ROOM];
	struct bw_breaker_event events[ROOM];
	struct bw_breaker_snapshot seen;
	struct bw_breaker_config config;
	uint64_t cursor = 0, missed = 0;
	size_t count;

	bw_breaker_snapshot(breaker, &seen);
	bw_assert(seen.state <= BW_BREAKER_METRICS_ONLY);
	bw_assert(seen.probes_in_flight >= 0 && seen.probes_in_flight <= BW_BREAKER_PROBES_MAX);
	bw_assert(seen.probe_successes >= 0 && seen.consecutive_failures >= 0);
	bw_assert(!seen.has_retry || seen.time_until_retry_us >= 0);
	bw_assert(seen.window.total_calls >= 0 && seen.window.avg_response_time_s >= 0);
	rate_is_possible(seen.window.success_rate);
	rate_is_possible(seen.window.failure_rate);
	rate_is_possible(seen.window.timeout_rate);
	bw_assert(seen.window.uptime_percentage >= 0 && seen.window.uptime_percentage <= 100);
	bw_breaker_config(breaker, &config);
	bw_assert(bw_breaker_config_check(&config, NULL) == BW_OK);
	for (int i = 0; i < 64; i++) {
		count = bw_breaker_events(breaker, &cursor, events, ROOM, &missed);
		bw_assert(count <= ROOM);
		for (size_t k = 0; k < count; k++) {
			bw_assert(bw_breaker_state_text(events[k].from) != NULL);
			bw_assert(bw_breaker_state_text(events[k].to) != NULL);
			bw_assert(bw_breaker_cause_text(events[k].cause) != NULL);
		}
		if (count == 0)
			break;
	}
	count = bw_breaker_workers(breaker, workers, ROOM);
	bw_assert(count <= SEGMENT_WORKERS_MAX);
	for (size_t i = 0; i < ROOM && i < count; i++) {
		bw_assert(memchr(workers[i].command, '\0', sizeof(workers[i].command)) != NULL);
		bw_assert(workers[i].in_flight >= 0 && workers[i].failed >= 0);
	}
}

/* ---- working ---- */

static void call(struct bw_breaker *breaker, struct fake_time *time)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_call one = bw_breaker_begin(breaker);

		time->now_us += 700000;
		(void)bw_breaker_end(breaker, one, (enum bw_breaker_outcome)(i % 6));
		if (i % 8 == 0)
			look(breaker);
	}
}

static void give_orders(struct bw_breaker *breaker, struct fake_time *time)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker_snapshot seen;

	config.failure_threshold = 2;
	config.recovery_timeout_us = 3000000;
	bw_assert(bw_breaker_configure(breaker, &config, NULL) == BW_OK);
	call(breaker, time);
	bw_assert(bw_breaker_open_for(breaker, 1000000) == BW_OK);
	call(breaker, time);
	bw_assert(bw_breaker_metrics_only(breaker) == BW_OK);
	call(breaker, time);
	bw_assert(bw_breaker_reset(breaker) == BW_OK);
	bw_breaker_snapshot(breaker, &seen);
	bw_assert(seen.state == BW_BREAKER_CLOSED && seen.window.total_calls == 0);
	bw_assert(bw_breaker_ticket_admitted(bw_breaker_acquire(breaker)));
}

static void walk(struct bw_region *region, struct fake_time *time, bool is_writable)
{
	char name[BW_BREAKER_NAME_MAX + 1];
	struct bw_breaker *breaker;
	struct bw_region_info info;
	size_t cursor = 0;

	bw_region_info(region, &info);
	bw_assert(info.breakers <= info.breakers_max && info.workers <= info.workers_max);
	for (int i = 0; i < ROOM && bw_region_next(region, &cursor, name); i++) {
		if (bw_breaker_find(region, name, &breaker, NULL) != BW_OK)
			continue;
		look(breaker);
		(void)bw_breaker_acquire(breaker).word;
		if (is_writable) {
			call(breaker, time);
			give_orders(breaker, time);
		} else {
			bw_assert(bw_breaker_reset(breaker) == BW_EACCES);
		}
		bw_breaker_close(breaker);
	}
	if (bw_breaker_open(region, "one more", NULL, &breaker, NULL) != BW_OK)
		return;
	look(breaker);
	if (is_writable)
		call(breaker, time);
	bw_breaker_close(breaker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_time time = { 1000000 };
	struct bw_clock clock = {
		.now_us = fake_now, .wall_us = fake_now, .random = fake_random, .arg = &time
	};
	struct bw_region_options options = { .fallback = BW_REGION_ERROR,
					     .path = file_path(),
					     .clock = &clock };
	struct segment_origin here;
	struct bw_region *region;
	size_t length;
	uint8_t *bytes;

	if (size > FILE_MAX)
		return 0;
	bw_clock_origin(&clock, &here);
	length = make_bytes(data, size, &here, &bytes);
	write_file(bytes, length);
	free(bytes);
	for (int mode = BW_REGION_READ_ONLY; mode >= BW_REGION_SHARED; mode--) {
		options.mode = (enum bw_region_mode)mode;
		if (bw_region_open(&options, &region, NULL) != BW_OK)
			continue;
		walk(region, &time, mode == BW_REGION_SHARED);
		bw_region_close(region);
	}
	return 0;
}
