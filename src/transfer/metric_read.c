/* metric_read.c - samples come field by field, rows are put together at the end.
 *
 * Each field of a series gathers its samples in a column of its own; settled columns are merged by
 * time. Texts are numbers meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transfer/cell.h"
#include "transfer/reader.h"

#define PREFIX "bellwether_"

struct metric_series {
	enum series_kind kind;
	char *name;
	struct series_rows fields[SERIES_FIELDS_MAX]; /* of one column */
};

struct sample {
	enum series_kind kind;
	size_t field;
	char *name, *text; /* labels; name is "" for the system and the host */
	char *value;
	int64_t time_us;
};

static void series_destroy(struct metric_series *series)
{
	for (size_t field = 0; field < SERIES_FIELDS_MAX; field++)
		series_rows_finish(&series->fields[field]);
	free(series->name);
	free(series);
}

void metric_read_finish(struct transfer_reader *reader)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	while (reader->metrics.series != NULL &&
	       bw_strmap_next(reader->metrics.series, &cursor, &entry))
		series_destroy(entry.value);
	for (size_t nth = 0; nth < reader->metrics.texts.count; nth++)
		free(reader->metrics.texts.items[nth]);
	free((void *)reader->metrics.texts.items);
	cursor = 0;
	while (reader->metrics.numbers != NULL &&
	       bw_strmap_next(reader->metrics.numbers, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(reader->metrics.series);
	bw_strmap_destroy(reader->metrics.numbers);
}

/* --- one line --- */

/* "bellwether_component_status": which field of which kind. */
static bool find_metric(const char *name, struct sample *out)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		const struct series_schema *schema = series_schema((enum series_kind)kind);
		size_t len = strlen(schema->name);
		int field;

		if (strncmp(name, schema->name, len) != 0 || name[len] != '_')
			continue;
		field = series_field_find(schema, name + len + 1);
		if (field < 0)
			continue;
		out->kind = (enum series_kind)kind;
		out->field = (size_t)field;
		return true;
	}
	return false;
}

/* Unescapes in place; *text goes behind the closing quote. */
static bool cut_label_value(char **text, char **value)
{
	char *from = *text, *to = *text;

	*value = to;
	for (; *from != '"'; from++) {
		if (*from == '\0')
			return false;
		if (*from == '\\') {
			from++;
			if (*from != '\\' && *from != '"' && *from != 'n')
				return false;
			*to++ = *from;
			if (*from == 'n')
				to[-1] = '\n';
			continue;
		}
		*to++ = *from;
	}
	*text = from + 1;
	*to = '\0';
	return true;
}

/* Behind the "{"; *text goes behind the "}". */
static bool cut_labels(char **text, struct sample *out)
{
	const char *kind = series_schema(out->kind)->name;

	while (**text != '}') {
		char *key = *text, *value;
		size_t len = strcspn(key, "=");

		if (key[len] == '\0' || key[len + 1] != '"')
			return false;
		key[len] = '\0';
		*text = key + len + 2;
		if (!cut_label_value(text, &value))
			return false;
		if (strcmp(key, kind) == 0)
			out->name = value;
		else if (strcmp(key, "text") == 0)
			out->text = value;
		else
			return false;
		if (**text == ',')
			++*text;
		else if (**text != '}')
			return false;
	}
	++*text;
	return true;
}

/* Seconds with up to six digits behind the point, exactly. */
static bool read_time(const char *text, int64_t *out)
{
	bool is_negative = *text == '-';
	char digits[7] = "000000";
	char *end;

	errno = 0;
	text += is_negative;
	if (*text < '0' || *text > '9')
		return false;
	long long seconds = strtoll(text, &end, 10);
	if (*end == '.') {
		size_t len = strspn(end + 1, "0123456789");

		if (len > 6 || end[1 + len] != '\0')
			return false;
		memcpy(digits, end + 1, len);
		end += 1 + len;
	}
	if (*end != '\0' || errno != 0 || seconds > INT64_MAX / BW_SECOND_US - 1)
		return false;
	*out = seconds * BW_SECOND_US + strtol(digits, NULL, 10);
	if (is_negative)
		*out = -*out;
	return true;
}

