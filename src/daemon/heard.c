/* heard.c - a copy. Times are of the monotonic clock, like those of the check that judges the age.
 */
#include "daemon/heard.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/xalloc.h"

void heard_finish(struct heard *heard)
{
	free(heard->error);
	free(heard->details);
	*heard = (struct heard){ 0 };
}

static char *copy(const char *text)
{
	return text == NULL || *text == '\0' ? NULL : xstrdup(text);
}

void heard_take(struct heard *heard, const struct check_report *report, struct bw_mono now)
{
	const struct heard fresh = {
		.any = true,
		.health = report->health,
		.has_response = report->has_response,
		.response_us = report->response_us,
		.error = copy(report->error),
		.details = copy(report->details),
		.at = bw_mono_add(now, -report->age_us),
	};

	heard_finish(heard);
	*heard = fresh;
}

struct check_report heard_report(const struct heard *heard, struct bw_mono now)
{
	bw_assert(heard->any);
	return (struct check_report){
		.health = heard->health,
		.has_response = heard->has_response,
		.response_us = heard->response_us,
		.error = heard->error,
		.details = heard->details,
		.age_us = bw_mono_since(now, heard->at),
	};
}
