/* group.c - what happens together is one message: of a channel, and of what has the same labels.
 *
 * The first difference of a group waits `wait_us` for others. Then every one of them is judged
 * again; what is still so is told, one notice for each kind and remark, ends first, so that nobody
 * hears of a new trouble before the end of the old one.
 *
 * `most` within `within_us` bounds the notices of a group: what comes beyond waits until the oldest
 * of them is `within_us` ago, and is then told in one. After a restart those are known again from
 * what the alerts that are still there were told.
 *
 * A notice speaks of at most NOISE_GATHER_MAX alerts, so that one turn stays short; more wait for
 * the next turn.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"

enum { TIMES_MAX = 1000, SWEEP_AT = 1024, BATCH_MAX = 256 };

struct bucket {
	char *key;   /* channel and labels */
	char *group; /* "group=storage", for people */
	struct due due;
	struct bw_wall ripe; /* as it was last found */
	struct ring wishes;
	struct bw_wall *times; /* of its latest notices, oldest first */
	size_t time_count;
};

/* --- buckets --- */

static void write_group(const struct noise *noise, const struct alert_labels *labels,
			struct bw_buf *out)
{
	const char *const *by = noise->settings->group.by;

	for (size_t i = 0; by && by[i] && i < NOISE_SAME_MAX; i++) {
		int label = matcher_label_find(by[i], strlen(by[i]));
		const char *value = label < 0 ? NULL : labels->values[label];

		if (value && value[0] != '\0')
			bw_buf_format(out, "%s%s=%s", out->len > 0 ? ", " : "", by[i], value);
	}
}

static struct bucket *make_bucket(const char *key, const char *group)
{
	struct bucket *bucket = xcalloc(1, sizeof(*bucket));

	bucket->key = xstrdup(key);
	bucket->group = xstrdup(group);
	ring_init(&bucket->wishes);
	return bucket;
}

static void destroy_bucket(struct noise *noise, struct bucket *bucket)
{
	due_set(&noise->bucket_due, &bucket->due, BW_WALL_NEVER);
	bw_strmap_remove(noise->buckets, bucket->key);
	free(bucket->key);
	free(bucket->group);
	free(bucket->times);
	free(bucket);
}

static struct bucket *bucket_of(struct noise *noise, const char *channel,
				const struct alert_labels *labels)
{
	struct bw_buf group, key;
	struct bucket *bucket;

	bw_buf_init(&group, 0);
	bw_buf_init(&key, 0);
	write_group(noise, labels, &group);
	bw_buf_format(&key, "%s\x1f%s", channel, group.data ? group.data : "");
	xalloc_must(group.status);
	xalloc_must(key.status);
	bucket = bw_strmap_get(noise->buckets, key.data);
	if (!bucket) {
		bucket = make_bucket(key.data, group.data ? group.data : "");
		xalloc_must(bw_strmap_put(noise->buckets, key.data, bucket));
	}
	bw_buf_finish(&group);
	bw_buf_finish(&key);
	return bucket;
}

/* --- how many may go --- */

static void forget_old_times(const struct noise *noise, struct bucket *bucket, struct bw_wall now)
{
	size_t old = 0;

	while (old < bucket->time_count &&
	       bucket->times[old].us <= now.us - noise->settings->group.within_us)
		old++;
	if (old == 0)
		return;
	bucket->time_count -= old;
	memmove(bucket->times, bucket->times + old, bucket->time_count * sizeof(*bucket->times));
}

static bool is_limited(const struct noise *noise)
{
	return noise->settings->group.most > 0 && noise->settings->group.within_us > 0;
}

static size_t most(const struct noise *noise)
{
	int64_t most = noise->settings->group.most;

	return most < TIMES_MAX ? (size_t)most : TIMES_MAX;
}

static bool may_send(const struct noise *noise, struct bucket *bucket, struct bw_wall now)
{
	if (!is_limited(noise))
		return true;
	forget_old_times(noise, bucket, now);
	return bucket->time_count < most(noise);
}

