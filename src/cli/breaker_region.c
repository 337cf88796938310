/* breaker_region.c - looks first, so that a command never makes a region of its own. */
#include "cli/breaker_region.h"

#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/display.h"
#include "base/text.h"
#include "cli/print.h"
#include "config/guess.h"

static int exit_of(enum bw_status status)
{
	switch (status) {
	case BW_EACCES:
		return EX_NOPERM;
	case BW_ENOTFOUND:
		return EX_NOINPUT;
	case BW_ENOMEM:
		return EX_OSERR;
	default:
		return EX_UNAVAILABLE;
	}
}

static int find_path(const struct cli_options *options, struct breaker_region *out)
{
	*out = (struct breaker_region){ 0 };
	if (!options->region) {
		if (bw_region_default_path(out->path, sizeof out->path) == BW_OK)
			return EX_OK;
	} else if (strlen(options->region) < sizeof out->path) {
		bw_text_format(out->path, sizeof out->path, "%s", options->region);
		return EX_OK;
	}
	cli_fail("the region's path is longer than %d bytes; name another with --region",
		 BREAKER_PATH_MAX - 1);
	return EX_USAGE;
}

static enum bw_status open_as(struct breaker_region *out, enum bw_region_mode mode,
			      struct bw_error *err)
{
	const struct bw_region_options options = {
		.mode = mode,
		.fallback = BW_REGION_ERROR,
		.path = out->path,
		.serial = true,
	};

	return bw_region_open(&options, &out->region, err);
}

int breaker_region_look(const struct cli_options *options, struct breaker_region *out)
{
	struct bw_error err = { 0 };
	int found = find_path(options, out);
	enum bw_status status;

	if (found != EX_OK)
		return found;
	status = open_as(out, BW_REGION_READ_ONLY, &err);
	if (status == BW_OK || status == BW_ENOTFOUND)
		return EX_OK;
	cli_fail("%s", err.text[0] ? err.text : bw_status_text(status));
	return exit_of(status);
}

int breaker_region_order(const struct cli_options *options, struct breaker_region *out)
{
	struct bw_error err = { 0 };
	int looked = breaker_region_look(options, out);
	enum bw_status status;

	if (looked != EX_OK)
		return looked;
	if (!out->region) {
		cli_fail("there are no breakers yet: nobody on this host has opened one (looked in "
			 "%s)",
			 out->path);
		return EX_NOINPUT;
	}
	bw_region_close(out->region);
	out->region = NULL;
	status = open_as(out, BW_REGION_SHARED, &err);
	if (status == BW_OK)
		return EX_OK;
	cli_fail("no orders can be given: %s", err.text[0] ? err.text : bw_status_text(status));
	return exit_of(status);
}

void breaker_region_close(struct breaker_region *region)
{
	bw_region_close(region->region);
	region->region = NULL;
}

static void complain_of_name(const struct breaker_region *region, const char *name)
{
	char names[BW_BREAKER_NAME_MAX + 1], best[BW_BREAKER_NAME_MAX + 1] = "";
	struct config_guess guess;
	size_t cursor = 0;

	config_guess_init(&guess, name);
	while (region->region && bw_region_next(region->region, &cursor, names)) {
		config_guess_add(&guess, names);
		if (guess.best == names)
			bw_text_format(best, sizeof best, "%s", names);
		guess.best = *best ? best : NULL;
	}
	if (*best)
		cli_fail("there is no breaker `%s`; did you mean `%s`?", name, best);
	else
		cli_fail("there is no breaker `%s`; `bellwether breaker list` shows them", name);
}

int breaker_region_find(const struct breaker_region *region, const char *name,
			struct bw_breaker **out)
{
	struct bw_error err = { 0 };
	enum bw_status status = BW_ENOTFOUND;

	if (region->region)
		status = bw_breaker_find(region->region, name, out, &err);
	if (status == BW_OK)
		return EX_OK;
	if (status == BW_ENOTFOUND || status == BW_EINVAL) {
		complain_of_name(region, name);
		return EX_NOINPUT;
	}
	cli_fail("%s", err.text[0] ? err.text : bw_status_text(status));
	return exit_of(status);
}

void breaker_region_print_none(const struct breaker_region *region)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, "no breakers yet: nobody on this host has opened one (looked in ");
	bw_display_append(&buf, region->path, strlen(region->path));
	bw_buf_text(&buf, ")\n");
	cli_out(&buf);
}
