/* act.c - the verbs that change the scripted world, one function each. */
#include "scenarios/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/fake_io.h"

enum { STEPS_MAX = 32, REPEAT_MAX_BYTES = 64 << 20 };

/* A walk over the words of a clause. */
struct walk {
	struct stage *stage;
	const struct script_word *words;
	size_t count, next;
};

static const struct script_word *peek(const struct walk *walk)
{
	return walk->next < walk->count ? &walk->words[walk->next] : NULL;
}

static const struct script_word *take(struct walk *walk)
{
	return walk->next < walk->count ? &walk->words[walk->next++] : NULL;
}

static bool take_if(struct walk *walk, const char *text)
{
	const struct script_word *word = peek(walk);

	if (!word || !script_is(word, text))
		return false;
	walk->next++;
	return true;
}

static bool take_time(struct walk *walk, int64_t *us)
{
	const struct script_word *word = take(walk);

	return (word && script_time(word->text, us)) ||
	       stage_fail(walk->stage, "a time is missing");
}

static bool take_number(struct walk *walk, long *out)
{
	const struct script_word *word = take(walk);
	char *end = NULL;

	if (word)
		*out = strtol(word->text, &end, 10);
	return (end && *end == '\0') || stage_fail(walk->stage, "a number is missing");
}

static bool take_text(struct walk *walk, const struct script_word **out)
{
	*out = take(walk);
	return (*out && (*out)->quoted) || stage_fail(walk->stage, "a quoted text is missing");
}

/* -- peer [ADDRESS] action, action... -- */

struct peer_draft {
	struct fake_peer peer;
	struct fake_step steps[STEPS_MAX];
	char *long_text;
	char head[32];
};

static bool add_step(struct walk *walk, struct peer_draft *draft, enum fake_action action,
		     const struct script_word *bytes)
{
	struct fake_step *step = &draft->steps[draft->peer.step_count];

	if (draft->peer.step_count == STEPS_MAX)
		return stage_fail(walk->stage, "more than %d actions", STEPS_MAX);
	*step = (struct fake_step){ .action = action };
	if (bytes) {
		step->bytes = bytes->text;
		step->len = bytes->len;
	}
	draft->peer.step_count++;
	return true;
}

/* repeats N "text": sends it so often. */
static bool add_repeat(struct walk *walk, struct peer_draft *draft)
{
	const struct script_word *text;
	struct script_word whole = { .quoted = true };
	long times;

	if (!take_number(walk, &times) || !take_text(walk, &text))
		return false;
	whole.len = text->len * (size_t)times;
	if (whole.len > REPEAT_MAX_BYTES || draft->long_text)
		return stage_fail(walk->stage, "too much to repeat");
	draft->long_text = malloc(whole.len + 1);
	if (!draft->long_text)
		return stage_fail(walk->stage, "no memory");
	for (size_t i = 0; i < whole.len; i++)
		draft->long_text[i] = text->text[i % text->len];
	whole.text = draft->long_text;
	return add_step(walk, draft, FAKE_SEND, &whole);
}

/* bulk "text": sends it as Redis sends a long text, with its length before it. */
static bool add_bulk(struct walk *walk, struct peer_draft *draft)
{
	const struct script_word *text;
	struct script_word end = { .text = "\r\n", .len = 2 };
	struct script_word head = { .text = draft->head };

	if (!take_text(walk, &text))
		return false;
	head.len = (size_t)snprintf(draft->head, sizeof(draft->head), "$%zu\r\n", text->len);
	return add_step(walk, draft, FAKE_SEND, &head) && add_step(walk, draft, FAKE_SEND, text) &&
	       add_step(walk, draft, FAKE_SEND, &end);
}

