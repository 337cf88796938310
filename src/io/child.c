/* child.c - posix_spawn, three watched descriptors (two pipes, one pidfd), one wait4.
 *
 * Why posix_spawn: fork copies the page tables of the whole daemon while the loop stands still;
 * glibc's posix_spawn shares the memory until exec, at the same cost for any size.
 *
 * The process is reaped only here, after its pidfd said that it ended. Until then its number cannot
 * be used again, so a kill of its group never hits a stranger.
 *
 * What it wrote before it ended is still in the pipes when the pidfd speaks: exactly the bytes that
 * are there then are read, and the pipes are closed, whoever else may hold them.
 *
 * Standard input is an anonymous file, not a pipe: a child that reads slowly or never costs
 * nothing.
 *
 * A stopped child is killed and left to the loop's list of children, which reaps it when it is
 * gone, and lets go of what is left when the loop is destroyed.
 */
#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/loop_internal.h"

enum { MAX_OUTPUT_DEFAULT = 64 * 1024, READ_SIZE = 16384, FIRST_CLOSED_FD = 3 };

struct pipe_end {
	struct io_child *child;
	int fd;
	struct io_watch *watch;
	struct bw_buf kept;
	bool cut;
};

struct children {
	struct io_child *first; /* the stopped ones that have not ended yet */
};

struct io_child {
	struct io_loop *loop;
	io_child_callback *callback; /* NULL once it was called or the child was stopped */
	void *arg;
	bool reporting, stopped;
	pid_t pid;
	int pidfd;
	struct io_watch *watch;
	struct pipe_end output, errors;
	size_t max_output_bytes;
	struct io_child *next; /* in the list of stopped ones */
};

