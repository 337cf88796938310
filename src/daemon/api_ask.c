/* api_ask.c - see api_ask.h. */
#include "daemon/api_ask.h"

static int http_status_of(enum bw_status status)
{
	switch (status) {
	case BW_ENOTFOUND:
		return 404;
	case BW_ELIMIT:
		return 413;
	default:
		return 503;
	}
}

void api_ask_problem(struct http_request *request, enum bw_status status,
		     const struct bw_error *error)
{
	http_respond_problem(request, http_status_of(status), "%s",
			     error != NULL && error->text[0] != '\0' ? error->text
								     : bw_status_text(status));
}

static void respond(struct api_ask *ask, enum bw_status status, const struct bw_error *error)
{
	if (status != BW_OK)
		api_ask_problem(ask->request, status, error);
	else if (ask->type == NULL)
		api_respond_json(ask->request, 200, &ask->answer);
	else
		api_respond_text(ask->request, 200, ask->type, &ask->answer);
}

static enum bw_status on_work(void *arg, struct store_view *view, struct bw_error *err)
{
	struct api_ask *ask = arg;

	return ask->work(ask, view, err);
}

static void finish(struct api_ask *ask, enum bw_status status, const struct bw_error *error)
{
	durations_add(&ask->api->questions, bw_mono_since(io_loop_mono(ask->loop), ask->asked));
	ask->api->questions_failed += status != BW_OK && status != BW_ENOTFOUND;
	if (ask->finish != NULL)
		ask->finish(ask, status, error);
	else
		respond(ask, status, error);
	bw_buf_finish(&ask->answer);
	ask->destroy(ask);
}

static void on_done(void *arg, enum bw_status status, const struct bw_error *error)
{
	finish(arg, status, error);
}

void api_ask_start(struct api *api, struct api_ask *ask)
{
	const struct store_question question = { .work = on_work, .done = on_done, .arg = ask };
	struct store *store = engine_store(api->engine);
	struct bw_error err;

	bw_buf_init(&ask->answer, 0);
	ask->api = api;
	ask->loop = engine_loop(api->engine);
	ask->asked = io_loop_mono(ask->loop);
	if (store != NULL && store_ask(store, &question) == BW_OK)
		return;
	/* The queue is full, which is not the asker's fault: no BW_ELIMIT. */
	enum bw_status status =
		store == NULL ? bw_fail(&err, BW_EIO, "no history is kept")
			      : bw_fail(&err, BW_EIO,
					"too many questions about the history are waiting; try "
					"again");
	finish(ask, status, &err);
}
