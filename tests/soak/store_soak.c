/* store_soak.c - a store is killed at its write points, loses its power there, or its disk refuses
 * for a while; after each death everything that was acknowledged must be there, whole and as it was
 * written, and nothing may be called damaged.
 *
 * Usage: store_soak [--deaths N] [--seed N]
 * Every second death comes at the next write point in turn, the others anywhere. A store goes
 * through LIFE_DEATHS of them, then a new one is begun. One JSON line for each kind of fault, then
 * `N passed, M failed`. One child at a time; it ends when its supervisor does.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "soak/store_rows.h"
#include "support/folder.h"

enum { LIFE_DEATHS = 25, POINT_BITS = 11, REFUSALS_MAX = 40 };

static const char *const kind_text[FAULT_KINDS] = { "kill", "power", "full", "read_only",
						    "broken" };

struct options {
	int64_t deaths; /* of all kinds together */
	uint64_t seed;
};

struct soaking {
	enum fault_kind kind;
	struct rows_place place;
	struct folder folder;
	uint64_t seed, turn, points, refused;
	int64_t deaths, batches, kept;
	char trouble[256];
};

static uint64_t draw(struct soaking *soaking)
{
	soaking->seed =
		soaking->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return soaking->seed >> 33;
}

static bool trouble(struct soaking *soaking, const char *what, int64_t number)
{
	if (soaking->trouble[0] == '\0')
		(void)snprintf(soaking->trouble, sizeof(soaking->trouble), "%.200s (%" PRId64 ")",
			       what, number);
	return false;
}

static struct fault_plan next_plan(struct soaking *soaking)
{
	struct fault_plan plan = { .kind = soaking->kind, .seed = draw(soaking) };

	if (soaking->deaths % 2 == 0)
		plan.at = ++soaking->turn;
	else
		plan.at = 1 + draw(soaking) % (UINT64_C(1) << (1 + draw(soaking) % POINT_BITS));
	plan.lasts = 1 + draw(soaking) % REFUSALS_MAX;
	return plan;
}

static bool run_worker(struct soaking *soaking, const struct fault_plan *plan, int64_t batch)
{
	pid_t parent = getpid(), worker = fork();
	int status;

	if (worker < 0)
		return trouble(soaking, "fork failed", errno);
	if (worker == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(getppid() == parent ? rows_work(&soaking->place, plan, batch) : 1);
	}
	while (waitpid(worker, &status, 0) < 0) {
		if (errno != EINTR)
			return trouble(soaking, "waitpid failed", errno);
	}
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return trouble(soaking, "the worker ended otherwise", status);
	return true;
}

static int64_t next_batch(const struct soaking *soaking, int64_t from)
{
	while (atomic_load(&soaking->place.board->batches[from]) != BATCH_NONE)
		from++;
	return from;
}

static bool die_once(struct soaking *soaking, int64_t *batch)
{
	const struct fault_plan plan = next_plan(soaking);
	struct rows_check check = { .kind = soaking->kind };

	atomic_store(&soaking->place.board->has_refused, false);
	if (!run_worker(soaking, &plan, *batch))
		return false;
	soaking->refused += atomic_load(&soaking->place.board->has_refused);
	soaking->points += plan.at;
	*batch = check.batches = next_batch(soaking, *batch);
	if (rows_check(&soaking->place, &check))
		return true;
	(void)trouble(soaking, check.trouble, (int64_t)plan.at);
	return false;
}

/* One store, from its first write to the last of its deaths. */
static bool live(struct soaking *soaking, int64_t deaths)
{
	struct rows_board *board = soaking->place.board;
	int64_t batch = 0;
	bool is_well = true;

	memset(board, 0, sizeof(*board));
	folder_init(&soaking->folder);
	folder_name(&soaking->folder, "data/bellwether.db", soaking->place.path, ROWS_PATH_MAX);
	for (; deaths > 0 && is_well; deaths--) {
		is_well = die_once(soaking, &batch);
		soaking->deaths++;
	}
	soaking->batches += batch;
	for (int64_t nth = 0; nth < batch; nth++)
		soaking->kept += atomic_load(&board->batches[nth]) == BATCH_DURABLE;
	if (is_well)
		folder_finish(&soaking->folder);
	else
		fprintf(stderr, "left in %s\n", soaking->folder.path);
	return is_well;
}

static bool soak(struct rows_board *board, enum fault_kind kind, int64_t deaths, uint64_t seed)
{
	struct soaking soaking = { .kind = kind, .seed = seed + kind, .place = { .board = board } };
	bool is_well = true;

	while (soaking.deaths < deaths && is_well) {
		int64_t left = deaths - soaking.deaths;

		is_well = live(&soaking, left < LIFE_DEATHS ? left : LIFE_DEATHS);
	}
	printf("{\"fault\":\"%s\",\"deaths\":%" PRId64 ",\"in_turn\":%" PRIu64
	       ",\"write_points\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"batches\":%" PRId64
	       ",\"kept\":%" PRId64 ",\"trouble\":\"%s\"}\n",
	       kind_text[kind], soaking.deaths, soaking.turn, soaking.points, soaking.refused,
	       soaking.batches, soaking.kept, soaking.trouble);
	(void)fflush(stdout);
	return is_well;
}

/* Half of the deaths are kills. */
static int64_t share(int64_t deaths, enum fault_kind kind)
{
	return kind == FAULT_KILL ? (deaths + 1) / 2 : (deaths + 7) / 8;
}

static bool read_options(int count, char **words, struct options *options)
{
	*options = (struct options){ .deaths = 100, .seed = (uint64_t)time(NULL) };
	for (int nth = 1; nth + 1 < count; nth += 2) {
		long long value = strtoll(words[nth + 1], NULL, 10);

		if (strcmp(words[nth], "--deaths") == 0)
			options->deaths = value;
		else if (strcmp(words[nth], "--seed") == 0)
			options->seed = (uint64_t)value;
		else
			return false;
	}
	return count % 2 == 1 && options->deaths >= 1 && options->deaths <= 1000000;
}

int main(int count, char **words)
{
	struct rows_board *board;
	struct options options;
	int failed = 0;

	if (!read_options(count, words, &options)) {
		fprintf(stderr, "usage: store_soak [--deaths N] [--seed N]\n");
		return 64;
	}
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		return 71;
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		failed += !soak(board, (enum fault_kind)kind,
				share(options.deaths, (enum fault_kind)kind), options.seed);
	printf("seed %llu\n%d passed, %d failed\n", (unsigned long long)options.seed,
	       FAULT_KINDS - failed, failed);
	return failed > 0;
}
