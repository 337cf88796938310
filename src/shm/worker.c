/* worker.c - slots are claimed by one CAS of their owner word; the rest of a slot is the owner's.
 *
 * A thread keeps its slot in a cache of one entry, valid while the identity in the region's
 * `birth` page is the cached one. The kernel empties that page in a child (MADV_WIPEONFORK), so a
 * child misses without asking for its pid. Behind the cache stands pthread_getspecific(), for
 * threads that use several regions; the key's destructor gives the slot back.
 *
 * The slot of a process's first thread names the process (`leader`) in the slots of the others, so
 * it stays taken when that thread ends, and the next new thread gets it.
 *
 * Owner word and namespace cannot be written at once. The owner word carries bits of the namespace:
 * where they differ somebody is just moving in, and the slot is left alone.
 */
#include "shm/worker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/clock.h"
#include "shm/process.h"
#include "shm/words.h"

#define FOREIGN_SILENCE_US (INT64_C(3600) * 1000000)

_Thread_local struct worker_cache bw_worker_cache = { .identity = 1 };

static uint64_t load(const segment_word *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void store(segment_word *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

/* Several threads of a new child may come here at once: they store the same. */
static uint64_t set_up(struct worker_birth *birth)
{
	uint64_t identity = atomic_load_explicit(&birth->identity, memory_order_acquire);
	uint64_t fresh, owner, namespace_;

	if (identity != 0)
		return identity;
	bw_process_self(&owner, &namespace_);
	store(&birth->owner, owner);
	store(&birth->namespace_, namespace_);
	fresh = bw_clock_identity();
	if (atomic_compare_exchange_strong_explicit(&birth->identity, &identity, fresh,
						    memory_order_release, memory_order_acquire))
		identity = fresh;
	return identity;
}

bool bw_worker_is_alive(const struct bw_region *region, const struct segment_worker *worker,
			bool *is_foreign)
{
	uint64_t owner = atomic_load_explicit(&worker->owner, memory_order_acquire);
	uint64_t namespace_ = load(&worker->namespace_);
	int64_t silent_us = region_now_us(region) - (int64_t)load(&worker->heartbeat_us);

	*is_foreign = false;
	(void)set_up(region->birth);
	if (!bw_process_owner_fits(owner, namespace_))
		return true;
	*is_foreign = namespace_ != load(&region->birth->namespace_);
	return *is_foreign ? silent_us < FOREIGN_SILENCE_US : bw_process_is_alive(owner);
}

/* What the lanes of the slot hold is its former owner's; the new one begins to count here. */
static void note_bases(struct bw_region *region, uint32_t slot)
{
	for (uint32_t i = 0; i < region->shape.cells; i++) {
		struct segment_cell *cell = region_cell(region, i);
		struct segment_lane *lane = region_lane(region, cell, slot);

		if (load(&cell->ready) != SEGMENT_READY)
			continue;
		store(&lane->base_admitted, load(&lane->admitted));
		store(&lane->base_rejected, load(&lane->rejected));
		store(&lane->base_failure, load(&lane->failure));
		store(&lane->base_finished, lane_finished(lane));
	}
}

static void move_in(struct bw_region *region, struct segment_worker *worker, uint32_t slot)
{
	struct worker_birth *birth = region->birth;
	uint64_t leader = 0;
	uint64_t command[2];
	char name[16] = { 0 };

	/* Before the namespace, which makes the slot fit: an old heartbeat would look silent. */
	store(&worker->heartbeat_us, (uint64_t)region_now_us(region));
	store(&worker->namespace_, load(&birth->namespace_));
	if (atomic_compare_exchange_strong(&birth->leader, &leader, slot))
		leader = slot;
	store(&worker->leader, leader);
	bw_process_command((uint32_t)getpid(), name);
	memcpy(command, name, sizeof(command));
	store(&worker->command[0], command[0]);
	store(&worker->command[1], command[1]);
	note_bases(region, slot);
	store(&worker->registered_wall_us, (uint64_t)region_wall_us(region));
}

static bool claim(struct bw_region *region, uint32_t slot, bool also_dead)
{
	struct segment_worker *worker = region_worker(region, slot);
	uint64_t owner = atomic_load_explicit(&worker->owner, memory_order_acquire);
	bool is_foreign;

	if (owner != 0 && (!also_dead || bw_worker_is_alive(region, worker, &is_foreign)))
		return false;
	if (!atomic_compare_exchange_strong_explicit(&worker->owner, &owner,
						     load(&region->birth->owner),
						     memory_order_acq_rel, memory_order_relaxed))
		return false;
	move_in(region, worker, slot);
	return true;
}

/* The shard with the fewest workers of those with a free slot. Of several the thread's number picks
 * one, so that workers that start at once, whose numbers are neighbours, get different ones. */
static uint32_t quiet_shard(const struct bw_region *region)
{
	uint32_t shards = region->shape.shards, equals[SEGMENT_SHARDS_MAX] = { 0 }, count = 0;
	uint32_t owners[SEGMENT_SHARDS_MAX] = { 0 }, free_[SEGMENT_SHARDS_MAX] = { 0 };

	for (uint32_t slot = 1; slot < region->shape.workers; slot++) {
		uint32_t shard = segment_shard_of(slot, shards);
		bool is_owned = load(&region_worker(region, slot)->owner) != 0;

		owners[shard] += is_owned;
		free_[shard] += !is_owned;
	}
	for (uint32_t shard = 0; shard < shards; shard++) {
		if (free_[shard] == 0 || (count > 0 && owners[shard] > owners[equals[0]]))
			continue;
		if (count > 0 && owners[shard] < owners[equals[0]])
			count = 0;
		equals[count++] = shard;
	}
	return count > 0 ? equals[(uint32_t)gettid() % count] : 0;
}

/* A free slot of the quiet shard; 0: none. Begins somewhere else for each process, so that one that
 * comes after another does not get its slot at once: the last failures in its lanes still count for
 * a quorum. */
static uint32_t find_free(const struct bw_region *region, uint32_t first)
{
	uint32_t count = region->shape.workers - 1, shards = region->shape.shards;
	uint32_t quiet = quiet_shard(region);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t slot = 1 + (first + i) % count;

		if (segment_shard_of(slot, shards) == quiet &&
		    load(&region_worker(region, slot)->owner) == 0)
			return slot;
	}
	return 0;
}

static uint32_t claim_any(struct bw_region *region)
{
	uint32_t count = region->shape.workers - 1;
	uint32_t first = word_owner_pid(load(&region->birth->owner)) * UINT32_C(2654435761) % count;
	uint32_t slot;

	/* Lost to another one: it has one slot more, so this ends. */
	for (uint32_t i = 0; i < count && (slot = find_free(region, first)) != 0; i++)
		if (claim(region, slot, false))
			return slot;
	for (uint32_t i = 0; i < count; i++) {
		slot = 1 + (first + i) % count;
		if (claim(region, slot, true))
			return slot;
	}
	return 0;
}

static uint32_t take_slot(struct bw_region *region)
{
	struct worker_birth *birth = region->birth;
	uint64_t idle = 1;

	if (region->is_serial && load(&birth->leader) != 0)
		return (uint32_t)load(&birth->leader);
	if (load(&birth->is_leader_idle) == 1 &&
	    atomic_compare_exchange_strong(&birth->is_leader_idle, &idle, 0))
		return (uint32_t)load(&birth->leader);
	return claim_any(region);
}

static uint32_t slot_of_thread(struct bw_region *region, uint64_t identity)
{
	struct worker_thread *thread = pthread_getspecific(region->key);
	uint32_t slot;

	if (thread && atomic_load_explicit(&thread->identity, memory_order_relaxed) == identity)
		return thread->slot;
	slot = take_slot(region);
	atomic_store_explicit(&region->threads[slot].identity, identity, memory_order_relaxed);
	(void)pthread_setspecific(region->key, &region->threads[slot]);
	return slot;
}

uint32_t bw_worker_slot(struct bw_region *region)
{
	uint64_t identity = set_up(region->birth);
	uint32_t slot = 0;

	if (region->has_slots)
		slot = slot_of_thread(region, identity);
	bw_worker_cache = (struct worker_cache){ identity, slot };
	return slot;
}

static void give_back(struct bw_region *region, uint32_t slot)
{
	uint64_t owner = load(&region->birth->owner);

	(void)atomic_compare_exchange_strong_explicit(&region_worker(region, slot)->owner, &owner,
						      0, memory_order_acq_rel,
						      memory_order_relaxed);
}

static void thread_ends(void *value)
{
	struct worker_thread *thread = value;
	struct worker_birth *birth = thread->region->birth;
	uint64_t identity = atomic_load_explicit(&birth->identity, memory_order_acquire);

	bw_worker_cache.identity = 1;
	if (thread->slot == 0 ||
	    identity != atomic_load_explicit(&thread->identity, memory_order_relaxed))
		return;
	if (thread->slot == load(&birth->leader))
		atomic_store_explicit(&birth->is_leader_idle, 1, memory_order_release);
	else
		give_back(thread->region, thread->slot);
}

static struct worker_birth *map_birth(bool *is_wiped)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	*is_wiped = madvise(page, bytes, MADV_WIPEONFORK) == 0;
	return page;
}