/* certificate good|"what is wrong" expires TIME */
static bool set_certificate(struct walk *walk, struct peer_draft *draft)
{
	struct io_certificate *certificate = &draft->peer.certificate;
	const struct script_word *word = take(walk);
	int64_t left_us;

	if (!word || !take_if(walk, "expires") || !take_time(walk, &left_us))
		return stage_fail(walk->stage, "certificate good|\"what is wrong\" expires TIME");
	certificate->present = true;
	certificate->verified = !word->quoted;
	if (word->quoted)
		snprintf(certificate->verify_error, sizeof(certificate->verify_error), "%s",
			 word->text);
	certificate->not_after.us = io_loop_wall(walk->stage->loop).us + left_us;
	certificate->chain_not_after = certificate->not_after;
	certificate->not_before.us = certificate->not_after.us - 365 * 86400 * BW_SECOND_US;
	certificate->chain_length = 2;
	snprintf(certificate->subject, sizeof(certificate->subject), "peer.example");
	snprintf(certificate->issuer, sizeof(certificate->issuer), "Fake Authority");
	snprintf(certificate->alternative_names, sizeof(certificate->alternative_names),
		 "peer.example");
	snprintf(certificate->protocol, sizeof(certificate->protocol), "TLSv1.3");
	snprintf(certificate->cipher, sizeof(certificate->cipher), "TLS_AES_256_GCM_SHA384");
	return true;
}

static bool connect_action(struct peer_draft *draft, const struct script_word *word)
{
	static const struct {
		const char *word;
		enum io_failure failure;
	} rows[] = { { "accepts", IO_OK },
		     { "refuses", IO_REFUSED },
		     { "unreachable", IO_UNREACHABLE },
		     { "starved", IO_NO_RESOURCES } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!script_is(word, rows[i].word))
			continue;
		draft->peer.connect = rows[i].failure;
		return true;
	}
	if (!script_is(word, "ignores"))
		return false;
	draft->peer.mute = true;
	return true;
}

static bool timed_action(struct walk *walk, struct peer_draft *draft,
			 const struct script_word *word)
{
	int64_t us;

	if (!take_time(walk, &us))
		return false;
	if (script_is(word, "takes")) {
		draft->peer.connect_us = us;
		return true;
	}
	if (!add_step(walk, draft, FAKE_WAIT, NULL))
		return false;
	draft->steps[draft->peer.step_count - 1].us = us;
	return true;
}

static bool peer_action(struct walk *walk, struct peer_draft *draft)
{
	const struct script_word *word = take(walk), *text;
	long number;

	if (connect_action(draft, word))
		return true;
	if (script_is(word, "sends"))
		return take_text(walk, &text) && add_step(walk, draft, FAKE_SEND, text);
	if (script_is(word, "awaits"))
		return take_text(walk, &text) && add_step(walk, draft, FAKE_AWAIT, text);
	if (script_is(word, "bulk"))
		return add_bulk(walk, draft);
	if (script_is(word, "repeats"))
		return add_repeat(walk, draft);
	if (script_is(word, "waits") || script_is(word, "takes"))
		return timed_action(walk, draft, word);
	if (script_is(word, "closes"))
		return add_step(walk, draft, FAKE_END, NULL);
	if (script_is(word, "resets"))
		return add_step(walk, draft, FAKE_RESET, NULL);
	if (script_is(word, "certificate"))
		return set_certificate(walk, draft);
	if (script_is(word, "plain"))
		return draft->peer.plain = true;
	if (!script_is(word, "piecewise"))
		return stage_fail(walk->stage, "a peer cannot `%s`", word->text);
	if (!take_number(walk, &number))
		return false;
	draft->peer.piece = (size_t)number;
	return true;
}

static bool is_address(const struct script_word *word)
{
	return word && !word->quoted && strpbrk(word->text, ":/") != NULL;
}

static bool act_peer(struct walk *walk)
{
	struct peer_draft draft = { 0 };
	const char *address = NULL;
	bool good = true;

	if (is_address(peek(walk)))
		address = take(walk)->text;
	while (good && peek(walk)) {
		if (!take_if(walk, ","))
			good = peer_action(walk, &draft);
	}
	draft.peer.steps = draft.steps;
	if (good)
		fake_peer_set(walk->stage->loop, address, &draft.peer);
	free(draft.long_text);
	return good;
}

