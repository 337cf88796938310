/* outbox_bed.h - an outbox on the scripted loop, over a scripted store, to scripted channels that
 * write down what reached them.
 *
 * Owns:    all of it.
 */
#ifndef BW_TESTS_NOTIFY_OUTBOX_BED_H
#define BW_TESTS_NOTIFY_OUTBOX_BED_H

#include "notify/outbox.h"
#include "support/fake_io.h"
#include "support/fake_store.h"

#define BED_HOUR_US (3600 * BW_SECOND_US)

enum { BED_CHANNELS = 4, BED_ARRIVALS_MAX = 4096, BED_LOG_MAX = 16384 };

/* What a channel does with attempts that begin from now on. */
struct scripted {
	enum channel_outcome outcome;
	int64_t retry_us;
	int64_t takes_us; /* the other side has it after half of that */
	bool silent;      /* never answers */
	const char *text;

	int attempts, under_way, under_way_most;
	struct arrival {
		char key[64];
		enum notice_kind kind;
		size_t count, more;
		int64_t at_us;
	} arrivals[BED_ARRIVALS_MAX];
	size_t arrived;
	int64_t attempt_us[BED_ARRIVALS_MAX]; /* when attempts began */
};

struct outbox_bed {
	struct io_loop *loop;
	struct store *store;
	struct outbox *outbox;
	struct scripted scripts[BED_CHANNELS];
	struct channel channels[BED_CHANNELS]; /* "c0", "c1", ... */
	size_t channel_count;
	char log[BED_LOG_MAX]; /* lines; troubles begin with "!" */
	int changes;
	size_t firing; /* notices of what fires, for kinds that keep state */
	char row_text[1 << 19];
};

extern const struct channel_kind bed_kind, bed_kind_of_state;

/* With one channel of bed_kind, one of another with state, an outbox that has started. */
void bed_begin(struct outbox_bed *bed, size_t channels);
void bed_end(struct outbox_bed *bed);
/* The outbox alone: a new one takes up what the store has. */
void bed_open(struct outbox_bed *bed);
void bed_close(struct outbox_bed *bed);
/* As a kill -9: outbox and what was not committed are gone. */
void bed_crash(struct outbox_bed *bed);
void bed_set_channels(struct outbox_bed *bed, size_t count);
void bed_advance(struct outbox_bed *bed, int64_t us);

/* A message to "c<channel>" with this key, about alert `alert`. */
void bed_put(struct outbox_bed *bed, size_t channel, const char *key, uint64_t alert);
void bed_put_kind(struct outbox_bed *bed, size_t channel, const char *key, enum notice_kind kind);
/* "m1 m2 m3": what reached the channel, in order. Valid until the next call. */
const char *bed_arrived(const struct outbox_bed *bed, size_t channel);
struct outbox_channel_state bed_state(const struct outbox_bed *bed, size_t channel);
/* The log of deliveries as JSON. */
const char *bed_rows(struct outbox_bed *bed, const char *channel, size_t limit);

#endif
