/* kinds_bed.h - a kind of channel before a scripted peer, and what may be asked of the bodies it
 * sends. */
#ifndef BW_TESTS_NOTIFY_KINDS_BED_H
#define BW_TESTS_NOTIFY_KINDS_BED_H

#include <stddef.h>

#include <jansson.h>

#include "support/channel_case.h"
#include "support/fake_io.h"
#include "support/notice_samples.h"

struct kinds_bed {
	struct io_loop *loop;
	struct channel_case *channel;
};

/* A peer that answers 200; the settings must be good. */
void kinds_begin(struct kinds_bed *bed, const char *kind, const char *settings);
void kinds_end(struct kinds_bed *bed);
/* What every peer answers from now on, once a request's headers are there. */
void kinds_peer_answers(struct io_loop *loop, const char *bytes);
/* One attempt, until its end. */
void kinds_deliver(struct kinds_bed *bed, const struct notice *notice);
void kinds_send_plain(struct kinds_bed *bed, enum notice_kind kind);
/* Of the last request; the caller's. */
json_t *kinds_body_of(const struct kinds_bed *bed);
/* Equal as JSON; prints both when not. */
void kinds_assert_body(const struct kinds_bed *bed, const char *wanted);
size_t kinds_utf16_length(const char *text);
/* A member that must be a text. */
const char *kinds_text_in(const json_t *object, const char *key);
/* A reader of lines sees no control characters, and no direction is turned around. */
void kinds_assert_harmless(const char *text);

typedef void body_check(const json_t *body, const struct kinds_bed *bed);
/* Every hostile text, in notices of no, one and the most alerts. */
void kinds_each_hostile(const char *kind, const char *settings, body_check *check);

#endif
