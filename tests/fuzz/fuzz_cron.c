/* fuzz_cron.c - a schedule, in UTC: what it finds next is what it finds back, and nothing lies
 * between.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "time/cron.h"

enum { TEXT_MAX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bw_wall after = { 1767225600 * BW_SECOND_US }, next, back;
	char text[TEXT_MAX + 1];
	struct bw_error err;
	struct zone *zone;
	struct cron cron;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (cron_parse(text, &cron, &err) != BW_OK) {
		if (!*err.text)
			abort();
		return 0;
	}
	if (zone_open("UTC", &zone, NULL) != BW_OK)
		abort();
	for (int i = 0; i < 5 && cron_next(&cron, zone, after, &next); i++, after = next)
		if (next.us <= after.us || next.us % (60 * BW_SECOND_US) != 0 ||
		    !cron_previous(&cron, zone, next, &back) || back.us != next.us)
			abort();
	zone_close(zone);
	return 0;
}
