/* target_bed.h - targets on the scripted clock, a history that grows, and a receiver that is as
 * strict as Prometheus: it takes a request whole or not at all, and refuses one with a sample that
 * is not newer than what it has of the series, unless it is the same one.
 *
 * io_fetch_start() and io_fetch_stop() are the receiver's (the linker wraps them).
 */
#ifndef BW_TESTS_REMOTE_TARGET_BED_H
#define BW_TESTS_REMOTE_TARGET_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "remote/remote.h"
#include "support/fake_io.h"
#include "support/fake_store.h"
#include "support/fake_view.h"

enum bed_mood {
	BED_TAKES,
	BED_ANSWERS, /* `status`, whatever was sent */
	BED_HANGS,
	BED_REFUSES_CONNECTIONS,
	BED_TAKES_AND_CUTS, /* takes, but the answer is lost */
};

enum { BED_SERIES_MAX = 400, BED_COMPONENTS = 3, BED_TEXT_MAX = 400 };

struct bed {
	struct io_loop *loop;
	struct store *store;
	struct store_view *view;
	struct remote *remote;
	struct remote_settings settings[2];
	int64_t history_us;
	int64_t ticks; /* seconds lived */
	struct bw_buf log;

	enum bed_mood mood;
	int status;
	const char *headers, *body; /* of the answers; "" */
	const char *poison;         /* a request with this in it is refused; NULL: none is */
	struct bed_series {
		char name[BED_TEXT_MAX];
		int64_t last_ms;
		char last[BED_TEXT_MAX];
	} series[BED_SERIES_MAX];
	size_t series_count;
	struct bw_buf arrived;  /* lines, in the order in which they were taken */
	struct bw_buf latest;   /* the latest request, decoded */
	struct bw_buf asked;    /* its headers */
	int64_t asked_ms[4096]; /* when each request came, since the start */
	size_t requests;
};

void bed_begin(struct bed *bed);
void bed_end(struct bed *bed);
/* Targets as in `settings`; from the store's records. */
void bed_start(struct bed *bed, size_t targets);
void bed_stop(struct bed *bed);
/* As after a kill -9 and a start. */
void bed_crash(struct bed *bed);
/* Time passes; every ten seconds each component is looked at. */
void bed_live(struct bed *bed, int seconds);
/* Time passes and nobody looks. */
void bed_wait(struct bed *bed, int seconds);
struct remote_state bed_state(const struct bed *bed);
/* What (from, now - settled] must have brought, sorted lines; the caller's. And what came. */
char *bed_expected(struct bed *bed, int64_t from_ms);
char *bed_arrived(struct bed *bed);
int64_t bed_now_ms(const struct bed *bed);

#endif
