/* process.c - pid and start time name a process for ever; a pid alone comes again.
 *
 * /proc may be missing or hide other users' processes, so "no such file" proves nothing: kill()
 * with signal 0 says whether the pid is in use, and only a start time that was read and differs
 * says that it is used by somebody else.
 */
#include "shm/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "shm/words.h"

enum { TICK_BITS = 32, NAMESPACE_BITS = 10, START_FIELD = 22 };

uint64_t bw_process_owner(uint32_t pid, uint64_t start_ticks, uint64_t namespace_)
{
	uint64_t low = namespace_ & ((1U << NAMESPACE_BITS) - 1);

	return word_owner(pid, (start_ticks & UINT32_MAX) | low << TICK_BITS);
}

bool bw_process_owner_fits(uint64_t owner, uint64_t namespace_)
{
	uint64_t mask = (1U << NAMESPACE_BITS) - 1;

	return ((owner >> TICK_BITS) & mask) == (namespace_ & mask);
}

/* The text behind the command's last parenthesis, which may hold anything, blanks too. */
static const char *read_stat(uint32_t pid, char *text, size_t size)
{
	char path[32];
	ssize_t length;
	char *end;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	length = read(fd, text, size - 1);
	(void)close(fd);
	if (length <= 0)
		return NULL;
	text[length] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end + 2 : NULL;
}

/* 0: not known. `state` gets the letter of the process's state. */
static uint64_t start_ticks(uint32_t pid, char *state)
{
	char text[1024];
	const char *at = read_stat(pid, text, sizeof(text));

	*state = '?';
	if (!at)
		return 0;
	*state = *at;
	for (int field = 3; at && field < START_FIELD; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

void bw_process_self(uint64_t *owner, uint64_t *namespace_)
{
	uint32_t pid = (uint32_t)getpid();
	struct stat about;
	char state;

	*namespace_ = stat("/proc/self/ns/pid", &about) == 0 ? about.st_ino : 0;
	*owner = bw_process_owner(pid, start_ticks(pid, &state), *namespace_);
}

bool bw_process_is_alive(uint64_t owner)
{
	uint32_t pid = word_owner_pid(owner);
	uint64_t stored = owner & UINT32_MAX;
	uint64_t ticks;
	char state;

	if (pid == 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
		return false;
	ticks = start_ticks(pid, &state);
	if (state == 'Z' || state == 'X')
		return false;
	return ticks == 0 || stored == 0 || (ticks & UINT32_MAX) == stored;
}

void bw_process_command(uint32_t pid, char out[16])
{
	char path[32];
	ssize_t length = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, out, 15);
		(void)close(fd);
	}
	out[length > 0 ? length : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}
