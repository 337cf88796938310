/* replay.c - a clock that shows what the line says, and tickets kept by name until they end.
 *
 * The region is made with the first step, because its words count milliseconds from its making: so
 * that `at` may be seconds since 1970 as well as since the start of a run, and may go back, the
 * clock is first shown 100 days before the first `at`, on a whole millisecond that begins a bucket.
 *
 * A name may be used again: a call of that name that was not recorded never ends, as if its process
 * had been killed.
 */
#include "cli/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/display.h"
#include "base/strmap.h"
#include "base/time.h"
#include "base/xalloc.h"
#include "cli/replay_answer.h"
#include "cli/replay_read.h"

#define DAY_US (INT64_C(86400) * BW_SECOND_US)
#define MILLISECOND_US INT64_C(1000)
#define BEFORE_US (100 * DAY_US)
#define AFTER_US (1000 * DAY_US)

enum { CHUNK = 4096, WINDOW_BUCKETS = 60, GENERATION_MASK = 0xffffff, REPLAY_SHARDS = 8 };

struct replay {
	FILE *in, *out, *err;
	size_t line_number;
	struct bw_buf line, answer;
	bool has_config;
	struct bw_breaker_config config;
	struct bw_region *region;   /* NULL before the first step */
	struct bw_breaker *breaker; /* the same */
	int64_t now_us, first_us;
	uint64_t random;
	uint64_t event_cursor;
	uint32_t generation;       /* of the last answer */
	struct bw_strmap *tickets; /* struct bw_breaker_ticket *, ours */
};

/* --- the clock --- */

static int64_t fake_now(void *arg)
{
	return ((const struct replay *)arg)->now_us;
}

/* splitmix64 */
static double fake_random(void *arg)
{
	struct replay *replay = arg;
	uint64_t mixed = replay->random += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((mixed ^ mixed >> 31) >> 11) * 0x1p-53;
}

/* The bucket's width and the millisecond fit into it. A width for which that is beyond a day is so
 * long that where its buckets begin is of no account. */
static int64_t common_step_us(const struct replay *replay)
{
	int64_t width_us = replay->config.window_us / WINDOW_BUCKETS;
	int64_t step_us = width_us;

	while (step_us % MILLISECOND_US != 0 && step_us <= DAY_US)
		step_us += width_us;
	return step_us <= DAY_US ? step_us : MILLISECOND_US;
}

static enum bw_status start(struct replay *replay, struct bw_error *err)
{
	const struct bw_clock clock = {
		.now_us = fake_now,
		.wall_us = fake_now,
		.random = fake_random,
		.arg = replay,
	};
	const struct bw_region_options options = {
		.mode = BW_REGION_PRIVATE,
		.fallback = BW_REGION_ERROR,
		.clock = &clock,
		.shards = REPLAY_SHARDS,
		.serial = true,
	};
	int64_t made_us = replay->first_us - BEFORE_US, step_us = common_step_us(replay);
	enum bw_status status;

	replay->now_us = made_us - (made_us % step_us + step_us) % step_us;
	status = bw_region_open(&options, &replay->region, err);
	replay->now_us = replay->first_us;
	if (status != BW_OK)
		return status;
	return bw_breaker_open(replay->region, "replay", &replay->config, &replay->breaker, err);
}

static enum bw_status set_clock(struct replay *replay, const struct replay_step *step,
				struct bw_error *err)
{
	int64_t at_us = step->has_at ? step->at_us : replay->now_us;

	if (!replay->region) {
		replay->first_us = at_us;
		return start(replay, err);
	}
	if (at_us < replay->first_us - BEFORE_US || at_us > replay->first_us + AFTER_US)
		return bw_fail(err, BW_EPARSE,
			       "at: must lie within 100 days before and 1,000 days after the first "
			       "one");
	replay->now_us = at_us;
	return BW_OK;
}

/* --- steps --- */

static enum bw_status keep_ticket(struct replay *replay, const char *name,
				  struct bw_breaker_ticket ticket, struct bw_error *err)
{
	struct bw_breaker_ticket *kept = bw_strmap_get(replay->tickets, name);

