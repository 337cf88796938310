/* fuzz_transfer.c - the texts that a history is read back from: the first byte is the format. What
 * was taken in is written again, and that text must be taken in as well.
 */
#include <stdint.h>
#include <stdlib.h>

#include "transfer/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_row(void *arg, const struct transfer_row *row)
{
	(void)row;
	++*(size_t *)arg;
}

static void write_row(void *arg, const struct transfer_row *row)
{
	transfer_json_row(row, arg);
}

static enum bw_status read_all(enum transfer_format format, const char *text, size_t len,
			       void (*take)(void *arg, const struct transfer_row *row), void *arg)
{
	struct transfer_reader *reader = transfer_reader_create(format, take, arg);
	enum bw_status status = transfer_reader_feed(reader, text, len, NULL);

	if (status == BW_OK)
		status = transfer_reader_end(reader, NULL);
	transfer_reader_destroy(reader);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bw_buf text;
	size_t count = 0;

	if (size == 0)
		return 0;
	bw_buf_init(&text, 0);
	if (read_all((enum transfer_format)(data[0] % TRANSFER_FORMATS), (const char *)data + 1,
		     size - 1, write_row, &text) == BW_OK &&
	    read_all(TRANSFER_JSON_LINES, text.data != NULL ? text.data : "", text.len, count_row,
		     &count) != BW_OK)
		abort();
	bw_buf_finish(&text);
	return 0;
}
