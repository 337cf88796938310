/* test_worker_list.c - the workers of a breaker: processes, with their threads summed up. */
#include "shm/worker.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/process.h"
#include "shm/words.h"
#include "support/worker_crowd.h"

static void *just_show(void *arg)
{
	return (void *)(uintptr_t)region_slot(arg);
}

static uint32_t slot_of_new_thread(struct bw_region *region)
{
	pthread_t thread;
	void *slot;

	assert_int_equal(pthread_create(&thread, NULL, just_show, region), 0);
	assert_int_equal(pthread_join(thread, &slot), 0);
	return (uint32_t)(uintptr_t)slot;
}

/* ---- another pid namespace: only results tell ---- */

static int64_t clock_of_test(void *arg)
{
	return *(int64_t *)arg;
}

static void test_a_foreign_worker_lives_for_an_hour_after_its_last_result(void **state)
{
	static const int64_t hour_us = INT64_C(3600000000);
	int64_t now = 0;
	struct bw_clock clock = { .now_us = clock_of_test, .arg = &now };
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE,
					     .workers = 2,
					     .clock = &clock };
	struct bw_breaker_worker seen;
	struct segment_worker *worker;
	struct bw_breaker *breaker;
	struct bw_region *region;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	worker = region_worker(region, 1);
	atomic_store(&worker->owner, bw_process_owner(0x3fffff, 1, 77));
	atomic_store(&worker->namespace_, 77);
	atomic_store(&worker->heartbeat_us, 1000000);
	atomic_store(&breaker_lane(breaker, 1)->admitted, 1);
	now = 1000000 + hour_us - 1;
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_true(seen.is_foreign);
	assert_true(seen.is_alive);
	assert_int_equal(slot_of_new_thread(region), 0);
	now++;
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_false(seen.is_alive);
	assert_int_equal(slot_of_new_thread(region), 1);
	assert_int_equal(word_owner_pid(atomic_load(&worker->owner)), getpid());
	bw_breaker_close(breaker);
	bw_region_close(region);
}

/* ---- by process ---- */

static int work_and_wait(void *arg)
{
	struct setup *setup = arg;

	work(setup->breaker, 7, 3);
	(void)raise(SIGSTOP);
	return 0;
}

static void test_workers_are_processes_and_threads_of_one_are_summed(void **state)
{
	struct bw_breaker_worker workers[8];
	struct setup setup;
	struct crowd crowd;
	int status, seen = 0;
	pid_t pid;

	start_with(&setup, 16, false);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 8), 0);
	(void)region_slot(setup.region);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 8), 0);
	crowd_start(&crowd, &setup, 4);
	pid = place_fork(work_and_wait, &setup);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 1), 2);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 8), 2);
	for (int i = 0; i < 2; i++) {
		bool is_child = workers[i].pid == pid;

		seen += is_child;
		assert_int_equal(workers[i].pid, is_child ? pid : getpid());
		assert_int_equal(workers[i].admitted, is_child ? 7 : 8);
		assert_int_equal(workers[i].failed, is_child ? 3 : 4);
		assert_int_equal(workers[i].in_flight, 4);
		assert_true(workers[i].is_alive);
		assert_false(workers[i].is_foreign);
		assert_true(workers[i].registered_wall_us > INT64_C(1600000000000000));
		assert_memory_equal(workers[i].command, "test_shm_worker", 15);
	}
	assert_int_equal(seen, 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(place_wait(pid), -1);
	crowd_end(&crowd);
	finish(&setup);
}

static void test_times_of_workers_are_of_the_regions_clock(void **state)
{
	int64_t now = 1000000;
	struct bw_clock clock = { .now_us = clock_of_test, .arg = &now };
	struct bw_region_options options = { .mode = BW_REGION_PRIVATE,
					     .workers = 4,
					     .clock = &clock };
	struct bw_breaker_worker seen;
	struct bw_breaker_call call;
	struct bw_breaker *breaker;
	struct bw_region *region;

	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(region, "feed", NULL, &breaker, NULL), BW_OK);
	now = 3000000;
	call = bw_breaker_begin(breaker);
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_int_equal(seen.in_flight, 1);
	assert_int_equal(seen.busy_since_us, 3000000);
	assert_int_equal(seen.last_result_us, 0);
	now = 4000000;
	assert_true(bw_breaker_end(breaker, call, BW_BREAKER_FAILURE));
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_int_equal(seen.in_flight, 0);
	assert_int_equal(seen.busy_since_us, 0);
	assert_int_equal(seen.last_result_us, 4000000);
	assert_int_equal(seen.last_failure_us, 4000000);
	now = 5000000;
	assert_true(bw_breaker_ticket_admitted(bw_breaker_acquire(breaker)));
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_int_equal(seen.in_flight, 1);
	assert_int_equal(seen.busy_since_us, 0);
	assert_int_equal(bw_breaker_reset(breaker), BW_OK);
	assert_int_equal(bw_breaker_workers(breaker, &seen, 1), 1);
	assert_int_equal(seen.last_failure_us, 0);
	bw_breaker_close(breaker);
	bw_region_close(region);
}

static void test_a_damaged_worker_table_is_read_without_harm(void **state)
{
	struct bw_breaker_worker workers[8];
	struct setup setup;

	start(&setup);
	memset(region_worker(setup.region, 0), 0xa5, 8 * sizeof(struct segment_worker));
	memset(breaker_lane(setup.breaker, 0), 0x5a, 8 * sizeof(struct segment_lane));
	assert_in_range(bw_breaker_workers(setup.breaker, workers, 8), 0, 8);
	(void)region_slot(setup.region);
	work(setup.breaker, 1, 1);
	memset(region_worker(setup.region, 0), 0, 8 * sizeof(struct segment_worker));
	finish(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_foreign_worker_lives_for_an_hour_after_its_last_result),
		cmocka_unit_test(test_workers_are_processes_and_threads_of_one_are_summed),
		cmocka_unit_test(test_times_of_workers_are_of_the_regions_clock),
		cmocka_unit_test(test_a_damaged_worker_table_is_read_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
