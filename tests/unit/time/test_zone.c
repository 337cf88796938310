/* test_zone.c - names that are refused, files that are damaged, footers; that times are right is
 * beside_zoneinfo.py's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "time/footer.h"
#include "time/zone.h"

/* 2026-01-01 and 2026-07-01, 00:00 UTC. */
static const int64_t winter = 1767225600, summer = 1782864000;

static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum bw_status status;
	} cases[] = {
		{ "UTC", BW_OK },
		{ "../../etc/passwd", BW_EINVAL },
		{ "/etc/localtime", BW_EINVAL },
		{ "", BW_EINVAL },
		{ "Europe/", BW_EINVAL },
		{ "Europe//Berlin", BW_EINVAL },
		{ "Europe/Nowhere", BW_ENOTFOUND },
		{ "UTC/Nowhere", BW_ENOTFOUND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zone *zone = NULL;
		struct bw_error err;

		assert_int_equal(zone_open(cases[i].name, &zone, &err), cases[i].status);
		assert_int_equal(zone != NULL, cases[i].status == BW_OK);
		zone_close(zone);
	}
}

static void test_utc_needs_no_file(void **state)
{
	struct zone_time local;
	struct zone *zone;

	(void)state;
	assert_int_equal(setenv("TZDIR", "/nonexistent", 1), 0);
	assert_int_equal(zone_open("Europe/Berlin", &zone, NULL), BW_ENOTFOUND);
	assert_int_equal(zone_open("UTC", &zone, NULL), BW_OK);
	assert_int_equal(unsetenv("TZDIR"), 0);
	zone_local(zone, (struct bw_wall){ winter * BW_SECOND_US - 1 }, &local);
	assert_int_equal(local.year, 2025);
	assert_int_equal(local.month, 12);
	assert_int_equal(local.day, 31);
	assert_int_equal(local.hour, 23);
	assert_int_equal(local.second, 59);
	assert_int_equal(local.weekday, 3);
	assert_int_equal(zone_moment(zone, &local).us, (winter - 1) * BW_SECOND_US);
	zone_close(zone);
}

/* A file of version 2: nothing for 32 bits, then one change to +1 h, and the footer. */
struct sample {
	unsigned char bytes[256];
	size_t len;
};

static void put(struct sample *sample, const void *bytes, size_t len)
{
	memcpy(sample->bytes + sample->len, bytes, len);
	sample->len += len;
}

static void put_header(struct sample *sample, unsigned char leaps, unsigned char changes,
		       unsigned char types)
{
	unsigned char header[44] = "TZif2";

	header[31] = leaps;
	header[35] = changes;
	header[39] = types;
	header[43] = 4;
	put(sample, header, sizeof header);
}

static struct sample sample_with(const char *footer)
{
	struct sample sample = { .len = 0 };

	put_header(&sample, 0, 0, 1);
	put(&sample, "\0\0\0\0\0\0LMT", 10);
	put_header(&sample, 0, 2, 2);
	put(&sample, "\0\0\0\0\0\0\0\x64", 8);
	put(&sample, "\0\0\0\0\0\0\0\xc8", 8);
	put(&sample, "\1\0", 2);
	put(&sample, "\0\0\0\0\0\0\0\0\x0e\x10\0\0LMT", 16);
	put(&sample, footer, strlen(footer));
	return sample;
}

static enum bw_status parse(const struct sample *sample, struct zone **out, struct bw_error *err)
{
	return zone_parse("Test/Zone", sample->bytes, sample->len, out, err);
}

static void test_table_and_footer(void **state)
{
	struct sample sample = sample_with("\nEST5EDT,M3.2.0,M11.1.0\n");
	static const struct {
		int64_t at;
		int offset;
	} cases[] = { { 99, 0 },          { 100, 3600 },         { 199, 3600 },
		      { 200, -5 * 3600 }, { winter, -5 * 3600 }, { summer, -4 * 3600 } };
	struct zone *zone;

	(void)state;
	assert_int_equal(parse(&sample, &zone, NULL), BW_OK);
	assert_string_equal(zone_name(zone), "Test/Zone");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zone_time local;

		zone_local(zone, (struct bw_wall){ cases[i].at * BW_SECOND_US }, &local);
		assert_int_equal(local.offset_s, cases[i].offset);
	}
	zone_close(zone);
}

static void test_every_cut_is_seen(void **state)
{
	struct sample sample = sample_with("\nEST5EDT,M3.2.0,M11.1.0\n");
	size_t whole = sample.len;

	(void)state;
	for (sample.len = 0; sample.len < whole; sample.len++) {
		struct zone *zone = NULL;
		struct bw_error err;

		assert_int_equal(parse(&sample, &zone, &err), BW_EPARSE);
		assert_non_null(strstr(err.text, "Test/Zone is damaged"));
		assert_null(zone);
	}
}

