/* test_region_trouble.c - everything that can be in a file's way: each gives the fallback that was
 * asked for and a text, and nothing is destroyed.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "shm/handle.h"
#include "support/region_place.h"

enum { SKIPPED = 77, STRANGER = 65534 };

/* ---- one obstacle a row ---- */

static void put_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void put_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void put_link(const char *path)
{
	assert_int_equal(symlink("/dev/null", path), 0);
}

static void put_bytes(const char *path, const void *bytes, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void put_nothing_in_it(const char *path)
{
	put_bytes(path, "", 0, 0600);
}

static void put_text(const char *path)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	put_bytes(path, text, sizeof(text), 0600);
}

static void put_region(const char *path, mode_t mode, off_t missing)
{
	struct bw_region_options options = {
		.fallback = BW_REGION_ERROR, .path = path, .breakers = 2, .workers = 2, .shards = 1
	};
	struct bw_region *region;
	off_t bytes;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	bytes = (off_t)region->bytes;
	bw_region_close(region);
	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(truncate(path, bytes - missing), 0);
}

static void put_cut_region(const char *path)
{
	put_region(path, 0600, 1);
}

static void put_long_region(const char *path)
{
	put_region(path, 0600, -1);
}

static void put_readable_by_all(const char *path)
{
	put_region(path, 0644, 0);
}

static void put_open_folder(const char *path)
{
	char folder[600];

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	assert_int_equal(chmod(folder, 0777), 0);
}

static void put_region_in_no_folder(const char *path)
{
	char folder[600];

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	assert_int_equal(rmdir(folder), 0);
	put_bytes(folder, "", 0, 0600);
}

static const struct {
	void (*put)(const char *path);
	enum bw_status status;
	const char *word;
} obstacles[] = {
	{ put_folder, BW_EIO, "; remove it" },
	{ put_fifo, BW_EIO, "not a regular file" },
	{ put_link, BW_EIO, "symbolic link" },
	{ put_nothing_in_it, BW_ECORRUPT, "too few" },
	{ put_text, BW_ECORRUPT, "not a region of breakers; remove it" },
	{ put_cut_region, BW_ECORRUPT, "cut or damaged" },
	{ put_long_region, BW_ECORRUPT, "cut or damaged" },
	{ put_readable_by_all, BW_EACCES, "chmod it to 0600" },
	{ put_open_folder, BW_EACCES, "others may write in the folder" },
	{ put_region_in_no_folder, BW_EIO, "not a folder" },
};

static void open_and_see(const char *path, enum bw_region_mode mode, size_t row)
{
	struct bw_region_options options = { .mode = mode, .path = path };
	struct bw_region *region = NULL;
	struct bw_region_info info;
	struct bw_error err = { "" };

	options.fallback = BW_REGION_ERROR;
	assert_int_equal(bw_region_open(&options, &region, &err), obstacles[row].status);
	assert_null(region);
	if (!strstr(err.text, obstacles[row].word))
		fail_msg("row %zu: \"%s\" does not say \"%s\"", row, err.text, obstacles[row].word);
	for (int fallback = BW_REGION_LOCAL; fallback <= BW_REGION_ADMIT; fallback++) {
		options.fallback = (enum bw_region_fallback)fallback;
		assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
		bw_region_info(region, &info);
		assert_int_equal(info.kind, fallback == BW_REGION_ADMIT ? BW_REGION_ADMITS
									: BW_REGION_IS_FALLBACK);
		assert_int_equal(region->admits, fallback == BW_REGION_ADMIT);
		assert_string_equal(info.path, path);
		assert_string_equal(info.trouble.text, err.text);
		bw_region_close(region);
	}
}

static void test_each_obstacle_gives_the_fallback_and_a_text(void **state)
{
	for (size_t row = 0; row < sizeof(obstacles) / sizeof(obstacles[0]); row++) {
		struct region_place place;
		struct stat before, after;
		char path[600];

		place_init(&place);
		folder_name(&place.folder, "in", path, sizeof(path));
		assert_int_equal(mkdir(path, 0700), 0);
		folder_name(&place.folder, "in/region", path, sizeof(path));
		obstacles[row].put(path);
		memset(&before, 0, sizeof(before));
		memset(&after, 0, sizeof(after));
		(void)lstat(path, &before);
		open_and_see(path, BW_REGION_SHARED, row);
		if (obstacles[row].put != put_open_folder)
			open_and_see(path, BW_REGION_READ_ONLY, row);
		(void)lstat(path, &after);
		assert_int_equal(before.st_ino, after.st_ino);
		assert_int_equal(before.st_size, after.st_size);
		place_finish(&place);
	}
}

