/* router.c - walks the table row by row; a pattern is compared segment by segment.
 *
 * No tree: a table has some dozens of rows, and only requests that the owner must answer come
 * here; those cost two changes of thread anyway.
 */
#include "http/router.h"

#include <string.h>

struct fit {
	const char *parts[HTTP_PARTS_MAX];
	unsigned literals; /* the first segment is the highest bit: a larger number is more exact */
};

/* The length of the segment that begins at `pattern`, behind its '/'. */
static size_t segment_length(const char *pattern)
{
	return strcspn(pattern, "/");
}

static bool pattern_fits(const char *pattern, const struct http_target *target, struct fit *out)
{
	struct fit fit = { 0 };
	int part = 0, nth = 0;

	while (*pattern == '/') {
		const char *segment = ++pattern;
		size_t len = segment_length(segment);

		if (nth >= target->segment_count || nth >= HTTP_SEGMENTS_MAX)
			return false;
		fit.literals <<= 1;
		if (*segment == '{') {
			fit.parts[part++] = target->segments[nth];
		} else {
			if (strlen(target->segments[nth]) != len ||
			    memcmp(segment, target->segments[nth], len) != 0)
				return false;
			fit.literals |= 1;
		}
		pattern += len;
		nth++;
	}
	if (nth != target->segment_count)
		return false;
	*out = fit;
	return true;
}

void http_route_find(const struct http_route *routes, enum http_method method,
		     const struct http_target *target, struct http_match *out)
{
	struct http_match match = { 0 };
	unsigned best = 0;

	for (const struct http_route *route = routes; route->pattern != NULL; route++) {
		struct fit fit;

		if (!pattern_fits(route->pattern, target, &fit))
			continue;
		match.allowed |= 1u << route->method;
		if (route->method != method || (match.route != NULL && fit.literals <= best))
			continue;
		best = fit.literals;
		match.route = route;
		memcpy(match.parts, fit.parts, sizeof(match.parts));
	}
	*out = match;
}

static bool pattern_is_valid(const char *pattern)
{
	int words = 0, segments = 0;

	for (const char *at = pattern; *at != '\0'; at++) {
		words += *at == '{';
		segments += *at == '/';
	}
	return *pattern == '/' && words <= HTTP_PARTS_MAX && segments <= HTTP_SEGMENTS_MAX;
}

bool http_routes_are_valid(const struct http_route *routes)
{
	for (const struct http_route *route = routes; route->pattern != NULL; route++) {
		if (!pattern_is_valid(route->pattern))
			return false;
		if (route > routes && strcmp(route[-1].pattern, route->pattern) > 0)
			return false;
	}
	return true;
}
