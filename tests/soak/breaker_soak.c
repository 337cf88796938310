/* breaker_soak.c - many processes share a breaker while they are killed, die as probers, or are
 * stopped and go on later; a watcher process checks every word meanwhile.
 *
 * Usage: breaker_soak [--seconds N] [--workers N] [--seed N]
 * One JSON line for each of the three ways to suffer, then `N passed, M failed`. It starts at most
 * SOAK_WORKERS_MAX + 1 children at a time, ends only them, and they end when it does.
 */
#include "soak/soak.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/words.h"

enum suffering { KILLED, PROBERS_DIE, STOPPED, SUFFERINGS };

enum { STOP_MS = 120, KILL_US = 1500, END_SECONDS = 20 };

static const char *const suffering_text[SUFFERINGS] = { "killed", "probers_die", "stopped" };

static const int prober_signal[SUFFERINGS] = { 0, SIGKILL, SIGSTOP };

struct options {
	int64_t real_ms; /* of each suffering */
	int workers;
	uint64_t seed;
};

struct supervisor {
	const struct options *options;
	struct soak soak;
	char folder[64];
	enum suffering suffering;
	pid_t workers[SOAK_WORKERS_MAX], watcher;
	int64_t stopped_until_ms[SOAK_WORKERS_MAX]; /* 0: it runs */
	uint64_t seed, started, kills, stops;
	char trouble[160]; /* the first thing that must not be */
};

static int64_t real_ms(void)
{
	return soak_now_us(NULL) / SOAK_SPEED / 1000;
}

static uint64_t draw(struct supervisor *sup)
{
	sup->seed = sup->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return sup->seed >> 33;
}

static void trouble(struct supervisor *sup, const char *what, int64_t number)
{
	if (!sup->trouble[0])
		(void)snprintf(sup->trouble, sizeof(sup->trouble), "%s (%lld)", what,
			       (long long)number);
}

/* ---- children ---- */

static pid_t begin_child(struct supervisor *sup, int worker)
{
	uint64_t number = ++sup->started;
	pid_t parent = getpid(), pid = fork();

	if (pid < 0) {
		trouble(sup, "fork failed", errno);
	} else if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		_exit(worker < 0 ? soak_look(&sup->soak)
				 : soak_work(&sup->soak, worker, sup->seed + number, number % 2));
	}
	return pid;
}

static void begin_worker(struct supervisor *sup, int worker)
{
	sup->workers[worker] = begin_child(sup, worker);
}

/* A success that was being recorded may have been late; nobody is left to say. */
static void bury(struct supervisor *sup, int worker)
{
	struct soak_place *place = &sup->soak.board->places[worker];
	uint64_t word = place->recording;

	if (word)
		sup->soak.board->overdue[word_tagged_generation(word) % SOAK_GENERATIONS]++;
	place->recording = 0;
	sup->workers[worker] = 0;
	sup->stopped_until_ms[worker] = 0;
}

static int worker_of(const struct supervisor *sup, pid_t pid)
{
	for (int i = 0; i < sup->options->workers; i++)
		if (sup->workers[i] == pid)
			return i;
	return -1;
}

static void ended(struct supervisor *sup, pid_t pid, int status)
{
	int worker = worker_of(sup, pid);

	if (worker < 0) {
		sup->watcher = 0;
		if (status != 0)
			trouble(sup, "the watcher died", status);
		return;
	}
	bury(sup, worker);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		sup->kills++;
	else if (status != 0)
		trouble(sup, "a worker died of itself", status);
	if (!sup->soak.board->stop)
		begin_worker(sup, worker);
}

static void has_stopped(struct supervisor *sup, int worker)
{
	if (worker < 0 || sup->stopped_until_ms[worker])
		return;
	sup->stopped_until_ms[worker] = real_ms() + (int64_t)(draw(sup) % STOP_MS);
	sup->stops++;
}

static void reap(struct supervisor *sup)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status))
			has_stopped(sup, worker_of(sup, pid));
		else
			ended(sup, pid, status);
	}
}

/* ---- suffering ---- */

static void kill_one(struct supervisor *sup)
{
	int worker = (int)(draw(sup) % (uint64_t)sup->options->workers), status;
	pid_t pid = sup->workers[worker];

	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) == pid)
		ended(sup, pid, status);
}

static void stop_one(struct supervisor *sup)
{
	int worker = (int)(draw(sup) % (uint64_t)sup->options->workers);

	if (sup->workers[worker] > 0 && !sup->stopped_until_ms[worker] && draw(sup) % 8 == 0)
		kill(sup->workers[worker], SIGSTOP);
	for (int i = 0; i < sup->options->workers; i++)
		if (sup->stopped_until_ms[i] && sup->stopped_until_ms[i] <= real_ms()) {
			sup->stopped_until_ms[i] = 0;
			kill(sup->workers[i], SIGCONT);
		}
}

