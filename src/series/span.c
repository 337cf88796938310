/* span.c - a row holds until the next one, but no longer than it says; then nobody looked. */
#include "series/span.h"

enum { STATE_FIELD = 0, HOLD_FIELD = 1 };

static int find_flag(const struct series_schema *schema)
{
	for (size_t field = 0; field < schema->field_count; field++)
		if (schema->fields[field].type == SERIES_FLAG)
			return (int)field;
	return -1;
}

/* A mark says what changed; the hold goes on. */
static void take_row(struct span_walk *walk, size_t nth)
{
	const struct series_rows *rows = walk->rows;
	const struct series_column *state = &rows->columns[STATE_FIELD];
	const struct series_column *hold = &rows->columns[HOLD_FIELD];
	const bool is_look = hold->types[nth] == SERIES_INTEGER;

	if (state->types[nth] == SERIES_INTEGER && state->values[nth].integer >= 0 &&
	    state->values[nth].integer < SERIES_STATES_MAX)
		walk->state = (uint8_t)state->values[nth].integer;
	else if (is_look)
		walk->state = 0;
	if (is_look && (hold->values[nth].integer < 0 ||
			__builtin_mul_overflow(hold->values[nth].integer, BW_SECOND_US,
					       &walk->hold_until_us) ||
			__builtin_add_overflow(walk->hold_until_us, rows->times_us[nth],
					       &walk->hold_until_us)))
		walk->hold_until_us = rows->times_us[nth];
	if (walk->flag_field >= 0 && rows->columns[walk->flag_field].types[nth] == SERIES_INTEGER)
		walk->maintenance = rows->columns[walk->flag_field].values[nth].integer != 0;
	else if (is_look)
		walk->maintenance = false;
}

void span_walk_init(struct span_walk *walk, enum series_kind kind, const struct series_rows *rows,
		    int64_t from_us, int64_t to_us)
{
	*walk = (struct span_walk){
		.rows = rows,
		.schema = series_schema(kind),
		.flag_field = find_flag(series_schema(kind)),
		.at_us = from_us,
		.to_us = to_us,
		.hold_until_us = INT64_MIN,
		.state = SERIES_NONE,
	};
	while (walk->next < rows->count && rows->times_us[walk->next] <= from_us)
		take_row(walk, walk->next++);
}

bool span_walk_next(struct span_walk *walk, struct span *out)
{
	int64_t end_us = walk->to_us;

	if (walk->at_us >= walk->to_us)
		return false;
	if (walk->next < walk->rows->count && walk->rows->times_us[walk->next] < end_us)
		end_us = walk->rows->times_us[walk->next];
	*out = (struct span){ walk->at_us, end_us, walk->state, walk->maintenance };
	if (walk->hold_until_us <= walk->at_us)
		out->state = SERIES_NONE;
	else if (walk->hold_until_us < end_us)
		out->to_us = walk->hold_until_us;
	/* Whether it was maintenance is as unknown as the rest. */
	if (out->state == SERIES_NONE)
		out->maintenance = false;
	walk->at_us = out->to_us;
	while (walk->next < walk->rows->count && walk->rows->times_us[walk->next] <= walk->at_us)
		take_row(walk, walk->next++);
	return true;
}
