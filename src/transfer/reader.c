/* reader.c - cuts the text into records: lines, but for line feeds within the quotes of CSV. */
#include "transfer/reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/text.h"
#include "base/xalloc.h"

struct transfer_reader *transfer_reader_create(enum transfer_format format,
					       void (*take)(void *arg,
							    const struct transfer_row *row),
					       void *arg)
{
	struct transfer_reader *reader = xcalloc(1, sizeof(*reader));

	reader->format = format;
	reader->take = take;
	reader->arg = arg;
	reader->line = reader->next_line = 1;
	bw_buf_init(&reader->record, TRANSFER_RECORD_MAX);
	transfer_columns_init(&reader->csv.known);
	return reader;
}

void transfer_reader_destroy(struct transfer_reader *reader)
{
	if (reader == NULL)
		return;
	metric_read_finish(reader);
	bw_buf_finish(&reader->record);
	free(reader);
}

enum bw_status reader_fail(struct transfer_reader *reader, struct bw_error *err, const char *format,
			   ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	bw_text_format_args(text, sizeof(text), format, list);
	va_end(list);
	reader->has_failed = true;
	return bw_fail(err, BW_EPARSE, "line %zu: %s", reader->line, text);
}

enum bw_status reader_take_subject(struct transfer_reader *reader,
				   const struct reader_subject *subject, struct transfer_row *row,
				   struct bw_error *err)
{
	struct bw_wall time;

	*row = (struct transfer_row){ .name = subject->name };
	if (bw_wall_parse(subject->time, &time) != BW_OK)
		return reader_fail(reader, err, "`%.64s` is no time; write 2026-03-02T14:30:00Z",
				   subject->time);
	if (series_kind_parse(subject->kind, &row->kind) != BW_OK)
		return reader_fail(reader, err,
				   "`%.64s` is no kind; system, component, breaker and host are",
				   subject->kind);
	if (strlen(subject->name) > SERIES_NAME_MAX)
		return reader_fail(reader, err, "a name of more than %d bytes",
				   (int)SERIES_NAME_MAX);
	if ((row->kind == SERIES_SYSTEM || row->kind == SERIES_HOST) != (subject->name[0] == '\0'))
		return reader_fail(reader, err,
				   subject->name[0] == '\0' ? "a %s needs its name"
							    : "the %s has no name",
				   subject->kind);
	row->time_us = time.us;
	return BW_OK;
}

static bool is_utf8(const char *text, size_t len)
{
	size_t step;

	for (size_t at = 0; at < len; at += step) {
		uint32_t character;

		step = bw_utf8_next(text + at, len - at, &character);
		if (character >= 0x80 && step < 2)
			return false;
	}
	return true;
}

static enum bw_status read_record(struct transfer_reader *reader, struct bw_error *err)
{
	char *record = reader->record.data;
	size_t len = reader->record.len;

	if (len > 0 && record[len - 1] == '\r')
		record[--len] = '\0';
	if (len == 0)
		return BW_OK;
	if (strlen(record) != len)
		return reader_fail(reader, err, "a NUL byte; is it text at all?");
	if (!is_utf8(record, len))
		return reader_fail(reader, err,
				   "not UTF-8; write the text as UTF-8 (iconv -t UTF-8 does)");
	switch (reader->format) {
	case TRANSFER_CSV:
		return csv_read_record(reader, record, err);
	case TRANSFER_JSON_LINES:
		return json_read_record(reader, record, err);
	default:
		return metric_read_record(reader, record, err);
	}
}

static enum bw_status end_record(struct transfer_reader *reader, struct bw_error *err)
{
	enum bw_status status = read_record(reader, err);

	bw_buf_clear(&reader->record);
	reader->line = reader->next_line;
	return status;
}

/* Bytes up to the next that may end a record or change what ends it. */
static size_t plain_length(const struct transfer_reader *reader, const char *data, size_t len)
{
	const char *stops = reader->format == TRANSFER_CSV ? "\n\"" : "\n";
	size_t nth = 0;

	while (nth < len && data[nth] != stops[0] && (stops[1] == '\0' || data[nth] != stops[1]))
		nth++;
	return nth;
}

static enum bw_status append(struct transfer_reader *reader, const char *data, size_t len,
			     struct bw_error *err)
{
	bw_buf_append(&reader->record, data, len);
	if (reader->record.status == BW_OK)
		return BW_OK;
	if (reader->record.status == BW_ENOMEM)
		xalloc_must(BW_ENOMEM);
	return reader_fail(reader, err, "longer than %d bytes%s", (int)TRANSFER_RECORD_MAX,
			   reader->is_quoted ? "; a quote is not closed" : "");
}

enum bw_status transfer_reader_feed(struct transfer_reader *reader, const char *data, size_t len,
				    struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (reader->has_failed)
		return bw_fail(err, BW_EPARSE, "line %zu: not read", reader->line);
	while (len > 0 && status == BW_OK) {
		size_t plain = plain_length(reader, data, len);
		bool ends = false;

		if (plain < len && data[plain] == '"')
			reader->is_quoted = !reader->is_quoted;
		if (plain < len && data[plain] == '\n') {
			reader->next_line++;
			ends = !reader->is_quoted;
		}
		status = append(reader, data, plain + (plain < len && !ends), err);
		if (status == BW_OK && ends)
			status = end_record(reader, err);
		plain += plain < len;
		data += plain;
		len -= plain;
	}
	return status;
}

enum bw_status transfer_reader_end(struct transfer_reader *reader, struct bw_error *err)
{
	enum bw_status status = BW_OK;

	if (reader->has_failed)
		return bw_fail(err, BW_EPARSE, "line %zu: not read", reader->line);
	if (reader->is_quoted)
		return reader_fail(reader, err, "a quote is not closed");
	if (reader->record.len > 0)
		status = end_record(reader, err);
	if (status == BW_OK && reader->format == TRANSFER_OPENMETRICS)
		status = metric_read_end(reader, err);
	return status;
}
