/* test_worker.c - who gets which slot: threads, processes, children of fork(), the dead. */
#include "shm/worker.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shm/process.h"
#include "shm/words.h"
#include "support/worker_crowd.h"

static void test_a_thread_keeps_its_slot_and_gives_it_back(void **state)
{
	struct setup setup;
	struct crowd crowd;
	uint32_t mine;

	start(&setup);
	mine = region_slot(setup.region);
	assert_in_range(mine, 1, 7);
	assert_int_equal(region_slot(setup.region), mine);
	crowd_start(&crowd, &setup, 6);
	assert_int_equal(bw_worker_count(setup.region), 7);
	for (int i = 0; i < 6; i++) {
		assert_int_not_equal(crowd.slots[i], mine);
		assert_int_equal(atomic_load(&region_worker(setup.region, crowd.slots[i])->leader),
				 mine);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(crowd.slots[i], crowd.slots[k]);
	}
	crowd_end(&crowd);
	assert_int_equal(bw_worker_count(setup.region), 1);
	finish(&setup);
}

static void test_who_finds_no_slot_shares_slot_0(void **state)
{
	struct setup setup;
	struct crowd crowd;
	struct segment_lane *lane;
	int without = 0;

	start_with(&setup, 4, false);
	(void)region_slot(setup.region);
	crowd_start(&crowd, &setup, 6);
	for (int i = 0; i < 6; i++)
		without += crowd.slots[i] == 0;
	assert_int_equal(without, 4);
	lane = breaker_lane(setup.breaker, 0);
	assert_int_equal(atomic_load(&lane->admitted), 8);
	assert_int_equal(owner_of(&setup, 0), 0);
	crowd_end(&crowd);
	assert_int_equal(bw_worker_count(setup.region), 1);
	finish(&setup);
}

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

static void test_the_first_threads_slot_names_the_process_and_is_used_again(void **state)
{
	struct setup setup;
	uint32_t first, second;

	start(&setup);
	first = slot_of_new_thread(setup.region);
	assert_int_not_equal(owner_of(&setup, first), 0);
	second = slot_of_new_thread(setup.region);
	assert_int_equal(second, first);
	assert_int_equal(region_slot(setup.region), first);
	assert_int_not_equal(slot_of_new_thread(setup.region), first);
	assert_int_equal(bw_worker_count(setup.region), 1);
	finish(&setup);
}

static void test_a_serial_process_has_one_slot_for_all_threads(void **state)
{
	struct setup setup;
	uint32_t mine;

	start_with(&setup, 8, true);
	mine = region_slot(setup.region);
	assert_in_range(mine, 1, 7);
	for (int i = 0; i < 3; i++)
		assert_int_equal(slot_of_new_thread(setup.region), mine);
	assert_int_equal(bw_worker_count(setup.region), 1);
	finish(&setup);
}

static void test_a_thread_in_two_regions_keeps_both_slots(void **state)
{
	struct setup one, two;
	uint32_t first, second;

	start(&one);
	start(&two);
	first = region_slot(one.region);
	second = region_slot(two.region);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(region_slot(one.region), first);
		assert_int_equal(region_slot(two.region), second);
	}
	assert_int_equal(bw_worker_count(one.region), 1);
	assert_int_equal(bw_worker_count(two.region), 1);
	finish(&one);
	finish(&two);
}

static void test_closing_gives_all_slots_back(void **state)
{
	struct setup setup;
	struct bw_region *watcher;

	start(&setup);
	watcher = place_open(&setup.place, BW_REGION_READ_ONLY);
	(void)slot_of_new_thread(setup.region);
	(void)region_slot(setup.region);
	assert_int_equal(bw_worker_count(watcher), 1);
	bw_breaker_close(setup.breaker);
	bw_region_close(setup.region);
	assert_int_equal(bw_worker_count(watcher), 0);
	bw_region_close(watcher);
	place_finish(&setup.place);
}

