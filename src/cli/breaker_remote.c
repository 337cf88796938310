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

int breaker_remote(const struct cli_options *options, const char *method, const char *name,
		   const char *rest, struct bw_buf *body)
{
	int status, http_status = 0;
	struct bw_buf path;

	bw_buf_init(&path, 0);
	bw_buf_text(&path, "/api/v1/breakers/");
	top_source_encode(&path, name);
	bw_buf_text(&path, rest);
	status = cli_ask_for(options->url, method, path.data, body, &http_status);
	bw_buf_finish(&path);
	if (status != EX_OK || http_status == 200)
		return status;
	if (http_status == 404) {
		complain_of_name(options, name);
		return EX_NOINPUT;
	}
	return refuse(options, body, http_status);
}