static void test_a_path_that_is_too_long_gives_the_fallback(void **state)
{
	struct bw_region_options options = { .fallback = BW_REGION_ERROR };
	struct bw_region *region;
	struct bw_region_info info;
	char *path = test_malloc(6000);
	static const size_t lengths[] = { 5999, 4096, 4095, 400 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(path, 'x', lengths[i]);
		memcpy(path, "/tmp/", 5);
		path[lengths[i]] = '\0';
		options.path = path;
		options.fallback = BW_REGION_ERROR;
		assert_int_not_equal(bw_region_open(&options, &region, NULL), BW_OK);
		options.fallback = BW_REGION_LOCAL;
		assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
		bw_region_info(region, &info);
		assert_int_equal(info.kind, BW_REGION_IS_FALLBACK);
		assert_non_null(strstr(info.trouble.text, "long"));
		bw_region_close(region);
	}
	test_free(path);
}

static void test_without_dev_shm_or_another_parent_there_is_a_text(void **state)
{
	struct bw_region_options options = { .fallback = BW_REGION_ERROR,
					     .path = "/nowhere/at/all/region" };
	struct bw_region *region;
	struct bw_error err = { "" };

	assert_int_equal(bw_region_open(&options, &region, &err), BW_EIO);
	assert_non_null(strstr(err.text, "/nowhere/at/all: cannot make the folder"));
	options.path = "/tmp/";
	assert_int_equal(bw_region_open(&options, &region, &err), BW_EINVAL);
}

/* ---- another boot, another time namespace ---- */

static void change_header(const char *path, size_t offset, const void *bytes, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, size, (off_t)offset), size);
	assert_int_equal(close(fd), 0);
}

static void put_region_of_another_boot(const struct region_place *place)
{
	static const uint8_t boot_id[16] = "a former boot..";
	struct bw_breaker *breaker;
	struct bw_region *region;

	region = place_open(place, BW_REGION_SHARED);
	assert_int_equal(bw_breaker_open(region, "old", NULL, &breaker, NULL), BW_OK);
	bw_breaker_close(breaker);
	bw_region_close(region);
	change_header(place->path, offsetof(struct segment_header, boot_id), boot_id, 16);
}

static void test_a_region_of_another_boot_is_replaced_by_who_writes(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_breaker *breaker;
	struct bw_error err;

	place_init(&place);
	put_region_of_another_boot(&place);
	options = place_options(&place, BW_REGION_READ_ONLY);
	assert_int_equal(bw_region_open(&options, &region, &err), BW_ECORRUPT);
	assert_non_null(strstr(err.text, "another boot"));
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(bw_breaker_find(region, "old", &breaker, NULL), BW_ENOTFOUND);
	bw_region_close(region);
	region = place_open(&place, BW_REGION_READ_ONLY);
	bw_region_close(region);
	place_finish(&place);
}

/* Low bits of the file's inode, which tells one file from the next. */
static int open_and_tell_file(void *arg)
{
	struct bw_region_options options = place_options(arg, BW_REGION_SHARED);
	struct bw_region *region;

	if (bw_region_open(&options, &region, NULL) != BW_OK)
		return 255;
	return (int)(region->inode & 0x7f);
}

static void test_of_many_one_replaces_it_and_all_use_that_one(void **state)
{
	for (int round = 0; round < 20; round++) {
		struct region_place place;
		struct bw_region *region;
		pid_t pids[8];

		place_init(&place);
		put_region_of_another_boot(&place);
		for (int i = 0; i < 8; i++)
			pids[i] = place_fork(open_and_tell_file, &place);
		region = place_open(&place, BW_REGION_SHARED);
		for (int i = 0; i < 8; i++)
			assert_int_equal(place_wait(pids[i]), region->inode & 0x7f);
		bw_region_close(region);
		place_finish(&place);
	}
}

