/* test_region_processes.c - many processes make one region at once, and are killed meanwhile. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <bellwether/breaker.h>

#include "shm/handle.h"
#include "support/region_place.h"

enum { RACERS = 16, ROUNDS = 20, STEPS_MAX = 2000 };

struct race {
	struct region_place place;
	int gate[2]; /* closed by the parent: all begin at once */
};

/* 1: it created the breaker, 0: it found it. */
static int race_body(void *arg)
{
	struct race *race = arg;
	struct bw_region_options options = place_options(&race->place, BW_REGION_SHARED);
	struct bw_breaker *breaker;
	struct bw_region *region;
	char byte;

	(void)close(race->gate[1]);
	(void)!read(race->gate[0], &byte, 1);
	if (bw_region_open(&options, &region, NULL) != BW_OK)
		return 255;
	if (bw_breaker_open(region, "feed", NULL, &breaker, NULL) != BW_OK)
		return 254;
	if (!bw_breaker_is_shared(breaker))
		return 253;
	return bw_breaker_origin(breaker) == BW_BREAKER_CREATED;
}

static int count_files(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	assert_int_equal(closedir(folder), 0);
	return count;
}

static void test_sixteen_at_once_make_one_file_and_one_breaker(void **state)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct race race;
		pid_t pids[RACERS];
		int created = 0;

		place_init(&race.place);
		assert_int_equal(pipe(race.gate), 0);
		for (int i = 0; i < RACERS; i++)
			pids[i] = place_fork(race_body, &race);
		assert_int_equal(close(race.gate[0]), 0);
		assert_int_equal(close(race.gate[1]), 0);
		for (int i = 0; i < RACERS; i++) {
			int status = place_wait(pids[i]);

			assert_in_range(status, 0, 1);
			created += status;
		}
		assert_int_equal(created, 1);
		assert_int_equal(count_files(race.place.folder.path), 1);
		place_finish(&race.place);
	}
}

/* ---- killed before each of its system calls, one after the other ---- */

static int traced_body(void *arg)
{
	struct bw_region_options options = place_options(arg, BW_REGION_SHARED);
	struct bw_breaker *breaker;
	struct bw_region *region;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		return 255;
	(void)raise(SIGSTOP);
	if (bw_region_open(&options, &region, NULL) != BW_OK)
		return 1;
	if (bw_breaker_open(region, "of the traced", NULL, &breaker, NULL) != BW_OK)
		return 2;
	(void)region_slot(region);
	bw_breaker_close(breaker);
	bw_region_close(region);
	return 0;
}

/* Lets the child go `steps` stops at system calls (entries and exits) and kills it there. false: it
 * ended before; `*status` is how. */
static bool kill_after(pid_t pid, int steps, int *status)
{
	assert_int_equal(waitpid(pid, status, 0), pid);
	if (WIFEXITED(*status))
		return false;
	for (int i = 0; i < steps; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, status, 0), pid);
		if (WIFEXITED(*status))
			return false;
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, status, 0), pid);
	return true;
}

static void everything_works(const struct region_place *place)
{
	struct bw_region *region = place_open(place, BW_REGION_SHARED);
	struct bw_breaker *breaker;
	struct bw_region_info info;
	struct bw_error err = { "" };

	if (bw_breaker_open(region, "of the next", NULL, &breaker, &err) != BW_OK)
		fail_msg("%s", err.text);
	assert_true(bw_breaker_is_shared(breaker));
	assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(breaker)));
	bw_breaker_close(breaker);
	bw_region_info(region, &info);
	assert_in_range(info.breakers, 1, 2);
	assert_int_equal(info.corrupt, 0);
	bw_region_close(region);
	assert_int_equal(count_files(place->folder.path), 1);
}

static void test_a_kill_at_any_step_leaves_nothing_that_hinders_the_next(void **state)
{
	bool killed = true;
	int steps;

	for (steps = 0; killed && steps < STEPS_MAX; steps++) {
		struct region_place place;
		int status;
		pid_t pid;

		place_init(&place);
		pid = place_fork(traced_body, &place);
		killed = kill_after(pid, steps, &status);
		if (!killed && WIFEXITED(status) && WEXITSTATUS(status) == 255) {
			place_finish(&place);
			print_message("may not trace here\n");
			skip();
		}
		if (!killed)
			assert_int_equal(WEXITSTATUS(status), 0);
		everything_works(&place);
		place_finish(&place);
	}
	assert_false(killed);
	assert_true(steps > 50);
	print_message("killed at %d steps\n", steps - 1);
}