static enum bw_status cut_sample(struct transfer_reader *reader, char *record, struct sample *out,
				 struct bw_error *err)
{
	size_t len = strcspn(record, "{ ");
	char *rest = record + len;
	bool has_labels = *rest == '{';
	char *time;

	*out = (struct sample){ .name = rest + strlen(rest) };
	if (*rest != '\0')
		*rest++ = '\0';
	if (!find_metric(record, out))
		return reader_fail(reader, err, "`%.64s` is no metric of a history", record);
	if (has_labels && !cut_labels(&rest, out))
		return reader_fail(reader, err,
				   "labels of %.64s that are none of it; {%s=\"NAME\"} is", record,
				   series_schema(out->kind)->name);
	out->value = rest + (*rest == ' ');
	time = strchr(out->value, ' ');
	if (time == NULL)
		return reader_fail(reader, err, "a value and a time are needed behind %.64s",
				   record);
	*time++ = '\0';
	if (!read_time(time, &out->time_us))
		return reader_fail(reader, err,
				   "`%.64s` is no time; seconds since 1970 with up to six digits "
				   "behind the point are",
				   time);
	return BW_OK;
}

/* --- gathering --- */

static struct metric_series *find_series(struct transfer_reader *reader,
					 const struct sample *sample)
{
	char key[SERIES_NAME_MAX + 16];
	struct metric_series *series;

	if (reader->metrics.series == NULL)
		xalloc_must((reader->metrics.series = bw_strmap_create()) != NULL ? BW_OK
										  : BW_ENOMEM);
	snprintf(key, sizeof(key), "%d %s", (int)sample->kind, sample->name);
	series = bw_strmap_get(reader->metrics.series, key);
	if (series != NULL)
		return series;
	series = xcalloc(1, sizeof(*series));
	series->kind = sample->kind;
	series->name = xstrdup(sample->name);
	for (size_t field = 0; field < SERIES_FIELDS_MAX; field++)
		series_rows_init(&series->fields[field], 1);
	xalloc_must(bw_strmap_put(reader->metrics.series, key, series));
	return series;
}

static int64_t text_number(struct transfer_reader *reader, const char *text)
{
	int64_t *number;

	if (reader->metrics.numbers == NULL)
		xalloc_must((reader->metrics.numbers = bw_strmap_create()) != NULL ? BW_OK
										   : BW_ENOMEM);
	number = bw_strmap_get(reader->metrics.numbers, text);
	if (number != NULL)
		return *number;
	reader->metrics.texts.items =
		(char **)xrealloc((void *)reader->metrics.texts.items,
				  (reader->metrics.texts.count + 1) * sizeof(char *));
	reader->metrics.texts.items[reader->metrics.texts.count++] = xstrdup(text);
	number = xmalloc(sizeof(*number));
	*number = (int64_t)reader->metrics.texts.count;
	xalloc_must(bw_strmap_put(reader->metrics.numbers, text, number));
	return *number;
}

static enum bw_status read_value(struct transfer_reader *reader, const struct sample *sample,
				 struct series_cell *out, struct bw_error *err)
{
	const struct series_schema *schema = series_schema(sample->kind);
	const char *value = sample->value != NULL ? sample->value : "";

	if (schema->fields[sample->field].type == SERIES_TEXT) {
		*out = (struct series_cell){
			SERIES_INTEGER,
			{ .integer = text_number(reader, sample->text != NULL ? sample->text : "") }
		};
		return BW_OK;
	}
	if (strcmp(value, "+Inf") == 0)
		value = "inf";
	else if (strcmp(value, "-Inf") == 0)
		value = "-inf";
	if (value[0] != '\0' && cell_parse(schema, sample->field, value, out) == BW_OK)
		return BW_OK;
	return reader_fail(reader, err, "`%.64s` is no value", value);
}

