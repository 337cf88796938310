/* region.c - opening and closing a region: which of file, memory or nothing it stands on.
 *
 * Whatever happens a caller gets breakers that work: where the file cannot be used the region is
 * private memory, which either protects this process alone (LOCAL) or stands unused behind
 * admissions that ask nothing (ADMIT, switched off). So no door has to ask whether there is a
 * segment.
 */
#include "shm/region.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/clock.h"
#include "shm/file.h"
#include "shm/folder.h"
#include "shm/path.h"
#include "shm/registry.h"
#include "shm/worker.h"

static const struct bw_region_options standard;

static bool is_switched_off(void)
{
	const char *value = getenv("BELLWETHER_BREAKERS");

	return value && strcmp(value, "off") == 0;
}

static uint32_t or_else(unsigned wanted, uint32_t otherwise)
{
	return wanted > 0 ? wanted : otherwise;
}

static struct segment_shape shape_of(const struct bw_region_options *options, bool is_private)
{
	return (struct segment_shape){
		or_else(options->breakers, is_private ? 16 : 128),
		or_else(options->workers, is_private ? 1 : 128),
		or_else(options->shards, is_private ? 1 : 4),
	};
}

static enum bw_status check_options(const struct bw_region_options *options, struct bw_error *err)
{
	if (options->path && options->path[0] == '\0')
		return bw_fail(err, BW_EINVAL, "the region's path is empty");
	if (options->mode > BW_REGION_PRIVATE || options->fallback > BW_REGION_ERROR)
		return bw_fail(err, BW_EINVAL, "no such mode or fallback of a region");
	if (options->breakers > SEGMENT_CELLS_MAX)
		return bw_fail(err, BW_EINVAL, "breakers: at most %d", SEGMENT_CELLS_MAX);
	if (options->workers > SEGMENT_WORKERS_MAX)
		return bw_fail(err, BW_EINVAL, "workers: at most %d", SEGMENT_WORKERS_MAX);
	if (options->shards > SEGMENT_SHARDS_MAX)
		return bw_fail(err, BW_EINVAL, "shards: at most %d", SEGMENT_SHARDS_MAX);
	return BW_OK;
}

static struct bw_region *create(const char *path, struct bw_error *err)
{
	size_t length = strlen(path);
	struct bw_region *region = calloc(1, sizeof(*region) + length + 1);

	if (region)
		memcpy(region->path, path, length + 1);
	else
		(void)bw_fail(err, BW_ENOMEM, "no memory for a region");
	return region;
}

/* What stands in a segment that bw_segment_check() has accepted, or that is ours alone. */
static void adopt(struct bw_region *region, const struct region_file *file)
{
	region->segment = file->segment;
	region->bytes = file->bytes;
	region->shape = file->shape;
	region->epoch_us = file->epoch_us;
	region->device = file->device;
	region->inode = file->inode;
	region->cell_bytes = segment_cell_bytes(&file->shape);
	region->cells = file->segment + segment_cells_offset(&file->shape);
}

static enum bw_status map_private(struct bw_region *region, const struct segment_shape *shape,
				  struct bw_error *err)
{
	size_t bytes = segment_bytes(shape);
	struct segment_origin origin;
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return bw_fail(err, BW_ENOMEM, "no memory for %zu bytes of breakers", bytes);
	bw_clock_origin(&region->clock, &origin);
	bw_segment_format(memory, shape, &origin);
	region->is_writable = true;
	adopt(region, &(struct region_file){ .segment = memory,
					     .bytes = bytes,
					     .shape = *shape,
					     .epoch_us = origin.epoch_us });
	return BW_OK;
}

/* Memory of our own because of `region->trouble`, or to stand behind a switched off region. */
static enum bw_status map_instead(struct bw_region *region, enum bw_region_kind kind,
				  const struct segment_shape *shape, struct bw_error *err)
{
	region->kind = kind;
	region->admits = kind != BW_REGION_IS_FALLBACK;
	return map_private(region, &(struct segment_shape){ shape->cells, 1, 1 }, err);
}

/* Who made a folder 2770 and named a file in it means its group. The folder that we look for by
 * ourselves may have been made by anybody, so there it must be asked for. */
static bool is_of_group(const char *path)
{
	return !bw_path_is_own(path) && bw_folder_is_for_group(path);
}

static enum bw_status map_file(struct bw_region *region, const struct bw_region_options *options,
			       const struct segment_shape *shape, struct bw_error *err)
{
	struct file_order order = { .path = region->path,
				    .is_writable = options->mode == BW_REGION_SHARED,
				    .group = options->group || is_of_group(region->path),
				    .shape = *shape };
	struct region_file file;
	enum bw_status status;

	bw_clock_origin(&region->clock, &order.here);
	status = bw_file_open(&order, &file, err);
	if (status != BW_OK)
		return status;
	region->kind = order.is_writable ? BW_REGION_IS_SHARED : BW_REGION_IS_READ_ONLY;
	region->is_writable = order.is_writable;
	adopt(region, &file);
	return BW_OK;
}

