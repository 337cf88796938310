/* depend.c - whether something that a component depends on is down, or is about to be judged.
 *
 * An alternative is down while its own alert fires, works when it was looked at after the child's
 * trouble began, and is in doubt between. Doubt is bounded: by the parent's hold and patience while
 * it is pending, by its patience while nobody has looked. What is down is followed up to its own
 * parents: the root is who is named.
 *
 * Who waits stands with whom it waits for, and is looked at again when that changes its standing: a
 * parent that stays down costs its children nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/text.h"
#include "base/xalloc.h"

enum { DEPTH_MAX = 16, VISITS_MAX = 256 };

enum depend_standing { STANDING_WORKS, STANDING_IN_DOUBT, STANDING_DOWN };

/* Whose standing an answer came from. */
struct visited {
	const char *names[NOISE_WAITS_MAX];
	size_t count;
};

/* One question about one alert. */
struct inquiry {
	struct noise *noise;
	struct visited *visited;
	struct bw_wall since; /* the child's trouble began */
	struct bw_wall now, due;
	int visits;
	bool is_stale;     /* in doubt only because nobody has looked */
	const char *who;   /* is down, or in doubt */
	struct alert *top; /* its alert; NULL: it has none */
};

/* --- what is known of one --- */

static struct alert *down_alert(const struct noise *noise, const char *name)
{
	return (struct alert *)noise->owner.find(noise->owner.arg, NOISE_DOWN_RULE,
						 ALERT_SUBJECT_COMPONENT, name);
}

static int standing_alone(const struct noise *noise, const char *name)
{
	const struct alert *alert = down_alert(noise, name);

	if (!alert)
		return STANDING_WORKS;
	return alert_is_hard_firing(alert) ? STANDING_DOWN : STANDING_IN_DOUBT;
}

static struct parent *parent_of(struct noise *noise, const char *name)
{
	struct parent *parent = bw_strmap_get(noise->parents, name);

	if (parent)
		return parent;
	parent = xcalloc(1, sizeof(*parent));
	parent->name = xstrdup(name);
	parent->standing = standing_alone(noise, name);
	ring_init(&parent->waiting);
	xalloc_must(bw_strmap_put(noise->parents, name, parent));
	return parent;
}

/* Who asks hears of it when the standing of that one changes. */
static void stand_with(struct noise *noise, struct entry *entry, const char *name)
{
	struct parent *parent = parent_of(noise, name);
	struct wait *wait;

	for (size_t i = 0; i < entry->wait_count; i++) {
		if (entry->waits[i].parent == parent)
			return;
	}
	if (entry->wait_count == entry->wait_cap)
		return;
	if (ring_is_empty(&parent->waiting))
		parent->standing = standing_alone(noise, name);
	wait = &entry->waits[entry->wait_count++];
	*wait = (struct wait){ .entry = entry, .parent = parent };
	ring_join(&parent->waiting, &wait->of_parent);
}

void depend_leave(struct entry *entry)
{
	for (size_t i = 0; i < entry->wait_count; i++)
		ring_leave(&entry->waits[i].of_parent);
	entry->wait_count = 0;
}

/* Room for as many as there may be: they stand in rings and must not move. */
static void make_room(struct entry *entry, size_t count)
{
	if (count <= entry->wait_cap)
		return;
	entry->waits = xrealloc(entry->waits, count * sizeof(*entry->waits));
	entry->wait_cap = count;
}

/* Once for each look that it had. */
static void hurry(struct noise *noise, const char *name, struct bw_wall latest)
{
	const struct alert_relations *relations = &noise->options.relations;
	struct parent *parent = parent_of(noise, name);

	if (!relations->hurry || (parent->hurried && parent->hurried_after.us == latest.us))
		return;
	parent->hurried = true;
	parent->hurried_after = latest;
	relations->hurry(relations->arg, name);
}

static int64_t configured_patience_us(const struct noise *noise, const char *name)
{
	const struct alert_relations *relations = &noise->options.relations;
	const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, name };

	return relations->patience_us ? relations->patience_us(relations->arg, &subject) : 0;
}

/* How long a pending one may take to be judged: its hold, and samples that come late. */
static int64_t hold_us(const struct alert *alert, int64_t patience_us)
{
	const struct alert_rule *rule = alert->rule;

	if (!rule)
		return patience_us;
	return rule->hold.time_us + patience_us + (rule->hold.n - 1) * (patience_us / 3);
}

/* --- following up --- */

static enum depend_standing ask_edges(struct inquiry *inquiry, const char *name, int depth);

