/* rule_history.c - three growing arrays: subjects, samples, and facts that samples point into. */
#include "cli/rule_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void rule_history_init(struct rule_history *history)
{
	*history = (struct rule_history){ .arena = xarena_create(), .index = bw_strmap_create() };
	if (!history->index)
		xalloc_die();
	(void)rule_history_subject(history, "");
}

void rule_history_finish(struct rule_history *history)
{
	bw_strmap_destroy(history->index);
	bw_arena_destroy(history->arena);
	free(history->subjects);
	free(history->samples);
	free(history->facts);
}

/* Room for one more item. */
static void *grow(void *items, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return items;
	*room = *room > 0 ? 2 * *room : 64;
	return xrealloc(items, *room * size);
}

size_t rule_history_subject(struct rule_history *history, const char *name)
{
	size_t *known = bw_strmap_get(history->index, name);
	size_t number = history->subject_count;

	if (known)
		return *known;
	history->subjects =
		grow(history->subjects, number, &history->subject_room, sizeof(*history->subjects));
	history->subjects[number] =
		(struct rule_subject){ .name = xarena_text(history->arena, name) };
	history->subject_count++;
	known = xarena_alloc(history->arena, sizeof(*known));
	*known = number;
	xalloc_must(bw_strmap_put(history->index, name, known));
	return number;
}

enum bw_status rule_history_begin(struct rule_history *history, size_t subject, struct bw_wall at)
{
	if (history->sample_count == RULE_SAMPLES_MAX)
		return BW_ELIMIT;
	history->samples = grow(history->samples, history->sample_count, &history->sample_room,
				sizeof(*history->samples));
	history->samples[history->sample_count] = (struct rule_sample){
		.at = at,
		.subject = subject,
		.nth = history->sample_count,
		.first = history->fact_count,
	};
	history->sample_count++;
	return BW_OK;
}

void rule_history_add(struct rule_history *history, int field, const struct fact *fact)
{
	struct rule_fact *to;

	history->facts = grow(history->facts, history->fact_count, &history->fact_room,
			      sizeof(*history->facts));
	to = &history->facts[history->fact_count++];
	*to = (struct rule_fact){ field, *fact };
	if (fact->type == FACT_TEXT)
		to->fact.text = xarena_text(history->arena, fact->text);
	history->samples[history->sample_count - 1].count++;
}

bool rule_history_knows(const struct rule_history *history, int field)
{
	struct fact fact;

	for (size_t i = 0; i < history->fact_count; i++)
		if (history->facts[i].field == field && history->facts[i].fact.type != FACT_UNKNOWN)
			return true;
	for (size_t i = 0; i < history->subject_count; i++) {
		rule_history_read(history, NULL, i, field, &fact);
		if (fact.type != FACT_UNKNOWN)
			return true;
	}
	return false;
}

static int compare(const void *left, const void *right)
{
	const struct rule_sample *a = left, *b = right;

	if (a->at.us != b->at.us)
		return a->at.us < b->at.us ? -1 : 1;
	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

void rule_history_sort(struct rule_history *history)
{
	struct rule_sample *samples = history->samples;
	size_t kept = 0;

	if (history->sample_count > 0)
		qsort(samples, history->sample_count, sizeof(*samples), compare);
	for (size_t i = 0; i < history->sample_count; i++) {
		if (kept > 0 && samples[kept - 1].at.us == samples[i].at.us &&
		    samples[kept - 1].subject == samples[i].subject)
			continue;
		samples[kept++] = samples[i];
	}
	history->sample_count = kept;
}

static void set_text(struct fact *out, const char *text)
{
	if (text)
		*out = (struct fact){ .type = FACT_TEXT, .text = text };
}

void rule_history_read(const struct rule_history *history, const struct rule_sample *sample,
		       size_t subject, int field, struct fact *out)
{
	const struct rule_subject *about = &history->subjects[subject];
	const char *name = fact_fields[field].name;
	const char *dot = strchr(name, '.');

	*out = (struct fact){ .type = FACT_UNKNOWN };
	for (size_t i = 0; sample && i < sample->count; i++) {
		if (history->facts[sample->first + i].field == field) {
			*out = history->facts[sample->first + i].fact;
			return;
		}
	}
	if (subject != RULE_WHOLE && dot && strcmp(dot, ".name") == 0)
		set_text(out, about->name);
	else if (strcmp(name, "component.group") == 0)
		set_text(out, about->group);
	else if (strcmp(name, "component.kind") == 0)
		set_text(out, about->kind);
	else if (strcmp(name, "component.critical") == 0 && about->knows_critical)
		*out = (struct fact){ .type = FACT_BOOL, .boolean = about->critical };
}
