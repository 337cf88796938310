/* main.c - `bellwether eval [--last] [FILE]`. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "eval/eval.h"

enum { EXIT_USAGE = 64, EXIT_NO_INPUT = 66 };

int main(int argc, char **argv)
{
	bool only_last = argc > 2 && strcmp(argv[2], "--last") == 0;
	const char *path = argc > 2 + only_last ? argv[2 + only_last] : "-";
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in;
	int result;

	if (argc < 2 || strcmp(argv[1], "eval") != 0) {
		(void)fprintf(stderr, "usage: bellwether eval [--last] [FILE]\n");
		return EXIT_USAGE;
	}
	in = is_stdin ? stdin : fopen(path, "re");
	if (!in) {
		perror(path);
		return EXIT_NO_INPUT;
	}
	result = eval_run(in, stdout, stderr, only_last);
	if (!is_stdin)
		(void)fclose(in);
	return result;
}
