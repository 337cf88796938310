/* Whose fault is it: the classes and the sentences. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/failure.h"
#include "io/failure_internal.h"

struct row {
	int error_number;
	enum io_failure failure;
	const char *text;
};

static const struct row rows[] = {
	{ ECONNREFUSED, IO_REFUSED, "connection refused by p:1" },
	{ ENOENT, IO_REFUSED, "connection refused: there is no socket p:1" },
	{ EHOSTUNREACH, IO_UNREACHABLE, "p:1 cannot be reached: No route to host" },
	{ ECONNRESET, IO_RESET, "connection reset by p:1" },
	{ EPIPE, IO_CLOSED, "p:1 closed the connection" },
	{ ETIMEDOUT, IO_TIMED_OUT, "connection to p:1 timed out" },
	{ EMFILE, IO_NO_RESOURCES,
	  "could not connect to p:1: this process has no file descriptors left (raise its limit)" },
	{ EADDRNOTAVAIL, IO_NO_RESOURCES, "could not connect to p:1: no free local port" },
	{ EACCES, IO_BAD_REQUEST, "connection to p:1 failed: Permission denied" },
};

static void errno_has_class_and_sentence(void **state)
{
	struct io_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(io_failure_from_errno(rows[i].error_number), rows[i].failure);
		io_error_set_errno(&error, rows[i].error_number, "p:1");
		assert_int_equal(error.failure, rows[i].failure);
		assert_string_equal(error.text, rows[i].text);
	}
}

static void only_the_last_classes_are_ours(void **state)
{
	(void)state;
	assert_false(io_failure_is_ours(IO_OK));
	assert_false(io_failure_is_ours(IO_REFUSED));
	assert_false(io_failure_is_ours(IO_NO_SUCH_NAME));
	assert_false(io_failure_is_ours(IO_TOO_LARGE));
	assert_true(io_failure_is_ours(IO_NO_RESOLVER));
	assert_true(io_failure_is_ours(IO_NO_RESOURCES));
	assert_true(io_failure_is_ours(IO_BAD_REQUEST));
}

static void foreign_text_is_cut_and_cleaned(void **state)
{
	char longer[2 * IO_ERROR_TEXT_MAX];
	struct io_error error;

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	io_error_set(&error, IO_PROTOCOL, "%s", longer);
	assert_int_equal(strlen(error.text), IO_ERROR_TEXT_MAX - 1);
	io_error_set(&error, IO_PROTOCOL, "said %s", "a\x1b[2J\nb");
	assert_string_equal(error.text, "said a?[2J?b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errno_has_class_and_sentence),
		cmocka_unit_test(only_the_last_classes_are_ours),
		cmocka_unit_test(foreign_text_is_cut_and_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
