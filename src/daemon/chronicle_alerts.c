/* chronicle_alerts.c - alerts in the journal, and what people did about them: who and why.
 *
 * All are entries of the kind "alert". The name is the alert's title, "silence s3" or
 * "maintenance patch-night".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/chronicle_impl.h"

void chronicle_alert(struct chronicle *chronicle, const struct alert *alert, enum alert_state was)
{
	bool fires = alert->state == ALERT_FIRING;
	bool was_there = was == ALERT_FIRING || was == ALERT_RECOVERING;

	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = alert->title,
						     .from = was_there ? "firing" : "none",
						     .to = fires ? "firing" : "resolved",
						     .text = alert->message });
}

/* "by ada: looking at the disk" */
static void tell_who(const char *by, const char *why, char *out, size_t size)
{
	bool has_why = why != NULL && why[0] != '\0';

	bw_text_format(out, size, "%s%s%s%s", by == NULL ? "" : "by ", by == NULL ? "" : by,
		       has_why ? ": " : "", has_why ? why : "");
}

void chronicle_ack(struct chronicle *chronicle, const struct alert *alert, const char *by,
		   const char *comment)
{
	char text[BW_JOURNAL_TEXT_MAX];

	tell_who(by, comment, text, sizeof(text));
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = alert->title,
						     .from = "firing",
						     .to = "acknowledged",
						     .text = text });
}

void chronicle_unack(struct chronicle *chronicle, const struct alert *alert, const char *by)
{
	char text[BW_JOURNAL_TEXT_MAX];

	tell_who(by, NULL, text, sizeof(text));
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = alert->title,
						     .from = "acknowledged",
						     .to = "firing",
						     .text = text });
}

static void name_of(const struct silence *silence, char *out, size_t size)
{
	snprintf(out, size, "silence s%" PRIu64, silence->id);
}

/* Its matchers, as they were written. */
static void tell_matchers(const struct matchers *matchers, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < matchers_count(matchers) && len + 1 < size; i++) {
		bw_text_format(out + len, size - len, "%s%s", i == 0 ? "" : ", ",
			       matchers_text(matchers, i));
		len = strlen(out);
	}
}

void chronicle_silence(struct chronicle *chronicle, const struct silence *silence)
{
	char name[40], matchers[BW_JOURNAL_TEXT_MAX / 2], text[BW_JOURNAL_TEXT_MAX];

	name_of(silence, name, sizeof(name));
	tell_matchers(silence->matchers, matchers, sizeof(matchers));
	bw_text_format(text, sizeof(text), "by %s: %s (%s)", silence->by, silence->reason,
		       matchers);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = name,
						     .from = "none",
						     .to = "silenced",
						     .text = text });
}

void chronicle_silence_over(struct chronicle *chronicle, const struct silence *silence)
{
	char name[40], text[BW_JOURNAL_TEXT_MAX];

	name_of(silence, name, sizeof(name));
	if (silence->expired_by[0] != '\0')
		bw_text_format(text, sizeof(text), "ended by %s; it was by %s: %s",
			       silence->expired_by, silence->by, silence->reason);
	else
		bw_text_format(text, sizeof(text), "its time is over; it was by %s: %s",
			       silence->by, silence->reason);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = name,
						     .from = "silenced",
						     .to = "expired",
						     .text = text });
}

void chronicle_maintenance(struct chronicle *chronicle, const struct maintenance_window *window,
			   bool begins)
{
	char name[ALERT_NAME_MAX + 16];

	bw_text_format(name, sizeof(name), "maintenance %s", window->name);
	chronicle_add(chronicle, (struct bw_change){ .kind = BW_CHANGE_ALERT,
						     .name = name,
						     .from = begins ? "none" : "maintenance",
						     .to = begins ? "maintenance" : "over",
						     .text = window->reason });
}
