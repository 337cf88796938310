/* breaker.c - runs a command behind a circuit breaker that all processes of this host share.
 *
 *   cc -o guarded breaker.c $(pkg-config --cflags --libs bellwether)
 *   ./guarded tiingo curl -sf --max-time 10 https://api.example.org/bars/SPY
 *
 * Exit status: the command's; 75 (try again later) when the breaker lets nothing through, with the
 * seconds to wait on standard error; 70 when the breaker cannot be used as asked for.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include <bellwether/breaker.h>

extern char **environ;

enum { EXIT_SOFTWARE = 70, EXIT_TRY_LATER = 75, EXIT_NOT_RUN = 127 };
enum { CURL_TIMED_OUT = 28, TIMEOUT_TIMED_OUT = 124, NOT_EXECUTABLE = 126 };

/* The exit status a shell would show. */
static int run(char **command)
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ) != 0)
		return EXIT_NOT_RUN;
	if (waitpid(pid, &status, 0) != pid)
		return EXIT_NOT_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What says something about the vendor, and what only about this machine. */
static enum bw_breaker_outcome judge(int status)
{
	switch (status) {
	case 0:
		return BW_BREAKER_SUCCESS;
	case CURL_TIMED_OUT:
	case TIMEOUT_TIMED_OUT:
		return BW_BREAKER_TIMEOUT;
	case NOT_EXECUTABLE:
	case EXIT_NOT_RUN:
		return BW_BREAKER_IGNORED;
	default:
		return BW_BREAKER_FAILURE;
	}
}

static int guard(struct bw_breaker *breaker, char **command)
{
	struct bw_breaker_call call = bw_breaker_begin(breaker);
	int64_t wait_us;
	int status;

	if (!bw_breaker_ticket_admitted(call.ticket)) {
		wait_us = bw_breaker_ticket_retry_after_us(call.ticket);
		fprintf(stderr, "%s: not called: %s", bw_breaker_name(breaker),
			bw_breaker_reason_text(bw_breaker_ticket_reason(call.ticket)));
		if (wait_us >= 0)
			fprintf(stderr, "; try again in %.1f s", (double)wait_us / 1e6);
		fputc('\n', stderr);
		return EXIT_TRY_LATER;
	}
	status = run(command);
	bw_breaker_end(breaker, call, judge(status));
	return status;
}

/* A run that shares nothing calls a vendor that is down, too: somebody should know. */
static void tell_of_trouble(struct bw_region *region)
{
	struct bw_region_info info;

	bw_region_info(region, &info);
	if (info.trouble.text[0] != '\0')
		fprintf(stderr, "nobody shares this breaker: %s\n", info.trouble.text);
}

int main(int argc, char **argv)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_breaker *breaker = NULL;
	struct bw_region *region = NULL;
	struct bw_error err = { "" };
	int status = EXIT_SOFTWARE;

	if (argc < 3) {
		fprintf(stderr, "usage: %s BREAKER COMMAND [ARGUMENT...]\n", argv[0]);
		return 64;
	}
	config.failure_threshold = 3;
	config.recovery_timeout_us = 30 * 1000000;
	if (bw_region_open(NULL, &region, &err) == BW_OK &&
	    bw_breaker_open(region, argv[1], &config, &breaker, &err) == BW_OK) {
		tell_of_trouble(region);
		status = guard(breaker, argv + 2);
	} else {
		fprintf(stderr, "%s: %s\n", argv[1], err.text);
	}
	bw_breaker_close(breaker);
	bw_region_close(region);
	return status;
}