/* ---- stopped at each step, while a cleaner takes its temporary for one of the dead ---- */

static char *find_temporary(const struct region_place *place, char *path, size_t size)
{
	DIR *folder = opendir(place->folder.path);
	struct dirent *entry;
	char *found = NULL;

	assert_non_null(folder);
	while (!found && (entry = readdir(folder)))
		if (strstr(entry->d_name, ".tmp-")) {
			folder_name(&place->folder, entry->d_name, path, size);
			found = path;
		}
	assert_int_equal(closedir(folder), 0);
	return found;
}

/* What a cleaner does, one half each: taking the lock, taking the name. */
static int lock_temporary(const struct region_place *place)
{
	char path[600];
	int fd = -1;

	if (find_temporary(place, path, sizeof(path)))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)flock(fd, LOCK_EX | LOCK_NB);
	return fd;
}

static int remove_temporary(const struct region_place *place)
{
	char path[600];

	if (find_temporary(place, path, sizeof(path)))
		assert_int_equal(unlink(path), 0);
	return -1;
}

/* true: the child was stopped at that step and has ended well since. */
static bool hinder_at(int steps, int (*hinder)(const struct region_place *place))
{
	struct region_place place;
	int status, fd;
	bool stopped = true;
	pid_t pid;

	place_init(&place);
	pid = place_fork(traced_body, &place);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (int i = 0; stopped && WIFSTOPPED(status) && i < steps; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	stopped = WIFSTOPPED(status);
	if (stopped) {
		fd = hinder(&place);
		assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (fd >= 0)
			assert_int_equal(close(fd), 0);
	}
	if (WEXITSTATUS(status) != 255)
		assert_int_equal(WEXITSTATUS(status), 0);
	everything_works(&place);
	place_finish(&place);
	return stopped;
}

static void test_a_maker_whose_temporary_is_taken_at_any_step_begins_again(void **state)
{
	int steps = 0;

	while (hinder_at(steps, lock_temporary) && hinder_at(steps, remove_temporary))
		assert_true(steps++ < STEPS_MAX);
}

/* ---- killed somewhere, over and over, while others go on ---- */

static int open_forever(void *arg)
{
	const struct region_place *place = arg;
	struct bw_region_options options = place_options(place, BW_REGION_SHARED);
	struct bw_breaker *breaker;
	struct bw_region *region;
	char name[16];

	for (unsigned i = 0;; i++) {
		if (bw_region_open(&options, &region, NULL) != BW_OK)
			return 1;
		(void)snprintf(name, sizeof(name), "breaker %u", i % 4);
		if (bw_breaker_open(region, name, NULL, &breaker, NULL) == BW_OK) {
			(void)bw_breaker_record(breaker, bw_breaker_acquire(breaker),
						BW_BREAKER_SUCCESS, 1);
			bw_breaker_close(breaker);
		}
		bw_region_close(region);
	}
}

static void test_openers_that_are_killed_at_random_leave_a_region_that_works(void **state)
{
	struct region_place place;
	struct bw_region *region;
	struct bw_region_info info;
	unsigned seed = 12345;
	pid_t pids[4];

	place_init(&place);
	region = place_open(&place, BW_REGION_SHARED);
	for (int i = 0; i < 4; i++)
		pids[i] = place_fork(open_forever, &place);
	for (int i = 0; i < 100; i++) {
		seed = seed * 1103515245 + 12345;
		for (unsigned spin = 0; spin < seed >> 20; spin++)
			bw_region_info(region, &info);
		assert_int_equal(kill(pids[i % 4], SIGKILL), 0);
		assert_int_equal(place_wait(pids[i % 4]), -1);
		pids[i % 4] = place_fork(open_forever, &place);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		assert_int_equal(place_wait(pids[i]), -1);
	}
	bw_region_close(region);
	region = place_open(&place, BW_REGION_SHARED);
	(void)region_slot(region);
	bw_region_info(region, &info);
	assert_in_range(info.breakers, 1, 4);
	assert_int_equal(info.corrupt, 0);
	assert_int_equal(count_files(place.folder.path), 1);
	bw_region_close(region);
	place_finish(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sixteen_at_once_make_one_file_and_one_breaker),
		cmocka_unit_test(test_a_kill_at_any_step_leaves_nothing_that_hinders_the_next),
		cmocka_unit_test(test_a_maker_whose_temporary_is_taken_at_any_step_begins_again),
		cmocka_unit_test(test_openers_that_are_killed_at_random_leave_a_region_that_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
