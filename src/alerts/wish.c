/* wish.c - the difference between what a channel was last told of an alert and what is so.
 *
 * It is found anew at each look and stands in a group until that is due; there it is judged once
 * more. Nothing is remembered but what was told: a difference that goes away before it was told is
 * never told, and one that a restart interrupts is found again, with the same key.
 *
 * An end is told whatever keeps the alert quiet. All else waits until it may be told.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/noise_impl.h"
#include "base/xalloc.h"

/* --- what was told --- */

struct alert_told *wish_told(const struct alert *alert, const char *channel)
{
	for (size_t i = 0; i < alert->told_count; i++) {
		if (strcmp(alert->told[i].channel, channel) == 0)
			return &alert->told[i];
	}
	return NULL;
}

static size_t find_route(const struct noise *noise, const char *channel)
{
	size_t nth = 0;

	while (nth < noise->settings->route_count &&
	       strcmp(noise->settings->routes[nth].channel, channel) != 0)
		nth++;
	return nth;
}

/* A place for one more channel: that of one that is configured no longer, when all are taken. */
static struct alert_told *add_told(const struct noise *noise, struct alert *alert,
				   const char *channel)
{
	struct alert_told *told = NULL;

	if (alert->told_count < ALERT_CHANNELS_MAX) {
		alert->told = xrealloc(alert->told, (alert->told_count + 1) * sizeof(*told));
		told = &alert->told[alert->told_count++];
	} else {
		for (size_t i = 0; i < alert->told_count && !told; i++) {
			if (find_route(noise, alert->told[i].channel) ==
			    noise->settings->route_count)
				told = &alert->told[i];
		}
		if (!told)
			return NULL;
		free(told->channel);
	}
	*told = (struct alert_told){ .channel = xstrdup(channel) };
	return told;
}

/* --- what is to be told --- */

static bool applies(const struct alert_route *route, const struct alert *alert,
		    const struct alert_labels *labels)
{
	return alert->severity >= route->severity &&
	       (!route->matchers || matchers_match(route->matchers, labels));
}

static bool is_time(const struct alert_route *route, const struct alert *alert, struct bw_wall now,
		    struct bw_wall *due)
{
	struct bw_wall at = { alert->fired.us + route->after_us };

	if (route->after_us <= 0)
		return true;
	if (alert->ack)
		return false;
	if (at.us > now.us)
		noise_due_by(due, at);
	return at.us <= now.us;
}

static bool is_over_untold(const struct alert *alert, const struct alert_route *route,
			   const struct alert_told *told)
{
	return alert->over.remark && told->at.us < alert->over.at.us &&
	       (!alert->over.is_reminder || route->reminders);
}

/* Of one that was told that it fires, and still does. False: nothing. */
static bool further_wish(const struct alert *alert, const struct alert_route *route,
			 const struct alert_told *told, struct bw_wall now, struct bw_wall *due,
			 enum notice_kind *out)
{
	if (alert->flapping && route->flapping) {
		*out = NOTICE_FLAPPING;
		return !told->flapping;
	}
	if (told->flapping)
		*out = NOTICE_FIRING;
	else if (told->severity != alert->severity)
		*out = NOTICE_CHANGED;
	else if (is_over_untold(alert, route, told) || remind_is_due(told, now))
		*out = NOTICE_REMINDER;
	else {
		if (told->remind_at.us != 0)
			noise_due_by(due, told->remind_at);
		return false;
	}
	return true;
}

static bool firing_wish(struct noise *noise, struct entry *entry, const struct alert_route *route,
			const struct alert_labels *labels, struct bw_wall now, struct bw_wall *due,
			enum notice_kind *out)
{
	const struct alert *alert = entry->alert;
	struct alert_told *told = wish_told(alert, route->channel);

	if (told && remind_look(noise, alert, route, told, now))
		noise_touch(noise, entry);
	if (told && told->firing)
		return quiet_lets(noise, entry, route) &&
		       further_wish(alert, route, told, now, due, out);
	if (!applies(route, alert, labels) || !is_time(route, alert, now, due) ||
	    !quiet_lets(noise, entry, route))
		return false;
	*out = alert->flapping && route->flapping ? NOTICE_FLAPPING : NOTICE_FIRING;
	return true;
}

/* --- wishes --- */

void wish_drop(struct wish *wish)
{
	ring_leave(&wish->of_entry);
	ring_leave(&wish->of_bucket);
	free(wish);
}

void wish_drop_all(struct entry *entry)
{
	while (!ring_is_empty(&entry->wishes))
		wish_drop(RING_OWNER(entry->wishes.after, struct wish, of_entry));
}

static struct wish *find_wish(const struct entry *entry, size_t route)
{
	for (struct ring *at = entry->wishes.after; at != &entry->wishes; at = at->after) {
		struct wish *wish = RING_OWNER(at, struct wish, of_entry);

		if (wish->route == route)
			return wish;
	}
	return NULL;
}

