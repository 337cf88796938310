/* status_since.c - undoes the changes of the journal, newest first, until the verdict is another.
 *
 * Where nothing is hidden the verdict is that of the whole, which the journal keeps up itself, also
 * over restarts and for longer than its entries.
 */
#include "daemon/status_since.h"

#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "base/xalloc.h"

struct shown {
	enum bw_health health;
	bool is_there, critical;
};

struct past {
	struct bw_health_tally tally;
	struct bw_strmap *by_name; /* to elements of `shown` */
	struct shown *shown;
	size_t hidden;
};

static void count(struct bw_health_tally *tally, const struct shown *shown, int weight)
{
	if (!shown->is_there)
		return;
	tally->count[shown->health] += weight;
	tally->total += weight;
	if (shown->critical && shown->health == BW_HEALTH_UNHEALTHY)
		tally->critical_unhealthy += weight;
	if (shown->critical && shown->health == BW_HEALTH_UNKNOWN)
		tally->critical_unknown += weight;
}

static void past_init(struct past *past, const struct engine *engine)
{
	size_t total = engine_component_count(engine);

	*past = (struct past){ .by_name = bw_strmap_create(),
			       .shown = xcalloc(total + 1, sizeof(*past->shown)) };
	if (past->by_name == NULL)
		xalloc_die();
	for (size_t i = 0; i < total; i++) {
		const struct component *component = engine_component(engine, i);

		if (!component_settings(component)->is_public) {
			past->hidden++;
			continue;
		}
		past->shown[i] = (struct shown){ component_health(component), true,
						 component_settings(component)->critical };
		count(&past->tally, &past->shown[i], 1);
		xalloc_must(
			bw_strmap_put(past->by_name, component_name(component), &past->shown[i]));
	}
}

static void past_finish(struct past *past)
{
	bw_strmap_destroy(past->by_name);
	free(past->shown);
}

static void undo(struct past *past, const struct bw_change *change)
{
	struct shown *shown = bw_strmap_get(past->by_name, change->name);

	if (shown == NULL)
		return;
	count(&past->tally, shown, -1);
	shown->is_there = strcmp(change->from, "none") != 0;
	if (bw_health_parse(change->from, &shown->health) != BW_OK)
		shown->health = BW_HEALTH_UNKNOWN;
	count(&past->tally, shown, 1);
}

static bool since_of_journal(const struct bw_journal *journal, enum bw_health verdict,
			     struct bw_wall *out)
{
	struct bw_journal_verdict whole;

	bw_journal_verdict(journal, &whole);
	if (whole.word == NULL || strcmp(whole.word, bw_health_text(verdict)) != 0)
		return false;
	*out = whole.since;
	return true;
}

static bool since_of_shown(const struct bw_journal *journal, struct past *past,
			   enum bw_health verdict, struct bw_wall *out)
{
	const struct bw_journal_filter filter = { .from = { INT64_MIN },
						  .to = { INT64_MAX },
						  .has_kind = true,
						  .kind = BW_CHANGE_COMPONENT };
	struct bw_change change;
	uint64_t cursor = 0;

	while (bw_journal_next(journal, &filter, &cursor, &change)) {
		undo(past, &change);
		if (bw_health_overall(&past->tally) == verdict)
			continue;
		*out = change.at;
		return true;
	}
	return false;
}

bool status_since(const struct engine *engine, struct bw_wall *out)
{
	const struct bw_journal *journal = engine_journal(engine);
	struct past past;

	past_init(&past, engine);
	enum bw_health verdict = bw_health_overall(&past.tally);
	bool known = past.hidden == 0 ? since_of_journal(journal, verdict, out)
				      : since_of_shown(journal, &past, verdict, out);
	past_finish(&past);
	return known;
}
