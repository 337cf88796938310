/* bench_fetch.c - what one HTTP check costs the HTTP client, and what a thousand silent peers cost.
 *
 * The peer is a child process: its CPU is not counted. Prints one JSON line:
 *   cpu_us_per_fetch     user and system time of this process, fresh connection each
 *   fetches_per_second   with PARALLEL under way, on the core this process got
 *   silent_*             SILENT requests that are never answered: resident memory of each, threads,
 *                        how late the last of them was stopped by its timer
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "io/fetch.h"

enum { FETCHES = 20000, WARM_UP = 500, PARALLEL = 32, SILENT = 1000, LIMIT_US = 2000000 };
enum { EVENTS = 256, FD_LIMIT = 8192, REQUEST_MAX = 4096 };

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			     "Content-Length: 15\r\n\r\n{\"status\":\"ok\"}";

/* The peer: answers whatever ends a request, on one thread, until it is killed. */

static void serve(int listener, bool silent)
{
	int poll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	struct epoll_event ready[EVENTS];
	char request[REQUEST_MAX];

	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int count = epoll_wait(poll, ready, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = ready[i].data.fd;

			if (fd == listener) {
				event.data.fd = accept(listener, NULL, NULL);
				if (event.data.fd >= 0)
					epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
			} else if (recv(fd, request, sizeof(request), 0) <= 0) {
				close(fd);
			} else if (!silent) {
				send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
			}
		}
	}
}

static pid_t start_peer(bool silent, int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	bw_assert(bind(listener, (struct sockaddr *)&address, len) == 0);
	bw_assert(listen(listener, 4096) == 0);
	getsockname(listener, (struct sockaddr *)&address, &len);
	*port = ntohs(address.sin_port);
	pid = fork();
	bw_assert(pid >= 0);
	if (pid == 0)
		serve(listener, silent);
	close(listener);
	return pid;
}

