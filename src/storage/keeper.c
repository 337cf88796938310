/* keeper.c - what was damaged is kept for whoever wants to look; a new file is begun. */
#include "storage/keeper.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "storage/file.h"

/* Files set aside in one life: a disk that breaks all of them is left alone. */
enum { ASIDE_MAX = 8 };

void store_keeper_init(struct store_keeper *keeper, const char *path)
{
	*keeper = (struct store_keeper){ .lock_file = -1 };
	if (path != NULL && path[0] != '\0')
		keeper->path = xstrdup(path);
}

void store_keeper_close(struct store_keeper *keeper)
{
	store_sqlite_close(keeper->database);
	keeper->database = NULL;
}

void store_keeper_finish(struct store_keeper *keeper)
{
	store_keeper_close(keeper);
	if (keeper->lock_file >= 0)
		close(keeper->lock_file);
	free(keeper->path);
}

static enum bw_status open_database(struct store_keeper *keeper, struct bw_error *err)
{
	enum bw_status status;

	if (keeper->path == NULL)
		return store_sqlite_open(NULL, &keeper->database, err);
	status = store_file_make_folder(keeper->path, err);
	if (status == BW_OK && keeper->lock_file < 0)
		status = store_file_lock(keeper->path, &keeper->lock_file, err);
	if (status == BW_OK)
		status = store_file_inspect(keeper->path, err);
	if (status == BW_OK)
		status = store_sqlite_open(keeper->path, &keeper->database, err);
	return status;
}

/* For callers who have done what can be done about damage. */
static enum bw_status without_damage(enum bw_status status)
{
	return status == BW_ECORRUPT ? BW_EIO : status;
}

enum bw_status store_keeper_begin_anew(struct store_keeper *keeper, struct bw_wall now,
				       struct bw_error *err)
{
	char aside[STORE_PATH_MAX];
	enum bw_status status;

	store_keeper_close(keeper);
	if (keeper->path == NULL)
		return without_damage(open_database(keeper, err));
	if (keeper->set_aside >= ASIDE_MAX)
		return bw_fail(err, BW_EIO, "%s is damaged again and again; check the disk",
			       keeper->path);
	status = store_file_set_aside(keeper->path, now, aside, err);
	if (status != BW_OK)
		return status;
	keeper->set_aside++;
	bw_text_format(keeper->notice, sizeof(keeper->notice),
		       "the store was damaged; it is set aside as %s and a new one begun", aside);
	return without_damage(open_database(keeper, err));
}

enum bw_status store_keeper_open(struct store_keeper *keeper, struct bw_wall now,
				 struct bw_error *err)
{
	enum bw_status status = open_database(keeper, err);

	return status == BW_ECORRUPT ? store_keeper_begin_anew(keeper, now, err) : status;
}

enum bw_status store_keeper_write(struct store_keeper *keeper, const struct store_queue *queue,
				  int64_t history_us, struct bw_wall now, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (keeper->database == NULL)
		status = store_keeper_open(keeper, now, err);
	if (status != BW_OK || store_queue_count(queue) == 0)
		return status;
	status = store_sqlite_write(keeper->database, queue, history_us, err);
	if (status != BW_ECORRUPT)
		return status;
	status = store_keeper_begin_anew(keeper, now, err);
	if (status == BW_OK)
		status = store_sqlite_write(keeper->database, queue, history_us, err);
	return without_damage(status);
}
