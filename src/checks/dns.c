/* dns.c - one question to one server, or to the system's. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "checks/kind.h"
#include "io/resolver.h"

enum { LIST_MAX_BYTES = 600 };

static const char *const type_words[] = { "A",   "AAAA", "CAA", "CNAME", "MX", "NS",
					  "PTR", "SOA",  "SRV", "TXT",   NULL };

static const char *const rcode_words[] = { "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", NULL };

enum { MATCH_ALL, MATCH_ANY, MATCH_EXACT };

static const char *const match_words[] = { "all", "any", "exact", NULL };

struct dns_expect {
	int rcode;
	struct config_list answers;
	int match;
	int64_t count_min;
	int64_t ttl_us;
	bool authoritative;
};

struct dns_settings {
	const char *name;
	int type;
	const char *server;
	int64_t port;
	bool tcp;
	struct dns_expect expect;
};

struct dns_run {
	struct io_dns *dns;
};

static const char *expected(const struct dns_settings *settings, size_t nth)
{
	return ((const char *const *)settings->expect.answers.items)[nth];
}

/* Names are equal in any case and with or without the last dot; texts (TXT, CAA) byte for byte. */
static bool answers_are_equal(const char *type, const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	if (strcmp(type, "TXT") == 0 || strcmp(type, "CAA") == 0)
		return strcmp(a, b) == 0;
	a_len -= a_len > 1 && a[a_len - 1] == '.';
	b_len -= b_len > 1 && b[b_len - 1] == '.';
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static bool is_among(const struct dns_settings *settings, const struct io_dns_answer *answer,
		     const char *text)
{
	for (int i = 0; i < answer->count; i++)
		if (answers_are_equal(type_words[settings->type], answer->text[i], text))
			return true;
	return false;
}

static bool answers_fit(const struct dns_settings *settings, const struct io_dns_answer *answer)
{
	size_t wanted = settings->expect.answers.count, found = 0;

	for (size_t i = 0; i < wanted; i++)
		found += is_among(settings, answer, expected(settings, i));
	if (settings->expect.match == MATCH_ANY)
		return found > 0;
	if (settings->expect.match == MATCH_EXACT && (size_t)answer->total != wanted)
		return false;
	return found == wanted;
}

static void join_expected(const struct dns_settings *settings, struct bw_buf *out)
{
	for (size_t i = 0; i < settings->expect.answers.count; i++)
		bw_buf_format(out, "%s%s", i > 0 ? ", " : "", expected(settings, i));
}

static void join_answers(const struct io_dns_answer *answer, struct bw_buf *out)
{
	for (int i = 0; i < answer->count; i++)
		bw_buf_format(out, "%s%s", i > 0 ? ", " : "", answer->text[i]);
	if (answer->count == 0)
		bw_buf_text(out, "nothing");
}

static void finish_unexpected(struct check_run *run, const struct io_dns_answer *answer)
{
	static const char *const words[] = { "", "one of ", "exactly " };
	const struct dns_settings *settings = check_settings(run);
	struct bw_buf wanted, got;

	bw_buf_init(&wanted, 0);
	bw_buf_init(&got, 0);
	join_expected(settings, &wanted);
	join_answers(answer, &got);
	check_finish(run, BW_HEALTH_UNHEALTHY, "%s %s is %.*s, expected %s%.*s",
		     type_words[settings->type], settings->name, LIST_MAX_BYTES, got.data,
		     words[settings->expect.match], LIST_MAX_BYTES, wanted.data);
	bw_buf_finish(&wanted);
	bw_buf_finish(&got);
}

static void write_details(struct check_run *run, const struct io_dns_answer *answer)
{
	struct bw_json *json = check_details(run);

	bw_json_key(json, "rcode");
	bw_json_string(json, answer->rcode);
	bw_json_key(json, "count");
	bw_json_int(json, answer->total);
	bw_json_key(json, "answers");
	bw_json_array_begin(json);
	for (int i = 0; i < answer->count; i++)
		bw_json_string(json, answer->text[i]);
	bw_json_array_end(json);
	if (answer->min_ttl_s >= 0) {
		bw_json_key(json, "ttl_seconds");
		bw_json_int(json, answer->min_ttl_s);
	}
	bw_json_key(json, "authoritative");
	bw_json_bool(json, answer->authoritative);
}

static const char *explain(const char *rcode)
{
	if (strcmp(rcode, "NXDOMAIN") == 0)
		return "there is no such name";
	if (strcmp(rcode, "SERVFAIL") == 0)
		return "the server could not find out";
	if (strcmp(rcode, "REFUSED") == 0)
		return "the server will not answer us";
	if (strcmp(rcode, "NOERROR") == 0)
		return "the name exists";
	return "the server made no sense of the question";
}

/* What would make it worse than healthy; true: the run is finished. */
static bool finish_if_wrong(struct check_run *run, const struct io_dns_answer *answer)
{
	const struct dns_settings *settings = check_settings(run);
	const struct dns_expect *expect = &settings->expect;
	bool wants_answers = strcmp(rcode_words[expect->rcode], "NOERROR") == 0;

	if (strcmp(answer->rcode, rcode_words[expect->rcode]) != 0) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s for %s: %s; expected %s", answer->rcode,
			     settings->name, explain(answer->rcode), rcode_words[expect->rcode]);
		return true;
	}
	if (expect->authoritative && !answer->authoritative) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "the answer for %s is not authoritative",
			     settings->name);
		return true;
	}
	if (!wants_answers)
		return false;
	if (answer->total < expect->count_min) {
		check_finish(run, BW_HEALTH_UNHEALTHY,
			     "%d %s records for %s, at least %" PRId64 " expected", answer->total,
			     type_words[settings->type], settings->name, expect->count_min);
		return true;
	}
	if (expect->answers.count > 0 && !answers_fit(settings, answer)) {
		finish_unexpected(run, answer);
		return true;
	}
	return false;
}

