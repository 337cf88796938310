/* alerting_orders.c - what people order: acknowledge, silence, try a channel; and what a channel
 * that keeps state is told again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/alerting_impl.h"

/* The store tries again by itself, and says so where it cannot. */
static void on_commit(void *arg, enum bw_status status)
{
	(void)arg;
	(void)status;
}

/* What an order changed is on its way to the disk, told and shown now, not when something else
 * happens to be due: who was answered must not find it forgotten after a kill. */
static void go_on(struct alerting *alerting)
{
	if (alerting->options.store != NULL)
		store_commit(alerting->options.store, on_commit, NULL);
	alerting_work(alerting);
	alerting->options.changed(alerting->options.arg);
}

enum bw_status alerting_ack(struct alerting *alerting, uint64_t id, const struct alert_ack *ack,
			    struct bw_error *err)
{
	const struct bw_wall now = io_loop_wall(alerting->options.loop);
	enum bw_status status;

	alerting_hold(alerting);
	status = alerts_ack(alerting->alerts, id, ack, now, err);
	alerting_release(alerting);

	if (status != BW_OK)
		return status;
	chronicle_ack(alerting->options.chronicle, alerts_get(alerting->alerts, id), ack->by,
		      ack->comment);
	go_on(alerting);
	return BW_OK;
}

enum bw_status alerting_unack(struct alerting *alerting, uint64_t id, const char *by,
			      struct bw_error *err)
{
	const struct bw_wall now = io_loop_wall(alerting->options.loop);
	enum bw_status status;

	alerting_hold(alerting);
	status = alerts_unack(alerting->alerts, id, now, err);
	alerting_release(alerting);

	if (status != BW_OK)
		return status;
	chronicle_unack(alerting->options.chronicle, alerts_get(alerting->alerts, id), by);
	go_on(alerting);
	return BW_OK;
}

enum bw_status alerting_silence(struct alerting *alerting, struct silence *silence,
				struct bw_error *err)
{
	const struct bw_wall now = io_loop_wall(alerting->options.loop);
	enum bw_status status;

	alerting_hold(alerting);
	status = alerts_silence(alerting->alerts, silence, now, err);
	alerting_release(alerting);

	if (status != BW_OK)
		return status;
	chronicle_silence(alerting->options.chronicle,
			  alerts_get_silence(alerting->alerts, silence->id));
	go_on(alerting);
	return BW_OK;
}

enum bw_status alerting_expire_silence(struct alerting *alerting, uint64_t id, const char *by,
				       struct bw_error *err)
{
	const struct bw_wall now = io_loop_wall(alerting->options.loop);
	enum bw_status status;

	alerting_hold(alerting);
	status = alerts_expire_silence(alerting->alerts, id, by, now, err);
	alerting_release(alerting);

	if (status == BW_OK)
		go_on(alerting);
	return status;
}

static bool has_channel(const struct alerting *alerting, const char *name)
{
	const struct daemon_settings *settings = roster_settings(alerting->options.roster);

	for (size_t i = 0; i < settings->channel_count; i++)
		if (strcmp(settings->channels[i].name, name) == 0)
			return true;
	return false;
}

enum bw_status alerting_test_channel(struct alerting *alerting, const char *channel,
				     struct bw_error *err)
{
	struct notice_alert alert = {
		.severity = BW_SEVERITY_INFO,
		.rule = "test",
		.type = "test",
		.subject_kind = ALERT_SUBJECT_SYSTEM,
		.subject = "",
		.group = "",
		.runbook = "",
		.title = "Test message of Bellwether",
		.message = "Somebody tries this channel. There is nothing to do.",
	};
	struct notice notice = {
		.kind = NOTICE_TEST,
		.channel = channel,
		.group = "",
		.remark = "",
		.at = io_loop_wall(alerting->options.loop),
		.alerts = &alert,
		.count = 1,
	};

	if (!has_channel(alerting, channel))
		return bw_fail(err, BW_ENOTFOUND,
			       "there is no channel of that name; /api/v1/channels lists them");
	alert.started = alert.fired = notice.at;
	snprintf(notice.key, sizeof(notice.key), "test-%" PRId64 "-%" PRIu64, notice.at.us,
		 ++alerting->tests);
	outbox_put(alerting->outbox, &notice);
	go_on(alerting);
	return BW_OK;
}

/* --- a channel that keeps state --- */

static bool was_told(const struct alert *alert, const char *channel)
{
	for (size_t i = 0; i < alert->told_count; i++)
		if (alert->told[i].firing && strcmp(alert->told[i].channel, channel) == 0)
			return true;
	return false;
}

static const char *label_of(struct alerting *alerting, const struct alert *alert, const char *name)
{
	const struct alert_relations relations = alert_world_relations(&alerting->world);
	const struct alert_subject subject = { alert->subject_kind, alert->subject };
	const char *label = relations.label(relations.arg, &subject, name);

	return label == NULL ? "" : label;
}

static struct notice_alert notice_of(struct alerting *alerting, const struct alert *alert)
{
	return (struct notice_alert){
		.id = alert->id,
		.severity = alert->severity,
		.rule = alert->rule_name,
		.type = alert->type,
		.subject_kind = alert->subject_kind,
		.subject = alert->subject,
		.group = label_of(alerting, alert, "group"),
		.runbook = label_of(alerting, alert, "runbook"),
		.title = alert->title,
		.message = alert->message,
		.reason = alert->reason,
		.started = alert->started,
		.fired = alert->fired,
		.hides = alert->hides,
	};
}

bool alerting_firing_notice(void *arg, const char *channel, size_t nth, struct notice *out)
{
	struct alerting *alerting = arg;
	const struct alert *alert;
	size_t count = 0;

	if (nth == 0)
		alerting->told_cursor = 0;
	while (count < NOTICE_ALERTS_MAX &&
	       (alert = alerts_next(alerting->alerts, 1U << ALERT_FIRING | 1U << ALERT_RECOVERING,
				    &alerting->told_cursor)) != NULL) {
		if (was_told(alert, channel))
			alerting->told[count++] = notice_of(alerting, alert);
	}
	*out = (struct notice){
		.kind = NOTICE_FIRING,
		.channel = channel,
		.group = "",
		.remark = "",
		.at = io_loop_wall(alerting->options.loop),
		.alerts = alerting->told,
		.count = count,
	};
	return count > 0;
}
