/* zone.c - a table of changes and, behind its end, the footer's rule.
 *
 * A TZif file of version 2 and later holds its data twice: for readers of 32 bits, which is skipped
 * here, then for 64 bits, with a footer. What counts as one moment is defined by one function, the
 * local time that belongs to each moment: zone_moment_s() is the first one whose local time is not
 * before the one asked for, which is the change itself where a time is left out and the first of
 * two where it comes twice.
 *
 * Files that count leap seconds are refused: their moments are not those of the system's clock.
 */
#include "time/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "time/civil.h"
#include "time/footer.h"
#include "time/zone_impl.h"

enum {
	DAY_S = 86400,
	HEADER_BYTES = 44,
	FILE_BYTES_MAX = 1 << 20,
	CHANGES_MAX = 20000,
	TYPES_MAX = 256,
	TYPE_BYTES = 6,
	NAME_BYTES_MAX = 128,
	FOOTER_BYTES_MAX = 256,
};

/* Beyond this many seconds the calendar ends (CIVIL_YEAR_MAX). */
#define SECONDS_MAX (INT64_C(190000) * 365 * DAY_S)

static const char standard_folder[] = "/usr/share/zoneinfo";

struct zone {
	char *name;
	int64_t *changes; /* ascending */
	uint8_t *types;   /* of each change: index into offsets */
	size_t change_count;
	int offsets[TYPES_MAX]; /* the first is that of all times before the first change */
	bool has_footer;
	struct footer footer;
};

struct header {
	char version;
	uint32_t utc_flags, wall_flags, leaps, changes, types, letters;
};

/* --- reading --- */

static uint32_t big_endian_32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int64_t big_endian(const unsigned char *bytes, size_t size)
{
	if (size == 4)
		return (int32_t)big_endian_32(bytes);
	return (int64_t)((uint64_t)big_endian_32(bytes) << 32 | big_endian_32(bytes + 4));
}

static bool read_header(const unsigned char *bytes, size_t len, struct header *out)
{
	if (len < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0)
		return false;
	*out = (struct header){
		.version = (char)bytes[4],
		.utc_flags = big_endian_32(bytes + 20),
		.wall_flags = big_endian_32(bytes + 24),
		.leaps = big_endian_32(bytes + 28),
		.changes = big_endian_32(bytes + 32),
		.types = big_endian_32(bytes + 36),
		.letters = big_endian_32(bytes + 40),
	};
	return out->changes <= CHANGES_MAX && out->types >= 1 && out->types <= TYPES_MAX &&
	       out->leaps <= CHANGES_MAX && out->letters <= CHANGES_MAX &&
	       out->utc_flags <= TYPES_MAX && out->wall_flags <= TYPES_MAX;
}

static size_t data_bytes(const struct header *header, size_t time_size)
{
	return HEADER_BYTES + header->changes * (time_size + 1) + header->types * TYPE_BYTES +
	       header->letters + header->leaps * (time_size + 4) + header->wall_flags +
	       header->utc_flags;
}

/* The changes ascend and their types exist; NULL, else what is wrong. */
static const char *read_changes(const unsigned char *bytes, const struct header *header,
				size_t time_size, struct zone *zone)
{
	zone->change_count = header->changes;
	zone->changes = xcalloc(zone->change_count + 1, sizeof *zone->changes);
	zone->types = xcalloc(zone->change_count + 1, sizeof *zone->types);
	memcpy(zone->types, bytes + zone->change_count * time_size, zone->change_count);
	for (size_t i = 0; i < zone->change_count; i++) {
		zone->changes[i] = big_endian(bytes + i * time_size, time_size);
		if (i > 0 && zone->changes[i] <= zone->changes[i - 1])
			return "its changes are not in order";
		if (zone->types[i] >= header->types)
			return "a change has no type";
	}
	return NULL;
}

static const char *read_types(const unsigned char *bytes, const struct header *header,
			      struct zone *zone)
{
	for (size_t i = 0; i < header->types; i++) {
		zone->offsets[i] = (int32_t)big_endian_32(bytes + i * TYPE_BYTES);
		if (zone->offsets[i] > ZONE_OFFSET_MAX_S || zone->offsets[i] < -ZONE_OFFSET_MAX_S)
			return "an offset is longer than a day";
	}
	return NULL;
}

static const char *read_footer(const unsigned char *bytes, size_t len, struct zone *zone)
{
	const unsigned char *end;

	if (len == 0 || *bytes != '\n')
		return "its last line is missing";
	end = memchr(bytes + 1, '\n', len - 1 < FOOTER_BYTES_MAX ? len - 1 : FOOTER_BYTES_MAX);
	if (!end)
		return "its last line has no end";
	zone->has_footer = end > bytes + 1;
	if (zone->has_footer &&
	    !footer_parse((const char *)bytes + 1, (size_t)(end - bytes - 1), &zone->footer))
		return "the rule in its last line is none";
	return NULL;
}

static const char *read_data(const unsigned char *bytes, size_t len, struct zone *zone)
{
	struct header header;
	size_t time_size = 4, size;
	const char *trouble;

	if (!read_header(bytes, len, &header))
		return "it is no TZif file";
	if (header.version >= '2') {
		size = data_bytes(&header, time_size);
		time_size = 8;
		if (size > len || !read_header(bytes + size, len - size, &header))
			return "it is cut off";
		bytes += size;
		len -= size;
	}
	size = data_bytes(&header, time_size);
	if (size > len)
		return "it is cut off";
	if (header.leaps > 0)
		return "it counts leap seconds, which the clock does not; use the zone without "
		       "`right/`";
	trouble = read_changes(bytes + HEADER_BYTES, &header, time_size, zone);
	if (!trouble)
		trouble = read_types(bytes + HEADER_BYTES + header.changes * (time_size + 1),
				     &header, zone);
	if (!trouble && header.version >= '2')
		trouble = read_footer(bytes + size, len - size, zone);
	return trouble;
}

