#include "storage/horizon.h"

static int64_t believe(struct horizon *horizon, int64_t time_us, int64_t mono_us)
{
	horizon->is_set = true;
	horizon->is_ahead = false;
	horizon->believed_us = time_us;
	horizon->mono_us = mono_us;
	return time_us;
}

void horizon_begin(struct horizon *horizon, int64_t newest_us, int64_t mono_us)
{
	*horizon = (struct horizon){ .is_set = false };
	(void)believe(horizon, newest_us, mono_us);
}

static bool is_plausible(const struct horizon *horizon, int64_t newest_us, int64_t mono_us)
{
	int64_t most_us;

	return __builtin_add_overflow(horizon->believed_us,
				      mono_us - horizon->mono_us + HORIZON_SLACK_US, &most_us) ||
	       newest_us <= most_us;
}

int64_t horizon_advance(struct horizon *horizon, int64_t newest_us, int64_t mono_us,
			int64_t patience_us)
{
	if (!horizon->is_set || patience_us == 0 || is_plausible(horizon, newest_us, mono_us))
		return believe(horizon, newest_us, mono_us);
	if (!horizon->is_ahead) {
		horizon->is_ahead = true;
		horizon->ahead_since_us = mono_us;
	}
	if (mono_us - horizon->ahead_since_us >= patience_us)
		return believe(horizon, newest_us, mono_us);
	return horizon->believed_us;
}