/* `path_status`: whether there is a path to look at. */
static enum bw_status map_any(struct bw_region *region, const struct bw_region_options *options,
			      enum bw_status path_status, struct bw_error *err)
{
	struct segment_shape shape = shape_of(options, options->mode == BW_REGION_PRIVATE);
	enum bw_status status = path_status;
	struct bw_error why;

	if (is_switched_off())
		return map_instead(region, BW_REGION_IS_OFF, &shape, err);
	region->kind = BW_REGION_IS_PRIVATE;
	if (options->mode == BW_REGION_PRIVATE)
		return map_private(region, &shape, err);
	if (status == BW_OK)
		status = map_file(region, options, &shape, &why);
	else
		(void)bw_fail(&why, status, "the region's path is longer than %d bytes",
			      PATH_MAX - 1);
	if (status == BW_OK)
		return BW_OK;
	if (options->fallback == BW_REGION_ERROR || status == BW_ENOMEM)
		return bw_fail(err, status, "%s", why.text);
	region->trouble = why;
	return map_instead(region,
			   options->fallback == BW_REGION_ADMIT ? BW_REGION_ADMITS
								: BW_REGION_IS_FALLBACK,
			   &shape, err);
}

/* Absolute, so that a change of the working folder does not lose the file; "" when it has none. */
static enum bw_status find_path(const struct bw_region_options *options, char out[PATH_MAX])
{
	char given[PATH_MAX], folder[PATH_MAX] = "";
	enum bw_status status = BW_OK;
	int length = 0;

	out[0] = '\0';
	if (options->mode == BW_REGION_PRIVATE)
		return BW_OK;
	if (!options->path)
		status = bw_region_default_path(given, sizeof(given));
	else
		length = snprintf(given, sizeof(given), "%s", options->path);
	if (status != BW_OK || length >= PATH_MAX)
		return BW_ELIMIT;
	if (given[0] != '/' && !getcwd(folder, sizeof(folder)))
		return BW_ELIMIT;
	length = snprintf(out, PATH_MAX, "%s%s%s", folder, given[0] != '/' ? "/" : "", given);
	if (length < PATH_MAX)
		return BW_OK;
	out[0] = '\0';
	return BW_ELIMIT;
}

enum bw_status bw_region_open(const struct bw_region_options *options, struct bw_region **out,
			      struct bw_error *err)
{
	char path[PATH_MAX];
	struct bw_region *region;
	enum bw_status status, path_status;

	if (!out)
		return bw_fail(err, BW_EINVAL, "no place for the region");
	if (!options)
		options = &standard;
	status = check_options(options, err);
	if (status != BW_OK)
		return status;
	path_status = find_path(options, path);
	region = create(path, err);
	if (!region)
		return BW_ENOMEM;
	bw_clock_complete(options->clock, &region->clock);
	region->has_system_clock = bw_clock_is_system(&region->clock);
	region->is_serial = options->serial;
	region->fallback = options->fallback;
	status = map_any(region, options, path_status, err);
	if (options->mode == BW_REGION_READ_ONLY)
		region->is_writable = false;
	if (status == BW_OK)
		status = bw_worker_start(region, err);
	region->is_alone = region->is_serial && region->inode == 0;
	if (status == BW_OK)
		*out = region;
	else
		bw_region_close(region);
	return status;
}

enum bw_status bw_region_local(const struct bw_region *like, struct bw_region **out,
			       struct bw_error *err)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE,
					     .clock = &like->clock,
					     .breakers = 256,
					     .serial = like->is_serial };

	return bw_region_open(&options, out, err);
}

void bw_region_close(struct bw_region *region)
{
	if (!region)
		return;
	bw_region_close(region->local);
	if (region->segment) {
		bw_worker_finish(region);
		(void)munmap(region->segment, region->bytes);
	}
	free(region);
}

void bw_region_info(const struct bw_region *region, struct bw_region_info *out)
{
	const struct segment_header *header = (const void *)region->segment;

	*out = (struct bw_region_info){
		.kind = region->kind,
		.path = region->path,
		.created_wall_us = header->created_wall_us,
		.breakers = bw_registry_count(region),
		.breakers_max = region->shape.cells,
		.workers = bw_worker_count(region),
		.workers_max = region->shape.workers,
		.corrupt = atomic_load_explicit(&header->corrupt, memory_order_relaxed),
		.trouble = region->trouble,
	};
	if (region->inode != 0 && !bw_file_is_named(region->path, region->device, region->inode))
		(void)bw_fail(&out->trouble, BW_EIO,
			      "%.256s: removed while in use; processes that start now do not share "
			      "with us",
			      region->path);
}
