/* alerts.c - samples and times go into lives, lives into noise, changes out to the owner.
 *
 * A call gathers what changed (book->dirty) and keeps each alert once, at its end or before a
 * notice that speaks of it leaves, whichever is first. Only at the end is anything forgotten, as
 * noise control may hold an alert in between.
 *
 * Due: one heap holds every alert whose hold runs and every subject whose sample is awaited. A
 * subject stands there with the time of some earlier sample and is put right when that comes: a
 * sample costs no heap operation. What a restart or another configuration leaves to do for each
 * alert stands there at once, so that the budget bounds it.
 */
#include "alerts/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/alerts_impl.h"
#include "alerts/judge.h"
#include "base/assert.h"
#include "base/xalloc.h"

/* --- what changed --- */

static void keep_dirty(struct alerts *alerts)
{
	const struct alerts_listener *listener = &alerts->options.listener;

	for (struct life *life = alerts->book.dirty; life; life = life->next_dirty) {
		if (life->keep && listener->keep)
			listener->keep(listener->arg, &life->alert);
		life->keep = false;
	}
}

void alerts_settle(struct alerts *alerts)
{
	struct book *book = &alerts->book;

	keep_dirty(alerts);
	while (book->dirty) {
		struct life *life = book->dirty;

		book->dirty = life->next_dirty;
		life->dirty = false;
		if (!book_is_idle(life))
			continue;
		noise_forget(alerts->noise, &life->alert);
		book_forget(book, life);
		alerts->view_is_old = true;
	}
}

void alerts_look(struct alerts *alerts, struct life *life, struct bw_wall now)
{
	noise_look(alerts->noise, &life->alert, now);
}

static void tell_change(struct alerts *alerts, const struct life *life, enum alert_state was)
{
	const struct alerts_listener *listener = &alerts->options.listener;
	enum alert_state is = life->alert.state;

	if (listener->changed && ((was == ALERT_PENDING && is == ALERT_FIRING) ||
				  (was != ALERT_RESOLVED && is == ALERT_RESOLVED)))
		listener->changed(listener->arg, &life->alert, was);
}

static void world_of(const struct alerts *alerts, const struct alert_rule *rule,
		     struct life_world *out)
{
	const struct alerts_settings *settings = alerts->options.settings;

	*out = (struct life_world){
		.rule = rule,
		.flap = { settings->flapping.enabled, settings->flapping.high,
			  settings->flapping.low },
	};
}

/* After a sample, a due time or an end: whatever follows from the state it has now. */
static void follow(struct alerts *alerts, struct life *life, enum alert_state was,
		   struct bw_wall now)
{
	struct life_world world;

	tell_change(alerts, life, was);
	if (life->alert.state != was)
		alerts->view_is_old = true;
	if (!book_is_alive(life)) {
		book_end(&alerts->book, life);
	} else {
		world_of(alerts, life->alert.rule, &world);
		due_set(&alerts->book.due, &life->due, life_due(&life->alert, &world));
	}
	book_touch(&alerts->book, life, life->alert.state != was);
	alerts_look(alerts, life, now);
}

void alerts_forget_history(struct alerts *alerts, struct life *life)
{
	if (!flap_has_history(&life->alert))
		return;
	flap_clear(&life->alert);
	book_touch(&alerts->book, life, true);
}

static void end_life(struct alerts *alerts, struct life *life, struct bw_wall now)
{
	enum alert_state was = life->alert.state;

	life_end(&life->alert, now);
	follow(alerts, life, was, now);
}

/* --- samples --- */

static void linger(struct alerts *alerts, struct life *life, const struct life_world *world,
		   const struct life_sample *sample, struct bw_wall now)
{
	struct book *book = &alerts->book;

	if (life_linger(&life->alert, world, sample))
		book_touch(book, life, true);
	/* In the instant of its end it still puts off the next one. */
	if (!flap_has_history(&life->alert) && life->alert.resolved.us != now.us)
		book_let_go(book, life);
}

static struct life *begin(struct alerts *alerts, struct watched *watched, size_t nth,
			  struct bw_wall now)
{
	struct life *earlier = watched->lives[nth], *life;

	if (alerts->book.alive == ALERTS_MAX) {
		alerts->refused++;
		return NULL;
	}
	if (earlier)
		book_let_go(&alerts->book, earlier);
	life = book_begin(&alerts->book, watched, nth);
	life_begin(&life->alert, earlier ? &earlier->alert : NULL, now);
	alerts->view_is_old = true;
	if (earlier)
		alerts_forget_history(alerts, earlier);
	return life;
}

