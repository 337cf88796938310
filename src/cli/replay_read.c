/* replay_read.c - two tables of keys, one of a configuration and one of a step, and one reader.
 *
 * A row says the type of a key and where its value goes. Several rows with one offset are names for
 * the same thing; the first is the one that messages use.
 */
#include "cli/replay_read.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/status.h"
#include "config/guess.h"

/* Some 30,000 years, so that microseconds and their sums stay in range; what a breaker takes is
 * checked by the breaker. */
#define SECONDS_MAX 1e12

enum { OUTCOMES = BW_BREAKER_REJECTED_LOCAL + 1, STRATEGIES = BW_BREAKER_TIMEOUT_RATE + 1 };

enum key_type {
	KEY_SECONDS,      /* int64_t, microseconds */
	KEY_MILLISECONDS, /* the same, from milliseconds */
	KEY_LENGTH,       /* as KEY_SECONDS, and never negative */
	KEY_COUNT,        /* int */
	KEY_TIMES,        /* int64_t, 1 .. REPLAY_TIMES_MAX */
	KEY_NUMBER,       /* double */
	KEY_BOOL,
	KEY_TEXT,     /* const char *, borrowed */
	KEY_OUTCOME,  /* enum bw_breaker_outcome */
	KEY_STRATEGY, /* enum bw_breaker_strategy */
	KEY_DO,       /* enum replay_do */
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	bool or_null; /* null: as if it were not there */
};

#define CONFIG(member) offsetof(struct bw_breaker_config, member)
#define STEP(member) offsetof(struct replay_step, member)

static const struct key config_keys[] = {
	{ "strategy", KEY_STRATEGY, CONFIG(strategy) },
	{ "failure_threshold", KEY_COUNT, CONFIG(failure_threshold) },
	{ "failure_rate_threshold", KEY_NUMBER, CONFIG(failure_rate_threshold) },
	{ "timeout_threshold", KEY_SECONDS, CONFIG(timeout_threshold_us) },
	{ "recovery_timeout", KEY_SECONDS, CONFIG(recovery_timeout_us) },
	{ "success_threshold", KEY_COUNT, CONFIG(success_threshold) },
	{ "window_size", KEY_SECONDS, CONFIG(window_us) },
	{ "window", KEY_SECONDS, CONFIG(window_us) },
	{ "minimum_calls", KEY_COUNT, CONFIG(minimum_calls) },
	{ "min_calls", KEY_COUNT, CONFIG(minimum_calls) },
	{ "minimum_volume", KEY_COUNT, CONFIG(minimum_calls) },
	{ "max_probes", KEY_COUNT, CONFIG(max_probes), true },
	{ "retry_multiplier", KEY_NUMBER, CONFIG(retry_multiplier) },
	{ "multiplier", KEY_NUMBER, CONFIG(retry_multiplier) },
	{ "mult", KEY_NUMBER, CONFIG(retry_multiplier) },
	{ "retry_jitter", KEY_NUMBER, CONFIG(retry_jitter) },
	{ "jitter", KEY_NUMBER, CONFIG(retry_jitter) },
	{ "max_open", KEY_SECONDS, CONFIG(max_open_us), true },
	{ "lump_ms", KEY_MILLISECONDS, CONFIG(lump_us) },
	{ "lump", KEY_SECONDS, CONFIG(lump_us) },
	{ "min_failing_workers", KEY_COUNT, CONFIG(min_failing_workers) },
	{ "slow_success_counts", KEY_BOOL, CONFIG(slow_success_counts) },
	{ "slow_threshold", KEY_SECONDS, CONFIG(slow_threshold_us), true },
	{ "slow_success_threshold", KEY_SECONDS, CONFIG(slow_threshold_us), true },
};

enum {
	KEY_AT,
	KEY_WHAT,
	KEY_AS,
	KEY_HOW,
	KEY_DURATION,
	KEY_REPEAT,
	KEY_FOR,
	KEY_UNTIL,
};

