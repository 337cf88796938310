/* replay.c - a fuzzer without the fuzzing: its corpus, and bytes made from a fixed seed.
 *
 *     replay_NAME FILE...
 *
 * So the seeds are proved on every run of the tests, with any compiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE_MAX_BYTES = 1 << 20, RANDOM_RUNS = 3000, RANDOM_BYTES_MAX = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int play(const char *path, uint8_t *data)
{
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, SIZE_MAX_BYTES, file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	return 0;
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Bytes that protocols are made of come more often than others. */
static void play_random(uint8_t *data)
{
	static const char common[] = "\r\n :+-$*0123456789HTTP/1.1 {}[]\",";
	uint64_t state = 88172645463325252u;

	for (int run = 0; run < RANDOM_RUNS; run++) {
		size_t size = next(&state) % RANDOM_BYTES_MAX;

		for (size_t i = 0; i < size; i++)
			data[i] = next(&state) % 4
					  ? (uint8_t)common[next(&state) % (sizeof(common) - 1)]
					  : (uint8_t)next(&state);
		LLVMFuzzerTestOneInput(data, size);
	}
}

int main(int argc, char **argv)
{
	uint8_t *data = malloc(SIZE_MAX_BYTES);
	int failed = data == NULL;

	for (int i = 1; i < argc && data; i++)
		failed |= play(argv[i], data);
	if (data)
		play_random(data);
	free(data);
	return failed;
}
