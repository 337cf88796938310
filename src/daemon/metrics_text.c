/* metrics_text.c - format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
#include "daemon/metrics_text.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

void metrics_head(struct bw_buf *out, const char *name, const char *type, const char *help)
{
	bw_buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_value(struct bw_buf *out, double value)
{
	char text[BW_NUMBER_TEXT_MAX];

	if (isnan(value)) {
		bw_buf_text(out, " NaN\n");
		return;
	}
	bw_double_text(value, text);
	bw_buf_format(out, " %s\n", text);
}

void metrics_single(struct bw_buf *out, const char *name, const char *type, const char *help,
		    double value)
{
	metrics_head(out, name, type, help);
	bw_buf_text(out, name);
	metrics_value(out, value);
}

void metrics_label(struct bw_buf *out, const char *label, const char *value)
{
	bw_buf_format(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			bw_buf_byte(out, '\\');
		if (*value == '\n')
			bw_buf_text(out, "\\n");
		else
			bw_buf_byte(out, *value);
	}
	bw_buf_byte(out, '"');
}

void metrics_states(struct bw_buf *out, const char *family, const char *label, const char *name,
		    const char *const *states, const char *present)
{
	for (; *states != NULL; states++) {
		bw_buf_format(out, "%s{", family);
		metrics_label(out, label, name);
		bw_buf_format(out, ",state=\"%s\"} %d\n", *states, strcmp(*states, present) == 0);
	}
}
