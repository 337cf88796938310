/* alert_remote.h - orders of people about alerts, given to a running daemon.
 *
 * What goes wrong is said here: EX_UNAVAILABLE, no daemon answers; EX_NOINPUT, there is no such
 * alert or silence, with what there is; EX_DATAERR, the daemon refuses, with its reason.
 * Threads: main's only.
 */
#ifndef BW_CLI_ALERT_REMOTE_H
#define BW_CLI_ALERT_REMOTE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "cli/ask.h"
#include "cli/options.h"

/* The daemon's URL: --url, or the standard one. */
const char *alert_remote_url(const struct cli_options *options);
/* Asks; *answer is the caller's, never NULL after EX_OK. `missing` says what there is when the
 * answer is 404; NULL: the daemon's own words do. */
int alert_remote_ask(const struct cli_options *options, const struct cli_request *request,
		     void (*missing)(const struct cli_options *options), json_t **answer);
/* --by, or the login name; "" and said why when there is none. */
const char *alert_remote_person(const struct cli_options *options);
/* "a17" or "17": whether it is an id of that letter; `out` is as the API wants it. */
bool alert_remote_id(const char *word, char letter, char *out, size_t size);
/* Members `for` and `until` from --for and --until. False: said what is wrong with them. */
bool alert_remote_end(const struct cli_options *options, const char *command, struct bw_json *json);
/* A time of the command line as the API wants it. */
bool alert_remote_time(const char *command, const char *option, const char *text,
		       struct bw_wall *out);
struct bw_wall alert_remote_now(void);
/* The answer as it came, for --json. */
void alert_remote_print_json(const json_t *answer);

#endif
