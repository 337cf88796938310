/* alert_book.c - a list of what is found, in the rules' order, a map by identity, and a short list
 * of what was resolved.
 *
 * An update first gathers the new list, which is all that can fail, and then carries it out, which
 * cannot: so a failed update leaves no half of itself behind.
 *
 * Invariants: the map holds exactly the items of `active`. A new item has id 0 until the update
 * that made it is carried out. Resolved items are newest first and no more than
 * BW_ALERTS_RESOLVED_MAX.
 */
#include "core/alert_book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"

enum { KEY_MAX = BW_ALERT_TITLE_MAX + 64, ID_TEXT_MAX = 24 };

struct item {
	struct bw_alert_entry entry;
	struct bw_mono found_since;
	const struct bw_alert *found; /* during one update */
	uint64_t update;              /* the latest update that found it */
};

struct bw_alert_book {
	int64_t for_us;
	bw_alert_book_change *change;
	void *change_arg;
	struct item **active;
	size_t active_count;
	struct bw_strmap *by_key;
	struct item *resolved[BW_ALERTS_RESOLVED_MAX];
	size_t resolved_count;
	uint64_t next_id;
	uint64_t updates;
};

/* Every type a rule gives; bw_alert.type points to one of these after a restore. */
static const char *const known_types[] = {
	"circuit_breaker", "failure_rate", "performance",
	"resource_usage",  "storage",      "system_health",
};

static const char *state_text(enum bw_alert_state state)
{
	static const char *const texts[] = {
		[BW_ALERT_PENDING] = "pending",
		[BW_ALERT_FIRING] = "firing",
		[BW_ALERT_RESOLVED] = "resolved",
	};

	return texts[state];
}

static const char *known_type(const char *type)
{
	for (size_t i = 0; i < sizeof(known_types) / sizeof(known_types[0]); i++) {
		if (strcmp(known_types[i], type) == 0)
			return known_types[i];
	}
	return NULL;
}

static void make_key(const struct bw_alert *alert, char key[KEY_MAX])
{
	snprintf(key, KEY_MAX, "%s\n%s", alert->type, alert->title);
}

enum bw_status bw_alert_book_create(int64_t for_us, bw_alert_book_change *change, void *arg,
				    struct bw_alert_book **out)
{
	struct bw_alert_book *book;

	if (for_us < 0)
		return BW_EINVAL;
	book = calloc(1, sizeof(*book));
	if (book == NULL)
		return BW_ENOMEM;
	book->by_key = bw_strmap_create();
	if (book->by_key == NULL) {
		free(book);
		return BW_ENOMEM;
	}
	book->for_us = for_us;
	book->change = change;
	book->change_arg = arg;
	book->next_id = 1;
	*out = book;
	return BW_OK;
}

void bw_alert_book_destroy(struct bw_alert_book *book)
{
	if (book == NULL)
		return;
	for (size_t i = 0; i < book->active_count; i++)
		free(book->active[i]);
	for (size_t i = 0; i < book->resolved_count; i++)
		free(book->resolved[i]);
	free((void *)book->active);
	bw_strmap_destroy(book->by_key);
	free(book);
}

void bw_alert_book_set_for(struct bw_alert_book *book, int64_t for_us)
{
	book->for_us = for_us > 0 ? for_us : 0;
}

static void tell(struct bw_alert_book *book, const struct item *item)
{
	if (book->change != NULL)
		book->change(book->change_arg, &item->entry);
}

/* The item of this identity, made when there is none; NULL without memory. */
static struct item *item_for(struct bw_alert_book *book, const struct bw_alert *alert)
{
	char key[KEY_MAX];
	struct item *item;

	make_key(alert, key);
	item = bw_strmap_get(book->by_key, key);
	if (item != NULL)
		return item;
	item = calloc(1, sizeof(*item));
	if (item == NULL)
		return NULL;
	item->entry.alert = *alert;
	if (bw_strmap_put(book->by_key, key, item) != BW_OK) {
		free(item);
		return NULL;
	}
	return item;
}

static void forget_key(struct bw_alert_book *book, const struct item *item)
{
	char key[KEY_MAX];

	make_key(&item->entry.alert, key);
	bw_strmap_remove(book->by_key, key);
}

static void undo_gathering(struct bw_alert_book *book, struct item **items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i]->entry.id != 0)
			continue;
		forget_key(book, items[i]);
		free(items[i]);
	}
	free((void *)items);
}

