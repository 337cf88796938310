/* test_router.c - targets taken apart, and the route that gets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/router.h"
#include "http/target.h"

static char store[4096];

static bool parse(const char *raw, struct http_target *target)
{
	return http_target_parse(raw, strlen(raw), store, target);
}

static void test_paths(void **state)
{
	static const struct {
		const char *raw, *path; /* NULL: refused */
		int segments;
	} rows[] = {
		{ "/", "/", 1 },
		{ "/a/b", "/a/b", 2 },
		{ "/a/", "/a/", 2 },
		{ "//a", "//a", 2 },
		{ "/a%20b", "/a b", 1 },
		{ "/a+b", "/a+b", 1 },
		{ "/a%2Fb", "/a/b", 1 },
		{ "/%e4%f6", "/\xe4\xf6", 1 },
		{ "/../../etc/passwd", "/../../etc/passwd", 4 },
		{ "/%2e%2e/%2e%2e/etc", "/../../etc", 3 },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18",
		  "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", HTTP_SEGMENTS_MAX + 1 },
		{ "http://host:80/a", "/a", 1 },
		{ "HTTP://host", "/", 1 },
		{ "http://host?a=b", "/", 1 },
		{ "*", "*", 0 },
		{ "", NULL, 0 },
		{ "a", NULL, 0 },
		{ "/a%", NULL, 0 },
		{ "/a%2", NULL, 0 },
		{ "/a%zz", NULL, 0 },
		{ "/a%00b", NULL, 0 },
		{ "/a?%00", NULL, 0 },
		{ "/a?b=%g0", NULL, 0 },
		{ "/a#b", NULL, 0 },
		{ "http://", NULL, 0 },
		{ "http:///a", NULL, 0 },
		{ "https://host/a", NULL, 0 },
		{ "host:443", NULL, 0 },
	};
	struct http_target target;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = parse(rows[i].raw, &target);

		if (ok != (rows[i].path != NULL))
			fail_msg("%s: %d", rows[i].raw, ok);
		if (!ok)
			continue;
		assert_string_equal(target.path, rows[i].path);
		assert_int_equal(target.segment_count, rows[i].segments);
	}
}

static void test_encoded_slash_stays_in_its_segment(void **state)
{
	struct http_target target;

	(void)state;
	assert_true(parse("/a%2Fb/c", &target));
	assert_int_equal(target.segment_count, 2);
	assert_string_equal(target.segments[0], "a/b");
	assert_string_equal(target.segments[1], "c");
}

static void test_query(void **state)
{
	struct http_target target;
	char raw[512] = "/?", *end = raw + 2;

	(void)state;
	assert_true(parse("/x?a=1&b=two+words&c&d=&=e&a=2&f=%26%3d&&g=h=i", &target));
	assert_string_equal(http_target_query(&target, "a"), "1");
	assert_string_equal(http_target_query(&target, "b"), "two words");
	assert_string_equal(http_target_query_nth(&target, "a", 1), "2");
	assert_null(http_target_query_nth(&target, "a", 2));
	assert_string_equal(http_target_query(&target, "c"), "");
	assert_string_equal(http_target_query(&target, "d"), "");
	assert_string_equal(http_target_query(&target, ""), "e");
	assert_string_equal(http_target_query(&target, "f"), "&=");
	assert_string_equal(http_target_query(&target, "g"), "h=i");
	assert_null(http_target_query(&target, "h"));
	for (int i = 0; i <= HTTP_QUERY_MAX; i++)
		end += snprintf(end, 8, "&a=%d", i);
	assert_false(parse(raw, &target));
}

/* The store's stated size is enough for the worst there is. */
static void test_store_is_large_enough(void **state)
{
	static const char *const rows[] = { "/",           "/////////",    "/a/b/c?a=b&c=d",
					    "/?a&b&c&d&e", "http://h?a=b", "*",
					    "/a/?b" };
	struct http_target target;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t bytes = http_target_store_bytes(strlen(rows[i]));

		memset(store, 0x55, sizeof(store));
		assert_true(parse(rows[i], &target));
		for (size_t at = bytes; at < bytes + 64; at++)
			assert_int_equal(store[at], 0x55);
	}
}

static void handle(struct http_request *request, void *arg)
{
	(void)request;
	(void)arg;
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/b/", handle },
	{ HTTP_POST, "/b/reset-all", handle },
	{ HTTP_GET, "/b/{name}", handle },
	{ HTTP_GET, "/b/{name}/x/{part}", handle },
	{ HTTP_POST, "/b/{name}/{verb}", handle },
	{ HTTP_DELETE, "/b/{name}/{verb}", handle },
	{ HTTP_GET, NULL, NULL },
};

static const struct http_route *find(enum http_method method, const char *path,
				     struct http_match *match)
{
	struct http_target target;

	assert_true(parse(path, &target));
	http_route_find(routes, method, &target, match);
	return match->route;
}

static void test_routes(void **state)
{
	struct http_match match;

	(void)state;
	assert_ptr_equal(find(HTTP_GET, "/b/", &match), &routes[0]);
	assert_ptr_equal(find(HTTP_POST, "/b/reset-all", &match), &routes[1]);
	assert_int_equal(match.allowed, 1u << HTTP_GET | 1u << HTTP_POST);
	assert_ptr_equal(find(HTTP_GET, "/b/reset-all", &match), &routes[2]);
	assert_string_equal(match.parts[0], "reset-all");
	assert_ptr_equal(find(HTTP_GET, "/b/a%2Fb/x/c", &match), &routes[3]);
	assert_string_equal(match.parts[0], "a/b");
	assert_string_equal(match.parts[1], "c");
	assert_null(match.parts[2]);
	assert_ptr_equal(find(HTTP_DELETE, "/b/n/v", &match), &routes[5]);
	assert_null(find(HTTP_PUT, "/b/n/v", &match));
	assert_int_equal(match.allowed, 1u << HTTP_POST | 1u << HTTP_DELETE);
	assert_null(find(HTTP_GET, "/b", &match));
	assert_int_equal(match.allowed, 0);
	assert_null(find(HTTP_GET, "/b/n/x/y/z", &match));
	assert_null(find(HTTP_GET, "/", &match));
}

static void test_tables_are_checked(void **state)
{
	static const struct http_route unsorted[] = { { HTTP_GET, "/b", handle },
						      { HTTP_GET, "/a", handle },
						      { HTTP_GET, NULL, NULL } };
	static const struct http_route no_slash[] = { { HTTP_GET, "b", handle },
						      { HTTP_GET, NULL, NULL } };
	static const struct http_route words[] = { { HTTP_GET, "/{a}/{b}/{c}/{d}/{e}", handle },
						   { HTTP_GET, NULL, NULL } };

	(void)state;
	assert_true(http_routes_are_valid(routes));
	assert_false(http_routes_are_valid(unsorted));
	assert_false(http_routes_are_valid(no_slash));
	assert_false(http_routes_are_valid(words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_encoded_slash_stays_in_its_segment),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_store_is_large_enough),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_tables_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