/* What `name` itself depends on is down: then that is the root. */
static bool has_root(struct inquiry *inquiry, const char *name, int depth)
{
	struct inquiry above = *inquiry;

	if (depth >= DEPTH_MAX)
		return false;
	above.who = NULL;
	if (ask_edges(&above, name, depth + 1) != STANDING_DOWN) {
		inquiry->visits = above.visits;
		return false;
	}
	inquiry->visits = above.visits;
	inquiry->who = above.who;
	inquiry->top = above.top;
	return true;
}

static enum depend_standing in_doubt(struct inquiry *inquiry, const char *name, struct alert *alert,
				     struct bw_wall until)
{
	if (inquiry->now.us >= until.us)
		return STANDING_WORKS;
	inquiry->who = name;
	inquiry->top = alert;
	inquiry->is_stale = !alert;
	noise_due_by(&inquiry->due, until);
	return STANDING_IN_DOUBT;
}

static void note_visit(struct inquiry *inquiry, const char *name)
{
	if (inquiry->visited->count < NOISE_WAITS_MAX)
		inquiry->visited->names[inquiry->visited->count++] = name;
}

static enum depend_standing ask_one(struct inquiry *inquiry, const char *name, int depth)
{
	struct noise *noise = inquiry->noise;
	struct alert *alert = down_alert(noise, name);
	int64_t patience_us;
	struct bw_wall latest;

	note_visit(inquiry, name);
	if (alert && alert_is_hard_firing(alert)) {
		if (!has_root(inquiry, name, depth)) {
			inquiry->who = name;
			inquiry->top = alert;
		}
		return STANDING_DOWN;
	}
	latest = noise->owner.latest(noise->owner.arg, ALERT_SUBJECT_COMPONENT, name);
	if (!alert && latest.us >= inquiry->since.us)
		return STANDING_WORKS;
	if (has_root(inquiry, name, depth))
		return STANDING_DOWN;
	patience_us = configured_patience_us(noise, name);
	if (alert)
		return in_doubt(
			inquiry, name, alert,
			(struct bw_wall){ alert->started.us + hold_us(alert, patience_us) });
	if (patience_us <= 0)
		return STANDING_WORKS;
	if (inquiry->now.us < inquiry->since.us + patience_us)
		hurry(noise, name, latest);
	return in_doubt(inquiry, name, NULL, (struct bw_wall){ inquiry->since.us + patience_us });
}

/* One that works is enough; `nth` hands out the alternatives. */
static enum depend_standing ask_alternatives(struct inquiry *inquiry,
					     bool (*nth)(const struct inquiry *inquiry,
							 const void *of, size_t at,
							 const char **out),
					     const void *of, int depth)
{
	enum depend_standing worst = STANDING_WORKS;
	struct inquiry first = *inquiry;
	const char *name;

	for (size_t i = 0; nth(inquiry, of, i, &name); i++) {
		struct inquiry one = *inquiry;
		enum depend_standing standing;

		if (++one.visits > VISITS_MAX)
			return STANDING_WORKS;
		standing = ask_one(&one, name, depth);
		inquiry->visits = one.visits;
		if (standing == STANDING_WORKS)
			return STANDING_WORKS;
		noise_due_by(&inquiry->due, one.due);
		if (i == 0 || (standing == STANDING_IN_DOUBT && worst == STANDING_DOWN)) {
			worst = standing;
			first = one;
		}
	}
	inquiry->who = first.who;
	inquiry->top = first.top;
	inquiry->is_stale = first.is_stale;
	return worst;
}

struct edge {
	const char *component;
	size_t nth;
};

static bool nth_alternative(const struct inquiry *inquiry, const void *of, size_t at,
			    const char **out)
{
	const struct alert_relations *relations = &inquiry->noise->options.relations;
	const struct edge *edge = of;

	return relations->alternative(relations->arg, edge->component, edge->nth, at, out);
}

static bool nth_uplink(const struct inquiry *inquiry, const void *of, size_t at, const char **out)
{
	const struct alerts_settings *settings = inquiry->noise->settings;
	(void)of;

	if (at >= settings->uplink_count)
		return false;
	*out = settings->uplink[at];
	return true;
}

/* DOWN when one edge is; else in doubt when one is. */
static enum depend_standing ask_edges(struct inquiry *inquiry, const char *name, int depth)
{
	enum depend_standing worst = STANDING_WORKS;
	struct inquiry found = *inquiry;
	struct edge edge = { name, 0 };
	const char *any;

