/* bench_breaker.c - what a call through a shared breaker costs, beside the least it could cost.
 *
 * Peers, measured in turn with ours: an atomic load behind a call into a shared library; two
 * uncontended atomic adds; two reads of the clock; one of the coarse clock; two processes that add
 * to one pair of words. Medians of many short rounds on one processor, as other work interrupts
 * some of them. Prints a JSON line for each figure; a value in "x" is ours / the peer's.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <bellwether/breaker.h>

#include "bench/breaker_peer.h"

enum {
	ROUNDS = 301,
	CALLS = 5000,   /* in a round; a bucket counts to 65,535 */
	FAILURES = 500, /* in a round, as each costs more */
	BUCKET_US = 1000000,
	DUEL_PAIRS = 7,
	DUEL_TURNS = 400,
	DUEL_FAIR = 7,
	DUEL_STEPS = 8,
	DUEL_STEP_US = 500,
	DUEL_BATCH = 64,
};

#define DUEL_SHARE 0.8 /* of the time, that both must run */

/* Each on lines of its own, as the words of a breaker's window are. */
struct words {
	_Alignas(128) _Atomic uint64_t first;
	_Alignas(128) _Atomic uint64_t second;
};

struct bed {
	struct bw_region *region;
	struct bw_breaker *breaker;
	struct words words;
	int64_t now_us; /* for calls that are told the time */
	uint64_t sink;
};

static double clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void need(enum bw_status status, const struct bw_error *err)
{
	if (status == BW_OK)
		return;
	fprintf(stderr, "%s\n", err ? err->text : bw_status_text(status));
	exit(1);
}

static void pin(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* ---- the work ---- */

static void acquire_closed(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(bed->breaker);

		__asm__ volatile("" : : "r"(ticket.word));
	}
}

static void load_behind_call(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		uint64_t word = breaker_peer_load(&bed->words.first);

		__asm__ volatile("" : : "r"(word));
	}
}

static void acquire_and_record(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(bed->breaker);

		(void)bw_breaker_record_at(bed->breaker, ticket, BW_BREAKER_SUCCESS, 1000,
					   bed->now_us);
	}
	bed->now_us += BUCKET_US;
}

static void two_adds(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		atomic_fetch_add_explicit(&bed->words.first, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&bed->words.second, 1, memory_order_relaxed);
	}
}

static void begin_and_end(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_call call = bw_breaker_begin(bed->breaker);

		(void)bw_breaker_end(bed->breaker, call, BW_BREAKER_SUCCESS);
	}
}

static void acquire_and_record_with_clock(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(bed->breaker);

		(void)bw_breaker_record(bed->breaker, ticket, BW_BREAKER_SUCCESS, 1000);
	}
}

static void read_clock(struct bed *bed, clockid_t clock, int times)
{
	struct timespec now;

	for (int i = 0; i < times; i++) {
		clock_gettime(clock, &now);
		bed->sink += (uint64_t)now.tv_nsec;
	}
}

static void two_clocks(struct bed *bed)
{
	read_clock(bed, CLOCK_MONOTONIC, 2 * CALLS);
}

static void one_clock(struct bed *bed)
{
	read_clock(bed, CLOCK_MONOTONIC, CALLS);
}

static void coarse_clock(struct bed *bed)
{
	read_clock(bed, CLOCK_MONOTONIC_COARSE, CALLS);
}

/* One success among them keeps it closed. */
static void fail(struct bed *bed)
{
	(void)bw_breaker_record_at(bed->breaker, bw_breaker_acquire(bed->breaker),
				   BW_BREAKER_SUCCESS, 1000, bed->now_us);
	for (int i = 0; i < FAILURES; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(bed->breaker);

		if (!bw_breaker_record_at(bed->breaker, ticket, BW_BREAKER_FAILURE, 1000,
					  bed->now_us))
			exit(1);
	}
	bed->now_us += BUCKET_US;
}

static void be_rejected(struct bed *bed)
{
	for (int i = 0; i < CALLS; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(bed->breaker);

		bed->sink += (uint64_t)bw_breaker_ticket_retry_after_us(ticket);
		if (bw_breaker_ticket_admitted(ticket))
			exit(1);
	}
}