static void suffer(struct supervisor *sup)
{
	int64_t until = real_ms() + sup->options->real_ms;

	while (real_ms() < until && !sup->trouble[0]) {
		usleep((useconds_t)(draw(sup) % KILL_US));
		if (sup->suffering == KILLED)
			kill_one(sup);
		else if (sup->suffering == STOPPED)
			stop_one(sup);
		reap(sup);
	}
}

static int children_left(const struct supervisor *sup)
{
	int left = sup->watcher > 0;

	for (int i = 0; i < sup->options->workers; i++)
		left += sup->workers[i] > 0;
	return left;
}

static void stop_none(struct supervisor *sup)
{
	for (int i = 0; i < sup->options->workers; i++)
		if (sup->workers[i] > 0)
			kill(sup->workers[i], SIGCONT);
}

static void end_all(struct supervisor *sup)
{
	int64_t until = real_ms() + END_SECONDS * 1000;

	sup->soak.board->stop = true;
	while (children_left(sup) && real_ms() < until) {
		usleep(2000);
		reap(sup);
		stop_none(sup);
	}
	if (!children_left(sup))
		return;
	trouble(sup, "children did not end", children_left(sup));
	for (int i = 0; i < sup->options->workers; i++)
		if (sup->workers[i] > 0)
			kill(sup->workers[i], SIGKILL);
	if (sup->watcher > 0)
		kill(sup->watcher, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

/* ---- what must hold when all is quiet ---- */

/* One process that goes on alone: the breaker must let it through. Fast milliseconds it took. */
static int64_t recover_alone(struct supervisor *sup)
{
	struct bw_breaker_snapshot snapshot;
	int64_t begun_us = soak_now_us(NULL), took_ms = 0;

	do {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(sup->soak.breaker);

		if (bw_breaker_ticket_admitted(ticket))
			(void)bw_breaker_record(sup->soak.breaker, ticket, BW_BREAKER_SUCCESS, 1);
		else
			usleep(200);
		bw_breaker_snapshot(sup->soak.breaker, &snapshot);
		took_ms = (soak_now_us(NULL) - begun_us) / 1000;
	} while (snapshot.state != BW_BREAKER_CLOSED &&
		 took_ms < SOAK_LEASE_MS + SOAK_RECOVERY_MS + SOAK_SLACK_MS);
	if (snapshot.state != BW_BREAKER_CLOSED)
		trouble(sup, "stuck when all others were gone", took_ms);
	return took_ms;
}

struct totals {
	uint64_t calls, admitted, finished;
};

static void near(struct supervisor *sup, const char *what, uint64_t region, uint64_t board)
{
	uint64_t difference = region > board ? region - board : board - region;

	if (difference > sup->kills)
		trouble(sup, what, (int64_t)(region - board));
}

/* A killed worker may have been between the region's count and the board's, once. */
static struct totals check_totals(struct supervisor *sup)
{
	struct bw_breaker_snapshot snapshot;
	const struct bw_breaker_lifetime *life = &snapshot.lifetime;
	struct totals sum = { 0 };

	for (int i = 0; i < sup->options->workers; i++) {
		const struct soak_place *place = &sup->soak.board->places[i];

		sum.calls += place->calls;
		sum.admitted += place->admitted;
		sum.finished += place->finished;
	}
	bw_breaker_snapshot(sup->soak.breaker, &snapshot);
	near(sup, "admitted: total differs", life->admitted, sum.admitted);
	near(sup, "rejected: total differs", life->rejected, sum.calls - sum.admitted);
	near(sup, "finished: total differs", life->success + life->failure + life->ignored,
	     sum.finished);
	if (life->timeout > life->failure)
		trouble(sup, "more timeouts than failures", (int64_t)life->timeout);
	return sum;
}

static void check_watch(struct supervisor *sup)
{
	const struct soak_board *board = sup->soak.board;
	const struct soak_watch *watch = &board->watch;

	if (watch->illegal && !sup->trouble[0])
		(void)snprintf(sup->trouble, sizeof(sup->trouble), "%s", watch->first_illegal);
	if (watch->looks < 10 || watch->transitions == 0)
		trouble(sup, "the watcher saw nothing", (int64_t)watch->looks);
	if (watch->longest_still_ms > SOAK_LEASE_MS + SOAK_SLACK_MS)
		trouble(sup, "half-open stood still", (int64_t)watch->longest_still_ms);
	for (int i = 0; i < SOAK_GENERATIONS; i++)
		if (board->excess[i] > board->overdue[i])
			trouble(sup, "probes and successes above success_threshold", i);
}

static void tell(const struct supervisor *sup, const struct totals *totals, int64_t alone_ms)
{
	const struct soak_watch *watch = &sup->soak.board->watch;

	printf("{\"soak\":\"%s\",\"workers\":%d,\"seconds\":%.1f,\"calls\":%llu,\"admitted\":%llu,"
	       "\"kills\":%llu,\"stops\":%llu,\"transitions\":%llu,",
	       suffering_text[sup->suffering], sup->options->workers,
	       (double)sup->options->real_ms / 1000, (unsigned long long)totals->calls,
	       (unsigned long long)totals->admitted, (unsigned long long)sup->kills,
	       (unsigned long long)sup->stops, (unsigned long long)watch->transitions);
	printf("\"leases_stolen\":%llu,\"most_live_leases\":%llu,\"most_live_probes\":%llu,"
	       "\"longest_half_open_ms\":%.1f,\"longest_without_change_ms\":%.1f,\"lease_ms\":%."
	       "1f,",
	       (unsigned long long)watch->stolen, (unsigned long long)watch->most_leases,
	       (unsigned long long)watch->most_probes,
	       (double)watch->longest_half_open_ms / SOAK_SPEED,
	       (double)watch->longest_still_ms / SOAK_SPEED, (double)SOAK_LEASE_MS / SOAK_SPEED);
	printf("\"recovered_alone_ms\":%.1f,\"words_checked\":%llu,\"illegal\":%llu,"
	       "\"trouble\":\"%s\"}\n",
	       (double)alone_ms / SOAK_SPEED, (unsigned long long)watch->words,
	       (unsigned long long)watch->illegal, sup->trouble);
	(void)fflush(stdout);
}

/* ---- a run ---- */

static bool prepare(struct supervisor *sup)
{
	struct soak *soak = &sup->soak;

	(void)snprintf(sup->folder, sizeof(sup->folder), "%s/bellwether-soak-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(sup->folder))
		return false;
	(void)snprintf(soak->path, sizeof(soak->path), "%s/region", sup->folder);
	soak->board = mmap(NULL, sizeof(*soak->board), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (soak->board == MAP_FAILED)
		return false;
	soak->board->prober_signal = prober_signal[sup->suffering];
	return soak_open(soak) && soak_map(soak);
}

static void finish(struct supervisor *sup)
{
	if (sup->soak.region)
		soak_close(&sup->soak);
	soak_unmap(&sup->soak);
	if (sup->soak.board && sup->soak.board != MAP_FAILED)
		munmap(sup->soak.board, sizeof(*sup->soak.board));
	unlink(sup->soak.path);
	rmdir(sup->folder);
}

static bool run(const struct options *options, enum suffering suffering)
{
	struct supervisor sup = { .options = options,
				  .suffering = suffering,
				  .seed = options->seed };
	struct totals totals;

	if (!prepare(&sup)) {
		finish(&sup);
		return false;
	}
	sup.watcher = begin_child(&sup, -1);
	for (int i = 0; i < options->workers; i++)
		begin_worker(&sup, i);
	suffer(&sup);
	end_all(&sup);
	totals = check_totals(&sup);
	check_watch(&sup);
	if (suffering == PROBERS_DIE && sup.kills == 0)
		trouble(&sup, "no prober died", 0);
	tell(&sup, &totals, recover_alone(&sup));
	finish(&sup);
	return !sup.trouble[0];
}

static bool read_options(int count, char **words, struct options *options)
{
	int64_t seconds = 9;

	*options = (struct options){ .workers = 32, .seed = (uint64_t)time(NULL) };
	for (int i = 1; i + 1 < count; i += 2) {
		long long value = strtoll(words[i + 1], NULL, 10);

		if (!strcmp(words[i], "--seconds"))
			seconds = value;
		else if (!strcmp(words[i], "--workers"))
			options->workers = (int)value;
		else if (!strcmp(words[i], "--seed"))
			options->seed = (uint64_t)value;
		else
			return false;
	}
	options->real_ms = seconds * 1000 / SUFFERINGS;
	return count % 2 == 1 && seconds >= 1 && seconds <= 86400 && options->workers >= 1 &&
	       options->workers <= SOAK_WORKERS_MAX;
}

int main(int count, char **words)
{
	struct options options;
	int failed = 0;

	if (!read_options(count, words, &options)) {
		fprintf(stderr, "usage: breaker_soak [--seconds N] [--workers N] [--seed N]\n");
		return 64;
	}
	for (int i = 0; i < SUFFERINGS; i++)
		failed += !run(&options, (enum suffering)i);
	printf("seed %llu\n%d passed, %d failed\n", (unsigned long long)options.seed,
	       SUFFERINGS - failed, failed);
	return failed ? 1 : 0;
}
