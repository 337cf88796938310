/* noise.c - looks at alerts one by one and puts the rooms of noise control together.
 *
 * A look finds why the alert is quiet (quiet.c), where it hides others (inhibit.c), and what each
 * channel must still be told (wish.c). Whatever may change many alerts at once only marks them to
 * be looked at; noise_advance() does that within its budget, and sends nothing before all of them
 * were looked at, so that what belongs together is told together.
 *
 * All is level: each look starts from the alert and from what is so. Who looks once more than
 * needed changes nothing.
 */
#include "alerts/noise.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"

enum { FIRST_CAP = 64 };

void noise_due_by(struct bw_wall *due, struct bw_wall at)
{
	if (at.us < due->us)
		*due = at;
}

int64_t noise_patience_us(const struct noise *noise, enum alert_subject_kind kind,
			  const char *subject)
{
	const struct alert_relations *relations = &noise->options.relations;
	const struct alert_subject of = { kind, subject };
	int64_t patience_us =
		relations->patience_us ? relations->patience_us(relations->arg, &of) : 0;

	return patience_us > 0 ? patience_us : NOISE_SYSTEM_PATIENCE_S * BW_SECOND_US;
}

void noise_touch(struct noise *noise, struct entry *entry)
{
	noise->owner.touched(noise->owner.arg, entry->alert);
}

/* --- entries --- */

struct entry *noise_entry(struct noise *noise, struct alert *alert)
{
	struct entry *entry = alert->noise;

	if (entry)
		return entry;
	entry = xcalloc(1, sizeof(*entry));
	entry->alert = alert;
	entry->is_new = true;
	ring_init(&entry->hidden);
	ring_init(&entry->places);
	ring_init(&entry->wishes);
	if (noise->entry_count == noise->entry_cap) {
		noise->entry_cap = noise->entry_cap ? noise->entry_cap * 2 : FIRST_CAP;
		noise->entries =
			xrealloc(noise->entries, noise->entry_cap * sizeof(struct entry *));
	}
	entry->place = noise->entry_count;
	noise->entries[noise->entry_count++] = entry;
	alert->noise = entry;
	return entry;
}

/* Nobody is hidden by it any more; they were marked to be looked at. */
static void let_go_of_hidden(struct noise *noise, struct entry *entry)
{
	while (!ring_is_empty(&entry->hidden)) {
		struct entry *hidden = RING_OWNER(entry->hidden.after, struct entry, hidden_by);

		ring_leave(&hidden->hidden_by);
		hidden->hider = NULL;
		noise_push(noise, hidden);
	}
}

static void destroy_entry(struct noise *noise, struct entry *entry)
{
	struct entry *last = noise->entries[--noise->entry_count];

	noise->entries[entry->place] = last;
	last->place = entry->place;
	inhibit_leave(noise, entry);
	let_go_of_hidden(noise, entry);
	if (entry->hider)
		entry->hider->alert->hides--;
	if (entry->counted)
		entry->counted->silence.hides--;
	ring_leave(&entry->hidden_by);
	depend_leave(entry);
	free(entry->waits);
	ring_leave(&entry->look);
	wish_drop_all(entry);
	due_set(&noise->due, &entry->due, BW_WALL_NEVER);
	entry->alert->noise = NULL;
	free(entry);
}

void noise_forget(struct noise *noise, struct alert *alert)
{
	if (alert->noise)
		destroy_entry(noise, alert->noise);
}

void noise_push(struct noise *noise, struct entry *entry)
{
	if (!entry->look.after)
		ring_join(&noise->looks, &entry->look);
}

void noise_push_all(struct noise *noise)
{
	for (size_t i = 0; i < noise->entry_count; i++) {
		if (alert_is_alive(noise->entries[i]->alert))
			noise_push(noise, noise->entries[i]);
	}
}

/* --- a look --- */

/* An acknowledgement that has run out: said once, as a reminder. */
static void look_at_ack(struct noise *noise, struct entry *entry, struct bw_wall now,
			struct bw_wall *due)
{
	struct alert *alert = entry->alert;
	char remark[ALERT_COMMENT_MAX];

	if (!alert->ack || alert->ack->until.us == 0)
		return;
	if (alert->ack->until.us > now.us) {
		noise_due_by(due, alert->ack->until);
		return;
	}
	bw_text_format(remark, sizeof(remark),
		       "the acknowledgement of %s has expired, still firing", alert->ack->by);
	if (alert_is_hard_firing(alert)) {
		free(alert->over.remark);
		alert->over = (struct alert_over){ xstrdup(remark), true, now };
	}
	alert_set_ack(alert, NULL);
	noise_touch(noise, entry);
}

static void look_at_end(struct noise *noise, struct entry *entry)
{
	inhibit_leave(noise, entry);
	let_go_of_hidden(noise, entry);
	entry->alert->hides = 0;
	quiet_leave(noise, entry);
	noise->somebody_ended = true;
}

void noise_look_at(struct noise *noise, struct entry *entry, struct bw_wall now)
{
	struct alert *alert = entry->alert;
	struct bw_wall due = BW_WALL_NEVER;
	struct alert_labels labels;

	ring_leave(&entry->look);
	alert_labels_read(alert, &noise->options.relations, &labels);
	if (entry->is_new)
		group_remember(noise, alert, &labels, now);
	if (alert_is_alive(alert)) {
		look_at_ack(noise, entry, now, &due);
		inhibit_update(noise, entry, &labels);
		quiet_look(noise, entry, &labels, now, &due);
	} else {
		look_at_end(noise, entry);
	}
	wish_look(noise, entry, &labels, now, &due);
	entry->is_new = false;
	due_set(&noise->due, &entry->due, due);
	if (alert->subject_kind == ALERT_SUBJECT_COMPONENT &&
	    strcmp(alert->rule_name, NOISE_DOWN_RULE) == 0)
		depend_signal(noise, alert->subject);
}

