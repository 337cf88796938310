/* durations.c - see durations.h. */
#include "daemon/durations.h"

#include <inttypes.h>

#include "daemon/metrics_text.h"

static const struct {
	int64_t us;
	const char *text; /* in seconds */
} limits[DURATION_LIMITS] = {
	{ 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" },
	{ 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" },
	{ 100000, "0.1" }, { 250000, "0.25" }, { 1000000, "1" },
};

void durations_add(struct durations *durations, int64_t us)
{
	size_t nth = 0;

	while (nth < DURATION_LIMITS && us > limits[nth].us)
		nth++;
	durations->counts[nth]++;
	durations->sum_us += us;
}

void durations_write(const struct durations *durations, const char *family, const char *help,
		     struct bw_buf *out)
{
	uint64_t count = 0;

	metrics_head(out, family, "histogram", help);
	for (size_t i = 0; i < DURATION_LIMITS; i++) {
		count += durations->counts[i];
		bw_buf_format(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", family, limits[i].text,
			      count);
	}
	count += durations->counts[DURATION_LIMITS];
	bw_buf_format(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum", family, count, family);
	metrics_value(out, (double)durations->sum_us / 1e6);
	bw_buf_format(out, "%s_count %" PRIu64 "\n", family, count);
}