/* In order of time, each once: the alerts of one notice were all told at its time. */
static void note_sent(const struct noise *noise, struct bucket *bucket, struct bw_wall at)
{
	size_t place = bucket->time_count;

	if (!is_limited(noise) || bucket->time_count >= TIMES_MAX)
		return;
	while (place > 0 && bucket->times[place - 1].us > at.us)
		place--;
	bucket->times = xrealloc(bucket->times, (bucket->time_count + 1) * sizeof(*bucket->times));
	memmove(bucket->times + place + 1, bucket->times + place,
		(bucket->time_count - place) * sizeof(*bucket->times));
	bucket->times[place] = at;
	bucket->time_count++;
}

/* Of an alert from before a restart. */
static void note_told(const struct noise *noise, struct bucket *bucket, struct bw_wall at,
		      struct bw_wall now)
{
	if (!is_limited(noise) || at.us <= now.us - noise->settings->group.within_us)
		return;
	for (size_t i = 0; i < bucket->time_count; i++) {
		if (bucket->times[i].us == at.us)
			return;
	}
	note_sent(noise, bucket, at);
}

void group_remember(struct noise *noise, const struct alert *alert,
		    const struct alert_labels *labels, struct bw_wall now)
{
	for (size_t i = 0; i < alert->told_count; i++) {
		const struct alert_told *told = &alert->told[i];

		if (told->at.us > now.us - noise->settings->group.within_us)
			note_told(noise, bucket_of(noise, told->channel, labels), told->at, now);
	}
}

/* --- waiting --- */

void group_add(struct noise *noise, struct wish *wish, const struct alert_labels *labels)
{
	const char *channel = noise->settings->routes[wish->route].channel;
	struct bucket *bucket = bucket_of(noise, channel, labels);
	struct bw_wall due = { wish->since.us + noise->settings->group.wait_us };

	wish->bucket = bucket;
	ring_join(&bucket->wishes, &wish->of_bucket);
	if (bucket->due.place == 0 || due.us < bucket->due.at.us)
		due_set(&noise->bucket_due, &bucket->due, due);
}

struct bw_wall group_due(const struct noise *noise)
{
	const struct due *due = due_first(&noise->bucket_due);

	return due ? due->at : BW_WALL_NEVER;
}

/* --- one notice --- */

static int kind_rank(enum notice_kind kind)
{
	static const int ranks[] = {
		[NOTICE_RESOLVED] = 0, [NOTICE_FLAPPING] = 1, [NOTICE_FIRING] = 2,
		[NOTICE_CHANGED] = 3,  [NOTICE_REMINDER] = 4, [NOTICE_TEST] = 5,
	};

	return ranks[kind];
}

/* A wish and what sorts it. */
struct ranked {
	struct wish *wish;
	const char *remark;
};

