/* civil.c - the calendar as eras of 400 years that begin on 1 March, so that a leap day is the last
 * of its year and every month but that one has a fixed place.
 */
#include "time/civil.h"

enum { ERA_DAYS = 146097, ERA_YEARS = 400, EPOCH_DAYS = 719468 };

int64_t civil_floor(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

int64_t civil_to_days(int64_t year, int month, int day)
{
	int64_t shifted = year - (month <= 2);
	int64_t era = civil_floor(shifted, ERA_YEARS);
	int64_t of_era = shifted - era * ERA_YEARS;
	int64_t month_days = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + month_days + day - 1 -
	       EPOCH_DAYS;
}

struct civil civil_from_days(int64_t days)
{
	int64_t era = civil_floor(days + EPOCH_DAYS, ERA_DAYS);
	int64_t day = days + EPOCH_DAYS - era * ERA_DAYS;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t shifted = (5 * of_year + 2) / 153;
	int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);

	return (struct civil){
		.year = (int)(era * ERA_YEARS + year + (month <= 2)),
		.month = month,
		.day = (int)(of_year - (153 * shifted + 2) / 5 + 1),
	};
}

int civil_weekday(int64_t days)
{
	return (int)(days + 4 - 7 * civil_floor(days + 4, 7));
}
