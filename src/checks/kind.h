/* kind.h - what a kind of check is made of. For implementers; callers include checks/check.h.
 *
 * A kind is one file with one descriptor and one row in kinds.c. It speaks its protocol and calls
 * check_finish() exactly once per start; the framework owns scheduling, time-out, timing, memory
 * and the options every component has (docs/checks/common.md).
 *
 * Owns:    nothing: settings, state and run are the framework's.
 * Threads: the loop's.
 */
#ifndef BW_CHECKS_KIND_H
#define BW_CHECKS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"
#include "base/status.h"
#include "base/time.h"
#include "config/complain.h"
#include "config/field.h"
#include "core/health.h"
#include "io/failure.h"
#include "io/loop.h"

struct check_run;
struct check_report;

struct check_kind {
	const char *name;    /* "redis" */
	const char *summary; /* one line for lists */
	const struct config_field *fields;
	size_t settings_size; /* of the struct the fields fill */
	size_t state_size;    /* zeroed memory that lives as long as the component; 0: none */
	size_t run_size;      /* zeroed memory of one run */
	size_t within_offset; /* of the int64_t that is the kind's own `within`; 0: it has none */
	bool passive;         /* waits for reports: `report` is set */

	/* Once per configuration: checks combinations and compiles what can be (jq, PCRE2) into
	 * `state`. Says what is wrong with config_complain_at(complaints, node, "expect.body",
	 * ...). May be NULL. */
	void (*prepare)(const void *settings, void *state, struct config_complaints *complaints,
			const struct config_node *node);
	/* Frees what prepare and the runs left in `state`. May be NULL. */
	void (*release)(void *state);
	/* Begins; check_finish() may be called before it returns. */
	void (*start)(struct check_run *run);
	/* Ends a run at once, after a time-out, a shutdown or check_finish(): frees what the run
	 * holds. Called exactly once after every start. */
	void (*stop)(struct check_run *run);
	/* Passive kinds: takes a result from outside. */
	enum bw_status (*report)(const void *settings, void *state,
				 const struct check_report *report, struct bw_mono now,
				 struct bw_error *err);
};

/* What a kind may touch of a run. */
const void *check_settings(const struct check_run *run);
void *check_state(struct check_run *run);
void *check_data(struct check_run *run); /* run_size bytes, zeroed at start */
struct io_loop *check_loop(const struct check_run *run);
int64_t check_timeout_us(const struct check_run *run);
struct bw_mono check_started(const struct check_run *run);

/* What the run is doing, for the time-out's text: "connecting to 127.0.0.1:5432". Copied, cut at
 * 127. */
void check_phase(struct check_run *run, const char *format, ...) BW_PRINTF(2, 3);
/* Members of the component's details: bw_json_key(), then a value. At most 8 KiB; more is dropped
 * whole. */
struct bw_json *check_details(struct check_run *run);
/* Instead of the time from start to finish. */
void check_set_response(struct check_run *run, int64_t response_us);
/* There is nothing to time (file, host, push): response_time_ms is null. */
void check_no_response(struct check_run *run);

/* Ends the run. `format` NULL: no error text. Foreign bytes in the text are made valid UTF-8 and
 * control characters replaced by the framework; it is cut at CHECK_ERROR_MAX with "...". */
void check_finish(struct check_run *run, enum bw_health health, const char *format, ...)
	BW_PRINTF(3, 4);
/* UNKNOWN when the failure is ours, UNHEALTHY otherwise, with the error's text. */
void check_finish_failed(struct check_run *run, const struct io_error *error);

#endif
