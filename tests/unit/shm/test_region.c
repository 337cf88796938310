/* test_region.c - what a caller gets from bw_region_open(), with nothing in the way. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "shm/folder.h"
#include "shm/handle.h"
#include "shm/path.h"
#include "shm/segment.h"
#include "support/failing_allocator.h"
#include "support/region_place.h"

static struct bw_region_info info_of(const struct bw_region *region)
{
	struct bw_region_info info;

	bw_region_info(region, &info);
	return info;
}

static void test_the_first_one_makes_folder_and_file_for_itself_alone(void **state)
{
	struct region_place place;
	char path[600], folder[600];
	struct bw_region_options options;
	struct bw_region *region;
	struct stat about;
	mode_t mask = umask(0);

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	folder_name(&place.folder, "made", folder, sizeof(folder));
	folder_name(&place.folder, "made/region", path, sizeof(path));
	options.path = path;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(stat(folder, &about), 0);
	assert_int_equal(about.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode, S_IFREG | 0600);
	assert_int_equal(about.st_nlink, 1);
	assert_int_equal(about.st_size, region->bytes);
	assert_true(about.st_blocks * 512 >= about.st_size);
	bw_region_close(region);
	umask(mask);
	place_finish(&place);
}

static void test_a_group_gets_a_folder_and_a_file_that_it_may_write(void **state)
{
	struct region_place place;
	char path[600], folder[600];
	struct bw_region_options options;
	struct bw_region *region;
	struct stat about;
	mode_t mask = umask(077);

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	folder_name(&place.folder, "made", folder, sizeof(folder));
	folder_name(&place.folder, "made/region", path, sizeof(path));
	options.path = path;
	options.group = true;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(stat(folder, &about), 0);
	assert_int_equal(about.st_mode, S_IFDIR | 02770);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode, S_IFREG | 0660);
	bw_region_close(region);
	umask(mask);
	place_finish(&place);
}

static void test_a_folder_that_is_for_a_group_makes_the_file_the_group_s(void **state)
{
	struct region_place place;
	char path[600], folder[600];
	struct bw_region_options options;
	struct bw_region *region;
	struct stat about;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	folder_name(&place.folder, "theirs", folder, sizeof(folder));
	folder_name(&place.folder, "theirs/region", path, sizeof(path));
	options.path = path;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chmod(folder, 02770), 0);
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode, S_IFREG | 0660);
	bw_region_close(region);
	place_finish(&place);
}

static void test_only_a_named_folder_is_taken_for_a_group_s(void **state)
{
	char own[64];

	(void)snprintf(own, sizeof(own), "/dev/shm/bellwether-%u/breakers.v%d", (unsigned)geteuid(),
		       SEGMENT_ABI_MAJOR);
	assert_true(bw_path_is_own(own));
	own[strlen(own) - 1] = 'x';
	assert_false(bw_path_is_own(own));
	assert_false(bw_folder_is_for_group("/region"));
	assert_false(bw_folder_is_for_group("/tmp/region"));
	assert_false(bw_folder_is_for_group("/nowhere/region"));
}

static void test_info_says_what_the_region_stands_on(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct bw_region_info info;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	info = info_of(region);
	assert_int_equal(info.kind, BW_REGION_IS_SHARED);
	assert_string_equal(info.path, place.path);
	assert_string_equal(info.trouble.text, "");
	assert_true(info.created_wall_us > INT64_C(1600000000000000));
	assert_int_equal(info.breakers, 0);
	assert_int_equal(info.breakers_max, 4);
	assert_int_equal(info.workers, 0);
	assert_int_equal(info.workers_max, 8);
	assert_int_equal(info.corrupt, 0);
	bw_region_close(region);
	place_finish(&place);
}

static void test_who_comes_later_takes_the_shape_that_is_there(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *first, *second;

	place_init(&place);
	first = place_open(&place, BW_REGION_SHARED);
	options = place_options(&place, BW_REGION_SHARED);
	options.breakers = 99;
	assert_int_equal(bw_region_open(&options, &second, NULL), BW_OK);
	assert_int_equal(info_of(second).breakers_max, 4);
	assert_int_equal(second->inode, first->inode);
	bw_region_close(first);
	bw_region_close(second);
	place_finish(&place);
}

static void test_what_was_written_is_there_after_all_have_closed(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct bw_breaker *breaker;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	bw_breaker_close(breaker);
	bw_region_close(region);
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(bw_breaker_find(region, "feed", &breaker, NULL), BW_OK);
	bw_breaker_close(breaker);
	bw_region_close(region);
	place_finish(&place);
}

static void test_read_only_maps_what_is_there_and_changes_no_byte(void **state)
{
	struct region_place place;
	struct bw_region *region, *reader;
	struct bw_breaker *breaker;
	unsigned char *before;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	bw_breaker_close(breaker);
	before = test_malloc(region->bytes);
	memcpy(before, region->segment, region->bytes);
	reader = place_open(&place, BW_REGION_READ_ONLY);
	assert_int_equal(info_of(reader).kind, BW_REGION_IS_READ_ONLY);
	assert_int_equal(info_of(reader).breakers, 1);
	assert_int_equal(region_slot(reader), 0);
	assert_int_equal(bw_breaker_open(reader, "other", NULL, &breaker, NULL), BW_ENOTFOUND);
	assert_int_equal(bw_breaker_open(reader, "feed", NULL, &breaker, NULL), BW_OK);
	assert_int_equal(bw_breaker_configure(breaker, &bw_breaker_config_default, NULL),
			 BW_EACCES);
	bw_breaker_close(breaker);
	bw_region_close(reader);
	assert_memory_equal(before, region->segment, region->bytes);
	test_free(before);
	bw_region_close(region);
	place_finish(&place);
}

static void test_read_only_makes_nothing(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_breaker *breaker;

	place_init(&place);
	options = place_options(&place, BW_REGION_READ_ONLY);
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_ENOTFOUND);
	options.fallback = BW_REGION_LOCAL;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(info_of(region).kind, BW_REGION_IS_FALLBACK);
	assert_non_null(strstr(info_of(region).trouble.text, "no such file"));
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_ENOTFOUND);
	bw_region_close(region);
	assert_int_equal(access(place.path, F_OK), -1);
	place_finish(&place);
}

static void test_private_memory_is_not_shared_with_a_second_opening(void **state)
{
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE };
	struct bw_region *one, *two;
	struct bw_breaker *breaker;

	assert_int_equal(bw_region_open(&options, &one, NULL), BW_OK);
	assert_int_equal(bw_region_open(&options, &two, NULL), BW_OK);
	assert_int_equal(info_of(one).kind, BW_REGION_IS_PRIVATE);
	assert_string_equal(info_of(one).path, "");
	assert_int_equal(info_of(one).breakers_max, 16);
	assert_int_equal(bw_breaker_open(one, "feed", NULL, &breaker, NULL), BW_OK);
	assert_false(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	assert_int_equal(bw_breaker_find(two, "feed", &breaker, NULL), BW_ENOTFOUND);
	bw_region_close(one);
	bw_region_close(two);
}

static void test_options_beyond_their_range_are_refused(void **state)
{
	struct bw_region_options bad[7];
	struct bw_region *region = NULL;

	for (size_t i = 0; i < 7; i++)
		bad[i] = (struct bw_region_options){ .mode = BW_REGION_PRIVATE };
	bad[0].breakers = 4097;
	bad[1].workers = 257;
	bad[2].shards = 9;
	bad[3].mode = (enum bw_region_mode)3;
	bad[4].fallback = (enum bw_region_fallback)3;
	bad[5].path = "";
	bad[6].mode = (enum bw_region_mode) - 1;
	for (size_t i = 0; i < 7; i++) {
		struct bw_error err = { "" };

		assert_int_equal(bw_region_open(&bad[i], &region, &err), BW_EINVAL);
		assert_string_not_equal(err.text, "");
		assert_null(region);
	}
	assert_int_equal(bw_region_open(NULL, NULL, NULL), BW_EINVAL);
}

static void test_the_largest_shape_works(void **state)
{
	struct bw_region_options options = {
		.mode = BW_REGION_PRIVATE, .breakers = 4096, .workers = 256, .shards = 8
	};
	struct bw_region *region;
	struct bw_breaker *breaker;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	assert_true((unsigned char *)region_lane(region, region_cell(region, 4095), 256) <=
		    region->segment + region->bytes);
	bw_breaker_close(breaker);
	bw_region_close(region);
}

static void test_the_environment_names_the_file(void **state)
{
	struct bw_region_options options = { .fallback = BW_REGION_ERROR };
	struct region_place place;
	struct bw_region *region;
	char text[PATH_MAX], expected[64];

	place_init(&place);
	assert_int_equal(setenv("BELLWETHER_REGION", place.path, 1), 0);
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_string_equal(info_of(region).path, place.path);
	assert_int_equal(info_of(region).breakers_max, 128);
	assert_int_equal(info_of(region).workers_max, 128);
	bw_region_close(region);
	assert_int_equal(access(place.path, F_OK), 0);
	assert_int_equal(bw_region_default_path(text, strlen(place.path)), BW_ELIMIT);
	assert_int_equal(bw_region_default_path(text, strlen(place.path) + 1), BW_OK);
	assert_string_equal(text, place.path);
	assert_int_equal(unsetenv("BELLWETHER_REGION"), 0);
	assert_int_equal(bw_region_default_path(text, sizeof(text)), BW_OK);
	(void)snprintf(expected, sizeof(expected), "/dev/shm/bellwether-%u/breakers.v1",
		       (unsigned)geteuid());
	assert_string_equal(text, expected);
	place_finish(&place);
}

static void test_switched_off_admits_and_touches_no_file(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct bw_breaker *breaker;

	place_init(&place);
	assert_int_equal(setenv("BELLWETHER_BREAKERS", "off", 1), 0);
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(unsetenv("BELLWETHER_BREAKERS"), 0);
	assert_int_equal(info_of(region).kind, BW_REGION_IS_OFF);
	assert_string_equal(info_of(region).path, place.path);
	assert_true(region->admits);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	assert_true(breaker->admits);
	bw_breaker_close(breaker);
	bw_region_close(region);
	assert_int_equal(access(place.path, F_OK), -1);
	place_finish(&place);
}

static void test_a_relative_path_stays_the_same_file_after_chdir(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_breaker *breaker;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	options.path = "region";
	assert_int_equal(chdir(place.folder.path), 0);
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(fchdir(here), 0);
	assert_int_equal(close(here), 0);
	assert_int_equal(info_of(region).path[0], '/');
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	assert_true(bw_breaker_is_shared(breaker));
	bw_breaker_close(breaker);
	bw_region_close(region);
	place_finish(&place);
}

static int64_t clock_of_test(void *arg)
{
	return *(int64_t *)arg;
}

static void test_times_count_from_the_epoch_of_who_made_it(void **state)
{
	struct region_place place;
	int64_t now = 5000000;
	struct bw_clock clock = { .now_us = clock_of_test, .arg = &now };
	struct bw_region_options options;
	struct bw_region *first, *second;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	options.clock = &clock;
	assert_int_equal(bw_region_open(&options, &first, NULL), BW_OK);
	now += 250;
	assert_int_equal(bw_region_open(&options, &second, NULL), BW_OK);
	now += 50;
	assert_int_equal(region_now_us(first), 300);
	assert_int_equal(region_now_us(second), 300);
	assert_int_equal(region_coarse_us(second), 300);
	now = 0;
	assert_int_equal(region_now_us(second), 0);
	assert_true(region_wall_us(second) > INT64_C(1600000000000000));
	for (int i = 0; i < 100; i++) {
		assert_true(region_random(second) >= 0);
		assert_true(region_random(second) < 1);
	}
	bw_region_close(first);
	bw_region_close(second);
	place_finish(&place);
}

static void open_with_each_allocation_failing(const struct bw_region_options *options)
{
	struct bw_breaker *breaker;
	struct bw_region *region;
	bool failed = true;

	for (long nth = 0; failed; nth++) {
		enum bw_status status;

		region = NULL;
		breaker = NULL;
		failing_allocator_arm(nth);
		status = bw_region_open(options, &region, NULL);
		if (status == BW_OK)
			status = bw_breaker_open(region, "feed", NULL, &breaker, NULL);
		failed = failing_allocator_disarm();
		assert_true(status == BW_OK || (failed && status == BW_ENOMEM));
		bw_breaker_close(breaker);
		bw_region_close(region);
	}
}

static void test_every_allocation_may_fail(void **state)
{
	struct bw_region_options private = { .mode = BW_REGION_PRIVATE, .workers = 4 };
	struct bw_region_options options;
	struct region_place place;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	open_with_each_allocation_failing(&private);
	open_with_each_allocation_failing(&options);
	options.mode = BW_REGION_READ_ONLY;
	open_with_each_allocation_failing(&options);
	place_finish(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_one_makes_folder_and_file_for_itself_alone),
		cmocka_unit_test(test_a_group_gets_a_folder_and_a_file_that_it_may_write),
		cmocka_unit_test(test_a_folder_that_is_for_a_group_makes_the_file_the_group_s),
		cmocka_unit_test(test_only_a_named_folder_is_taken_for_a_group_s),
		cmocka_unit_test(test_info_says_what_the_region_stands_on),
		cmocka_unit_test(test_who_comes_later_takes_the_shape_that_is_there),
		cmocka_unit_test(test_what_was_written_is_there_after_all_have_closed),
		cmocka_unit_test(test_read_only_maps_what_is_there_and_changes_no_byte),
		cmocka_unit_test(test_read_only_makes_nothing),
		cmocka_unit_test(test_private_memory_is_not_shared_with_a_second_opening),
		cmocka_unit_test(test_options_beyond_their_range_are_refused),
		cmocka_unit_test(test_the_largest_shape_works),
		cmocka_unit_test(test_the_environment_names_the_file),
		cmocka_unit_test(test_switched_off_admits_and_touches_no_file),
		cmocka_unit_test(test_a_relative_path_stays_the_same_file_after_chdir),
		cmocka_unit_test(test_times_count_from_the_epoch_of_who_made_it),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	(void)unsetenv("BELLWETHER_REGION");
	(void)unsetenv("BELLWETHER_BREAKERS");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