static void set_words(struct alerts *alerts, struct life *life, const char *why)
{
	struct alert *alert = &life->alert;
	enum bw_severity was = alert->severity;
	bool is_new = !alert->title;

	judge_words(alert, &alerts->options, why);
	if (is_new || alert->severity == was)
		return;
	alerts->view_is_old = true;
	book_touch(&alerts->book, life, true);
	if (alert->severity > was && alert->ack && !alert->ack->sticky)
		alert_set_ack(alert, NULL);
}

/* A sample of a rule and subject that is not ok, or is so no longer. */
static void note(struct alerts *alerts, struct life *life, const struct life_sample *sample,
		 const char *why, struct bw_wall now)
{
	enum alert_state was = life->alert.state;
	struct life_world world;

	world_of(alerts, life->alert.rule, &world);
	if (life_note(&life->alert, &world, sample, now))
		book_touch(&alerts->book, life, true);
	if (sample->bad)
		set_words(alerts, life, why);
	follow(alerts, life, was, now);
}

static void judge(struct alerts *alerts, struct watched *watched, size_t nth,
		  enum judge_cause cause, const char *why, struct bw_wall now)
{
	const struct alert_subject subject = { watched->kind, watched->name };
	struct life *life = watched->lives[nth];
	struct life_sample sample;
	struct life_world world;

	world_of(alerts, book_rule(&alerts->book, watched->kind, nth), &world);
	if (life && book_is_alive(life) && cause == JUDGE_MISSING && life->alert.samples.missing)
		return;
	judge_sample(world.rule, &subject, cause, &alerts->options.facts, &sample);
	if (life && book_is_alive(life)) {
		note(alerts, life, &sample, why, now);
	} else if (sample.bad) {
		life = begin(alerts, watched, nth, now);
		if (life)
			note(alerts, life, &sample, why, now);
	} else if (life) {
		linger(alerts, life, &world, &sample, now);
	}
}

static void judge_all(struct alerts *alerts, struct watched *watched, enum judge_cause cause,
		      const char *why, struct bw_wall now)
{
	const struct alert_subject subject = { watched->kind, watched->name };

	for (size_t nth = 0; nth < book_rule_count(&alerts->book, watched->kind); nth++)
		judge(alerts, watched, nth, cause, why, now);
	noise_sampled(alerts->noise, &subject, now);
}

/* When it is missing, as of now; BW_WALL_NEVER: it need not come. */
static struct bw_wall missing_at(const struct alerts *alerts, const struct watched *watched)
{
	const struct alert_relations *relations = &alerts->options.relations;
	const struct alert_subject subject = { watched->kind, watched->name };
	int64_t patience_us = 0;

	if (relations->patience_us)
		patience_us = relations->patience_us(relations->arg, &subject);
	if (watched->since.us == 0 || patience_us <= 0)
		return BW_WALL_NEVER;
	return (struct bw_wall){ watched->since.us + patience_us };
}

/* A time that is already planned is left where it is unless the new one is earlier. */
static void await(struct alerts *alerts, struct watched *watched)
{
	struct bw_wall at = missing_at(alerts, watched);

	if (watched->due.place == 0 || at.us < watched->due.at.us)
		due_set(&alerts->book.due, &watched->due, at);
}

static void sample(struct alerts *alerts, const struct alert_subject *subject,
		   enum judge_cause cause, const char *why, struct bw_wall now)
{
	struct watched *watched = book_watched(&alerts->book, subject, true);

	watched->latest = now;
	watched->since = now;
	await(alerts, watched);
	judge_all(alerts, watched, cause, why, now);
	alerts_settle(alerts);
}

void alerts_watch(struct alerts *alerts, const struct alert_subject *subject, struct bw_wall latest,
		  struct bw_wall now)
{
	struct watched *watched = book_watched(&alerts->book, subject, true);

	if (latest.us > watched->latest.us)
		watched->latest = latest;
	watched->since = watched->latest.us != 0 ? watched->latest : now;
	for (size_t nth = 0; nth < book_rule_count(&alerts->book, subject->kind); nth++) {
		struct life *life = watched->lives[nth];

		if (life && book_is_alive(life))
			life->alert.samples.latest = watched->latest;
	}
	await(alerts, watched);
}