static const struct key step_keys[] = {
	[KEY_AT] = { "at", KEY_SECONDS, STEP(at_us) },
	[KEY_WHAT] = { "do", KEY_DO, STEP(what) },
	[KEY_AS] = { "as", KEY_TEXT, STEP(as) },
	[KEY_HOW] = { "outcome", KEY_OUTCOME, STEP(outcome) },
	[KEY_DURATION] = { "duration", KEY_LENGTH, STEP(duration_us) },
	[KEY_REPEAT] = { "times", KEY_TIMES, STEP(times) },
	[KEY_FOR] = { "seconds", KEY_LENGTH, STEP(seconds_us) },
	[KEY_UNTIL] = { "until", KEY_SECONDS, STEP(until_us) },
};

enum { CONFIG_KEYS = sizeof config_keys / sizeof config_keys[0] };
enum { STEP_KEYS = sizeof step_keys / sizeof step_keys[0] };

#define BIT(key) (1U << (key))

static const struct step_kind {
	const char *name;
	unsigned must, may; /* bits of step_keys; `at` and `do` are understood */
} step_kinds[] = {
	[REPLAY_ACQUIRE] = { "acquire", 0, BIT(KEY_AS) },
	[REPLAY_CALL] = { "call", BIT(KEY_HOW), BIT(KEY_DURATION) | BIT(KEY_REPEAT) },
	[REPLAY_DISABLE] = { "disable", 0, 0 },
	[REPLAY_ENABLE] = { "enable", 0, 0 },
	[REPLAY_FORCE_OPEN] = { "force_open", 0, 0 },
	[REPLAY_METRICS_ONLY] = { "metrics_only", 0, 0 },
	[REPLAY_OPEN_FOR] = { "open_for", BIT(KEY_FOR), 0 },
	[REPLAY_OPEN_UNTIL] = { "open_until", BIT(KEY_UNTIL), 0 },
	[REPLAY_RECORD] = { "record", BIT(KEY_AS) | BIT(KEY_HOW), BIT(KEY_DURATION) },
	[REPLAY_RESET] = { "reset", 0, 0 },
	[REPLAY_SNAPSHOT] = { "snapshot", 0, 0 },
};

enum { STEP_KINDS = sizeof step_kinds / sizeof step_kinds[0] };

struct reader {
	const struct key *keys;
	size_t count;
	void *out;
	uint32_t seen; /* a bit for each row; of several names of one thing, the first row's */
	struct bw_error *err;
};

/* --- words --- */

static const char *outcome_name(size_t nth)
{
	return nth < OUTCOMES ? bw_breaker_outcome_text((enum bw_breaker_outcome)nth) : NULL;
}

static const char *strategy_name(size_t nth)
{
	return nth < STRATEGIES ? bw_breaker_strategy_text((enum bw_breaker_strategy)nth) : NULL;
}

static const char *step_name(size_t nth)
{
	return nth < STEP_KINDS ? step_kinds[nth].name : NULL;
}

typedef const char *nth_name(size_t nth);

/* The place of `word` among the names; it is also the value of the enum. */
static enum bw_status read_word(const struct reader *reader, const struct key *key,
				const json_t *value, nth_name *name)
{
	unsigned *out = (unsigned *)((char *)reader->out + key->offset);
	const char *word = json_string_value(value);
	struct config_guess guess;
	size_t nth = 0;

	if (!word)
		return bw_fail(reader->err, BW_EPARSE, "%s: a word in quotes expected", key->name);
	config_guess_init(&guess, word);
	for (; name(nth); nth++) {
		if (strcmp(name(nth), word) == 0) {
			*out = (unsigned)nth;
			return BW_OK;
		}
		config_guess_add(&guess, name(nth));
	}
	return bw_fail(reader->err, BW_EPARSE, "%s: there is no `%.40s`%s%s%s", key->name, word,
		       guess.best ? "; did you mean `" : "", guess.best ? guess.best : "",
		       guess.best ? "`?" : "");
}

