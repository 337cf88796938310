/* breaker_peer.h - the least that a shared breaker could cost: one load behind a call.
 *
 * In a shared library of its own, so that the call takes the way that a caller of libbellwether
 * takes.
 */
#ifndef TESTS_BENCH_BREAKER_PEER_H
#define TESTS_BENCH_BREAKER_PEER_H

#include <stdatomic.h>
#include <stdint.h>

__attribute__((visibility("default"))) uint64_t breaker_peer_load(const _Atomic uint64_t *word);

#endif