/* What is open only while the process is made. */
struct spawn_files {
	int input, output[2], errors[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Pipes */

static void close_end(struct pipe_end *end)
{
	io_watch_destroy(end->watch);
	end->watch = NULL;
	close_fd(&end->fd);
}

static void keep(struct pipe_end *end, const char *data, size_t len)
{
	size_t room = end->child->max_output_bytes - end->kept.len;

	if (len > room) {
		end->cut = true;
		len = room;
	}
	bw_buf_append(&end->kept, data, len);
}

static void end_ready(void *arg, unsigned events, int error_number)
{
	struct pipe_end *end = arg;
	char data[READ_SIZE];
	ssize_t got = read(end->fd, data, sizeof(data));

	(void)events;
	(void)error_number;
	if (got > 0)
		keep(end, data, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		close_end(end);
}

static void drain(struct pipe_end *end)
{
	int left = 0;

	if (end->fd < 0)
		return;
	ioctl(end->fd, FIONREAD, &left);
	while (left > 0) {
		char data[READ_SIZE];
		ssize_t got = read(end->fd, data,
				   (size_t)left < sizeof(data) ? (size_t)left : sizeof(data));

		if (got <= 0)
			break;
		keep(end, data, (size_t)got);
		left -= (int)got;
	}
	close_end(end);
}

/* The end of a child */

static struct children *children_of(struct io_loop *loop);

static void release(struct io_child *child)
{
	close_end(&child->output);
	close_end(&child->errors);
	bw_buf_finish(&child->output.kept);
	bw_buf_finish(&child->errors.kept);
	io_watch_destroy(child->watch);
	close_fd(&child->pidfd);
	free(child);
}

static void forget_stopped(struct io_child *child)
{
	struct io_child **at = &children_of(child->loop)->first;

	while (*at && *at != child)
		at = &(*at)->next;
	if (*at)
		*at = child->next;
}

static int64_t timeval_us(struct timeval time)
{
	return (int64_t)time.tv_sec * BW_SECOND_US + time.tv_usec;
}

static const char *text_of(const struct bw_buf *buf)
{
	return buf->data ? buf->data : "";
}

static void report(struct io_child *child, int status, const struct rusage *usage)
{
	struct io_child_result result = {
		.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.output = text_of(&child->output.kept),
		.output_len = child->output.kept.len,
		.errors = text_of(&child->errors.kept),
		.errors_len = child->errors.kept.len,
		.cut = child->output.cut || child->errors.cut,
		.max_rss_kb = usage->ru_maxrss,
		.user_us = timeval_us(usage->ru_utime),
		.system_us = timeval_us(usage->ru_stime),
	};
	io_child_callback *callback = child->callback;

	child->callback = NULL;
	child->reporting = true;
	callback(child->arg, &result);
	child->reporting = false;
	if (child->stopped)
		release(child);
}

static void child_ended(void *arg, unsigned events, int error_number)
{
	struct io_child *child = arg;
	struct rusage usage = { .ru_maxrss = -1 };
	int status = -1; /* neither exited nor signalled: somebody else reaped it */
	pid_t ended = wait4(child->pid, &status, WNOHANG, &usage);

	(void)events;
	(void)error_number;
	if (ended == 0 || (ended < 0 && errno == EINTR))
		return;
	if (!child->callback) {
		forget_stopped(child);
		release(child);
		return;
	}
	drain(&child->output);
	drain(&child->errors);
	io_watch_destroy(child->watch);
	child->watch = NULL;
	report(child, status, &usage);
}

/* Stopped children */

static void *children_create(struct io_loop *loop)
{
	(void)loop;
	return xcalloc(1, sizeof(struct children));
}

static void children_destroy(void *state)
{
	struct children *children = state;

	while (children->first) {
		struct io_child *child = children->first;

		children->first = child->next;
		waitpid(child->pid, NULL, WNOHANG);
		release(child);
	}
	free(children);
}

static struct children *children_of(struct io_loop *loop)
{
	return io_loop_service(loop, IO_SERVICE_CHILDREN, children_create, children_destroy);
}

void io_child_stop(struct io_child *child)
{
	struct children *children;

	if (!child)
		return;
	child->stopped = true;
	if (child->reporting)
		return;
	if (!child->callback) {
		release(child);
		return;
	}
	children = children_of(child->loop);
	child->callback = NULL;
	kill(-child->pid, SIGKILL);
	close_end(&child->output);
	close_end(&child->errors);
	child->next = children->first;
	children->first = child;
}

/* Finding the program */

static const char *search_path(const char *const *environment)
{
	for (size_t i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], "PATH=", 5) == 0)
			return environment[i] + 5;
	return "/usr/local/bin:/usr/bin:/bin";
}

static bool is_program(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

/* An absolute path in memory of the caller's, or NULL. */
static char *search(const char *name, const char *path)
{
	struct bw_buf candidate;

	bw_buf_init(&candidate, 0);
	while (*path) {
		size_t len = strcspn(path, ":");

		bw_buf_clear(&candidate);
		bw_buf_append(&candidate, path, len);
		bw_buf_byte(&candidate, '/');
		bw_buf_text(&candidate, name);
		if (path[0] == '/' && candidate.data && is_program(candidate.data))
			return bw_buf_take(&candidate, NULL);
		path += len + (path[len] == ':');
	}
	bw_buf_finish(&candidate);
	return NULL;
}

static enum bw_status find_program(const struct io_child_options *options, char **out,
				   struct bw_error *err)
{
	const char *name = options->argv[0];
	const char *path = search_path(options->environment);

	if (strchr(name, '/')) {
		*out = xstrdup(name);
		return BW_OK;
	}
	*out = search(name, path);
	if (*out)
		return BW_OK;
	return bw_fail(err, BW_ENOTFOUND, "cannot run %s: not found in PATH (%s)", name, path);
}

static enum bw_status explain(const char *program, const char *directory, int error_number,
			      struct bw_error *err)
{
	switch (error_number) {
	case ENOENT:
	case ENOTDIR:
		if (program[0] == '/' && access(program, F_OK) == 0)
			return bw_fail(err, BW_ENOTFOUND,
				       "cannot run %s: its interpreter does not exist", program);
		return bw_fail(err, BW_ENOTFOUND, "cannot run %s: no such file", program);
	case EACCES:
		return bw_fail(err, BW_ENOTFOUND, "cannot run %s: not executable for this user",
			       program);
	case ENOEXEC:
		return bw_fail(err, BW_ENOTFOUND,
			       "cannot run %s: neither a program nor a script with a #! line",
			       program);
	default:
		return bw_fail(err, BW_EIO, "cannot run %s in %s: %s", program, directory,
			       strerrordesc_np(error_number));
	}
}

/* Starting */

static bool open_input(struct spawn_files *files, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!text) {
		files->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return files->input >= 0;
	}
	files->input = memfd_create("input", MFD_CLOEXEC);
	if (files->input < 0)
		return false;
	for (size_t at = 0; at < len;) {
		ssize_t written = write(files->input, text + at, len - at);

		if (written < 0)
			return false;
		at += (size_t)written;
	}
	return lseek(files->input, 0, SEEK_SET) == 0;
}

/* Only our end: the child's must block as programs expect. */
static bool open_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static int spawn(const char *program, const struct io_child_options *options,
		 const struct spawn_files *files, pid_t *pid)
{
	static const char *const empty[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int failure;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, files->input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, files->output[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, files->errors[1], STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_CLOSED_FD);
	posix_spawn_file_actions_addchdir_np(&actions,
					     options->directory ? options->directory : "/");
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attributes, 0);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attributes, &signals);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	failure = posix_spawn(pid, program, &actions, &attributes, (char *const *)options->argv,
			      (char *const *)(options->environment ? options->environment : empty));
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

static void watch_end(struct pipe_end *end, struct io_child *child, int *fd)
{
	end->child = child;
	end->fd = *fd;
	*fd = -1;
	bw_buf_init(&end->kept, 0);
	end->watch = io_watch_create(child->loop, end->fd, end_ready, end);
}

/* False when the loop cannot watch them (no memory in the kernel). */
static bool watch_child(struct io_child *child, struct spawn_files *files)
{
	watch_end(&child->output, child, &files->output[0]);
	watch_end(&child->errors, child, &files->errors[0]);
	child->watch = io_watch_create(child->loop, child->pidfd, child_ended, child);
	return io_watch_set(child->output.watch, IO_READABLE) == BW_OK &&
	       io_watch_set(child->errors.watch, IO_READABLE) == BW_OK &&
	       io_watch_set(child->watch, IO_READABLE) == BW_OK;
}

static enum bw_status check_directory(const struct io_child_options *options, struct bw_error *err)
{
	struct stat found;

