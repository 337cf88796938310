/* script.h - random configurations and random events for world.h, the same for the same seed.
 *
 * Events say what happens outside, never what follows, so that one script can be played in two
 * worlds that should not differ.
 */
#ifndef BW_TESTS_ALERTS_SCRIPT_H
#define BW_TESTS_ALERTS_SCRIPT_H

#include "unit/alerts/world.h"

enum { SCRIPT_EVENTS = 400 };

enum script_what {
	SCRIPT_SAMPLE,
	SCRIPT_ERROR, /* the look failed */
	SCRIPT_WAIT,  /* nothing comes, for minutes */
	SCRIPT_GONE,
	SCRIPT_CLOCK,
	SCRIPT_ACK,
	SCRIPT_UNACK,
	SCRIPT_SILENCE,
	SCRIPT_EXPIRE,
	SCRIPT_CONFIGURE,
	SCRIPT_NOTHING, /* only time passes */
};

struct script_event {
	enum script_what what;
	int64_t after_us; /* since the event before */
	enum alert_subject_kind kind;
	int nth, level;
	int64_t us; /* how long or how far */
	bool flag;
};

struct script {
	uint64_t seed;
	struct script_event events[SCRIPT_EVENTS];
};

uint64_t script_random(uint64_t *seed, uint64_t below);
bool script_chance(uint64_t *seed, unsigned percent);

void script_rule(uint64_t *seed, struct world_rule *out);
/* Routes, windows, reminders, flapping, grouping. */
void script_settings(uint64_t *seed, struct world *world);
/* What makes one alert depend on another: inhibitions, dependencies, the uplink. */
void script_relations(uint64_t *seed, struct world *world);
void script_make(uint64_t seed, struct script *out);
void script_play(struct world *world, const struct script_event *event);
/* Every order of people is taken back. */
void script_calm(struct world *world);

#endif
