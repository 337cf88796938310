/* sql.c - which database it is, and the shortest way to run a statement. */
#include "storage/sql.h"

#include <string.h>

bool sql_is_url(const char *where)
{
	return where != NULL &&
	       (strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0);
}

enum bw_status sql_open(const struct sql_place *place, struct sql **out, struct bw_error *err)
{
	return sql_is_url(place->where) ? sql_postgres_open(place, out, err)
					: sql_sqlite_open(place, out, err);
}

enum bw_status sql_run(struct sql *sql, int statement, const struct sql_value *values, size_t count,
		       struct bw_error *err)
{
	bool has;
	enum bw_status status = sql->driver->start(sql, statement, values, count, err);

	if (status == BW_OK)
		status = sql->driver->step(sql, statement, &has, err);
	sql->driver->reset(sql, statement);
	return status;
}
