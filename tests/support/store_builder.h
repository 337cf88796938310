/* store_builder.h - a store in a folder of its own, with results, points and answers for tests. */
#ifndef BW_TESTS_STORE_BUILDER_H
#define BW_TESTS_STORE_BUILDER_H

#include "storage/store.h"
#include "support/folder.h"

/* 2026-03-02T14:30:00Z */
#define STORE_NOON_US INT64_C(1772461800000000)
#define STORE_DAY_US (86400 * BW_SECOND_US)

struct store_bed {
	struct folder folder;
	char path[FOLDER_PATH_MAX + 32]; /* <folder>/data/bellwether.db */
	char instance[FOLDER_PATH_MAX];  /* of its own, where all beds share a server */
	struct store *store;
	struct bw_error error; /* of the latest open */
};

void store_bed_begin(struct store_bed *bed);
/* Of the server all stores are on (with_postgres.py); NULL: they are files. */
const char *store_bed_url(void);
/* For store_config.path: the server or the file. */
const char *store_bed_where(const struct store_bed *bed);
void store_bed_end(struct store_bed *bed);
/* store_open() with a day of history; what it said. */
enum bw_status store_bed_open(struct store_bed *bed);
void store_bed_close(struct store_bed *bed);

/* A healthy result of 1,000 us, `ms` after STORE_NOON_US; with an error it is unhealthy. */
void store_bed_append(struct store_bed *bed, const char *component, int64_t ms, const char *error);
struct store_status store_bed_status(struct store_bed *bed);

/* The answer to a query, kept. */
struct store_answer {
	int calls;
	bool failed;
	char error[BW_ERROR_TEXT_MAX];
	size_t count;
	bool cut;
	int64_t first_ms, last_ms; /* after STORE_NOON_US */
	bool in_order;
	char last_error[2048];
	enum bw_health last_health;
	int64_t last_response_us;
	bool last_has_response;
};

/* Asks for the newest `limit` rows of all that was appended, and waits for the answer. */
struct store_answer store_bed_ask(struct store_bed *bed, const char *component, int64_t from_ms,
				  int64_t to_ms, size_t limit);
/* All rows of a component. */
size_t store_bed_count(struct store_bed *bed, const char *component);

/* How many files beside the database have a name that begins so. */
int store_bed_files(const struct store_bed *bed, const char *prefix);

#endif
