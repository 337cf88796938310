/* fault_vfs.c - every call goes to the layer below, that of the system; four of them are counted.
 *
 * For a failing power the bytes that a write replaces are remembered until the file is synced. Some
 * of them are put back, the latest first, so that the disk holds a mixture that no order of writes
 * explains: just what a cache without power leaves.
 */
#include "soak/fault_vfs.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

enum {
	UNDO_OF_FOUR = 3,   /* so many of four are put back; with every second seed all */
	SECTOR_BYTES = 512, /* a disk writes them whole or not at all */
};

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this */
};

struct undo {
	struct undo *next; /* an earlier one */
	struct fault_file *file;
	int64_t at;
	int len;
	char bytes[];
};

struct fault {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	struct fault_plan plan;
	pthread_mutex_t mutex;
	uint64_t points;
	bool has_refused;
	struct undo *undo;
};

/* One for a process, as SQLite's list of layers is. */
static struct fault fault = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct fault_file *of(sqlite3_file *file)
{
	return (struct fault_file *)file;
}

static uint64_t draw(void)
{
	fault.plan.seed =
		fault.plan.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return fault.plan.seed >> 33;
}

/* --- suffering; all with the mutex --- */

static void forget_undo(const struct fault_file *file)
{
	struct undo **place = &fault.undo;

	while (*place != NULL) {
		struct undo *undo = *place;

		if (undo->file != file) {
			place = &undo->next;
			continue;
		}
		*place = undo->next;
		free(undo);
	}
}

static void remember_undo(struct fault_file *file, int len, int64_t at)
{
	struct undo *undo = calloc(1, sizeof(*undo) + (size_t)len);

	if (undo == NULL)
		abort();
	*undo = (struct undo){ .next = fault.undo, .file = file, .at = at, .len = len };
	/* What is beyond the end was zeros. */
	(void)file->real->pMethods->xRead(file->real, undo->bytes, len, at);
	fault.undo = undo;
}

static void fail_power(void)
{
	bool all = draw() % 2 == 0;

	for (const struct undo *undo = fault.undo; undo != NULL; undo = undo->next) {
		sqlite3_file *file = undo->file->real;
		sqlite3_int64 size = 0;

		(void)file->pMethods->xFileSize(file, &size);
		if (undo->at < size && (all || draw() % 4 < UNDO_OF_FOUR))
			(void)file->pMethods->xWrite(file, undo->bytes, undo->len, undo->at);
	}
}

static void die(void)
{
	if (fault.plan.kind == FAULT_POWER)
		fail_power();
	(void)kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static int refusal(bool of_write)
{
	fault.has_refused = true;
	switch (fault.plan.kind) {
	case FAULT_FULL:
		return of_write ? SQLITE_FULL : SQLITE_OK;
	case FAULT_READ_ONLY:
		return of_write ? SQLITE_READONLY : SQLITE_OK;
	default:
		return of_write ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
	}
}

/* Counts a point: SQLITE_OK, what the disk says instead, or *dies. */
static int reach_point(bool of_write, bool *dies)
{
	const struct fault_plan *plan = &fault.plan;
	bool is_deadly = plan->kind == FAULT_KILL || plan->kind == FAULT_POWER;

	fault.points++;
	*dies = is_deadly && fault.points == plan->at;
	if (is_deadly || plan->at == 0 || fault.points < plan->at ||
	    fault.points >= plan->at + plan->lasts)
		return SQLITE_OK;
	return refusal(of_write);
}

/* --- files --- */

static int close_file(sqlite3_file *file)
{
	pthread_mutex_lock(&fault.mutex);
	forget_undo(of(file));
	pthread_mutex_unlock(&fault.mutex);
	return of(file)->real->pMethods->xClose(of(file)->real);
}

static int read_file(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
	return of(file)->real->pMethods->xRead(of(file)->real, out, len, at);
}

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	sqlite3_file *real = of(file)->real;
	bool dies;
	int code;

	pthread_mutex_lock(&fault.mutex);
	code = reach_point(true, &dies);
	if (code == SQLITE_OK && fault.plan.kind == FAULT_POWER)
		remember_undo(of(file), len, at);
	if (dies)
		len = (int)(draw() % (uint64_t)(len / SECTOR_BYTES + 1)) * SECTOR_BYTES;
	if (code == SQLITE_OK && len > 0)
		code = real->pMethods->xWrite(real, bytes, len, at);
	if (dies)
		die();
	pthread_mutex_unlock(&fault.mutex);
	return code;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	sqlite3_file *real = of(file)->real;
	bool dies;
	int code;

	pthread_mutex_lock(&fault.mutex);
	code = reach_point(true, &dies);
	if (dies && draw() % 2 == 0)
		die();
	if (code == SQLITE_OK)
		code = real->pMethods->xTruncate(real, size);
	if (dies)
		die();
	pthread_mutex_unlock(&fault.mutex);
	return code;
}