static uint32_t last_slot_of(uint32_t shard, uint32_t shards)
{
	uint32_t slot = 7;

	while (slot > 1 && segment_shard_of(slot, shards) != shard)
		slot--;
	return slot;
}

/* Each handle is a worker. One of another process has a slot already, in each shard in turn. */
static void test_workers_share_no_shard_while_one_is_free(void **state)
{
	enum { SHARDS = 4 };
	struct bw_region *region, *others[SHARDS];
	struct bw_region_options options;
	struct region_place place;

	place_init(&place);
	options = place_options(&place, BW_REGION_SHARED);
	options.shards = SHARDS;
	assert_int_equal(bw_region_open(&options, &region, NULL), BW_OK);
	for (uint32_t taken = 0; taken < SHARDS; taken++) {
		segment_word *owner = &region_worker(region, last_slot_of(taken, SHARDS))->owner;
		unsigned seen = 1U << taken;

		atomic_store(owner, atomic_load(&region->birth->owner));
		for (int i = 0; i < SHARDS - 1; i++) {
			others[i] = place_open(&place, BW_REGION_SHARED);
			seen |= 1U << segment_shard_of(region_slot(others[i]), SHARDS);
		}
		assert_int_equal(seen, (1U << SHARDS) - 1);
		for (int i = 0; i < SHARDS - 1; i++)
			bw_region_close(others[i]);
		atomic_store(owner, 0);
	}
	bw_region_close(region);
	place_finish(&place);
}

/* ---- fork ---- */

struct report {
	_Atomic uint32_t slot, grandchild, thread;
	_Atomic uint64_t owner;
};

static struct report *map_report(void)
{
	void *memory = mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

struct family {
	struct setup *setup;
	struct report *report;
};

static int grandchild_body(void *arg)
{
	struct family *family = arg;

	family->report->grandchild = region_slot(family->setup->region);
	return 0;
}

static int child_body(void *arg)
{
	struct family *family = arg;
	uint32_t slot = region_slot(family->setup->region);
	int status;
	pid_t pid;

	family->report->slot = slot;
	family->report->owner = owner_of(family->setup, slot);
	work(family->setup->breaker, 3, 2);
	pid = fork();
	if (pid == 0)
		_exit(grandchild_body(family));
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	return region_slot(family->setup->region) == slot ? 0 : 2;
}

static void test_a_child_and_its_child_are_workers_of_their_own(void **state)
{
	struct setup setup;
	struct family family = { &setup, map_report() };
	uint32_t mine;
	pid_t pid;

	start(&setup);
	mine = region_slot(setup.region);
	pid = place_fork(child_body, &family);
	assert_int_equal(place_wait(pid), 0);
	assert_in_range(family.report->slot, 1, 7);
	assert_in_range(family.report->grandchild, 1, 7);
	assert_int_not_equal(family.report->slot, mine);
	assert_int_not_equal(family.report->grandchild, mine);
	assert_int_not_equal(family.report->grandchild, family.report->slot);
	assert_int_equal(word_owner_pid(family.report->owner), pid);
	assert_int_equal(region_slot(setup.region), mine);
	assert_int_equal(word_owner_pid(owner_of(&setup, mine)), getpid());
	assert_int_equal(munmap(family.report, sizeof(*family.report)), 0);
	finish(&setup);
}

static int child_that_never_calls(void *arg)
{
	struct setup *setup = arg;

	bw_breaker_close(setup->breaker);
	bw_region_close(setup->region);
	return 0;
}

static void test_a_child_that_closes_leaves_the_parents_slot_alone(void **state)
{
	struct setup setup;
	uint32_t mine;

	start(&setup);
	mine = region_slot(setup.region);
	assert_int_equal(place_wait(place_fork(child_that_never_calls, &setup)), 0);
	assert_int_equal(word_owner_pid(owner_of(&setup, mine)), getpid());
	finish(&setup);
}

const char *__tsan_default_options(void);

/* A child of a process with threads starts one of its own: the sanitizer refuses otherwise. */
const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}

