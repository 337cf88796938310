/* columns.h - the fields of all kinds side by side, each name once.
 *
 * Owns:    nothing; names are static. It never changes: one is enough for many rows.
 * Threads: any.
 */
#ifndef BW_TRANSFER_COLUMNS_H
#define BW_TRANSFER_COLUMNS_H

#include "series/series.h"

enum { TRANSFER_COLUMNS_MAX = SERIES_KINDS * SERIES_FIELDS_MAX };

struct transfer_columns {
	size_t count;
	const char *names[TRANSFER_COLUMNS_MAX];
	short fields[SERIES_KINDS][TRANSFER_COLUMNS_MAX]; /* of the kind; -1: it has none */
};

void transfer_columns_init(struct transfer_columns *columns);
/* -1: there is no column of this name. */
int transfer_columns_find(const struct transfer_columns *columns, const char *name);

#endif
