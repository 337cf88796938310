/* cell.h - one value as text and back, the same in every format.
 *
 * Private to src/transfer.
 * Threads: any.
 */
#ifndef BW_TRANSFER_CELL_H
#define BW_TRANSFER_CELL_H

#include "series/series.h"

enum { CELL_TEXT_MAX = 48 };

/* "" for an absent value; the word of a state; infinities are "inf" and "-inf". */
void cell_format(const struct series_schema *schema, size_t field, const struct series_cell *cell,
		 char out[CELL_TEXT_MAX]);
/* Without words for states: what OpenMetrics has room for. */
void cell_format_number(const struct series_cell *cell, char out[CELL_TEXT_MAX]);
/* BW_EPARSE: neither a number nor a state of this field. "" is absent. */
BW_MUST_USE enum bw_status cell_parse(const struct series_schema *schema, size_t field,
				      const char *text, struct series_cell *out);

#endif
