/* answers.c - what a program asks of the model: the document, alerts and history, all as copies.
 *
 * The calls of dashboard.h lend their insides to the daemon, which asks often; these hand over
 * memory of the caller's, so that nothing a host program holds ends with the dashboard.
 */
#include <bellwether/dashboard.h>

#include <string.h>

#include "core/dashboard.h"
#include "core/dashboard_impl.h"

static enum bw_status find(const struct bw_dashboard *dashboard, struct bw_wall now,
			   struct bw_alert_list *list)
{
	struct bw_metrics metrics;

	bw_dashboard_metrics(dashboard, &metrics);
	return bw_dashboard_find_alerts(dashboard, &metrics, now, list);
}

enum bw_status bw_dashboard_alerts(const struct bw_dashboard *dashboard, struct bw_wall now,
				   struct bw_alert *out, size_t room, size_t *count)
{
	struct bw_alert_list list = { 0 };
	enum bw_status status;

	if (!dashboard || !count || (!out && room > 0))
		return BW_EINVAL;
	status = find(dashboard, now, &list);
	if (status == BW_OK) {
		size_t copied = list.count < room ? list.count : room;

		if (copied > 0)
			memcpy(out, list.items, copied * sizeof(*out));
		*count = list.count;
	}
	bw_alert_list_finish(&list);
	return status;
}

enum bw_status bw_dashboard_restore(struct bw_dashboard *dashboard,
				    const struct bw_history_point *point)
{
	if (!dashboard || !point)
		return BW_EINVAL;
	return bw_history_add(dashboard->history, point);
}

size_t bw_dashboard_points(const struct bw_dashboard *dashboard)
{
	return bw_history_count(dashboard->history);
}

bool bw_dashboard_point(const struct bw_dashboard *dashboard, size_t nth,
			struct bw_history_point *out)
{
	if (nth >= bw_history_count(dashboard->history))
		return false;
	*out = *bw_history_get(dashboard->history, nth);
	return true;
}

/* Hands the text over, or says why there is none. */
static enum bw_status hand_over(struct bw_buf *buf, char **out, size_t *len)
{
	enum bw_status status = buf->status;

	if (status == BW_OK)
		*out = bw_buf_take(buf, len);
	bw_buf_finish(buf);
	return status;
}

enum bw_status bw_dashboard_document(struct bw_dashboard *dashboard, struct bw_wall now, char **out,
				     size_t *len, struct bw_error *err)
{
	struct bw_alert_list alerts = { 0 };
	const struct bw_document_options options = { .now = now, .alerts = &alerts };
	enum bw_status status;
	struct bw_buf buf;

	if (!dashboard || !out)
		return bw_fail(err, BW_EINVAL, "a dashboard and a place for its document expected");
	bw_buf_init(&buf, 0);
	status = find(dashboard, now, &alerts);
	if (status == BW_ELIMIT)
		(void)bw_fail(err, status, "more than %d alerts", BW_ALERTS_MAX);
	if (status == BW_OK) {
		bw_dashboard_write(dashboard, &options, &buf);
		status = hand_over(&buf, out, len);
	}
	if (status == BW_ENOMEM)
		(void)bw_fail(err, status, "no memory");
	bw_alert_list_finish(&alerts);
	return status;
}

enum bw_status bw_dashboard_error_document(const char *message, struct bw_wall now, char **out,
					   size_t *len)
{
	struct bw_buf buf;

	if (!message || !out)
		return BW_EINVAL;
	bw_buf_init(&buf, 0);
	bw_dashboard_write_error(message, now, &buf);
	return hand_over(&buf, out, len);
}
