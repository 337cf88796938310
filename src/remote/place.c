/* place.c - a small JSON object, written and read in one fixed form. */
#include "remote/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, https://datatracker.ietf.org/doc/html/draft-eastlake-fnv; 63 bits, as ids are signed. */
uint64_t place_id(const char *target)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const unsigned char *byte = (const unsigned char *)target; *byte != '\0'; byte++)
		hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
	return hash & INT64_MAX;
}

void place_encode(const struct place *place, struct bw_buf *out)
{
	bw_buf_format(out,
		      "{\"sent_ms\":%" PRId64 ",\"through_ms\":%" PRId64 ",\"lost_ms\":%" PRIu64
		      ",\"rejected\":%" PRIu64 "}",
		      place->sent_ms, place->through_ms, place->lost_ms, place->rejected);
}

enum bw_status place_decode(const char *text, struct place *out)
{
	struct place place;
	int end = 0;

	if (sscanf(text,
		   "{\"sent_ms\":%" SCNd64 ",\"through_ms\":%" SCNd64 ",\"lost_ms\":%" SCNu64
		   ",\"rejected\":%" SCNu64 "}%n",
		   &place.sent_ms, &place.through_ms, &place.lost_ms, &place.rejected, &end) != 4 ||
	    end == 0 || text[end] != '\0' || place.sent_ms < 0)
		return BW_EPARSE;
	*out = place;
	return BW_OK;
}
