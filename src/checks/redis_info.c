/* redis_info.c - "name:value" lines; unknown names are skipped, so that any version will do. */
#include "checks/redis_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *name;
	size_t name_len;
	char value[128];
};

static bool is(const struct line *line, const char *name)
{
	return strlen(name) == line->name_len && memcmp(line->name, name, line->name_len) == 0;
}

static int64_t number(const struct line *line)
{
	char *end;
	long long value = strtoll(line->value, &end, 10);

	return end == line->value || value < 0 ? -1 : value;
}

static void copy_word(const struct line *line, char out[REDIS_INFO_WORD_MAX])
{
	snprintf(out, REDIS_INFO_WORD_MAX, "%.*s", REDIS_INFO_WORD_MAX - 1, line->value);
}

/* "slave0:ip=10.0.0.8,port=6379,state=online,offset=1,lag=0" */
static void read_replica(const struct line *line, struct redis_info *out)
{
	const char *lag = strstr(line->value, "lag=");
	int64_t lag_s = lag ? strtoll(lag + 4, NULL, 10) : -1;

	if (lag_s > out->lag_s)
		out->lag_s = lag_s;
}

static void read_line(const struct line *line, struct redis_info *out, int64_t *system_memory)
{
	if (is(line, "redis_version") || (is(line, "valkey_version") && line->value[0]))
		copy_word(line, out->version);
	else if (is(line, "role"))
		copy_word(line, out->role);
	else if (is(line, "used_memory"))
		out->used_memory_bytes = number(line);
	else if (is(line, "maxmemory"))
		out->memory_limit_bytes = number(line);
	else if (is(line, "total_system_memory"))
		*system_memory = number(line);
	else if (is(line, "connected_clients"))
		out->clients = number(line);
	else if (is(line, "connected_slaves"))
		out->replicas = number(line);
	else if (is(line, "master_last_io_seconds_ago"))
		out->lag_s = number(line);
	else if (is(line, "loading"))
		out->is_loading = line->value[0] == '1';
	else if (is(line, "master_link_status")) {
		out->has_link = true;
		out->link_is_up = strcmp(line->value, "up") == 0;
	} else if (line->name_len > 5 && memcmp(line->name, "slave", 5) == 0 &&
		   strstr(line->value, "state="))
		read_replica(line, out);
}

void redis_info_read(const char *text, size_t len, struct redis_info *out)
{
	const char *end = text + len;
	int64_t system_memory = -1;

	*out = (struct redis_info){ .used_memory_bytes = -1,
				    .memory_limit_bytes = -1,
				    .clients = -1,
				    .replicas = -1,
				    .lag_s = -1 };
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const char *next = stop ? stop + 1 : end;
		const char *colon = memchr(text, ':', (size_t)(next - text));

		stop = stop ? stop : end;
		if (colon && text[0] != '#') {
			struct line line = { .name = text, .name_len = (size_t)(colon - text) };
			int value = (int)(stop - colon - 1);

			if (value > 0 && stop[-1] == '\r')
				value--;
			snprintf(line.value, sizeof(line.value), "%.*s", value, colon + 1);
			read_line(&line, out, &system_memory);
		}
		text = next;
	}
	if (out->memory_limit_bytes <= 0)
		out->memory_limit_bytes = system_memory;
}
