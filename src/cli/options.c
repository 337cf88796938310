/* options.c - a table-driven reader, so that --help and what is accepted cannot differ.
 *
 * Not getopt_long(): its messages are its own, it keeps globals, and it cannot guess.
 */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "config/guess.h"

const struct cli_option cli_common_options[] = {
	{ "help", 'h', NULL, "print this and exit", offsetof(struct cli_options, help) },
	{ "quiet", 'q', NULL, "say less", offsetof(struct cli_options, quiet) },
	{ "verbose", 'v', NULL, "say more", offsetof(struct cli_options, verbose) },
	{ 0 },
};

struct reader {
	const struct cli_option *tables[2];
	int count, next;
	char *const *words;
	struct cli_options *out;
	struct bw_error *err;
};

static const struct cli_option *find_name(const struct reader *reader, const char *name, size_t len)
{
	for (size_t i = 0; i < 2; i++)
		for (const struct cli_option *row = reader->tables[i]; row && row->name; row++)
			if (strncmp(row->name, name, len) == 0 && row->name[len] == '\0')
				return row;
	return NULL;
}

static const struct cli_option *find_letter(const struct reader *reader, char letter)
{
	for (size_t i = 0; i < 2; i++)
		for (const struct cli_option *row = reader->tables[i]; row && row->name; row++)
			if (row->letter == letter)
				return row;
	return NULL;
}

static enum bw_status set(struct reader *reader, const struct cli_option *row, const char *value)
{
	char *target = (char *)reader->out + row->offset;

	if (!row->value) {
		*(bool *)target = true;
		return BW_OK;
	}
	if (!value && reader->next < reader->count)
		value = reader->words[reader->next++];
	if (!value)
		return bw_fail(reader->err, BW_EINVAL, "--%s needs a value; write --%s=%s",
			       row->name, row->name, row->value);
	*(const char **)target = value;
	return BW_OK;
}

static enum bw_status unknown(struct reader *reader, const char *name, size_t len)
{
	struct config_guess guess;
	char *word = xstrndup(name, len);

	config_guess_init(&guess, word);
	for (size_t i = 0; i < 2; i++)
		for (const struct cli_option *row = reader->tables[i]; row && row->name; row++)
			config_guess_add(&guess, row->name);
	(void)bw_fail(reader->err, BW_EINVAL, "there is no option --%s; %s%s", word,
		      guess.best ? "did you mean --" : "--help lists them",
		      guess.best ? guess.best : "");
	free(word);
	return BW_EINVAL;
}

static enum bw_status read_long(struct reader *reader, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct cli_option *row = find_name(reader, word, len);

	if (!row)
		return unknown(reader, word, len);
	if (word[len] && !row->value)
		return bw_fail(reader->err, BW_EINVAL, "--%s takes no value", row->name);
	return set(reader, row, word[len] ? word + len + 1 : NULL);
}

static enum bw_status read_short(struct reader *reader, const char *letters)
{
	enum bw_status status = BW_OK;

	while (*letters && status == BW_OK) {
		const struct cli_option *row = find_letter(reader, *letters);

		if (!row)
			return bw_fail(reader->err, BW_EINVAL,
				       "there is no option -%c; --help lists them", *letters);
		letters++;
		status = set(reader, row, row->value && *letters ? letters : NULL);
		if (row->value)
			break;
	}
	return status;
}

enum bw_status cli_options_parse(const struct cli_option *options, int count, char *const *words,
				 struct cli_options *out, struct bw_error *err)
{
	struct reader reader = { { options, cli_common_options }, count, 0, words, out, err };
	enum bw_status status = BW_OK;
	bool ended = false;

	*out = (struct cli_options){ .words = xcalloc((size_t)count + 1, sizeof *out->words) };
	while (reader.next < count && status == BW_OK) {
		const char *word = words[reader.next++];

		if (!ended && strcmp(word, "--") == 0)
			ended = true;
		else if (!ended && strncmp(word, "--", 2) == 0)
			status = read_long(&reader, word + 2);
		else if (!ended && word[0] == '-' && word[1])
			status = read_short(&reader, word + 1);
		else
			out->words[out->word_count++] = word;
	}
	return status;
}

void cli_options_finish(struct cli_options *options)
{
	free(options->words);
	options->words = NULL;
}
