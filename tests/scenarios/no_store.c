/* no_store.c - the engine of a story has no store; these are never called. */
#include <stdlib.h>

#include "storage/store.h"

void store_put_alert(struct store *store, const struct bw_alert_entry *entry)
{
	abort();
}

void store_load_points(struct store *store, struct bw_wall from,
		       void (*visit)(void *arg, const struct bw_history_point *point), void *arg)
{
	abort();
}

void store_load_states(struct store *store,
		       void (*visit)(void *arg, const struct store_state *state), void *arg)
{
	abort();
}

void store_load_alerts(struct store *store,
		       void (*visit)(void *arg, const struct bw_alert_entry *entry), void *arg)
{
	abort();
}

void store_remove_component(struct store *store, const char *component)
{
	abort();
}

void store_set_history(struct store *store, int64_t history_us)
{
	abort();
}

void store_append_result(struct store *store, const struct store_result *result)
{
	abort();
}

void store_status(struct store *store, struct store_status *out)
{
	abort();
}

void store_append_point(struct store *store, const struct bw_history_point *point)
{
	abort();
}

void store_put_state(struct store *store, const struct store_state *state)
{
	abort();
}
