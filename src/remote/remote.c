/* remote.c - the list of targets, and the places of all that there ever were: one that is taken out
 * and comes back goes on where it was.
 */
#include "remote/remote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "remote/target.h"

enum { PLACES_MAX = 1000 };

struct kept_place {
	uint64_t id;
	struct place place;
};

struct remote {
	struct remote_options options;
	struct target *targets[REMOTE_TARGETS_MAX];
	size_t count;
	struct kept_place *places; /* of earlier lives, and of targets that are gone */
	size_t place_count;
};

/* --- places --- */

static void keep_place(struct remote *remote, uint64_t id, const struct place *place)
{
	for (size_t nth = 0; nth < remote->place_count; nth++) {
		if (remote->places[nth].id == id) {
			remote->places[nth].place = *place;
			return;
		}
	}
	if (remote->place_count == PLACES_MAX)
		return;
	remote->places =
		xrealloc(remote->places, (remote->place_count + 1) * sizeof(*remote->places));
	remote->places[remote->place_count++] = (struct kept_place){ id, *place };
}

static void take_record(void *arg, const struct store_record *record)
{
	struct remote *remote = arg;
	struct place place;

	if (place_decode(record->text, &place) == BW_OK)
		keep_place(remote, record->id, &place);
	else if (remote->options.log != NULL)
		remote->options.log(remote->options.arg, true,
				    "how far a remote_write target was cannot be read; it begins "
				    "anew");
}

static struct place find_place(const struct remote *remote, const char *identity)
{
	uint64_t id = place_id(identity);

	for (size_t nth = 0; nth < remote->place_count; nth++) {
		if (remote->places[nth].id == id)
			return remote->places[nth].place;
	}
	return (struct place){ 0 };
}

/* One that is gone for good is forgotten some day, as history is. */
static void retire(struct remote *remote, struct target *target)
{
	struct bw_buf text;

	keep_place(remote, target->id, &target->place);
	bw_buf_init(&text, STORE_RECORD_MAX);
	place_encode(&target->place, &text);
	xalloc_must(text.status);
	const struct store_record record = {
		.kind = STORE_RECORD_REMOTE,
		.id = target->id,
		.ended = io_loop_wall(remote->options.loop),
		.text = text.data,
	};
	store_put_record(remote->options.store, &record);
	bw_buf_finish(&text);
	target_destroy(target);
}

/* --- targets --- */

static struct target *take_same(struct target **old, size_t count, const char *form)
{
	for (size_t nth = 0; nth < count; nth++) {
		struct target *target = old[nth];

		if (target != NULL && strcmp(target->form, form) == 0) {
			old[nth] = NULL;
			return target;
		}
	}
	return NULL;
}

/* Another form of a target that is there: the old one's place, without the old one. */
static void take_place(struct remote *remote, struct target **old, size_t count,
		       const char *identity)
{
	for (size_t nth = 0; nth < count; nth++) {
		if (old[nth] != NULL && strcmp(old[nth]->settings.identity, identity) == 0) {
			keep_place(remote, old[nth]->id, &old[nth]->place);
			target_destroy(old[nth]);
			old[nth] = NULL;
		}
	}
}

static struct target *begin(struct remote *remote, const struct remote_settings *settings,
			    int64_t history_us)
{
	const struct place place = find_place(remote, settings->identity);
	struct target *target = target_create(&remote->options, settings, &place, history_us);

	target_start(target);
	return target;
}

void remote_set(struct remote *remote, const struct remote_settings *targets, size_t count,
		int64_t history_us)
{
	struct target *old[REMOTE_TARGETS_MAX];
	size_t old_count = remote->count;

	memcpy((void *)old, (const void *)remote->targets, sizeof(old));
	remote->count = count < REMOTE_TARGETS_MAX ? count : REMOTE_TARGETS_MAX;
	for (size_t nth = 0; nth < remote->count; nth++) {
		char *form = target_form(&targets[nth]);
		struct target *same = take_same(old, old_count, form);

		free(form);
		if (same != NULL)
			same->history_us = history_us;
		remote->targets[nth] = same;
	}
	for (size_t nth = 0; nth < remote->count; nth++) {
		if (remote->targets[nth] != NULL)
			continue;
		take_place(remote, old, old_count, targets[nth].identity);
		remote->targets[nth] = begin(remote, &targets[nth], history_us);
	}
	for (size_t nth = 0; nth < old_count; nth++) {
		if (old[nth] != NULL)
			retire(remote, old[nth]);
	}
}

struct remote *remote_create(const struct remote_options *options)
{
	struct remote *remote = xcalloc(1, sizeof(*remote));

	remote->options = *options;
	store_load_records(options->store, STORE_RECORD_REMOTE, PLACES_MAX, take_record, remote);
	return remote;
}

/* The marks came behind the places; as nothing else did, going back sends them and no more. */
void remote_left_at(struct remote *remote, struct bw_wall at)
{
	int64_t at_ms = at.us / 1000;

	for (size_t nth = 0; nth < remote->place_count && at_ms > 0; nth++) {
		struct place *place = &remote->places[nth].place;

		if (place->sent_ms > at_ms)
			place->sent_ms = at_ms;
		if (place->through_ms > at_ms)
			place->through_ms = at_ms;
	}
}

void remote_destroy(struct remote *remote)
{
	if (remote == NULL)
		return;
	for (size_t nth = 0; nth < remote->count; nth++)
		target_destroy(remote->targets[nth]);
	free(remote->places);
	free(remote);
}

size_t remote_count(const struct remote *remote)
{
	return remote != NULL ? remote->count : 0;
}

void remote_state(const struct remote *remote, size_t nth, struct remote_state *out)
{
	target_state(remote->targets[nth], out);
}
