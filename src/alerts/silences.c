/* silences.c - what people do not want to hear of: kept by id, told apart by time.
 *
 * A silence that begins or ends changes what alerts may say: every alert is looked at again. Those
 * looks are what tells that it has expired; here is no edge that could be missed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/text.h"
#include "base/xalloc.h"

enum { ID_MAX = 32 };

static void keep(struct noise *noise, const struct silence *silence)
{
	const struct alerts_listener *listener = &noise->options.listener;

	if (listener->keep_silence)
		listener->keep_silence(listener->arg, silence);
}

static bool is_over(const struct silence *silence)
{
	return silence->expired.us != 0;
}

/* --- the list --- */

static size_t place_of(const struct noise *noise, uint64_t id)
{
	size_t low = 0, high = noise->silence_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (noise->silences[middle]->silence.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct silence_row *row_of(const struct noise *noise, uint64_t id)
{
	size_t at = place_of(noise, id);

	if (at == noise->silence_count || noise->silences[at]->silence.id != id)
		return NULL;
	return noise->silences[at];
}

static size_t count_over(const struct noise *noise)
{
	size_t count = 0;

	for (size_t i = 0; i < noise->silence_count; i++)
		count += is_over(&noise->silences[i]->silence);
	return count;
}

static void take_out(struct noise *noise, size_t at)
{
	struct silence_row *row = noise->silences[at];

	for (size_t i = 0; i < noise->entry_count; i++) {
		struct entry *entry = noise->entries[i];

		if (entry->counted == row)
			entry->counted = NULL;
		if (entry->silence == row)
			entry->silence = NULL;
	}
	noise->silence_count--;
	memmove(noise->silences + at, noise->silences + at + 1,
		(noise->silence_count - at) * sizeof(struct silence_row *));
	silence_finish(&row->silence);
	/* The analyzer does not follow memmove(): the row is in the list no more. */
	free(row); /* NOLINT(clang-analyzer-unix.Malloc) */
}

/* Of those that are over, the latest are enough. */
static void drop_oldest_over(struct noise *noise)
{
	size_t oldest = noise->silence_count;

	if (count_over(noise) <= NOISE_EXPIRED_MAX)
		return;
	for (size_t i = 0; i < noise->silence_count; i++) {
		const struct silence *silence = &noise->silences[i]->silence;

		if (is_over(silence) &&
		    (oldest == noise->silence_count ||
		     silence->expired.us < noise->silences[oldest]->silence.expired.us))
			oldest = i;
	}
	take_out(noise, oldest);
}

static void copy_into(const struct silence *from, struct silence *to)
{
	const char *texts[MATCHERS_MAX];
	size_t count = matchers_count(from->matchers);

	*to = *from;
	to->hides = 0;
	for (size_t i = 0; i < count; i++)
		texts[i] = matchers_text(from->matchers, i);
	xalloc_must(matchers_parse(texts, count, &to->matchers, NULL));
}

static struct silence_row *add(struct noise *noise, const struct silence *silence)
{
	struct silence_row *row = xcalloc(1, sizeof(*row));
	size_t at = place_of(noise, silence->id);

	if (noise->silence_count == noise->silence_cap) {
		noise->silence_cap = noise->silence_cap ? noise->silence_cap * 2 : 16;
		noise->silences = xrealloc(noise->silences,
					   noise->silence_cap * sizeof(struct silence_row *));
	}
	memmove(noise->silences + at + 1, noise->silences + at,
		(noise->silence_count - at) * sizeof(struct silence_row *));
	noise->silences[at] = row;
	noise->silence_count++;
	copy_into(silence, &row->silence);
	if (silence->id > noise->last_silence)
		noise->last_silence = silence->id;
	noise->silence_due.us = INT64_MIN;
	drop_oldest_over(noise);
	return row;
}

void silences_finish(struct noise *noise)
{
	for (size_t i = 0; i < noise->silence_count; i++) {
		silence_finish(&noise->silences[i]->silence);
		free(noise->silences[i]);
	}
	free(noise->silences);
}

/* --- time --- */

static void end(struct noise *noise, struct silence_row *row, struct bw_wall at, const char *by)
{
	row->silence.expired = at;
	bw_text_format(row->silence.expired_by, sizeof(row->silence.expired_by), "%s", by);
	noise->silence_due.us = INT64_MIN;
	keep(noise, &row->silence);
}

static void look_at(struct noise *noise, struct silence_row *row, struct bw_wall now)
{
	struct silence *silence = &row->silence;

	if (is_over(silence))
		return;
	if (silence->until.us != 0 && silence->until.us <= now.us) {
		end(noise, row, silence->until, "");
		return;
	}
	if (silence->from.us > now.us)
		noise_due_by(&noise->silence_due, silence->from);
	else if (silence->until.us != 0)
		noise_due_by(&noise->silence_due, silence->until);
}

void silences_advance(struct noise *noise, struct bw_wall now)
{
	struct bw_wall due = BW_WALL_NEVER;
	bool changed = false;

	if (now.us < noise->silence_due.us)
		return;
	for (size_t i = 0; i < noise->silence_count; i++) {
		struct silence_row *row = noise->silences[i];
		bool is_active;

		noise->silence_due = BW_WALL_NEVER;
		look_at(noise, row, now);
		if (noise->silence_due.us > now.us)
			noise_due_by(&due, noise->silence_due);
		is_active = silence_is_active(&row->silence, now);
		changed = changed || is_active != row->was_active;
		row->was_active = is_active;
	}
	noise->silence_due = due;
	if (!changed)
		return;
	noise->version++;
	noise->somebody_ended = true;
	noise_push_all(noise);
	while (count_over(noise) > NOISE_EXPIRED_MAX)
		drop_oldest_over(noise);
}

/* One that costs too much to be judged is needed, as it may match. */
static bool is_needed(const struct noise *noise, const struct silence *silence)
{
	const struct alert *alert;
	size_t cursor = 0;

	if (silence->hides > 0)
		return true;
	while ((alert = noise->owner.next(noise->owner.arg, &cursor)) != NULL) {
		struct alert_labels labels;

		alert_labels_read(alert, &noise->options.relations, &labels);
		if (matchers_match_briefly(silence->matchers, &labels) != ALERT_REGEX_NO)
			return true;
	}
	return false;
}

void silences_end_resolved(struct noise *noise, struct bw_wall now)
{
	if (!noise->somebody_ended)
		return;
	noise->somebody_ended = false;
	for (size_t i = 0; i < noise->silence_count; i++) {
		struct silence_row *row = noise->silences[i];

		if (row->was_active && row->silence.until_resolved &&
		    !is_needed(noise, &row->silence))
			end(noise, row, now, "resolved");
	}
	silences_advance(noise, now);
}

void silences_step(struct noise *noise, int64_t step_us)
{
	for (size_t i = 0; i < noise->silence_count; i++) {
		struct silence *silence = &noise->silences[i]->silence;

		if (is_over(silence))
			continue;
		silence->created.us += step_us;
		silence->from.us += step_us;
		if (silence->until.us != 0)
			silence->until.us += step_us;
		keep(noise, silence);
	}
	noise->silence_due.us = INT64_MIN;
}

struct silence_row *silences_find(const struct noise *noise, const struct alert_labels *labels)
{
	for (size_t i = 0; i < noise->silence_count; i++) {
		struct silence_row *row = noise->silences[i];

		if (row->was_active && matchers_match(row->silence.matchers, labels))
			return row;
	}
	return NULL;
}

void silences_remark(const struct noise *noise, const char *by, char *out, size_t size)
{
	struct silence_row *row = row_of(noise, strtoull(by + 1, NULL, 10));

	if (!row)
		bw_text_format(out, size, "silence %s has expired, still firing", by);
	else if (row->silence.expired_by[0] != '\0')
		bw_text_format(out, size, "silence %s of %s was ended by %s, still firing", by,
			       row->silence.by, row->silence.expired_by);
	else
		bw_text_format(out, size, "silence %s of %s has expired, still firing", by,
			       row->silence.by);
}

/* --- behind alerts.h --- */

enum bw_status noise_restore_silence(struct noise *noise, const struct silence *silence)
{
	if (row_of(noise, silence->id))
		return BW_EEXIST;
	add(noise, silence);
	return BW_OK;
}

static enum bw_status check(const struct noise *noise, const struct silence *silence,
			    struct bw_wall now, struct bw_error *err)
{
	if (silence->by[0] == '\0')
		return bw_fail(err, BW_EINVAL, "nobody is named: say in `by` who silences");
	if (silence->reason[0] == '\0')
		return bw_fail(err, BW_EINVAL, "no reason: say in `reason` why");
	if (!silence->matchers)
		return bw_fail(err, BW_EINVAL,
			       "no matcher: say in `match` what is silenced, like `component=db`");
	if (silence->until.us == 0 && !silence->until_resolved)
		return bw_fail(err, BW_EINVAL, "no end: give `for`, `until` or `until_resolved`");
	if (silence->until.us != 0 && silence->until.us <= now.us)
		return bw_fail(err, BW_EINVAL,
			       "it would have expired already: give a time to come");
	if (silence->until.us != 0 && silence->from.us >= silence->until.us)
		return bw_fail(err, BW_EINVAL, "it would end before it begins");
	if (silence->until.us == 0 && !is_needed(noise, silence))
		return bw_fail(err, BW_EINVAL,
			       "nothing that it matches fires, so that there is no end to wait "
			       "for: give `for` or `until`");
	return BW_OK;
}

enum bw_status noise_silence(struct noise *noise, struct silence *silence, struct bw_wall now,
			     struct bw_error *err)
{
	enum bw_status status = check(noise, silence, now, err);

	if (status != BW_OK)
		return status;
	if (noise->silence_count - count_over(noise) >= SILENCES_MAX)
		return bw_fail(err, BW_ELIMIT,
			       "there are %d silences already: end one that is needed no more",
			       (int)SILENCES_MAX);
	silence->id = noise->last_silence + 1;
	silence->created = now;
	silence->expired.us = 0;
	if (silence->from.us < now.us)
		silence->from = now;
	keep(noise, &add(noise, silence)->silence);
	silences_advance(noise, now);
	return BW_OK;
}

enum bw_status noise_expire_silence(struct noise *noise, uint64_t id, const char *by,
				    struct bw_wall now, struct bw_error *err)
{
	struct silence_row *row = row_of(noise, id);

	if (!row)
		return bw_fail(err, BW_ENOTFOUND, "there is no silence s%" PRIu64, id);
	if (is_over(&row->silence))
		return bw_fail(err, BW_EEXIST, "silence s%" PRIu64 " has ended already", id);
	if (by && strlen(by) >= ALERT_PERSON_MAX)
		return bw_fail(err, BW_EINVAL, "`by` is longer than %d bytes",
			       ALERT_PERSON_MAX - 1);
	end(noise, row, now, by ? by : "");
	silences_advance(noise, now);
	return BW_OK;
}

const struct silence *noise_next_silence(const struct noise *noise, size_t *cursor)
{
	if (*cursor >= noise->silence_count)
		return NULL;
	return &noise->silences[noise->silence_count - ++*cursor]->silence;
}

const struct silence *noise_get_silence(const struct noise *noise, uint64_t id)
{
	const struct silence_row *row = row_of(noise, id);

	return row ? &row->silence : NULL;
}
