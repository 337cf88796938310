/* alert_world.c - what is read once for a look at the whole. */
#include "daemon/alert_world.h"

void alert_world_init(struct alert_world *world)
{
	subject_queue_init(&world->hurried);
	alert_world_number_fields(world);
}

void alert_world_finish(struct alert_world *world)
{
	subject_queue_finish(&world->hurried);
}

static int count_open(const struct guards *guards)
{
	struct bw_breaker_snapshot now;
	const struct guard *guard;
	size_t cursor = 0;
	int count = 0;

	while ((guard = guards_next(guards, &cursor)) != NULL) {
		guard_snapshot(guard, &now);
		count += now.state == BW_BREAKER_OPEN || now.state == BW_BREAKER_FORCED_OPEN;
	}
	return count;
}

void alert_world_look(struct alert_world *world)
{
	struct store_status status = { .usable = true };

	bw_dashboard_metrics(world->dashboard, &world->metrics);
	bw_dashboard_tally(world->dashboard, &world->tally);
	world->breakers_open = count_open(world->guards);
	world->has_look = true;
	if (world->store != NULL)
		store_status(world->store, &status);
	store_notices_of(&status, &world->store_notices);
}