/* -- name HOST is known|unknown|unanswered -- */
static bool act_name(struct walk *walk)
{
	const struct script_word *name = take(walk), *state;

	take_if(walk, "is");
	state = take(walk);
	if (!state)
		return stage_fail(walk->stage, "name HOST is known|unknown|unanswered");
	if (script_is(state, "known"))
		fake_name_fails(walk->stage->loop, name->text, IO_OK);
	else if (script_is(state, "unknown"))
		fake_name_fails(walk->stage->loop, name->text, IO_NO_SUCH_NAME);
	else if (script_is(state, "unanswered"))
		fake_name_fails(walk->stage->loop, name->text, IO_NO_RESOLVER);
	else
		return stage_fail(walk->stage, "a name cannot be `%s`", state->text);
	return true;
}

/* -- dns answers "1.2.3.4"... [ttl N] [after TIME] | says RCODE | silent | lost -- */

static bool dns_answers(struct walk *walk, struct io_dns_answer *answer, int64_t *delay_us)
{
	long ttl = 300;

	while (peek(walk) && peek(walk)->quoted) {
		if (answer->count == IO_DNS_ANSWERS_MAX)
			return stage_fail(walk->stage, "too many answers");
		snprintf(answer->text[answer->count++], IO_DNS_TEXT_MAX, "%s", take(walk)->text);
	}
	if (take_if(walk, "ttl") && !take_number(walk, &ttl))
		return false;
	if (take_if(walk, "after") && !take_time(walk, delay_us))
		return false;
	answer->total = answer->count;
	answer->min_ttl_s = answer->count > 0 ? (int)ttl : -1;
	return true;
}

static const char *static_rcode(const char *text)
{
	static const char *const rcodes[] = { "NOERROR",  "FORMERR", "SERVFAIL",
					      "NXDOMAIN", "NOTIMP",  "REFUSED" };

	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++)
		if (strcmp(rcodes[i], text) == 0)
			return rcodes[i];
	return "UNKNOWN";
}

static bool act_dns(struct walk *walk)
{
	struct io_dns_answer answer = { .rcode = "NOERROR", .min_ttl_s = -1 };
	enum io_failure failure = IO_OK;
	int64_t delay_us = 1000;

	if (take_if(walk, "silent"))
		failure = IO_TIMED_OUT;
	else if (take_if(walk, "refuses"))
		failure = IO_REFUSED;
	else if (take_if(walk, "lost"))
		failure = IO_NO_RESOLVER;
	else if (take_if(walk, "answers")) {
		if (!dns_answers(walk, &answer, &delay_us))
			return false;
	} else if (take_if(walk, "says") && peek(walk))
		answer.rcode = static_rcode(take(walk)->text);
	else
		return stage_fail(walk->stage, "dns answers|says|silent|refuses|lost");
	fake_dns_set(walk->stage->loop, &answer, failure, delay_us);
	return true;
}

/* -- child exits N|dies SIGNAL|hangs|missing|starved [prints "..."] [complains "..."] [after T] --
 */

static bool child_word(struct walk *walk, struct fake_child *child)
{
	const struct script_word *word = take(walk), *text;
	long number = 0;

	if (script_is(word, "hangs"))
		return child->endless = true;
	if (script_is(word, "missing") || script_is(word, "starved")) {
		child->start = script_is(word, "missing") ? BW_ENOTFOUND : BW_EIO;
		return true;
	}
	if (script_is(word, "after"))
		return take_time(walk, &child->runs_us);
	if (script_is(word, "exits") || script_is(word, "dies")) {
		if (!take_number(walk, &number))
			return false;
		child->exit_code = script_is(word, "exits") ? (int)number : -1;
		child->signal = script_is(word, "dies") ? (int)number : 0;
		return true;
	}
	if (!script_is(word, "prints") && !script_is(word, "complains"))
		return stage_fail(walk->stage, "a child cannot `%s`", word->text);
	if (!take_text(walk, &text))
		return false;
	if (script_is(word, "prints")) {
		child->output = text->text;
		child->output_len = text->len;
	} else {
		child->errors = text->text;
		child->errors_len = text->len;
	}
	return true;
}

