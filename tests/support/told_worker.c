/* told_worker.c - a worker process that does what it is told, a line at a time, and answers each
 * with a line. For tests that need real processes.
 *
 *   open NAME [failures=N] [recovery=S] [timeout=S] [probes=N] [successes=N]
 *   begin | acquire               admitted, or rejected and why
 *   record OUTCOME                ends the latest ticket: applied or late
 *   call OUTCOME [TIMES]          begin and record; the last answer
 *   reset | force-open | disable | enable | metrics-only | open-for SECONDS
 *   state                         the state and the generation
 *   leave                         closes the region and ends; without it the process is found dead
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bellwether/breaker.h>

enum { LINE_MAX_BYTES = 256, TICKETS_MAX = 64 };

struct worker {
	struct bw_region *region;
	struct bw_breaker *breaker;
	struct bw_breaker_ticket tickets[TICKETS_MAX];
	int count;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "told_worker: %s: %s\n", what, why);
	exit(1);
}

static double option(const char *words, const char *name, double otherwise)
{
	const char *found = strstr(words, name);

	return found == NULL ? otherwise : strtod(found + strlen(name), NULL);
}

static void open_breaker(struct worker *worker, const char *line)
{
	static const char *const origins[] = { "created", "attached", "different" };
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_error err;
	char name[BW_BREAKER_NAME_MAX + 1] = "";

	if (sscanf(line, "open %63s", name) != 1)
		fail("open", "no name");
	config.strategy = BW_BREAKER_CONSECUTIVE;
	config.failure_threshold = (int)option(line, " failures=", 5);
	config.recovery_timeout_us = (int64_t)(option(line, " recovery=", 60) * 1e6);
	config.timeout_threshold_us = (int64_t)(option(line, " timeout=", 10) * 1e6);
	config.max_probes = (int)option(line, " probes=", 0);
	config.success_threshold = (int)option(line, " successes=", 3);
	bw_breaker_close(worker->breaker);
	if (bw_breaker_open(worker->region, name, &config, &worker->breaker, &err) != BW_OK)
		fail("open", err.text);
	puts(origins[bw_breaker_origin(worker->breaker)]);
}

static enum bw_breaker_outcome outcome_of(const char *word)
{
	for (int i = 0; i <= BW_BREAKER_REJECTED_LOCAL; i++) {
		if (strcmp(word, bw_breaker_outcome_text((enum bw_breaker_outcome)i)) == 0)
			return (enum bw_breaker_outcome)i;
	}
	fail("outcome", word);
	return BW_BREAKER_SUCCESS;
}

static const char *ask(struct worker *worker, bool begins)
{
	struct bw_breaker_ticket ticket = begins ? bw_breaker_begin(worker->breaker).ticket
						 : bw_breaker_acquire(worker->breaker);

	if (!bw_breaker_ticket_admitted(ticket))
		return bw_breaker_reason_text(bw_breaker_ticket_reason(ticket));
	if (worker->count == TICKETS_MAX)
		fail("begin", "too many tickets");
	worker->tickets[worker->count++] = ticket;
	return "admitted";
}

static const char *record(struct worker *worker, const char *outcome)
{
	if (worker->count == 0)
		return "no ticket";
	return bw_breaker_record(worker->breaker, worker->tickets[--worker->count],
				 outcome_of(outcome), 1000)
		       ? "applied"
		       : "late";
}

static const char *call(struct worker *worker, const char *outcome, int times)
{
	const char *answer = "";

	for (int i = 0; i < times; i++) {
		answer = ask(worker, true);
		if (strcmp(answer, "admitted") == 0)
			answer = record(worker, outcome);
	}
	return answer;
}

static bool give_order(struct worker *worker, const char *word, double seconds)
{
	static const struct {
		const char *word;
		enum bw_status (*give)(struct bw_breaker *breaker);
	} orders[] = {
		{ "reset", bw_breaker_reset },
		{ "force-open", bw_breaker_force_open },
		{ "disable", bw_breaker_disable },
		{ "enable", bw_breaker_enable },
		{ "metrics-only", bw_breaker_metrics_only },
	};

	if (strcmp(word, "open-for") == 0) {
		puts(bw_status_text(
			bw_breaker_open_for(worker->breaker, (int64_t)(seconds * 1e6))));
		return true;
	}
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(word, orders[i].word) != 0)
			continue;
		puts(bw_status_text(orders[i].give(worker->breaker)));
		return true;
	}
	return false;
}

static void tell_state(const struct worker *worker)
{
	struct bw_breaker_snapshot now;

	bw_breaker_snapshot(worker->breaker, &now);
	printf("%s %u\n", bw_breaker_state_text(now.state), now.generation);
}

static void obey(struct worker *worker, const char *line)
{
	char word[32] = "", more[32] = "";
	int times = 1;

	sscanf(line, "%31s %31s %d", word, more, &times);
	if (strcmp(word, "open") == 0)
		open_breaker(worker, line);
	else if (worker->breaker == NULL)
		fail(word, "open a breaker first");
	else if (strcmp(word, "begin") == 0 || strcmp(word, "acquire") == 0)
		puts(ask(worker, word[0] == 'b'));
	else if (strcmp(word, "record") == 0)
		puts(record(worker, more));
	else if (strcmp(word, "call") == 0)
		puts(call(worker, more, times));
	else if (strcmp(word, "state") == 0)
		tell_state(worker);
	else if (!give_order(worker, word, strtod(more, NULL)))
		fail(word, "no such command");
	fflush(stdout);
}

int main(void)
{
	const struct bw_region_options options = { .fallback = BW_REGION_ERROR };
	struct worker worker = { .count = 0 };
	struct bw_error err;
	char line[LINE_MAX_BYTES];

	if (bw_region_open(&options, &worker.region, &err) != BW_OK)
		fail("region", err.text);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "leave") == 0) {
			bw_breaker_close(worker.breaker);
			bw_region_close(worker.region);
			return 0;
		}
		obey(&worker, line);
	}
	_Exit(0);
}
