/* segment.c - writes the header, and asks every figure of one before anybody trusts it.
 *
 * generation_one is written first and generation_two last: unequal, or zero, is a header that was
 * never finished. The figures of the shape are checked against their maxima before anything is
 * computed from them, so that no product can overflow.
 */
#include "shm/segment.h"

#include <inttypes.h>
#include <string.h>

enum { FINISHED = 1 };

#define EPOCH_MAX_US (INT64_C(1) << 60) /* differences of times cannot overflow */

static segment_word *finish_mark(struct segment_header *header)
{
	return (segment_word *)(void *)&header->generation_two;
}

void bw_segment_format(void *segment, const struct segment_shape *shape,
		       const struct segment_origin *origin)
{
	struct segment_header *header = segment;

	header->generation_one = FINISHED;
	header->magic = SEGMENT_MAGIC;
	header->abi_major = SEGMENT_ABI_MAJOR;
	header->header_bytes = sizeof(*header);
	header->segment_bytes = segment_bytes(shape);
	header->cells = shape->cells;
	header->workers = shape->workers;
	header->shards = shape->shards;
	header->cell_bytes = (uint32_t)segment_cell_bytes(shape);
	header->workers_offset = segment_workers_offset();
	header->cells_offset = segment_cells_offset(shape);
	memcpy(header->boot_id, origin->boot_id, sizeof(header->boot_id));
	header->time_namespace = origin->time_namespace;
	header->epoch_us = origin->epoch_us;
	header->created_wall_us = origin->created_wall_us;
	atomic_store_explicit(finish_mark(header), FINISHED, memory_order_release);
}

static enum bw_status check_kind(const struct segment_header *header, struct bw_error *err)
{
	if (header->magic == __builtin_bswap64(SEGMENT_MAGIC))
		return bw_fail(err, BW_ECORRUPT,
			       "made on a machine of the other byte order; remove it");
	if (header->magic != SEGMENT_MAGIC)
		return bw_fail(err, BW_ECORRUPT, "not a region of breakers");
	if (header->abi_major != SEGMENT_ABI_MAJOR)
		return bw_fail(err, BW_ECORRUPT,
			       "layout version %" PRIu32
			       ", but this program speaks %d; use one version of libbellwether",
			       header->abi_major, SEGMENT_ABI_MAJOR);
	if (header->header_bytes != sizeof(*header))
		return bw_fail(err, BW_ECORRUPT, "header of %" PRIu32 " bytes, but it has %zu",
			       header->header_bytes, sizeof(*header));
	if (header->generation_one != FINISHED || header->generation_two != FINISHED)
		return bw_fail(err, BW_ECORRUPT, "the header was not written to its end");
	return BW_OK;
}

static enum bw_status check_shape(const struct segment_header *header, size_t bytes,
				  struct bw_error *err)
{
	struct segment_shape shape = { header->cells, header->workers, header->shards };

	if (shape.cells < 1 || shape.cells > SEGMENT_CELLS_MAX || shape.workers < 1 ||
	    shape.workers > SEGMENT_WORKERS_MAX || shape.shards < 1 ||
	    shape.shards > SEGMENT_SHARDS_MAX)
		return bw_fail(err, BW_ECORRUPT,
			       "impossible shape: %" PRIu32 " breakers, %" PRIu32
			       " workers, %" PRIu32 " shards",
			       shape.cells, shape.workers, shape.shards);
	if (header->cell_bytes != segment_cell_bytes(&shape) ||
	    header->workers_offset != segment_workers_offset() ||
	    header->cells_offset != segment_cells_offset(&shape))
		return bw_fail(err, BW_ECORRUPT, "the parts do not lie where they must");
	if (header->segment_bytes != segment_bytes(&shape))
		return bw_fail(err, BW_ECORRUPT,
			       "%" PRIu64 " bytes by its header, but its shape takes %zu",
			       header->segment_bytes, segment_bytes(&shape));
	if (header->epoch_us > EPOCH_MAX_US || header->epoch_us < -EPOCH_MAX_US)
		return bw_fail(err, BW_ECORRUPT, "impossible time of its making");
	if (bytes != header->segment_bytes)
		return bw_fail(err, BW_ECORRUPT,
			       "%zu bytes long, but %" PRIu64 " by its header: cut or damaged",
			       bytes, header->segment_bytes);
	return BW_OK;
}

static enum bw_status check_origin(const struct segment_header *header,
				   const struct segment_origin *here, struct bw_error *err)
{
	static const uint8_t unknown[16];

	if (memcmp(header->boot_id, unknown, 16) != 0 && memcmp(here->boot_id, unknown, 16) != 0 &&
	    memcmp(header->boot_id, here->boot_id, 16) != 0)
		return bw_fail(err, BW_ECORRUPT, "its times are of another boot");
	if (header->time_namespace != 0 && here->time_namespace != 0 &&
	    header->time_namespace != here->time_namespace)
		return bw_fail(err, BW_ECORRUPT,
			       "its times are of another time namespace; give each its own file "
			       "(BELLWETHER_REGION)");
	return BW_OK;
}

enum bw_status bw_segment_check(const void *segment, size_t bytes,
				const struct segment_origin *here, struct bw_error *err)
{
	const struct segment_header *header = segment;
	enum bw_status status;

	if (bytes < sizeof(*header))
		return bw_fail(err, BW_ECORRUPT, "%zu bytes are too few for a region's header",
			       bytes);
	status = check_kind(header, err);
	if (status == BW_OK)
		status = check_shape(header, bytes, err);
	if (status == BW_OK && here)
		status = check_origin(header, here, err);
	return status;
}
