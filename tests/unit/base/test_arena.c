#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/failing_allocator.h"

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
	struct bw_arena *arena = bw_arena_create(0);
	char *last = NULL;

	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *block = bw_arena_alloc(arena, size);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
		assert_ptr_not_equal(block, last);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(block[i], 0);
		memset(block, 0xff, size);
		last = (char *)block;
	}
	bw_arena_destroy(arena);
}

static void a_large_block_leaves_the_rest_of_the_chunk_in_use(void **state)
{
	struct bw_arena *arena = bw_arena_create(0);
	char *first = bw_arena_alloc(arena, 16);
	char *large = bw_arena_alloc(arena, 1 << 20);
	char *second = bw_arena_alloc(arena, 16);

	memset(large, 1, 1 << 20);
	assert_int_equal(second - first, 16);
	bw_arena_destroy(arena);
}

static void the_limit_counts_all_blocks(void **state)
{
	struct bw_arena *arena = bw_arena_create(1024);

	assert_non_null(bw_arena_alloc(arena, 1000));
	assert_null(bw_arena_alloc(arena, 32));
	assert_non_null(bw_arena_alloc(arena, 16));
	assert_null(bw_arena_alloc(arena, 0));
	assert_null(bw_arena_alloc(arena, SIZE_MAX));
	bw_arena_destroy(arena);
}

static void texts_are_copies(void **state)
{
	struct bw_arena *arena = bw_arena_create(0);
	char text[] = "one two";
	char *copy = bw_arena_text(arena, text), *part = bw_arena_text_len(arena, text + 4, 2);

	text[0] = 'X';
	assert_string_equal(copy, "one two");
	assert_string_equal(part, "tw");
	assert_string_equal(bw_arena_text_len(arena, NULL, 0), "");
	bw_arena_destroy(arena);
}

static void no_memory_is_null(void **state)
{
	struct bw_arena *arena;

	failing_allocator_arm(0);
	assert_null(bw_arena_create(0));
	assert_true(failing_allocator_disarm());
	arena = bw_arena_create(0);
	failing_allocator_arm(0);
	assert_null(bw_arena_alloc(arena, 10));
	assert_true(failing_allocator_disarm());
	assert_non_null(bw_arena_alloc(arena, 10));
	bw_arena_destroy(arena);
	bw_arena_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_block_leaves_the_rest_of_the_chunk_in_use),
		cmocka_unit_test(the_limit_counts_all_blocks),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(no_memory_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