void noise_look(struct noise *noise, struct alert *alert, struct bw_wall now)
{
	struct entry *entry = noise_entry(noise, alert);
	struct alert_labels labels;

	silences_advance(noise, now);
	windows_advance(noise, now);
	if (!entry->is_new || !alert_is_alive(alert)) {
		noise_look_at(noise, entry, now);
		return;
	}
	/* After a restart all that may hide others must be there before anybody asks. */
	alert_labels_read(alert, &noise->options.relations, &labels);
	inhibit_update(noise, entry, &labels);
	noise_push(noise, entry);
}

void noise_sampled(struct noise *noise, const struct alert_subject *subject, struct bw_wall now)
{
	(void)now;
	if (subject->kind == ALERT_SUBJECT_COMPONENT)
		depend_signal(noise, subject->name);
}

/* --- time --- */

static void push_due(struct noise *noise, struct bw_wall now)
{
	struct due *due;

	while ((due = due_first(&noise->due)) != NULL && due->at.us <= now.us) {
		due_set(&noise->due, due, BW_WALL_NEVER);
		noise_push(noise, RING_OWNER(due, struct entry, due));
	}
}

static size_t look_at_marked(struct noise *noise, struct bw_wall now, size_t budget)
{
	for (; budget > 0 && !ring_is_empty(&noise->looks); budget--)
		noise_look_at(noise, RING_OWNER(noise->looks.after, struct entry, look), now);
	return budget;
}

static struct bw_wall next_time(const struct noise *noise, struct bw_wall now)
{
	const struct due *due = due_first(&noise->due);
	struct bw_wall next = group_due(noise);

	if (!ring_is_empty(&noise->looks))
		return now;
	if (due)
		noise_due_by(&next, due->at);
	noise_due_by(&next, noise->silence_due);
	noise_due_by(&next, noise->window_due);
	return next.us > now.us ? next : now;
}

struct bw_wall noise_advance(struct noise *noise, struct bw_wall now, size_t budget)
{
	silences_advance(noise, now);
	windows_advance(noise, now);
	push_due(noise, now);
	budget = look_at_marked(noise, now, budget);
	if (ring_is_empty(&noise->looks))
		silences_end_resolved(noise, now);
	while (budget > 0 && ring_is_empty(&noise->looks)) {
		size_t cost = group_flush(noise, now);

		if (cost == 0)
			break;
		budget -= cost < budget ? cost : budget;
	}
	return next_time(noise, now);
}

void noise_clock_step(struct noise *noise, int64_t step_us)
{
	due_shift(&noise->due, step_us);
	silences_step(noise, step_us);
	group_step(noise, step_us);
	noise->window_due.us = INT64_MIN;
}

/* --- beginning and end --- */

void noise_configure(struct noise *noise, const struct alerts_settings *settings,
		     struct bw_wall now)
{
	noise->settings = settings;
	noise->options.settings = settings;
	group_configure(noise);
	inhibit_configure(noise);
	windows_configure(noise);
	for (size_t i = 0; i < noise->entry_count; i++)
		noise->entries[i]->window = NULL;
	windows_advance(noise, now);
	for (size_t i = 0; i < noise->entry_count; i++)
		noise_push(noise, noise->entries[i]);
}

struct noise *noise_create(const struct alerts_options *options, const struct noise_owner *owner)
{
	struct noise *noise = xcalloc(1, sizeof(*noise));

	noise->options = *options;
	noise->options.instance = NULL;
	noise->salt = group_salt(options->instance ? options->instance : "");
	noise->owner = *owner;
	noise->settings = options->settings;
	noise->silence_due = BW_WALL_NEVER;
	ring_init(&noise->looks);
	depend_init(noise);
	group_configure(noise);
	inhibit_configure(noise);
	windows_configure(noise);
	return noise;
}

void noise_destroy(struct noise *noise)
{
	if (!noise)
		return;
	while (noise->entry_count > 0)
		destroy_entry(noise, noise->entries[noise->entry_count - 1]);
	free(noise->entries);
	silences_finish(noise);
	depend_finish(noise);
	inhibit_finish(noise);
	group_finish(noise);
	due_heap_finish(&noise->due);
	free(noise->windows);
	free(noise);
}

/* Matches that cost too much, until whoever asks is told so instead. */
enum { COSTLY_MAX = 20 };

size_t noise_count_matching(const struct noise *noise, const struct matchers *matchers)
{
	const struct alert *alert;
	size_t cursor = 0, count = 0, costly = 0;

	while ((alert = noise->owner.next(noise->owner.arg, &cursor)) != NULL) {
		enum alert_regex_result result;
		struct alert_labels labels;

		alert_labels_read(alert, &noise->options.relations, &labels);
		result = matchers_match_briefly(matchers, &labels);
		costly += result == ALERT_REGEX_TOO_COSTLY;
		if (costly > COSTLY_MAX)
			return SIZE_MAX;
		count += result == ALERT_REGEX_YES;
	}
	return count;
}
