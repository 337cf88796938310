/* alert_facts.c - the value of every field that a rule may ask for.
 *
 * The dictionary (alerts/facts.c) says what a field means; a row here gives it a number of our own,
 * so that a question costs one look into a table. What could not be looked at stays unknown: no 0,
 * no "". Resource numbers are rounded as the document shows them, so that no message says "above
 * 80 %" beside a page that says 80.
 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/number.h"
#include "daemon/alert_world.h"

enum what {
	NOTHING,
	SCORE,
	AVAILABILITY,
	SYSTEM_STATUS,
	SYSTEM_RESPONSE,
	SYSTEM_COMPONENTS,
	SYSTEM_HEALTHY,
	SYSTEM_DEGRADED,
	SYSTEM_UNHEALTHY,
	SYSTEM_UNKNOWN,
	SYSTEM_BREAKERS_OPEN,
	SYSTEM_STORE,
	SYSTEM_STORE_TROUBLE,
	LIMIT_CPU,
	LIMIT_MEMORY,
	LIMIT_DISK,
	LIMIT_RESPONSE,
	LIMIT_FAILURE_RATE,
	HOST_CPU,
	HOST_MEMORY,
	HOST_DISK,
	HOST_MEMORY_USED,
	HOST_MEMORY_TOTAL,
	HOST_DISK_USED,
	HOST_DISK_TOTAL,
	HOST_LOAD_1,
	HOST_LOAD_5,
	HOST_LOAD_15,
	HOST_CORES,
	COMPONENT_NAME,
	COMPONENT_GROUP,
	COMPONENT_KIND,
	COMPONENT_STATUS,
	COMPONENT_ERROR,
	COMPONENT_CRITICAL,
	COMPONENT_RESPONSE,
	COMPONENT_AGE,
	COMPONENT_IN_STATE,
	BREAKER_NAME,
	BREAKER_STATE,
	BREAKER_SHARED,
	BREAKER_FAILURE_RATE,
	BREAKER_TIMEOUT_RATE,
	BREAKER_CONSECUTIVE,
	BREAKER_CALLS,
	BREAKER_RESPONSE,
	BREAKER_WORKERS,
	BREAKER_WORKERS_FAILING,
	BREAKER_WORKERS_DEAD,
	BREAKER_OVERDUE,
	JOB_ANYTHING, /* no jobs are watched yet */
};

