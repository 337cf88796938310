/* crew.c - one pass over the workers, against what the last pass saw.
 *
 * Who is the cause: a worker is a witness when it is alive and had a result within the window. When
 * no more than a quarter of the witnesses met a failure, it is theirs; when more did, the fault is
 * with what all of them call. Too few witnesses (below four) never accuse anybody.
 */
#include "daemon/crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

enum { CAUSE_SHARE = 4, CAUSE_NAMES = 3 };

void crew_finish(struct crew *crew)
{
	free(crew->seen);
	*crew = (struct crew){ 0 };
}

void crew_command(const struct bw_breaker_worker *worker, char out[16])
{
	size_t i = 0;

	for (; i < 15 && worker->command[i] != '\0'; i++) {
		unsigned char byte = (unsigned char)worker->command[i];

		out[i] = (char)(byte > 0x20 && byte < 0x7f ? byte : '?');
	}
	out[i] = '\0';
}

static const struct crew_memory *find_seen(const struct crew *crew, int pid)
{
	for (size_t i = 0; i < crew->seen_count; i++) {
		if (crew->seen[i].pid == pid)
			return &crew->seen[i];
	}
	return NULL;
}

static bool is_unchanged(const struct crew_memory *seen, const struct bw_breaker_worker *worker)
{
	return seen != NULL && seen->admitted == worker->admitted &&
	       seen->in_flight == worker->in_flight &&
	       seen->last_result_us == worker->last_result_us;
}

static bool is_busy(const struct bw_breaker_worker *worker)
{
	return worker->is_alive && worker->in_flight > 0;
}

/* Remembers the busy ones of now in place of those of before. */
static void remember(struct crew *crew, const struct bw_breaker_worker *workers, size_t count,
		     int64_t now_us)
{
	struct crew_memory *fresh;
	size_t busy = 0, made = 0;

	for (size_t i = 0; i < count; i++)
		busy += is_busy(&workers[i]);
	fresh = busy == 0 ? NULL : xcalloc(busy, sizeof(*fresh));
	for (size_t i = 0; i < count; i++) {
		const struct bw_breaker_worker *worker = &workers[i];
		const struct crew_memory *seen;

		if (!is_busy(worker))
			continue;
		seen = find_seen(crew, worker->pid);
		fresh[made++] = (struct crew_memory){
			.pid = worker->pid,
			.admitted = worker->admitted,
			.in_flight = worker->in_flight,
			.last_result_us = worker->last_result_us,
			.since_us = is_unchanged(seen, worker) ? seen->since_us : now_us,
		};
	}
	free(crew->seen);
	crew->seen = fresh;
	crew->seen_count = made;
}

int64_t crew_busy_since_us(const struct crew *crew, const struct bw_breaker_worker *worker)
{
	const struct crew_memory *seen;

	if (!is_busy(worker))
		return 0;
	if (worker->busy_since_us != 0)
		return worker->busy_since_us;
	seen = find_seen(crew, worker->pid);
	return seen == NULL ? 0 : seen->since_us;
}

static bool is_within(int64_t at_us, int64_t now_us, int64_t window_us)
{
	return at_us != 0 && now_us - at_us <= window_us;
}

static void add_culprit(char *out, size_t size, const struct bw_breaker_worker *worker, int nth)
{
	char command[16];
	size_t len = strlen(out);

	crew_command(worker, command);
	if (nth < CAUSE_NAMES)
		bw_text_format(out + len, size - len, "%s pid %d %s", nth > 0 ? "," : "",
			       worker->pid, command);
	else if (nth == CAUSE_NAMES)
		bw_text_format(out + len, size - len, ", ...");
}

static void tell_cause(struct crew_sum *sum, const struct bw_breaker_worker *workers, size_t count,
		       int64_t now_us, int64_t window_us)
{
	int64_t witnesses = 0;
	int nth = 0;

	for (size_t i = 0; i < count; i++)
		witnesses += workers[i].is_alive &&
			     is_within(workers[i].last_result_us, now_us, window_us);
	if (sum->failing == 0 || sum->failing * CAUSE_SHARE > witnesses)
		return;
	bw_text_format(sum->cause, sizeof(sum->cause),
		       "%lld of %lld workers %s the cause:", (long long)sum->failing,
		       (long long)witnesses, sum->failing == 1 ? "is" : "are");
	for (size_t i = 0; i < count; i++) {
		if (workers[i].is_alive && is_within(workers[i].last_failure_us, now_us, window_us))
			add_culprit(sum->cause, sizeof(sum->cause), &workers[i], nth++);
	}
}

static void add_worker(struct crew *crew, const struct bw_breaker_worker *worker,
		       const struct bw_breaker_config *config, int64_t now_us)
{
	struct crew_sum *sum = &crew->sum;
	int64_t since_us = crew_busy_since_us(crew, worker);

	sum->alive += worker->is_alive;
	sum->dead += !worker->is_alive && worker->in_flight > 0;
	if (!worker->is_alive)
		return;
	sum->failing += is_within(worker->last_failure_us, now_us, config->window_us);
	if (worker->in_flight <= 0)
		return;
	sum->in_flight += worker->in_flight;
	if (since_us != 0 && now_us - since_us > config->timeout_threshold_us)
		sum->overdue += worker->in_flight;
}

void crew_take(struct crew *crew, const struct bw_breaker_worker *workers, size_t count,
	       const struct bw_breaker_config *config, int64_t now_us)
{
	remember(crew, workers, count, now_us);
	crew->sum = (struct crew_sum){ 0 };
	for (size_t i = 0; i < count; i++)
		add_worker(crew, &workers[i], config, now_us);
	crew->sum.total = crew->sum.alive + crew->sum.dead;
	tell_cause(&crew->sum, workers, count, now_us, config->window_us);
}
