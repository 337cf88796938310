/* process.h - which process this is, and whether another still lives, as /proc tells.
 *
 * Threads: any. Reads files; for slow paths only.
 */
#ifndef BW_SHM_PROCESS_H
#define BW_SHM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* What a slot's owner word holds of a process: words.h word_owner(), whose start time carries low
 * bits of the pid namespace too, so that an owner word and a namespace that were not written
 * together are told from each other. */
uint64_t bw_process_owner(uint32_t pid, uint64_t start_ticks, uint64_t namespace_);
bool bw_process_owner_fits(uint64_t owner, uint64_t namespace_);

/* This process; `namespace_` 0: not known. */
void bw_process_self(uint64_t *owner, uint64_t *namespace_);
/* false: the process of that word, in our own pid namespace, is gone, or is a zombie. */
bool bw_process_is_alive(uint64_t owner);
/* Its command, as the kernel knows it; "" when it does not tell. */
void bw_process_command(uint32_t pid, char out[16]);

#endif