/* ---- measuring ---- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

static double round_ns(struct bed *bed, void (*work)(struct bed *bed), int calls)
{
	double begun = clock_ns();

	work(bed);
	return (clock_ns() - begun) / calls;
}

struct figure {
	double ours_ns, peer_ns;
};

static struct figure measure(struct bed *bed, void (*ours)(struct bed *bed), int calls,
			     void (*peer)(struct bed *bed))
{
	static double ours_ns[ROUNDS], peer_ns[ROUNDS];

	for (int i = 0; i < ROUNDS / 10; i++) {
		ours(bed);
		peer(bed);
	}
	for (int i = 0; i < ROUNDS; i++) {
		ours_ns[i] = round_ns(bed, ours, calls);
		peer_ns[i] = round_ns(bed, peer, CALLS);
	}
	return (struct figure){ median(ours_ns, ROUNDS), median(peer_ns, ROUNDS) };
}

/* A limit of 0: none was promised. */
static void tell_ratio(const char *name, struct figure figure, double limit, const char *peer)
{
	printf("{\"bench\":\"breaker.%s\",\"value\":%.3f,\"unit\":\"x\",", name,
	       figure.ours_ns / figure.peer_ns);
	if (limit > 0)
		printf("\"limit\":%g,\"better\":\"lower\",", limit);
	printf("\"ns\":%.2f,\"peer\":\"%s\",\"peer_ns\":%.2f}\n", figure.ours_ns, peer,
	       figure.peer_ns);
	(void)fflush(stdout);
}

/* ---- the bed ---- */

static void open_region(struct bed *bed, const char *path, unsigned shards)
{
	const struct bw_region_options options = {
		.mode = BW_REGION_SHARED,
		.fallback = BW_REGION_ERROR,
		.path = path,
		.shards = shards,
	};
	struct bw_error err = { 0 };

	need(bw_region_open(&options, &bed->region, &err), &err);
}

/* Never opens by itself, and judges all three strategies at each failure. */
static void open_breaker(struct bed *bed, const char *name, int64_t window_us)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_error err = { 0 };

	config.failure_threshold = 1000000;
	config.failure_rate_threshold = 1;
	config.window_us = window_us;
	need(bw_breaker_open(bed->region, name, &config, &bed->breaker, &err), &err);
	bed->now_us = (int64_t)(clock_ns() / 1000);
}

static void close_breaker(struct bed *bed)
{
	bw_breaker_close(bed->breaker);
	bed->breaker = NULL;
}

static void measure_calls(struct bed *bed)
{
	/* A bucket of a thousandth second, as these are told no time and one counts to 65,535. */
	open_breaker(bed, "with-clocks", 60 * 1000);
	tell_ratio("acquire_closed", measure(bed, acquire_closed, CALLS, load_behind_call), 2,
		   "atomic load behind a call");
	tell_ratio("begin_end", measure(bed, begin_and_end, CALLS, two_clocks), 1.5,
		   "two clock reads");
	tell_ratio("acquire_record_one_clock",
		   measure(bed, acquire_and_record_with_clock, CALLS, one_clock), 0,
		   "one clock read");
	close_breaker(bed);
	open_breaker(bed, "without-clocks", 60 * INT64_C(1000000));
	tell_ratio("acquire_record", measure(bed, acquire_and_record, CALLS, two_adds), 3,
		   "two uncontended atomic adds");
	close_breaker(bed);
}

static void measure_failure(struct bed *bed)
{
	struct bw_breaker_snapshot snapshot;
	struct figure figure;

	open_breaker(bed, "failures", 60 * INT64_C(1000000));
	for (int i = 0; i < 64; i++)
		acquire_and_record(bed);
	figure = measure(bed, fail, FAILURES, one_clock);
	bw_breaker_snapshot(bed->breaker, &snapshot);
	printf("{\"bench\":\"breaker.failure_with_evaluation\",\"value\":%.1f,\"unit\":\"ns\","
	       "\"limit\":400,\"better\":\"lower\",\"words\":240,\"one_clock_ns\":%.2f}\n",
	       figure.ours_ns, figure.peer_ns);
	if (snapshot.state != BW_BREAKER_CLOSED)
		exit(1);
	close_breaker(bed);
}

static void measure_rejection(struct bed *bed)
{
	open_breaker(bed, "open", 60 * INT64_C(1000000));
	need(bw_breaker_open_for(bed->breaker, 3600 * INT64_C(1000000)), NULL);
	tell_ratio("rejection", measure(bed, be_rejected, CALLS, coarse_clock), 0,
		   "coarse clock read");
	close_breaker(bed);
}

