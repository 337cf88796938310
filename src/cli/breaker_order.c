/* breaker_order.c - gives the order, then says what became of the breaker. */
#include "cli/breaker_order.h"

#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "base/display.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/ask.h"
#include "cli/breaker_document.h"
#include "cli/breaker_region.h"
#include "cli/breaker_remote.h"
#include "cli/overview.h"
#include "cli/print.h"
#include "config/units.h"

enum { JSON_MAX = 64 };

static const struct order {
	const char *name;
	enum bw_status (*give)(struct bw_breaker *breaker); /* NULL: open-for */
} orders[] = {
	{ "disable", bw_breaker_disable },           { "enable", bw_breaker_enable },
	{ "force-open", bw_breaker_force_open },     { "open-for", NULL },
	{ "metrics-only", bw_breaker_metrics_only }, { "reset", bw_breaker_reset },
};

static const struct order *find_order(const char *name)
{
	const struct order *order = orders;

	while (strcmp(order->name, name) != 0)
		order++;
	return order;
}

/* "vendor: closed (was open)" */
static void print_change(const char *name, const char *state, const char *before)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_display_append(&buf, name, strlen(name));
	bw_buf_text(&buf, ": ");
	bw_display_append(&buf, state, strlen(state));
	if (before && strcmp(before, state) != 0)
		bw_buf_format(&buf, " (was %s)", before);
	bw_buf_byte(&buf, '\n');
	cli_out(&buf);
}

static int give(struct bw_breaker *breaker, const struct cli_options *options, int64_t duration_us)
{
	const struct order *order = find_order(options->words[0]);
	struct bw_breaker_snapshot before, after;
	enum bw_status status;
	struct bw_buf document;

	bw_breaker_snapshot(breaker, &before);
	status = order->give ? order->give(breaker) : bw_breaker_open_for(breaker, duration_us);
	if (status != BW_OK) {
		cli_fail("%s: the order was not given: %s", bw_breaker_name(breaker),
			 bw_status_text(status));
		return status == BW_EACCES ? EX_NOPERM : EX_UNAVAILABLE;
	}
	bw_breaker_snapshot(breaker, &after);
	if (options->json) {
		bw_buf_init(&document, 0);
		breaker_document_one(breaker, &document);
		bw_buf_byte(&document, '\n');
		cli_out(&document);
	} else if (!options->quiet) {
		print_change(bw_breaker_name(breaker), bw_breaker_state_text(after.state),
			     bw_breaker_state_text(before.state));
	}
	return EX_OK;
}

static int give_all(const struct breaker_region *region, const struct cli_options *options)
{
	char name[BW_BREAKER_NAME_MAX + 1];
	struct bw_breaker *breaker;
	size_t cursor = 0;
	int status = EX_OK;

	while (status == EX_OK && bw_region_next(region->region, &cursor, name)) {
		if (bw_breaker_find(region->region, name, &breaker, NULL) != BW_OK)
			continue;
		status = give(breaker, options, 0);
		bw_breaker_close(breaker);
	}
	return status;
}

static int order_region(const struct cli_options *options, int64_t duration_us)
{
	struct breaker_region region;
	struct bw_breaker *breaker;
	int status = breaker_region_order(options, &region);

	if (status == EX_OK && options->all)
		status = give_all(&region, options);
	else if (status == EX_OK)
		status = breaker_region_find(&region, options->words[1], &breaker);
	if (status == EX_OK && !options->all) {
		status = give(breaker, options, duration_us);
		bw_breaker_close(breaker);
	}
	breaker_region_close(&region);
	return status;
}

static void print_answer(const struct bw_buf *body, const struct cli_options *options)
{
	json_t *root = json_loadb(body->data ? body->data : "", body->len, 0, NULL), *breaker;
	const char *name;
	struct bw_buf copy;

	if (options->json) {
		bw_buf_init(&copy, 0);
		bw_buf_append(&copy, body->data, body->len);
		bw_buf_byte(&copy, '\n');
		cli_out(&copy);
	} else if (options->all && !options->quiet) {
		json_object_foreach(json_object_get(root, "breakers"), name, breaker)
			print_change(name, cli_text_at(breaker, "state"), NULL);
	} else if (!options->quiet) {
		print_change(options->words[1],
			     cli_text_at(json_object_get(root, "breaker"), "state"), NULL);
	}
	json_decref(root);
}

static int reset_all(const struct cli_options *options, struct bw_buf *body)
{
	const struct cli_request request = { .method = "POST",
					     .path = "/health/circuit-breakers/reset-all" };
	int http_status = 0, status = cli_ask_for(options->url, &request, body, &http_status);

	if (status != EX_OK || http_status == 200)
		return status;
	cli_fail("%s answers with HTTP status %d; name a daemon with --url", options->url,
		 http_status);
	return EX_PROTOCOL;
}

static int order_daemon(const struct cli_options *options, int64_t duration_us)
{
	char json[JSON_MAX], number[BW_NUMBER_TEXT_MAX];
	struct bw_buf body;
	int status;

	bw_buf_init(&body, 0);
	(void)bw_double_text((double)duration_us / BW_SECOND_US, number);
	bw_text_format(json, sizeof json, "{\"seconds\": %s}", number);
	if (options->all)
		status = reset_all(options, &body);
	else
		status = breaker_remote_order(options, options->words[0],
					      duration_us >= 0 ? json : NULL, &body);
	if (status == EX_OK)
		print_answer(&body, options);
	bw_buf_finish(&body);
	return status;
}

int breaker_order_run(const struct cli_options *options)
{
	bool is_reset = strcmp(options->words[0], "reset") == 0;
	int64_t duration_us = -1;

	if (options->all && (!is_reset || options->word_count > 1)) {
		cli_fail("breaker %s: --all is for `breaker reset --all`", options->words[0]);
		return EX_USAGE;
	}
	if (!options->all && options->word_count < 2) {
		cli_fail("breaker reset: which one? write breaker reset NAME, or --all");
		return EX_USAGE;
	}
	if (options->word_count > 2 &&
	    config_duration_parse(options->words[2], &duration_us) != BW_OK) {
		cli_fail("breaker open-for: `%s` is no duration; write 30s, 5m or 1h30m",
			 options->words[2]);
		return EX_USAGE;
	}
	return options->url ? order_daemon(options, duration_us)
			    : order_region(options, duration_us);
}
