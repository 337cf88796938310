/* lease.c - claim first, then count again: who makes it too many gives his own place back.
 *
 * Two claimers may both see the last free place and both take one. Each counts after its claim, in
 * one total order, so at least the later one sees both and gives back; both may, and then the next
 * one gets the place. The count can be too careful, never too generous.
 *
 * A success is noted before its lease is freed: in between it counts twice, which is too careful
 * again; the other order would let one probe too many in. Killed in between, the lease expires.
 *
 * Only the first max_probes places are taken, so that at no instant there are more live leases.
 *
 * A deadline further ahead than twice a lease is none that we wrote on this clock: it is expired.
 */
#include "shm/lease.h"

#include "shm/words.h"

static bool is_live(uint64_t word, uint32_t generation, int64_t lease_us, int64_t since_us)
{
	int64_t left_us = (int64_t)word_tagged_value(word) * 1000 - since_us;

	return word_tagged_generation(word) == generation && left_us > 0 && left_us <= 2 * lease_us;
}

static int64_t lease_length(const struct breaker_rules *rules)
{
	return atomic_load_explicit(&rules->lease_us, memory_order_relaxed);
}

void bw_probes_look(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		    uint32_t generation, int64_t since_us, struct probes *out)
{
	const struct segment_cell *cell = breaker->cell;
	int64_t lease_us = lease_length(rules);
	uint64_t result;

	*out = (struct probes){ 0 };
	for (int i = 0; i < SEGMENT_LEASES; i++)
		out->in_flight +=
			is_live(atomic_load(&cell->leases[i]), generation, lease_us, since_us);
	result = atomic_load(&cell->probe_result);
	if (word_tagged_generation(result) == generation) {
		out->ok = word_probe_ok(result);
		out->failed = word_probe_failed(result);
	}
}

bool bw_probes_note(struct bw_breaker *breaker, uint32_t generation, bool is_failed)
{
	segment_word *result = &breaker->cell->probe_result;
	uint64_t word = atomic_load(result);
	uint32_t ok, failed;

	do {
		bool is_same = word_tagged_generation(word) == generation;
		uint64_t control = atomic_load(&breaker->cell->control);

		if (word_control_generation(control) != generation)
			return false;
		ok = (is_same ? word_probe_ok(word) : 0) + !is_failed;
		failed = (is_same ? word_probe_failed(word) : 0) + is_failed;
	} while (!atomic_compare_exchange_weak(result, &word, word_probe(generation, ok, failed)));
	return true;
}

void bw_lease_free(struct bw_breaker *breaker, const struct lease *lease)
{
	uint64_t own = word_tagged(lease->generation, lease->deadline_ms);

	if (lease->slot >= 0 && lease->slot < SEGMENT_LEASES)
		atomic_compare_exchange_strong(&breaker->cell->leases[lease->slot], &own, 0);
}

/* A place is read before the control word: while that is of the claimer's generation, no newer
 * lease can have been read, and one that comes later makes the exchange fail. Without it a claimer
 * that slept would take the place of a live probe of the next HALF_OPEN. */
static bool take_place(struct bw_breaker *breaker, const struct breaker_rules *rules,
		       int64_t since_us, struct lease *lease)
{
	uint64_t own = word_tagged(lease->generation, lease->deadline_ms);
	int places = atomic_load_explicit(&rules->max_probes, memory_order_relaxed);

	for (lease->slot = 0; lease->slot < places && lease->slot < SEGMENT_LEASES; lease->slot++) {
		segment_word *place = &breaker->cell->leases[lease->slot];
		uint64_t word = atomic_load(place);

		if (is_live(word, lease->generation, lease_length(rules), since_us))
			continue;
		if (word_control_generation(atomic_load(&breaker->cell->control)) !=
		    lease->generation)
			return false;
		if (atomic_compare_exchange_strong(place, &word, own))
			return true;
	}
	return false;
}

static bool has_room(const struct breaker_rules *rules, const struct probes *probes, int claimed)
{
	int64_t success_threshold =
		atomic_load_explicit(&rules->success_threshold, memory_order_relaxed);
	int max_probes = atomic_load_explicit(&rules->max_probes, memory_order_relaxed);
	int others = probes->in_flight - claimed;

	return others < max_probes && others + (int64_t)probes->ok < success_threshold;
}

bool bw_lease_claim(struct bw_breaker *breaker, const struct breaker_rules *rules,
		    uint32_t generation, int64_t since_us, struct lease *out)
{
	int64_t end_us = since_us + lease_length(rules);
	struct lease lease = { .generation = generation, .deadline_ms = (uint64_t)end_us / 1000 };
	struct probes probes;

	bw_probes_look(breaker, rules, generation, since_us, &probes);
	if (!has_room(rules, &probes, 0) || !take_place(breaker, rules, since_us, &lease))
		return false;
	bw_probes_look(breaker, rules, generation, since_us, &probes);
	if (!has_room(rules, &probes, 1)) {
		bw_lease_free(breaker, &lease);
		return false;
	}
	*out = lease;
	return true;
}
