/* registry.c - looks through the cells for a name; takes the first cell without one for a new one.
 *
 * A creator writes configuration and name, and `ready` last. Killed half-way it leaves a cell that
 * nobody sees and the next creator takes, so every step of creation is a plain overwrite. The lock
 * is the kernel's (flock), which a killed process loses by dying.
 */
#include "shm/registry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/display.h"
#include "shm/file.h"
#include "shm/region.h"
#include "shm/words.h"
#include "shm/worker.h"

enum { LOCK_TRIES = 100, LOCK_PAUSE_NS = 1000000 };

static bool is_ready(const struct segment_cell *cell)
{
	return atomic_load_explicit(&cell->ready, memory_order_acquire) == SEGMENT_READY;
}

/* NULL when `name` is one. */
static const char *name_fault(const char *name)
{
	size_t length = strnlen(name, BW_BREAKER_NAME_MAX + 1);
	uint32_t character;

	if (length == 0)
		return "a breaker needs a name";
	if (length > BW_BREAKER_NAME_MAX)
		return "a breaker's name has at most 63 bytes";
	for (size_t at = 0; at < length;) {
		size_t bytes = bw_utf8_next(name + at, length - at, &character);

		if (character >= 0x80 && bytes < 2)
			return "a breaker's name must be UTF-8";
		if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			return "a breaker's name must not contain control characters";
		at += bytes;
	}
	return NULL;
}

/* false: the bytes are no name. */
static bool read_name(const struct segment_cell *cell, char out[SEGMENT_NAME_BYTES])
{
	uint64_t words[SEGMENT_NAME_BYTES / 8];

	for (size_t i = 0; i < SEGMENT_NAME_BYTES / 8; i++)
		words[i] = atomic_load_explicit(&cell->name[i], memory_order_relaxed);
	memcpy(out, words, sizeof(words));
	return name_fault(out) == NULL;
}

static void write_name(struct segment_cell *cell, const char *name)
{
	char bytes[SEGMENT_NAME_BYTES] = { 0 };
	uint64_t words[SEGMENT_NAME_BYTES / 8];

	memcpy(bytes, name, strlen(name) + 1);
	memcpy(words, bytes, sizeof(words));
	for (size_t i = 0; i < SEGMENT_NAME_BYTES / 8; i++)
		atomic_store_explicit(&cell->name[i], words[i], memory_order_relaxed);
}

static struct segment_cell *find_cell(const struct bw_region *region, const char *name)
{
	char found[SEGMENT_NAME_BYTES];

	for (uint32_t i = 0; i < region->shape.cells; i++) {
		struct segment_cell *cell = region_cell(region, i);

		if (is_ready(cell) && read_name(cell, found) && strcmp(found, name) == 0)
			return cell;
	}
	return NULL;
}

static struct segment_cell *free_cell(const struct bw_region *region)
{
	for (uint32_t i = 0; i < region->shape.cells; i++)
		if (!is_ready(region_cell(region, i)))
			return region_cell(region, i);
	return NULL;
}

static void publish_config(struct segment_cell *cell, const struct bw_breaker_config *config)
{
	uint64_t next = atomic_load_explicit(&cell->config_index, memory_order_relaxed) + 1;

	bw_rules_store(&cell->config[next & 1], config);
	atomic_store_explicit(&cell->config_index, next, memory_order_release);
}

static void fill_cell(struct segment_cell *cell, const char *name,
		      const struct bw_breaker_config *config)
{
	write_name(cell, name);
	publish_config(cell, config);
	atomic_store_explicit(&cell->control, word_control(BW_BREAKER_CLOSED, 1, 0),
			      memory_order_relaxed);
	atomic_store_explicit(&cell->window_from, 1, memory_order_relaxed);
	atomic_store_explicit(&cell->ready, SEGMENT_READY, memory_order_release);
}

/* ---- the lock: threads of this process by the spin word, processes by the file ---- */

static enum bw_status lock_threads(struct bw_region *region, struct bw_error *err)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int tries = 0; !bw_worker_lock(region); tries++) {
		if (tries == LOCK_TRIES)
			return bw_fail(err, BW_ETIMEDOUT,
				       "another thread holds the registry of breakers");
		(void)nanosleep(&pause, NULL);
	}
	return BW_OK;
}

static enum bw_status lock(struct bw_region *region, int *fd, struct bw_error *err)
{
	enum bw_status status = lock_threads(region, err);

	*fd = -1;
	if (status != BW_OK || region->inode == 0)
		return status;
	status = bw_file_lock(region->path, region->device, region->inode, fd, err);
	if (status != BW_OK)
		bw_worker_unlock(region);
	return status;
}

static void unlock(struct bw_region *region, int fd)
{
	if (fd >= 0)
		bw_file_unlock(fd);
	bw_worker_unlock(region);
}

/* ---- handles ---- */

static enum bw_status attach(struct bw_region *region, struct segment_cell *cell, const char *name,
			     struct bw_breaker **out, struct bw_error *err)
{
	struct bw_breaker *breaker = calloc(1, sizeof(*breaker));

	if (!breaker)
		return bw_fail(err, BW_ENOMEM, "no memory for breaker \"%s\"", name);
	breaker->cell = cell;
	breaker->shards = region_shards(cell);
	breaker->lanes = region_lane(region, cell, 0);
	breaker->region = region;
	breaker->shard_count = region->shape.shards;
	breaker->lane_count = region->shape.workers;
	breaker->admits = region->admits;
	breaker->is_writable = region->is_writable;
	breaker->is_alone = region->is_alone;
	breaker->is_shared = region->inode != 0;
	breaker->origin = BW_BREAKER_ATTACHED;
	breaker->rules_index = UINT64_MAX;
	memcpy(breaker->name, name, strlen(name) + 1);
	(void)bw_breaker_rules_load(breaker);
	*out = breaker;
	return BW_OK;
}