/* Since when it is to be told is kept with the alert: a restart begins no wait anew. */
static struct bw_wall note_since(struct noise *noise, struct entry *entry,
				 const struct alert_route *route, struct bw_wall now)
{
	struct alert_told *told = wish_told(entry->alert, route->channel);

	if (!told)
		told = add_told(noise, entry->alert, route->channel);
	if (!told)
		return now;
	if (told->since.us == 0) {
		told->since = now;
		noise_touch(noise, entry);
	}
	return told->since;
}

static void put_wish(struct noise *noise, struct entry *entry, size_t route, enum notice_kind kind,
		     const struct alert_labels *labels, struct bw_wall now)
{
	struct wish *wish = find_wish(entry, route);

	if (wish) {
		wish->kind = kind;
		return;
	}
	wish = xcalloc(1, sizeof(*wish));
	wish->entry = entry;
	wish->route = route;
	wish->kind = kind;
	wish->since = note_since(noise, entry, &noise->settings->routes[route], now);
	ring_join(&entry->wishes, &wish->of_entry);
	group_add(noise, wish, labels);
}

static void take_back(struct noise *noise, struct entry *entry, size_t route)
{
	struct wish *wish = find_wish(entry, route);
	struct alert_told *told = wish_told(entry->alert, noise->settings->routes[route].channel);

	if (wish)
		wish_drop(wish);
	if (told && told->since.us != 0) {
		told->since.us = 0;
		noise_touch(noise, entry);
	}
}

/* Who is not told of the end has heard of it all the same. */
static void end_told(struct noise *noise, struct entry *entry)
{
	struct alert *alert = entry->alert;
	const struct alerts_settings *settings = noise->settings;

	for (size_t i = 0; i < alert->told_count; i++) {
		struct alert_told *told = &alert->told[i];
		size_t nth = find_route(noise, told->channel);

		if (!told->firing && told->remind_at.us == 0)
			continue;
		told->remind_at.us = 0;
		if (nth == settings->route_count || !settings->routes[nth].resolved)
			told->firing = told->flapping = false;
		noise_touch(noise, entry);
	}
}

void wish_look(struct noise *noise, struct entry *entry, const struct alert_labels *labels,
	       struct bw_wall now, struct bw_wall *due)
{
	const struct alerts_settings *settings = noise->settings;
	const struct alert *alert = entry->alert;
	bool fires = alert_is_hard_firing(alert);

	if (!alert_is_alive(alert))
		end_told(noise, entry);
	for (size_t i = 0; i < settings->route_count && i < NOISE_ROUTES_MAX; i++) {
		const struct alert_route *route = &settings->routes[i];
		const struct alert_told *told;
		enum notice_kind kind = NOTICE_RESOLVED;
		bool wanted;

		if (fires) {
			wanted = firing_wish(noise, entry, route, labels, now, due, &kind);
		} else {
			told = wish_told(alert, route->channel);
			wanted = !alert_is_alive(alert) && told && told->firing;
		}
		if (wanted)
			put_wish(noise, entry, i, kind, labels, now);
		else
			take_back(noise, entry, i);
	}
}

/* --- told --- */

const char *wish_remark(const struct noise *noise, const struct wish *wish)
{
	const struct alert_route *route = &noise->settings->routes[wish->route];
	const struct alert *alert = wish->entry->alert;
	const struct alert_told *told = wish_told(alert, route->channel);
	struct bw_wall told_at = told ? told->at : (struct bw_wall){ 0 };

	if (wish->kind == NOTICE_RESOLVED)
		return "";
	if (wish->kind == NOTICE_FIRING && told && told->firing)
		return "it goes up and down no more, still firing";
	if (!alert->over.remark || told_at.us >= alert->over.at.us ||
	    (wish->kind == NOTICE_FIRING && alert->over.at.us < alert->fired.us + route->after_us))
		return "";
	return alert->over.remark;
}

static void plan_reminder(struct noise *noise, struct entry *entry, const struct alert_route *route,
			  struct alert_told *told, struct bw_wall now)
{
	remind_again(noise, route, told, now);
	if (told->remind_at.us != 0 &&
	    (entry->due.place == 0 || told->remind_at.us < entry->due.at.us))
		due_set(&noise->due, &entry->due, told->remind_at);
}

void wish_fulfil(struct noise *noise, struct wish *wish, struct bw_wall now)
{
	const struct alert_route *route = &noise->settings->routes[wish->route];
	struct alert *alert = wish->entry->alert;
	struct alert_told *told = wish_told(alert, route->channel);

	if (!told)
		told = add_told(noise, alert, route->channel);
	if (told) {
		if (wish->kind == NOTICE_REMINDER)
			told->reminders++;
		else if (!told->firing)
			told->reminders = 0;
		told->firing = wish->kind != NOTICE_RESOLVED;
		told->flapping = wish->kind == NOTICE_FLAPPING;
		told->severity = alert->severity;
		told->at = now;
		told->messages++;
		told->since.us = 0;
		told->remind_at.us = 0;
		if (told->firing && !told->flapping && !alert->ack)
			plan_reminder(noise, wish->entry, route, told, now);
	}
	noise_touch(noise, wish->entry);
	wish_drop(wish);
}
