/* test_paths.c - where the data goes, and what is said when it cannot go there. */
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

#include "daemon/paths.h"
#include "support/folder.h"

static struct folder folder;

static int set_up(void **state)
{
	(void)state;
	unsetenv("STATE_DIRECTORY");
	folder_init(&folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_finish(&folder);
	return 0;
}

static void test_missing_folders_are_made_and_the_last_is_ours_alone(void **state)
{
	char asked[FOLDER_PATH_MAX + 32], *got;
	struct stat info;

	(void)state;
	folder_name(&folder, "a/b/c", asked, sizeof(asked));
	for (int round = 0; round < 2; round++) {
		assert_int_equal(paths_data_folder(asked, &got, NULL), BW_OK);
		assert_string_equal(got, asked);
		free(got);
	}
	assert_int_equal(stat(asked, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
}

static void test_the_managers_folder_is_the_first_of_its_list(void **state)
{
	char list[2 * FOLDER_PATH_MAX], first[FOLDER_PATH_MAX + 32], *got;

	(void)state;
	folder_name(&folder, "one", first, sizeof(first));
	snprintf(list, sizeof(list), "%s:/somewhere/else", first);
	setenv("STATE_DIRECTORY", list, 1);
	assert_int_equal(paths_data_folder(NULL, &got, NULL), BW_OK);
	assert_string_equal(got, first);
	free(got);
}

static void test_a_file_in_the_way_is_told(void **state)
{
	char asked[FOLDER_PATH_MAX + 32], *got = NULL;
	struct bw_error err;

	(void)state;
	folder_write(&folder, "file", "x");
	folder_name(&folder, "file/data", asked, sizeof(asked));
	assert_int_equal(paths_data_folder(asked, &got, &err), BW_EIO);
	assert_null(got);
	assert_non_null(strstr(err.text, asked));
	assert_non_null(strstr(err.text, "say --data FOLDER"));
	folder_name(&folder, "file", asked, sizeof(asked));
	assert_int_equal(paths_data_folder(asked, &got, &err), BW_EIO);
	assert_non_null(strstr(err.text, "Not a directory"));
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_missing_folders_are_made_and_the_last_is_ours_alone),
		row(test_the_managers_folder_is_the_first_of_its_list),
		row(test_a_file_in_the_way_is_told),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