static int compare(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;
	const struct alert *one = left->wish->entry->alert, *other = right->wish->entry->alert;
	int order = kind_rank(left->wish->kind) - kind_rank(right->wish->kind);

	if (order == 0)
		order = strcmp(left->remark, right->remark);
	if (order == 0)
		order = (int)other->severity - (int)one->severity;
	if (order == 0)
		order = (one->id > other->id) - (one->id < other->id);
	return order;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

uint64_t group_salt(const char *instance)
{
	return mix(UINT64_C(14695981039346656037), instance, strlen(instance));
}

/* The same for the same change of state, whatever happens between: told[].messages grows only with
 * what was told. */
static void write_key(const struct noise *noise, const struct ranked *run, size_t count,
		      struct notice *out)
{
	uint64_t hash = mix(noise->salt, out->channel, strlen(out->channel));
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		const struct alert *alert = run[i].wish->entry->alert;
		const struct alert_told *told = wish_told(alert, out->channel);
		int messages = told ? told->messages : 0;

		if (i == 0)
			first = messages + 1;
		hash = mix(hash, &alert->id, sizeof(alert->id));
		hash = mix(hash, &messages, sizeof(messages));
	}
	snprintf(out->key, sizeof(out->key), "%016" PRIx64 "-a%" PRIu64 "-%s-%d", hash,
		 run[0].wish->entry->alert->id, notice_kind_text(out->kind), first);
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static const char *label_of(const struct noise *noise, const struct alert *alert, const char *label)
{
	const struct alert_relations *relations = &noise->options.relations;
	const struct alert_subject subject = { alert->subject_kind, alert->subject };

	return text_of(relations->label ? relations->label(relations->arg, &subject, label) : NULL);
}

static void list_alert(const struct noise *noise, const struct alert *alert,
		       struct notice_alert *out)
{
	*out = (struct notice_alert){
		.id = alert->id,
		.severity = alert->severity,
		.rule = text_of(alert->rule_name),
		.type = text_of(alert->type),
		.subject_kind = alert->subject_kind,
		.subject = text_of(alert->subject),
		.group = label_of(noise, alert, "group"),
		.runbook = label_of(noise, alert, "runbook"),
		.title = text_of(alert->title),
		.message = text_of(alert->message),
		.reason = alert->reason,
		.started = alert->started,
		.fired = alert->fired,
		.resolved = alert->resolved,
		.hides = alert->hides,
	};
}

static void send(struct noise *noise, struct bucket *bucket, const struct ranked *run, size_t count,
		 struct bw_wall now)
{
	const struct alerts_listener *listener = &noise->options.listener;
	struct notice_alert alerts[NOTICE_ALERTS_MAX];
	const struct wish *first = run[0].wish;
	const struct alert_told *told;
	struct notice notice = {
		.kind = first->kind,
		.channel = noise->settings->routes[first->route].channel,
		.group = bucket->group,
		.remark = run[0].remark,
		.at = now,
		.alerts = alerts,
		.count = count < NOTICE_ALERTS_MAX ? count : NOTICE_ALERTS_MAX,
	};

	notice.more = count - notice.count;
	told = wish_told(first->entry->alert, notice.channel);
	if (notice.kind == NOTICE_REMINDER)
		notice.reminder = told ? told->reminders + 1 : 1;
	for (size_t i = 0; i < notice.count; i++)
		list_alert(noise, run[i].wish->entry->alert, &alerts[i]);
	write_key(noise, run, count, &notice);
	if (listener->notice)
		listener->notice(listener->arg, &notice);
	for (size_t i = 0; i < count; i++)
		wish_fulfil(noise, run[i].wish, now);
	note_sent(noise, bucket, now);
}

/* --- a group that is due --- */

/* Judges those that wait once more; some of them wait no longer then. */
static size_t judge(struct noise *noise, struct bucket *bucket, struct bw_wall now)
{
	struct entry **entries = xcalloc(NOISE_GATHER_MAX, sizeof(struct entry *));
	size_t count = 0;

	for (struct ring *at = bucket->wishes.after;
	     at != &bucket->wishes && count < NOISE_GATHER_MAX; at = at->after)
		entries[count++] = RING_OWNER(at, struct wish, of_bucket)->entry;
	for (size_t i = 0; i < count; i++)
		noise_look_at(noise, entries[i], now);
	free(entries);
	return count;
}

static size_t gather(const struct noise *noise, const struct bucket *bucket,
		     struct ranked out[NOISE_GATHER_MAX])
{
	size_t count = 0;

	for (struct ring *at = bucket->wishes.after;
	     at != &bucket->wishes && count < NOISE_GATHER_MAX; at = at->after) {
		struct wish *wish = RING_OWNER(at, struct wish, of_bucket);

		out[count++] = (struct ranked){ wish, wish_remark(noise, wish) };
	}
	qsort(out, count, sizeof(*out), compare);
	return count;
}

static bool are_together(const struct ranked *a, const struct ranked *b)
{
	return a->wish->kind == b->wish->kind && strcmp(a->remark, b->remark) == 0;
}

static void send_all(struct noise *noise, struct bucket *bucket, struct bw_wall now)
{
	struct ranked *ranked = xcalloc(NOISE_GATHER_MAX, sizeof(*ranked));
	size_t count = gather(noise, bucket, ranked), from = 0;

	while (from < count && may_send(noise, bucket, now)) {
		size_t to = from + 1;

		while (to < count && are_together(&ranked[from], &ranked[to]))
			to++;
		send(noise, bucket, ranked + from, to - from, now);
		from = to;
	}
	free(ranked);
}

/* When those that wait may go; it is asked when that was believed to be now. */
static struct bw_wall ripe_at(const struct noise *noise, struct bucket *bucket, struct bw_wall now)
{
	struct bw_wall first = BW_WALL_NEVER, room;

	if (ring_is_empty(&bucket->wishes))
		return BW_WALL_NEVER;
	for (struct ring *at = bucket->wishes.after; at != &bucket->wishes; at = at->after)
		noise_due_by(&first, RING_OWNER(at, struct wish, of_bucket)->since);
	first.us += noise->settings->group.wait_us;
	if (may_send(noise, bucket, now))
		return first;
	room = bucket->times[bucket->time_count - most(noise)];
	room.us += noise->settings->group.within_us;
	return first.us > room.us ? first : room;
}

/* Groups that nobody remembers for anything. */
static void sweep(struct noise *noise, struct bw_wall now)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	if (bw_strmap_count(noise->buckets) < noise->sweep_at)
		return;
	while (bw_strmap_next(noise->buckets, &cursor, &entry)) {
		struct bucket *bucket = entry.value;

		forget_old_times(noise, bucket, now);
		if (ring_is_empty(&bucket->wishes) && bucket->time_count == 0)
			destroy_bucket(noise, bucket);
	}
	noise->sweep_at = 2 * bw_strmap_count(noise->buckets) + SWEEP_AT;
}

