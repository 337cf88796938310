/* quiet.c - why nobody is told of an alert now: the first reason that applies.
 *
 * What hid an alert because of a common cause (network, dependency, inhibition) is over: then the
 * alert's own trouble may be over too, only nobody has looked yet. It stays quiet until its own
 * next sample, or until that is overdue. What people ordered (maintenance, silence) ends at its
 * time; that it has ended is to be said.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/text.h"
#include "base/xalloc.h"

static bool has_common_cause(enum alert_quiet_kind kind)
{
	return kind == ALERT_QUIET_NETWORK || kind == ALERT_QUIET_DEPENDENCY ||
	       kind == ALERT_QUIET_INHIBITED;
}

static bool is_ordered(enum alert_quiet_kind kind)
{
	return kind == ALERT_QUIET_MAINTENANCE || kind == ALERT_QUIET_SILENCE;
}

/* Between two changes of silences and windows their answer stays. */
static void find_orders(struct noise *noise, struct entry *entry, const struct alert_labels *labels)
{
	if (entry->version == noise->version && entry->severity == entry->alert->severity)
		return;
	entry->version = noise->version;
	entry->severity = entry->alert->severity;
	entry->window = windows_find(noise, labels);
	entry->silence = silences_find(noise, labels);
}

static void ask(struct noise *noise, struct entry *entry, const struct alert_labels *labels,
		struct bw_wall now, struct quiet_answer *out, struct bw_wall *due)
{
	find_orders(noise, entry, labels);
	if (entry->window) {
		out->kind = ALERT_QUIET_MAINTENANCE;
		out->by = entry->window->name;
		depend_leave(entry);
		return;
	}
	depend_ask(noise, entry, now, out, due);
	if (out->kind != ALERT_LOUD)
		return;
	if (entry->silence) {
		out->kind = ALERT_QUIET_SILENCE;
		bw_text_format(out->text, sizeof(out->text), "s%" PRIu64,
			       entry->silence->silence.id);
		out->by = out->text;
		return;
	}
	inhibit_ask(noise, entry, labels, now, out, due);
	if (out->kind == ALERT_LOUD && entry->alert->flapping)
		out->kind = ALERT_QUIET_FLAPPING;
}

/* What hid it is over, and it was not looked at since. */
static bool awaits_sample(struct noise *noise, struct entry *entry, struct bw_wall now,
			  struct bw_wall *due)
{
	struct alert *alert = entry->alert;
	struct bw_wall until;

	if (!has_common_cause(alert->quiet.kind) || alert->quiet.in_doubt)
		return false;
	if (alert->quiet.released.us == 0) {
		alert->quiet.released = now;
		noise_touch(noise, entry);
	}
	until.us = alert->quiet.released.us +
		   noise_patience_us(noise, alert->subject_kind, alert->subject);
	if (alert->samples.latest.us > alert->quiet.released.us || now.us >= until.us)
		return false;
	noise_due_by(due, until);
	return true;
}

static void count(struct entry *entry, struct entry *hider, struct silence_row *silence)
{
	if (entry->hider != hider) {
		if (entry->hider)
			entry->hider->alert->hides--;
		ring_leave(&entry->hidden_by);
		entry->hider = hider;
		if (hider) {
			hider->alert->hides++;
			ring_join(&hider->hidden, &entry->hidden_by);
		}
	}
	if (entry->counted != silence) {
		if (entry->counted)
			entry->counted->silence.hides--;
		entry->counted = silence;
		if (silence)
			silence->silence.hides++;
	}
}

/* What people ordered is over while it fires: that is to be said. */
static void note_over(struct noise *noise, const struct entry *entry, enum alert_quiet_kind next,
		      struct bw_wall now)
{
	struct alert *alert = entry->alert;
	const struct alert_quiet *was = &alert->quiet;
	char remark[ALERT_COMMENT_MAX];

	if (is_ordered(next)) {
		free(alert->over.remark);
		alert->over = (struct alert_over){ 0 };
		return;
	}
	/* Where another reason has come before it the order goes on. */
	if (!is_ordered(was->kind) || entry->silence || !alert_is_hard_firing(alert))
		return;
	if (was->kind == ALERT_QUIET_SILENCE)
		silences_remark(noise, was->by, remark, sizeof(remark));
	else
		bw_text_format(remark, sizeof(remark), "maintenance %s is over, still firing",
			       was->by);
	free(alert->over.remark);
	alert->over = (struct alert_over){ .remark = xstrdup(remark), .at = now };
}

static bool is_same(const struct alert_quiet *quiet, const struct quiet_answer *answer)
{
	return quiet->kind == answer->kind &&
	       strcmp(quiet->by ? quiet->by : "", answer->by ? answer->by : "") == 0;
}

static void set(struct noise *noise, struct entry *entry, const struct quiet_answer *answer,
		struct bw_wall now)
{
	struct alert *alert = entry->alert;

	if (is_same(&alert->quiet, answer) && alert->quiet.released.us == 0 &&
	    alert->quiet.in_doubt == answer->in_doubt)
		return;
	if (!is_same(&alert->quiet, answer))
		note_over(noise, entry, answer->kind, now);
	free(alert->quiet.by);
	alert->quiet = (struct alert_quiet){
		.kind = answer->kind,
		.by = answer->by ? xstrdup(answer->by) : NULL,
		.in_doubt = answer->in_doubt,
	};
	noise_touch(noise, entry);
}

void quiet_look(struct noise *noise, struct entry *entry, const struct alert_labels *labels,
		struct bw_wall now, struct bw_wall *due)
{
	struct quiet_answer answer = { .kind = ALERT_LOUD };

	ask(noise, entry, labels, now, &answer, due);
	if ((answer.kind == ALERT_LOUD || answer.kind == ALERT_QUIET_FLAPPING) &&
	    awaits_sample(noise, entry, now, due)) {
		count(entry, NULL, NULL);
		return;
	}
	count(entry, answer.hider, answer.kind == ALERT_QUIET_SILENCE ? entry->silence : NULL);
	set(noise, entry, &answer, now);
}

void quiet_leave(struct noise *noise, struct entry *entry)
{
	const struct quiet_answer none = { .kind = ALERT_LOUD };

	count(entry, NULL, NULL);
	depend_leave(entry);
	set(noise, entry, &none, entry->alert->resolved);
}

bool quiet_lets(const struct noise *noise, const struct entry *entry,
		const struct alert_route *route)
{
	const struct alert *hider = entry->hider ? entry->hider->alert : NULL;
	struct alert_labels labels;

	if (entry->alert->quiet.kind == ALERT_LOUD ||
	    entry->alert->quiet.kind == ALERT_QUIET_FLAPPING)
		return true;
	if (entry->alert->quiet.kind != ALERT_QUIET_INHIBITED || !hider)
		return false;
	/* Who is not told of the one that hides it would hear of neither. */
	if (hider->severity < route->severity)
		return true;
	if (!route->matchers)
		return false;
	alert_labels_read(hider, &noise->options.relations, &labels);
	return !matchers_match(route->matchers, &labels);
}
