/* keeper.c - what was damaged is kept for whoever wants to look; a new file is begun with what
 * could be read of it.
 */
#include "storage/keeper.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "storage/batch.h"
#include "storage/file.h"
#include "storage/salvage.h"

/* Files set aside in one life: a disk that breaks all of them is left alone. */
enum { ASIDE_MAX = 8 };

void store_keeper_init(struct store_keeper *keeper, const char *path, const char *instance)
{
	*keeper = (struct store_keeper){ .lock_file = -1 };
	if (path != NULL && path[0] != '\0')
		keeper->path = xstrdup(path);
	keeper->instance = xstrdup(instance != NULL ? instance : "");
	keeper->ledger = ledger_create();
}

void store_keeper_close(struct store_keeper *keeper)
{
	if (keeper->sql != NULL)
		keeper->sql->driver->close(keeper->sql);
	keeper->sql = NULL;
}

void store_keeper_finish(struct store_keeper *keeper)
{
	store_keeper_close(keeper);
	ledger_destroy(keeper->ledger);
	if (keeper->lock_file >= 0)
		close(keeper->lock_file);
	free(keeper->path);
	free(keeper->instance);
}

static bool is_file(const struct store_keeper *keeper)
{
	return keeper->path != NULL && !sql_is_url(keeper->path);
}

static enum bw_status prepare_file(struct store_keeper *keeper, struct bw_error *err)
{
	enum bw_status status = store_file_make_folder(keeper->path, err);

	if (status == BW_OK && keeper->lock_file < 0)
		status = store_file_lock(keeper->path, &keeper->lock_file, err);
	if (status == BW_OK)
		status = store_file_inspect(keeper->path, err);
	return status;
}

/* `aside`: what is left there is taken over; NULL: nothing is. */
static enum bw_status open_database(struct store_keeper *keeper, const char *aside,
				    struct bw_error *err)
{
	const struct sql_place place = { keeper->path, keeper->instance, SQL_WRITER };
	enum bw_status status = is_file(keeper) ? prepare_file(keeper, err) : BW_OK;

	if (status == BW_OK)
		status = sql_open(&place, &keeper->sql, err);
	if (status != BW_OK)
		return status;
	keeper->generation++;
	if (aside != NULL)
		keeper->saved = salvage_rows(aside, keeper->path);
	status = ledger_load(keeper->ledger, keeper->sql, err);
	if (status != BW_OK)
		store_keeper_close(keeper);
	return status;
}

enum bw_status store_keeper_open_reader(const struct store_keeper *keeper, struct sql **out,
					struct bw_error *err)
{
	const struct sql_place place = { keeper->path, keeper->instance, SQL_READER };

	return sql_open(&place, out, err);
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
	if (!is_file(keeper))
		return without_damage(open_database(keeper, NULL, err));
	if (keeper->set_aside >= ASIDE_MAX)
		return bw_fail(err, BW_EIO, "%s is damaged again and again; check the disk",
			       keeper->path);
	status = store_file_set_aside(keeper->path, now, aside, err);
	if (status != BW_OK)
		return status;
	keeper->set_aside++;
	keeper->saved = 0;
	status = without_damage(open_database(keeper, aside, err));
	bw_text_format(keeper->notice, sizeof(keeper->notice),
		       "the store was damaged; it is set aside as %s and a new one begun, with "
		       "the %lld entries of it that could be read",
		       aside, (long long)keeper->saved);
	return status;
}

enum bw_status store_keeper_open(struct store_keeper *keeper, struct bw_wall now,
				 struct bw_error *err)
{
	enum bw_status status = open_database(keeper, NULL, err);

	return status == BW_ECORRUPT ? store_keeper_begin_anew(keeper, now, err) : status;
}

/* As sql_sqlite.c bounds it. */
#define MEMORY_BYTES (INT64_C(8) << 20)

static enum bw_status write_batch(struct store_keeper *keeper, struct store_keeper_write *write,
				  struct bw_error *err)
{
	int64_t newest_us;
	struct batch_target target = {
		.sql = keeper->sql,
		.ledger = keeper->ledger,
		.horizon = &keeper->horizon,
		.bounds = write->bounds,
		.mono_us = write->mono_us,
		.is_durable = write->mono_us - keeper->synced_us >= STORE_SYNC_US,
		.forgets = keeper->path == NULL,
	};

	enum bw_status status;

	if (target.forgets)
		target.bounds.limit_bytes = MEMORY_BYTES;
	if (!keeper->horizon.is_set && ledger_newest(keeper->ledger, &newest_us))
		horizon_begin(&keeper->horizon, newest_us, write->mono_us);
	status = batch_write(&target, write->queue, &write->refused, err);
	if (status == BW_OK && target.is_durable)
		keeper->synced_us = write->mono_us;
	return status;
}

enum bw_status store_keeper_write(struct store_keeper *keeper, struct store_keeper_write *write,
				  struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (keeper->sql == NULL)
		status = store_keeper_open(keeper, write->now, err);
	if (status != BW_OK || store_queue_count(write->queue) == 0)
		return status;
	status = write_batch(keeper, write, err);
	if (status != BW_ECORRUPT)
		return status;
	status = store_keeper_begin_anew(keeper, write->now, err);
	if (status == BW_OK)
		status = write_batch(keeper, write, err);
	return without_damage(status);
}
