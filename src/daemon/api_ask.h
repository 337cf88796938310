/* api_ask.h - an answer that the store's reading thread makes: the loop only asks and hands it on.
 *
 * Owns:    itself once it is started; `destroy` frees the struct it is embedded in.
 * Errors:  the store is unusable or busy: 503 with its words; more than can be answered at once:
 *          413; BW_ENOTFOUND: 404. The client may be gone by then.
 * Threads: `work` runs on the reading thread and touches nothing but its own struct; the rest is
 *          the loop's.
 */
#ifndef BW_DAEMON_API_ASK_H
#define BW_DAEMON_API_ASK_H

#include "daemon/api.h"
#include "storage/store.h"
#include "storage/view.h"

struct api_ask {
	struct http_request *request;
	const char *type;     /* of the answer; NULL: application/json */
	struct bw_buf answer; /* what `work` writes */
	enum bw_status (*work)(struct api_ask *ask, struct store_view *view, struct bw_error *err);
	/* When it is not NULL, instead of handing `answer` on; `error` as in store_question. */
	void (*finish)(struct api_ask *ask, enum bw_status status, const struct bw_error *error);
	void (*destroy)(struct api_ask *ask);
	struct api *api; /* this and the rest is set by api_ask_start() */
	struct io_loop *loop;
	struct bw_mono asked;
};

/* The answer comes later, or it was a problem at once. */
void api_ask_start(struct api *api, struct api_ask *ask);
/* The problem document of a question that failed. */
void api_ask_problem(struct http_request *request, enum bw_status status,
		     const struct bw_error *error);

#endif