static int child_with_threads(void *arg)
{
	struct family *family = arg;
	pthread_t thread;
	void *slot;

	if (pthread_create(&thread, NULL, just_show, family->setup->region) != 0 ||
	    pthread_join(thread, &slot) != 0)
		return 1;
	family->report->thread = (uint32_t)(uintptr_t)slot;
	family->report->slot = region_slot(family->setup->region);
	return 0;
}

static void *fork_in_thread(void *arg)
{
	struct family *family = arg;
	int status;
	pid_t pid;

	(void)region_slot(family->setup->region);
	pid = fork();
	if (pid == 0)
		_exit(child_with_threads(family));
	return waitpid(pid, &status, 0) == pid && status == 0 ? family : NULL;
}

static void test_fork_in_a_thread_of_many(void **state)
{
	struct setup setup;
	struct family family = { &setup, map_report() };
	struct crowd crowd;
	pthread_t thread;
	void *ended;

	start_with(&setup, 16, false);
	crowd_start(&crowd, &setup, 4);
	assert_int_equal(pthread_create(&thread, NULL, fork_in_thread, &family), 0);
	assert_int_equal(pthread_join(thread, &ended), 0);
	assert_non_null(ended);
	for (int i = 0; i < 4; i++) {
		assert_int_not_equal(family.report->slot, crowd.slots[i]);
		assert_int_not_equal(family.report->thread, crowd.slots[i]);
	}
	/* The child's first thread was that one: its slot was idle when the other came. */
	assert_int_equal(family.report->thread, family.report->slot);
	crowd_end(&crowd);
	assert_int_equal(munmap(family.report, sizeof(*family.report)), 0);
	finish(&setup);
}

static int create_one(void *arg)
{
	struct setup *setup = arg;
	struct bw_breaker *breaker;

	if (bw_breaker_open(setup->region, "of the child", NULL, &breaker, NULL) != BW_OK)
		return 1;
	return bw_breaker_is_shared(breaker) ? 0 : 2;
}

static void test_a_registry_held_in_the_parent_is_free_in_the_child(void **state)
{
	struct setup setup;

	start(&setup);
	assert_true(bw_worker_lock(setup.region));
	assert_false(bw_worker_lock(setup.region));
	assert_int_equal(place_wait(place_fork(create_one, &setup)), 0);
	bw_worker_unlock(setup.region);
	finish(&setup);
}

/* ---- the dead ---- */

static int register_and_die(void *arg)
{
	struct setup *setup = arg;

	work(setup->breaker, 5, 2);
	return (int)region_slot(setup->region);
}

/* Fills all slots but slot 0 with owners that are gone. */
static void fill_with_dead(struct setup *setup)
{
	for (uint32_t i = 1; i < setup->region->shape.workers; i++)
		assert_in_range(place_wait(place_fork(register_and_die, setup)), 1, 255);
	assert_int_equal(bw_worker_count(setup->region), setup->region->shape.workers - 1);
}

static void test_a_dead_owners_slot_is_taken_over_and_its_counts_are_not(void **state)
{
	struct bw_breaker_worker workers[8];
	struct setup setup;
	struct segment_lane *lane;
	uint32_t mine;

	start_with(&setup, 4, false);
	fill_with_dead(&setup);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 8), 3);
	for (int i = 0; i < 3; i++) {
		assert_false(workers[i].is_alive);
		assert_int_equal(workers[i].admitted, 5);
		assert_int_equal(workers[i].failed, 2);
		assert_int_equal(workers[i].in_flight, 3);
	}
	mine = region_slot(setup.region);
	assert_in_range(mine, 1, 3);
	work(setup.breaker, 1, 1);
	lane = breaker_lane(setup.breaker, mine);
	assert_int_equal(atomic_load(&lane->admitted), 6);
	assert_int_equal(atomic_load(&lane->base_admitted), 5);
	assert_int_equal(atomic_load(&lane->base_failure), 2);
	assert_int_equal(atomic_load(&lane->base_finished), 2);
	assert_int_equal(bw_breaker_workers(setup.breaker, workers, 8), 3);
	for (int i = 0; i < 3; i++) {
		if (workers[i].pid != getpid())
			continue;
		assert_true(workers[i].is_alive);
		assert_int_equal(workers[i].admitted, 1);
		assert_int_equal(workers[i].failed, 1);
		assert_int_equal(workers[i].in_flight, 0);
	}
	finish(&setup);
}

