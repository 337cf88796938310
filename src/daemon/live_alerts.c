/* live_alerts.c - one pass over what fires, through a heap of the worst so far.
 *
 * The heap's root is the least bad of those kept, so that fifty thousand alerts cost one look each
 * and never a sort of them all.
 */
#include "daemon/live_alerts.h"

#include <stdlib.h>

struct heap {
	const struct bw_alert_entry *items[LIVE_ALERTS_MAX];
	size_t count;
};

/* Below 0: `a` stands before `b`. Ids only grow, so they decide between equal times. */
static int order(const struct bw_alert_entry *a, const struct bw_alert_entry *b)
{
	if (a->alert.severity != b->alert.severity)
		return a->alert.severity > b->alert.severity ? -1 : 1;
	if (a->fired.us != b->fired.us)
		return a->fired.us > b->fired.us ? -1 : 1;
	return a->id > b->id ? -1 : a->id < b->id;
}

static int compare(const void *a, const void *b)
{
	return order(*(const struct bw_alert_entry *const *)a,
		     *(const struct bw_alert_entry *const *)b);
}

static void swap(struct heap *heap, size_t a, size_t b)
{
	const struct bw_alert_entry *kept = heap->items[a];

	heap->items[a] = heap->items[b];
	heap->items[b] = kept;
}

static void sift_down(struct heap *heap)
{
	size_t at = 0, least;

	for (;;) {
		least = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++)
			least = order(heap->items[child], heap->items[least]) > 0 ? child : least;
		if (least == at)
			return;
		swap(heap, at, least);
		at = least;
	}
}

static void add(struct heap *heap, const struct bw_alert_entry *entry)
{
	size_t at = heap->count;

	if (heap->count == LIVE_ALERTS_MAX) {
		if (order(entry, heap->items[0]) >= 0)
			return;
		heap->items[0] = entry;
		sift_down(heap);
		return;
	}
	heap->items[heap->count++] = entry;
	while (at > 0 && order(heap->items[at], heap->items[(at - 1) / 2]) > 0) {
		swap(heap, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static size_t count_of(const struct bw_alert_book *book, enum bw_alert_state state)
{
	size_t cursor = 0, count = 0;

	while (bw_alert_book_next(book, state, &cursor) != NULL)
		count++;
	return count;
}

static void write_count(struct bw_json *json, const char *key, size_t count)
{
	bw_json_key(json, key);
	bw_json_int(json, (int64_t)count);
}

void live_write_alerts(const struct bw_alert_book *book, struct bw_json *json)
{
	size_t counts[BW_SEVERITY_CRITICAL + 1] = { 0 };
	const struct bw_alert_entry *entry;
	struct heap heap = { .count = 0 };
	size_t cursor = 0, total = 0;

	while ((entry = bw_alert_book_next(book, BW_ALERT_FIRING, &cursor)) != NULL) {
		counts[entry->alert.severity]++;
		total++;
		add(&heap, entry);
	}
	qsort((void *)heap.items, heap.count, sizeof(heap.items[0]), compare);
	bw_json_object_begin(json);
	bw_json_key(json, "firing");
	bw_json_array_begin(json);
	for (size_t i = 0; i < heap.count; i++)
		bw_alert_entry_write(heap.items[i], json);
	bw_json_array_end(json);
	bw_json_key(json, "counts");
	bw_json_object_begin(json);
	write_count(json, "firing", total);
	for (int severity = BW_SEVERITY_CRITICAL; severity >= 0; severity--)
		write_count(json, bw_severity_text((enum bw_severity)severity), counts[severity]);
	write_count(json, "resolved", count_of(book, BW_ALERT_RESOLVED));
	bw_json_object_end(json);
	bw_json_object_end(json);
}
