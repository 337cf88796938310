/* test_rule.h - `bellwether config test-rule NAME [SUBJECT...]`. */
#ifndef BW_CLI_TEST_RULE_H
#define BW_CLI_TEST_RULE_H

#include "cli/options.h"

/* words: "test-rule", the name, subjects. Returns the exit status. */
int cli_test_rule(const struct cli_options *options);

#endif
