/* series.h - what is kept over time: kinds of series, their fields, and rows of values.
 *
 * A row is one look at one subject: a time and a value a field. All fields of a series share the
 * times. A value is absent, a whole number or a real one, and comes back exactly as it went in.
 *
 * Order:   rows come in any order and may come twice; whoever reads sorts by time, and of two rows
 *          of one time the later arrival counts.
 * Holding: a row speaks for its subject from its time until the next row, but no longer than its
 *          `hold` (seconds): afterwards nobody looked, and the state is SERIES_NONE. A row without
 *          `hold` is a mark, not a look: it changes states (the daemon stopped, maintenance began)
 *          and speaks no longer than the row before it would have.
 * Units:   microseconds of UTC since 1970; the fields' units are in series_schema().
 * Threads: any.
 */
#ifndef BW_SERIES_SERIES_H
#define BW_SERIES_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

/* Numbers are on disk: add at the end, never change one. */
enum series_kind {
	SERIES_SYSTEM = 0,    /* one, named "" */
	SERIES_COMPONENT = 1, /* by the component's name */
	SERIES_BREAKER = 2,   /* by the breaker's name */
	SERIES_HOST = 3,      /* one, named "" */
	SERIES_KINDS,
};

enum { SERIES_FIELDS_MAX = 16, SERIES_STATES_MAX = 8, SERIES_NAME_MAX = 512 };

enum series_type {
	SERIES_STATE, /* 0..SERIES_STATES_MAX - 1, a word each */
	SERIES_FLAG,  /* 0 or 1 */
	SERIES_GAUGE, /* a measurement: rollups have count, min, max, sum and a sketch of it */
	SERIES_TEXT,  /* number of a text that the store keeps once (an error); 0 is none */
	SERIES_HOLD,  /* seconds, see above */
};

struct series_field {
	const char *name; /* as documents, exports and metrics call it */
	const char *unit; /* "us", "percent", "score", "ratio", "count", "s"; "" for the rest */
	enum series_type type;
};

struct series_schema {
	enum series_kind kind;
	const char *name; /* "system", "component", "breaker", "host" */
	size_t field_count;
	const struct series_field *fields;
	const char *const *states; /* words of the state field, by number */
	size_t state_count;
};

/* The first field of each kind is its state. In the state word list of every kind 0 is "unknown",
 * and SERIES_NONE is "none": nobody looked, or there was no such thing. */
enum { SERIES_NONE = 7 };

enum series_component_field {
	SERIES_COMPONENT_STATUS, /* enum bw_health */
	SERIES_COMPONENT_HOLD,
	SERIES_COMPONENT_MAINTENANCE, /* flag: within a maintenance window */
	SERIES_COMPONENT_ERROR,       /* text */
	SERIES_COMPONENT_RESPONSE,    /* "response_us" */
	SERIES_COMPONENT_FIELDS,
};

enum series_breaker_field {
	SERIES_BREAKER_STATE, /* enum bw_breaker_state + 1 */
	SERIES_BREAKER_HOLD,
	SERIES_BREAKER_CALLS,        /* of the window */
	SERIES_BREAKER_FAILURE_RATE, /* ratio */
	SERIES_BREAKER_TIMEOUT_RATE, /* ratio */
	SERIES_BREAKER_RESPONSE,     /* "avg_response_us" of the window */
	SERIES_BREAKER_REJECTED,     /* lifetime counter, as a gauge */
	SERIES_BREAKER_FIELDS,
};

enum series_system_field {
	SERIES_SYSTEM_STATUS, /* enum bw_health of the whole */
	SERIES_SYSTEM_HOLD,
	SERIES_SYSTEM_HEALTH_SCORE,
	SERIES_SYSTEM_AVAILABILITY,
	SERIES_SYSTEM_RESPONSE_TIME, /* ms, as the document has it */
	SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH,
	SERIES_SYSTEM_CPU_USAGE,
	SERIES_SYSTEM_MEMORY_USAGE,
	SERIES_SYSTEM_AVAILABILITY_POINTS, /* the five terms of the score */
	SERIES_SYSTEM_BREAKER_POINTS,
	SERIES_SYSTEM_CPU_POINTS,
	SERIES_SYSTEM_MEMORY_POINTS,
	SERIES_SYSTEM_RESPONSE_POINTS,
	SERIES_SYSTEM_FIELDS,
};

enum series_host_field {
	SERIES_HOST_STATE, /* 1 "known", 0 "unknown" */
	SERIES_HOST_HOLD,
	SERIES_HOST_CPU_USAGE,
	SERIES_HOST_MEMORY_USAGE,
	SERIES_HOST_DISK_USAGE,
	SERIES_HOST_LOAD_1,
	SERIES_HOST_LOAD_5,
	SERIES_HOST_LOAD_15,
	SERIES_HOST_SWAP_USED, /* bytes */
	SERIES_HOST_FIELDS,
};

const struct series_schema *series_schema(enum series_kind kind);
BW_MUST_USE enum bw_status series_kind_parse(const char *text, enum series_kind *out);
/* "healthy", "open", "none"; "unknown" for a number without a word. */
const char *series_state_word(enum series_kind kind, int state);
/* Number of the field, or -1. */
int series_field_find(const struct series_schema *schema, const char *name);

enum series_cell_type { SERIES_ABSENT, SERIES_INTEGER, SERIES_REAL };

union series_value {
	int64_t integer;
	double real; /* any bits but those of a NaN: not known is absent */
};

struct series_cell {
	enum series_cell_type type;
	union series_value value;
};

/* One column of rows; both arrays as long as the rows. */
struct series_column {
	uint8_t *types; /* enum series_cell_type */
	union series_value *values;
};

/* Rows of one series as columns. Init with { 0 }, then series_rows_init(). */
struct series_rows {
	size_t field_count, count, cap;
	int64_t *times_us;
	struct series_column columns[SERIES_FIELDS_MAX];
};

void series_rows_init(struct series_rows *rows, size_t field_count);
void series_rows_finish(struct series_rows *rows);
void series_rows_clear(struct series_rows *rows);
/* Room for `more` further rows; BW_ENOMEM changes nothing. */
BW_MUST_USE enum bw_status series_rows_reserve(struct series_rows *rows, size_t more);
BW_MUST_USE enum bw_status series_rows_add(struct series_rows *rows, int64_t time_us,
					   const struct series_cell *cells);
/* All of `from` behind `rows`. */
BW_MUST_USE enum bw_status series_rows_append(struct series_rows *rows,
					      const struct series_rows *from);
void series_rows_get(const struct series_rows *rows, size_t nth, int64_t *time_us,
		     struct series_cell *cells);
/* Sorts by time, keeps of equal times the last that came, and drops what is outside [from, to].
 * Linear for rows that are sorted already. */
BW_MUST_USE enum bw_status series_rows_settle(struct series_rows *rows, int64_t from_us,
					      int64_t to_us);
bool series_cell_real(const struct series_cell *cell, double *out); /* either number type */

#endif
