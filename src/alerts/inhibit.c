/* inhibit.c - alerts that hide others: those built in, then the configured ones.
 *
 * For each inhibition the alerts that match its `when` stand in crowds, one for each set of values
 * of its `same` labels, so that whoever asks looks at one crowd. Of a crowd the worst of the first
 * NOISE_HIDERS_MAX hides.
 *
 * Whoever may be hidden stands there too, and looks again when somebody joins who hides him.
 *
 * Of two that would hide each other the earlier speaks, and who is hidden by somebody, also through
 * others, does not hide him: no ring of inhibitions keeps all of its members quiet.
 *
 * The built-in ones also wait for a component's alert that is pending, as long as that may take to
 * be judged: what sums up components fires at once, and must not be told before them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"

struct inhibitor {
	const struct matchers *when, *hides;
	struct matchers *own_when, *own_hides; /* of a built-in one */
	int same[NOISE_SAME_MAX];
	size_t same_count;
	bool same_name; /* of a built-in one: a component and its breaker have one name */
	bool is_builtin;
};

struct crowd {
	struct ring sources, targets; /* those that hide, and those that may be hidden */
};

/* Where an alert stands in a crowd, as the one or the other. */
struct place {
	struct entry *entry;
	struct ring of_entry, of_crowd;
};

/* --- what inhibitions there are --- */

static const struct {
	const char *when, *hides;
	bool same_name;
} builtin[] = {
	{ "type=component", "type=system_health", false },
	{ "type=component", "rule=response_time", false },
	{ "type=component", "breaker=~.+", true },
};

enum { BUILTIN_COUNT = sizeof(builtin) / sizeof(builtin[0]) };

static void make_builtin(struct inhibitor *out, size_t nth)
{
	xalloc_must(matchers_parse(&builtin[nth].when, 1, &out->own_when, NULL));
	xalloc_must(matchers_parse(&builtin[nth].hides, 1, &out->own_hides, NULL));
	out->when = out->own_when;
	out->hides = out->own_hides;
	out->same_name = builtin[nth].same_name;
	out->is_builtin = true;
}

static void make_configured(struct inhibitor *out, const struct inhibition *from)
{
	out->when = from->when;
	out->hides = from->hides;
	for (size_t i = 0; from->same && from->same[i]; i++) {
		int label = matcher_label_find(from->same[i], strlen(from->same[i]));

		if (label >= 0 && out->same_count < NOISE_SAME_MAX)
			out->same[out->same_count++] = label;
	}
}

static void forget_inhibitors(struct noise *noise)
{
	for (size_t i = 0; i < noise->inhibitor_count; i++) {
		matchers_destroy(noise->inhibitors[i].own_when);
		matchers_destroy(noise->inhibitors[i].own_hides);
	}
	free(noise->inhibitors);
}

static void forget_crowds(struct noise *noise)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (noise->crowds && bw_strmap_next(noise->crowds, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(noise->crowds);
}

void inhibit_configure(struct noise *noise)
{
	const struct alerts_settings *settings = noise->settings;

	for (size_t i = 0; i < noise->entry_count; i++)
		inhibit_leave(noise, noise->entries[i]);
	forget_inhibitors(noise);
	forget_crowds(noise);
	noise->crowds = bw_strmap_create();
	if (!noise->crowds)
		xalloc_die();
	noise->inhibitor_count = BUILTIN_COUNT + settings->inhibition_count;
	noise->inhibitors = xcalloc(noise->inhibitor_count, sizeof(*noise->inhibitors));
	for (size_t i = 0; i < BUILTIN_COUNT; i++)
		make_builtin(&noise->inhibitors[i], i);
	for (size_t i = 0; i < settings->inhibition_count; i++)
		make_configured(&noise->inhibitors[BUILTIN_COUNT + i], &settings->inhibitions[i]);
}

void inhibit_finish(struct noise *noise)
{
	forget_inhibitors(noise);
	forget_crowds(noise);
}

/* --- who hides --- */

static void write_key(const struct inhibitor *inhibitor, size_t nth, const struct entry *entry,
		      const struct alert_labels *labels, struct bw_buf *out)
{
	bw_buf_format(out, "%zu", nth);
	if (inhibitor->same_name)
		bw_buf_format(out, "\x1f%s", entry->alert->subject);
	for (size_t i = 0; i < inhibitor->same_count; i++) {
		const char *value = labels->values[inhibitor->same[i]];

		bw_buf_format(out, "\x1f%s", value ? value : "");
	}
	xalloc_must(out->status);
}

static struct crowd *crowd_of(struct noise *noise, size_t nth, const struct entry *entry,
			      const struct alert_labels *labels)
{
	struct crowd *crowd;
	struct bw_buf key;

	bw_buf_init(&key, 0);
	write_key(&noise->inhibitors[nth], nth, entry, labels, &key);
	crowd = bw_strmap_get(noise->crowds, key.data);
	if (!crowd) {
		crowd = xcalloc(1, sizeof(*crowd));
		ring_init(&crowd->sources);
		ring_init(&crowd->targets);
		xalloc_must(bw_strmap_put(noise->crowds, key.data, crowd));
	}
	bw_buf_finish(&key);
	return crowd;
}

static void join(struct entry *entry, struct ring *ring)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place->entry = entry;
	ring_join(&entry->places, &place->of_entry);
	ring_join(ring, &place->of_crowd);
}

