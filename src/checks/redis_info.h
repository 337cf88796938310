/* redis_info.h - what a Redis server tells about itself, read from its answer to INFO.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_CHECKS_REDIS_INFO_H
#define BW_CHECKS_REDIS_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REDIS_INFO_WORD_MAX = 32 };

struct redis_info {
	char version[REDIS_INFO_WORD_MAX];
	char role[REDIS_INFO_WORD_MAX]; /* "master", "slave"; "" when not told */
	int64_t used_memory_bytes;      /* these five: -1 when not told */
	int64_t memory_limit_bytes;     /* maxmemory, or the machine's memory when it is 0 */
	int64_t clients;
	int64_t replicas;
	int64_t lag_s; /* of a replica: since its master was heard; of a master: the worst of
			  its replicas */
	bool has_link; /* a replica tells of its link */
	bool link_is_up;
	bool is_loading;
};

void redis_info_read(const char *text, size_t len, struct redis_info *out);

#endif
