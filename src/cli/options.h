/* options.h - the command line after the command's name.
 *
 * Owns:    cli_options_finish() frees the list of words; texts are the command line's.
 * Threads: any.
 */
#ifndef BW_CLI_OPTIONS_H
#define BW_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Every option any command has; each command lists the rows it takes. */
struct cli_options {
	bool help, quiet, verbose, json, last, no_color, all;
	bool sticky, undo, dry_run, until_resolved;
	const char *config, *data, *listen, *region, *url;
	const char *by, *comment, *reason, *duration, *from, *to, *until, *since, *history, *format,
		*kind, *store;
	const char **words; /* what is no option, in its order */
	size_t word_count;
};

struct cli_option {
	const char *name;  /* without the dashes */
	char letter;       /* 0: no short form */
	const char *value; /* what its value is called in the help; NULL: a flag */
	const char *help;  /* one line of at most 52 columns */
	size_t offset;     /* of a bool or a const char * in struct cli_options */
};

/* --help, --quiet and --verbose, which every command has. */
extern const struct cli_option cli_common_options[];

/* Rows that several commands list. */
#define CLI_OPTION_CONFIG                                                                          \
	{                                                                                          \
		"config", 'c', "PATH", "the configuration, a file or a folder",                    \
			offsetof(struct cli_options, config)                                       \
	}
#define CLI_OPTION_JSON                                                                            \
	{                                                                                          \
		"json", 0, NULL, "print JSON instead of text", offsetof(struct cli_options, json)  \
	}
#define CLI_OPTION_BY                                                                              \
	{                                                                                          \
		"by", 0, "WHO", "who says so; otherwise your login name",                          \
			offsetof(struct cli_options, by)                                           \
	}
#define CLI_OPTION_DAEMON                                                                          \
	{                                                                                          \
		"url", 'u', "URL", "the daemon; http://127.0.0.1:8090, or unix:/PATH",             \
			offsetof(struct cli_options, url)                                          \
	}
#define CLI_OPTION_NO_COLOR                                                                        \
	{                                                                                          \
		"no-color", 0, NULL, "no colours, whatever the terminal can do",                   \
			offsetof(struct cli_options, no_color)                                     \
	}

/* `--name value`, `--name=value`, `-q`, `-qv`, `--` ends the options; they may stand anywhere.
 * BW_EINVAL: `err` says what is wrong; `out` is to be finished all the same. */
BW_MUST_USE enum bw_status cli_options_parse(const struct cli_option *options, int count,
					     char *const *words, struct cli_options *out,
					     struct bw_error *err);
void cli_options_finish(struct cli_options *options);

#endif