/* --- numbers --- */

static enum bw_status read_time(const struct reader *reader, const struct key *key,
				const json_t *value)
{
	double scale = key->type == KEY_MILLISECONDS ? 1e3 : 1e6;
	const char *unit = key->type == KEY_MILLISECONDS ? "milliseconds" : "seconds";
	double number = json_number_value(value);

	if (!json_is_number(value))
		return bw_fail(reader->err, BW_EPARSE, "%s: %s as a number expected", key->name,
			       unit);
	if (fabs(number) > SECONDS_MAX)
		return bw_fail(reader->err, BW_EPARSE, "%s: %g %s are beyond every clock",
			       key->name, number, unit);
	if (key->type == KEY_LENGTH && number < 0)
		return bw_fail(reader->err, BW_EPARSE, "%s: must not be negative", key->name);
	*(int64_t *)((char *)reader->out + key->offset) = llround(number * scale);
	return BW_OK;
}

/* 3 and 3.0 alike: what writes JSON often knows only one kind of number. */
static bool whole_number(const json_t *value, int64_t *out)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number != trunc(number) || fabs(number) > INT_MAX)
		return false;
	*out = (int64_t)number;
	return true;
}

static enum bw_status read_count(const struct reader *reader, const struct key *key,
				 const json_t *value)
{
	char *out = (char *)reader->out + key->offset;
	int64_t number;

	if (!whole_number(value, &number))
		return bw_fail(reader->err, BW_EPARSE, "%s: a whole number expected", key->name);
	if (key->type == KEY_COUNT) {
		*(int *)out = (int)number;
		return BW_OK;
	}
	if (number < 1 || number > REPLAY_TIMES_MAX)
		return bw_fail(reader->err, BW_EPARSE, "%s: must be 1 to %d", key->name,
			       REPLAY_TIMES_MAX);
	*(int64_t *)out = number;
	return BW_OK;
}

/* --- one value --- */

static enum bw_status read_value(const struct reader *reader, const struct key *key,
				 const json_t *value)
{
	char *out = (char *)reader->out + key->offset;

	switch (key->type) {
	case KEY_SECONDS:
	case KEY_MILLISECONDS:
	case KEY_LENGTH:
		return read_time(reader, key, value);
	case KEY_COUNT:
	case KEY_TIMES:
		return read_count(reader, key, value);
	case KEY_NUMBER:
		if (!json_is_number(value))
			return bw_fail(reader->err, BW_EPARSE, "%s: a number expected", key->name);
		*(double *)out = json_number_value(value);
		return BW_OK;
	case KEY_BOOL:
		if (!json_is_boolean(value))
			return bw_fail(reader->err, BW_EPARSE, "%s: true or false expected",
				       key->name);
		*(bool *)out = json_is_true(value);
		return BW_OK;
	case KEY_TEXT:
		if (json_string_length(value) == 0)
			return bw_fail(reader->err, BW_EPARSE, "%s: a name in quotes expected",
				       key->name);
		*(const char **)out = json_string_value(value);
		return BW_OK;
	case KEY_OUTCOME:
		return read_word(reader, key, value, outcome_name);
	case KEY_STRATEGY:
		return read_word(reader, key, value, strategy_name);
	case KEY_DO:
		return read_word(reader, key, value, step_name);
	}
	return BW_EINVAL;
}

static enum bw_status complain_of_key(const struct reader *reader, const char *name)
{
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (size_t i = 0; i < reader->count; i++)
		config_guess_add(&guess, reader->keys[i].name);
	return bw_fail(reader->err, BW_EPARSE, "there is no `%.40s` here%s%s%s", name,
		       guess.best ? "; did you mean `" : "", guess.best ? guess.best : "",
		       guess.best ? "`?" : "");
}

static enum bw_status read_member(struct reader *reader, const char *name, const json_t *value)
{
	size_t row = 0, first = 0;