static void on_answer(void *arg, const struct io_dns_answer *answer, const struct io_error *error)
{
	struct check_run *run = arg;
	const struct dns_settings *settings = check_settings(run);
	int64_t ttl_us;

	if (error && error->failure == IO_NO_RESOLVER) {
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s", error->text);
		return;
	}
	if (error) {
		check_finish_failed(run, error);
		return;
	}
	write_details(run, answer);
	if (finish_if_wrong(run, answer))
		return;
	ttl_us = answer->min_ttl_s * BW_SECOND_US;
	if (settings->expect.ttl_us > 0 && answer->min_ttl_s >= 0 &&
	    ttl_us < settings->expect.ttl_us)
		check_finish(run, BW_HEALTH_DEGRADED,
			     "time to live is %d s, at least %g s expected", answer->min_ttl_s,
			     (double)settings->expect.ttl_us / 1e6);
	else
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

static void dns_start(struct check_run *run)
{
	const struct dns_settings *settings = check_settings(run);
	struct dns_run *data = check_data(run);
	struct io_dns_question question = { .name = settings->name,
					    .type = type_words[settings->type],
					    .server = settings->server,
					    .port = (int)settings->port,
					    .tcp = settings->tcp };
	struct bw_error err;

	check_phase(run, "asking %s for %s %s",
		    settings->server ? settings->server : "the name server",
		    type_words[settings->type], settings->name);
	if (io_dns_start(check_loop(run), &question, on_answer, run, &data->dns, &err) != BW_OK)
		check_finish(run, BW_HEALTH_UNKNOWN, "%s", err.text);
}

static void dns_stop(struct check_run *run)
{
	struct dns_run *data = check_data(run);

	io_dns_stop(data->dns);
}

static void dns_prepare(const void *settings_arg, void *state, struct config_complaints *complaints,
			const struct config_node *node)
{
	const struct dns_settings *settings = settings_arg;
	unsigned char address[sizeof(struct in6_addr)];

	(void)state;
	if (strlen(settings->name) > 253)
		config_complain_at(complaints, node, "name", "longer than 253 characters");
	if (settings->server && inet_pton(AF_INET, settings->server, address) != 1 &&
	    inet_pton(AF_INET6, settings->server, address) != 1)
		config_complain_at(complaints, node, "server",
				   "must be an address, such as 9.9.9.9 or 2620:fe::fe: a name "
				   "would need a name server to find it");
	if (strcmp(rcode_words[settings->expect.rcode], "NOERROR") != 0 &&
	    settings->expect.answers.count > 0)
		config_complain_at(complaints, node, "expect.answers",
				   "there are no answers when the rcode is %s",
				   rcode_words[settings->expect.rcode]);
}

static const struct config_field expect_fields[] = {
	{ .name = "rcode",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct dns_expect, rcode),
	  .standard = "NOERROR",
	  .words = rcode_words,
	  .help = "The answer's code; another one is unhealthy" },
	{ .name = "answers",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct dns_expect, answers),
	  .help = "Answers that must be there, written as dig +short writes them",
	  .example = "[93.184.216.34]" },
	{ .name = "match",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct dns_expect, match),
	  .standard = "all",
	  .words = match_words,
	  .help = "Whether all of the expected answers must be there, any one, or exactly these" },
	{ .name = "min_count",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct dns_expect, count_min),
	  .standard = "1",
	  .min = 0,
	  .max = 1000,
	  .help = "Fewer answers than this are unhealthy" },
	{ .name = "min_ttl",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct dns_expect, ttl_us),
	  .help = "A shorter time to live is degraded",
	  .example = "60s" },
	{ .name = "authoritative",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct dns_expect, authoritative),
	  .standard = "false",
	  .help = "Whether the answer must come from a server in charge of the name" },
	{ 0 },
};

static const struct config_field fields[] = {
	{ .name = "name",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct dns_settings, name),
	  .required = true,
	  .help = "What is asked for; for PTR an address will do",
	  .example = "example.org" },
	{ .name = "type",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct dns_settings, type),
	  .standard = "A",
	  .words = type_words,
	  .help = "The kind of record" },
	{ .name = "server",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct dns_settings, server),
	  .help = "Address of the server to ask; the system's when not given",
	  .example = "9.9.9.9" },
	{ .name = "port",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct dns_settings, port),
	  .standard = "53",
	  .min = 1,
	  .max = 65535,
	  .help = "The server's port" },
	{ .name = "tcp",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct dns_settings, tcp),
	  .standard = "false",
	  .help = "Whether to ask over TCP instead of UDP" },
	{ .name = "expect",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct dns_settings, expect),
	  .fields = expect_fields,
	  .help = "What the answer must be" },
	{ 0 },
};

const struct check_kind check_kind_dns = {
	.name = "dns",
	.summary = "a name has the records it should have",
	.fields = fields,
	.settings_size = sizeof(struct dns_settings),
	.run_size = sizeof(struct dns_run),
	.prepare = dns_prepare,
	.start = dns_start,
	.stop = dns_stop,
};
