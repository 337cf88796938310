/* rule_dictionary.h - tables of the pages about rules, for tools/gen-docs. */
#ifndef BW_CLI_RULE_DICTIONARY_H
#define BW_CLI_RULE_DICTIONARY_H

#include "base/buf.h"

/* Rows of Markdown: every field, every built-in rule. */
void rule_dictionary_fields(struct bw_buf *out);
void rule_dictionary_builtin(struct bw_buf *out);

#endif
