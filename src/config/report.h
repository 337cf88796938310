/* report.h - the other side of complain.h: who collects complaints and prints them.
 *
 * Owns:    the texts. Files and nodes that were complained about must outlive it.
 * Limits:  100 errors and 100 warnings are kept; the rest is counted.
 * Threads: one at a time.
 */
#ifndef BW_CONFIG_REPORT_H
#define BW_CONFIG_REPORT_H

#include <stddef.h>

#include "config/complain.h"
#include "config/file.h"

enum { CONFIG_COMPLAINTS_MAX = 100 };

/* `name` stands in messages that are about no file in particular; copied. */
struct config_complaints *config_complaints_create(const char *name);
/* NULL is allowed. */
void config_complaints_destroy(struct config_complaints *complaints);
/* At the key of a node instead of its value. */
void config_complain_key(struct config_complaints *complaints, const struct config_node *node,
			 const char *format, ...) BW_PRINTF(3, 4);
/* Every error in the order of the files, each with its line quoted and marked; malloc()ed, the
 * caller's. Empty when there is none. */
char *config_complaints_report(const struct config_complaints *complaints);
size_t config_warning_count(const struct config_complaints *complaints);
/* One line, "file:line:column: text"; malloc()ed, the caller's. In the order they came. */
char *config_warning_text(const struct config_complaints *complaints, size_t nth);

#endif
