/* chronicle.c - turns events of the engine into entries with their cause in a sentence.
 *
 * A state of a component is only an entry when the journal's word for it is another one: after a
 * start or a reload all of them are told again, and only the news remain.
 */
#include "daemon/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "daemon/chronicle_impl.h"

/* What is short shows on the machine before the first check fails of it. */
#define CAUSE_LEAD_US (60 * BW_SECOND_US)

struct chronicle *chronicle_create(struct io_loop *loop, struct store *store)
{
	struct chronicle *chronicle = xcalloc(1, sizeof(*chronicle));

	chronicle->loop = loop;
	chronicle->store = store;
	xalloc_must(bw_journal_create(CHRONICLE_WINDOW_US, &chronicle->journal));
	return chronicle;
}

void chronicle_destroy(struct chronicle *chronicle)
{
	if (chronicle == NULL)
		return;
	bw_journal_destroy(chronicle->journal);
	free(chronicle);
}

const struct bw_journal *chronicle_journal(const struct chronicle *chronicle)
{
	return chronicle->journal;
}

/* Entries behind `id` into the store. */
static void keep(struct chronicle *chronicle, uint64_t id)
{
	const struct bw_journal_filter filter = { .from = { INT64_MIN },
						  .to = { INT64_MAX },
						  .after_id = id };
	struct bw_change change;
	uint64_t cursor = 0;

	if (chronicle->store == NULL)
		return;
	while (bw_journal_next(chronicle->journal, &filter, &cursor, &change))
		store_append_change(chronicle->store, &change);
}

static struct bw_wall time_now(const struct chronicle *chronicle)
{
	return chronicle->start.us != 0 ? chronicle->start : io_loop_wall(chronicle->loop);
}

static void add_at(struct chronicle *chronicle, struct bw_change change)
{
	uint64_t before = bw_journal_newest(chronicle->journal);

	xalloc_must(bw_journal_add(chronicle->journal, &change));
	keep(chronicle, before);
}

void chronicle_add(struct chronicle *chronicle, struct bw_change change)
{
	change.at = time_now(chronicle);
	add_at(chronicle, change);
}

void chronicle_restore(struct chronicle *chronicle, const struct bw_change *change)
{
	enum bw_status status = bw_journal_restore(chronicle->journal, change);

	if (status != BW_EINVAL) /* an id that is not one of ours is left out */
		xalloc_must(status);
}

struct bw_wall chronicle_latest(const struct chronicle *chronicle)
{
	const struct bw_journal_filter filter = { .from = { INT64_MIN }, .to = { INT64_MAX } };
	struct bw_change change;
	uint64_t cursor = 0;

	if (!bw_journal_next(chronicle->journal, &filter, &cursor, &change))
		return (struct bw_wall){ 0 };
	return change.at;
}

bool chronicle_cause_from(const struct chronicle *chronicle, struct bw_wall *out)
{
	struct bw_journal_verdict verdict;

	bw_journal_verdict(chronicle->journal, &verdict);
	out->us = verdict.trouble_since.us - CAUSE_LEAD_US;
	return verdict.has_trouble;
}

void chronicle_hold(struct chronicle *chronicle, enum bw_change_kind kind, const char *name)
{
	const char *known = bw_journal_word(chronicle->journal, kind, name);

	if (known != NULL)
		xalloc_must(bw_journal_know(chronicle->journal, kind, name, known,
					    io_loop_wall(chronicle->loop)));
}

void chronicle_forget(struct chronicle *chronicle)
{
	bw_journal_destroy(chronicle->journal);
	xalloc_must(bw_journal_create(CHRONICLE_WINDOW_US, &chronicle->journal));
}

void chronicle_start(struct chronicle *chronicle, struct bw_wall last_alive)
{
	uint64_t before = bw_journal_newest(chronicle->journal);

	chronicle->start = io_loop_wall(chronicle->loop);
	xalloc_must(bw_journal_start(chronicle->journal, chronicle->start, last_alive));
	keep(chronicle, before);
}

void chronicle_started(struct chronicle *chronicle)
{
	chronicle->start.us = 0;
}

void chronicle_stop(struct chronicle *chronicle)
{
	chronicle_add(chronicle,
		      (struct bw_change){ .kind = BW_CHANGE_DAEMON, .name = "", .to = "stopped" });
}

void chronicle_reload(struct chronicle *chronicle, size_t components)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu components", components);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_DAEMON,
						     .name = "",
						     .to = "reloaded",
						     .text = text });
}

