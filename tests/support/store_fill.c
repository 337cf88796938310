/* store_fill.c - writes a history that never happened into a store, for pictures and tests.
 *
 * Usage: store_fill DATABASE NOW_MS <LINES
 * A line is one JSON object whose "row" says what it is; times are milliseconds since 1970:
 *   {"row": "point", "at", "values": [score, availability, response, cpu, memory, breakers]}
 *   {"row": "change", "at", "kind", "name", "from", "to", "text"}
 *   {"row": "state", "name", "health", "since", "checked", "response_ms", "error"}
 *   {"row": "alert", "id", "severity", "type", "title", "message", "fired", "resolved"}
 * It goes through the store's own calls, so the file has today's schema. The first line that makes
 * no sense ends it with status 1.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "alerts/alert.h"
#include "storage/store.h"

enum { LINE_MAX_BYTES = 8192, FLUSH_EVERY = 4096, HOLD_S = 65 };

static struct bw_wall time_of(json_t *row, const char *key)
{
	return (struct bw_wall){ (int64_t)json_number_value(json_object_get(row, key)) * 1000 };
}

static const char *text_of(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static double value_of(json_t *row, size_t nth)
{
	return json_number_value(json_array_get(json_object_get(row, "values"), nth));
}

static bool add_point(struct store *store, json_t *row)
{
	static const int fields[] = {
		SERIES_SYSTEM_HEALTH_SCORE,  SERIES_SYSTEM_AVAILABILITY,
		SERIES_SYSTEM_RESPONSE_TIME, SERIES_SYSTEM_CPU_USAGE,
		SERIES_SYSTEM_MEMORY_USAGE,  SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH,
	};
	struct store_row point = {
		.kind = SERIES_SYSTEM,
		.name = "",
		.time = time_of(row, "at"),
		.cells = { [SERIES_SYSTEM_STATUS] = { SERIES_INTEGER,
						      { .integer = BW_HEALTH_HEALTHY } },
			   [SERIES_SYSTEM_HOLD] = { SERIES_INTEGER, { .integer = HOLD_S } } },
	};

	for (size_t nth = 0; nth < sizeof(fields) / sizeof(fields[0]); nth++)
		point.cells[fields[nth]] =
			(struct series_cell){ SERIES_REAL, { .real = value_of(row, nth) } };
	store_append_row(store, &point);
	return true;
}

static bool add_change(struct store *store, json_t *row, uint64_t id)
{
	struct bw_change change = {
		.id = id,
		.at = time_of(row, "at"),
		.name = text_of(row, "name"),
		.from = text_of(row, "from"),
		.to = text_of(row, "to"),
		.text = text_of(row, "text"),
	};

	if (bw_change_kind_parse(text_of(row, "kind"), &change.kind) != BW_OK)
		return false;
	store_append_change(store, &change);
	return true;
}

static bool add_state(struct store *store, json_t *row)
{
	json_t *response = json_object_get(row, "response_ms");
	json_t *error = json_object_get(row, "error");
	char name[512], words[1024];
	struct store_state state = {
		.component = name,
		.since = time_of(row, "since"),
		.last_check = time_of(row, "checked"),
		.has_response = json_is_number(response),
		.response_us = (int64_t)(json_number_value(response) * 1000),
		.error = json_is_string(error) ? words : NULL,
	};

	snprintf(name, sizeof(name), "%s", text_of(row, "name"));
	snprintf(words, sizeof(words), "%s", text_of(row, "error"));
	if (bw_health_parse(text_of(row, "health"), &state.health) != BW_OK)
		return false;
	store_put_state(store, &state);
	return true;
}

static bool add_alert(struct store *store, json_t *row)
{
	const char *severity = text_of(row, "severity");
	struct alert alert = {
		.id = (uint64_t)json_integer_value(json_object_get(row, "id")),
		.rule_name = (char *)text_of(row, "type"),
		.type = (char *)text_of(row, "type"),
		.subject = (char *)"",
		.title = (char *)text_of(row, "title"),
		.message = (char *)text_of(row, "message"),
		.started = time_of(row, "fired"),
		.fired = time_of(row, "fired"),
		.resolved = time_of(row, "resolved"),
	};
	struct bw_buf text;

	alert.state = alert.resolved.us != 0 ? ALERT_RESOLVED : ALERT_FIRING;
	alert.severity = strcmp(severity, "critical") == 0  ? BW_SEVERITY_CRITICAL
			 : strcmp(severity, "warning") == 0 ? BW_SEVERITY_WARNING
							    : BW_SEVERITY_INFO;
	bw_buf_init(&text, STORE_RECORD_MAX);
	alert_encode(&alert, &text);
	const struct store_record record = { .kind = STORE_RECORD_ALERT,
					     .id = alert.id,
					     .ended = alert.resolved,
					     .text = text.data };
	if (alert.id != 0 && text.status == BW_OK)
		store_put_record(store, &record);
	bw_buf_finish(&text);
	return alert.id != 0;
}

static bool add_row(struct store *store, json_t *row, uint64_t number)
{
	const char *what = text_of(row, "row");

	if (strcmp(what, "point") == 0)
		return add_point(store, row);
	if (strcmp(what, "change") == 0)
		return add_change(store, row, number);
	if (strcmp(what, "state") == 0)
		return add_state(store, row);
	return strcmp(what, "alert") == 0 && add_alert(store, row);
}

static int fill(struct store *store)
{
	static char line[LINE_MAX_BYTES];
	uint64_t number = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		json_t *row = json_loads(line, 0, NULL);
		bool taken = row != NULL && add_row(store, row, ++number);

		json_decref(row);
		if (!taken) {
			fprintf(stderr, "store_fill: line %llu makes no sense: %s",
				(unsigned long long)number, line);
			return 1;
		}
		if (number % FLUSH_EVERY == 0)
			store_flush(store);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct store_config config = { .history_us = 90000 * BW_SECOND_US };
	struct store *store = NULL;
	struct bw_error error = { 0 };
	int status;

	if (argc != 3) {
		fprintf(stderr, "usage: store_fill DATABASE NOW_MS <LINES\n");
		return 64;
	}
	config.path = argv[1];
	if (store_open(&config, (struct bw_wall){ strtoll(argv[2], NULL, 10) * 1000 }, &store,
		       &error) != BW_OK) {
		fprintf(stderr, "store_fill: %s\n", error.text);
		store_close(store, 0);
		return 1;
	}
	status = fill(store);
	store_flush(store);
	store_close(store, 10 * BW_SECOND_US);
	return status;
}
