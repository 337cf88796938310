/* fuzz_zone.c - the bytes of a TZif file: whatever is read from them, times there and back agree.
 *
 * A moment whose local time comes first then is given back; every other one is given back as an
 * earlier moment of the same local time, or as a change.
 */
#include <stdint.h>
#include <stdlib.h>

#include "time/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_moment(const struct zone *zone, int64_t seconds)
{
	struct bw_wall at = { seconds * BW_SECOND_US }, back;
	struct zone_time local;

	zone_local(zone, at, &local);
	if (local.month < 1 || local.month > 12 || local.day < 1 || local.day > 31 ||
	    local.hour > 23 || local.weekday > 6)
		abort();
	back = zone_moment(zone, &local);
	if (back.us > at.us)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = { 0, -1, 1767225600, 1782864000, 4102444800, -2208988800 };
	struct zone *zone;

	if (zone_parse("Fuzz", data, size, &zone, NULL) != BW_OK)
		return 0;
	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
		try_moment(zone, moments[i]);
	zone_close(zone);
	return 0;
}
