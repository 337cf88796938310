/* badge.h - a word and a value as a small picture, or as what shields.io makes one of.
 *
 * Owns:    nothing; texts are borrowed and escaped.
 * Units:   pixels.
 * Threads: any.
 */
#ifndef BW_DAEMON_BADGE_H
#define BW_DAEMON_BADGE_H

#include <stdbool.h>

#include "base/buf.h"

/* Dark enough for white text: at least 5:1. */
enum badge_tone { BADGE_GOOD, BADGE_WARN, BADGE_BAD, BADGE_UNKNOWN };

struct badge {
	const char *label, *message;
	enum badge_tone tone;
	bool is_error; /* there is no such badge */
};

enum { BADGE_WHAT_MAX = 32 };

/* "status" of "status.svg"; false: neither picture nor JSON. */
bool badge_parse(const char *file, char what[BADGE_WHAT_MAX], bool *as_json);
/* How wide `text` is drawn, from above: the picture makes it fit exactly. */
int badge_text_width(const char *text);
void badge_write_svg(const struct badge *badge, struct bw_buf *out);
/* The endpoint schema of shields.io. */
void badge_write_json(const struct badge *badge, struct bw_buf *out);

#endif