/* In an order that does not depend on how they came to be there. */
static int compare_buckets(const void *a, const void *b)
{
	const struct bucket *one = *(struct bucket *const *)a, *other = *(struct bucket *const *)b;

	if (one->ripe.us != other->ripe.us)
		return one->ripe.us < other->ripe.us ? -1 : 1;
	return strcmp(one->key, other->key);
}

static size_t take_ripe(struct noise *noise, struct bw_wall now, struct bucket *ripe[BATCH_MAX])
{
	size_t count = 0;
	struct due *due;

	while (count < BATCH_MAX && (due = due_first(&noise->bucket_due)) != NULL &&
	       due->at.us <= now.us) {
		struct bucket *bucket = RING_OWNER(due, struct bucket, due);

		bucket->ripe = ripe_at(noise, bucket, now);
		due_set(&noise->bucket_due, &bucket->due,
			bucket->ripe.us <= now.us ? BW_WALL_NEVER : bucket->ripe);
		if (bucket->ripe.us <= now.us)
			ripe[count++] = bucket;
	}
	qsort(ripe, count, sizeof(*ripe), compare_buckets);
	return count;
}

size_t group_flush(struct noise *noise, struct bw_wall now)
{
	struct bucket *ripe[BATCH_MAX];
	size_t count = take_ripe(noise, now, ripe), cost = 0;

	for (size_t i = 0; i < count; i++) {
		if (cost < NOISE_GATHER_MAX) {
			cost += 1 + judge(noise, ripe[i], now);
			send_all(noise, ripe[i], now);
		}
		due_set(&noise->bucket_due, &ripe[i]->due, ripe_at(noise, ripe[i], now));
	}
	if (count > 0)
		sweep(noise, now);
	return cost;
}

/* --- all --- */

void group_configure(struct noise *noise)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	if (!noise->buckets) {
		noise->sweep_at = SWEEP_AT;
		noise->buckets = bw_strmap_create();
		if (!noise->buckets)
			xalloc_die();
	}
	while (bw_strmap_next(noise->buckets, &cursor, &entry)) {
		struct bucket *bucket = entry.value;

		while (!ring_is_empty(&bucket->wishes))
			wish_drop(RING_OWNER(bucket->wishes.after, struct wish, of_bucket));
		due_set(&noise->bucket_due, &bucket->due, BW_WALL_NEVER);
	}
}

void group_step(struct noise *noise, int64_t step_us)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	due_shift(&noise->bucket_due, step_us);
	while (bw_strmap_next(noise->buckets, &cursor, &entry)) {
		struct bucket *bucket = entry.value;

		for (size_t i = 0; i < bucket->time_count; i++)
			bucket->times[i].us += step_us;
		for (struct ring *at = bucket->wishes.after; at != &bucket->wishes; at = at->after)
			RING_OWNER(at, struct wish, of_bucket)->since.us += step_us;
	}
}

void group_finish(struct noise *noise)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(noise->buckets, &cursor, &entry))
		destroy_bucket(noise, entry.value);
	bw_strmap_destroy(noise->buckets);
	due_heap_finish(&noise->bucket_due);
}
