/* postgres_replication.c - how far behind, in seconds.
 *
 * On a standby the age of the last replayed transaction alone is wrong: on a quiet primary it grows
 * though nothing is missing. When everything received is replayed, the lag is 0, but only while a
 * receiver is connected; without one nothing is received, and the age is all there is to tell.
 *
 * On a primary the view shows the figures of replicas only to members of pg_monitor; a count of
 * rows without their state means that we may not look, which is not the same as "none".
 */
#include "checks/postgres_replication.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks/text.h"

enum column { IN_RECOVERY, LAG, RECEIVER, REPLICAS, STREAMING, VISIBLE, REPLICA_LAG, COLUMNS };

const char *const postgres_role_words[] = { "any", "primary", "standby", NULL };

const char postgres_replication_query[] =
	"select pg_catalog.pg_is_in_recovery(),"
	" case when not pg_catalog.pg_is_in_recovery() then null"
	" when exists (select 1 from pg_catalog.pg_stat_wal_receiver)"
	" and pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() then 0"
	" else extract(epoch from pg_catalog.clock_timestamp()"
	" - pg_catalog.pg_last_xact_replay_timestamp())::float8 end,"
	" exists (select 1 from pg_catalog.pg_stat_wal_receiver),"
	" count(*), count(*) filter (where state = 'streaming'), count(state),"
	" extract(epoch from max(replay_lag))::float8"
	" from pg_catalog.pg_stat_replication";

bool postgres_replication_is_wanted(const struct postgres_replication *wanted)
{
	return wanted->role != POSTGRES_ANY || wanted->max_lag_us > 0 || wanted->replicas > 0;
}

static bool is_true(const struct pq_result *result, enum column column)
{
	return strcmp(result->values[column], "t") == 0;
}

static long count(const struct pq_result *result, enum column column)
{
	return strtol(result->values[column], NULL, 10);
}

static void write_lag(struct bw_json *details, const struct pq_result *result, enum column column)
{
	double lag;

	if (result->is_null[column])
		return;
	lag = strtod(result->values[column], NULL);
	bw_json_key(details, "lag_seconds");
	bw_json_double(details, bw_round(lag > 0 ? lag : 0, 3));
}

static enum bw_health judge_lag(const struct postgres_replication *wanted,
				const struct pq_result *result, enum column column, char *text)
{
	double lag_us = strtod(result->values[column], NULL) * 1e6;
	char lag[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX];

	if (lag_us <= (double)wanted->max_lag_us)
		return BW_HEALTH_HEALTHY;
	check_text_age(lag_us < 9e18 ? (int64_t)lag_us : INT64_MAX, lag);
	check_text_age(wanted->max_lag_us, limit);
	snprintf(text, CHECK_REPLICATION_TEXT_MAX, "replication is %s behind, limit %s%s", lag,
		 limit,
		 column == LAG && !is_true(result, RECEIVER) ? "; no connection to the primary"
							     : "");
	return BW_HEALTH_UNHEALTHY;
}

static enum bw_health judge_standby(const struct postgres_replication *wanted,
				    const struct pq_result *result, char *text)
{
	if (wanted->replicas > 0) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX,
			 "the server is a standby, expected a primary with %lld replicas",
			 (long long)wanted->replicas);
		return BW_HEALTH_UNHEALTHY;
	}
	if (wanted->max_lag_us == 0)
		return BW_HEALTH_HEALTHY;
	if (result->is_null[LAG]) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX,
			 "the standby has replayed nothing yet: its lag is not known");
		return BW_HEALTH_UNKNOWN;
	}
	return judge_lag(wanted, result, LAG, text);
}

static enum bw_health judge_primary(const struct postgres_replication *wanted,
				    const struct pq_result *result, char *text)
{
	if (wanted->replicas == 0)
		return BW_HEALTH_HEALTHY;
	if (count(result, VISIBLE) < count(result, REPLICAS)) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX,
			 "the user may not see the replicas: grant it pg_monitor");
		return BW_HEALTH_UNKNOWN;
	}
	if (count(result, STREAMING) < wanted->replicas) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX,
			 "%ld streaming replicas, expected at least %lld", count(result, STREAMING),
			 (long long)wanted->replicas);
		return BW_HEALTH_UNHEALTHY;
	}
	if (wanted->max_lag_us == 0 || result->is_null[REPLICA_LAG])
		return BW_HEALTH_HEALTHY;
	return judge_lag(wanted, result, REPLICA_LAG, text);
}

static void write_details(struct bw_json *details, const struct pq_result *result, bool standby)
{
	bw_json_key(details, "in_recovery");
	bw_json_bool(details, standby);
	write_lag(details, result, standby ? LAG : REPLICA_LAG);
	if (standby)
		return;
	bw_json_key(details, "replicas");
	bw_json_int(details, count(result, STREAMING));
}

enum bw_health postgres_replication_judge(const struct postgres_replication *wanted,
					  const struct pq_result *result, struct bw_json *details,
					  char text[CHECK_REPLICATION_TEXT_MAX])
{
	bool standby;

	text[0] = '\0';
	if (result->rows != 1 || result->columns != COLUMNS) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX,
			 "the server's answer about replication is not of the expected form");
		return BW_HEALTH_UNHEALTHY;
	}
	standby = is_true(result, IN_RECOVERY);
	write_details(details, result, standby);
	if (wanted->role != POSTGRES_ANY && standby != (wanted->role == POSTGRES_STANDBY)) {
		snprintf(text, CHECK_REPLICATION_TEXT_MAX, "the server is a %s, expected a %s",
			 standby ? "standby" : "primary", postgres_role_words[wanted->role]);
		return BW_HEALTH_UNHEALTHY;
	}
	return standby ? judge_standby(wanted, result, text) : judge_primary(wanted, result, text);
}
