/* place.c - a small JSON object, written and read in one fixed form. */
#include "remote/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
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

/* Behind `key`; *text goes behind the number. */
static bool get_number(const char **text, const char *key, unsigned long long *out)
{
	const size_t len = strlen(key);
	char *end;

	if (strncmp(*text, key, len) != 0 || (*text)[len] < '0' || (*text)[len] > '9')
		return false;
	errno = 0;
	*out = strtoull(*text + len, &end, 10);
	*text = end;
	return errno == 0;
}

enum bw_status place_decode(const char *text, struct place *out)
{
	unsigned long long sent_ms, through_ms, lost_ms, rejected;

	if (!get_number(&text, "{\"sent_ms\":", &sent_ms) ||
	    !get_number(&text, ",\"through_ms\":", &through_ms) ||
	    !get_number(&text, ",\"lost_ms\":", &lost_ms) ||
	    !get_number(&text, ",\"rejected\":", &rejected) || strcmp(text, "}") != 0 ||
	    sent_ms > INT64_MAX || through_ms > INT64_MAX)
		return BW_EPARSE;
	*out = (struct place){ .sent_ms = (int64_t)sent_ms,
			       .through_ms = (int64_t)through_ms,
			       .lost_ms = lost_ms,
			       .rejected = rejected };
	return BW_OK;
}
