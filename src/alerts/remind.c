/* remind.c - still firing, and nobody has taken it: said again, each time later.
 *
 * The n-th reminder comes every * factor^(n-1) after the message before it, at most `max` after. An
 * acknowledgement takes the plan back; without it a new one is made from then on.
 */
#include "alerts/noise_impl.h"

static int64_t wait_us(const struct alerts_settings *settings, int reminders)
{
	double wait = (double)settings->reminders.every_us;
	double max = (double)settings->reminders.max_us;

	for (int i = 0; i < reminders && (max <= 0 || wait < max) && wait < 1e18; i++)
		wait *= settings->reminders.factor > 1 ? settings->reminders.factor : 1;
	if (max > 0 && wait > max)
		wait = max;
	return wait < 1e18 ? (int64_t)wait : INT64_C(1000000000000000000);
}

static bool is_wanted(const struct noise *noise, const struct alert *alert,
		      const struct alert_route *route, const struct alert_told *told)
{
	return told->firing && !told->flapping && route->reminders && !alert->ack &&
	       noise->settings->reminders.every_us > 0;
}

bool remind_look(const struct noise *noise, const struct alert *alert,
		 const struct alert_route *route, struct alert_told *told, struct bw_wall now)
{
	bool wanted = is_wanted(noise, alert, route, told);

	if (wanted == (told->remind_at.us != 0))
		return false;
	if (wanted)
		remind_again(noise, route, told, now);
	else
		told->remind_at.us = 0;
	return true;
}

bool remind_is_due(const struct alert_told *told, struct bw_wall now)
{
	return told->remind_at.us != 0 && told->remind_at.us <= now.us;
}

void remind_again(const struct noise *noise, const struct alert_route *route,
		  struct alert_told *told, struct bw_wall now)
{
	told->remind_at.us = 0;
	if (route->reminders && noise->settings->reminders.every_us > 0)
		told->remind_at.us = now.us + wait_us(noise->settings, told->reminders);
}
