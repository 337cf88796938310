/* test_rule_print.h - what a rule would have done, for people and for programs. */
#ifndef BW_CLI_TEST_RULE_PRINT_H
#define BW_CLI_TEST_RULE_PRINT_H

#include "cli/rule_replay.h"

/* `only_summary`: its last lines. */
void test_rule_print(const struct alert_rule *rule, const struct rule_history *history,
		     const struct rule_replay *replay, bool only_summary);
void test_rule_print_json(const struct alert_rule *rule, const struct rule_history *history,
			  const struct rule_replay *replay);

#endif