/* ---- two processes at once ---- */

enum duel_work { DUEL_BREAKER, DUEL_SHARED_WORDS, DUEL_OWN_WORDS, DUEL_WORKS, DUEL_OVER };

/* Both children do what `work` says until it says something else. */
struct duel {
	_Alignas(128) _Atomic uint32_t work, turn; /* a turn is one stretch of one work */
	_Atomic int64_t now_us;
	_Alignas(128) _Atomic uint64_t calls[2][16]; /* one line each; of this turn */
	struct words shared;
	struct words own[2];
};

static void add_to(struct words *words)
{
	for (int i = 0; i < DUEL_BATCH; i++) {
		atomic_fetch_add_explicit(&words->first, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&words->second, 1, memory_order_relaxed);
	}
}

static void call_breaker(struct bw_breaker *breaker, int64_t now)
{
	for (int i = 0; i < DUEL_BATCH; i++) {
		struct bw_breaker_ticket ticket = bw_breaker_acquire(breaker);

		(void)bw_breaker_record_at(breaker, ticket, BW_BREAKER_SUCCESS, 1000, now);
	}
}

static void duel_child(const struct bed *bed, struct duel *duel, int number)
{
	uint32_t work;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(number);
	while ((work = atomic_load_explicit(&duel->work, memory_order_relaxed)) != DUEL_OVER) {
		if (work == DUEL_BREAKER)
			call_breaker(bed->breaker, duel->now_us);
		else
			add_to(work == DUEL_OWN_WORDS ? &duel->own[number] : &duel->shared);
		atomic_fetch_add_explicit(&duel->calls[number][0], DUEL_BATCH,
					  memory_order_relaxed);
	}
	_exit(0);
}

/* What both had done, and had been given, at one moment. */
struct duel_mark {
	double at_ns, ran_ns[2];
	uint64_t calls;
};

static struct duel_mark duel_mark(const struct duel *duel, const pid_t children[2])
{
	struct duel_mark mark = { .calls = duel->calls[0][0] + duel->calls[1][0],
				  .at_ns = clock_ns() };

	for (int i = 0; i < 2; i++) {
		struct timespec ran = { 0 };
		clockid_t clock;

		if (clock_getcpuclockid(children[i], &clock) == 0)
			(void)clock_gettime(clock, &ran);
		mark.ran_ns[i] = (double)ran.tv_sec * 1e9 + (double)ran.tv_nsec;
	}
	return mark;
}

struct duel_turn {
	double per_us; /* calls of both together */
	double share;  /* of the time that the one who ran less was running */
};

/* The time they are told goes on bucket by bucket, as one counts to 65,535. */
static struct duel_turn duel_turn(struct duel *duel, const pid_t children[2], enum duel_work work)
{
	struct duel_mark begun, ended;
	double took_ns, share[2];

	duel->work = work;
	usleep(DUEL_STEP_US);
	begun = duel_mark(duel, children);
	for (int i = 0; i < DUEL_STEPS; i++) {
		usleep(DUEL_STEP_US);
		duel->now_us += BUCKET_US;
	}
	ended = duel_mark(duel, children);
	took_ns = ended.at_ns - begun.at_ns;
	for (int i = 0; i < 2; i++)
		share[i] = (ended.ran_ns[i] - begun.ran_ns[i]) / took_ns;
	return (struct duel_turn){ (double)(ended.calls - begun.calls) * 1000 / took_ns,
				   share[0] < share[1] ? share[0] : share[1] };
}

struct duel_figure {
	double per_us[DUEL_WORKS];
	bool is_fair; /* enough turns in which both ran nearly all the time */
};

/* Turns in which one had to wait for other work are no duel, and not counted. */
static struct duel_figure fair_turns(struct duel *duel, const pid_t children[2])
{
	double per_us[DUEL_WORKS][DUEL_FAIR] = { { 0 } };
	int count[DUEL_WORKS] = { 0 }, fair = 0;
	struct duel_figure figure;