static void stop_peer(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Measures */

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static long status_number(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long number = -1;

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			number = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

/* Answered requests */

struct load {
	struct io_loop *loop;
	struct io_fetch_options options;
	int started, ended, failed, total;
};

struct slot {
	struct load *load;
	struct io_fetch *fetch;
};

static void start_one(struct slot *slot);

static void one_ended(void *arg, const struct io_fetch_result *result)
{
	struct slot *slot = arg;
	struct load *load = slot->load;

	load->ended++;
	if (result->error.failure != IO_OK || result->status != 200 || result->body_len != 15)
		load->failed++;
	io_fetch_stop(slot->fetch);
	slot->fetch = NULL;
	if (load->started < load->total)
		start_one(slot);
	else if (load->ended == load->total)
		io_loop_stop(load->loop);
}

static void start_one(struct slot *slot)
{
	slot->load->started++;
	bw_assert(io_fetch_start(slot->load->loop, &slot->load->options, one_ended, slot,
				 &slot->fetch, NULL) == BW_OK);
}

static void run_load(struct load *load, int total)
{
	struct slot slots[PARALLEL];

	load->started = load->ended = 0;
	load->total = total;
	for (int i = 0; i < PARALLEL; i++) {
		slots[i] = (struct slot){ .load = load };
		start_one(&slots[i]);
	}
	io_loop_run(load->loop);
}

/* Silent requests */

struct silence {
	struct io_loop *loop;
	int stopped, answered;
	int64_t latest_us;
};

struct silent {
	struct silence *silence;
	struct io_fetch *fetch;
	struct io_timer *timer;
	struct bw_mono due;
};

static void must_not_come(void *arg, const struct io_fetch_result *result)
{
	struct silent *silent = arg;

	(void)result;
	silent->silence->answered++;
}

static void limit_reached(void *arg)
{
	struct silent *silent = arg;
	struct silence *silence = silent->silence;
	int64_t late_us = bw_mono_since(io_loop_mono(silence->loop), silent->due);

	io_fetch_stop(silent->fetch);
	if (late_us > silence->latest_us)
		silence->latest_us = late_us;
	if (++silence->stopped == SILENT)
		io_loop_stop(silence->loop);
}

static void stop_loop(void *arg)
{
	io_loop_stop(arg);
}

/* Resident KB that SILENT requests took, measured halfway to their limit. */
static long run_silence(struct io_loop *loop, const char *url, struct silence *out, long *threads)
{
	const struct io_fetch_options options = { .url = url, .max_body_bytes = 65536 };
	struct silent *silents = calloc(SILENT, sizeof(*silents));
	struct io_timer *halfway = io_timer_create(loop, stop_loop, loop);
	long before_kb, after_kb;

	bw_assert(silents);
	out->loop = loop;
	for (int i = 0; i < SILENT; i++)
		silents[i].timer = io_timer_create(loop, limit_reached, &silents[i]);
	before_kb = status_number("VmRSS:");
	for (int i = 0; i < SILENT; i++) {
		silents[i].silence = out;
		silents[i].due = bw_mono_add(io_loop_mono(loop), LIMIT_US);
		io_timer_start(silents[i].timer, LIMIT_US);
		bw_assert(io_fetch_start(loop, &options, must_not_come, &silents[i],
					 &silents[i].fetch, NULL) == BW_OK);
	}
	io_timer_start(halfway, LIMIT_US / 2);
	io_loop_run(loop);
	after_kb = status_number("VmRSS:");
	*threads = status_number("Threads:");
	io_loop_run(loop);
	for (int i = 0; i < SILENT; i++)
		io_timer_destroy(silents[i].timer);
	io_timer_destroy(halfway);
	free(silents);
	return after_kb - before_kb;
}

static void allow_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = FD_LIMIT, .rlim_max = FD_LIMIT };
	struct rlimit now;

	getrlimit(RLIMIT_NOFILE, &now);
	if (now.rlim_cur < FD_LIMIT)
		bw_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int main(void)
{
	int port, silent_port;
	pid_t peer, silent_peer;
	char url[64], silent_url[64];
	struct silence silence = { .stopped = 0 };
	struct load load = { .options = { .url = url, .max_body_bytes = 65536 } };
	long kb, threads;
	double cpu, seconds;
	struct bw_mono began;

	allow_descriptors();
	peer = start_peer(false, &port);
	silent_peer = start_peer(true, &silent_port);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/health", port);
	snprintf(silent_url, sizeof(silent_url), "http://127.0.0.1:%d/", silent_port);
	load.loop = io_loop_create();
	run_load(&load, WARM_UP);
	kb = run_silence(load.loop, silent_url, &silence, &threads);
	cpu = cpu_us();
	began = io_loop_mono(load.loop);
	run_load(&load, FETCHES);
	seconds = (double)bw_mono_since(io_loop_mono(load.loop), began) / 1e6;
	cpu = cpu_us() - cpu;
	printf("{\"bench\":\"fetch.cpu\",\"value\":%.1f,\"unit\":\"us a request\",\"limit\":103,"
	       "\"better\":\"lower\",\"requests\":%d,\"failed\":%d,\"per_second\":%.0f,"
	       "\"per_cpu_second\":%.0f}\n",
	       cpu / FETCHES, FETCHES, load.failed, FETCHES / seconds, FETCHES / (cpu / 1e6));
	printf("{\"bench\":\"fetch.silent_peers\",\"value\":%.1f,\"unit\":\"KB a "
	       "request\",\"limit\":20,"
	       "\"better\":\"lower\",\"in_flight\":%d,\"answered\":%d,\"threads\":%ld,"
	       "\"latest_ms\":%.1f}\n",
	       (double)kb / SILENT, SILENT, silence.answered, threads,
	       (double)silence.latest_us / 1e3);
	io_loop_destroy(load.loop);
	stop_peer(peer);
	stop_peer(silent_peer);
	return load.failed > 0 || silence.answered > 0;
}
