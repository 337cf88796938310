/* message.h - the words of a notice, for channels that show people a text.
 *
 * Every channel tells the same in the same order; what differs is how much fits, what a character
 * costs, and which characters would be taken for markup. All foreign text becomes lines without
 * control characters and changes of direction first.
 *
 * Owns:    nothing.
 * Threads: any.
 */
#ifndef BW_NOTIFY_MESSAGE_H
#define BW_NOTIFY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/notice.h"
#include "base/buf.h"

enum {
	MESSAGE_LABEL_MAX = 32,
	MESSAGE_HEADLINE_MAX = 512,
	MESSAGE_TIME_MAX = 40,
	MESSAGE_LIMIT_MIN = 400, /* of a style */
};

struct message_style {
	size_t limit;  /* units the whole text may have */
	bool in_bytes; /* a unit is a byte; else a UTF-16 code unit, as most services count */
	/* Appends one character so that it stands for itself; NULL: as it is. */
	void (*escape)(struct bw_buf *out, const char *character, size_t len);
	bool escapes_urls; /* in addresses too; false: a plain address is written as it is */
};

size_t message_units(const struct message_style *style, const char *text, size_t len);
/* "CRITICAL", "RESOLVED", "NOW WARNING", "FLAPPING", "REMINDER 2", "TEST". */
void message_label(const struct notice *notice, char out[MESSAGE_LABEL_MAX]);
/* "[CRITICAL] Component Unhealthy: database". One clean line. */
void message_headline(const struct notice *notice, char out[MESSAGE_HEADLINE_MAX]);
/* 0xRRGGBB: by severity while there is trouble, green when it is over, grey for a test. */
uint32_t message_color(const struct notice *notice);
/* "2026-03-02 14:30:00 UTC" */
void message_time(struct bw_wall time, char out[MESSAGE_TIME_MAX]);

/* Appends `text` as one clean line, escaped, at most `room` units; cut with "...". Returns the
 * units. */
size_t message_line(const struct message_style *style, const char *text, size_t room,
		    struct bw_buf *out);
/* Appends everything but the headline: the remark, each alert, how many are left out, the page's
 * address. No more than style->limit units. */
void message_write(const struct notice *notice, const char *page_url,
		   const struct message_style *style, struct bw_buf *out);

#endif
