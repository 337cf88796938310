/* xalloc.c - allocation that returns or ends the process. */
#include "base/xalloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

enum { EXIT_SYSTEM = 71 };

void xalloc_die(void)
{
	static const char line[] =
		"bellwether: out of memory: stopping; give the process more memory\n";

	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_SYSTEM);
	_exit(EXIT_SYSTEM);
}

void xalloc_must(enum bw_status status)
{
	if (status == BW_ENOMEM)
		xalloc_die();
	bw_assert(status == BW_OK);
}

static void *need(void *block)
{
	if (!block)
		xalloc_die();
	return block;
}

void *xmalloc(size_t size)
{
	return need(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return need(count && size ? calloc(count, size) : calloc(1, 1));
}

void *xrealloc(void *block, size_t size)
{
	return need(realloc(block, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t len)
{
	size_t length = strnlen(text, len);
	char *copy = xmalloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

struct bw_arena *xarena_create(void)
{
	return need(bw_arena_create(0));
}

void *xarena_alloc(struct bw_arena *arena, size_t size)
{
	return need(bw_arena_alloc(arena, size));
}

char *xarena_text(struct bw_arena *arena, const char *text)
{
	return need(bw_arena_text(arena, text));
}