/* One item for every identity in `found`, in its order, marked with this update. */
static enum bw_status gather(struct bw_alert_book *book, const struct bw_alert_list *found,
			     struct item ***out, size_t *out_count)
{
	struct item **items = (struct item **)calloc(found->count + 1, sizeof(struct item *));
	size_t count = 0;

	if (items == NULL)
		return BW_ENOMEM;
	for (size_t i = 0; i < found->count; i++) {
		struct item *item = item_for(book, &found->items[i]);

		if (item == NULL) {
			undo_gathering(book, items, count);
			return BW_ENOMEM;
		}
		if (item->update == book->updates)
			continue;
		item->update = book->updates;
		item->found = &found->items[i];
		items[count++] = item;
	}
	*out = items;
	*out_count = count;
	return BW_OK;
}

static void insert_resolved(struct bw_alert_book *book, struct item *item, size_t at)
{
	if (book->resolved_count == BW_ALERTS_RESOLVED_MAX)
		free(book->resolved[--book->resolved_count]);
	memmove((void *)&book->resolved[at + 1], (const void *)&book->resolved[at],
		(book->resolved_count - at) * sizeof(struct item *));
	book->resolved[at] = item;
	book->resolved_count++;
}

static void leave(struct bw_alert_book *book, struct item *item, struct bw_wall now)
{
	forget_key(book, item);
	if (item->entry.state == BW_ALERT_PENDING) {
		free(item);
		return;
	}
	item->entry.state = BW_ALERT_RESOLVED;
	item->entry.resolved = now;
	insert_resolved(book, item, 0);
	tell(book, item);
}

static void take_finding(struct bw_alert_book *book, struct item *item, struct bw_wall now,
			 struct bw_mono mono)
{
	struct bw_alert_entry *entry = &item->entry;
	struct bw_wall since = entry->id == 0 ? now : entry->alert.time;

	if (entry->id == 0) {
		entry->id = book->next_id++;
		item->found_since = mono;
	}
	entry->alert = *item->found;
	entry->alert.time = since;
	item->found = NULL;
	if (entry->state == BW_ALERT_PENDING &&
	    bw_mono_since(mono, item->found_since) >= book->for_us) {
		entry->state = BW_ALERT_FIRING;
		entry->fired = now;
		tell(book, item);
	}
}

enum bw_status bw_alert_book_update(struct bw_alert_book *book, const struct bw_alert_list *found,
				    struct bw_wall now, struct bw_mono mono)
{
	struct item **items, **before = book->active;
	size_t count, count_before = book->active_count;
	enum bw_status status;

	book->updates++;
	status = gather(book, found, &items, &count);
	if (status != BW_OK)
		return status;
	for (size_t i = 0; i < count_before; i++) {
		if (before[i]->update != book->updates)
			leave(book, before[i], now);
	}
	book->active = items;
	book->active_count = count;
	for (size_t i = 0; i < count; i++)
		take_finding(book, items[i], now, mono);
	free((void *)before);
	return BW_OK;
}

static enum bw_status restore_firing(struct bw_alert_book *book, const struct bw_alert *alert,
				     struct item **out)
{
	struct item **grown;
	char key[KEY_MAX];

	make_key(alert, key);
	if (bw_strmap_get(book->by_key, key) != NULL)
		return BW_EEXIST;
	grown = (struct item **)realloc((void *)book->active,
					(book->active_count + 1) * sizeof(struct item *));
	if (grown == NULL)
		return BW_ENOMEM;
	book->active = grown;
	*out = item_for(book, alert);
	if (*out == NULL)
		return BW_ENOMEM;
	book->active[book->active_count++] = *out;
	return BW_OK;
}

static enum bw_status restore_resolved(struct bw_alert_book *book, struct bw_wall resolved,
				       struct item **out)
{
	size_t at = 0;

	while (at < book->resolved_count && book->resolved[at]->entry.resolved.us > resolved.us)
		at++;
	*out = NULL;
	if (at == BW_ALERTS_RESOLVED_MAX)
		return BW_OK;
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return BW_ENOMEM;
	insert_resolved(book, *out, at);
	return BW_OK;
}

enum bw_status bw_alert_book_restore(struct bw_alert_book *book, const struct bw_alert_entry *entry)
{
	struct bw_alert_entry copy = *entry;
	struct item *item = NULL;
	enum bw_status status;

