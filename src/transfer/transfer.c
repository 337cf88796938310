/* transfer.c - the names of the formats. */
#include "transfer/transfer.h"

#include <string.h>

static const char *const names[TRANSFER_FORMATS] = {
	[TRANSFER_CSV] = "csv",
	[TRANSFER_JSON_LINES] = "jsonl",
	[TRANSFER_OPENMETRICS] = "openmetrics",
};

const char *transfer_format_name(enum transfer_format format)
{
	return names[format];
}

enum bw_status transfer_format_parse(const char *text, enum transfer_format *out)
{
	for (int nth = 0; nth < TRANSFER_FORMATS; nth++) {
		if (strcmp(names[nth], text) == 0) {
			*out = (enum transfer_format)nth;
			return BW_OK;
		}
	}
	return BW_EPARSE;
}
