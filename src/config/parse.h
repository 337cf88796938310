/* parse.h - YAML text to nodes. Private to config/. */
#ifndef BW_CONFIG_PARSE_H
#define BW_CONFIG_PARSE_H

#include "base/arena.h"
#include "config/complain.h"
#include "config/node.h"

/* The root of the file, nodes in `arena`; NULL when the text is no YAML (complained about). */
struct config_node *config_parse(struct bw_arena *arena, struct config_file *file,
				 struct config_complaints *complaints);

#endif