	if (!kept) {
		if (bw_strmap_count(replay->tickets) == REPLAY_OPEN_MAX)
			return bw_fail(err, BW_EPARSE,
				       "as: more than %d calls are open; record some",
				       REPLAY_OPEN_MAX);
		kept = xmalloc(sizeof *kept);
		xalloc_must(bw_strmap_put(replay->tickets, name, kept));
	}
	*kept = ticket;
	return BW_OK;
}

static enum bw_status run_acquire(struct replay *replay, const struct replay_step *step,
				  struct bw_breaker_ticket *ticket, struct bw_error *err)
{
	*ticket = bw_breaker_acquire(replay->breaker);
	return step->as ? keep_ticket(replay, step->as, *ticket, err) : BW_OK;
}

static void record(struct replay *replay, const struct replay_step *step,
		   struct bw_breaker_ticket ticket, struct replay_answer *answer)
{
	answer->has_record = true;
	answer->applied =
		bw_breaker_record(replay->breaker, ticket, step->outcome, step->duration_us);
	answer->late = !answer->applied && bw_breaker_ticket_admitted(ticket);
}

static enum bw_status run_record(struct replay *replay, const struct replay_step *step,
				 struct replay_answer *answer, struct bw_error *err)
{
	struct bw_breaker_ticket *ticket = bw_strmap_remove(replay->tickets, step->as);

	if (!ticket)
		return bw_fail(err, BW_EPARSE,
			       "as: no open call is named `%.40s`; it was never acquired, or is "
			       "recorded already",
			       step->as);
	record(replay, step, *ticket, answer);
	free(ticket);
	return BW_OK;
}

static void run_call(struct replay *replay, const struct replay_step *step,
		     struct bw_breaker_ticket *ticket, struct replay_answer *answer)
{
	for (int64_t i = 0; i < step->times; i++) {
		*ticket = bw_breaker_acquire(replay->breaker);
		record(replay, step, *ticket, answer);
	}
}

static enum bw_status run_order(struct replay *replay, const struct replay_step *step)
{
	switch (step->what) {
	case REPLAY_DISABLE:
		return bw_breaker_disable(replay->breaker);
	case REPLAY_ENABLE:
		return bw_breaker_enable(replay->breaker);
	case REPLAY_FORCE_OPEN:
		return bw_breaker_force_open(replay->breaker);
	case REPLAY_METRICS_ONLY:
		return bw_breaker_metrics_only(replay->breaker);
	case REPLAY_OPEN_FOR:
		return bw_breaker_open_for(replay->breaker, step->seconds_us);
	case REPLAY_OPEN_UNTIL:
		return bw_breaker_open_until(replay->breaker, step->until_us);
	case REPLAY_RESET:
		return bw_breaker_reset(replay->breaker);
	default:
		return BW_OK;
	}
}

/* What became of the breaker. Every transition adds one to the generation, so that those that made
 * room for later ones are known too. */
static void look(struct replay *replay, struct replay_answer *answer)
{
	uint32_t transitions;

	bw_breaker_snapshot(replay->breaker, &answer->snapshot);
	answer->event_count = bw_breaker_events(replay->breaker, &replay->event_cursor,
						answer->events, REPLAY_EVENTS_MAX, NULL);
	transitions = (answer->snapshot.generation - replay->generation) & GENERATION_MASK;
	if (transitions > REPLAY_EVENTS_MAX)
		answer->events_missed = transitions - REPLAY_EVENTS_MAX;
	replay->generation = answer->snapshot.generation;
}

static enum bw_status run_step(struct replay *replay, const struct replay_step *step,
			       struct bw_error *err)
{
	struct replay_answer answer = { 0 };
	struct bw_breaker_ticket ticket = { 0 };
	enum bw_status status = set_clock(replay, step, err);

	if (status != BW_OK)
		return status;
	answer.ticket = step->what == REPLAY_ACQUIRE || step->what == REPLAY_CALL ? &ticket : NULL;
	if (step->what == REPLAY_ACQUIRE)
		status = run_acquire(replay, step, &ticket, err);
	else if (step->what == REPLAY_RECORD)
		status = run_record(replay, step, &answer, err);
	else if (step->what == REPLAY_CALL)
		run_call(replay, step, &ticket, &answer);
	else if (run_order(replay, step) != BW_OK)
		status = bw_fail(err, BW_EPARSE, "a breaker cannot be open for so long");
	if (status != BW_OK)
		return status;
	look(replay, &answer);
	bw_buf_clear(&replay->answer);
	replay_answer_write(&answer, &replay->answer);
	return replay->answer.status;
}

