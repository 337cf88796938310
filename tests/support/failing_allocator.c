/* failing_allocator.c - counts down through the linker's --wrap. */
#include "support/failing_allocator.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

static struct {
	bool armed, failed;
	long left;
} allocator;

static bool must_fail(void)
{
	if (!allocator.armed || allocator.failed)
		return false;
	allocator.failed = allocator.left-- == 0;
	return allocator.failed;
}

void failing_allocator_arm(long nth)
{
	allocator.armed = true;
	allocator.failed = false;
	allocator.left = nth;
}

bool failing_allocator_disarm(void)
{
	allocator.armed = false;
	return allocator.failed;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return must_fail() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
	return must_fail() ? NULL : __real_strdup(text);
}
