/* alerting_events.c - what alerts tell: into the store, the outbox, the journal and the log; and
 * back from the store at start.
 *
 * Children that are quiet because of a parent are not told one by one: ten thousand of them would
 * drown what the journal is for, and their components' own entries say all there is to say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "daemon/alerting_impl.h"

static void put_record(struct alerting *alerting, enum store_record_kind kind, uint64_t id,
		       struct bw_wall ended, struct bw_buf *text)
{
	const struct store_record record = {
		.kind = kind, .id = id, .ended = ended, .text = text->data
	};

	xalloc_must(text->status);
	store_put_record(alerting->options.store, &record);
}

static void keep(void *arg, const struct alert *alert)
{
	struct alerting *alerting = arg;
	struct bw_buf text;

	if (alerting->options.store == NULL)
		return;
	bw_buf_init(&text, 0);
	alert_encode(alert, &text);
	put_record(alerting, STORE_RECORD_ALERT, alert->id, alert_ended(alert), &text);
	bw_buf_finish(&text);
}

static bool is_in_a_parents_shadow(const struct alert *alert)
{
	return alert->quiet.kind == ALERT_QUIET_DEPENDENCY ||
	       alert->quiet.kind == ALERT_QUIET_NETWORK;
}

static void changed(void *arg, const struct alert *alert, enum alert_state was)
{
	struct alerting *alerting = arg;
	char quoted[LOG_QUOTE_MAX];

	if (alerting->reads_anew || is_in_a_parents_shadow(alert))
		return;
	chronicle_alert(alerting->options.chronicle, alert, was);
	log_write(alerting->options.log, LOG_LEVEL_INFO, "alert %s (%s): %s",
		  log_quote(alert->title, quoted), bw_severity_text(alert->severity),
		  alert_state_text(alert->state));
}

static void keep_silence(void *arg, const struct silence *silence)
{
	struct alerting *alerting = arg;
	struct bw_buf text;

	if (silence->expired.us != 0 && !alerting->reads_anew)
		chronicle_silence_over(alerting->options.chronicle, silence);
	if (alerting->options.store == NULL)
		return;
	bw_buf_init(&text, 0);
	silence_encode(silence, &text);
	put_record(alerting, STORE_RECORD_SILENCE, silence->id, silence->expired, &text);
	bw_buf_finish(&text);
}

static void send_notice(void *arg, const struct notice *notice)
{
	struct alerting *alerting = arg;

	outbox_put(alerting->outbox, notice);
}

struct alerts_listener alerting_listener(struct alerting *alerting)
{
	return (struct alerts_listener){
		.keep = keep,
		.changed = changed,
		.keep_silence = keep_silence,
		.notice = send_notice,
		.arg = alerting,
	};
}

/* --- back from the store --- */

static void tell_unread(struct alerting *alerting, const char *what, uint64_t id, const char *why)
{
	char quoted[LOG_QUOTE_MAX];

	log_write(alerting->options.log, LOG_LEVEL_WARNING,
		  "%s%llu of the store could not be taken up and is left out: %s", what,
		  (unsigned long long)id, log_quote(why, quoted));
}

static void take_alert(void *arg, const struct store_record *record)
{
	struct alerting *alerting = arg;
	struct bw_error err = { "" };
	struct alert alert;

	if (alert_decode(record->text, &alert, &err) != BW_OK) {
		tell_unread(alerting, "alert a", record->id, err.text);
		return;
	}
	if (alerts_restore(alerting->alerts, &alert) != BW_OK)
		tell_unread(alerting, "alert a", record->id, "it is there twice");
	alert_finish(&alert);
}

static void take_silence(void *arg, const struct store_record *record)
{
	struct alerting *alerting = arg;
	struct bw_error err = { "" };
	struct silence silence;

	if (silence_decode(record->text, &silence, &err) != BW_OK) {
		tell_unread(alerting, "silence s", record->id, err.text);
		return;
	}
	if (alerts_restore_silence(alerting->alerts, &silence) != BW_OK)
		tell_unread(alerting, "silence s", record->id, "it is there twice");
	silence_finish(&silence);
}

void alerting_restore(struct alerting *alerting)
{
	if (alerting->options.store == NULL)
		return;
	alerting->reads_anew = true;
	store_load_records(alerting->options.store, STORE_RECORD_SILENCE, SILENCES_MAX,
			   take_silence, alerting);
	store_load_records(alerting->options.store, STORE_RECORD_ALERT, ALERTS_RESOLVED_MAX,
			   take_alert, alerting);
	alerting->reads_anew = false;
	alerting_forget_gone(alerting, ALERT_SUBJECT_COMPONENT);
}

/* --- maintenance --- */

void alerting_forget_windows(struct alerting *alerting)
{
	free(alerting->windows);
	alerting->windows = NULL;
	alerting->windows_version++;
}

static void look_at_window(struct alerting *alerting, size_t nth, struct bw_wall now)
{
	const struct maintenance_window *window = &alerting_settings(alerting)->windows[nth];
	struct alerting_window *known = &alerting->windows[nth];
	bool is_first = known->edge.us == 0, was_open = known->state.is_open;

	if (!is_first && now.us < known->edge.us && now.us >= known->looked.us)
		return;
	maintenance_look(window, now, &known->state);
	known->edge = maintenance_edge(window, now);
	known->looked = now;
	if (known->state.is_open == was_open)
		return;
	alerting->windows_version++;
	if (!is_first)
		chronicle_maintenance(alerting->options.chronicle, window, known->state.is_open);
}

void alerting_watch_windows(struct alerting *alerting)
{
	const struct alerts_settings *settings = alerting_settings(alerting);
	const struct bw_wall now = io_loop_wall(alerting->options.loop);

	if (alerting->windows == NULL)
		alerting->windows = xcalloc(settings->window_count + 1, sizeof(*alerting->windows));
	for (size_t i = 0; i < settings->window_count; i++)
		look_at_window(alerting, i, now);
}

const struct maintenance_state *alerting_window(const struct alerting *alerting, size_t nth)
{
	return &alerting->windows[nth].state;
}

uint64_t alerting_windows_version(const struct alerting *alerting)
{
	return alerting->windows_version;
}
