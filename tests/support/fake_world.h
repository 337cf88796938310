/* fake_world.h - what the parts of fake_io share. Private to tests/support/fake_*.c. */
#ifndef BW_SUPPORT_FAKE_WORLD_H
#define BW_SUPPORT_FAKE_WORLD_H

#include "support/fake_io.h"

/* Embedded in whatever waits; queued at most once. */
struct fake_event {
	struct io_loop *loop;
	int64_t at_us;
	io_callback *fire;
	void *arg;
	bool queued;
	struct fake_event *next, *prev;
};

/* A peer in force for an address; kept until the loop goes, as connections point to it. */
struct fake_rule {
	char *address; /* NULL: the default */
	struct fake_peer peer;
	struct fake_rule *older;
};

struct fake_name {
	char *name;
	enum io_failure failure;
	struct fake_name *older;
};

struct io_loop {
	int64_t now_us;
	int64_t wall_offset_us;
	bool stopped;
	struct fake_event *first;
	struct fake_rule *rules;
	struct fake_name *names;
	struct io_dns_answer dns;
	enum io_failure dns_failure;
	int64_t dns_delay_us;
	struct fake_child child;
	char *child_command, *child_environment, *child_input;
	char *asked, *asked_body; /* of the last request */
	char *mailed;
	struct fake_mail mail;
	struct io_watch *watches;
	struct io_signal *signals;
	int alive; /* objects not destroyed yet */
	int connections, children;
};

void fake_event_init(struct fake_event *event, struct io_loop *loop, io_callback *fire, void *arg);
void fake_event_start(struct fake_event *event, int64_t delay_us);
void fake_event_stop(struct fake_event *event);
const struct fake_peer *fake_peer_find(const struct io_loop *loop, const char *address);
void fake_rules_destroy(struct io_loop *loop);
enum io_failure fake_name_failure(const struct io_loop *loop, const char *name);
/* IO_REFUSED, "127.0.0.1:6379" -> "connection refused by 127.0.0.1:6379". */
void fake_error(struct io_error *error, enum io_failure failure, const char *subject);
/* A copy of `len` bytes with a NUL behind them; NULL for NULL. */
char *fake_bytes(const char *bytes, size_t len);

#endif