static const struct {
	const char *field;
	enum what what;
} answers[] = {
	{ "score", SCORE },
	{ "availability", AVAILABILITY },
	{ "system.status", SYSTEM_STATUS },
	{ "system.response_time", SYSTEM_RESPONSE },
	{ "system.components", SYSTEM_COMPONENTS },
	{ "system.healthy", SYSTEM_HEALTHY },
	{ "system.degraded", SYSTEM_DEGRADED },
	{ "system.unhealthy", SYSTEM_UNHEALTHY },
	{ "system.unknown", SYSTEM_UNKNOWN },
	{ "system.breakers_open", SYSTEM_BREAKERS_OPEN },
	{ "system.store", SYSTEM_STORE },
	{ "system.store_trouble", SYSTEM_STORE_TROUBLE },
	{ "threshold.cpu_usage", LIMIT_CPU },
	{ "threshold.memory_usage", LIMIT_MEMORY },
	{ "threshold.disk_usage", LIMIT_DISK },
	{ "threshold.response_time", LIMIT_RESPONSE },
	{ "threshold.failure_rate", LIMIT_FAILURE_RATE },
	{ "resource.cpu", HOST_CPU },
	{ "resource.memory", HOST_MEMORY },
	{ "resource.disk", HOST_DISK },
	{ "resource.memory_used", HOST_MEMORY_USED },
	{ "resource.memory_total", HOST_MEMORY_TOTAL },
	{ "resource.disk_used", HOST_DISK_USED },
	{ "resource.disk_total", HOST_DISK_TOTAL },
	{ "resource.load_1", HOST_LOAD_1 },
	{ "resource.load_5", HOST_LOAD_5 },
	{ "resource.load_15", HOST_LOAD_15 },
	{ "resource.cores", HOST_CORES },
	{ "component.name", COMPONENT_NAME },
	{ "component.group", COMPONENT_GROUP },
	{ "component.kind", COMPONENT_KIND },
	{ "component.status", COMPONENT_STATUS },
	{ "component.error", COMPONENT_ERROR },
	{ "component.critical", COMPONENT_CRITICAL },
	{ "component.response_time", COMPONENT_RESPONSE },
	{ "component.age", COMPONENT_AGE },
	{ "component.in_state", COMPONENT_IN_STATE },
	{ "breaker.name", BREAKER_NAME },
	{ "breaker.state", BREAKER_STATE },
	{ "breaker.shared", BREAKER_SHARED },
	{ "breaker.failure_rate", BREAKER_FAILURE_RATE },
	{ "breaker.timeout_rate", BREAKER_TIMEOUT_RATE },
	{ "breaker.consecutive_failures", BREAKER_CONSECUTIVE },
	{ "breaker.calls", BREAKER_CALLS },
	{ "breaker.response_time", BREAKER_RESPONSE },
	{ "breaker.workers", BREAKER_WORKERS },
	{ "breaker.workers_failing", BREAKER_WORKERS_FAILING },
	{ "breaker.workers_dead", BREAKER_WORKERS_DEAD },
	{ "breaker.overdue", BREAKER_OVERDUE },
	{ "job.name", JOB_ANYTHING },
	{ "job.status", JOB_ANYTHING },
	{ "job.duration", JOB_ANYTHING },
	{ "job.age", JOB_ANYTHING },
	{ "job.exit_code", JOB_ANYTHING },
	{ "job.memory", JOB_ANYTHING },
};

static enum what what_of(const char *field)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i].field, field) == 0)
			return answers[i].what;
	return NOTHING;
}

bool alert_world_knows(const char *field)
{
	return what_of(field) != NOTHING;
}

void alert_world_number_fields(struct alert_world *world)
{
	int nth = 0;

	for (; fact_fields[nth].name != NULL; nth++) {
		bw_assert(nth < ALERT_WORLD_FIELDS_MAX);
		world->what[nth] = (uint8_t)what_of(fact_fields[nth].name);
	}
}

static void be_text(struct fact *out, const char *text)
{
	out->type = FACT_TEXT;
	out->text = text == NULL ? "" : text;
}

static void be_bool(struct fact *out, bool value)
{
	out->type = FACT_BOOL;
	out->boolean = value;
}

static void be_number(struct fact *out, double value)
{
	if (!isfinite(value))
		return;
	out->type = FACT_NUMBER;
	out->number = value;
}

static void be_int(struct fact *out, int64_t value)
{
	be_number(out, (double)value);
	out->is_int = true;
}

static void be_rounded(struct fact *out, bool known, double value)
{
	if (known)
		be_number(out, bw_round(value, 1));
}

static void be_bytes(struct fact *out, bool known, int64_t bytes)
{
	if (known)
		be_int(out, bytes);
}

static void be_age(struct fact *out, const struct alert_world *world, struct bw_wall since)
{
	if (since.us != 0)
		be_number(out, (double)(io_loop_wall(world->loop).us - since.us) / 1e3);
}

static void read_store(const struct alert_world *world, enum what what, struct fact *out)
{
	const struct store_notices *notices = &world->store_notices;

	if (what == SYSTEM_STORE_TROUBLE)
		be_text(out, notices->count > 0 ? notices->texts[0] : "");
	else
		be_text(out, store_grade_text(notices->grade));
}

static void be_health(struct fact *out, enum bw_health health)
{
	if (health != BW_HEALTH_UNKNOWN)
		be_text(out, bw_health_text(health));
}