	copy.alert.type = known_type(entry->alert.type);
	if (copy.alert.type == NULL || entry->id == 0 || entry->id == UINT64_MAX ||
	    (entry->state != BW_ALERT_FIRING && entry->state != BW_ALERT_RESOLVED) ||
	    (unsigned)entry->alert.severity > BW_SEVERITY_CRITICAL)
		return BW_EINVAL;
	if (entry->id < book->next_id && bw_alert_book_get(book, entry->id) != NULL)
		return BW_EEXIST;
	if (entry->state == BW_ALERT_FIRING)
		status = restore_firing(book, &copy.alert, &item);
	else
		status = restore_resolved(book, entry->resolved, &item);
	if (status != BW_OK)
		return status;
	if (item != NULL)
		item->entry = copy;
	if (entry->id >= book->next_id)
		book->next_id = entry->id + 1;
	return BW_OK;
}

const struct bw_alert_entry *bw_alert_book_next(const struct bw_alert_book *book,
						enum bw_alert_state state, size_t *cursor)
{
	bool resolved = state == BW_ALERT_RESOLVED;
	struct item *const *items = resolved ? book->resolved : book->active;
	size_t count = resolved ? book->resolved_count : book->active_count;

	while (*cursor < count) {
		const struct bw_alert_entry *entry = &items[(*cursor)++]->entry;

		if (entry->state == state)
			return entry;
	}
	return NULL;
}

const struct bw_alert_entry *bw_alert_book_get(const struct bw_alert_book *book, uint64_t id)
{
	for (size_t i = 0; i < book->active_count; i++) {
		if (book->active[i]->entry.id == id)
			return &book->active[i]->entry;
	}
	for (size_t i = 0; i < book->resolved_count; i++) {
		if (book->resolved[i]->entry.id == id)
			return &book->resolved[i]->entry;
	}
	return NULL;
}

static void write_time(struct bw_json *json, const char *key, struct bw_wall time)
{
	bw_json_key(json, key);
	if (time.us != 0)
		bw_json_wall(json, time);
	else
		bw_json_null(json);
}

static void write_text(struct bw_json *json, const char *key, const char *text)
{
	bw_json_key(json, key);
	bw_json_string(json, text);
}

void bw_alert_entry_write(const struct bw_alert_entry *entry, struct bw_json *json)
{
	char id[ID_TEXT_MAX];

	snprintf(id, sizeof(id), "a%" PRIu64, entry->id);
	bw_json_object_begin(json);
	write_text(json, "severity", bw_severity_text(entry->alert.severity));
	write_text(json, "type", entry->alert.type);
	write_text(json, "title", entry->alert.title);
	write_text(json, "message", entry->alert.message);
	bw_json_key(json, "timestamp");
	bw_json_wall(json, entry->alert.time);
	write_text(json, "id", id);
	write_text(json, "state", state_text(entry->state));
	write_time(json, "started", entry->alert.time);
	write_time(json, "fired", entry->fired);
	write_time(json, "resolved", entry->resolved);
	bw_json_object_end(json);
}

void bw_alert_book_write_summary(const struct bw_alert_book *book, struct bw_wall last_check,
				 struct bw_json *json)
{
	int64_t counts[BW_SEVERITY_CRITICAL + 1] = { 0 };
	const struct bw_alert_entry *entry;
	int64_t total = 0;
	size_t cursor = 0;

	while ((entry = bw_alert_book_next(book, BW_ALERT_FIRING, &cursor)) != NULL) {
		counts[entry->alert.severity]++;
		total++;
	}
	bw_json_object_begin(json);
	bw_json_key(json, "total_alerts");
	bw_json_int(json, total);
	for (int severity = BW_SEVERITY_CRITICAL; severity >= 0; severity--) {
		bw_json_key(json, bw_severity_text((enum bw_severity)severity));
		bw_json_int(json, counts[severity]);
	}
	bw_json_key(json, "last_check");
	bw_json_wall(json, last_check);
	bw_json_object_end(json);
}

void bw_alert_book_write_firing(const struct bw_alert_book *book, struct bw_json *json)
{
	const struct bw_alert_entry *entry;
	size_t cursor = 0;

	bw_json_array_begin(json);
	while ((entry = bw_alert_book_next(book, BW_ALERT_FIRING, &cursor)) != NULL)
		bw_alert_entry_write(entry, json);
	bw_json_array_end(json);
}
