/* region_place.h - a region's file in a folder of a test's own, and processes that use it.
 *
 * Fails the running cmocka test when something is not as it says. In a child nothing of cmocka may
 * be called: place_fork() runs `body` there, and its return value is the exit status.
 */
#ifndef BW_TESTS_REGION_PLACE_H
#define BW_TESTS_REGION_PLACE_H

#include <sys/types.h>

#include <bellwether/breaker.h>

#include "support/folder.h"

struct region_place {
	struct folder folder;
	char path[FOLDER_PATH_MAX + 16]; /* folder/region; not there yet */
};

void place_init(struct region_place *place);
void place_finish(struct region_place *place);
/* Opens the file; a failure is one of the test. 4 breakers, 8 workers, 1 shard, no fallback. */
struct bw_region *place_open(const struct region_place *place, enum bw_region_mode mode);
struct bw_region_options place_options(const struct region_place *place, enum bw_region_mode mode);

pid_t place_fork(int (*body)(void *arg), void *arg);
/* The exit status; -1: killed by a signal. */
int place_wait(pid_t pid);

#endif
