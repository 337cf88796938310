/* top_source.h - what `top` asks the daemon: four questions that may be under way at once.
 *
 * Owns:    the questions; a new one in a slot ends the one before it.
 * Limits:  an answer of at most 64 MiB; none lasts longer than TOP_PATIENCE_US once
 *          top_source_expire() is called now and then.
 * Callback: once for each question that was not replaced, with `result` borrowed.
 * Threads: the loop's.
 */
#ifndef BW_CLI_TOP_SOURCE_H
#define BW_CLI_TOP_SOURCE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/time.h"
#include "io/fetch.h"
#include "io/loop.h"

#define TOP_PATIENCE_US (15 * BW_SECOND_US)

enum top_slot { TOP_DOCUMENT, TOP_HISTORY, TOP_CHECKS, TOP_ORDER, TOP_SLOTS };

struct top_question {
	const char *path; /* begins with a slash */
	const char *etag; /* of the answer that is known; "" for none */
	bool is_post;
};

struct top_source;

/* `result` is NULL when patience ended. `asked` is when the question was put. */
typedef void top_source_answer(void *arg, enum top_slot slot, const struct io_fetch_result *result,
			       struct bw_mono asked);

/* `url` is http://..., https://... or unix:/path, and borrowed. */
struct top_source *top_source_create(struct io_loop *loop, const char *url,
				     top_source_answer *answer, void *arg);
void top_source_destroy(struct top_source *source);
/* BW_EINVAL when the URL is none. */
BW_MUST_USE enum bw_status top_source_ask(struct top_source *source, enum top_slot slot,
					  const struct top_question *question,
					  struct bw_error *err);
bool top_source_is_asking(const struct top_source *source, enum top_slot slot);
void top_source_drop(struct top_source *source, enum top_slot slot);
void top_source_expire(struct top_source *source);
/* A path's segment or a query's value, with what has a meaning of its own as %XX. */
void top_source_encode(struct bw_buf *out, const char *text);

#endif
