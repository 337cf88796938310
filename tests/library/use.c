/* use.c - a host program: one source that is C11, C17 and C++17. Prints "ok" when breaker and
 * dashboard did what their headers say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bellwether/breaker.h>
#include <bellwether/dashboard.h>

static int fail(const char *what)
{
	fprintf(stderr, "failed: %s\n", what);
	return 1;
}

static int64_t frozen(void *arg)
{
	return *(const int64_t *)arg;
}

static int use_breaker(struct bw_region *region)
{
	struct bw_breaker *breaker = NULL;
	struct bw_breaker_snapshot snapshot;
	struct bw_breaker_ticket ticket;
	int calls = 0;

	if (bw_breaker_open(region, "vendor", NULL, &breaker, NULL) != BW_OK)
		return fail("bw_breaker_open");
	for (ticket = bw_breaker_acquire(breaker); bw_breaker_ticket_admitted(ticket);
	     ticket = bw_breaker_acquire(breaker)) {
		bw_breaker_record(breaker, ticket, BW_BREAKER_FAILURE, 1000);
		calls++;
	}
	bw_breaker_snapshot(breaker, &snapshot);
	if (calls != 5 || snapshot.state != BW_BREAKER_OPEN)
		return fail("the fifth failure opens");
	if (bw_breaker_ticket_retry_after_us(ticket) != 60000000)
		return fail("retry after a minute");
	bw_breaker_close(breaker);
	return 0;
}

static int use_region(enum bw_region_mode mode, const char *path)
{
	int64_t now_us = 1000000000;
	struct bw_clock clock = { frozen, NULL, frozen, NULL, &now_us };
	struct bw_region_options options;
	struct bw_region *region = NULL;
	struct bw_error err;
	int status;

	memset(&options, 0, sizeof(options));
	options.mode = mode;
	options.fallback = BW_REGION_ERROR;
	options.path = path;
	options.clock = &clock;
	if (bw_region_open(&options, &region, &err) != BW_OK)
		return fail(err.text);
	status = use_breaker(region);
	bw_region_close(region);
	return status;
}

static int use_dashboard(void)
{
	struct bw_dashboard_config config = bw_dashboard_config_default;
	struct bw_wall now = { INT64_C(1772461800000000) };
	struct bw_dashboard *dashboard = NULL;
	struct bw_component_view view;
	char *document = NULL;
	int found;

	config.start = now;
	memset(&view, 0, sizeof(view));
	view.status = "healthy";
	view.has_response_time = true;
	view.response_time_ms = bw_number_from_double(12.5);
	if (bw_dashboard_create(&config, &dashboard) != BW_OK ||
	    bw_dashboard_set_component(dashboard, "database", &view) != BW_OK ||
	    bw_dashboard_document(dashboard, now, &document, NULL, NULL) != BW_OK)
		return fail("bw_dashboard_document");
	found = strstr(document, "\"availability_percentage\":100.0") != NULL;
	free(document);
	bw_dashboard_destroy(dashboard);
	return found ? 0 : fail("availability");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 64;
	if (use_region(BW_REGION_PRIVATE, NULL) || use_region(BW_REGION_SHARED, argv[1]) ||
	    use_dashboard())
		return 1;
	puts("ok");
	return 0;
}
