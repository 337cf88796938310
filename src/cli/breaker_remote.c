/* breaker_remote.c - a question, and where the name is wrong, the list for a guess. */
#include "cli/breaker_remote.h"

#include <sysexits.h>

#include <jansson.h>

#include "cli/ask.h"
#include "cli/overview.h"
#include "cli/print.h"
#include "cli/top_source.h"
#include "config/guess.h"

static void complain_of_name(const struct cli_options *options, const char *name)
{
	struct config_guess guess;
	struct bw_buf body;
	json_t *root = NULL, *member;
	const char *key;

	config_guess_init(&guess, name);
	bw_buf_init(&body, 0);
	if (cli_ask(options->url, "/api/v1/breakers", &body) == EX_OK)
		root = json_loadb(body.data ? body.data : "", body.len, 0, NULL);
	json_object_foreach(json_object_get(root, "breakers"), key, member)
		config_guess_add(&guess, key);
	cli_fail("%s has no breaker `%s`%s%s%s", options->url, name,
		 guess.best ? "; did you mean `" : "; `bellwether breaker list` shows them",
		 guess.best ? guess.best : "", guess.best ? "`?" : "");
	json_decref(root);
	bw_buf_finish(&body);
}

/* What the daemon says of it, or its status. */
static int refuse(const struct cli_options *options, const struct bw_buf *body, int http_status)
{
	json_t *problem = json_loadb(body->data ? body->data : "", body->len, 0, NULL);
	const char *detail = cli_text_at(problem, "detail");

	if (*detail)
		cli_fail("%s refuses: %s", options->url, detail);
	else
		cli_fail("%s answers with HTTP status %d; name a daemon with --url", options->url,
			 http_status);
	json_decref(problem);
	return EX_PROTOCOL;
}

static int ask(const struct cli_options *options, const char *name,
	       const struct cli_request *request, struct bw_buf *body)
{
	int http_status = 0, status = cli_ask_for(options->url, request, body, &http_status);

	if (status != EX_OK || http_status == 200)
		return status;
	if (http_status == 404) {
		complain_of_name(options, name);
		return EX_NOINPUT;
	}
	return refuse(options, body, http_status);
}

static void begin_path(struct bw_buf *path, const char *name)
{
	bw_buf_init(path, 0);
	bw_buf_text(path, "/api/v1/breakers/");
	top_source_encode(path, name);
}

int breaker_remote_get(const struct cli_options *options, const char *name, struct bw_buf *body)
{
	struct cli_request request = { .method = "GET" };
	struct bw_buf path;
	int status;

	begin_path(&path, name);
	request.path = path.data;
	status = ask(options, name, &request, body);
	bw_buf_finish(&path);
	return status;
}

int breaker_remote_order(const struct cli_options *options, const char *order, const char *json,
			 struct bw_buf *body)
{
	struct cli_request request = { .method = "POST", .json = json };
	struct bw_buf path;
	int status;

	begin_path(&path, options->words[1]);
	bw_buf_format(&path, "/%s", order);
	request.path = path.data;
	status = ask(options, options->words[1], &request, body);
	bw_buf_finish(&path);
	return status;
}
