/* ask.c - answers questions about times on standard input, one a line, for beside_zoneinfo.py.
 *
 *   local ZONE SECONDS          -> year month day hour minute second weekday offset
 *   moment ZONE Y M D h m s     -> seconds
 *   next|previous ZONE SECONDS SCHEDULE -> seconds, or "none"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "time/cron.h"

static struct zone *zone;

static void open_zone(const char *name)
{
	struct bw_error err;

	if (zone && strcmp(zone_name(zone), name) == 0)
		return;
	zone_close(zone);
	zone = NULL;
	if (zone_open(name, &zone, &err) != BW_OK) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
}

static void answer_local(int64_t seconds)
{
	struct zone_time local;

	zone_local(zone, (struct bw_wall){ seconds * BW_SECOND_US + 999999 }, &local);
	printf("%d %d %d %d %d %d %d %d\n", local.year, local.month, local.day, local.hour,
	       local.minute, local.second, local.weekday, local.offset_s);
}

static void answer_moment(const char *text)
{
	struct zone_time local = { 0 };

	if (sscanf(text, "%d %d %d %d %d %d", &local.year, &local.month, &local.day, &local.hour,
		   &local.minute, &local.second) != 6)
		exit(1);
	printf("%" PRId64 "\n", zone_moment(zone, &local).us / BW_SECOND_US);
}

static void answer_cron(bool is_next, int64_t seconds, const char *schedule)
{
	struct bw_wall at = { seconds * BW_SECOND_US }, found;
	struct bw_error err;
	struct cron cron;

	if (cron_parse(schedule, &cron, &err) != BW_OK)
		printf("%s\n", err.text);
	else if (is_next ? cron_next(&cron, zone, at, &found)
			 : cron_previous(&cron, zone, at, &found))
		printf("%" PRId64 "\n", found.us / BW_SECOND_US);
	else
		printf("none\n");
}

int main(void)
{
	char line[512], what[16], name[128];
	int used;

	while (fgets(line, sizeof line, stdin)) {
		const char *rest;
		char *behind;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%15s %127s %n", what, name, &used) != 2)
			return 1;
		rest = line + used;
		open_zone(name);
		if (strcmp(what, "moment") == 0)
			answer_moment(rest);
		else if (strcmp(what, "local") == 0)
			answer_local(strtoll(rest, NULL, 10));
		else {
			int64_t seconds = strtoll(rest, &behind, 10);

			answer_cron(strcmp(what, "next") == 0, seconds, behind);
		}
	}
	zone_close(zone);
	return 0;
}
