/* reader.h - what the readers of the formats share: one record at a time.
 *
 * Private to src/transfer.
 * Owns:    see transfer.h.
 * Threads: one at a time.
 */
#ifndef BW_TRANSFER_READER_H
#define BW_TRANSFER_READER_H

#include "base/strmap.h"
#include "transfer/transfer.h"

/* What stands in a column of the CSV text. */
enum { READER_TIME = -1, READER_KIND = -2, READER_NAME = -3 };

struct transfer_reader {
	enum transfer_format format;
	void (*take)(void *arg, const struct transfer_row *row);
	void *arg;
	struct bw_buf record;
	size_t line;      /* of the record's first byte, from 1 */
	size_t next_line; /* of the next byte */
	bool is_quoted;   /* CSV: within quotes */
	bool has_failed;
	struct {
		struct transfer_columns known;
		int columns[TRANSFER_COLUMNS_MAX + 3]; /* READER_... or a column of `known` */
		size_t count;                          /* 0: the header is to come */
	} csv;
	struct {
		struct bw_strmap *series;  /* of struct metric_series, by "kind name" */
		struct bw_strmap *numbers; /* of int64_t, by text */
		struct {
			char **items; /* numbers count from 1 */
			size_t count;
		} texts;
		size_t samples;
		bool is_ended; /* "# EOF" was there */
	} metrics;
};

/* BW_EPARSE with "line N: ..." */
enum bw_status reader_fail(struct transfer_reader *reader, struct bw_error *err, const char *format,
			   ...) BW_PRINTF(3, 4);

struct reader_subject {
	const char *time, *kind, *name;
};

/* Begins `row`: its time, kind and name. */
enum bw_status reader_take_subject(struct transfer_reader *reader,
				   const struct reader_subject *subject, struct transfer_row *row,
				   struct bw_error *err);

/* `record` has no line feed at its end and a NUL behind it; it may be written to. */
enum bw_status csv_read_record(struct transfer_reader *reader, char *record, struct bw_error *err);
enum bw_status json_read_record(struct transfer_reader *reader, char *record, struct bw_error *err);
enum bw_status metric_read_record(struct transfer_reader *reader, char *record,
				  struct bw_error *err);
enum bw_status metric_read_end(struct transfer_reader *reader, struct bw_error *err);
void metric_read_finish(struct transfer_reader *reader);

#endif
