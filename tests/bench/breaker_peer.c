/* breaker_peer.c - see the header. */
#include "bench/breaker_peer.h"

uint64_t breaker_peer_load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}
