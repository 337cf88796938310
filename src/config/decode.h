/* decode.h - nodes into structs, as tables of fields say.
 *
 * Owns:    nothing; values are copies in the arena, which may outlive the document.
 * Errors:  everything wrong goes to the complaints, each at its place; the target is filled all the
 *          same, with the default where a value made no sense.
 * Threads: one at a time.
 */
#ifndef BW_CONFIG_DECODE_H
#define BW_CONFIG_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/complain.h"
#include "config/field.h"
#include "config/node.h"

struct config_decoder {
	struct bw_arena *arena;
	struct config_complaints *complaints;
};

/* A map may be spread over several structs; a key belongs to the first part that has it. */
struct config_part {
	const struct config_field *fields;
	void *target;
	bool keep; /* what is not written stays as it is, instead of becoming the default */
	/* A value that is not written in the map may stand in `also` (NULL: nowhere), if
	 * `also_fields` has a row of its name. */
	const struct config_node *also;
	const struct config_field *also_fields;
};

enum { CONFIG_PARTS_MAX = 4, CONFIG_LIST_MAX = 100000 };

/* `node` NULL or empty: all defaults. Keys that no part has are errors, with a guess. */
void config_decode(const struct config_decoder *decoder, const struct config_node *node,
		   const struct config_part *parts, size_t count);
/* One table, one struct. */
void config_decode_fields(const struct config_decoder *decoder, const struct config_node *node,
			  const struct config_field *fields, void *target);
/* The value of an object's row into the struct at `target`: a map, or its shorthand. */
void config_decode_object(const struct config_decoder *decoder, const struct config_field *field,
			  const struct config_node *node, void *target);
/* "a duration such as 30s": what a field takes, for messages and manuals. */
const char *config_type_text(const struct config_field *field);
/* The row called `name`, or NULL. */
const struct config_field *config_field_find(const struct config_field *fields, const char *name,
					     size_t len);

#endif