static void read_system(const struct alert_world *world, enum what what, struct fact *out)
{
	const struct bw_metrics *metrics = &world->metrics;
	const struct bw_health_tally *tally = &world->tally;

	switch (what) {
	case SCORE:
		be_number(out, tally->total > 0 ? metrics->health_score : NAN);
		break;
	case AVAILABILITY:
		be_number(out, tally->total > 0 ? metrics->availability_pct : NAN);
		break;
	case SYSTEM_STATUS:
		be_health(out, bw_health_overall(tally));
		break;
	case SYSTEM_RESPONSE:
		be_number(out, metrics->response_times > 0 ? metrics->average_response_ms : NAN);
		break;
	case SYSTEM_COMPONENTS:
		be_int(out, tally->total);
		break;
	case SYSTEM_HEALTHY:
		be_int(out, tally->count[BW_HEALTH_HEALTHY]);
		break;
	case SYSTEM_DEGRADED:
		be_int(out, tally->count[BW_HEALTH_DEGRADED]);
		break;
	case SYSTEM_UNHEALTHY:
		be_int(out, tally->count[BW_HEALTH_UNHEALTHY]);
		break;
	case SYSTEM_UNKNOWN:
		be_int(out, tally->count[BW_HEALTH_UNKNOWN]);
		break;
	case SYSTEM_BREAKERS_OPEN:
		be_int(out, world->breakers_open);
		break;
	default:
		read_store(world, what, out);
		break;
	}
}

static void read_limit(const struct alert_world *world, enum what what, struct fact *out)
{
	const struct bw_thresholds *limits = &roster_settings(world->roster)->thresholds;

	switch (what) {
	case LIMIT_CPU:
		be_number(out, limits->cpu_usage);
		break;
	case LIMIT_MEMORY:
		be_number(out, limits->memory_usage);
		break;
	case LIMIT_DISK:
		be_number(out, limits->disk_usage);
		break;
	case LIMIT_RESPONSE:
		be_number(out, limits->response_time_ms);
		break;
	default:
		be_number(out, limits->failure_rate * 100);
		break;
	}
}

static void read_host(const struct alert_world *world, enum what what, struct fact *out)
{
	const struct host_sample *host = &world->host;

	switch (what) {
	case HOST_CPU:
		be_rounded(out, host->cpu_known, host->cpu_pct);
		break;
	case HOST_MEMORY:
		be_rounded(out, host->memory_known, host->memory_pct);
		break;
	case HOST_DISK:
		be_rounded(out, host->disk_known, host->disk_pct);
		break;
	case HOST_MEMORY_USED:
		be_bytes(out, host->memory_known, host->memory_used_bytes);
		break;
	case HOST_MEMORY_TOTAL:
		be_bytes(out, host->memory_known, host->memory_total_bytes);
		break;
	case HOST_DISK_USED:
		be_bytes(out, host->disk_known, host->disk_used_bytes);
		break;
	case HOST_DISK_TOTAL:
		be_bytes(out, host->disk_known, host->disk_total_bytes);
		break;
	case HOST_CORES:
		be_number(out, host->cores > 0 ? host->cores : NAN);
		break;
	default:
		be_number(out, host->load_known ? host->load_average[what - HOST_LOAD_1] : NAN);
		break;
	}
}

static void read_response(const struct component *component, struct fact *out)
{
	int64_t response_us;

	if (component_response(component, &response_us))
		be_number(out, (double)response_us / 1e3);
}

static void read_component(const struct alert_world *world, const struct component *component,
			   enum what what, struct fact *out)
{
	const struct component_settings *settings = component_settings(component);