static void test_a_region_of_another_time_namespace_is_left_alone(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_error err;
	uint64_t other = 12345;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	bw_region_close(region);
	change_header(place.path, offsetof(struct segment_header, time_namespace), &other,
		      sizeof(other));
	options = place_options(&place, BW_REGION_SHARED);
	assert_int_equal(bw_region_open(&options, &region, &err), BW_ECORRUPT);
	assert_non_null(strstr(err.text, "time namespace"));
	place_finish(&place);
}

static void test_holes_are_filled_before_anybody_writes(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct stat about;

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	bw_region_close(region);
	assert_int_equal(stat(place.path, &about), 0);
	assert_int_equal(truncate(place.path, sizeof(struct segment_header)), 0);
	assert_int_equal(truncate(place.path, about.st_size), 0);
	region = place_open(&place, BW_REGION_SHARED);
	bw_region_close(region);
	assert_int_equal(stat(place.path, &about), 0);
	assert_true(about.st_blocks * 512 >= about.st_size);
	place_finish(&place);
}

/* ---- temporaries ---- */

static void test_temporaries_of_the_dead_go_and_those_of_the_living_stay(void **state)
{
	struct region_place place;
	char dead[600], living[600], other[600];
	struct bw_region *region;
	int fd;

	place_init(&place);
	folder_write(&place.folder, "region.tmp-0123456789abcdef", "x");
	folder_write(&place.folder, "region.tmp-fedcba9876543210", "x");
	folder_write(&place.folder, "another.tmp-0123456789abcdef", "x");
	folder_name(&place.folder, "region.tmp-0123456789abcdef", dead, sizeof(dead));
	folder_name(&place.folder, "region.tmp-fedcba9876543210", living, sizeof(living));
	folder_name(&place.folder, "another.tmp-0123456789abcdef", other, sizeof(other));
	fd = open(living, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	region = place_open(&place, BW_REGION_SHARED);
	bw_region_close(region);
	assert_int_equal(access(dead, F_OK), -1);
	assert_int_equal(access(living, F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(close(fd), 0);
	place_finish(&place);
}

/* ---- what only root can set up: a child of its own does it ---- */

static int open_as_stranger(void *arg)
{
	struct bw_region_options options = place_options(arg, BW_REGION_SHARED);
	struct bw_region *region;
	struct bw_error err = { "" };

	if (setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
	    setresuid(STRANGER, STRANGER, STRANGER) != 0)
		return SKIPPED;
	if (bw_region_open(&options, &region, &err) != BW_EACCES || !strstr(err.text, "uid"))
		return 1;
	options.group = true;
	if (bw_region_open(&options, &region, &err) != BW_EACCES)
		return 2;
	options.fallback = BW_REGION_LOCAL;
	return bw_region_open(&options, &region, &err) == BW_OK ? 0 : 3;
}

static void test_another_users_file_is_not_used(void **state)
{
	struct region_place place;
	struct bw_region_options options;
	struct bw_region *region;
	struct bw_error err;
	int status;

	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	place_init(&place);
	assert_int_equal(chmod(place.folder.path, 01777), 0);
	region = place_open(&place, BW_REGION_SHARED);
	bw_region_close(region);
	status = place_wait(place_fork(open_as_stranger, &place));
	assert_int_equal(status, 0);
	assert_int_equal(chown(place.path, STRANGER, STRANGER), 0);
	options = place_options(&place, BW_REGION_SHARED);
	assert_int_equal(bw_region_open(&options, &region, &err), BW_EACCES);
	assert_non_null(strstr(err.text, "belongs to uid 65534"));
	assert_int_equal(chown(place.path, STRANGER, getegid()), 0);
	assert_int_equal(chmod(place.path, 0660), 0);
	assert_int_equal(bw_region_open(&options, &region, &err), BW_EACCES);
	options.group = true;
	assert_int_equal(bw_region_open(&options, &region, &err), BW_OK);
	bw_region_close(region);
	assert_int_equal(chown(place.folder.path, STRANGER, STRANGER), 0);
	assert_int_equal(bw_region_open(&options, &region, &err), BW_EACCES);
	assert_non_null(strstr(err.text, "the folder belongs to uid 65534"));
	place_finish(&place);
}

static int open_as_member(void *arg)
{
	struct bw_region_options options = place_options(arg, BW_REGION_SHARED);
	struct bw_region *region;

	if (setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
	    setresuid(STRANGER, STRANGER, STRANGER) != 0)
		return SKIPPED;
	return bw_region_open(&options, &region, NULL) == BW_OK ? 0 : 1;
}

static void test_a_group_s_folder_lets_its_members_in(void **state)
{
	struct region_place place;
	struct bw_region *region;

	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	place_init(&place);
	assert_int_equal(chown(place.folder.path, 0, STRANGER), 0);
	assert_int_equal(chmod(place.folder.path, 02770), 0);
	region = place_open(&place, BW_REGION_SHARED);
	assert_int_equal(place_wait(place_fork(open_as_member, &place)), 0);
	bw_region_close(region);
	place_finish(&place);
}

static int open_for_status(const struct bw_region_options *options, enum bw_status expected,
			   const char *word)
{
	struct bw_region *region = NULL;
	struct bw_error err = { "" };
	enum bw_status status = bw_region_open(options, &region, &err);

	bw_region_close(region);
	if (status == expected && strstr(err.text, word))
		return 0;
	(void)fprintf(stderr, "status %d: %s\n", (int)status, err.text);
	return 1;
}

static int use_small_limit(void *arg)
{
	struct bw_region_options options = place_options(arg, BW_REGION_SHARED);
	const struct rlimit limit = { 1000, 1000 };

	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return SKIPPED;
	return open_for_status(&options, BW_EIO, "ulimit");
}

static void test_a_limit_of_file_sizes_gives_a_text_and_no_signal(void **state)
{
	struct region_place place;

	place_init(&place);
	assert_int_equal(place_wait(place_fork(use_small_limit, &place)), 0);
	place_finish(&place);
}

static int use_small_mount(void *arg)
{
	const struct region_place *place = arg;
	const char *folder = place->folder.path;
	struct bw_region_options options = place_options(place, BW_REGION_SHARED);

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", folder, "tmpfs", 0, "size=128k,mode=0700") != 0)
		return SKIPPED;
	options.breakers = 128;
	options.workers = 128;
	if (open_for_status(&options, BW_EIO, "no room") != 0 || access(place->path, F_OK) == 0)
		return 1;
	options.breakers = 1;
	options.workers = 2;
	if (open_for_status(&options, BW_OK, "") != 0)
		return 2;
	if (mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		return SKIPPED;
	if (open_for_status(&options, BW_EIO, "Read-only") != 0)
		return 3;
	options.mode = BW_REGION_READ_ONLY;
	if (open_for_status(&options, BW_OK, "") != 0)
		return 4;
	options.mode = BW_REGION_SHARED;
	options.path = "region-that-is-not-there";
	if (chdir(folder) != 0 || open_for_status(&options, BW_EIO, "Read-only") != 0)
		return 5;
	return 0;
}

static void test_a_full_and_a_read_only_file_system_give_a_text(void **state)
{
	struct region_place place;
	int status;

	place_init(&place);
	status = place_wait(place_fork(use_small_mount, &place));
	place_finish(&place);
	if (status == SKIPPED) {
		print_message("may not mount here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_obstacle_gives_the_fallback_and_a_text),
		cmocka_unit_test(test_a_path_that_is_too_long_gives_the_fallback),
		cmocka_unit_test(test_without_dev_shm_or_another_parent_there_is_a_text),
		cmocka_unit_test(test_a_region_of_another_boot_is_replaced_by_who_writes),
		cmocka_unit_test(test_of_many_one_replaces_it_and_all_use_that_one),
		cmocka_unit_test(test_a_region_of_another_time_namespace_is_left_alone),
		cmocka_unit_test(test_holes_are_filled_before_anybody_writes),
		cmocka_unit_test(test_temporaries_of_the_dead_go_and_those_of_the_living_stay),
		cmocka_unit_test(test_another_users_file_is_not_used),
		cmocka_unit_test(test_a_group_s_folder_lets_its_members_in),
		cmocka_unit_test(test_a_limit_of_file_sizes_gives_a_text_and_no_signal),
		cmocka_unit_test(test_a_full_and_a_read_only_file_system_give_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
