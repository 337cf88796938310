/* nagios.h - what a monitoring plugin prints: a line, more lines, performance data behind '|'.
 *
 *     TEXT | DATA
 *     MORE TEXT
 *     LAST OF IT | DATA
 *     DATA
 *
 * Foreign bytes: nothing here is UTF-8 until bw_text_clean() or bw_json_string() made it so.
 * Threads: one at a time per object.
 */
#ifndef BW_CHECKS_NAGIOS_H
#define BW_CHECKS_NAGIOS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { NAGIOS_LABEL_MAX = 64, NAGIOS_UNIT_MAX = 12, NAGIOS_RANGE_MAX = 32 };

struct nagios_output {
	struct bw_buf text; /* the first line */
	struct bw_buf more; /* the others, with their newlines */
	struct bw_buf data; /* all performance data, blanks between */
};

/* 'label'=value[unit];[warn];[critical];[min];[max] */
struct nagios_metric {
	char label[NAGIOS_LABEL_MAX];
	bool has_value; /* false: the plugin says "U", undetermined */
	double value;
	char unit[NAGIOS_UNIT_MAX];
	char warn[NAGIOS_RANGE_MAX], critical[NAGIOS_RANGE_MAX]; /* ranges, as text; may be empty */
	bool has_min, has_max;
	double min, max;
};

enum nagios_next { NAGIOS_END, NAGIOS_METRIC, NAGIOS_BROKEN };

/* Cuts `len` bytes; a NUL among them counts as a blank. */
void nagios_output_init(struct nagios_output *output, const char *bytes, size_t len);
void nagios_output_finish(struct nagios_output *output);
/* The next item of `output->data`; start with *cursor = output->data.data (NULL is the end). A
 * broken item is skipped and told. */
enum nagios_next nagios_metric_next(const char **cursor, struct nagios_metric *out);

#endif
