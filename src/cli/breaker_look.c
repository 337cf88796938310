/* breaker_look.c - JSON from either side, printed as it is or as lines. */
#include "cli/breaker_look.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include <jansson.h>

#include "cli/ask.h"
#include "cli/breaker_document.h"
#include "cli/breaker_print.h"
#include "cli/breaker_region.h"
#include "cli/breaker_remote.h"
#include "cli/print.h"

typedef void printer(struct cli_lines *lines, const json_t *document);

/* Prints and finishes `document`. */
static int print(struct bw_buf *document, const struct cli_options *options, printer *print_lines)
{
	struct cli_lines lines = { .columns = options->verbose ? SIZE_MAX : CLI_COLUMNS,
				   .ascii = !cli_is_utf8() };
	struct timespec now;
	struct bw_buf buf;
	json_t *root;

	if (options->json) {
		bw_buf_byte(document, '\n');
		cli_out(document);
		return EX_OK;
	}
	root = json_loadb(document->data ? document->data : "", document->len, 0, NULL);
	bw_buf_finish(document);
	if (!json_is_object(root)) {
		json_decref(root);
		cli_fail("the answer is no JSON of breakers; name a daemon with --url");
		return EX_PROTOCOL;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	lines.now.us = now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
	lines.made = lines.now;
	bw_buf_init(&buf, 0);
	lines.buf = &buf;
	print_lines(&lines, root);
	cli_lines_print(&buf, cli_has_color(stdout) && !options->no_color);
	bw_buf_finish(&buf);
	json_decref(root);
	return EX_OK;
}

int breaker_list_run(const struct cli_options *options)
{
	struct breaker_region region;
	struct bw_buf document;
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 0;
	int status;

	bw_buf_init(&document, 0);
	if (options->url) {
		status = cli_ask(options->url, "/api/v1/breakers", &document);
		if (status == EX_OK)
			return print(&document, options, breaker_print_table);
		bw_buf_finish(&document);
		return status;
	}
	status = breaker_region_look(options, &region);
	if (status != EX_OK)
		return status;
	if (!options->json && !(region.region && bw_region_next(region.region, &cursor, name))) {
		breaker_region_print_none(&region);
	} else {
		breaker_document_list(&region, &document);
		status = print(&document, options, breaker_print_table);
	}
	breaker_region_close(&region);
	return status;
}

int breaker_show_run(const struct cli_options *options)
{
	struct breaker_region region;
	struct bw_breaker *breaker;
	struct bw_buf document;
	int status;

	bw_buf_init(&document, 0);
	if (options->url) {
		status = breaker_remote_get(options, options->words[1], &document);
		if (status == EX_OK)
			return print(&document, options, breaker_print_full);
		bw_buf_finish(&document);
		return status;
	}
	status = breaker_region_look(options, &region);
	if (status == EX_OK)
		status = breaker_region_find(&region, options->words[1], &breaker);
	if (status == EX_OK) {
		breaker_document_one(breaker, &document);
		status = print(&document, options, breaker_print_full);
		bw_breaker_close(breaker);
	}
	breaker_region_close(&region);
	return status;
}
