/* kind_case.c - parse, decode, prepare: the way of the daemon without its components. */
#include "support/kind_case.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/xalloc.h"
#include "checks/kind.h"
#include "config/decode.h"
#include "config/document.h"
#include "config/report.h"

struct parts {
	struct bw_arena *arena;
	struct config_complaints *complaints;
	struct config_document *document;
};

static void prepare(struct kind_case *kind_case, const struct check_kind *kind, void *settings,
		    const char *text)
{
	struct parts *parts = kind_case->parts;
	struct config_decoder decoder = { parts->arena, parts->complaints };
	const struct config_node *root;

	parts->document = config_document_parse("case.yaml", text, strlen(text), parts->complaints);
	root = config_document_root(parts->document);
	config_decode_fields(&decoder, root, kind->fields, settings);
	if (config_error_count(parts->complaints) == 0)
		kind_case->check = check_create(kind_case->loop, kind, "case", settings,
						&kind_case->common, parts->complaints, root);
}

struct kind_case *kind_case_create(struct io_loop *loop, const struct check_kind *kind,
				   const char *settings)
{
	struct kind_case *kind_case = xcalloc(1, sizeof(*kind_case));
	struct parts *parts = xcalloc(1, sizeof(*parts));

	kind_case->loop = loop;
	kind_case->common.timeout_us = 5 * BW_SECOND_US;
	kind_case->parts = parts;
	parts->arena = bw_arena_create(0);
	parts->complaints = config_complaints_create("case.yaml");
	prepare(kind_case, kind, xarena_alloc(parts->arena, kind->settings_size), settings);
	kind_case->report = config_complaints_report(parts->complaints);
	return kind_case;
}

void kind_case_destroy(struct kind_case *kind_case)
{
	struct parts *parts;

	if (!kind_case)
		return;
	parts = kind_case->parts;
	check_destroy(kind_case->check);
	config_complaints_destroy(parts->complaints);
	config_document_destroy(parts->document);
	bw_arena_destroy(parts->arena);
	free(parts);
	free(kind_case->report);
	free(kind_case->details);
	free(kind_case);
}

static void on_result(void *arg, const struct check_result *result)
{
	struct kind_case *kind_case = arg;

	kind_case->results++;
	kind_case->result = *result;
	free(kind_case->details);
	kind_case->details = xstrdup(result->details);
	kind_case->result.details = kind_case->details;
	if (kind_case->on_result)
		kind_case->on_result(kind_case->arg);
}

void kind_case_start(struct kind_case *kind_case)
{
	check_start(kind_case->check, on_result, kind_case);
}
