/* soak_worker.c - one of many processes that call, and may be killed at any instruction.
 *
 * What it writes on the board is only ever behind the truth: a probe is noted after it was
 * admitted and with the earliest deadline it can have, and taken back before it is recorded.
 */
#include "soak/soak.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shm/words.h"

static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Now the service is well, now it is not: half a second of the fast clock each. */
static enum bw_breaker_outcome draw_outcome(uint64_t *seed)
{
	bool is_sick = soak_now_us(NULL) / 500000 % 2;
	uint64_t dice = draw(seed) % 100;

	if (dice < 2)
		return BW_BREAKER_IGNORED;
	if (dice < (is_sick ? 60 : 4))
		return dice % 2 ? BW_BREAKER_FAILURE : BW_BREAKER_TIMEOUT;
	return BW_BREAKER_SUCCESS;
}

/* The word of a probe that was admitted between two looks at the same control word; 0: unsure. */
static uint64_t probe_word(uint64_t before, uint64_t after, uint64_t begun_ms)
{
	if (before != after || word_control_state(before) != BW_BREAKER_HALF_OPEN)
		return 0;
	return word_tagged(word_control_generation(before), begun_ms + SOAK_LEASE_MS);
}

/* Of a probe whose generation is not sure: any of those it may be of. */
static void note_unsure(struct soak *soak, uint64_t before, uint64_t after)
{
	uint32_t last = word_control_generation(after);

	for (uint32_t at = word_control_generation(before); at <= last; at++)
		soak->board->overdue[at % SOAK_GENERATIONS]++;
}

static void record_probe(struct soak *soak, struct soak_place *place,
			 struct bw_breaker_ticket ticket, enum bw_breaker_outcome outcome)
{
	uint64_t word = place->probe;

	if (outcome == BW_BREAKER_SUCCESS)
		place->recording = word;
	place->probe = 0;
	(void)bw_breaker_record(soak->breaker, ticket, outcome, 1000);
	if (outcome == BW_BREAKER_SUCCESS && word && word_tagged_value(word) <= soak_word_ms(soak))
		soak->board->overdue[word_tagged_generation(word) % SOAK_GENERATIONS]++;
	place->recording = 0;
}

/* A lone probe for a while, so that others meet it, or die with it. */
static void probe(struct soak *soak, struct soak_place *place, struct bw_breaker_ticket ticket,
		  uint64_t *seed)
{
	if (soak->board->prober_signal && atomic_fetch_add(&soak->board->probers, 1) % 2)
		raise(soak->board->prober_signal);
	if (draw(seed) % 4 == 0)
		usleep((useconds_t)(draw(seed) % 3000));
	record_probe(soak, place, ticket, draw_outcome(seed));
}

static void call(struct soak *soak, struct soak_place *place, uint64_t *seed)
{
	uint64_t before = atomic_load(&soak->cell->control), begun_ms = soak_word_ms(soak);
	struct bw_breaker_ticket ticket = bw_breaker_acquire(soak->breaker);

	place->calls++;
	if (!bw_breaker_ticket_admitted(ticket)) {
		if (draw(seed) % 64 == 0)
			usleep(200);
		return;
	}
	place->admitted++;
	if (bw_breaker_ticket_state(ticket) == BW_BREAKER_HALF_OPEN) {
		uint64_t after = atomic_load(&soak->cell->control);

		place->probe = probe_word(before, after, begun_ms);
		if (place->probe == 0)
			note_unsure(soak, before, after);
		probe(soak, place, ticket, seed);
	} else {
		(void)bw_breaker_record(soak->breaker, ticket, draw_outcome(seed), 1000);
	}
	place->finished++;
}

int soak_work(struct soak *soak, int number, uint64_t seed, bool anew)
{
	struct soak_place *place = &soak->board->places[number];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (anew && !soak_open(soak))
		return 1;
	while (!soak->board->stop)
		call(soak, place, &seed);
	return 0;
}
