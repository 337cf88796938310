/* replay_answer.c - what the step did, then how the breaker is. */
#include "cli/replay_answer.h"

#include "base/json_write.h"

/* The quotient is rounded once, so 12,500,000 is 12.5. */
static void member_seconds(struct bw_json *json, const char *key, int64_t us, bool is_known)
{
	bw_json_key(json, key);
	if (is_known)
		bw_json_double(json, (double)us / BW_SECOND_US);
	else
		bw_json_null(json);
}

static void write_ticket(struct bw_json *json, struct bw_breaker_ticket ticket)
{
	int64_t retry_after_us;

	bw_json_member_bool(json, "admitted", bw_breaker_ticket_admitted(ticket));
	if (bw_breaker_ticket_admitted(ticket))
		return;
	retry_after_us = bw_breaker_ticket_retry_after_us(ticket);
	bw_json_member_string(json, "reason",
			      bw_breaker_reason_text(bw_breaker_ticket_reason(ticket)));
	member_seconds(json, "retry_after", retry_after_us, retry_after_us >= 0);
}

static void write_events(struct bw_json *json, const struct replay_answer *answer)
{
	bw_json_key(json, "events");
	bw_json_array_begin(json);
	for (size_t i = 0; i < answer->event_count; i++) {
		const struct bw_breaker_event *event = &answer->events[i];

		bw_json_object_begin(json);
		bw_json_member_string(json, "from", bw_breaker_state_text(event->from));
		bw_json_member_string(json, "to", bw_breaker_state_text(event->to));
		bw_json_member_string(json, "reason", bw_breaker_cause_text(event->cause));
		bw_json_object_end(json);
	}
	bw_json_array_end(json);
	if (answer->events_missed > 0)
		bw_json_member_int(json, "events_missed", (int64_t)answer->events_missed);
}

static void write_window(struct bw_json *json, const struct bw_breaker_window *window)
{
	bw_json_key(json, "window");
	bw_json_object_begin(json);
	bw_json_member_int(json, "total_calls", window->total_calls);
	bw_json_member_double(json, "success_rate", window->success_rate);
	bw_json_member_double(json, "failure_rate", window->failure_rate);
	bw_json_member_double(json, "avg_response_time", window->avg_response_time_s);
	bw_json_member_double(json, "timeout_rate", window->timeout_rate);
	member_seconds(json, "last_failure_time", window->last_failure_us,
		       window->has_last_failure);
	bw_json_member_double(json, "uptime_percentage", window->uptime_percentage);
	bw_json_object_end(json);
}

static void write_lifetime(struct bw_json *json, const struct bw_breaker_lifetime *lifetime)
{
	bw_json_key(json, "lifetime");
	bw_json_object_begin(json);
	bw_json_member_int(json, "admitted", (int64_t)lifetime->admitted);
	bw_json_member_int(json, "rejected", (int64_t)lifetime->rejected);
	bw_json_member_int(json, "success", (int64_t)lifetime->success);
	bw_json_member_int(json, "failure", (int64_t)lifetime->failure);
	bw_json_member_int(json, "timeout", (int64_t)lifetime->timeout);
	bw_json_member_int(json, "ignored", (int64_t)lifetime->ignored);
	bw_json_member_int(json, "late", (int64_t)lifetime->late);
	bw_json_object_end(json);
}

void replay_answer_write(const struct replay_answer *answer, struct bw_buf *out)
{
	const struct bw_breaker_snapshot *snapshot = &answer->snapshot;
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	if (answer->ticket)
		write_ticket(&json, *answer->ticket);
	if (answer->has_record) {
		bw_json_member_bool(&json, "applied", answer->applied);
		if (!answer->applied)
			bw_json_member_bool(&json, "late", answer->late);
	}
	bw_json_member_string(&json, "state", bw_breaker_state_text(snapshot->state));
	bw_json_member_int(&json, "generation", snapshot->generation);
	bw_json_member_bool(&json, "retry_due", snapshot->retry_due);
	member_seconds(&json, "time_until_retry", snapshot->time_until_retry_us,
		       snapshot->has_retry);
	bw_json_member_int(&json, "consecutive_failures", snapshot->consecutive_failures);
	bw_json_member_int(&json, "probes_in_flight", snapshot->probes_in_flight);
	write_events(&json, answer);
	write_window(&json, &snapshot->window);
	write_lifetime(&json, &snapshot->lifetime);
	bw_json_object_end(&json);
	bw_buf_byte(out, '\n');
}