void chronicle_component(struct chronicle *chronicle, const struct component *component)
{
	const char *name = component_name(component);
	const char *word = bw_health_text(component_health(component));
	const char *known = bw_journal_word(chronicle->journal, BW_CHANGE_COMPONENT, name);
	const struct bw_wall since = component_since(component);

	if (known != NULL && strcmp(known, word) != 0)
		chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_COMPONENT,
							     .name = name,
							     .to = word,
							     .text = component_error(component) });
	else
		xalloc_must(bw_journal_know(chronicle->journal, BW_CHANGE_COMPONENT, name, word,
					    since));
}

static void be_gone(struct chronicle *chronicle, enum bw_change_kind kind, const char *name,
		    const char *why)
{
	chronicle_add(chronicle,
		      (struct bw_change){ .kind = kind, .name = name, .to = "none", .text = why });
	bw_journal_forget(chronicle->journal, kind, name);
}

void chronicle_component_gone(struct chronicle *chronicle, const char *name)
{
	be_gone(chronicle, BW_CHANGE_COMPONENT, name, "no longer in the configuration");
}

/* --- breakers --- */

/* Orders that somebody gave; NULL for what a breaker does by itself. */
static const char *order_text(enum bw_breaker_cause cause)
{
	switch (cause) {
	case BW_BREAKER_BY_RESET:
		return "reset";
	case BW_BREAKER_BY_FORCE_OPEN:
		return "forced open";
	case BW_BREAKER_BY_DISABLE:
		return "disabled";
	case BW_BREAKER_BY_METRICS_ONLY:
		return "set to measure only";
	case BW_BREAKER_BY_ENABLE:
		return "enabled";
	case BW_BREAKER_BY_OPEN_FOR:
		return "opened for a given time";
	default:
		return NULL;
	}
}

/* The rates that led there are still in the window while it is the same OPEN. */
static void tell_rate(const struct guard *guard, const struct bw_breaker_event *event,
		      const char *what, char *out, size_t size)
{
	struct bw_breaker_snapshot now;

	guard_snapshot(guard, &now);
	if (now.generation != event->generation || now.window.total_calls == 0) {
		bw_text_format(out, size, "opened: too many calls %s", what);
		return;
	}
	double rate = event->cause == BW_BREAKER_BY_TIMEOUT_RATE ? now.window.timeout_rate
								 : now.window.failure_rate;
	bw_text_format(out, size, "opened: %.0f %% of %lld calls %s", rate * 100,
		       (long long)now.window.total_calls, what);
}

static void tell_retry(const struct guard *guard, const struct guard_event *told, char *out,
		       size_t size)
{
	struct bw_breaker_config config;
	int64_t after_us = told->lasted_us;

	guard_config(guard, &config);
	if (after_us < 0)
		after_us = config.recovery_timeout_us;
	bw_text_format(out, size, "trying again after %lld s",
		       (long long)(after_us / BW_SECOND_US));
}

static void tell_closing(const struct guard *guard, char *out, size_t size)
{
	struct bw_breaker_config config;

	guard_config(guard, &config);
	bw_text_format(out, size, "closed after %d successes", config.success_threshold);
}

/* What happened, without who did it. */
static void tell_change(const struct guard *guard, const struct guard_event *told, char *out,
			size_t size)
{
	const struct bw_breaker_event *event = &told->event;

	switch (event->cause) {
	case BW_BREAKER_BY_CONSECUTIVE:
		bw_text_format(out, size, "opened after %lld %s", (long long)event->failures,
			       event->failures == 1 ? "failure" : "failures in a row");
		break;
	case BW_BREAKER_BY_FAILURE_RATE:
		tell_rate(guard, event, "failed", out, size);
		break;
	case BW_BREAKER_BY_TIMEOUT_RATE:
		tell_rate(guard, event, "timed out", out, size);
		break;
	case BW_BREAKER_BY_RECOVERY_TIMEOUT:
		tell_retry(guard, told, out, size);
		break;
	case BW_BREAKER_BY_PROBE_FAILURE:
		bw_text_format(out, size, "opened again: the probe failed");
		break;
	case BW_BREAKER_BY_PROBE_SUCCESS:
		tell_closing(guard, out, size);
		break;
	case BW_BREAKER_WOULD_HAVE_OPENED:
		bw_text_format(out, size, "would have opened, if it did more than measure");
		break;
	default:
		bw_text_format(out, size, "%s", order_text(event->cause));
		break;
	}
}

