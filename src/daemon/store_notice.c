/* store_notice.c - sentences for the page, the alerts and the self-watch, so that all say the same.
 */
#include "daemon/store_notice.h"

#include "base/text.h"
#include "config/units.h"

const char *store_grade_text(enum store_grade grade)
{
	static const char *const texts[STORE_GRADES] = { "ok", "limited", "damaged", "not_kept" };

	return texts[grade];
}

static char *add(struct store_notices *notices, enum store_grade grade)
{
	if (grade > notices->grade)
		notices->grade = grade;
	return notices->texts[notices->count++];
}

static void tell_damage(const struct store_status *status, char text[STORE_NOTICE_MAX])
{
	if (status->damaged == 1)
		bw_text_format(text, STORE_NOTICE_MAX,
			       "a part of the history is damaged and left out: %s", status->damage);
	else
		bw_text_format(text, STORE_NOTICE_MAX,
			       "%llu parts of the history are damaged and left out; the latest: %s",
			       (unsigned long long)status->damaged, status->damage);
}

static void tell_limit(const struct store_status *status, char text[STORE_NOTICE_MAX])
{
	char limit[CONFIG_UNIT_TEXT_MAX], from[BW_WALL_TEXT_MAX];
	struct bw_wall since = status->raw_from;

	config_size_format(status->limit_bytes, limit);
	if (since.us == 0) {
		bw_text_format(
			text, STORE_NOTICE_MAX,
			"storage.limit (%s) is reached: the oldest samples make room for new "
			"ones, earlier than storage.history says",
			limit);
		return;
	}
	since.us -= since.us % BW_SECOND_US;
	bw_wall_format(since, from);
	bw_text_format(text, STORE_NOTICE_MAX,
		       "storage.limit (%s) is reached: the oldest samples make room for new ones, "
		       "and those before %s are gone earlier than storage.history says",
		       limit, from);
}

void store_notices_of(const struct store_status *status, struct store_notices *out)
{
	*out = (struct store_notices){ .grade = STORE_FINE };
	if (status->trouble[0] != '\0' || !status->usable)
		bw_text_format(add(out, status->usable ? STORE_DAMAGED : STORE_NOT_KEPT),
			       STORE_NOTICE_MAX, "%s", status->trouble);
	if (status->damaged > 0)
		tell_damage(status, add(out, STORE_DAMAGED));
	if (status->limited)
		tell_limit(status, add(out, STORE_LIMITED));
}
