/* channels.c - every kind of channel there is; a new one is one row here and one file beside it. */
#include <stddef.h>
#include <string.h>

#include "notify/channel.h"

extern const struct channel_kind channel_kind_alertmanager;
extern const struct channel_kind channel_kind_discord;
extern const struct channel_kind channel_kind_email;
extern const struct channel_kind channel_kind_exec;
extern const struct channel_kind channel_kind_ntfy;
extern const struct channel_kind channel_kind_pagerduty;
extern const struct channel_kind channel_kind_slack;
extern const struct channel_kind channel_kind_telegram;
extern const struct channel_kind channel_kind_webhook;

/* One row a kind. */
/* clang-format off */
const struct channel_kind *const channel_kinds[] = {
	&channel_kind_webhook,
	&channel_kind_slack,
	&channel_kind_discord,
	&channel_kind_telegram,
	&channel_kind_ntfy,
	&channel_kind_email,
	&channel_kind_pagerduty,
	&channel_kind_alertmanager,
	&channel_kind_exec,
	NULL,
};
/* clang-format on */

const struct channel_kind *channel_kind_find(const char *name)
{
	for (const struct channel_kind *const *kind = channel_kinds; *kind; kind++)
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	return NULL;
}
