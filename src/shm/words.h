/* words.h - how the fields of the 64-bit words of a segment are packed. Pure.
 *
 * Generations have 24 bits and wrap; 0 is never used. Times in words are milliseconds since the
 * region's epoch; they saturate, they never wrap (37 bits are four years).
 */
#ifndef BW_SHM_WORDS_H
#define BW_SHM_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_GENERATION_MASK UINT32_C(0xffffff)
#define WORD_DEADLINE_MAX ((UINT64_C(1) << 37) - 1)
#define WORD_TIME_MAX ((UINT64_C(1) << 40) - 1)

static inline uint32_t word_generation_next(uint32_t generation)
{
	uint32_t next = (generation + 1) & WORD_GENERATION_MASK;

	return next != 0 ? next : 1;
}

/* later - earlier, in the 24-bit circle: negative when `later` is the older one. */
static inline int32_t word_generation_ahead(uint32_t later, uint32_t earlier)
{
	return (int32_t)((later - earlier) << 8) >> 8;
}

/* Control: state 3 | generation 24 | deadline 37. The deadline is retry_at in OPEN, else 0. */
static inline uint64_t word_control(uint32_t state, uint32_t generation, uint64_t deadline_ms)
{
	if (deadline_ms > WORD_DEADLINE_MAX)
		deadline_ms = WORD_DEADLINE_MAX;
	return (uint64_t)state << 61 | (uint64_t)(generation & WORD_GENERATION_MASK) << 37 |
	       deadline_ms;
}

static inline uint32_t word_control_state(uint64_t word)
{
	return (uint32_t)(word >> 61);
}

static inline uint32_t word_control_generation(uint64_t word)
{
	return (uint32_t)(word >> 37) & WORD_GENERATION_MASK;
}

static inline uint64_t word_control_deadline_ms(uint64_t word)
{
	return word & WORD_DEADLINE_MAX;
}

/* Consecutive run, lease, lump, last failure of a lane, reopens: generation 24 | value 40. */
static inline uint64_t word_tagged(uint32_t generation, uint64_t value)
{
	if (value > WORD_TIME_MAX)
		value = WORD_TIME_MAX;
	return (uint64_t)(generation & WORD_GENERATION_MASK) << 40 | value;
}

static inline uint32_t word_tagged_generation(uint64_t word)
{
	return (uint32_t)(word >> 40);
}

static inline uint64_t word_tagged_value(uint64_t word)
{
	return word & WORD_TIME_MAX;
}

/* Probe result: generation 24 | ok 20 | failed 20; the counts saturate. */
static inline uint64_t word_probe(uint32_t generation, uint32_t ok, uint32_t failed)
{
	uint32_t max = (UINT32_C(1) << 20) - 1;

	return (uint64_t)(generation & WORD_GENERATION_MASK) << 40 |
	       (uint64_t)(ok < max ? ok : max) << 20 | (failed < max ? failed : max);
}

static inline uint32_t word_probe_ok(uint64_t word)
{
	return (uint32_t)(word >> 20) & 0xfffff;
}

static inline uint32_t word_probe_failed(uint64_t word)
{
	return (uint32_t)word & 0xfffff;
}

/* Buckets: tag 32 | high 16 | low 16, or tag 32 | sum 32. Tag: epoch 20 | generation 12, the low
 * bits of both. */
static inline uint32_t word_tag(uint64_t epoch, uint32_t generation)
{
	return (uint32_t)(epoch & 0xfffff) << 12 | (generation & 0xfff);
}

static inline uint64_t word_bucket(uint32_t tag, uint32_t high, uint32_t low)
{
	return (uint64_t)tag << 32 | (uint64_t)(high & 0xffff) << 16 | (low & 0xffff);
}

static inline uint32_t word_bucket_tag(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline uint32_t word_bucket_high(uint64_t word)
{
	return (uint32_t)(word >> 16) & 0xffff;
}

static inline uint32_t word_bucket_low(uint64_t word)
{
	return (uint32_t)word & 0xffff;
}

/* Owner of a worker's slot: pid 22 | start 42, of which the low 32 bits are clock ticks since boot
 * and the others bits of the pid namespace (process.h). 0: free. */
static inline uint64_t word_owner(uint32_t pid, uint64_t start_ticks)
{
	return (uint64_t)(pid & 0x3fffff) << 42 | (start_ticks & ((UINT64_C(1) << 42) - 1));
}

static inline uint32_t word_owner_pid(uint64_t word)
{
	return (uint32_t)(word >> 42);
}

/* What an event says: from 3 | to 3 | cause 5 | pid 22 | failures 31 (saturated). */
static inline uint64_t word_event(uint32_t from, uint32_t to, uint32_t cause, uint32_t pid,
				  uint64_t failures)
{
	uint64_t max = (UINT64_C(1) << 31) - 1;

	return (uint64_t)(from & 7) << 61 | (uint64_t)(to & 7) << 58 |
	       (uint64_t)(cause & 31) << 53 | (uint64_t)(pid & 0x3fffff) << 31 |
	       (failures < max ? failures : max);
}

#endif