	for (int i = 0; i < DUEL_TURNS && fair < DUEL_WORKS * DUEL_FAIR; i++) {
		int work = i % DUEL_WORKS;
		struct duel_turn turn;

		if (count[work] == DUEL_FAIR)
			continue;
		turn = duel_turn(duel, children, (enum duel_work)work);
		if (turn.share < DUEL_SHARE)
			continue;
		per_us[work][count[work]++] = turn.per_us;
		fair++;
	}
	figure.is_fair = fair == DUEL_WORKS * DUEL_FAIR;
	for (int work = 0; work < DUEL_WORKS; work++)
		figure.per_us[work] = count[work] ? median(per_us[work], (size_t)count[work]) : 0;
	return figure;
}

static struct duel_figure fight(const struct bed *bed, struct duel *duel)
{
	struct duel_figure figure;
	pid_t children[2];

	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] == 0)
			duel_child(bed, duel, i);
		if (children[i] < 0)
			exit(1);
	}
	figure = fair_turns(duel, children);
	duel->work = DUEL_OVER;
	for (int i = 0; i < 2; i++)
		waitpid(children[i], NULL, 0);
	return figure;
}

static int compare_figures(const void *a, const void *b)
{
	double left = ((const struct duel_figure *)a)->per_us[DUEL_BREAKER];
	double right = ((const struct duel_figure *)b)->per_us[DUEL_BREAKER];

	return (left > right) - (left < right);
}

/* The middle one of some pairs of processes. Nothing is judged where other work left few fair
 * turns. */
static void tell_duels(const char *name, struct duel_figure *pairs, int count, double limit)
{
	const struct duel_figure *middle = &pairs[count / 2];

	if (count == 0) {
		printf("{\"bench\":\"breaker.%s\",\"skipped\":\"other work on the machine\"}\n",
		       name);
		return;
	}
	qsort(pairs, (size_t)count, sizeof(*pairs), compare_figures);
	printf("{\"bench\":\"breaker.%s\",\"value\":%.3f,\"unit\":\"x\",", name,
	       middle->per_us[DUEL_BREAKER] / middle->per_us[DUEL_SHARED_WORDS]);
	if (limit > 0 && count >= DUEL_PAIRS / 2)
		printf("\"limit\":%g,\"better\":\"higher\",", limit);
	printf("\"calls_per_us\":%.1f,\"pairs\":%d,\"worst_pair\":%.1f,\"best_pair\":%.1f,"
	       "\"peer\":\"two processes, two atomic adds each to the same two words\","
	       "\"peer_per_us\":%.1f,\"own_words_per_us\":%.1f}\n",
	       middle->per_us[DUEL_BREAKER], count, pairs[0].per_us[DUEL_BREAKER],
	       pairs[count - 1].per_us[DUEL_BREAKER], middle->per_us[DUEL_SHARED_WORDS],
	       middle->per_us[DUEL_OWN_WORDS]);
	(void)fflush(stdout);
}

static void measure_two(struct bed *bed, const char *name, double limit)
{
	struct duel *words = mmap(NULL, sizeof(*words), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct duel_figure pairs[DUEL_PAIRS];
	int fair = 0;

	if (words == MAP_FAILED)
		exit(1);
	open_breaker(bed, "two", 60 * INT64_C(1000000));
	words->now_us = bed->now_us;
	if (sysconf(_SC_NPROCESSORS_ONLN) >= 2) {
		for (int i = 0; i < DUEL_PAIRS; i++) {
			pairs[fair] = fight(bed, words);
			fair += pairs[fair].is_fair;
		}
		tell_duels(name, pairs, fair, limit);
	}
	close_breaker(bed);
	munmap(words, sizeof(*words));
}

int main(void)
{
	char folder[] = "/dev/shm/bellwether-bench-XXXXXX", path[64], narrow[64];
	static struct bed bed;

	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/region", folder);
	(void)snprintf(narrow, sizeof(narrow), "%s/one-shard", folder);
	(void)setpriority(PRIO_PROCESS, 0, -20); /* before other work, where that is allowed */
	pin(0);
	open_region(&bed, path, 0);
	measure_calls(&bed);
	measure_failure(&bed);
	measure_rejection(&bed);
	measure_two(&bed, "two_processes", 0.8);
	bw_region_close(bed.region);
	open_region(&bed, narrow, 1);
	measure_two(&bed, "two_processes_one_shard", 0);
	bw_region_close(bed.region);
	(void)unlink(path);
	(void)unlink(narrow);
	(void)rmdir(folder);
	return 0;
}
