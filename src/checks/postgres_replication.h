/* postgres_replication.h - the state of replication as one row, and the verdict on it.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_CHECKS_POSTGRES_REPLICATION_H
#define BW_CHECKS_POSTGRES_REPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_write.h"
#include "checks/pq_session.h"
#include "core/health.h"

enum postgres_role { POSTGRES_ANY, POSTGRES_PRIMARY, POSTGRES_STANDBY };
enum { CHECK_REPLICATION_TEXT_MAX = 256 };

struct postgres_replication {
	int role;           /* enum postgres_role */
	int64_t max_lag_us; /* 0: no limit */
	int64_t replicas;   /* 0: not looked at */
};

extern const char *const postgres_role_words[];
/* Needs PostgreSQL 10 or later. */
extern const char postgres_replication_query[];

bool postgres_replication_is_wanted(const struct postgres_replication *wanted);
/* Writes the details; `text` says what is wrong, or is empty. */
enum bw_health postgres_replication_judge(const struct postgres_replication *wanted,
					  const struct pq_result *result, struct bw_json *details,
					  char text[CHECK_REPLICATION_TEXT_MAX]);

#endif
