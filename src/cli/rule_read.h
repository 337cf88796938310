/* rule_read.h - where samples of the past come from: a file of JSON lines, or a running daemon.
 *
 * Errors:  a sysexits status; what went wrong was printed.
 * Threads: main's only.
 */
#ifndef BW_CLI_RULE_READ_H
#define BW_CLI_RULE_READ_H

#include <stdio.h>

#include "alerts/rule.h"
#include "cli/rule_history.h"
#include "daemon/settings.h"

enum { RULE_LINE_MAX = 64 * 1024 };

struct rule_range {
	struct bw_wall from, to; /* both belong to it */
};

/* Lines of docs/alerts/rules.md; `name` stands for the file in messages. Lines about subjects that
 * the rule is not about are checked and left out. EX_DATAERR: "NAME: line N: why". */
int rule_read_file(FILE *in, const char *name, const struct alert_rule *rule,
		   const struct rule_range *range, struct rule_history *history);
/* What the daemon at `url` keeps. `only`: names of subjects; none: all. EX_UNAVAILABLE: the rule
 * asks for what no daemon keeps. */
struct rule_ask {
	const char *url;
	const char *const *only;
	size_t only_count;
};

int rule_read_daemon(const struct rule_ask *ask, const struct alert_rule *rule,
		     const struct rule_range *range, struct rule_history *history);

#endif
