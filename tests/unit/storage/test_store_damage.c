/* test_store_damage.c - files that are broken, somebody else's, in use, full or out of reach: each
 * is told, none stops the store, and what can be recovered is.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/store_builder.h"

#define PAGE_BYTES 8192

static struct store_bed bed;

static int begin(void **state)
{
	store_bed_begin(&bed);
	return 0;
}

static int end(void **state)
{
	store_bed_end(&bed);
	return 0;
}

static void append_many(int count)
{
	for (int i = 0; i < count; i++)
		store_bed_append(&bed, i % 3 == 0 ? "a" : "b", i, i % 5 == 0 ? "refused" : NULL);
}

/* A closed file with that many results. */
static void make_file(int results)
{
	assert_int_equal(store_bed_open(&bed), BW_OK);
	append_many(results);
	store_bed_close(&bed);
}

static unsigned char *read_file(size_t *size)
{
	struct stat found;
	unsigned char *bytes;
	int file = open(bed.path, O_RDONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(fstat(file, &found), 0);
	bytes = malloc((size_t)found.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(file, bytes, (size_t)found.st_size), found.st_size);
	close(file);
	*size = (size_t)found.st_size;
	return bytes;
}

static void write_file(const void *bytes, size_t size)
{
	folder_write_bytes(&bed.folder, "data/bellwether.db", bytes, size);
}

/* The store works, began a new file, kept the old one, and says so; how many rows are there. */
static size_t expect_set_aside(void)
{
	struct store_status status = store_bed_status(&bed);
	size_t count;

	assert_true(status.usable);
	assert_non_null(strstr(status.trouble, ".damaged-20"));
	assert_true(store_bed_files(&bed, "bellwether.db.damaged-") >= 1);
	count = store_bed_count(&bed, "a");
	store_bed_append(&bed, "a", -1, NULL);
	assert_int_equal(store_bed_count(&bed, "a"), count + 1);
	assert_int_equal(store_bed_status(&bed).dropped, 0);
	return count;
}

static void expect_unusable(const char *why)
{
	struct store_answer answer;
	struct store_status status;

	assert_non_null(bed.store);
	assert_non_null(strstr(bed.error.text, why));
	status = store_bed_status(&bed);
	assert_false(status.usable);
	assert_non_null(strstr(status.trouble, why));
	store_bed_append(&bed, "a", 1, NULL);
	store_flush(bed.store);
	assert_int_equal(store_bed_status(&bed).dropped, 1);
	answer = store_bed_ask(&bed, "a", 0, 10, 10);
	assert_true(answer.failed);
	assert_string_not_equal(answer.error, "");
}

static void test_garbage_is_set_aside(void **state)
{
	static const char *const contents[] = { "garbage, and no database at all", "x" };

	for (size_t i = 0; i < 2; i++) {
		write_file(contents[i], strlen(contents[i]));
		assert_int_equal(store_bed_open(&bed), BW_OK);
		assert_int_equal(expect_set_aside(), 0);
		store_bed_close(&bed);
		assert_int_equal(store_bed_files(&bed, "bellwether.db.damaged-"), i + 1);
	}
}

static void test_a_truncated_file_is_set_aside(void **state)
{
	size_t size, sizes[3];
	unsigned char *bytes;

	make_file(3000);
	bytes = read_file(&size);
	sizes[0] = 50;
	sizes[1] = size / 2;
	sizes[2] = size - PAGE_BYTES;
	for (size_t i = 0; i < 3; i++) {
		write_file(bytes, sizes[i]);
		assert_int_equal(store_bed_open(&bed), BW_OK);
		(void)expect_set_aside();
		store_bed_close(&bed);
	}
	free(bytes);
}

static void test_a_flipped_bit_in_a_page_header_is_found_on_opening(void **state)
{
	size_t size;
	unsigned char *bytes;

	make_file(1000);
	bytes = read_file(&size);
	for (size_t page = 1; page < size / PAGE_BYTES && page < 8; page++) {
		bytes[page * PAGE_BYTES] ^= 0x40;
		write_file(bytes, size);
		bytes[page * PAGE_BYTES] ^= 0x40;
		assert_int_equal(store_bed_open(&bed), BW_OK);
		(void)expect_set_aside();
		store_bed_close(&bed);
	}
	free(bytes);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void ignore_state(void *arg, const struct store_state *state)
{
}

/* Whatever the bit was, the store comes up, and either works or says that it does not. */
static void test_any_flipped_bit_is_survived(void **state)
{
	uint32_t seed = 20260302;
	unsigned char *bytes;
	size_t size;

	make_file(500);
	bytes = read_file(&size);
	for (int round = 0; round < 150; round++) {
		size_t at = next_random(&seed) % (round % 3 == 0 ? 200 : size);
		unsigned char bit = (unsigned char)(1u << (next_random(&seed) % 8));
		struct store_status status;

		bytes[at] ^= bit;
		write_file(bytes, size);
		bytes[at] ^= bit;
		(void)!store_bed_open(&bed);
		assert_non_null(bed.store);
		store_load_states(bed.store, ignore_state, NULL);
		store_bed_append(&bed, "new", 1, NULL);
		store_flush(bed.store);
		status = store_bed_status(&bed);
		assert_int_equal(status.dropped == 0, status.usable);
		if (status.usable)
			assert_int_equal(store_bed_count(&bed, "new"), 1);
		else
			assert_string_not_equal(status.trouble, "");
		store_bed_close(&bed);
	}
	free(bytes);
}

static void test_damage_met_while_running_is_set_aside(void **state)
{
	unsigned char *bytes;
	size_t size;
	int file;

	make_file(60000);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	bytes = read_file(&size);
	file = open(bed.path, O_WRONLY | O_CLOEXEC);
	assert_true(file >= 0);
	memset(bytes, 0xff, size);
	assert_int_equal(pwrite(file, bytes, size - PAGE_BYTES, PAGE_BYTES), size - PAGE_BYTES);
	close(file);
	free(bytes);
	assert_true(store_bed_ask(&bed, "a", 0, 60000, 60000).failed);
	assert_int_equal(expect_set_aside(), 0);
}

static void make_foreign(const char *sql)
{
	sqlite3 *handle;

	folder_write(&bed.folder, "data/keep", "");
	assert_int_equal(sqlite3_open(bed.path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_what_is_not_ours_is_refused_and_never_touched(void **state)
{
	static const struct {
		const char *sql, *why;
	} rows[] = {
		{ "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);", "another program" },
		{ "PRAGMA journal_mode=WAL; CREATE TABLE theirs (x);", "another program" },
		{ "PRAGMA application_id=0x426c7774; PRAGMA user_version=99; CREATE TABLE t (x);",
		  "newer" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char *before, *after;
		size_t size_before, size_after;

		make_foreign(rows[i].sql);
		before = read_file(&size_before);
		assert_int_equal(store_bed_open(&bed), BW_EIO);
		expect_unusable(rows[i].why);
		store_bed_close(&bed);
		after = read_file(&size_after);
		assert_int_equal(size_after, size_before);
		assert_memory_equal(after, before, size_before);
		assert_int_equal(store_bed_files(&bed, "bellwether.db.damaged-"), 0);
		free(before);
		free(after);
		unlink(bed.path);
	}
}

/* What is left of a daemon that was killed within the first milliseconds of its life. */
static void test_a_file_without_a_table_is_taken(void **state)
{
	make_foreign("PRAGMA auto_vacuum=INCREMENTAL;");
	assert_int_equal(store_bed_open(&bed), BW_OK);
	store_bed_append(&bed, "a", 1, NULL);
	assert_int_equal(store_bed_count(&bed, "a"), 1);
}

static void test_a_second_opener_is_refused_until_the_first_has_gone(void **state)
{
	struct store_bed first;

	assert_int_equal(store_bed_open(&bed), BW_OK);
	first = bed;
	assert_int_equal(store_bed_open(&bed), BW_EIO);
	expect_unusable("in use by another");
	store_bed_append(&first, "a", 7, NULL);
	assert_int_equal(store_bed_count(&first, "a"), 1);
	store_bed_close(&first);
	store_bed_append(&bed, "a", 8, NULL);
	store_flush(bed.store);
	assert_true(store_bed_status(&bed).usable);
	assert_string_equal(store_bed_status(&bed).trouble, "");
	assert_int_equal(store_bed_count(&bed, "a"), 2);
}

static void test_a_folder_that_cannot_be_made_is_told(void **state)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{ "no/such/parent/x.db", "No such file" },
		{ "file/x.db", "Not a directory" },
		{ "folder", "folder" },
	};

	folder_write(&bed.folder, "file", "");
	folder_write(&bed.folder, "folder/inside", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		folder_name(&bed.folder, rows[i].name, bed.path, sizeof(bed.path));
		assert_int_equal(store_bed_open(&bed), BW_EIO);
		expect_unusable(rows[i].why);
		store_bed_close(&bed);
	}
}

/* --- in a child of its own: rights and limits are the process's --- */

static void expect_child(int (*body)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int open_without_rights(void)
{
	char folder[FOLDER_PATH_MAX + 32];

	folder_name(&bed.folder, "data", folder, sizeof(folder));
	if (mkdir(folder, 0500) != 0)
		return 1;
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return 2;
	if (store_bed_open(&bed) != BW_EIO || bed.store == NULL)
		return 3;
	if (strstr(bed.error.text, "Permission denied") == NULL)
		return 4;
	store_bed_close(&bed);
	return 0;
}

static void test_a_folder_without_rights_is_told(void **state)
{
	expect_child(open_without_rights);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static int fill_the_disk(void)
{
	struct store_status status;

	signal(SIGXFSZ, SIG_IGN);
	if (store_bed_open(&bed) != BW_OK)
		return 1;
	append_many(10);
	store_flush(bed.store);
	limit_files(100);
	store_bed_append(&bed, "late", 1, NULL);
	append_many(29999);
	store_flush(bed.store);
	status = store_bed_status(&bed);
	if (status.usable || status.trouble[0] == '\0' || status.dropped == 0 ||
	    status.written != 10 || status.dropped != 30000)
		return 2;
	limit_files(RLIM_INFINITY);
	store_bed_append(&bed, "after", 1, NULL);
	store_bed_append(&bed, "late", 2, NULL);
	store_flush(bed.store);
	status = store_bed_status(&bed);
	if (!status.usable || status.trouble[0] != '\0')
		return 3;
	store_bed_close(&bed);
	return 0;
}

static int leave_a_log(void)
{
	if (store_bed_open(&bed) != BW_OK)
		return 1;
	append_many(10);
	store_flush(bed.store);
	_exit(0);
}

static void test_the_log_of_a_damaged_file_goes_with_it(void **state)
{
	expect_child(leave_a_log);
	assert_int_equal(store_bed_files(&bed, "bellwether.db-wal"), 1);
	write_file("garbage", 7);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_int_equal(expect_set_aside(), 0);
	assert_int_equal(store_bed_files(&bed, "bellwether.db.damaged-"), 2);
}

static void test_a_full_disk_is_told_counted_and_recovered_from(void **state)
{
	expect_child(fill_the_disk);
	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_string_equal(store_bed_status(&bed).trouble, "");
	assert_int_equal(store_bed_count(&bed, "after"), 1);
	assert_int_equal(store_bed_count(&bed, "late"), 1);
	assert_true(store_bed_count(&bed, "a") >= 4);
}

static int open_on_a_full_disk(void)
{
	struct store_status status;

	signal(SIGXFSZ, SIG_IGN);
	limit_files(100);
	if (store_bed_open(&bed) != BW_EIO || bed.store == NULL)
		return 1;
	limit_files(RLIM_INFINITY);
	append_many(10);
	store_flush(bed.store);
	status = store_bed_status(&bed);
	if (!status.usable || status.written != 10 || status.dropped != 0)
		return 2;
	store_bed_close(&bed);
	return 0;
}

static void test_a_disk_full_from_the_start_is_recovered_from(void **state)
{
	expect_child(open_on_a_full_disk);
}

static void test_a_locked_file_is_told_and_recovered_from(void **state)
{
	sqlite3 *other;

	assert_int_equal(store_bed_open(&bed), BW_OK);
	assert_int_equal(sqlite3_open(bed.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_bed_append(&bed, "a", 1, NULL);
	store_flush(bed.store);
	assert_false(store_bed_status(&bed).usable);
	assert_non_null(strstr(store_bed_status(&bed).trouble, "locked"));
	assert_int_equal(store_bed_status(&bed).dropped, 1);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	store_bed_append(&bed, "a", 2, NULL);
	store_flush(bed.store);
	assert_true(store_bed_status(&bed).usable);
	assert_int_equal(store_bed_count(&bed, "a"), 1);
}

static void test_too_many_waiting_drop_the_oldest(void **state)
{
	struct store_bed first;
	struct store_status status;

	assert_int_equal(store_bed_open(&bed), BW_OK);
	first = bed;
	assert_int_equal(store_bed_open(&bed), BW_EIO);
	for (int i = 0; i < STORE_QUEUE_MAX + 10000; i++)
		store_bed_append(&bed, "a", i, NULL);
	status = store_bed_status(&bed);
	assert_int_equal(status.queued + status.dropped, STORE_QUEUE_MAX + 10000);
	assert_in_range(status.queued, 1000, STORE_QUEUE_MAX);
	store_bed_close(&first);
	store_flush(bed.store);
	assert_int_equal(store_bed_count(&bed, "a"), status.queued);
	assert_int_equal(store_bed_ask(&bed, "a", 0, 100000, 1).last_ms, STORE_QUEUE_MAX + 9999);
	assert_int_equal(store_bed_status(&bed).dropped, status.dropped);
}

/* --- a disk that hangs --- */

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool reached, open;
};

/* As wake, it keeps the store's thread where a hanging disk would. */
static void wait_at_gate(void *arg)
{
	struct gate *gate = arg;

	pthread_mutex_lock(&gate->mutex);
	gate->reached = true;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

struct asked {
	size_t rows;
	int calls;
	enum bw_status status;
};

static enum bw_status count_rows(void *arg, struct store_view *view, struct bw_error *err)
{
	const struct view_wanted wanted = {
		.kind = SERIES_COMPONENT, .name = "a", .from_us = 0, .to_us = INT64_MAX
	};
	struct asked *asked = arg;
	struct series_rows rows;
	enum bw_status status = store_view_rows(view, &wanted, &rows, err);

	if (status != BW_OK)
		return status;
	asked->rows = rows.count;
	series_rows_finish(&rows);
	return BW_OK;
}

static void take_count(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct asked *asked = arg;

	asked->calls++;
	asked->status = status;
	assert_int_equal(error == NULL, status == BW_OK);
}

static void ask(struct asked *asked)
{
	const struct store_question question = { count_rows, take_count, asked };

	assert_int_equal(store_ask(bed.store, &question), BW_OK);
}

static void test_close_does_not_wait_for_ever(void **state)
{
	struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	const struct store_config config = {
		.path = bed.path,
		.history_us = STORE_DAY_US,
		.wake = wait_at_gate,
		.wake_arg = &gate,
	};
	const struct bw_wall at = { STORE_NOON_US };
	struct asked first = { 0 }, second = { 0 };

	assert_int_equal(store_open(&config, at, &bed.store, NULL), BW_OK);
	store_bed_append(&bed, "a", 0, NULL);
	store_flush(bed.store);
	ask(&first);
	pthread_mutex_lock(&gate.mutex);
	while (!gate.reached)
		pthread_cond_wait(&gate.changed, &gate.mutex);
	pthread_mutex_unlock(&gate.mutex);
	ask(&second);
	store_bed_append(&bed, "a", 1, NULL);
	store_close(bed.store, 1000);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.status, BW_OK);
	assert_int_equal(first.rows, 1);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.status, BW_EIO);

	/* The thread still has the file; left to itself it writes the rest and lets go. */
	assert_int_equal(store_bed_open(&bed), BW_EIO);
	pthread_mutex_lock(&gate.mutex);
	gate.open = true;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.mutex);
	while (!store_bed_status(&bed).usable)
		store_flush(bed.store);
	assert_int_equal(store_bed_count(&bed, "a"), 2);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(test_garbage_is_set_aside),
		WITH_FOLDER(test_a_truncated_file_is_set_aside),
		WITH_FOLDER(test_a_flipped_bit_in_a_page_header_is_found_on_opening),
		WITH_FOLDER(test_any_flipped_bit_is_survived),
		WITH_FOLDER(test_damage_met_while_running_is_set_aside),
		WITH_FOLDER(test_what_is_not_ours_is_refused_and_never_touched),
		WITH_FOLDER(test_a_file_without_a_table_is_taken),
		WITH_FOLDER(test_a_second_opener_is_refused_until_the_first_has_gone),
		WITH_FOLDER(test_a_folder_that_cannot_be_made_is_told),
		WITH_FOLDER(test_a_folder_without_rights_is_told),
		WITH_FOLDER(test_the_log_of_a_damaged_file_goes_with_it),
		WITH_FOLDER(test_a_full_disk_is_told_counted_and_recovered_from),
		WITH_FOLDER(test_a_disk_full_from_the_start_is_recovered_from),
		WITH_FOLDER(test_a_locked_file_is_told_and_recovered_from),
		WITH_FOLDER(test_close_does_not_wait_for_ever),
		WITH_FOLDER(test_too_many_waiting_drop_the_oldest),
	};

	return cmocka_run_group_tests_name("store damage", tests, NULL, NULL);
}
