/* rule_dictionary.c - what the language knows, from its own tables. */
#include "cli/rule_dictionary.h"

#include "alerts/builtin.h"
#include "alerts/facts.h"

static const char *type_text(const struct fact_field *field)
{
	static const char *const units[] = { "number", "time", "percentage", "size" };

	if (field->type == FACT_BOOL)
		return "true or false";
	return field->type == FACT_TEXT ? "text" : units[field->unit];
}

void rule_dictionary_fields(struct bw_buf *out)
{
	bw_buf_text(out, "| field | is | |\n|---|---|---|\n");
	for (const struct fact_field *field = fact_fields; field->name; field++) {
		bw_buf_format(out, "| `%s` | ", field->name);
		if (!field->words)
			bw_buf_text(out, type_text(field));
		for (size_t i = 0; field->words && field->words[i]; i++)
			bw_buf_format(out, "%s`%s`", i > 0 ? ", " : "", field->words[i]);
		bw_buf_format(out, " | %s |\n", field->help);
	}
}

static const char *lack_text(enum alert_lack lack)
{
	if (lack == ALERT_LACK_ALERTS)
		return "alert";
	return lack == ALERT_LACK_OK ? "ok" : "keep";
}

void rule_dictionary_builtin(struct bw_buf *out)
{
	bw_buf_text(out, "| rule | fires when | severity | `no_data` | title and message |\n"
			 "|---|---|---|---|---|\n");
	for (const struct builtin_rule *rule = builtin_rules; rule->name; rule++)
		bw_buf_format(out, "| `%s` | `%s` | %s%s | %s | %s<br>%s |\n", rule->name,
			      rule->when,
			      rule->severity_follows_component
				      ? "critical for a critical component, else "
				      : "",
			      bw_severity_text(rule->severity), lack_text(rule->no_data),
			      rule->title, rule->message);
}
