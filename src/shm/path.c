/* path.c - where the region's file is, unless somebody says otherwise. */
#include "shm/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bellwether/breaker.h>

#include "shm/segment.h"

enum { OWN_PATH_MAX = 64 };

static void put_own(char out[OWN_PATH_MAX])
{
	(void)snprintf(out, OWN_PATH_MAX, "/dev/shm/bellwether-%u/breakers.v%d",
		       (unsigned)geteuid(), SEGMENT_ABI_MAJOR);
}

bool bw_path_is_own(const char *path)
{
	char own[OWN_PATH_MAX];

	put_own(own);
	return strcmp(path, own) == 0;
}

enum bw_status bw_region_default_path(char *out, size_t room)
{
	const char *given = getenv("BELLWETHER_REGION");
	char own[OWN_PATH_MAX];

	if (!given || given[0] == '\0') {
		put_own(own);
		given = own;
	}
	if (!out || strlen(given) >= room)
		return BW_ELIMIT;
	memcpy(out, given, strlen(given) + 1);
	return BW_OK;
}