	if (!inquiry->noise->options.relations.alternative)
		return STANDING_WORKS;
	for (; nth_alternative(inquiry, &edge, 0, &any); edge.nth++) {
		struct inquiry one = *inquiry;
		enum depend_standing standing =
			ask_alternatives(&one, nth_alternative, &edge, depth);

		inquiry->visits = one.visits;
		if (standing > worst) {
			worst = standing;
			found = one;
		}
		noise_due_by(&inquiry->due, one.due);
		if (worst == STANDING_DOWN || inquiry->visits > VISITS_MAX)
			break;
	}
	inquiry->who = found.who;
	inquiry->top = found.top;
	inquiry->is_stale = found.is_stale;
	return worst;
}

/* --- the network --- */

static bool needs_network(const struct noise *noise, const char *component)
{
	const struct alert_relations *relations = &noise->options.relations;

	if (noise->settings->uplink_count == 0 ||
	    strcmp(noise->settings->uplink[0], component) == 0)
		return false;
	for (size_t i = 1; i < noise->settings->uplink_count; i++) {
		if (strcmp(noise->settings->uplink[i], component) == 0)
			return true;
	}
	return relations->needs_network && relations->needs_network(relations->arg, component);
}

static enum depend_standing ask_network(struct inquiry *inquiry, const char *component)
{
	enum depend_standing standing;

	if (!needs_network(inquiry->noise, component))
		return STANDING_WORKS;
	standing = ask_alternatives(inquiry, nth_uplink, NULL, DEPTH_MAX);
	if (standing == STANDING_DOWN) {
		inquiry->who = inquiry->noise->settings->uplink[0];
		inquiry->top = down_alert(inquiry->noise, inquiry->who);
	}
	return standing;
}

/* --- answers --- */

static void stand_with_all(struct noise *noise, struct entry *entry, const struct visited *visited)
{
	depend_leave(entry);
	make_room(entry, visited->count);
	for (size_t i = 0; i < visited->count; i++)
		stand_with(noise, entry, visited->names[i]);
}

static void answer(const struct inquiry *inquiry, enum alert_quiet_kind kind,
		   struct quiet_answer *out)
{
	out->kind = kind;
	bw_text_format(out->text, sizeof(out->text), "%s", inquiry->who);
	out->by = out->text;
	out->hider = inquiry->top ? noise_entry(inquiry->noise, inquiry->top) : NULL;
}

void depend_ask(struct noise *noise, struct entry *entry, struct bw_wall now,
		struct quiet_answer *out, struct bw_wall *due)
{
	const struct alert *alert = entry->alert;
	struct visited visited = { .count = 0 };
	struct inquiry inquiry = {
		.noise = noise,
		.visited = &visited,
		.since = alert->started,
		.now = now,
		.due = BW_WALL_NEVER,
	};
	enum alert_quiet_kind kind = ALERT_QUIET_NETWORK;
	enum depend_standing standing;

	if (alert->subject_kind != ALERT_SUBJECT_COMPONENT)
		return;
	standing = ask_network(&inquiry, alert->subject);
	if (standing == STANDING_WORKS) {
		kind = ALERT_QUIET_DEPENDENCY;
		inquiry.due = BW_WALL_NEVER;
		standing = ask_edges(&inquiry, alert->subject, 0);
	}
	stand_with_all(noise, entry, &visited);
	/* A ring of dependencies must not keep all of its members quiet. */
	if (standing == STANDING_WORKS || inquiry.top == alert)
		return;
	noise_due_by(due, inquiry.due);
	answer(&inquiry, kind, out);
	out->in_doubt = standing == STANDING_IN_DOUBT && inquiry.is_stale;
}

void depend_signal(struct noise *noise, const char *name)
{
	struct parent *parent = bw_strmap_get(noise->parents, name);
	bool changed;
	int standing;

	if (!parent || ring_is_empty(&parent->waiting))
		return;
	standing = standing_alone(noise, name);
	changed = standing != parent->standing;
	if (!changed && standing != STANDING_WORKS)
		return;
	parent->standing = standing;
	for (struct ring *at = parent->waiting.after; at != &parent->waiting; at = at->after) {
		struct entry *entry = RING_OWNER(at, struct wait, of_parent)->entry;

		if (changed || entry->alert->quiet.in_doubt)
			noise_push(noise, entry);
	}
}

void depend_init(struct noise *noise)
{
	noise->parents = bw_strmap_create();
	if (!noise->parents)
		xalloc_die();
}

void depend_finish(struct noise *noise)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(noise->parents, &cursor, &entry)) {
		struct parent *parent = entry.value;

		free(parent->name);
		free(parent);
	}
	bw_strmap_destroy(noise->parents);
}
