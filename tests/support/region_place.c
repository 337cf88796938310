/* region_place.c - fork() without stdio's buffers and without the leak check at the child's end. */
#include "support/region_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

void place_init(struct region_place *place)
{
	folder_init(&place->folder);
	folder_name(&place->folder, "region", place->path, sizeof(place->path));
}

void place_finish(struct region_place *place)
{
	folder_finish(&place->folder);
}

struct bw_region_options place_options(const struct region_place *place, enum bw_region_mode mode)
{
	return (struct bw_region_options){ .mode = mode,
					   .fallback = BW_REGION_ERROR,
					   .path = place->path,
					   .breakers = 4,
					   .workers = 8,
					   .shards = 1 };
}

struct bw_region *place_open(const struct region_place *place, enum bw_region_mode mode)
{
	struct bw_region_options options = place_options(place, mode);
	struct bw_region *region = NULL;
	struct bw_error err = { "" };

	if (bw_region_open(&options, &region, &err) != BW_OK)
		fail_msg("%s", err.text);
	return region;
}

pid_t place_fork(int (*body)(void *arg), void *arg)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body(arg));
	return pid;
}

int place_wait(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