	if (!options->argv || !options->argv[0] || !options->argv[0][0])
		return bw_fail(err, BW_EINVAL, "cannot run a command: it is empty");
	if (options->directory &&
	    (stat(options->directory, &found) != 0 || !S_ISDIR(found.st_mode)))
		return bw_fail(err, BW_ENOTFOUND, "cannot run %s in %s: no such directory",
			       options->argv[0], options->directory);
	return BW_OK;
}

static void close_files(struct spawn_files *files)
{
	close_fd(&files->input);
	close_fd(&files->output[0]);
	close_fd(&files->output[1]);
	close_fd(&files->errors[0]);
	close_fd(&files->errors[1]);
}

/* `child` has everything that can be refused before the process exists. */
static enum bw_status launch(struct io_child *child, const struct io_child_options *options,
			     struct spawn_files *files, struct bw_error *err)
{
	const char *directory = options->directory ? options->directory : "/";
	char *program;
	int failure;
	enum bw_status status = find_program(options, &program, err);

	if (status != BW_OK)
		return status;
	if (!open_input(files, options->input) || !open_pipe(files->output) ||
	    !open_pipe(files->errors)) {
		status = bw_fail(err, BW_EIO, "cannot run %s: %s", program, strerrordesc_np(errno));
		goto out;
	}
	failure = spawn(program, options, files, &child->pid);
	if (failure != 0) {
		status = explain(program, directory, failure, err);
		goto out;
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0 || !watch_child(child, files)) {
		status = bw_fail(err, BW_EIO, "cannot watch %s: %s", program,
				 strerrordesc_np(errno));
		kill(-child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
out:
	free(program);
	return status;
}

enum bw_status io_child_start(struct io_loop *loop, const struct io_child_options *options,
			      io_child_callback *callback, void *arg, struct io_child **out,
			      struct bw_error *err)
{
	struct spawn_files files = { -1, { -1, -1 }, { -1, -1 } };
	struct io_child *child;
	enum bw_status status = check_directory(options, err);

	if (status != BW_OK)
		return status;
	child = xcalloc(1, sizeof(*child));
	child->loop = loop;
	child->callback = callback;
	child->arg = arg;
	child->pidfd = child->output.fd = child->errors.fd = -1;
	child->max_output_bytes =
		options->max_output_bytes ? options->max_output_bytes : MAX_OUTPUT_DEFAULT;
	status = launch(child, options, &files, err);
	close_files(&files);
	if (status == BW_OK)
		*out = child;
	else
		release(child);
	return status;
}
