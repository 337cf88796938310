/* target.c - one pass for the whole path, one for its segments, one for the query.
 *
 * Decoding never makes a text longer, each '/' or '&' pays for one NUL, and the path is decoded
 * twice: that is what http_target_store_bytes() counts.
 */
#include "http/target.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

struct store {
	char *next;
};

/* The byte an escape at `at` stands for; -1 when it is none, or NUL, which no text here can hold.
 */
static int escaped_byte(const char *at, const char *end)
{
	int high, low;

	if (end - at < 3)
		return -1;
	high = bw_hex_value(at[1]);
	low = bw_hex_value(at[2]);
	if (high < 0 || low < 0 || high + low == 0)
		return -1;
	return high * 16 + low;
}

/* The decoded text, NUL-terminated, in the store; NULL for a bad escape. */
static const char *decode(struct store *store, const char *at, const char *end, bool plus_is_space)
{
	const char *text = store->next;
	char *out = store->next;

	while (at < end) {
		if (*at == '%') {
			int byte = escaped_byte(at, end);

			if (byte < 0)
				return NULL;
			*out++ = (char)byte;
			at += 3;
		} else {
			*out++ = *at == '+' && plus_is_space ? ' ' : *at;
			at++;
		}
	}
	*out++ = '\0';
	store->next = out;
	return text;
}

static const char *find_or_end(const char *at, const char *end, char byte)
{
	const char *found = memchr(at, byte, (size_t)(end - at));

	return found != NULL ? found : end;
}

static bool take_segments(struct store *store, const char *at, const char *end,
			  struct http_target *out)
{
	while (at < end) {
		const char *segment = at + 1;
		const char *text;

		at = find_or_end(segment, end, '/');
		if (out->segment_count == HTTP_SEGMENTS_MAX) {
			out->segment_count++;
			return true;
		}
		text = decode(store, segment, at, false);
		if (text == NULL)
			return false;
		out->segments[out->segment_count++] = text;
	}
	return true;
}

static bool take_query(struct store *store, const char *at, const char *end,
		       struct http_target *out)
{
	while (at < end) {
		const char *pair_end = find_or_end(at, end, '&');
		const char *equals = find_or_end(at, pair_end, '=');
		struct http_query_pair pair;

		if (pair_end > at) {
			if (out->query_count == HTTP_QUERY_MAX)
				return false;
			pair.name = decode(store, at, equals, true);
			pair.value = decode(store, equals < pair_end ? equals + 1 : pair_end,
					    pair_end, true);
			if (pair.name == NULL || pair.value == NULL)
				return false;
			out->query[out->query_count++] = pair;
		}
		at = pair_end < end ? pair_end + 1 : end;
	}
	return true;
}

/* Steps over "http://authority"; NULL when the target has neither that nor a path. */
static const char *skip_authority(const char *at, const char *end, struct http_target *out)
{
	static const char scheme[] = "http://";
	const size_t scheme_len = sizeof(scheme) - 1;

	if (*at == '/')
		return at;
	if ((size_t)(end - at) <= scheme_len || strncasecmp(at, scheme, scheme_len) != 0)
		return NULL;
	at += scheme_len;
	out->authority = at;
	while (at < end && *at != '/' && *at != '?')
		at++;
	out->authority_len = (size_t)(at - out->authority);
	return out->authority_len > 0 ? at : NULL;
}

bool http_target_parse(const char *raw, size_t len, char *store_bytes, struct http_target *out)
{
	struct store store = { store_bytes };
	struct http_target target = { 0 };
	const char *end = raw + len, *path, *path_end;

	if (len == 1 && *raw == '*') {
		target.path = decode(&store, raw, end, false);
		*out = target;
		return true;
	}
	if (len == 0 || memchr(raw, '#', len) != NULL)
		return false;
	path = skip_authority(raw, end, &target);
	if (path == NULL)
		return false;
	path_end = find_or_end(path, end, '?');
	if (path == path_end) {
		target.path = target.segments[0] = "";
	} else {
		target.path = decode(&store, path, path_end, false);
	}
	if (target.path == NULL || !take_segments(&store, path, path_end, &target))
		return false;
	if (path_end < end && !take_query(&store, path_end + 1, end, &target))
		return false;
	if (path == path_end) {
		target.path = "/";
		target.segments[0] = "";
		target.segment_count = 1;
	}
	*out = target;
	return true;
}

const char *http_target_query(const struct http_target *target, const char *name)
{
	return http_target_query_nth(target, name, 0);
}

const char *http_target_query_nth(const struct http_target *target, const char *name, int nth)
{
	for (int i = 0; i < target->query_count; i++) {
		if (strcmp(target->query[i].name, name) == 0 && nth-- == 0)
			return target->query[i].value;
	}
	return NULL;
}
