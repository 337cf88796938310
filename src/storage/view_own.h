/* view_own.h - making and using a view inside the store.
 *
 * Private to src/storage.
 */
#ifndef BW_STORAGE_VIEW_OWN_H
#define BW_STORAGE_VIEW_OWN_H

#include "storage/heads.h"
#include "storage/view_impl.h"

/* Reads the heads of a running store; both are borrowed. `sql` may be NULL until view_use(). */
struct store_view *view_create(struct sql *sql, struct heads *heads);
void view_use(struct store_view *view, struct sql *sql);
/* From now on every call fails soon; any thread. */
void view_stop(struct store_view *view);
/* The database itself said that it is damaged; once, then it is forgotten. */
bool view_met_damage(struct store_view *view);
/* The latest of what store_view_damaged() counts, in words; empty: none. */
const char *view_damage_text(const struct store_view *view);

#endif
