/* test_lease.c - claimers that slept, and places that are not theirs to take. */
#include "support/breaker_builder.h"

#include "shm/lease.h"

static void test_a_claimer_that_slept_leaves_newer_leases_alone(void **state)
{
	struct lease slept = { 0 };
	uint32_t generation;
	uint64_t word;

	(void)world_of_half_open();
	generation = look(70000).generation;
	word = atomic_load(&cell()->leases[0]);
	assert_int_equal(word_tagged_generation(word), generation);
	/* It saw HALF_OPEN two transitions ago, and no lease of that time is there. */
	assert_false(bw_lease_claim(world.breaker, breaker_rules(world.breaker), generation - 2,
				    70000 * MS, &slept));
	assert_int_equal(atomic_load(&cell()->leases[0]), word);
	assert_int_equal(look(70000).probes_in_flight, 1);
}

static void test_no_more_than_max_probes_places_are_ever_taken(void **state)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct lease lease;

	config.max_probes = 2;
	world_open(&config);
	assert_int_equal(bw_breaker_open_for(world.breaker, 0), BW_OK);
	assert_true(admitted_at(0));
	assert_true(admitted_at(0));
	assert_false(bw_lease_claim(world.breaker, breaker_rules(world.breaker), look(0).generation,
				    0, &lease));
	for (int i = 2; i < SEGMENT_LEASES; i++)
		assert_int_equal(atomic_load(&cell()->leases[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		breaker_test(test_a_claimer_that_slept_leaves_newer_leases_alone),
		breaker_test(test_no_more_than_max_probes_places_are_ever_taken),
	};

	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