/* Whoever may be hidden by it and is not hidden by one as bad looks again. */
static void announce(struct noise *noise, const struct entry *source, const struct crowd *crowd)
{
	for (struct ring *at = crowd->targets.after; at != &crowd->targets; at = at->after) {
		struct entry *target = RING_OWNER(at, struct place, of_crowd)->entry;

		if (target != source &&
		    (!target->hider || target->hider->alert->severity < source->alert->severity))
			noise_push(noise, target);
	}
}

void inhibit_leave(struct noise *noise, struct entry *entry)
{
	while (!ring_is_empty(&entry->places)) {
		struct place *place = RING_OWNER(entry->places.after, struct place, of_entry);

		ring_leave(&place->of_entry);
		ring_leave(&place->of_crowd);
		free(place);
	}
	entry->place_stamp = 0;
	for (struct ring *at = entry->hidden.after; at != &entry->hidden; at = at->after)
		noise_push(noise, RING_OWNER(at, struct entry, hidden_by));
}

/* All that decides where it hides others, but its labels. */
static unsigned stamp_of(const struct alert *alert)
{
	return 1U + (unsigned)alert->severity * 4U + (alert_is_hard_firing(alert) ? 2U : 0U);
}

void inhibit_update(struct noise *noise, struct entry *entry, const struct alert_labels *labels)
{
	bool fires = alert_is_hard_firing(entry->alert);
	unsigned stamp = stamp_of(entry->alert);

	if (entry->place_stamp == stamp)
		return;
	inhibit_leave(noise, entry);
	for (size_t i = 0; i < noise->inhibitor_count; i++) {
		const struct inhibitor *inhibitor = &noise->inhibitors[i];
		struct crowd *crowd = NULL;

		if ((fires || inhibitor->is_builtin) && matchers_match(inhibitor->when, labels)) {
			crowd = crowd_of(noise, i, entry, labels);
			join(entry, &crowd->sources);
			announce(noise, entry, crowd);
		}
		if (matchers_match(inhibitor->hides, labels))
			join(entry,
			     crowd ? &crowd->targets : &crowd_of(noise, i, entry, labels)->targets);
	}
	entry->place_stamp = stamp;
}

/* --- who is hidden --- */

static bool is_hidden_by(const struct entry *entry, const struct entry *who)
{
	for (int i = 0; entry && i < NOISE_CHAIN_MAX; i++) {
		entry = entry->hider;
		if (entry == who)
			return true;
	}
	return false;
}

/* The two would hide each other. */
static bool hides_back(struct noise *noise, const struct entry *entry,
		       const struct alert_labels *labels, const struct entry *source)
{
	for (size_t i = 0; i < noise->inhibitor_count; i++) {
		struct alert_labels of_source;

		if (!matchers_match(noise->inhibitors[i].when, labels))
			continue;
		alert_labels_read(source->alert, &noise->options.relations, &of_source);
		if (matchers_match(noise->inhibitors[i].hides, &of_source) &&
		    crowd_of(noise, i, entry, labels) == crowd_of(noise, i, source, &of_source))
			return true;
	}
	return false;
}

/* When a pending one must have been judged. */
static struct bw_wall judged_by(const struct noise *noise, const struct alert *alert)
{
	int64_t patience_us = noise_patience_us(noise, alert->subject_kind, alert->subject);
	int64_t more_us = 0;

	if (alert->rule)
		more_us = alert->rule->hold.time_us + (alert->rule->hold.n - 1) * (patience_us / 3);
	return (struct bw_wall){ alert->started.us + patience_us + more_us };
}

/* The alert that may be hidden, and when somebody asks. */
struct question {
	const struct entry *entry;
	const struct alert_labels *labels;
	struct bw_wall now, *due;
};

static bool can_hide(struct noise *noise, const struct entry *source,
		     const struct question *question)
{
	const struct entry *entry = question->entry;

	if (source == entry || is_hidden_by(source, entry))
		return false;
	if (entry->alert->id < source->alert->id &&
	    hides_back(noise, entry, question->labels, source))
		return false;
	if (!alert_is_hard_firing(source->alert)) {
		struct bw_wall until = judged_by(noise, source->alert);

		if (until.us <= question->now.us)
			return false;
		noise_due_by(question->due, until);
	}
	return true;
}

static bool is_worse(const struct alert *one, const struct alert *other)
{
	if (one->severity != other->severity)
		return one->severity > other->severity;
	return one->id < other->id;
}

static struct entry *worst_of(struct noise *noise, const struct crowd *crowd,
			      const struct question *question)
{
	struct entry *worst = NULL;
	int tried = 0;

	for (struct ring *at = crowd->sources.after;
	     at != &crowd->sources && tried < NOISE_HIDERS_MAX; at = at->after, tried++) {
		struct entry *source = RING_OWNER(at, struct place, of_crowd)->entry;

		if (worst && !is_worse(source->alert, worst->alert))
			continue;
		if (can_hide(noise, source, question))
			worst = source;
	}
	return worst;
}

void inhibit_ask(struct noise *noise, const struct entry *entry, const struct alert_labels *labels,
		 struct bw_wall now, struct quiet_answer *out, struct bw_wall *due)
{
	const struct question question = { entry, labels, now, due };

	for (size_t i = 0; i < noise->inhibitor_count && !out->hider; i++) {
		if (matchers_match(noise->inhibitors[i].hides, labels))
			out->hider = worst_of(noise, crowd_of(noise, i, entry, labels), &question);
	}
	if (!out->hider)
		return;
	out->kind = ALERT_QUIET_INHIBITED;
	bw_text_format(out->text, sizeof(out->text), "a%" PRIu64, out->hider->alert->id);
	out->by = out->text;
}
