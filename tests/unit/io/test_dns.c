/* Single questions: every record type, every kind of answer, and bytes that are no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/dns_answer.h"
#include "io/resolver.h"
#include "unit/io/name_server.h"
#include "unit/io/peer.h"
#include "unit/io/turn.h"

struct world {
	struct io_loop *loop;
	struct name_server *server;
	struct io_dns *dns;
	int calls;
	bool has_error;
	struct io_dns_answer answer;
	struct io_error error;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->loop = io_loop_create();
	world->server = name_server_start();
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	io_dns_stop(world->dns);
	io_loop_destroy(world->loop);
	name_server_stop(world->server);
	free(world);
	return 0;
}

static void ended(void *arg, const struct io_dns_answer *answer, const struct io_error *error)
{
	struct world *world = arg;

	world->calls++;
	world->has_error = error != NULL;
	if (error)
		world->error = *error;
	else
		world->answer = *answer;
	turn_done(world->loop);
}

static void ask(struct world *world, const struct io_dns_question *question)
{
	struct bw_error err;

	io_dns_stop(world->dns);
	world->calls = 0;
	if (io_dns_start(world->loop, question, ended, world, &world->dns, &err) != BW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(world->calls, 0);
	assert_true(turn_until_done(world->loop));
	assert_int_equal(world->calls, 1);
}

static void ask_for(struct world *world, const char *name, const char *type)
{
	const struct io_dns_question question = { .name = name,
						  .type = type,
						  .server = "127.0.0.1",
						  .port = name_server_port(world->server) };

	ask(world, &question);
}

struct record {
	const char *type, *text;
};

static const struct record records[] = {
	{ "A", "1.2.3.4" },
	{ "aaaa", "2001:db8::1" },
	{ "CNAME", "other.test" },
	{ "MX", "10 mail.test" },
	{ "NS", "ns.test" },
	{ "PTR", "host.test" },
	{ "SOA", "ns root 1 2 3 4 5" },
	{ "SRV", "1 2 443 srv.test" },
	{ "TXT", "v=1 \\027end" },
	{ "CAA", "0 issue \"ca.test\"" },
};

static void every_type_is_printed(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		ask_for(world, "records.test", records[i].type);
		assert_false(world->has_error);
		assert_string_equal(world->answer.rcode, "NOERROR");
		assert_true(world->answer.authoritative);
		assert_int_equal(world->answer.count, 1);
		assert_int_equal(world->answer.min_ttl_s, 60);
		assert_string_equal(world->answer.text[0], records[i].text);
	}
}

static void a_reverse_question_may_be_an_address(void **state)
{
	struct world *world = *state;

	ask_for(world, "192.0.2.7", "PTR");
	assert_string_equal(world->answer.text[0], "host.test");
	ask_for(world, "2001:db8::1", "PTR");
	assert_string_equal(world->answer.text[0], "host.test");
}

static void an_rcode_is_an_answer(void **state)
{
	static const struct record rcodes[] = { { "missing.test", "NXDOMAIN" },
						{ "servfail.test", "SERVFAIL" },
						{ "refused.test", "REFUSED" },
						{ "empty.test", "NOERROR" } };
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++) {
		ask_for(world, rcodes[i].type, "A");
		assert_false(world->has_error);
		assert_string_equal(world->answer.rcode, rcodes[i].text);
		assert_int_equal(world->answer.count, 0);
		assert_int_equal(world->answer.min_ttl_s, -1);
	}
}

static void a_truncated_answer_comes_by_tcp(void **state)
{
	struct world *world = *state;

	ask_for(world, "cut.test", "A");
	assert_int_equal(world->answer.count, 3);
	assert_false(world->answer.truncated);
	assert_int_equal(name_server_count(world->server), 2);
	ask_for(world, "many.test", "A");
	assert_int_equal(world->answer.count, IO_DNS_ANSWERS_MAX);
	assert_int_equal(world->answer.total, 40);
}

static void tcp_from_the_start(void **state)
{
	struct world *world = *state;
	const struct io_dns_question question = { .name = "cut.test",
						  .type = "A",
						  .server = "127.0.0.1",
						  .port = name_server_port(world->server),
						  .tcp = true };

	ask(world, &question);
	assert_int_equal(world->answer.count, 3);
	assert_int_equal(name_server_count(world->server), 1);
}

static void sick_servers_are_results(void **state)
{
	struct world *world = *state;
	struct io_dns_question question = { .name = "one.test",
					    .type = "A",
					    .server = "127.0.0.1" };

	ask_for(world, "silent.test", "A");
	assert_true(world->has_error);
	assert_int_equal(world->error.failure, IO_TIMED_OUT);
	assert_non_null(strstr(world->error.text, "did not answer about silent.test"));
	ask_for(world, "garbage.test", "A");
	assert_true(world->has_error);
	assert_false(io_failure_is_ours(world->error.failure));
	ask_for(world, "bad.test", "A");
	assert_false(world->has_error);
	assert_int_equal(world->answer.count, 0);
	question.port = peer_unused_port();
	ask(world, &question);
	assert_true(world->has_error);
	assert_int_equal(world->error.failure, IO_REFUSED);
}

static void stopping_is_silent(void **state)
{
	struct world *world = *state;
	const struct io_dns_question question = { .name = "one.test",
						  .type = "A",
						  .server = "127.0.0.1",
						  .port = name_server_port(world->server) };

	assert_int_equal(io_dns_start(world->loop, &question, ended, world, &world->dns, NULL),
			 BW_OK);
	io_dns_stop(world->dns);
	world->dns = NULL;
	turn_once(world->loop);
	assert_int_equal(world->calls, 0);
}

static void bad_questions_are_refused(void **state)
{
	static const struct io_dns_question bad[] = {
		{ .name = "a", .type = "NONSENSE" },
		{ .name = "a", .type = NULL },
		{ .name = "", .type = "A" },
		{ .name = NULL, .type = "A" },
		{ .name = "a", .type = "A", .server = "not.numeric" },
		{ .name = "a", .type = "A", .port = 65536 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bw_error err = { "" };

		assert_int_equal(
			io_dns_start(world->loop, &bad[i], ended, world, &world->dns, &err),
			BW_EINVAL);
		assert_true(strlen(err.text) > 0);
	}
	assert_null(world->dns);
}

/* Every cut of a good message, and every byte of it changed: no crash, and counts within bounds. */
static void mangled_messages_do_no_harm(void **state)
{
	static const unsigned char good[] = "\0\1\x85\x80\0\1\0\2\0\0\0\0\3one\4test\0\0\x0f\0\1"
					    "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\4\0\x0a\xc0\x0c"
					    "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\4\0\x14\xc0\x10";
	struct io_dns_answer answer;
	unsigned char mangled[sizeof(good) - 1];

	(void)state;
	assert_true(
		io_dns_answer_parse(good, sizeof(good) - 1, io_dns_type_from_text("MX"), &answer));
	assert_string_equal(answer.text[0], "10 one.test");
	assert_string_equal(answer.text[1], "20 test");
	for (size_t len = 0; len < sizeof(good) - 1; len++)
		assert_false(io_dns_answer_parse(good, len, io_dns_type_from_text("MX"), &answer));
	for (size_t at = 0; at < sizeof(mangled); at++)
		for (int byte = 0; byte < 256; byte++) {
			memcpy(mangled, good, sizeof(mangled));
			mangled[at] = (unsigned char)byte;
			if (io_dns_answer_parse(mangled, sizeof(mangled),
						io_dns_type_from_text("MX"), &answer))
				assert_in_range(answer.count, 0, 2);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_type_is_printed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reverse_question_may_be_an_address, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_rcode_is_an_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_truncated_answer_comes_by_tcp, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tcp_from_the_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sick_servers_are_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopping_is_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_questions_are_refused, set_up, tear_down),
		cmocka_unit_test(mangled_messages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
