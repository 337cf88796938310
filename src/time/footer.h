/* footer.h - the rule for all times behind the table of a TZif file: a POSIX TZ text such as
 * "EST5EDT,M3.2.0,M11.1.0". Private to src/time.
 *
 * Owns:    a plain struct. Units: seconds; offsets count east of UTC. Threads: any.
 */
#ifndef BW_TIME_FOOTER_H
#define BW_TIME_FOOTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets beyond a day and a bit exist nowhere (RFC 8536). */
enum { ZONE_OFFSET_MAX_S = 26 * 3600 };

enum footer_day {
	FOOTER_JULIAN,    /* Jn: 1..365, 29 February is never counted */
	FOOTER_DAY,       /* n: 0..365, it is */
	FOOTER_MONTH_DAY, /* Mm.w.d */
};

/* One change of clocks a year. */
struct footer_change {
	enum footer_day kind;
	int day;         /* JULIAN, DAY */
	int month, week; /* MONTH_DAY: 1..12; 1..5, 5 is the last */
	int weekday;     /* 0..6 */
	int time_s;      /* local time of the change, may be negative or beyond a day */
};

struct footer {
	int standard_s, summer_s;
	bool has_summer;
	struct footer_change start, end; /* of summer time */
};

/* False: the text is none. */
bool footer_parse(const char *text, size_t len, struct footer *out);
int footer_offset(const struct footer *footer, int64_t at_s);
/* The first change after `at_s`; false: there is none. */
bool footer_next(const struct footer *footer, int64_t at_s, int64_t *out_s);

#endif
