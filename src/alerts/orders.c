/* orders.c - what people ask for: acknowledge, silence, and how many alerts there are. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts_impl.h"
#include "base/xalloc.h"

/* --- acknowledgements --- */

static enum bw_status find_firing(struct alerts *alerts, uint64_t id, struct life **out,
				  struct bw_error *err)
{
	struct life *life = book_find(&alerts->book, id);

	if (!life || life->alert.state == ALERT_OK)
		return bw_fail(err, BW_ENOTFOUND, "there is no alert a%" PRIu64, id);
	if (!alert_is_hard_firing(&life->alert))
		return bw_fail(err, BW_EEXIST,
			       "alert a%" PRIu64 " is %s: only what fires can be acknowledged", id,
			       alert_state_text(life->alert.state));
	*out = life;
	return BW_OK;
}

static enum bw_status check_ack(const struct alert_ack *ack, struct bw_wall now,
				struct bw_error *err)
{
	if (!ack->by || ack->by[0] == '\0')
		return bw_fail(err, BW_EINVAL, "nobody is named: say in `by` who acknowledges it");
	if (strlen(ack->by) >= ALERT_PERSON_MAX)
		return bw_fail(err, BW_EINVAL, "`by` is longer than %d bytes",
			       ALERT_PERSON_MAX - 1);
	if (ack->comment && strlen(ack->comment) >= ALERT_COMMENT_MAX)
		return bw_fail(err, BW_EINVAL, "the comment is longer than %d bytes",
			       ALERT_COMMENT_MAX - 1);
	if (ack->until.us != 0 && ack->until.us <= now.us)
		return bw_fail(err, BW_EINVAL,
			       "it would have expired already: give a time to come");
	return BW_OK;
}

enum bw_status alerts_ack(struct alerts *alerts, uint64_t id, const struct alert_ack *ack,
			  struct bw_wall now, struct bw_error *err)
{
	struct alert_ack given = *ack;
	struct life *life = NULL;
	enum bw_status status = find_firing(alerts, id, &life, err);

	if (life)
		status = check_ack(ack, now, err);
	if (!life || status != BW_OK)
		return status;
	given.at = now;
	alert_set_ack(&life->alert, &given);
	book_touch(&alerts->book, life, true);
	alerts_look(alerts, life, now);
	alerts_settle(alerts);
	return BW_OK;
}

enum bw_status alerts_unack(struct alerts *alerts, uint64_t id, struct bw_wall now,
			    struct bw_error *err)
{
	struct life *life = NULL;
	enum bw_status status = find_firing(alerts, id, &life, err);

	if (!life)
		return status;
	if (!life->alert.ack)
		return bw_fail(err, BW_EEXIST, "alert a%" PRIu64 " is not acknowledged", id);
	alert_set_ack(&life->alert, NULL);
	book_touch(&alerts->book, life, true);
	alerts_look(alerts, life, now);
	alerts_settle(alerts);
	return BW_OK;
}

/* --- silences and windows: the noise control's --- */

enum bw_status alerts_restore_silence(struct alerts *alerts, const struct silence *silence)
{
	return noise_restore_silence(alerts->noise, silence);
}

enum bw_status alerts_silence(struct alerts *alerts, struct silence *silence, struct bw_wall now,
			      struct bw_error *err)
{
	enum bw_status status = noise_silence(alerts->noise, silence, now, err);

	alerts_settle(alerts);
	return status;
}

enum bw_status alerts_expire_silence(struct alerts *alerts, uint64_t id, const char *by,
				     struct bw_wall now, struct bw_error *err)
{
	enum bw_status status = noise_expire_silence(alerts->noise, id, by, now, err);

	alerts_settle(alerts);
	return status;
}

const struct silence *alerts_next_silence(const struct alerts *alerts, size_t *cursor)
{
	return noise_next_silence(alerts->noise, cursor);
}

const struct silence *alerts_get_silence(const struct alerts *alerts, uint64_t id)
{
	return noise_get_silence(alerts->noise, id);
}

size_t alerts_count_matching(const struct alerts *alerts, const struct matchers *matchers)
{
	return noise_count_matching(alerts->noise, matchers);
}

const char *alerts_maintenance_of(const struct alerts *alerts, const struct alert_subject *subject)
{
	return noise_maintenance_of(alerts->noise, subject);
}