static enum bw_status create_cell(struct bw_region *region, const char *name,
				  const struct bw_breaker_config *config,
				  struct segment_cell **cell, bool *is_new, struct bw_error *err)
{
	enum bw_status status;
	int fd;

	status = lock(region, &fd, err);
	if (status != BW_OK)
		return status;
	*cell = find_cell(region, name);
	*is_new = *cell == NULL;
	if (*is_new)
		*cell = free_cell(region);
	if (!*cell)
		status = bw_fail(err, BW_ELIMIT,
				 "the region has room for %u breakers; \"%s\" is "
				 "one more",
				 region->shape.cells, name);
	else if (*is_new)
		fill_cell(*cell, name, config ? config : &bw_breaker_config_default);
	unlock(region, fd);
	return status;
}

static enum bw_status open_local(struct bw_region *region, const char *name,
				 const struct bw_breaker_config *config, struct bw_breaker **out,
				 struct bw_error *err)
{
	enum bw_status status = lock_threads(region, err);

	if (status != BW_OK)
		return status;
	if (!region->local)
		status = bw_region_local(region, &region->local, err);
	bw_worker_unlock(region);
	if (status == BW_OK)
		status = bw_breaker_open(region->local, name, config, out, err);
	return status;
}

enum bw_status bw_breaker_open(struct bw_region *region, const char *name,
			       const struct bw_breaker_config *config, struct bw_breaker **out,
			       struct bw_error *err)
{
	struct bw_breaker_config there;
	struct segment_cell *cell;
	enum bw_status status = BW_OK;
	bool is_new = false;

	if (!region || !name || !out)
		return bw_fail(err, BW_EINVAL, "no region, name or place for a breaker");
	if (name_fault(name))
		return bw_fail(err, BW_EINVAL, "%s", name_fault(name));
	if (config && bw_breaker_config_check(config, err) != BW_OK)
		return BW_EINVAL;
	cell = find_cell(region, name);
	if (!cell && !region->is_writable)
		return bw_fail(err, BW_ENOTFOUND, "no breaker \"%s\"", name);
	if (!cell)
		status = create_cell(region, name, config, &cell, &is_new, err);
	if ((status == BW_ELIMIT || status == BW_ETIMEDOUT || status == BW_EIO) &&
	    region->inode != 0 && region->fallback == BW_REGION_LOCAL)
		return open_local(region, name, config, out, err);
	if (status == BW_OK)
		status = attach(region, cell, name, out, err);
	if (status != BW_OK)
		return status;
	bw_breaker_config(*out, &there);
	if (is_new)
		(*out)->origin = BW_BREAKER_CREATED;
	else if (config && !bw_config_equal(config, &there))
		(*out)->origin = BW_BREAKER_ATTACHED_DIFFERENT;
	return BW_OK;
}

enum bw_status bw_breaker_find(struct bw_region *region, const char *name, struct bw_breaker **out,
			       struct bw_error *err)
{
	struct segment_cell *cell;

	if (!region || !name || !out)
		return bw_fail(err, BW_EINVAL, "no region, name or place for a breaker");
	cell = name_fault(name) ? NULL : find_cell(region, name);
	if (!cell)
		return bw_fail(err, BW_ENOTFOUND, "no breaker \"%s\"", name);
	return attach(region, cell, name, out, err);
}

void bw_breaker_close(struct bw_breaker *breaker)
{
	free(breaker);
}

const char *bw_breaker_name(const struct bw_breaker *breaker)
{
	return breaker->name;
}

enum bw_breaker_origin bw_breaker_origin(const struct bw_breaker *breaker)
{
	return breaker->origin;
}

bool bw_breaker_is_shared(const struct bw_breaker *breaker)
{
	return breaker->is_shared;
}

void bw_breaker_config(const struct bw_breaker *breaker, struct bw_breaker_config *out)
{
	uint64_t index;

	if (!bw_rules_load(breaker->cell, out, &index))
		region_corrupt(breaker->region);
}

enum bw_status bw_breaker_configure(struct bw_breaker *breaker,
				    const struct bw_breaker_config *config, struct bw_error *err)
{
	struct bw_breaker_config before;
	enum bw_status status;
	int fd;

	if (!breaker || !config)
		return bw_fail(err, BW_EINVAL, "no breaker or no configuration");
	if (!breaker->is_writable)
		return bw_fail(err, BW_EACCES, "the region is open for reading only");
	status = bw_breaker_config_check(config, err);
	if (status == BW_OK)
		status = lock(breaker->region, &fd, err);
	if (status != BW_OK)
		return status;
	bw_breaker_config(breaker, &before);
	if (!bw_config_equal(&before, config)) {
		publish_config(breaker->cell, config);
		bw_breaker_adapt(breaker, &before, config);
	}
	unlock(breaker->region, fd);
	return BW_OK;
}

unsigned bw_registry_count(const struct bw_region *region)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < region->shape.cells; i++)
		count += is_ready(region_cell(region, i));
	return count;
}

bool bw_region_next(const struct bw_region *region, size_t *cursor, char *name)
{
	while (*cursor < region->shape.cells) {
		struct segment_cell *cell = region_cell(region, (uint32_t)*cursor);

		(*cursor)++;
		if (is_ready(cell) && read_name(cell, name))
			return true;
	}
	return false;
}
