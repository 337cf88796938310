/* test_segment.c - a header that bw_segment_format() wrote is accepted, and no damaged one is. */
#include "shm/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct segment_shape shape = { 5, 7, 3 };
static const struct segment_origin made = {
	.boot_id = { 1, 2, 3 }, .time_namespace = 4026531834, .epoch_us = 77, .created_wall_us = 88
};

static struct segment_header fresh(void)
{
	struct segment_header header = { 0 };

	bw_segment_format(&header, &shape, &made);
	return header;
}

static enum bw_status check(const struct segment_header *header, struct bw_error *err)
{
	return bw_segment_check(header, segment_bytes(&shape), &made, err);
}

static void test_what_was_formatted_is_accepted(void **state)
{
	struct segment_header header = fresh();

	assert_int_equal(check(&header, NULL), BW_OK);
	assert_int_equal(bw_segment_check(&header, segment_bytes(&shape), NULL, NULL), BW_OK);
	assert_int_equal(header.cells, 5);
	assert_int_equal(header.workers, 7);
	assert_int_equal(header.shards, 3);
	assert_int_equal(header.epoch_us, 77);
	assert_int_equal(header.created_wall_us, 88);
	assert_int_equal(header.segment_bytes, segment_bytes(&shape));
}

static void test_parts_lie_behind_each_other_and_on_their_lines(void **state)
{
	struct segment_shape shapes[] = { { 1, 1, 1 }, { 128, 128, 4 }, { 4096, 256, 8 }, shape };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t workers_end = segment_workers_offset() +
				     shapes[i].workers * sizeof(struct segment_worker);

		assert_int_equal(segment_workers_offset() % SEGMENT_LINE, 0);
		assert_true(segment_cells_offset(&shapes[i]) >= workers_end);
		assert_true(segment_cells_offset(&shapes[i]) < workers_end + SEGMENT_PAIR);
		assert_int_equal(segment_cells_offset(&shapes[i]) % SEGMENT_PAIR, 0);
		assert_int_equal(segment_cell_bytes(&shapes[i]) % SEGMENT_PAIR, 0);
	}
}

/* ---- one damage a row, and a word of the complaint ---- */

static void damage_magic(struct segment_header *header)
{
	header->magic ^= 1;
}

static void damage_byte_order(struct segment_header *header)
{
	header->magic = __builtin_bswap64(header->magic);
}

static void damage_version(struct segment_header *header)
{
	header->abi_major = SEGMENT_ABI_MAJOR + 1;
}

static void damage_header_bytes(struct segment_header *header)
{
	header->header_bytes = 128;
}

static void damage_generation_one(struct segment_header *header)
{
	header->generation_one = 0;
}

static void damage_generation_two(struct segment_header *header)
{
	header->generation_two = 0;
}

static void damage_no_cells(struct segment_header *header)
{
	header->cells = 0;
}

static void damage_cells(struct segment_header *header)
{
	header->cells = SEGMENT_CELLS_MAX + 1;
}

static void damage_no_workers(struct segment_header *header)
{
	header->workers = 0;
}

static void damage_workers(struct segment_header *header)
{
	header->workers = UINT32_MAX;
}

static void damage_no_shards(struct segment_header *header)
{
	header->shards = 0;
}

static void damage_shards(struct segment_header *header)
{
	header->shards = SEGMENT_SHARDS_MAX + 1;
}

static void damage_cell_bytes(struct segment_header *header)
{
	header->cell_bytes += SEGMENT_PAIR;
}

static void damage_workers_offset(struct segment_header *header)
{
	header->workers_offset = 0;
}

static void damage_cells_offset(struct segment_header *header)
{
	header->cells_offset = UINT64_MAX - 127;
}

static void damage_segment_bytes(struct segment_header *header)
{
	header->segment_bytes = UINT64_MAX;
}

static void damage_epoch(struct segment_header *header)
{
	header->epoch_us = INT64_MIN;
}

static void damage_boot(struct segment_header *header)
{
	header->boot_id[15] ^= 0x80;
}

static void damage_time_namespace(struct segment_header *header)
{
	header->time_namespace++;
}

static void test_every_damage_is_refused_and_named(void **state)
{
	static const struct {
		void (*damage)(struct segment_header *header);
		const char *word;
	} rows[] = {
		{ damage_magic, "not a region" },
		{ damage_byte_order, "byte order" },
		{ damage_version, "version 2" },
		{ damage_header_bytes, "header of 128 bytes" },
		{ damage_generation_one, "written to its end" },
		{ damage_generation_two, "written to its end" },
		{ damage_no_cells, "impossible shape" },
		{ damage_cells, "impossible shape" },
		{ damage_no_workers, "impossible shape" },
		{ damage_workers, "impossible shape" },
		{ damage_no_shards, "impossible shape" },
		{ damage_shards, "impossible shape" },
		{ damage_cell_bytes, "do not lie" },
		{ damage_workers_offset, "do not lie" },
		{ damage_cells_offset, "do not lie" },
		{ damage_segment_bytes, "by its header" },
		{ damage_epoch, "impossible time" },
		{ damage_boot, "another boot" },
		{ damage_time_namespace, "time namespace" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segment_header header = fresh();
		struct bw_error err = { "" };

		rows[i].damage(&header);
		assert_int_equal(check(&header, &err), BW_ECORRUPT);
		if (!strstr(err.text, rows[i].word))
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, err.text, rows[i].word);
	}
}

static void test_another_length_than_the_header_says_is_refused(void **state)
{
	struct segment_header header = fresh();
	size_t bytes = segment_bytes(&shape);

	assert_int_equal(bw_segment_check(&header, bytes - 1, NULL, NULL), BW_ECORRUPT);
	assert_int_equal(bw_segment_check(&header, bytes + 1, NULL, NULL), BW_ECORRUPT);
	assert_int_equal(bw_segment_check(&header, sizeof(header) - 1, NULL, NULL), BW_ECORRUPT);
	assert_int_equal(bw_segment_check(&header, 0, NULL, NULL), BW_ECORRUPT);
}

static void test_an_origin_that_is_not_known_is_not_held_against_it(void **state)
{
	struct segment_origin unknown = { .epoch_us = 5 };
	struct segment_header header = fresh();

	assert_int_equal(bw_segment_check(&header, segment_bytes(&shape), &unknown, NULL), BW_OK);
	memset(header.boot_id, 0, sizeof(header.boot_id));
	header.time_namespace = 0;
	assert_int_equal(check(&header, NULL), BW_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_formatted_is_accepted),
		cmocka_unit_test(test_parts_lie_behind_each_other_and_on_their_lines),
		cmocka_unit_test(test_every_damage_is_refused_and_named),
		cmocka_unit_test(test_another_length_than_the_header_says_is_refused),
		cmocka_unit_test(test_an_origin_that_is_not_known_is_not_held_against_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