static enum bw_status gather(struct transfer_reader *reader, const struct sample *sample,
			     struct bw_error *err)
{
	bool is_single = sample->kind == SERIES_SYSTEM || sample->kind == SERIES_HOST;
	struct series_cell cell;
	enum bw_status status;

	if (is_single != (sample->name[0] == '\0') || strlen(sample->name) > SERIES_NAME_MAX)
		return reader_fail(reader, err, "the label %s=\"NAME\" is %s",
				   series_schema(sample->kind)->name,
				   is_single ? "too much" : "needed");
	if (reader->metrics.samples++ >= (size_t)TRANSFER_ROWS_MAX * 4)
		return reader_fail(reader, err,
				   "too many samples for one text; split it by --from and --to");
	status = read_value(reader, sample, &cell, err);
	if (status == BW_OK)
		xalloc_must(series_rows_add(&find_series(reader, sample)->fields[sample->field],
					    sample->time_us, &cell));
	return status;
}

enum bw_status metric_read_record(struct transfer_reader *reader, char *record,
				  struct bw_error *err)
{
	struct sample sample;
	enum bw_status status;

	if (reader->metrics.is_ended)
		return reader_fail(reader, err, "something stands behind \"# EOF\"");
	if (strcmp(record, "# EOF") == 0)
		reader->metrics.is_ended = true;
	if (record[0] == '#')
		return BW_OK;
	status = cut_sample(reader, record, &sample, err);
	return status == BW_OK ? gather(reader, &sample, err) : status;
}

/* --- the end --- */

static void take_field(struct transfer_reader *reader, const struct metric_series *series,
		       size_t field, size_t nth, struct transfer_row *row)
{
	struct series_cell cell;
	int64_t time_us;

	series_rows_get(&series->fields[field], nth, &time_us, &cell);
	if (series_schema(series->kind)->fields[field].type == SERIES_TEXT)
		row->text = reader->metrics.texts.items[cell.value.integer - 1];
	else
		row->cells[field] = cell;
}

/* The earliest time that is left of any field. */
static bool next_time(const struct metric_series *series, const size_t *cursors, int64_t *out)
{
	bool has_time = false;

	for (size_t field = 0; field < SERIES_FIELDS_MAX; field++) {
		const struct series_rows *rows = &series->fields[field];

		if (cursors[field] < rows->count &&
		    (!has_time || rows->times_us[cursors[field]] < *out)) {
			*out = rows->times_us[cursors[field]];
			has_time = true;
		}
	}
	return has_time;
}

static void give_series(struct transfer_reader *reader, struct metric_series *series)
{
	size_t cursors[SERIES_FIELDS_MAX] = { 0 };
	struct transfer_row row;
	int64_t time_us = 0;

	for (size_t field = 0; field < SERIES_FIELDS_MAX; field++)
		xalloc_must(series_rows_settle(&series->fields[field], INT64_MIN, INT64_MAX));
	while (next_time(series, cursors, &time_us)) {
		row = (struct transfer_row){ .kind = series->kind,
					     .name = series->name,
					     .time_us = time_us };
		for (size_t field = 0; field < SERIES_FIELDS_MAX; field++) {
			const struct series_rows *rows = &series->fields[field];

			if (cursors[field] < rows->count &&
			    rows->times_us[cursors[field]] == time_us)
				take_field(reader, series, field, cursors[field]++, &row);
		}
		reader->take(reader->arg, &row);
	}
}

enum bw_status metric_read_end(struct transfer_reader *reader, struct bw_error *err)
{
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	if (!reader->metrics.is_ended)
		return reader_fail(reader, err, "\"# EOF\" is missing: the text is not whole");
	while (reader->metrics.series != NULL &&
	       bw_strmap_next(reader->metrics.series, &cursor, &entry))
		give_series(reader, entry.value);
	return BW_OK;
}
