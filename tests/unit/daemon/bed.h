/* bed.h - a scripted loop, a configuration in text, and the engine over both.
 *
 * Owns:    all of it; bed_finish() takes it down, which fails when a handle was forgotten.
 */
#ifndef BW_TESTS_DAEMON_BED_H
#define BW_TESTS_DAEMON_BED_H

#include "daemon/engine.h"
#include "support/fake_io.h"
#include "support/folder.h"

struct bed {
	struct io_loop *loop;
	struct engine *engine;
	struct store *store;                 /* NULL unless bed_open_store() */
	struct log *log;                     /* NULL unless set */
	const struct bw_clock *region_clock; /* NULL unless set: no breaker is shared */
	struct folder folder;                /* an empty host, and where a store lies */
	int turns, samples;                  /* told by the engine */
	size_t changed;                      /* of the latest turn */
	char removed[256]; /* names of the latest turn that had some, joined by blanks */
	struct bw_history_point point;
};

void bed_init(struct bed *bed);
void bed_finish(struct bed *bed);
/* A store in the bed's folder; again after bed_stop() to find what was kept. */
void bed_open_store(struct bed *bed);
/* Settings of a configuration that must be right. */
struct daemon_settings *bed_settings(const char *text);
void bed_start(struct bed *bed, const char *text);
/* Engine and store go, the loop's time stays. */
void bed_stop(struct bed *bed);
void bed_reload(struct bed *bed, const char *text);
struct component *bed_component(struct bed *bed, const char *name);
/* What the document says of it; "" for none. Valid until the next call. */
const char *bed_error(struct bed *bed, const char *name);
/* 127.0.0.1:9000 from now on. */
void bed_peer(struct bed *bed, enum io_failure connect);
void bed_seconds(struct bed *bed, double seconds);

/* One tcp component of that peer. */
#define BED_PEER "    tcp: { host: 127.0.0.1, port: 9000 }\n"
#define BED_TEN "    every: 10s\n    jitter: 0s\n"

#endif
