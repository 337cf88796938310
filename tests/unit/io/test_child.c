/* Exit codes, signals, limits, groups, and everything that can go wrong before exec. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/child.h"
#include "unit/io/turn.h"

static const char *const environment[] = { "PATH=/usr/bin:/bin", "GREETING=hello", NULL };

struct outcome {
	struct io_loop *loop;
	int calls;
	struct io_child *child;
	bool stop_in_callback;
	struct io_child_result result;
	char output[256], errors[256];
};

static int set_up(void **state)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	outcome->loop = io_loop_create();
	*state = outcome;
	return 0;
}

static int tear_down(void **state)
{
	struct outcome *outcome = *state;

	io_child_stop(outcome->child);
	io_loop_destroy(outcome->loop);
	free(outcome);
	return 0;
}

static void ended(void *arg, const struct io_child_result *result)
{
	struct outcome *outcome = arg;

	outcome->calls++;
	outcome->result = *result;
	snprintf(outcome->output, sizeof(outcome->output), "%s", result->output);
	snprintf(outcome->errors, sizeof(outcome->errors), "%s", result->errors);
	if (outcome->stop_in_callback) {
		io_child_stop(outcome->child);
		outcome->child = NULL;
	}
	turn_done(outcome->loop);
}

static void start(struct outcome *outcome, const struct io_child_options *options)
{
	struct bw_error err;

	io_child_stop(outcome->child);
	outcome->calls = 0;
	if (io_child_start(outcome->loop, options, ended, outcome, &outcome->child, &err) != BW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(outcome->calls, 0);
}

static void run(struct outcome *outcome, const char *script, const char *input)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct io_child_options options = { .argv = argv,
						  .environment = environment,
						  .input = input };

	start(outcome, &options);
	assert_true(turn_until_done(outcome->loop));
	assert_int_equal(outcome->calls, 1);
}

static void exit_code_and_output(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "echo \"$GREETING $(pwd)\"; echo sorry >&2; exit 2", NULL);
	assert_int_equal(outcome->result.exit_code, 2);
	assert_int_equal(outcome->result.signal, 0);
	assert_string_equal(outcome->output, "hello /\n");
	assert_string_equal(outcome->errors, "sorry\n");
	assert_int_equal(outcome->result.output_len, 8);
	assert_false(outcome->result.cut);
	assert_true(outcome->result.max_rss_kb > 0);
}

static void stopping_in_the_callback(void **state)
{
	struct outcome *outcome = *state;

	outcome->stop_in_callback = true;
	run(outcome, "echo hello", NULL);
	assert_string_equal(outcome->output, "hello\n");
}

static void signal_is_told(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "kill -TERM $$", NULL);
	assert_int_equal(outcome->result.exit_code, -1);
	assert_int_equal(outcome->result.signal, SIGTERM);
}

static void environment_is_only_what_was_given(void **state)
{
	struct outcome *outcome = *state;

	setenv("A_SECRET", "x", 1);
	run(outcome, "echo \"[$A_SECRET]\"", NULL);
	assert_string_equal(outcome->output, "[]\n");
}

static void input_is_read_or_empty(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "cat", "one\ntwo\n");
	assert_string_equal(outcome->output, "one\ntwo\n");
	run(outcome, "cat", NULL);
	assert_string_equal(outcome->output, "");
}

static void descriptors_are_not_inherited(void **state)
{
	struct outcome *outcome = *state;
	int leaked = fcntl(STDIN_FILENO, F_DUPFD, 57);

	run(outcome, "for f in 0 1 2 57; do [ -e /proc/$$/fd/$f ] && echo -n \"$f \"; done", NULL);
	close(leaked);
	assert_string_equal(outcome->output, "0 1 2 ");
}

static void signals_are_back_to_default(void **state)
{
	struct outcome *outcome = *state;
	sigset_t blocked;
	char *rest;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	run(outcome, "sed -n 's/^SigBlk:.//p; s/^SigIgn:.//p' /proc/self/status", NULL);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	assert_int_equal(strtoull(outcome->output, &rest, 16), 0);
	/* Two signals above 31 are glibc's own. */
	assert_int_equal(strtoull(rest, NULL, 16) & 0x7fffffff, 0);
}

static void output_is_cut_at_the_limit(void **state)
{
	struct outcome *outcome = *state;
	const char *const argv[] = { "head", "-c", "50000000", "/dev/zero", NULL };
	const struct io_child_options options = { .argv = argv,
						  .environment = environment,
						  .max_output_bytes = 1000 };

	start(outcome, &options);
	assert_true(turn_until_done(outcome->loop));
	assert_int_equal(outcome->result.exit_code, 0);
	assert_int_equal(outcome->result.output_len, 1000);
	assert_true(outcome->result.cut);
}

/* `sleep` keeps the pipe; the shell is gone long before. Its number comes through the output, so
 * that the test can end it. */
static void grandchild_with_the_pipe_does_not_delay(void **state)
{
	struct outcome *outcome = *state;

	run(outcome, "sleep 1000 & echo $!", NULL);
	assert_int_equal(outcome->result.exit_code, 0);
	assert_int_equal(kill((pid_t)strtol(outcome->output, NULL, 10), SIGKILL), 0);
}

