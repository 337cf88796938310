/* shared_region.c - one handle, tried to be opened for writing first, then for reading.
 *
 * The library would fall back to private memory by itself; the daemon does not let it, because its
 * private breakers are of another shape (guard.c) and because it must know.
 */
#include "daemon/shared_region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"
#include "base/xalloc.h"

/* A cell takes about 25 KB of shared memory, so not every breaker of a huge configuration gets one.
 */
enum { CELLS_STANDARD = 128, CELLS_SPARE = 64, CELLS_ASKED_MAX = 1024, PATH_SIZE = 4096 };

struct shared_region {
	const struct bw_clock *clock;
	bool wanted, group;
	char *asked; /* the configured path, or NULL */
	char path[PATH_SIZE];
	unsigned cells;
	struct bw_region *region;
	bool writable;
	dev_t device;
	ino_t inode;
	struct bw_error trouble;
};

struct shared_region *shared_region_create(const struct bw_clock *clock)
{
	struct shared_region *region = xcalloc(1, sizeof(*region));

	region->clock = clock;
	return region;
}

void shared_region_destroy(struct shared_region *region)
{
	if (region == NULL)
		return;
	shared_region_close(region);
	free(region->asked);
	free(region);
}

static void set_path(struct shared_region *region)
{
	if (region->asked != NULL)
		bw_text_format(region->path, sizeof(region->path), "%s", region->asked);
	else if (bw_region_default_path(region->path, sizeof(region->path)) != BW_OK)
		region->path[0] = '\0';
}

static bool is_same_text(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

bool shared_region_set(struct shared_region *region, const struct region_settings *settings,
		       size_t breakers)
{
	bool same = region->wanted == settings->shared && region->group == settings->group &&
		    is_same_text(region->asked, settings->path);
	size_t cells = CELLS_STANDARD;

	if (breakers + CELLS_SPARE > cells)
		cells = breakers + CELLS_SPARE;
	region->cells = (unsigned)(cells < CELLS_ASKED_MAX ? cells : CELLS_ASKED_MAX);
	if (same)
		return false;
	region->wanted = settings->shared;
	region->group = settings->group;
	free(region->asked);
	region->asked = settings->path == NULL ? NULL : xstrdup(settings->path);
	region->trouble.text[0] = '\0';
	set_path(region);
	return true;
}

static enum bw_status open_as(struct shared_region *region, enum bw_region_mode mode,
			      struct bw_error *err)
{
	const struct bw_region_options options = {
		.mode = mode,
		.fallback = BW_REGION_ERROR,
		.path = region->asked,
		.clock = region->clock,
		.breakers = region->cells,
		/* what its group may read, its members may look at */
		.group = region->group || mode == BW_REGION_READ_ONLY,
		.serial = true,
	};

	return bw_region_open(&options, &region->region, err);
}

static void note_file(struct shared_region *region)
{
	struct stat file;
	bool known = stat(region->path, &file) == 0;

	region->device = known ? file.st_dev : 0;
	region->inode = known ? file.st_ino : 0;
}

/* What was opened may still be nothing to share: BELLWETHER_BREAKERS=off. */
static bool is_usable(struct shared_region *region)
{
	struct bw_region_info info;

	bw_region_info(region->region, &info);
	if (info.kind == BW_REGION_IS_SHARED || info.kind == BW_REGION_IS_READ_ONLY)
		return true;
	bw_text_format(
		region->trouble.text, sizeof(region->trouble.text),
		info.kind == BW_REGION_IS_OFF
			? "BELLWETHER_BREAKERS=off: no breaker of the daemon opens, and none "
			  "of other processes is shown"
			: "%s",
		info.trouble.text);
	shared_region_close(region);
	return false;
}

bool shared_region_open(struct shared_region *region)
{
	struct bw_error why = { "" }, ignored;

	if (!region->wanted || region->region != NULL)
		return false;
	region->trouble.text[0] = '\0';
	region->writable = open_as(region, BW_REGION_SHARED, &why) == BW_OK;
	if (!region->writable && open_as(region, BW_REGION_READ_ONLY, &ignored) != BW_OK) {
		region->region = NULL;
		bw_text_format(region->trouble.text, sizeof(region->trouble.text),
			       "the breakers are not shared with other processes: %s", why.text);
		return false;
	}
	if (!is_usable(region))
		return false;
	if (!region->writable)
		bw_text_format(region->trouble.text, sizeof(region->trouble.text),
			       "the shared breakers are only looked at, those of the "
			       "configuration are the daemon's alone: %s",
			       why.text);
	note_file(region);
	return true;
}

void shared_region_close(struct shared_region *region)
{
	bw_region_close(region->region);
	region->region = NULL;
	region->writable = false;
}

bool shared_region_is_replaced(const struct shared_region *region)
{
	struct stat file;

	if (region->region == NULL || region->inode == 0)
		return false;
	return stat(region->path, &file) != 0 || file.st_dev != region->device ||
	       file.st_ino != region->inode;
}

struct bw_region *shared_region_get(const struct shared_region *region)
{
	return region == NULL ? NULL : region->region;
}

bool shared_region_is_wanted(const struct shared_region *region)
{
	return region != NULL && region->wanted;
}

bool shared_region_is_writable(const struct shared_region *region)
{
	return region != NULL && region->region != NULL && region->writable;
}

const char *shared_region_trouble(const struct shared_region *region)
{
	return region == NULL ? "" : region->trouble.text;
}

int64_t shared_region_now_us(const struct shared_region *region)
{
	struct timespec now;

	if (region->clock != NULL)
		return region->clock->now_us(region->clock->arg);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

const char *shared_region_path(const struct shared_region *region)
{
	return region == NULL ? "" : region->path;
}
