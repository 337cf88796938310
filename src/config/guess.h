/* guess.h - what a misspelt word was meant to be.
 *
 * Threads: any.
 */
#ifndef BW_CONFIG_GUESS_H
#define BW_CONFIG_GUESS_H

#include <stddef.h>

/* Collects the best of the candidates it is shown. Start with config_guess_init(). */
struct config_guess {
	const char *word;
	const char *alias; /* what others call `word`; private */
	const char *best;  /* NULL: nothing is near enough; borrowed */
	size_t distance;
};

void config_guess_init(struct config_guess *guess, const char *word);
void config_guess_add(struct config_guess *guess, const char *candidate);

#endif
