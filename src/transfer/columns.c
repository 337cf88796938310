#include "transfer/columns.h"

#include <string.h>

int transfer_columns_find(const struct transfer_columns *columns, const char *name)
{
	for (size_t nth = 0; nth < columns->count; nth++)
		if (strcmp(columns->names[nth], name) == 0)
			return (int)nth;
	return -1;
}

static size_t find_or_add(struct transfer_columns *columns, const char *name)
{
	int found = transfer_columns_find(columns, name);

	if (found >= 0)
		return (size_t)found;
	columns->names[columns->count] = name;
	return columns->count++;
}

void transfer_columns_init(struct transfer_columns *columns)
{
	columns->count = 0;
	memset(columns->fields, -1, sizeof(columns->fields));
	for (int kind = 0; kind < SERIES_KINDS; kind++) {
		const struct series_schema *schema = series_schema((enum series_kind)kind);

		for (size_t field = 0; field < schema->field_count; field++)
			columns->fields[kind][find_or_add(columns, schema->fields[field].name)] =
				(short)field;
	}
}