static void test_damage(void **state)
{
	enum { SECOND = 44 + 10, FIRST_CHANGE = SECOND + 44, TYPES = FIRST_CHANGE + 16 };
	static const struct {
		size_t at;
		unsigned char byte;
		const char *text;
	} cases[] = {
		{ 0, 'X', "it is no TZif file" },
		{ SECOND, 'X', "it is cut off" },
		{ SECOND + 31, 1, "it counts leap seconds" },
		{ SECOND + 39, 0, "it is cut off" },
		{ SECOND + 32, 1, "it is cut off" },
		{ FIRST_CHANGE + 7, 0xc8, "its changes are not in order" },
		{ TYPES, 2, "a change has no type" },
		{ TYPES + 2, 0x7f, "an offset is longer than a day" },
		{ TYPES + 2, 0x80, "an offset is longer than a day" },
		{ TYPES + 18, 'X', "its last line is missing" },
		{ TYPES + 19, '%', "the rule in its last line is none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sample sample = sample_with("\nEST5EDT,M3.2.0,M11.1.0\n\n\n\n\n\n\n\n\n\n");
		struct zone *zone = NULL;
		struct bw_error err;

		sample.bytes[cases[i].at] = cases[i].byte;
		assert_int_equal(parse(&sample, &zone, &err), BW_EPARSE);
		if (!strstr(err.text, cases[i].text))
			fail_msg("case %zu: %s", i, err.text);
	}
}

/* 28 February and 1 March are J59 and J60 in every year; 29 February is no Jn, and is day 59. */
static void test_days_of_a_leap_year(void **state)
{
	static const struct {
		const char *text;
		int64_t begins;
	} cases[] = {
		{ "XXX0YYY,J59/0,J300", 1709078400 },    /* 2024-02-28 */
		{ "XXX0YYY,J60/0,J300", 1709251200 },    /* 2024-03-01 */
		{ "XXX0YYY,59/0,300", 1709164800 },      /* 2024-02-29 */
		{ "XXX0YYY,60/0,300", 1709251200 },      /* 2024-03-01 */
		{ "XXX0YYY,M2.5.4/0,J300", 1709164800 }, /* the last Thursday of February */
	};
	struct footer footer;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(footer_parse(cases[i].text, strlen(cases[i].text), &footer));
		assert_int_equal(footer_offset(&footer, cases[i].begins - 1), 0);
		assert_int_equal(footer_offset(&footer, cases[i].begins), 3600);
	}
}

static void test_footers(void **state)
{
	static const struct {
		const char *text;
		int at_winter, at_summer;
	} right[] = {
		{ "UTC0", 0, 0 },
		{ "<+0530>-5:30", 19800, 19800 },
		{ "<-03>3", -10800, -10800 },
		{ "EST5EDT,M3.2.0,M11.1.0", -18000, -14400 },
		{ "EST5EDT4,M3.2.0/2,M11.1.0/2:00:00", -18000, -14400 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", 39600, 36000 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600 },
		{ "XXX3YYY,J60,J300", -10800, -7200 },
		{ "XXX3YYY,59,300", -10800, -7200 },
		{ "XXX3YYY,0/0,J365/25", -7200, -7200 }, /* summer all year */
	};
	static const char *const wrong[] = {
		"",
		"E5",
		"EST",
		"EST25",
		"EST5EDT",
		"EST5EDT,M3.2.0",
		"EST5EDT,M13.2.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0",
		"EST5EDT,M3.2.7,M11.1.0",
		"EST5EDT,J0,J5",
		"EST5EDT,J366,J5",
		"EST5EDT,366,5",
		"EST5EDT,M3.2.0/168,M11.1.0",
		"EST5EDT,M3.2.0,M11.1.0x",
		"<EST5",
		"<E%T>5",
		"EST5:60",
	};
	struct footer footer;

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		if (!footer_parse(right[i].text, strlen(right[i].text), &footer))
			fail_msg("refused: %s", right[i].text);
		assert_int_equal(footer_offset(&footer, winter), right[i].at_winter);
		assert_int_equal(footer_offset(&footer, summer), right[i].at_summer);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (footer_parse(wrong[i], strlen(wrong[i]), &footer))
			fail_msg("taken: %s", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_utc_needs_no_file),
		cmocka_unit_test(test_table_and_footer),
		cmocka_unit_test(test_every_cut_is_seen),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_days_of_a_leap_year),
		cmocka_unit_test(test_footers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
