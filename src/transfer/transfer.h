/* transfer.h - rows of series as text that others read, and back, bit by bit.
 *
 * Formats: CSV (RFC 4180) with a column a field of any kind, JSON Lines with an object a row, and
 *          OpenMetrics 1.0 with a metric a field. Whole numbers are written without a fraction and
 *          real ones with one (shortest text that reads back the same), states as words, times as
 *          ISO 8601 with microseconds (OpenMetrics: seconds with six digits). What is absent is
 *          empty, or not there.
 * Owns:    a reader its text so far; rows given out are borrowed for the call.
 *          All are UTF-8; a record that is not is refused, because it would come back changed.
 * Limits:  TRANSFER_RECORD_MAX bytes a record. The samples of OpenMetrics stand apart, so that a
 *          reader keeps all rows until the end: TRANSFER_ROWS_MAX of them.
 * Errors:  BW_EPARSE and BW_ELIMIT with a text that names the line; rows before it were given out.
 * Threads: one at a time.
 */
#ifndef BW_TRANSFER_TRANSFER_H
#define BW_TRANSFER_TRANSFER_H

#include "base/buf.h"
#include "series/series.h"
#include "transfer/columns.h"

enum { TRANSFER_RECORD_MAX = 256 * 1024, TRANSFER_ROWS_MAX = 5000000 };

enum transfer_format {
	TRANSFER_CSV,
	TRANSFER_JSON_LINES,
	TRANSFER_OPENMETRICS,
	TRANSFER_FORMATS,
};

struct transfer_row {
	enum series_kind kind;
	const char *name; /* "" for the system and the host */
	int64_t time_us;
	struct series_cell cells[SERIES_FIELDS_MAX]; /* that of a text field is ignored */
	const char *text;                            /* of the text field; NULL: none */
};

/* "csv", "jsonl", "openmetrics". */
const char *transfer_format_name(enum transfer_format format);
BW_MUST_USE enum bw_status transfer_format_parse(const char *text, enum transfer_format *out);

/* Rows of all kinds, in any order: "time,kind,name" and every field there is. */
void transfer_csv_header(const struct transfer_columns *columns, struct bw_buf *out);
void transfer_csv_row(const struct transfer_columns *columns, const struct transfer_row *row,
		      struct bw_buf *out);
/* Rows of one series: "time" and the fields of its kind. */
void transfer_csv_series_header(enum series_kind kind, struct bw_buf *out);
void transfer_csv_series_row(const struct transfer_row *row, struct bw_buf *out);
/* A text as one field of CSV, in quotes where it needs them. */
void transfer_csv_text(const char *text, struct bw_buf *out);

/* One line with its line feed. */
void transfer_json_row(const struct transfer_row *row, struct bw_buf *out);

/* All samples of a field of all series of a kind stand together below its family's lines; series
 * by series, ascending times. transfer_metric_end() ends the whole text. */
void transfer_metric_family(enum series_kind kind, size_t field, struct bw_buf *out);
/* Nothing when the field is absent. */
void transfer_metric_sample(const struct transfer_row *row, size_t field, struct bw_buf *out);
void transfer_metric_end(struct bw_buf *out);

struct transfer_reader;

/* `take` gets every row, in the text's order (OpenMetrics: series by series, at the end). */
struct transfer_reader *transfer_reader_create(enum transfer_format format,
					       void (*take)(void *arg,
							    const struct transfer_row *row),
					       void *arg);
void transfer_reader_destroy(struct transfer_reader *reader);
/* Any piece of the text. After an error nothing more is read. */
BW_MUST_USE enum bw_status transfer_reader_feed(struct transfer_reader *reader, const char *data,
						size_t len, struct bw_error *err);
/* The text is whole. */
BW_MUST_USE enum bw_status transfer_reader_end(struct transfer_reader *reader,
					       struct bw_error *err);

#endif