static bool act_child(struct walk *walk)
{
	struct fake_child child = { .output = "", .errors = "" };

	while (peek(walk))
		if (!take_if(walk, ",") && !child_word(walk, &child))
			return false;
	fake_child_set(walk->stage->loop, &child);
	return true;
}

/* -- wall +1h -- */
static bool act_wall(struct walk *walk)
{
	int64_t us;

	if (!take_time(walk, &us))
		return false;
	fake_shift_wall(walk->stage->loop, us);
	return true;
}

/* -- file NAME holds "text" [aged TIME] | gone -- */

static bool write_file(struct stage *stage, const char *path, const struct script_word *text,
		       int64_t age_us)
{
	int64_t us = io_loop_wall(stage->loop).us - age_us;
	struct timespec times[2];
	FILE *file;

	times[0].tv_sec = us / BW_SECOND_US;
	times[0].tv_nsec = us % BW_SECOND_US * 1000;
	times[1] = times[0];
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "we");
	if (!file)
		return stage_fail(stage, "cannot write %s", path);
	fwrite(text->text, 1, text->len, file);
	fclose(file);
	return utimensat(AT_FDCWD, path, times, 0) == 0 || stage_fail(stage, "cannot age %s", path);
}

static bool act_file(struct walk *walk)
{
	struct stage *stage = walk->stage;
	const struct script_word *name = take(walk), *text;
	char path[2 * STAGE_PATH_MAX];
	int64_t age_us = 0;

	if (!name)
		return stage_fail(stage, "file NAME holds \"...\" [aged TIME] | gone");
	snprintf(path, sizeof(path), "%s/%s", stage->folder, name->text);
	if (take_if(walk, "gone"))
		return unlink(path) == 0 || stage_fail(stage, "cannot remove %s", path);
	if (!take_if(walk, "holds") || !take_text(walk, &text))
		return stage_fail(stage, "file NAME holds \"...\" [aged TIME] | gone");
	if (take_if(walk, "aged") && !take_time(walk, &age_us))
		return false;
	return write_file(stage, path, text, age_us);
}

/* -- report NAME HEALTH ["error"] ; run NAME ; stop -- */

static struct component *take_component(struct walk *walk)
{
	const struct script_word *name = take(walk);
	struct component *found =
		name && walk->stage->engine ? engine_find(walk->stage->engine, name->text) : NULL;

	if (!found)
		stage_fail(walk->stage, "there is no component `%s`", name ? name->text : "");
	return found;
}

static bool act_report(struct walk *walk)
{
	struct component *component = take_component(walk);
	const struct script_word *health = take(walk), *text = NULL;
	struct check_report report = { 0 };
	struct bw_error err;

	if (!component || !health || bw_health_parse(health->text, &report.health) != BW_OK)
		return stage_fail(walk->stage, "report NAME HEALTH [\"error\"]");
	if (peek(walk) && take_text(walk, &text))
		report.error = text->text;
	return component_report(component, &report, &err) == BW_OK ||
	       stage_fail(walk->stage, "%s", err.text);
}

static bool act_run(struct walk *walk)
{
	struct component *component = take_component(walk);

	return component && (component_check_now(component) == BW_OK ||
			     stage_fail(walk->stage, "a run is under way already"));
}

static bool act_stop(struct walk *walk)
{
	engine_destroy(walk->stage->engine);
	walk->stage->engine = NULL;
	return true;
}

bool stage_act(struct stage *stage, const struct script_clause *clause)
{
	static const struct {
		const char *verb;
		bool (*act)(struct walk *walk);
	} verbs[] = { { "child", act_child }, { "dns", act_dns },   { "file", act_file },
		      { "name", act_name },   { "peer", act_peer }, { "report", act_report },
		      { "run", act_run },     { "stop", act_stop }, { "wall", act_wall } };
	struct walk walk = { .stage = stage, .words = clause->words, .count = clause->count };
	const struct script_word *verb = take(&walk);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (script_is(verb, verbs[i].verb))
			return verbs[i].act(&walk);
	return stage_fail(stage, "unknown verb `%s`", verb->text);
}