/* Workers say who they are; of the daemon's own doing only the orders have somebody behind them. */
static void tell_who(const struct guard *guard, const struct guard_event *told, char *out,
		     size_t size)
{
	bool is_order = order_text(told->event.cause) != NULL;
	size_t len = strlen(out);
	char command[16];

	if (told->is_own && is_order)
		bw_text_format(out + len, size - len, " through the API");
	if (told->is_own || told->event.pid <= 0)
		return;
	bw_text_format(out + len, size - len, "%s by pid %d", is_order ? "" : ",", told->event.pid);
	len = strlen(out);
	if (guard_worker_command(guard, told->event.pid, command))
		bw_text_format(out + len, size - len, " %s", command);
}

/* An entry of this moment, of this breaker, between these states. */
static bool is_known(const struct chronicle *chronicle, const char *name,
		     const struct bw_change *change)
{
	const struct bw_journal_filter filter = { .from = change->at,
						  .to = change->at,
						  .has_kind = true,
						  .kind = BW_CHANGE_BREAKER,
						  .name = name };
	struct bw_change entry;
	uint64_t cursor = 0;

	while (bw_journal_next(chronicle->journal, &filter, &cursor, &entry)) {
		if (strcmp(entry.from, change->from) == 0 && strcmp(entry.to, change->to) == 0)
			return true;
	}
	return false;
}

/* Foreign memory may say anything. A time a little ahead is what a clock that was set back left
 * behind, and stays, so that it is known again. */
static struct bw_wall time_of(const struct chronicle *chronicle, int64_t wall_us)
{
	struct bw_wall now = io_loop_wall(chronicle->loop);
	bool is_sane = wall_us > 0 && wall_us < now.us + CHRONICLE_WINDOW_US;

	return is_sane ? (struct bw_wall){ wall_us } : now;
}

void chronicle_breaker(struct chronicle *chronicle, const struct guard *guard,
		       const struct guard_event *told)
{
	const struct bw_wall now = io_loop_wall(chronicle->loop);
	char text[160];
	struct bw_change change = {
		.at = time_of(chronicle, told->event.wall_us),
		.kind = BW_CHANGE_BREAKER,
		.name = guard_name(guard),
		.from = bw_breaker_state_text(told->event.from),
		.to = bw_breaker_state_text(told->event.to),
		.text = text,
	};

	if (told->is_past && (change.at.us <= now.us - CHRONICLE_WINDOW_US ||
			      is_known(chronicle, guard_name(guard), &change)))
		return;
	tell_change(guard, told, text, sizeof(text));
	tell_who(guard, told, text, sizeof(text));
	add_at(chronicle, change);
}

static const char *word_of(const struct guard *guard)
{
	struct bw_breaker_snapshot now;

	guard_snapshot(guard, &now);
	return bw_breaker_state_text(now.state);
}

void chronicle_breaker_missed(struct chronicle *chronicle, const struct guard *guard,
			      uint64_t count)
{
	char text[128];

	bw_text_format(text, sizeof(text),
		       "%llu changes were not seen: more than the region keeps came at once",
		       (unsigned long long)count);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_BREAKER,
						     .name = guard_name(guard),
						     .to = word_of(guard),
						     .text = text });
}

void chronicle_breaker_here(struct chronicle *chronicle, const struct guard *guard)
{
	const char *name = guard_name(guard), *word = word_of(guard);
	const char *known = bw_journal_word(chronicle->journal, BW_CHANGE_BREAKER, name);
	struct bw_breaker_snapshot now;

	guard_snapshot(guard, &now);
	if (known != NULL && strcmp(known, word) != 0)
		chronicle_add(chronicle, (struct bw_change){
						 .kind = BW_CHANGE_BREAKER,
						 .name = name,
						 .to = word,
						 .text = guard_is_shared(guard)
								 ? "changed while nobody looked"
								 : "begins anew with the daemon" });
	else
		xalloc_must(bw_journal_know(chronicle->journal, BW_CHANGE_BREAKER, name, word,
					    time_of(chronicle, now.left_closed_wall_us)));
}

void chronicle_breaker_gone(struct chronicle *chronicle, const struct guard *guard)
{
	be_gone(chronicle, BW_CHANGE_BREAKER, guard_name(guard),
		guard_is_shared(guard) ? "its region is gone" : "no longer in the configuration");
}

/* --- the rest --- */

void chronicle_clock(struct chronicle *chronicle, int64_t step_us)
{
	char text[96];

	snprintf(text, sizeof(text), "the wall clock was set %s by %.0f s",
		 step_us < 0 ? "back" : "forward",
		 (double)(step_us < 0 ? -step_us : step_us) / 1e6);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_CLOCK,
						     .name = "",
						     .from = "",
						     .to = step_us < 0 ? "back" : "forward",
						     .text = text });
}

/* --- the whole --- */

struct cause {
	struct bw_wall at;
	const char *kind, *name;
	char text[2 * BW_JOURNAL_TEXT_MAX];
};

