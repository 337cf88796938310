/* status_history.c - lays change points over half hours.
 *
 * A bar shows the worst that was known in it. It is healthy only where more than half of it was
 * looked at: a gap is never painted as health.
 */
#include "daemon/status_history.h"

#include <stdio.h>

#include "base/xalloc.h"

struct bar_time {
	int64_t us[BW_HEALTH_MAX];
};

struct bw_wall status_history_start(struct bw_wall now)
{
	int64_t end = now.us / STATUS_BAR_US * STATUS_BAR_US + STATUS_BAR_US;

	return (struct bw_wall){ end - STATUS_BARS * STATUS_BAR_US };
}

/* "none", of a time without a daemon, is no state and counts as not known. */
static enum bw_health health_of(const char *word)
{
	enum bw_health health;

	return bw_health_parse(word, &health) == BW_OK ? health : BW_HEALTH_UNKNOWN;
}

static void lay(struct bar_time bars[STATUS_BARS], int64_t start, int64_t from, int64_t to,
		enum bw_health health)
{
	for (int64_t at = from; at < to;) {
		int64_t nth = (at - start) / STATUS_BAR_US;
		int64_t end = start + (nth + 1) * STATUS_BAR_US;

		if (end > to)
			end = to;
		bars[nth].us[health] += end - at;
		at = end;
	}
}

static enum bw_health worst_of(const struct bar_time *bar)
{
	if (bar->us[BW_HEALTH_UNHEALTHY] > 0)
		return BW_HEALTH_UNHEALTHY;
	if (bar->us[BW_HEALTH_DEGRADED] > 0)
		return BW_HEALTH_DEGRADED;
	return bar->us[BW_HEALTH_HEALTHY] > bar->us[BW_HEALTH_UNKNOWN] ? BW_HEALTH_HEALTHY
								       : BW_HEALTH_UNKNOWN;
}

void status_history_measure(const struct bw_strip *strip, struct bw_wall now,
			    struct status_history *out)
{
	const int64_t start = status_history_start(now).us;
	struct bar_time bars[STATUS_BARS] = { 0 };

	*out = (struct status_history){ .from = { start } };
	for (size_t i = 0; i < strip->count; i++) {
		int64_t from = strip->items[i].at.us;
		int64_t to = i + 1 < strip->count ? strip->items[i + 1].at.us : now.us;

		if (from < start)
			from = start;
		if (to > now.us)
			to = now.us;
		lay(bars, start, from, to, health_of(strip->items[i].word));
	}
	for (int i = 0; i < STATUS_BARS; i++) {
		int64_t usable = bars[i].us[BW_HEALTH_HEALTHY] + bars[i].us[BW_HEALTH_DEGRADED];

		out->bars[i] = worst_of(&bars[i]);
		out->usable_us += usable;
		out->known_us += usable + bars[i].us[BW_HEALTH_UNHEALTHY];
	}
}

void status_history_of(const struct bw_journal *journal, const char *name,
		       const struct bw_gap_list *gaps, struct bw_wall now,
		       struct status_history *out)
{
	const struct bw_strip_wanted wanted = { .kind = BW_CHANGE_COMPONENT,
						.name = name,
						.from = status_history_start(now),
						.to = now,
						.gaps = gaps };
	struct bw_strip strip = { 0 };

	xalloc_must(bw_journal_strip(journal, &wanted, &strip));
	status_history_measure(&strip, now, out);
	bw_strip_finish(&strip);
}

void status_uptime_text(const struct status_history *history, char out[STATUS_UPTIME_TEXT_MAX])
{
	int64_t hundredths;

	if (history->known_us <= 0) {
		snprintf(out, STATUS_UPTIME_TEXT_MAX, "–");
		return;
	}
	hundredths = history->usable_us / 1000 * 10000 / (history->known_us / 1000 + 1);
	if (history->usable_us == history->known_us)
		snprintf(out, STATUS_UPTIME_TEXT_MAX, "100 %%");
	else
		snprintf(out, STATUS_UPTIME_TEXT_MAX, "%d.%02d %%", (int)(hundredths / 100),
			 (int)(hundredths % 100));
}