	while (row < reader->count && strcmp(reader->keys[row].name, name) != 0)
		row++;
	if (row == reader->count)
		return complain_of_key(reader, name);
	while (reader->keys[first].offset != reader->keys[row].offset)
		first++;
	if (reader->seen & 1U << first)
		return bw_fail(reader->err, BW_EPARSE, "%s: named twice, as `%s` too", name,
			       reader->keys[first].name);
	if (json_is_null(value) && reader->keys[row].or_null)
		return BW_OK;
	reader->seen |= 1U << first;
	return read_value(reader, &reader->keys[row], value);
}

static enum bw_status read_members(struct reader *reader, json_t *object)
{
	enum bw_status status = BW_OK;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		status = read_member(reader, name, value);
		if (status != BW_OK)
			break;
	}
	return status;
}

/* --- lines --- */

static enum bw_status parse(const char *line, size_t len, json_t **out, struct bw_error *err)
{
	json_error_t error;
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);

	if (!root && json_error_code(&error) == json_error_out_of_memory)
		return bw_fail(err, BW_ENOMEM, "no memory");
	if (!root)
		return bw_fail(err, BW_EPARSE, "not JSON at column %d: %s", error.column,
			       error.text);
	if (!json_is_object(root)) {
		json_decref(root);
		return bw_fail(err, BW_EPARSE, "an object in braces expected");
	}
	*out = root;
	return BW_OK;
}

enum bw_status replay_config_read(const char *line, size_t len, struct bw_breaker_config *out,
				  struct bw_error *err)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct reader reader = { config_keys, CONFIG_KEYS, &config, 0, err };
	json_t *root = NULL, *object;
	enum bw_status status = parse(line, len, &root, err);

	if (status != BW_OK)
		return status;
	object = json_object_get(root, "config");
	if (!json_is_object(object) || json_object_size(root) != 1)
		status = bw_fail(err, BW_EPARSE,
				 "the first line must be {\"config\": {...}}, and nothing else");
	else
		status = read_members(&reader, object);
	if (status == BW_OK && bw_breaker_config_check(&config, err) != BW_OK)
		status = BW_EPARSE;
	if (status == BW_OK)
		*out = config;
	json_decref(root);
	return status;
}

/* The keys that this kind of step needs are there, and no others. */
static enum bw_status check_keys(const struct replay_step *step, uint32_t seen,
				 struct bw_error *err)
{
	const struct step_kind *kind = &step_kinds[step->what];

	for (unsigned key = KEY_AS; key < STEP_KEYS; key++) {
		bool has = seen & BIT(key);

		if (!has && kind->must & BIT(key))
			return bw_fail(err, BW_EPARSE, "%s needs `%s`", kind->name,
				       step_keys[key].name);
		if (has && !((kind->must | kind->may) & BIT(key)))
			return bw_fail(err, BW_EPARSE, "%s has no use for `%s`", kind->name,
				       step_keys[key].name);
	}
	return BW_OK;
}

enum bw_status replay_step_read(const char *line, size_t len, struct replay_step *out,
				struct bw_error *err)
{
	struct replay_step step = { .times = 1 };
	struct reader reader = { step_keys, STEP_KEYS, &step, 0, err };
	enum bw_status status = parse(line, len, &step.root, err);

	if (status == BW_OK && json_object_get(step.root, "config"))
		status = bw_fail(err, BW_EPARSE, "the configuration stands in the first line only");
	if (status == BW_OK)
		status = read_members(&reader, step.root);
	if (status == BW_OK && !(reader.seen & BIT(KEY_WHAT)))
		status = bw_fail(err, BW_EPARSE, "`do` is missing; what shall be done?");
	if (status == BW_OK)
		status = check_keys(&step, reader.seen, err);
	if (status != BW_OK) {
		replay_step_finish(&step);
		return status;
	}
	step.has_at = reader.seen & BIT(KEY_AT);
	*out = step;
	return BW_OK;
}

void replay_step_finish(struct replay_step *step)
{
	json_decref(step->root);
	step->root = NULL;
}
