/* fake_view.h - a history of a few series in memory, read through storage/view.h.
 *
 * It stands for the reading half of a store; a test names it before the real folder.
 *
 * Owns:    its rows.
 */
#ifndef BW_SUPPORT_FAKE_VIEW_H
#define BW_SUPPORT_FAKE_VIEW_H

#include "storage/view.h"

struct store_view *fake_view_create(void);
void fake_view_destroy(struct store_view *view);
/* The rows of a series, made when there are none; to be added to, in order of time. */
struct series_rows *fake_view_rows(struct store_view *view, enum series_kind kind,
				   const char *name);
/* From now on every read fails, or none. */
void fake_view_fail(struct store_view *view, bool fails);
/* Rows that were read, ever. */
size_t fake_view_read(const struct store_view *view);

#endif