enum bw_status bw_worker_start(struct bw_region *region, struct bw_error *err)
{
	bool is_wiped;

	region->birth = map_birth(&is_wiped);
	if (!region->birth)
		return bw_fail(err, BW_ENOMEM, "no memory for a region");
	(void)set_up(region->birth);
	if (!region->is_writable || region->shape.workers < 2 || !is_wiped)
		return BW_OK;
	region->threads = calloc(region->shape.workers, sizeof(*region->threads));
	if (!region->threads)
		return bw_fail(err, BW_ENOMEM, "no memory for the threads of a region");
	for (uint32_t slot = 0; slot < region->shape.workers; slot++)
		region->threads[slot] = (struct worker_thread){ .region = region, .slot = slot };
	region->has_slots = pthread_key_create(&region->key, thread_ends) == 0;
	return BW_OK;
}

void bw_worker_finish(struct bw_region *region)
{
	uint64_t identity;

	if (!region->birth)
		return;
	identity = atomic_load_explicit(&region->birth->identity, memory_order_acquire);
	if (region->has_slots) {
		(void)pthread_key_delete(region->key);
		for (uint32_t slot = 1; slot < region->shape.workers; slot++)
			if (identity != 0 &&
			    atomic_load(&region->threads[slot].identity) == identity)
				give_back(region, slot);
		if (identity != 0 && load(&region->birth->leader) != 0)
			give_back(region, (uint32_t)load(&region->birth->leader));
	}
	free(region->threads);
	(void)munmap(region->birth, (size_t)sysconf(_SC_PAGESIZE));
}

bool bw_worker_lock(struct bw_region *region)
{
	uint64_t free_ = 0;

	return atomic_compare_exchange_strong_explicit(&region->birth->is_creating, &free_, 1,
						       memory_order_acquire, memory_order_relaxed);
}

void bw_worker_unlock(struct bw_region *region)
{
	atomic_store_explicit(&region->birth->is_creating, 0, memory_order_release);
}

unsigned bw_worker_count(const struct bw_region *region)
{
	unsigned count = 0;

	for (uint32_t slot = 0; slot < region->shape.workers; slot++)
		count += load(&region_worker(region, slot)->owner) != 0;
	return count;
}