enum bw_status zone_parse(const char *name, const void *bytes, size_t len, struct zone **out,
			  struct bw_error *err)
{
	struct zone *zone = xcalloc(1, sizeof *zone);
	const char *trouble;

	zone->name = xstrdup(name);
	trouble = read_data(bytes, len, zone);
	if (trouble) {
		zone_close(zone);
		return bw_fail(err, BW_EPARSE, "the file of the time zone %s is damaged: %s", name,
			       trouble);
	}
	*out = zone;
	return BW_OK;
}

void zone_close(struct zone *zone)
{
	if (!zone)
		return;
	free(zone->changes);
	free(zone->types);
	free(zone->name);
	free(zone);
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

/* --- opening --- */

/* Words of letters, digits and + - _ with / between them: never out of the folder. */
static bool is_zone_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_/";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_BYTES_MAX && strspn(name, allowed) == len && name[0] != '/' &&
	       name[len - 1] != '/' && !strstr(name, "//");
}

static const char *zone_folder(void)
{
	const char *folder = getenv("TZDIR");

	return folder && *folder == '/' ? folder : standard_folder;
}

static enum bw_status read_file(const char *path, char *bytes, size_t *len)
{
	FILE *file = fopen(path, "re");
	bool failed;

	if (!file)
		return errno == ENOENT || errno == ENOTDIR ? BW_ENOTFOUND : BW_EIO;
	*len = fread(bytes, 1, FILE_BYTES_MAX, file);
	failed = ferror(file);
	fclose(file);
	return failed ? BW_EIO : BW_OK;
}

enum bw_status zone_open(const char *name, struct zone **out, struct bw_error *err)
{
	char path[4096], *bytes;
	enum bw_status status;
	size_t len;

	if (strcmp(name, "UTC") == 0) {
		*out = xcalloc(1, sizeof **out);
		(*out)->name = xstrdup(name);
		return BW_OK;
	}
	if (!is_zone_name(name))
		return bw_fail(err, BW_EINVAL,
			       "`%.80s` is no name of a time zone; one is America/New_York", name);
	if ((size_t)snprintf(path, sizeof path, "%s/%s", zone_folder(), name) >= sizeof path)
		return bw_fail(err, BW_EINVAL, "$TZDIR is too long");
	bytes = xmalloc(FILE_BYTES_MAX);
	status = read_file(path, bytes, &len);
	if (status == BW_ENOTFOUND)
		status = bw_fail(err, status,
				 "there is no time zone `%.80s` in %.200s; names are such as "
				 "America/New_York (if all are missing, install tzdata)",
				 name, zone_folder());
	else if (status == BW_EIO)
		status = bw_fail(err, BW_ENOTFOUND, "the time zone `%.80s` cannot be read: %s",
				 name, strerror(errno));
	else
		status = zone_parse(name, bytes, len, out, err);
	free(bytes);
	return status;
}

/* --- asking --- */

/* How many changes lie at or before this moment. */
static size_t changes_until(const struct zone *zone, int64_t at_s)
{
	size_t low = 0, high = zone->change_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle] <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int zone_offset_s(const struct zone *zone, int64_t at_s)
{
	size_t passed = changes_until(zone, at_s);

	if (passed == zone->change_count && zone->has_footer)
		return footer_offset(&zone->footer, at_s);
	return zone->offsets[passed > 0 ? zone->types[passed - 1] : 0];
}

static bool next_change(const struct zone *zone, int64_t at_s, int64_t *out_s)
{
	size_t passed = changes_until(zone, at_s);

	if (passed < zone->change_count) {
		*out_s = zone->changes[passed];
		return true;
	}
	return zone->has_footer && footer_next(&zone->footer, at_s, out_s);
}

int64_t zone_moment_s(const struct zone *zone, int64_t local_s)
{
	int64_t from = local_s - ZONE_OFFSET_MAX_S, next;

	for (;;) {
		int64_t moment = local_s - zone_offset_s(zone, from);

		if (moment <= from)
			return from;
		if (!next_change(zone, from, &next) || moment < next)
			return moment;
		from = next;
	}
}

static int64_t clamp(int64_t seconds)
{
	if (seconds > SECONDS_MAX)
		return SECONDS_MAX;
	return seconds < -SECONDS_MAX ? -SECONDS_MAX : seconds;
}

void zone_local(const struct zone *zone, struct bw_wall at, struct zone_time *out)
{
	int64_t at_s = clamp(civil_floor(at.us, BW_SECOND_US));
	int offset = zone_offset_s(zone, at_s);
	int64_t days = civil_floor(at_s + offset, DAY_S);
	int of_day = (int)(at_s + offset - days * DAY_S);
	struct civil civil = civil_from_days(days);

	*out = (struct zone_time){
		.year = civil.year,
		.month = civil.month,
		.day = civil.day,
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
		.weekday = civil_weekday(days),
		.offset_s = offset,
	};
}

struct bw_wall zone_moment(const struct zone *zone, const struct zone_time *local)
{
	int64_t days = civil_to_days(local->year, local->month, local->day);
	int64_t local_s =
		clamp(days * DAY_S + local->hour * 3600 + local->minute * 60 + local->second);

	return (struct bw_wall){ zone_moment_s(zone, local_s) * BW_SECOND_US };
}
