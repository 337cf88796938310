/* channel_case.h - one channel of a kind from its settings as YAML, on a scripted or a real loop.
 *
 * Owns:    the document, the settings and the attempt.
 */
#ifndef BW_SUPPORT_CHANNEL_CASE_H
#define BW_SUPPORT_CHANNEL_CASE_H

#include <stdbool.h>

#include "io/loop.h"
#include "notify/channel.h"

struct channel_case {
	struct io_loop *loop;
	struct channel channel;
	bool is_good; /* the settings are taken */
	char *report; /* what is wrong or a warning; "" or NULL when there is nothing to say */
	struct channel_attempt *attempt;
	int results; /* how often the callback came */
	struct channel_result result;
	void (*on_result)(void *arg);
	void *arg;
	void *parts; /* private */
};

struct channel_case *channel_case_create(struct io_loop *loop, const struct channel_kind *kind,
					 const char *settings);
void channel_case_destroy(struct channel_case *channel_case);
/* Stops the attempt before. */
void channel_case_send(struct channel_case *channel_case, const struct notice *notice);
void channel_case_stop(struct channel_case *channel_case);

#endif
