/* bench_outbox.c - from outbox_put() to the begin of the attempt, and how many messages go, beside
 * what one commit of a record costs: the outbox cannot be faster than the disk it waits for.
 *
 * The channel takes everything at once. Prints three JSON lines: a commit alone, one message at a
 * time, and a burst over eight channels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "notify/outbox.h"

enum { SINGLES = 300, BURST = 4000, CHANNELS = 8 };

struct bench {
	struct io_loop *loop;
	struct store *store;
	struct io_wakeup *ready;
	struct outbox *outbox;
	struct channel channels[CHANNELS];
	int wanted;
	int64_t put_ns, took_ns[SINGLES];
	int rounds;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* --- a channel that takes everything --- */

static void taking_start(struct channel_attempt *attempt)
{
	struct bench *bench = (struct bench *)channel_settings(attempt);

	if (bench->wanted == 1)
		bench->took_ns[bench->rounds] = now_ns() - bench->put_ns;
	channel_done(attempt, CHANNEL_SENT, 0, "taken");
}

static void taking_stop(struct channel_attempt *attempt)
{
	(void)attempt;
}

static const struct config_field no_fields[] = { { 0 } };
static const struct channel_kind taking = {
	.name = "taking", .fields = no_fields, .start = taking_start, .stop = taking_stop
};

/* --- the bed --- */

static void on_ready(void *arg)
{
	struct bench *bench = arg;

	store_dispatch(bench->store);
}

static void wake(void *arg)
{
	struct bench *bench = arg;

	io_wakeup_send(bench->ready);
}

/* Ends the loop when everything has gone. */
static void on_change(void *arg)
{
	struct bench *bench = arg;

	if (bench->wanted > 0 && outbox_depth(bench->outbox) == 0)
		io_loop_stop(bench->loop);
}

static void open_store(struct bench *bench, const char *path)
{
	const struct store_config config = {
		.path = path, .history_us = 86400 * BW_SECOND_US, .wake = wake, .wake_arg = bench
	};
	struct bw_error err;

	bench->ready = io_wakeup_create(bench->loop, on_ready, bench);
	if (store_open(&config, io_loop_wall(bench->loop), &bench->store, &err) != BW_OK) {
		fprintf(stderr, "bench_outbox: %s\n", err.text);
		exit(1);
	}
}

static void open_outbox(struct bench *bench)
{
	static const char *const names[CHANNELS] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	const struct outbox_options options = {
		.loop = bench->loop, .store = bench->store, .changed = on_change, .arg = bench
	};

	for (int nth = 0; nth < CHANNELS; nth++)
		bench->channels[nth] = (struct channel){
			.name = names[nth], .kind = &taking, .settings = bench, .page_url = ""
		};
	bench->outbox = outbox_create(&options);
	outbox_set_channels(bench->outbox, bench->channels, CHANNELS);
	outbox_start(bench->outbox);
}

static void put(struct bench *bench, int nth)
{
	struct notice_alert alert = { .id = (uint64_t)nth + 1,
				      .severity = BW_SEVERITY_CRITICAL,
				      .rule = "component_unhealthy",
				      .type = "component",
				      .subject_kind = ALERT_SUBJECT_COMPONENT,
				      .subject = "database",
				      .group = "storage",
				      .runbook = "",
				      .title = "Component Unhealthy: database",
				      .message = "database is unhealthy: connection refused" };
	struct notice notice = { .kind = NOTICE_FIRING,
				 .channel = bench->channels[nth % CHANNELS].name,
				 .group = "",
				 .remark = "",
				 .at = io_loop_wall(bench->loop),
				 .alerts = &alert,
				 .count = 1 };

	snprintf(notice.key, sizeof(notice.key), "bench-a%d-firing-1", nth);
	outbox_put(bench->outbox, &notice);
}

/* --- what is measured --- */

static int by_size(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void print(const char *name, int64_t took_ns[SINGLES])
{
	qsort(took_ns, SINGLES, sizeof(took_ns[0]), by_size);
	printf("{\"bench\":\"%s\",\"value\":%.3f,\"unit\":\"ms\",\"p99\":%.3f}\n", name,
	       (double)took_ns[SINGLES / 2] / 1e6, (double)took_ns[SINGLES * 99 / 100] / 1e6);
}

static void on_commit(void *arg, enum bw_status status)
{
	struct bench *bench = arg;

	bw_assert(status == BW_OK);
	io_loop_stop(bench->loop);
}

static void measure_commits(struct bench *bench)
{
	static int64_t took_ns[SINGLES];
	const struct store_record record = { .kind = STORE_RECORD_SILENCE,
					     .id = 1,
					     .text = "{\"as\":\"long as a short message is\"}" };

	for (int nth = 0; nth < SINGLES; nth++) {
		int64_t began_ns = now_ns();

		store_put_record(bench->store, &record);
		store_commit(bench->store, on_commit, bench);
		io_loop_run(bench->loop);
		took_ns[nth] = now_ns() - began_ns;
	}
	print("store commit of a record", took_ns);
}

static void measure_singles(struct bench *bench)
{
	bench->wanted = 1;
	for (bench->rounds = 0; bench->rounds < SINGLES; bench->rounds++) {
		bench->put_ns = now_ns();
		put(bench, bench->rounds);
		io_loop_run(bench->loop);
	}
	print("outbox put to send", bench->took_ns);
}

static void measure_burst(struct bench *bench)
{
	int64_t began_ns = now_ns(), put_ns;
	double seconds;

	bench->wanted = BURST;
	for (int nth = 0; nth < BURST; nth++)
		put(bench, nth);
	put_ns = now_ns() - began_ns;
	io_loop_run(bench->loop);
	seconds = (double)(now_ns() - began_ns) / 1e9;
	printf("{\"bench\":\"outbox burst, 8 channels\",\"value\":%.0f,\"unit\":\"messages/s\","
	       "\"put_us\":%.1f,\"messages\":%d}\n",
	       BURST / seconds, (double)put_ns / 1e3 / BURST, BURST);
}

int main(void)
{
	char folder[] = "/tmp/bench-outbox-XXXXXX", path[64], name[96];
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
	struct bench bench = { .loop = io_loop_create() };

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/store.db", folder);
	open_store(&bench, path);
	measure_commits(&bench);
	open_outbox(&bench);
	measure_singles(&bench);
	measure_burst(&bench);
	outbox_destroy(bench.outbox);
	store_close(bench.store, 60 * BW_SECOND_US);
	io_wakeup_destroy(bench.ready);
	io_loop_destroy(bench.loop);
	for (size_t nth = 0; nth < sizeof(endings) / sizeof(endings[0]); nth++) {
		snprintf(name, sizeof(name), "%s%s", path, endings[nth]);
		unlink(name);
	}
	rmdir(folder);
	return 0;
}