static void last_words_are_heard(void **state)
{
	struct outcome *outcome = *state;

	for (int i = 0; i < 50; i++) {
		run(outcome, "head -c 60000 /dev/zero; echo last >&2", NULL);
		assert_int_equal(outcome->result.output_len, 60000);
		assert_string_equal(outcome->errors, "last\n");
	}
}

static void note_line(void *arg, unsigned events, int error_number)
{
	(void)events;
	(void)error_number;
	turn_done(arg);
}

/* The grandchild holds the writing end of a fifo: its end of file proves that it died. */
static void stop_kills_the_whole_group(void **state)
{
	struct outcome *outcome = *state;
	char folder[] = "/tmp/bw-child-XXXXXX", fifo[64], script[160], byte;
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct io_child_options options = { .argv = argv, .environment = environment };
	struct io_watch *watch;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	snprintf(script, sizeof(script), "(echo ready; exec sleep 1000) >%s & wait", fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	watch = io_watch_create(outcome->loop, fd, note_line, outcome->loop);
	assert_int_equal(io_watch_set(watch, IO_READABLE), BW_OK);
	start(outcome, &options);
	assert_true(turn_until_done(outcome->loop));
	while (read(fd, &byte, 1) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	io_child_stop(outcome->child);
	outcome->child = NULL;
	assert_true(turn_until_done(outcome->loop));
	assert_int_equal(read(fd, &byte, 1), 0);
	io_watch_destroy(watch);
	close(fd);
	unlink(fifo);
	rmdir(folder);
	assert_int_equal(outcome->calls, 0);
}

static void stop_and_destroy_leaves_nothing(void **state)
{
	struct outcome *outcome = *state;
	const char *const argv[] = { "sleep", "1000", NULL };
	const struct io_child_options options = { .argv = argv, .environment = environment };

	start(outcome, &options);
	start(outcome, &options);
	io_child_stop(NULL);
	assert_int_equal(outcome->calls, 0);
}

struct refusal {
	const char *program, *directory;
	enum bw_status status;
	const char *text;
};

static const struct refusal refusals[] = {
	{ "no-such-program", NULL, BW_ENOTFOUND,
	  "cannot run no-such-program: not found in PATH (/usr/bin:/bin)" },
	{ "/no/such/program", NULL, BW_ENOTFOUND, "cannot run /no/such/program: no such file" },
	{ "/etc/passwd", NULL, BW_ENOTFOUND,
	  "cannot run /etc/passwd: not executable for this user" },
	{ "sh", "/no/such/folder", BW_ENOTFOUND,
	  "cannot run sh in /no/such/folder: no such directory" },
	{ "", NULL, BW_EINVAL, "cannot run a command: it is empty" },
};

static void refused_starts_have_their_text(void **state)
{
	struct outcome *outcome = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *const argv[] = { refusals[i].program, NULL };
		const struct io_child_options options = { .argv = argv,
							  .environment = environment,
							  .directory = refusals[i].directory };
		struct io_child *child = NULL;
		struct bw_error err;

		assert_int_equal(
			io_child_start(outcome->loop, &options, ended, outcome, &child, &err),
			refusals[i].status);
		assert_null(child);
		assert_string_equal(err.text, refusals[i].text);
	}
	turn_once(outcome->loop);
	assert_int_equal(outcome->calls, 0);
}

static void expect_script_refused(struct outcome *outcome, const char *content, const char *reason)
{
	char path[] = "/tmp/bw-script-XXXXXX";
	int fd = mkstemp(path);
	const char *const argv[] = { path, NULL };
	const struct io_child_options options = { .argv = argv, .environment = environment };
	struct io_child *child;
	struct bw_error err;

	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	fchmod(fd, 0755);
	close(fd);
	assert_int_equal(io_child_start(outcome->loop, &options, ended, outcome, &child, &err),
			 BW_ENOTFOUND);
	assert_non_null(strstr(err.text, reason));
	unlink(path);
}

static void broken_scripts_have_their_text(void **state)
{
	expect_script_refused(*state, "#!/no/such/interpreter\n", "its interpreter does not exist");
	expect_script_refused(*state, "just text\n", "neither a program nor a script");
}

static void no_descriptors_is_our_fault(void **state)
{
	struct outcome *outcome = *state;
	const char *const argv[] = { "sh", "-c", "exit 0", NULL };
	const struct io_child_options options = { .argv = argv, .environment = environment };
	struct rlimit before, none;
	struct io_child *child;
	struct bw_error err;
	enum bw_status status;

	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	status = io_child_start(outcome->loop, &options, ended, outcome, &child, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(status, BW_EIO);
	assert_string_equal(err.text, "cannot run /usr/bin/sh: Too many open files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exit_code_and_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopping_in_the_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signal_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(environment_is_only_what_was_given, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(input_is_read_or_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(descriptors_are_not_inherited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signals_are_back_to_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(output_is_cut_at_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(grandchild_with_the_pipe_does_not_delay, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(last_words_are_heard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stop_kills_the_whole_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stop_and_destroy_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused_starts_have_their_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken_scripts_have_their_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_descriptors_is_our_fault, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