void alerts_sample(struct alerts *alerts, const struct alert_subject *subject, struct bw_wall now)
{
	sample(alerts, subject, JUDGE_SAMPLE, NULL, now);
}

void alerts_sample_error(struct alerts *alerts, const struct alert_subject *subject,
			 const char *why, struct bw_wall now)
{
	sample(alerts, subject, JUDGE_ERROR, why, now);
}

void alerts_subject_gone(struct alerts *alerts, const struct alert_subject *subject,
			 struct bw_wall now)
{
	struct watched *watched = book_watched(&alerts->book, subject, false);

	if (!watched)
		return;
	for (size_t nth = 0; nth < book_rule_count(&alerts->book, subject->kind); nth++) {
		struct life *life = watched->lives[nth];

		if (life && book_is_alive(life))
			end_life(alerts, life, now);
		if (life)
			alerts_forget_history(alerts, life);
	}
	book_forget_watched(&alerts->book, watched);
	alerts_settle(alerts);
}

/* --- time --- */

/* Returns what it cost of the budget. */
static size_t do_due_life(struct alerts *alerts, struct life *life, struct bw_wall now)
{
	enum alert_state was = life->alert.state;
	struct life_world world;

	if (!book_is_alive(life)) {
		due_set(&alerts->book.due, &life->due, BW_WALL_NEVER);
		alerts_look(alerts, life, now);
		return 1;
	}
	if (!life->alert.rule) {
		end_life(alerts, life, now);
		return 1;
	}
	world_of(alerts, life->alert.rule, &world);
	life_step(&life->alert, &world, now);
	follow(alerts, life, was, now);
	return 1;
}

static size_t do_due_subject(struct alerts *alerts, struct watched *watched, struct bw_wall now)
{
	struct bw_wall at = missing_at(alerts, watched);

	if (at.us > now.us) {
		due_set(&alerts->book.due, &watched->due, at);
		return 0;
	}
	due_set(&alerts->book.due, &watched->due, BW_WALL_NEVER);
	judge_all(alerts, watched, JUDGE_MISSING, NULL, now);
	return book_rule_count(&alerts->book, watched->kind);
}

static size_t do_due(struct alerts *alerts, struct due *due, struct bw_wall now)
{
	if (due->kind == BOOK_DUE_LIFE)
		return do_due_life(alerts,
				   (struct life *)((char *)due - offsetof(struct life, due)), now);
	return do_due_subject(alerts,
			      (struct watched *)((char *)due - offsetof(struct watched, due)), now);
}

struct bw_wall alerts_advance(struct alerts *alerts, struct bw_wall now, size_t budget)
{
	struct due *due;
	struct bw_wall next;

	while (budget > 0 && (due = due_first(&alerts->book.due)) && due->at.us <= now.us) {
		size_t cost = do_due(alerts, due, now);

		budget -= cost < budget ? cost : budget;
	}
	next = budget > 0 ? noise_advance(alerts->noise, now, budget) : now;
	alerts_settle(alerts);
	due = due_first(&alerts->book.due);
	if (due && due->at.us < next.us)
		next = due->at.us > now.us ? due->at : now;
	return next;
}

static void shift(struct bw_wall *time, int64_t step_us)
{
	if (time->us != 0)
		time->us += step_us;
}

static void shift_alert(struct alert *alert, int64_t step_us)
{
	shift(&alert->started, step_us);
	shift(&alert->fired, step_us);
	shift(&alert->recovering, step_us);
	shift(&alert->resolved, step_us);
	shift(&alert->samples.latest, step_us);
	shift(&alert->quiet.released, step_us);
	shift(&alert->over.at, step_us);
	if (alert->ack) {
		shift(&alert->ack->at, step_us);
		shift(&alert->ack->until, step_us);
	}
	for (size_t i = 0; i < alert->told_count; i++) {
		shift(&alert->told[i].at, step_us);
		shift(&alert->told[i].remind_at, step_us);
		shift(&alert->told[i].since, step_us);
	}
}

void alerts_clock_step(struct alerts *alerts, int64_t step_us)
{
	struct book *book = &alerts->book;
	struct bw_strmap_entry entry;
	struct life *life;
	uint64_t visit = 0;

	due_shift(&book->due, step_us);
	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		size_t cursor = 0;

		while (bw_strmap_next(book->subjects[kind], &cursor, &entry)) {
			struct watched *watched = entry.value;

			shift(&watched->latest, step_us);
			shift(&watched->since, step_us);
		}
	}
	while ((life = book_next(book, &visit))) {
		shift_alert(&life->alert, step_us);
		book_touch(book, life, true);
	}
	noise_clock_step(alerts->noise, step_us);
	alerts_settle(alerts);
}

