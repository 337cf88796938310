/* stage.h - one story being played: the scripted world, the real engine, and what is expected.
 *
 * Owns:    the loop, the engine, a folder for the story's files.
 */
#ifndef BW_SCENARIOS_STAGE_H
#define BW_SCENARIOS_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/engine.h"
#include "io/loop.h"
#include "scenarios/script.h"

enum { STAGE_TEXT_MAX = 2048, STAGE_PATH_MAX = 512 };

struct stage {
	const struct script *script;
	const struct script_story *story;
	struct io_loop *loop;
	struct engine *engine; /* NULL before the start and after `stop` */
	char folder[STAGE_PATH_MAX];
	char why[STAGE_TEXT_MAX]; /* the first thing that was not as expected */
};

/* false: stage->why says what is not understood or not possible. */
bool stage_act(struct stage *stage, const struct script_clause *clause);
/* Asks the engine; false: stage->why says what it is instead. */
bool stage_expect(struct stage *stage, const struct script_clause *clause);
/* Fills `why` and returns false. */
bool stage_fail(struct stage *stage, const char *format, ...) BW_PRINTF(2, 3);

#endif