/* --- lines --- */

/* The next line without its end. False at the end of input, or after a failure, which then is in
 * line.status (too long, no memory) or in ferror(in). */
static bool read_line(struct replay *replay)
{
	struct bw_buf *line = &replay->line;
	char chunk[CHUNK];
	size_t count = 0;
	int c;

	bw_buf_clear(line);
	while ((c = getc_unlocked(replay->in)) != EOF && c != '\n') {
		chunk[count++] = (char)c;
		if (count < CHUNK)
			continue;
		bw_buf_append(line, chunk, count);
		count = 0;
		if (line->status != BW_OK)
			break;
	}
	bw_buf_append(line, chunk, count);
	if (c != EOF || line->len > 0)
		replay->line_number++;
	return line->status == BW_OK && !ferror(replay->in) && (c != EOF || line->len > 0);
}

static bool is_empty(const struct bw_buf *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!strchr(" \t\r", line->data[i]) || line->data[i] == '\0')
			return false;
	return true;
}

static int fail(struct replay *replay, enum bw_status status, const struct bw_error *err)
{
	const char *why = err->text[0] ? err->text : bw_status_text(status);
	struct bw_buf text;

	bw_buf_init(&text, 0);
	bw_display_append(&text, why, strlen(why));
	(void)fprintf(replay->err, "line %zu: %s\n", replay->line_number,
		      text.data ? text.data : "");
	bw_buf_finish(&text);
	return status == BW_ENOMEM ? EX_OSERR : EX_DATAERR;
}

static int print_answer(struct replay *replay)
{
	const struct bw_buf *answer = &replay->answer;

	if (fwrite(answer->data, 1, answer->len, replay->out) == answer->len &&
	    fflush(replay->out) == 0)
		return EX_OK;
	(void)fprintf(replay->err, "bellwether: writing the answer failed: %s\n", strerror(errno));
	return EX_IOERR;
}

static int run_line(struct replay *replay)
{
	const struct bw_buf *line = &replay->line;
	struct bw_error err = { 0 };
	struct replay_step step;
	enum bw_status status;

	if (!replay->has_config) {
		status = replay_config_read(line->data, line->len, &replay->config, &err);
		replay->has_config = status == BW_OK;
		return status == BW_OK ? EX_OK : fail(replay, status, &err);
	}
	status = replay_step_read(line->data, line->len, &step, &err);
	if (status == BW_OK) {
		status = run_step(replay, &step, &err);
		replay_step_finish(&step);
	}
	return status == BW_OK ? print_answer(replay) : fail(replay, status, &err);
}

static int end_of_input(struct replay *replay)
{
	struct bw_error err = { 0 };

	if (replay->line.status == BW_ELIMIT)
		(void)bw_fail(&err, BW_ELIMIT, "longer than %d KiB", REPLAY_LINE_MAX / 1024);
	if (replay->line.status != BW_OK)
		return fail(replay, replay->line.status, &err);
	if (ferror(replay->in)) {
		(void)fprintf(replay->err, "bellwether: reading the steps failed: %s\n",
			      strerror(errno));
		return EX_IOERR;
	}
	if (replay->has_config)
		return EX_OK;
	replay->line_number++;
	(void)bw_fail(&err, BW_EPARSE, "there is no line; {\"config\": {}} comes first");
	return fail(replay, BW_EPARSE, &err);
}

static void finish(struct replay *replay)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (bw_strmap_next(replay->tickets, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(replay->tickets);
	bw_breaker_close(replay->breaker);
	bw_region_close(replay->region);
	bw_buf_finish(&replay->line);
	bw_buf_finish(&replay->answer);
}

int replay_run(FILE *in, FILE *out, FILE *err)
{
	struct replay replay = { .in = in, .out = out, .err = err, .generation = 1 };
	int result = EX_OK;

	replay.tickets = bw_strmap_create();
	if (!replay.tickets)
		xalloc_die();
	bw_buf_init(&replay.line, REPLAY_LINE_MAX);
	bw_buf_init(&replay.answer, 0);
	while (result == EX_OK && read_line(&replay))
		if (!is_empty(&replay.line))
			result = run_line(&replay);
	if (result == EX_OK)
		result = end_of_input(&replay);
	finish(&replay);
	return result;
}
