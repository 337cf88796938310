/* guess.c - Damerau-Levenshtein distance (optimal string alignment) and a few words that other
 * monitors use for the same thing.
 *
 * A third of the word may be wrong. Longer words than WORD_MAX get no guess: nobody types them.
 */
#include "config/guess.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 64 };

static const char *const aliases[][2] = {
	{ "addr", "listen" },
	{ "address", "listen" },
	{ "args", "command" },
	{ "bind", "listen" },
	{ "check_interval", "every" },
	{ "cmd", "command" },
	{ "dependencies", "depends_on" },
	{ "deps", "depends_on" },
	{ "desc", "description" },
	{ "frequency", "every" },
	{ "interval", "every" },
	{ "latency", "within" },
	{ "max_latency", "within" },
	{ "max_response_time", "within" },
	{ "optional", "degraded_if_down" },
	{ "period", "every" },
	{ "poll_interval", "every" },
	{ "requires", "depends_on" },
	{ "retention", "history" },
	{ "services", "components" },
	{ "statement", "query" },
	{ "targets", "components" },
};

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1], a_len = strlen(a), b_len = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		above[j] = before[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1, row[j]);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

void config_guess_init(struct config_guess *guess, const char *word)
{
	size_t len = strlen(word), allowed = len / 3;

	*guess = (struct config_guess){ .word = word };
	guess->distance = (allowed > 0 ? allowed : 1) + 1;
	if (len < 2)
		guess->distance = 0;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcmp(word, aliases[i][0]) == 0)
			guess->alias = aliases[i][1];
}

/* No nearer than the difference of the lengths. */
static bool may_be_near(const struct config_guess *guess, const char *candidate)
{
	size_t a = strlen(guess->word), b = strlen(candidate);

	return (a > b ? a - b : b - a) < guess->distance;
}

void config_guess_add(struct config_guess *guess, const char *candidate)
{
	size_t found = SIZE_MAX;

	if (guess->alias && strcmp(candidate, guess->alias) == 0)
		found = 0;
	if (found > 0 && may_be_near(guess, candidate))
		found = distance(guess->word, candidate);
	if (found >= guess->distance)
		return;
	guess->best = candidate;
	guess->distance = found;
}
