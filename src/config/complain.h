/* complain.h - collects everything that is wrong, each with its place, before anybody is told.
 *
 * Threads: one at a time.
 */
#ifndef BW_CONFIG_COMPLAIN_H
#define BW_CONFIG_COMPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Bytes of a text, `len` of them from `at`; a `len` of 0 is the place itself. */
struct config_part_of_text {
	size_t at, len;
};

struct config_complaints;
struct config_node;

/* An error at a node (NULL: the file as a whole). At most 100 are kept, the rest counted. */
void config_complain(struct config_complaints *complaints, const struct config_node *node,
		     const char *format, ...) BW_PRINTF(3, 4);
/* An error in the value at `path` ("expect.body", "url") below `node`; at `node` itself where the
 * path is not written there. */
void config_complain_at(struct config_complaints *complaints, const struct config_node *node,
			const char *path, const char *format, ...) BW_PRINTF(4, 5);
/* An error in a part of the scalar's value; at the whole of it where
 * `text`, what was read, is not what stands there (a ${NAME}, an escape). */
void config_complain_within(struct config_complaints *complaints, const struct config_node *node,
			    const char *text, struct config_part_of_text part, const char *format,
			    ...) BW_PRINTF(5, 6);
/* Something that works but a person should know. */
void config_warn(struct config_complaints *complaints, const struct config_node *node,
		 const char *format, ...) BW_PRINTF(3, 4);
int config_error_count(const struct config_complaints *complaints);

#endif
