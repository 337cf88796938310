/* bench_document.c - what a change costs: the document of 10,000 components, anew after one change.
 *
 * Peer: one memcpy() of the same bytes, in the same run. Prints one JSON line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/dashboard.h"

enum { COMPONENTS = 10000, POINTS = 2880, ROUNDS = 300 };

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void need(enum bw_status status)
{
	if (status != BW_OK)
		exit(1);
}

static void change(struct bw_dashboard *dashboard, int i, int round)
{
	const struct bw_component_view view = {
		.status = round % 7 ? "healthy" : "degraded",
		.has_response_time = true,
		.response_time_ms = bw_number_from_double(12.5 + round % 100),
		.last_check = "2026-03-02T14:30:33.532275+00:00",
		.error = round % 7 ? NULL : "answered in 1,204 ms; 1,000 ms allowed",
		.extra_members = "\"kind\":\"http\",\"group\":\"storage\",\"critical\":false",
	};
	char name[32];

	(void)snprintf(name, sizeof(name), "component-%05d", i);
	need(bw_dashboard_set_component(dashboard, name, &view));
}

static struct bw_dashboard *build(void)
{
	const struct bw_dashboard_config config = {
		.thresholds = bw_dashboard_config_default.thresholds,
		.refresh_interval_s = 30,
		.retention_hours = 24,
	};
	struct bw_dashboard *dashboard;

	need(bw_dashboard_create(&config, &dashboard));
	for (int i = 0; i < COMPONENTS; i++)
		change(dashboard, i, 1);
	for (int i = 0; i < POINTS; i++)
		need(bw_dashboard_sample(dashboard, (struct bw_wall){ i * 30 * BW_SECOND_US },
					 NULL));
	return dashboard;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *times)
{
	qsort(times, ROUNDS, sizeof(*times), compare);
	return times[ROUNDS / 2];
}

/* Into the same buffer each time, or into a new one as for a document that readers still hold. */
static double measure(struct bw_dashboard *dashboard, struct bw_buf *out, bool anew)
{
	static double times[ROUNDS];
	const struct bw_document_options options = { .now = { INT64_C(1772461800000000) } };

	for (int round = 0; round < ROUNDS; round++) {
		double start;

		if (anew)
			bw_buf_finish(out);
		start = now_us();
		change(dashboard, (round * 7919) % COMPONENTS, round);
		bw_buf_clear(out);
		bw_dashboard_write(dashboard, &options, out);
		times[round] = now_us() - start;
		need(out->status);
	}
	return median(times);
}

static double measure_copy(const struct bw_buf *document)
{
	static double times[ROUNDS];
	char *copy = malloc(document->len);

	if (!copy)
		exit(1);
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_us();

		memcpy(copy, document->data, document->len);
		__asm__ volatile("" : : "r"(copy) : "memory");
		times[round] = now_us() - start;
	}
	free(copy);
	return median(times);
}

int main(void)
{
	struct bw_dashboard *dashboard = build();
	struct bw_buf out;
	double rebuild, anew, copy;

	bw_buf_init(&out, 0);
	anew = measure(dashboard, &out, true);
	rebuild = measure(dashboard, &out, false);
	copy = measure_copy(&out);
	printf("{\"bench\":\"document.rebuild_%d_components\",\"value\":%.3f,\"unit\":\"ms\","
	       "\"limit\":5,\"better\":\"lower\",\"bytes\":%zu,\"new_buffer_us\":%.1f,"
	       "\"memcpy_us\":%.1f,\"over_memcpy\":%.2f}\n",
	       COMPONENTS, rebuild / 1000, out.len, anew, copy, rebuild / copy);
	bw_buf_finish(&out);
	bw_dashboard_destroy(dashboard);
	return 0;
}
