/* environment.h - the environment of a child process, built variable by variable.
 *
 * A child sees what is set here and nothing else: what it does should not depend on the shell that
 * started the daemon, and secrets in that one's environment are nobody's business.
 *
 * Owns:    its texts, until io_environment_finish().
 * Threads: one at a time.
 */
#ifndef BW_IO_ENVIRONMENT_H
#define BW_IO_ENVIRONMENT_H

#include <stddef.h>

struct io_environment {
	char **items; /* "NAME=value", ended by NULL; for struct io_child_options */
	size_t count;
};

/* PATH, HOME and LANG, as we have them or a plain default. */
void io_environment_init(struct io_environment *environment);
/* Takes the place of one with that name. NULL is "". */
void io_environment_set(struct io_environment *environment, const char *name, const char *value);
void io_environment_finish(struct io_environment *environment);

#endif
