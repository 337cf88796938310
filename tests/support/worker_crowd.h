/* worker_crowd.h - a shared region with one breaker, and threads that take slots in it and stay.
 *
 * Fails the running cmocka test when something is not as it says.
 */
#ifndef BW_TESTS_WORKER_CROWD_H
#define BW_TESTS_WORKER_CROWD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shm/handle.h"
#include "support/region_place.h"

struct setup {
	struct region_place place;
	struct bw_region *region;
	struct bw_breaker *breaker;
};

static inline void start_with(struct setup *setup, unsigned workers, bool serial)
{
	struct bw_region_options options;

	place_init(&setup->place);
	options = place_options(&setup->place, BW_REGION_SHARED);
	options.workers = workers;
	options.serial = serial;
	assert_int_equal(bw_region_open(&options, &setup->region, NULL), BW_OK);
	assert_int_equal(bw_breaker_open(setup->region, "feed", NULL, &setup->breaker, NULL),
			 BW_OK);
}

static inline void start(struct setup *setup)
{
	start_with(setup, 8, false);
}

static inline void finish(struct setup *setup)
{
	bw_breaker_close(setup->breaker);
	bw_region_close(setup->region);
	place_finish(&setup->place);
}

static inline uint64_t owner_of(const struct setup *setup, uint32_t slot)
{
	return atomic_load(&region_worker(setup->region, slot)->owner);
}

/* Admits `admitted` calls in the calling thread's lane and ends `failed` of them badly. */
static inline void work(struct bw_breaker *breaker, uint64_t admitted, uint64_t failed)
{
	uint32_t slot = region_slot(breaker->region);
	struct segment_lane *lane = breaker_lane(breaker, slot);

	lane_add(breaker, slot, &lane->admitted, admitted);
	lane_add(breaker, slot, &lane->failure, failed);
}

/* ---- threads: each shows its slot and waits until it may end ---- */

enum { THREADS_MAX = 16 };

struct crowd {
	struct setup *setup;
	pthread_t threads[THREADS_MAX];
	uint32_t slots[THREADS_MAX];
	_Atomic int next;
	pthread_barrier_t shown, may_end;
	int count;
};

static inline void *show_slot(void *arg)
{
	struct crowd *crowd = arg;
	int self = atomic_fetch_add(&crowd->next, 1);

	crowd->slots[self] = region_slot(crowd->setup->region);
	work(crowd->setup->breaker, 2, 1);
	pthread_barrier_wait(&crowd->shown);
	pthread_barrier_wait(&crowd->may_end);
	return NULL;
}

static inline void crowd_start(struct crowd *crowd, struct setup *setup, int count)
{
	*crowd = (struct crowd){ .setup = setup, .count = count };
	assert_int_equal(pthread_barrier_init(&crowd->shown, NULL, (unsigned)count + 1), 0);
	assert_int_equal(pthread_barrier_init(&crowd->may_end, NULL, (unsigned)count + 1), 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_create(&crowd->threads[i], NULL, show_slot, crowd), 0);
	pthread_barrier_wait(&crowd->shown);
}

static inline void crowd_end(struct crowd *crowd)
{
	pthread_barrier_wait(&crowd->may_end);
	for (int i = 0; i < crowd->count; i++)
		assert_int_equal(pthread_join(crowd->threads[i], NULL), 0);
	pthread_barrier_destroy(&crowd->shown);
	pthread_barrier_destroy(&crowd->may_end);
}

#endif