static void tell_cause(const struct bw_change *first, struct cause *out)
{
	bool has_text = first->text[0] != '\0';

	*out = (struct cause){ .at = first->at,
			       .kind = bw_change_kind_text(first->kind),
			       .name = first->name };
	if (first->kind == BW_CHANGE_BREAKER)
		bw_text_format(out->text, sizeof(out->text), "breaker %s %s", first->name,
			       has_text ? first->text : first->to);
	else
		bw_text_format(out->text, sizeof(out->text), "%s %s%s%s", first->name, first->to,
			       has_text ? ": " : "", first->text);
}

/* A resource over its threshold. */
static const struct alert *first_shortage(const struct alerts *alerts, struct bw_wall from)
{
	const unsigned firing = 1U << ALERT_FIRING | 1U << ALERT_RECOVERING;
	const struct alert *alert, *first = NULL;
	size_t cursor = 0;

	while ((alert = alerts_next(alerts, firing, &cursor)) != NULL) {
		if (strcmp(alert->type, "resource_usage") == 0 && alert->started.us >= from.us &&
		    (first == NULL || alert->started.us < first->started.us))
			first = alert;
	}
	return first;
}

static bool find_cause(const struct chronicle *chronicle, struct bw_wall trouble_since,
		       const struct alerts *alerts, struct cause *out)
{
	const struct bw_wall from = { trouble_since.us - CAUSE_LEAD_US };
	const struct alert *shortage = first_shortage(alerts, from);
	struct bw_change first;
	bool found = bw_journal_first_wrong(chronicle->journal, from, &first);

	if (found)
		tell_cause(&first, out);
	if (shortage == NULL ||
	    (found && strcmp(first.to, "unknown") != 0 && first.at.us <= shortage->started.us))
		return found;
	*out = (struct cause){ .at = shortage->started,
			       .kind = "resource",
			       .name = shortage->title };
	bw_text_format(out->text, sizeof(out->text), "%s: %s", shortage->title, shortage->message);
	return true;
}

void chronicle_overall(struct chronicle *chronicle, enum bw_health health,
		       const struct alerts *alerts)
{
	const char *word = bw_health_text(health);
	const char *known = bw_journal_word(chronicle->journal, BW_CHANGE_OVERALL, "");
	struct cause cause = { .text = "" };

	if (known != NULL && strcmp(known, word) == 0)
		return;
	if (health != BW_HEALTH_HEALTHY)
		find_cause(chronicle, io_loop_wall(chronicle->loop), alerts, &cause);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_OVERALL,
						     .name = "",
						     .to = word,
						     .text = cause.text });
}

static void write_time(struct bw_json *json, const char *key, bool is_there, struct bw_wall time)
{
	bw_json_key(json, key);
	if (is_there)
		bw_json_wall(json, time);
	else
		bw_json_null(json);
}

static void write_cause(struct bw_json *json, const struct cause *cause)
{
	bw_json_key(json, "first_cause");
	if (cause == NULL) {
		bw_json_null(json);
		return;
	}
	bw_json_object_begin(json);
	write_time(json, "at", true, cause->at);
	bw_json_key(json, "kind");
	bw_json_string(json, cause->kind);
	bw_json_key(json, "name");
	bw_json_string(json, cause->name);
	bw_json_key(json, "text");
	bw_json_string(json, cause->text);
	bw_json_object_end(json);
}

static void write_problem(struct bw_json *json, const struct bw_journal_verdict *verdict)
{
	bw_json_key(json, "last_problem");
	if (!verdict->has_problem) {
		bw_json_null(json);
		return;
	}
	bw_json_object_begin(json);
	write_time(json, "from", true, verdict->problem_from);
	write_time(json, "to", true, verdict->problem_to);
	bw_json_key(json, "text");
	bw_json_string(json, verdict->problem);
	bw_json_object_end(json);
}

void chronicle_write_overview(const struct chronicle *chronicle, enum bw_health shown,
			      const struct alerts *alerts, struct bw_buf *out)
{
	struct bw_journal_verdict verdict;
	struct bw_json json;
	struct cause cause;

	bw_journal_verdict(chronicle->journal, &verdict);
	bool trouble = shown != BW_HEALTH_HEALTHY && verdict.has_trouble;
	bool caused = trouble && find_cause(chronicle, verdict.trouble_since, alerts, &cause);
	bw_json_init(&json, out);
	write_time(&json, "since", true, verdict.since);
	write_time(&json, "trouble_since", trouble, verdict.trouble_since);
	write_cause(&json, caused ? &cause : NULL);
	write_problem(&json, &verdict);
}