static void test_a_zombie_is_dead(void **state)
{
	struct bw_breaker_worker worker;
	struct setup setup;
	siginfo_t about;
	pid_t pid;

	start(&setup);
	pid = place_fork(register_and_die, &setup);
	assert_int_equal(waitid(P_PID, (id_t)pid, &about, WEXITED | WNOWAIT), 0);
	assert_int_equal(bw_breaker_workers(setup.breaker, &worker, 1), 1);
	assert_int_equal(worker.pid, pid);
	assert_false(worker.is_alive);
	assert_in_range(place_wait(pid), 1, 7);
	finish(&setup);
}

static void test_a_pid_that_is_used_again_is_another_process(void **state)
{
	uint64_t owner, namespace_, other;

	bw_process_self(&owner, &namespace_);
	assert_int_equal(word_owner_pid(owner), getpid());
	assert_true(bw_process_owner_fits(owner, namespace_));
	assert_false(bw_process_owner_fits(owner, namespace_ + 1));
	assert_true(bw_process_is_alive(owner));
	other = bw_process_owner((uint32_t)getpid(), (owner & UINT32_MAX) - 1, namespace_);
	assert_false(bw_process_is_alive(other));
	assert_true(bw_process_is_alive(bw_process_owner((uint32_t)getpid(), 0, namespace_)));
	assert_false(bw_process_is_alive(bw_process_owner(0, 5, namespace_)));
	assert_false(bw_process_is_alive(bw_process_owner(0x3fffff, 5, namespace_)));
}

static void test_an_owner_who_is_just_moving_in_is_left_alone(void **state)
{
	struct setup setup;
	struct segment_worker *worker;
	bool is_foreign;

	start(&setup);
	(void)region_slot(setup.region);
	worker = region_worker(setup.region, 7);
	atomic_store(&worker->owner, bw_process_owner(0x3fffff, 1, 1));
	atomic_store(&worker->namespace_, 2);
	atomic_store(&worker->heartbeat_us, (uint64_t)INT64_C(-7200000000));
	assert_true(bw_worker_is_alive(setup.region, worker, &is_foreign));
	atomic_store(&worker->namespace_, 1);
	assert_false(bw_worker_is_alive(setup.region, worker, &is_foreign));
	atomic_store(&worker->owner, 0);
	finish(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thread_keeps_its_slot_and_gives_it_back),
		cmocka_unit_test(test_who_finds_no_slot_shares_slot_0),
		cmocka_unit_test(test_the_first_threads_slot_names_the_process_and_is_used_again),
		cmocka_unit_test(test_a_serial_process_has_one_slot_for_all_threads),
		cmocka_unit_test(test_a_thread_in_two_regions_keeps_both_slots),
		cmocka_unit_test(test_closing_gives_all_slots_back),
		cmocka_unit_test(test_workers_share_no_shard_while_one_is_free),
		cmocka_unit_test(test_a_child_and_its_child_are_workers_of_their_own),
		cmocka_unit_test(test_a_child_that_closes_leaves_the_parents_slot_alone),
		cmocka_unit_test(test_fork_in_a_thread_of_many),
		cmocka_unit_test(test_a_registry_held_in_the_parent_is_free_in_the_child),
		cmocka_unit_test(test_a_dead_owners_slot_is_taken_over_and_its_counts_are_not),
		cmocka_unit_test(test_a_zombie_is_dead),
		cmocka_unit_test(test_a_pid_that_is_used_again_is_another_process),
		cmocka_unit_test(test_an_owner_who_is_just_moving_in_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
