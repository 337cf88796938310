/* path.c - where the region's file is, unless somebody says otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

enum bw_status bw_region_default_path(char *out, size_t room)
{
	const char *given = getenv("BELLWETHER_REGION");
	char path[64];

	if (!given || given[0] == '\0') {
		(void)snprintf(path, sizeof(path), "/dev/shm/bellwether-%u/breakers.v%d",
			       (unsigned)geteuid(), SEGMENT_ABI_MAJOR);
		given = path;
	}
	if (!out || strlen(given) >= room)
		return BW_ELIMIT;
	memcpy(out, given, strlen(given) + 1);
	return BW_OK;
}