static int sync_file(sqlite3_file *file, int flags)
{
	bool dies;
	int code;

	(void)flags;
	pthread_mutex_lock(&fault.mutex);
	code = reach_point(false, &dies);
	if (dies)
		die();
	if (code == SQLITE_OK)
		forget_undo(of(file));
	pthread_mutex_unlock(&fault.mutex);
	return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return of(file)->real->pMethods->xFileSize(of(file)->real, size);
}

static int lock_file(sqlite3_file *file, int level)
{
	return of(file)->real->pMethods->xLock(of(file)->real, level);
}

static int unlock_file(sqlite3_file *file, int level)
{
	return of(file)->real->pMethods->xUnlock(of(file)->real, level);
}

static int check_lock(sqlite3_file *file, int *is_reserved)
{
	return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, is_reserved);
}

static int control_file(sqlite3_file *file, int operation, void *arg)
{
	return of(file)->real->pMethods->xFileControl(of(file)->real, operation, arg);
}

static int sector_size(sqlite3_file *file)
{
	return of(file)->real->pMethods->xSectorSize(of(file)->real);
}

static int characteristics(sqlite3_file *file)
{
	return of(file)->real->pMethods->xDeviceCharacteristics(of(file)->real);
}

static int map_shared(sqlite3_file *file, int region, int len, int extend, void volatile **out)
{
	return of(file)->real->pMethods->xShmMap(of(file)->real, region, len, extend, out);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags)
{
	return of(file)->real->pMethods->xShmLock(of(file)->real, offset, count, flags);
}

static void order_shared(sqlite3_file *file)
{
	of(file)->real->pMethods->xShmBarrier(of(file)->real);
}

static int unmap_shared(sqlite3_file *file, int removes)
{
	return of(file)->real->pMethods->xShmUnmap(of(file)->real, removes);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_lock,
	.xFileControl = control_file,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = map_shared,
	.xShmLock = lock_shared,
	.xShmBarrier = order_shared,
	.xShmUnmap = unmap_shared,
};

/* --- the layer --- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int code;

	(void)vfs;
	of(file)->real = (sqlite3_file *)(of(file) + 1);
	code = fault.real->xOpen(fault.real, name, of(file)->real, flags, out);
	file->pMethods = of(file)->real->pMethods != NULL ? &methods : NULL;
	return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	bool dies;
	int code;

	(void)vfs;
	(void)sync_folder;
	pthread_mutex_lock(&fault.mutex);
	code = reach_point(true, &dies);
	if (dies && draw() % 2 == 0)
		die();
	if (code == SQLITE_OK)
		code = fault.real->xDelete(fault.real, name, 0);
	if (dies)
		die();
	pthread_mutex_unlock(&fault.mutex);
	return code;
}

bool fault_vfs_begin(const struct fault_plan *plan)
{
	fault.real = sqlite3_vfs_find(NULL);
	if (fault.real == NULL)
		return false;
	fault.plan = *plan;
	fault.vfs = *fault.real;
	fault.vfs.zName = "fault";
	fault.vfs.pNext = NULL;
	fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
	fault.vfs.xOpen = open_file;
	fault.vfs.xDelete = delete_file;
	return sqlite3_vfs_register(&fault.vfs, 1) == SQLITE_OK;
}

uint64_t fault_vfs_points(void)
{
	uint64_t points;

	pthread_mutex_lock(&fault.mutex);
	points = fault.points;
	pthread_mutex_unlock(&fault.mutex);
	return points;
}

bool fault_vfs_has_refused(void)
{
	bool has;

	pthread_mutex_lock(&fault.mutex);
	has = fault.has_refused;
	pthread_mutex_unlock(&fault.mutex);
	return has;
}
