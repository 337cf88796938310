/* soak_region.c - the clock that all processes agree on, and the region they share. */
#include "soak/soak.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t soak_now_us(void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000) * SOAK_SPEED;
}

static int64_t wall_us(void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

const struct bw_clock *soak_clock(void)
{
	static const struct bw_clock clock = { .now_us = soak_now_us, .wall_us = wall_us };

	return &clock;
}

bool soak_open(struct soak *soak)
{
	const struct bw_region_options options = {
		.mode = BW_REGION_SHARED,
		.fallback = BW_REGION_ERROR,
		.path = soak->path,
		.clock = soak_clock(),
		.breakers = 4,
		.workers = 2 * SOAK_WORKERS_MAX,
	};
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_error err = { 0 };

	config.failure_threshold = 5;
	config.timeout_threshold_us = SOAK_TIMEOUT_US;
	config.recovery_timeout_us = SOAK_RECOVERY_MS * 1000;
	config.success_threshold = SOAK_SUCCESSES;
	config.max_probes = SOAK_PROBES;
	if (bw_region_open(&options, &soak->region, &err) == BW_OK &&
	    bw_breaker_open(soak->region, SOAK_BREAKER, &config, &soak->breaker, &err) == BW_OK)
		return true;
	fprintf(stderr, "%s: %s\n", soak->path, err.text);
	return false;
}

void soak_close(struct soak *soak)
{
	bw_breaker_close(soak->breaker);
	bw_region_close(soak->region);
	soak->breaker = NULL;
	soak->region = NULL;
}

static bool map_file(struct soak *soak)
{
	int fd = open(soak->path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *map;

	if (fd < 0)
		return false;
	if (fstat(fd, &stat) != 0) {
		close(fd);
		return false;
	}
	soak->map_bytes = (size_t)stat.st_size;
	map = mmap(NULL, soak->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	soak->header = map == MAP_FAILED ? NULL : map;
	return soak->header != NULL;
}

bool soak_map(struct soak *soak)
{
	const struct segment_header *header;

	if (!map_file(soak))
		return false;
	header = soak->header;
	for (uint32_t i = 0; i < header->cells; i++) {
		const struct segment_cell *cell =
			(const void *)((const char *)header + header->cells_offset +
				       (size_t)i * header->cell_bytes);

		if (!strncmp((const char *)cell->name, SOAK_BREAKER, sizeof(cell->name)))
			soak->cell = cell;
	}
	if (!soak->cell)
		fprintf(stderr, "%s: no such breaker\n", soak->path);
	return soak->cell != NULL;
}

void soak_unmap(struct soak *soak)
{
	if (soak->header)
		munmap((void *)(uintptr_t)soak->header, soak->map_bytes);
	soak->header = NULL;
	soak->cell = NULL;
}

uint64_t soak_word_ms(const struct soak *soak)
{
	return (uint64_t)((soak_now_us(NULL) - soak->header->epoch_us) / 1000);
}
