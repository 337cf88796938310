/* alert_world.h - what rules may ask of the daemon: values of fields, and how subjects belong
 * together.
 *
 * Owns:    what it last saw of the host, the whole and the store, and the names of components that
 *          are to be looked at soon. The rest is borrowed, and set anew when it is replaced.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_ALERT_WORLD_H
#define BW_DAEMON_ALERT_WORLD_H

#include "alerts/alerts.h"
#include "checks/host_sample.h"
#include "core/dashboard.h"
#include "daemon/guard.h"
#include "daemon/roster.h"
#include "daemon/store_notice.h"
#include "daemon/subject_queue.h"
#include "storage/store.h"

enum { ALERT_WORLD_FIELDS_MAX = 128 };

struct alert_world {
	struct io_loop *loop;
	const struct roster *roster;
	const struct guards *guards;
	const struct bw_dashboard *dashboard;
	struct store *store; /* NULL: nothing is kept */

	struct host_sample host; /* of the latest look */
	bool has_host, has_look;
	struct bw_metrics metrics; /* of the latest look at the whole, as all below */
	struct bw_health_tally tally;
	int breakers_open;
	struct store_notices store_notices;
	uint8_t what[ALERT_WORLD_FIELDS_MAX]; /* of each field: which answer */

	struct subject_queue hurried; /* components to be looked at soon, told of by is_hurried */
	void (*is_hurried)(void *arg);
	void *arg;
};

void alert_world_init(struct alert_world *world);
void alert_world_finish(struct alert_world *world);

/* Before the whole is sampled: metrics, tally and store are read anew. */
void alert_world_look(struct alert_world *world);

struct fact_source alert_world_facts(struct alert_world *world);
/* Which answer belongs to which field; by alert_world_init(). */
void alert_world_number_fields(struct alert_world *world);
/* Is there an answer for the field? A test holds this beside the dictionary. */
bool alert_world_knows(const char *field);
struct alert_relations alert_world_relations(struct alert_world *world);

#endif