	switch (what) {
	case COMPONENT_NAME:
		be_text(out, settings->name);
		break;
	case COMPONENT_GROUP:
		be_text(out, settings->group);
		break;
	case COMPONENT_KIND:
		be_text(out, settings->kind == NULL ? "" : settings->kind->name);
		break;
	case COMPONENT_STATUS:
		be_health(out, component_health(component));
		break;
	case COMPONENT_ERROR:
		be_text(out, component_error(component));
		break;
	case COMPONENT_CRITICAL:
		be_bool(out, settings->critical);
		break;
	case COMPONENT_RESPONSE:
		read_response(component, out);
		break;
	case COMPONENT_AGE:
		be_age(out, world, component_last_check(component));
		break;
	default:
		be_age(out, world, component_since(component));
		break;
	}
}

/* Of enough calls, in percent. */
static void read_rate(const struct guard *guard, const struct bw_breaker_window *window,
		      double rate, struct fact *out)
{
	struct bw_breaker_config config;

	guard_config(guard, &config);
	if (window->total_calls >= config.minimum_calls)
		be_number(out, rate * 100);
}

static void read_workers(const struct guard *guard, enum what what, struct fact *out)
{
	const struct crew_sum *sum = &guard_crew(guard)->sum;

	if (!guard_is_shared(guard))
		return;
	switch (what) {
	case BREAKER_WORKERS:
		be_int(out, sum->alive);
		break;
	case BREAKER_WORKERS_FAILING:
		be_int(out, sum->failing);
		break;
	case BREAKER_WORKERS_DEAD:
		be_int(out, sum->dead);
		break;
	default:
		be_int(out, sum->overdue);
		break;
	}
}

static void read_breaker(const struct guard *guard, enum what what, struct fact *out)
{
	struct bw_breaker_snapshot now;

	guard_snapshot(guard, &now);
	switch (what) {
	case BREAKER_NAME:
		be_text(out, guard_name(guard));
		break;
	case BREAKER_STATE:
		be_text(out, bw_breaker_state_text(now.state));
		break;
	case BREAKER_SHARED:
		be_bool(out, guard_is_shared(guard));
		break;
	case BREAKER_FAILURE_RATE:
		read_rate(guard, &now.window, now.window.failure_rate, out);
		break;
	case BREAKER_TIMEOUT_RATE:
		read_rate(guard, &now.window, now.window.timeout_rate, out);
		break;
	case BREAKER_CONSECUTIVE:
		be_int(out, now.consecutive_failures);
		break;
	case BREAKER_CALLS:
		be_int(out, now.window.total_calls);
		break;
	case BREAKER_RESPONSE:
		if (now.window.total_calls > 0)
			be_number(out, now.window.avg_response_time_s * 1e3);
		break;
	default:
		read_workers(guard, what, out);
		break;
	}
}

static void read_fact(void *arg, const struct alert_subject *subject, int field, struct fact *out)
{
	const struct alert_world *world = arg;
	const enum what what = (enum what)world->what[field];
	const struct component *component;
	const struct guard *guard;

	*out = (struct fact){ .type = FACT_UNKNOWN };
	if (what >= LIMIT_CPU && what <= LIMIT_FAILURE_RATE) {
		read_limit(world, what, out);
	} else if (fact_fields[field].subject == ALERT_SUBJECT_SYSTEM) {
		if (world->has_look)
			read_system(world, what, out);
	} else if (fact_fields[field].subject == ALERT_SUBJECT_RESOURCE) {
		if (world->has_host)
			read_host(world, what, out);
	} else if (fact_fields[field].subject == ALERT_SUBJECT_COMPONENT) {
		component = roster_find(world->roster, subject->name);
		if (component != NULL)
			read_component(world, component, what, out);
	} else if (fact_fields[field].subject == ALERT_SUBJECT_BREAKER) {
		guard = guards_find(world->guards, subject->name);
		if (guard != NULL)
			read_breaker(guard, what, out);
	}
}

struct fact_source alert_world_facts(struct alert_world *world)
{
	return (struct fact_source){ .read = read_fact, .arg = world };
}
