/* test_reload.c - which changes of a file or folder are seen, and that they are seen once, when
 * quiet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/reload.h"
#include "support/fake_io.h"
#include "support/folder.h"

static struct io_loop *loop;
static struct folder folder;
static struct reload *watch;
static char path[FOLDER_PATH_MAX + 32];
static int calls;

static void on_changed(void *arg)
{
	(void)arg;
	calls++;
}

static int set_up(void **state)
{
	(void)state;
	loop = io_loop_create();
	folder_init(&folder);
	calls = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	reload_destroy(watch);
	watch = NULL;
	io_loop_destroy(loop);
	folder_finish(&folder);
	return 0;
}

static void begin(const char *name)
{
	folder_name(&folder, name, path, sizeof(path));
	watch = reload_create(loop, path, on_changed, NULL);
}

static int calls_after_looks(int looks)
{
	fake_advance(loop, looks * RELOAD_LOOK_US);
	return calls;
}

static void move(const char *from, const char *to)
{
	char a[FOLDER_PATH_MAX + 32], b[FOLDER_PATH_MAX + 32];

	folder_name(&folder, from, a, sizeof(a));
	folder_name(&folder, to, b, sizeof(b));
	assert_int_equal(rename(a, b), 0);
}

static void test_an_edit_in_place_is_seen_once_when_quiet(void **state)
{
	(void)state;
	folder_write(&folder, "c.yaml", "one");
	begin("c.yaml");
	assert_int_equal(calls_after_looks(5), 0);
	folder_write(&folder, "c.yaml", "three");
	assert_int_equal(calls_after_looks(1), 0);
	folder_write(&folder, "c.yaml", "three and more");
	assert_int_equal(calls_after_looks(1), 0); /* it is still being written */
	assert_int_equal(calls_after_looks(1), 1);
	assert_int_equal(calls_after_looks(9), 1);
}

static void test_a_replaced_file_of_the_same_size_is_seen(void **state)
{
	(void)state;
	folder_write(&folder, "c.yaml", "one");
	begin("c.yaml");
	folder_write(&folder, "c.yaml.new", "two");
	move("c.yaml.new", "c.yaml");
	assert_int_equal(calls_after_looks(2), 1);
}

static void test_a_file_that_goes_is_waited_for(void **state)
{
	(void)state;
	folder_write(&folder, "c.yaml", "one");
	begin("c.yaml");
	move("c.yaml", "away");
	assert_int_equal(calls_after_looks(5), 0);
	folder_write(&folder, "c.yaml", "two");
	assert_int_equal(calls_after_looks(2), 1);
}

static void test_a_folder_is_its_configuration_files(void **state)
{
	(void)state;
	folder_write(&folder, "d/a.yaml", "a");
	begin("d");
	folder_write(&folder, "d/notes.txt", "x");
	folder_write(&folder, "d/.b.yaml.swp", "x");
	folder_write(&folder, "d/.b.yaml", "x");
	assert_int_equal(calls_after_looks(3), 0);
	folder_write(&folder, "d/b.yml", "b");
	assert_int_equal(calls_after_looks(2), 1);
	move("d/b.yml", "d/b.off");
	assert_int_equal(calls_after_looks(2), 2);
	folder_write(&folder, "d/a.yaml", "another");
	assert_int_equal(calls_after_looks(2), 3);
}

static void test_a_swapped_symbolic_link_is_seen(void **state)
{
	char link_path[FOLDER_PATH_MAX + 32];

	(void)state;
	folder_write(&folder, "v1", "a");
	folder_write(&folder, "v2", "b");
	folder_name(&folder, "c.yaml", link_path, sizeof(link_path));
	assert_int_equal(symlink("v1", link_path), 0);
	begin("c.yaml");
	assert_int_equal(unlink(link_path), 0);
	assert_int_equal(symlink("v2", link_path), 0);
	assert_int_equal(calls_after_looks(2), 1);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_an_edit_in_place_is_seen_once_when_quiet),
		row(test_a_replaced_file_of_the_same_size_is_seen),
		row(test_a_file_that_goes_is_waited_for),
		row(test_a_folder_is_its_configuration_files),
		row(test_a_swapped_symbolic_link_is_seen),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
