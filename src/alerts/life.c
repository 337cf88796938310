/* life.c - pending, firing, recovering, resolved.
 *
 *        bad                hold met               good
 *   ok ------> pending --------------> firing ------------> recovering ----> resolved
 *   ^             |                      ^                       |  recover met
 *   +-------------+                      +-----------------------+
 *      too many not bad                       too many not good
 *
 * A hold has two parts. Its time counts from the first such sample, `started` or `recovering`, so
 * that it survives a restart. Its count asks for m of the latest n; a run of more than n - m others
 * makes every earlier such sample worthless, and is the way out.
 *
 * What cannot be judged is never good. With ALERT_LACK_KEEPS it is not bad either: then no hold
 * ends, whatever time passes, until a sample can be judged.
 *
 * While it flaps it does not resolve: `recover` is asked for longer and longer, and the end of the
 * flapping is one change, not two.
 *
 * Never two hard changes in one instant: who fired now recovers a microsecond later at the soonest,
 * and so the other way round.
 */
#include "alerts/life.h"

#include "base/assert.h"

enum { FLAPPED_SAMPLES_MIN = 3, ROUNDS_MAX = 3 };

static uint64_t low_bits(int n)
{
	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static int at_least(int value, int least)
{
	return value > least ? value : least;
}

/* `recover_for`, grown with the rounds of flapping. */
static struct alert_hold recover_hold(const struct alert *alert, const struct alert_rule *rule)
{
	struct alert_hold hold = rule->recover;
	int rounds = alert->flap_rounds < ROUNDS_MAX ? alert->flap_rounds : ROUNDS_MAX;

	if (alert->flap_rounds > 0) {
		hold.time_us = hold.time_us > INT64_MAX >> ROUNDS_MAX ? hold.time_us
								      : hold.time_us << rounds;
		hold.n = at_least(hold.n, FLAPPED_SAMPLES_MIN);
		hold.m = at_least(hold.m, FLAPPED_SAMPLES_MIN);
	}
	return hold;
}

/* Nothing begins or ends while the latest sample says otherwise, whatever m of n have said. Where
 * samples are missing nothing can be counted: what the lack was taken for decides. */
static bool count_met(const struct alert *alert, const struct alert_hold *hold, uint64_t bits)
{
	int met = __builtin_popcountll(bits & low_bits(hold->n));

	return (bits & 1) && (alert->samples.missing || met >= hold->m);
}

/* More than n - m of the latest samples in a row are not of these. */
static bool run_is_broken(const struct alert *alert, const struct alert_hold *hold, uint64_t bits)
{
	int run = bits == 0 ? alert->samples.count : __builtin_ctzll(bits);

	if (alert->samples.missing)
		return !(bits & 1);
	return run > hold->n - hold->m;
}

static struct bw_wall after(struct bw_wall since, int64_t time_us)
{
	return since.us > INT64_MAX - time_us ? BW_WALL_NEVER
					      : (struct bw_wall){ since.us + time_us };
}

static struct bw_wall fire_due(const struct alert *alert, const struct alert_rule *rule)
{
	if (alert->samples.frozen || !count_met(alert, &rule->hold, alert->samples.bad))
		return BW_WALL_NEVER;
	return after(alert->started, rule->hold.time_us);
}

static struct bw_wall resolve_due(const struct alert *alert, const struct alert_rule *rule)
{
	struct alert_hold hold = recover_hold(alert, rule);

	if (alert->samples.frozen || alert->flapping ||
	    !count_met(alert, &hold, alert->samples.good))
		return BW_WALL_NEVER;
	return after(alert->recovering, hold.time_us);
}

struct bw_wall life_due(const struct alert *alert, const struct life_world *world)
{
	if (alert->state == ALERT_PENDING)
		return fire_due(alert, world->rule);
	if (alert->state == ALERT_RECOVERING)
		return resolve_due(alert, world->rule);
	return BW_WALL_NEVER;
}

static bool detects(const struct life_world *world)
{
	return world->rule->detects_flapping && world->flap.enabled;
}

/* A flap history begins here: who never fires needs none. */
static void fire(struct alert *alert, const struct life_world *world, struct bw_wall now)
{
	alert->state = ALERT_FIRING;
	alert->fired = now;
	if (!detects(world))
		return;
	if (alert->flap_count == 0)
		flap_note(alert, true);
	flap_judge(alert, &world->flap);
}

static void fall_back(struct alert *alert)
{
	alert->state = ALERT_FIRING;
	alert->recovering = (struct bw_wall){ 0 };
	if (alert->flap_rounds > 0)
		alert->flap_rounds++;
}

void life_end(struct alert *alert, struct bw_wall now)
{
	alert->state = alert_is_hard_firing(alert) ? ALERT_RESOLVED : ALERT_OK;
	alert->resolved = now;
	alert->flapping = false;
	alert_set_ack(alert, NULL);
}

bool life_step(struct alert *alert, const struct life_world *world, struct bw_wall now)
{
	if (now.us < life_due(alert, world).us)
		return false;
	if (alert->state == ALERT_PENDING)
		fire(alert, world, now);
	else
		life_end(alert, now);
	return true;
}

/* No two hard changes in one instant. */
static struct bw_wall later_than(struct bw_wall now, struct bw_wall instant)
{
	return now.us == instant.us ? after(now, 1) : now;
}

/* Where a sample leads without any time passing. */
static void follow(struct alert *alert, const struct life_world *world, struct bw_wall now)
{
	const struct alert_samples *samples = &alert->samples;
	struct alert_hold recover = recover_hold(alert, world->rule);

	if (alert->state == ALERT_PENDING && run_is_broken(alert, &world->rule->hold, samples->bad))
		life_end(alert, now);
	else if (alert->state == ALERT_FIRING && samples->good & 1) {
		alert->state = ALERT_RECOVERING;
		alert->recovering = later_than(now, alert->fired);
	} else if (alert->state == ALERT_RECOVERING &&
		   run_is_broken(alert, &recover, samples->good))
		fall_back(alert);
}

static void note_bits(struct alert *alert, const struct alert_rule *rule,
		      const struct life_sample *sample)
{
	struct alert_hold recover = recover_hold(alert, rule);
	int n = at_least(rule->hold.n, recover.n);
	struct alert_samples *samples = &alert->samples;

	samples->bad = (samples->bad << 1 | (sample->bad ? 1 : 0)) & low_bits(n);
	samples->good = (samples->good << 1 | (sample->good ? 1 : 0)) & low_bits(n);
	if (samples->count < n)
		samples->count++;
}

/* Everything here that a restart must know; `latest` is not, as its owner tells it again. */
static bool differs(const struct alert *a, const struct alert *b)
{
	return a->state != b->state || a->reason != b->reason ||
	       a->recovering.us != b->recovering.us || a->samples.bad != b->samples.bad ||
	       a->samples.good != b->samples.good || a->samples.count != b->samples.count ||
	       a->samples.frozen != b->samples.frozen || a->samples.missing != b->samples.missing ||
	       a->flap_bits != b->flap_bits || a->flap_count != b->flap_count ||
	       a->flapping != b->flapping || a->flap_rounds != b->flap_rounds;
}

void life_begin(struct alert *alert, const struct alert *earlier, struct bw_wall now)
{
	alert->state = ALERT_PENDING;
	alert->started = now;
	if (earlier && earlier->state == ALERT_RESOLVED)
		alert->started = later_than(now, earlier->resolved);
	else if (earlier && earlier->started.us > now.us)
		alert->started = earlier->started; /* it was put off itself */
	if (earlier)
		flap_inherit(alert, earlier);
}

static void note_flapping(struct alert *alert, const struct life_world *world, bool bad)
{
	if (!detects(world)) {
		flap_clear(alert);
	} else if (alert->flap_count > 0) {
		flap_note(alert, bad);
		flap_judge(alert, &world->flap);
	}
}

bool life_note(struct alert *alert, const struct life_world *world,
	       const struct life_sample *sample, struct bw_wall now)
{
	const struct alert before = *alert;

	bw_assert(!(sample->bad && sample->good));
	alert->samples.frozen = sample->keeps;
	alert->samples.missing = sample->missing;
	if (!sample->missing)
		alert->samples.latest = now;
	if (sample->keeps)
		return differs(&before, alert);
	if (sample->bad)
		alert->reason = sample->reason;
	note_bits(alert, world->rule, sample);
	follow(alert, world, now);
	/* Before time is judged: the end of the flapping may be the end of the alert. */
	if (!sample->missing)
		note_flapping(alert, world, sample->bad);
	life_step(alert, world, now);
	return differs(&before, alert);
}

bool life_linger(struct alert *alert, const struct life_world *world,
		 const struct life_sample *sample)
{
	if (sample->keeps || sample->missing || !flap_has_history(alert))
		return false;
	note_flapping(alert, world, sample->bad);
	return true;
}
