/* write_request.c - a writer for the four messages there are; a schema compiler would bring more
 * code than they are (docs/decisions/011-remote-write-from-the-history.md).
 *
 * A message inside another one stands behind its length, so each is written into a buffer of its
 * own first.
 */
#include "remote/write_request.h"

#include <stdlib.h>
#include <string.h>

#include <snappy-c.h>

#include "base/assert.h"
#include "base/xalloc.h"

/* Field numbers and wire types as one key: number << 3 | type; 0 varint, 1 eight bytes, 2 bytes. */
enum {
	REQUEST_TIMESERIES = 1 << 3 | 2,
	TIMESERIES_LABELS = 1 << 3 | 2,
	TIMESERIES_SAMPLES = 2 << 3 | 2,
	LABEL_NAME = 1 << 3 | 2,
	LABEL_VALUE = 2 << 3 | 2,
	SAMPLE_VALUE = 1 << 3 | 1,
	SAMPLE_TIMESTAMP = 2 << 3 | 0,
};

enum { VARINT_MAX = 10, OWN_LABELS = 3 };

struct writer {
	const struct write_request_source *source;
	struct bw_buf *out;
	struct bw_buf series, inner; /* the message under way, and what stands in it */
};

static void put_varint(struct bw_buf *out, uint64_t value)
{
	char bytes[VARINT_MAX];
	size_t len = 0;

	while (value >= 0x80) {
		bytes[len++] = (char)(value | 0x80);
		value >>= 7;
	}
	bytes[len++] = (char)value;
	bw_buf_append(out, bytes, len);
}

static void put_bytes(struct bw_buf *out, int key, const char *data, size_t len)
{
	put_varint(out, (uint64_t)key);
	put_varint(out, len);
	bw_buf_append(out, data, len);
}

static void put_double(struct bw_buf *out, int key, double value)
{
	uint64_t bits;
	char bytes[sizeof(bits)];

	memcpy(&bits, &value, sizeof(bits));
	for (size_t nth = 0; nth < sizeof(bits); nth++)
		bytes[nth] = (char)(bits >> (8 * nth));
	put_varint(out, (uint64_t)key);
	bw_buf_append(out, bytes, sizeof(bytes));
}

static void put_label(struct writer *writer, const struct remote_label *label)
{
	bw_buf_clear(&writer->inner);
	put_bytes(&writer->inner, LABEL_NAME, label->name, strlen(label->name));
	put_bytes(&writer->inner, LABEL_VALUE, label->value, strlen(label->value));
	put_bytes(&writer->series, TIMESERIES_LABELS, writer->inner.data, writer->inner.len);
}

static void put_sample(struct writer *writer, const struct remote_sample *sample)
{
	bw_buf_clear(&writer->inner);
	put_double(&writer->inner, SAMPLE_VALUE, sample->value);
	put_varint(&writer->inner, SAMPLE_TIMESTAMP);
	put_varint(&writer->inner, (uint64_t)sample->time_ms);
	put_bytes(&writer->series, TIMESERIES_SAMPLES, writer->inner.data, writer->inner.len);
}

static int by_name(const void *a, const void *b)
{
	const struct remote_label *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void put_labels(struct writer *writer, const struct remote_sample *sample)
{
	const struct remote_metric *metric = remote_metric(sample->metric);
	const char *subject = remote_subject_label(metric->kind);
	struct remote_label labels[REMOTE_LABELS_MAX + OWN_LABELS];
	size_t count = writer->source->label_count;

	bw_assert(count <= REMOTE_LABELS_MAX);
	if (count > 0)
		memcpy(labels, writer->source->labels, count * sizeof(labels[0]));
	labels[count++] = (struct remote_label){ "__name__", metric->name };
	if (subject != NULL)
		labels[count++] =
			(struct remote_label){ subject, writer->source->subjects[sample->subject] };
	if (metric->label != NULL)
		labels[count++] = (struct remote_label){ metric->label, metric->word };
	qsort(labels, count, sizeof(labels[0]), by_name);
	for (size_t nth = 0; nth < count; nth++) {
		if (labels[nth].value[0] != '\0')
			put_label(writer, &labels[nth]);
	}
}

static bool is_same_series(const struct remote_sample *a, const struct remote_sample *b)
{
	return a->subject == b->subject && a->metric == b->metric;
}

/* How many of the samples it has. */
static size_t put_series(struct writer *writer, const struct remote_sample *samples, size_t count)
{
	size_t nth = 0;

	bw_buf_clear(&writer->series);
	put_labels(writer, samples);
	for (; nth < count && is_same_series(samples, &samples[nth]); nth++)
		put_sample(writer, &samples[nth]);
	put_bytes(writer->out, REQUEST_TIMESERIES, writer->series.data, writer->series.len);
	return nth;
}

static int by_series(const void *a, const void *b)
{
	const struct remote_sample *left = a, *right = b;

	if (left->subject != right->subject)
		return left->subject < right->subject ? -1 : 1;
	if (left->metric != right->metric)
		return left->metric < right->metric ? -1 : 1;
	return (left->time_ms > right->time_ms) - (left->time_ms < right->time_ms);
}

void write_request_encode_plain(const struct write_request_source *source,
				const struct remote_sample *samples, size_t count,
				struct bw_buf *out)
{
	struct writer writer = { .source = source, .out = out };
	struct remote_sample *sorted = xmalloc((count + 1) * sizeof(*sorted));

	bw_buf_clear(out);
	bw_buf_init(&writer.series, 0);
	bw_buf_init(&writer.inner, 0);
	if (count > 0)
		memcpy(sorted, samples, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_series);
	for (size_t nth = 0; nth < count;)
		nth += put_series(&writer, &sorted[nth], count - nth);
	free(sorted);
	bw_buf_finish(&writer.series);
	bw_buf_finish(&writer.inner);
	xalloc_must(out->status);
}

void write_request_encode(const struct write_request_source *source,
			  const struct remote_sample *samples, size_t count, struct bw_buf *out)
{
	struct bw_buf plain;
	snappy_status status;
	size_t len;

	bw_buf_init(&plain, 0);
	write_request_encode_plain(source, samples, count, &plain);
	len = snappy_max_compressed_length(plain.len);
	bw_buf_clear(out);
	xalloc_must(bw_buf_reserve(out, len) ? BW_OK : BW_ENOMEM);
	status = snappy_compress(plain.data != NULL ? plain.data : "", plain.len, out->data, &len);
	bw_assert(status == SNAPPY_OK);
	out->len = len;
	out->data[len] = '\0';
	bw_buf_finish(&plain);
}
