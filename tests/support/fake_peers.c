/* fake_peers.c - the scripts: which peer answers at which address, which names fail. */
#include "support/fake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

char *fake_bytes(const char *bytes, size_t len)
{
	char *copy;

	if (!bytes)
		return NULL;
	copy = xmalloc(len + 1);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

void fake_peer_set(struct io_loop *loop, const char *address, const struct fake_peer *peer)
{
	struct fake_rule *rule = xcalloc(1, sizeof(*rule));
	struct fake_step *steps = xcalloc(peer->step_count + 1, sizeof(*steps));

	for (size_t i = 0; i < peer->step_count; i++) {
		steps[i] = peer->steps[i];
		steps[i].bytes = fake_bytes(peer->steps[i].bytes, peer->steps[i].len);
	}
	rule->peer = *peer;
	rule->peer.steps = steps;
	rule->address = address ? xstrdup(address) : NULL;
	rule->older = loop->rules;
	loop->rules = rule;
}

static void rule_destroy(struct fake_rule *rule)
{
	for (size_t i = 0; i < rule->peer.step_count; i++)
		free((char *)rule->peer.steps[i].bytes);
	free((struct fake_step *)rule->peer.steps);
	free(rule->address);
	free(rule);
}

void fake_rules_destroy(struct io_loop *loop)
{
	while (loop->rules) {
		struct fake_rule *rule = loop->rules;

		loop->rules = rule->older;
		rule_destroy(rule);
	}
}

void fake_peers_forget(struct io_loop *loop)
{
	struct fake_peer refuses = { .connect = IO_REFUSED };

	fake_rules_destroy(loop);
	fake_peer_set(loop, NULL, &refuses);
}

const struct fake_peer *fake_peer_find(const struct io_loop *loop, const char *address)
{
	const struct fake_peer *standard = NULL;

	for (const struct fake_rule *rule = loop->rules; rule; rule = rule->older) {
		if (rule->address && strcmp(rule->address, address) == 0)
			return &rule->peer;
		if (!rule->address && !standard)
			standard = &rule->peer;
	}
	return standard;
}

void fake_name_fails(struct io_loop *loop, const char *name, enum io_failure failure)
{
	struct fake_name *rule = xcalloc(1, sizeof(*rule));

	rule->name = name ? xstrdup(name) : NULL;
	rule->failure = failure;
	rule->older = loop->names;
	loop->names = rule;
}

enum io_failure fake_name_failure(const struct io_loop *loop, const char *name)
{
	for (const struct fake_name *rule = loop->names; rule; rule = rule->older)
		if (!rule->name || strcmp(rule->name, name) == 0)
			return rule->failure;
	return IO_OK;
}

void fake_error(struct io_error *error, enum io_failure failure, const char *subject)
{
	static const char *const texts[] = {
		[IO_OK] = "no failure at %s",
		[IO_REFUSED] = "connection refused by %s",
		[IO_UNREACHABLE] = "no route to %s",
		[IO_RESET] = "connection reset by %s",
		[IO_CLOSED] = "connection closed by %s",
		[IO_TIMED_OUT] = "no answer from %s",
		[IO_NO_SUCH_NAME] = "no such name: %s",
		[IO_TLS] = "TLS handshake with %s failed",
		[IO_PROTOCOL] = "%s does not speak the protocol",
		[IO_TOO_LARGE] = "answer of %s is too large",
		[IO_NO_RESOLVER] = "cannot resolve %s: no name server answered",
		[IO_NO_RESOURCES] = "cannot connect to %s: no file descriptors left",
		[IO_BAD_REQUEST] = "cannot ask %s: bad request",
	};
	const char *text = texts[failure];
	const char *place = strstr(text, "%s");

	error->failure = failure;
	snprintf(error->text, sizeof(error->text), "%.*s%s%s", (int)(place - text), text, subject,
		 place + 2);
}
