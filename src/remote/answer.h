/* answer.h - what an HTTP answer means for the samples of a request (remote.h has the table).
 *
 * Threads: any.
 */
#ifndef BW_REMOTE_ANSWER_H
#define BW_REMOTE_ANSWER_H

#include "base/time.h"
#include "io/fetch.h"

enum answer_meaning {
	ANSWER_TAKEN,
	ANSWER_LATER,   /* again; `retry_us` */
	ANSWER_REFUSED, /* these samples never */
};

enum { ANSWER_TEXT_MAX = 256, ANSWER_BODY_MAX = 4096 };

struct answer {
	enum answer_meaning meaning;
	bool is_unclear;            /* the samples may be there all the same */
	int64_t retry_us;           /* 0: it did not say */
	char text[ANSWER_TEXT_MAX]; /* "HTTP 400: out of order sample"; one clean line */
};

void answer_read(const struct io_fetch_result *result, struct bw_wall now, struct answer *out);

#endif
