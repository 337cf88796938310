/* process_list.h - the programs that run, as /proc shows them, filtered.
 *
 * Blocks:  no; some hundred small reads of /proc, about 15 us each.
 * Threads: one at a time.
 */
#ifndef BW_CHECKS_PROCESS_LIST_H
#define BW_CHECKS_PROCESS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { PROCESS_NAME_MAX = 64, PROCESS_PIDS_MAX = 10, PROCESS_COMMAND_MAX = 32 * 1024 };

/* One process. `command` has blanks between the arguments; borrowed for the call. */
struct process {
	int64_t pid;
	char name[PROCESS_NAME_MAX]; /* of the program file, whole, or the kernel's short one */
	char short_name[PROCESS_NAME_MAX];
	const char *command;
	size_t command_len;
	bool zombie, stopped;
	int64_t uid;
	int64_t memory_bytes; /* resident */
	bool has_age;
	int64_t age_s;
};

/* Whether to count it. */
typedef bool process_filter(void *arg, const struct process *process);

struct process_totals {
	int count, zombies, stopped; /* the stopped are among `count` */
	int64_t memory_bytes;
	int64_t youngest_s;             /* age; -1 when unknown */
	int64_t pids[PROCESS_PIDS_MAX]; /* the first of them */
	int looked_at;                  /* all processes there were, kernel threads left out */
};

/* False, with errno, when /proc cannot be listed. `pid` > 0 looks at this one only. Kernel threads
 * are left out; a zombie that passes the filter counts as a zombie only. */
bool process_list(const char *root, int64_t pid, process_filter *filter, void *arg,
		  struct process_totals *out);

#endif
