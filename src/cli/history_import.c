/* history_import.c - twice through each text: the first time to see that it can be read to its end,
 * the second time to keep its rows. A text that ends in a mistake changes nothing.
 *
 * Rows are handed over in batches that the store writes before the next one comes; its queue would
 * drop the oldest otherwise.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/xalloc.h"
#include "cli/history.h"
#include "cli/print.h"
#include "storage/store.h"

enum { BATCH_ROWS = 8192, PIECE_BYTES = 64 * 1024 };

#define CLOSE_GRACE_US (60 * BW_SECOND_US)

struct import {
	enum transfer_format format;
	struct store *store; /* NULL: the first time through */
	uint64_t rows;
	size_t in_batch;
	bool has_failed; /* the store refuses */
};

static void end_batch(struct import *import)
{
	struct store_status status;

	store_flush(import->store);
	store_status(import->store, &status);
	if (!import->has_failed && (!status.usable || status.dropped > 0)) {
		cli_fail("history import: %s", status.trouble);
		import->has_failed = true;
	}
	import->in_batch = 0;
}

static void take(void *arg, const struct transfer_row *row)
{
	struct import *import = arg;
	struct store_row kept = {
		.kind = row->kind,
		.name = row->name,
		.time = { row->time_us },
		.text = row->text,
	};

	import->rows++;
	if (import->store == NULL || import->has_failed)
		return;
	memcpy(kept.cells, row->cells, sizeof(kept.cells));
	store_append_row(import->store, &kept);
	if (++import->in_batch == BATCH_ROWS)
		end_batch(import);
}

static int read_through(struct import *import, FILE *file, const char *name)
{
	struct transfer_reader *reader = transfer_reader_create(import->format, take, import);
	char *piece = xmalloc(PIECE_BYTES);
	enum bw_status status = BW_OK;
	struct bw_error err;
	size_t len;

	while (status == BW_OK && (len = fread(piece, 1, PIECE_BYTES, file)) > 0)
		status = transfer_reader_feed(reader, piece, len, &err);
	if (status == BW_OK && !ferror(file))
		status = transfer_reader_end(reader, &err);
	free(piece);
	transfer_reader_destroy(reader);
	if (status != BW_OK) {
		cli_fail("history import: %s: %s", name, err.text);
		return EX_DATAERR;
	}
	if (ferror(file)) {
		cli_fail("history import: %s: cannot be read: %s", name, strerror(errno));
		return EX_IOERR;
	}
	return EX_OK;
}

/* What cannot be read twice is put where it can. NULL: said why. */
static FILE *spool(FILE *in)
{
	FILE *out = tmpfile();
	char *piece = xmalloc(PIECE_BYTES);
	size_t len;
	bool is_whole = out != NULL;

	while (is_whole && (len = fread(piece, 1, PIECE_BYTES, in)) > 0)
		is_whole = fwrite(piece, 1, len, out) == len;
	free(piece);
	if (is_whole && !ferror(in) && fseek(out, 0, SEEK_SET) == 0)
		return out;
	cli_fail("history import: cannot put the text aside: %s", strerror(errno));
	if (out != NULL)
		(void)fclose(out);
	return NULL;
}

static FILE *open_text(const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rbe");
	FILE *copy;

	if (file == NULL) {
		cli_fail("history import: %s: %s", name, strerror(errno));
		return NULL;
	}
	if (fseek(file, 0, SEEK_SET) == 0)
		return file;
	copy = spool(file);
	if (file != stdin)
		(void)fclose(file);
	return copy;
}

static int import_text(struct import *import, struct store *store, const char *name)
{
	FILE *file = open_text(name);
	int status;

	if (file == NULL)
		return EX_NOINPUT;
	import->store = NULL;
	import->rows = 0;
	status = read_through(import, file, name);
	if (status == EX_OK && fseek(file, 0, SEEK_SET) == 0) {
		import->store = store;
		import->rows = 0;
		status = read_through(import, file, name);
		end_batch(import);
	}
	if (file != stdin)
		(void)fclose(file);
	return status == EX_OK && import->has_failed ? EX_IOERR : status;
}

static int open_store(const struct history_command *command, struct store **out)
{
	const struct store_config config = {
		.path = command->place->where,
		.instance = command->place->instance,
		.history_us = command->settings->storage.history_us,
		.rollups_us = command->settings->storage.rollups_us,
		.limit_bytes = command->settings->storage.limit_bytes,
		.patience_us = INT64_MAX, /* a row of the far future makes no other old */
	};
	struct timespec now;
	struct bw_error err;

	clock_gettime(CLOCK_REALTIME, &now);
	if (store_open(&config, (struct bw_wall){ now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 },
		       out, &err) == BW_OK)
		return EX_OK;
	cli_fail("history import: %s", err.text);
	store_close(*out, 0);
	return EX_UNAVAILABLE;
}

static const char *word_at(const struct cli_options *options, size_t nth)
{
	return options->word_count == 1 ? "-" : options->words[nth];
}

int history_import(const struct history_command *command)
{
	const struct cli_options *options = command->options;
	const size_t end = options->word_count == 1 ? 2 : options->word_count;
	struct import import = { .format = command->format };
	struct store *store;
	int status = open_store(command, &store);

	if (status != EX_OK)
		return status;
	for (size_t nth = 1; nth < end && status == EX_OK; nth++) {
		status = import_text(&import, store, word_at(options, nth));
		if (status == EX_OK && !options->quiet)
			printf("%s: %llu rows\n", word_at(options, nth),
			       (unsigned long long)import.rows);
	}
	store_close(store, CLOSE_GRACE_US);
	return status;
}