/* --- noise control asks --- */

static const struct alert *find_alive(void *arg, const char *rule, enum alert_subject_kind kind,
				      const char *name)
{
	struct alerts *alerts = arg;
	const struct alert_subject subject = { kind, name };
	const struct watched *watched = book_watched(&alerts->book, &subject, false);
	size_t nth = book_find_rule(&alerts->book, kind, rule);

	if (!watched || nth == book_rule_count(&alerts->book, kind) || !watched->lives[nth] ||
	    !book_is_alive(watched->lives[nth]))
		return NULL;
	return &watched->lives[nth]->alert;
}

static struct bw_wall latest_of(void *arg, enum alert_subject_kind kind, const char *name)
{
	struct alerts *alerts = arg;
	const struct alert_subject subject = { kind, name };
	const struct watched *watched = book_watched(&alerts->book, &subject, false);

	return watched ? watched->latest : (struct bw_wall){ 0 };
}

static struct alert *next_alive(void *arg, size_t *cursor)
{
	struct alerts *alerts = arg;
	uint64_t id = *cursor;
	struct life *life;

	do {
		life = book_next(&alerts->book, &id);
	} while (life && !book_is_alive(life));
	*cursor = id;
	return life ? &life->alert : NULL;
}

static void touched(void *arg, struct alert *alert)
{
	struct alerts *alerts = arg;

	/* The alert is a life's first member. */
	book_touch(&alerts->book, (struct life *)alert, true);
}

static void pass_notice(void *arg, const struct notice *notice)
{
	struct alerts *alerts = arg;
	const struct alerts_listener *listener = &alerts->options.listener;

	if (listener->notice)
		listener->notice(listener->arg, notice);
}

static void pass_silence(void *arg, const struct silence *silence)
{
	struct alerts *alerts = arg;
	const struct alerts_listener *listener = &alerts->options.listener;

	if (listener->keep_silence)
		listener->keep_silence(listener->arg, silence);
}

/* --- beginning and end --- */

struct alerts *alerts_create(const struct alerts_options *options)
{
	struct alerts *alerts = xcalloc(1, sizeof(*alerts));
	struct alerts_options inner = *options;
	const struct noise_owner owner = { find_alive, latest_of, next_alive, touched, alerts };

	alerts->options = *options;
	inner.listener = (struct alerts_listener){
		.keep_silence = pass_silence,
		.notice = pass_notice,
		.arg = alerts,
	};
	book_init(&alerts->book, options->settings);
	alerts->noise = noise_create(&inner, &owner);
	return alerts;
}

void alerts_destroy(struct alerts *alerts)
{
	if (!alerts)
		return;
	noise_destroy(alerts->noise);
	book_finish(&alerts->book);
	free(alerts->view);
	free(alerts);
}

struct orphanage {
	struct alerts *alerts;
	struct bw_wall now;
};

static void end_orphan(void *arg, struct life *life)
{
	const struct orphanage *orphanage = arg;

	if (book_is_alive(life))
		end_life(orphanage->alerts, life, orphanage->now);
	else
		book_touch(&orphanage->alerts->book, life, false);
	alerts_forget_history(orphanage->alerts, life);
}

/* A rule that is new, or another patience, may find missing what nobody asked for before. */
static void await_all(struct alerts *alerts)
{
	struct bw_strmap_entry entry;

	for (int kind = 0; kind < ALERT_SUBJECT_KINDS; kind++) {
		size_t cursor = 0;

		while (bw_strmap_next(alerts->book.subjects[kind], &cursor, &entry))
			await(alerts, entry.value);
	}
}

void alerts_configure(struct alerts *alerts, const struct alerts_settings *settings,
		      struct bw_wall now)
{
	struct orphanage orphanage = { alerts, now };
	struct life *life;
	uint64_t visit = 0;

	alerts->view_is_old = true;
	alerts->options.settings = settings;
	noise_configure(alerts->noise, settings, now);
	book_configure(&alerts->book, settings, end_orphan, &orphanage);
	while ((life = book_next(&alerts->book, &visit))) {
		if (book_is_alive(life))
			due_set(&alerts->book.due, &life->due, DUE_AT_ONCE);
	}
	await_all(alerts);
	alerts_settle(alerts);
}
