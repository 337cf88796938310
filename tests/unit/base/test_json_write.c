#include "base/json_write.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct writer {
	struct bw_buf buf;
	struct bw_json json;
};

static void start(struct writer *writer)
{
	bw_buf_init(&writer->buf, 0);
	bw_json_init(&writer->json, &writer->buf);
}

static void expect(struct writer *writer, const char *text)
{
	assert_int_equal(writer->buf.status, BW_OK);
	assert_string_equal(writer->buf.data, text);
	bw_buf_finish(&writer->buf);
}

static void commas_stand_between_and_nowhere_else(void **state)
{
	struct writer w;

	start(&w);
	bw_json_object_begin(&w.json);
	bw_json_key(&w.json, "empty");
	bw_json_object_begin(&w.json);
	bw_json_object_end(&w.json);
	bw_json_key(&w.json, "list");
	bw_json_array_begin(&w.json);
	bw_json_int(&w.json, 1);
	bw_json_array_begin(&w.json);
	bw_json_array_end(&w.json);
	bw_json_bool(&w.json, true);
	bw_json_bool(&w.json, false);
	bw_json_null(&w.json);
	bw_json_array_end(&w.json);
	bw_json_key(&w.json, "text");
	bw_json_string(&w.json, "x");
	bw_json_key(&w.json, "none");
	bw_json_string(&w.json, NULL);
	bw_json_object_end(&w.json);
	expect(&w, "{\"empty\":{},\"list\":[1,[],true,false,null],\"text\":\"x\",\"none\":null}");
}

static void numbers_and_times(void **state)
{
	struct writer w;

	start(&w);
	bw_json_array_begin(&w.json);
	bw_json_int(&w.json, INT64_MIN);
	bw_json_double(&w.json, 0.1);
	bw_json_double(&w.json, 100);
	bw_json_double(&w.json, NAN);
	bw_json_double(&w.json, -INFINITY);
	bw_json_number(&w.json, bw_number_from_int(81));
	bw_json_number(&w.json, bw_number_from_double(81));
	bw_json_wall(&w.json, (struct bw_wall){ 0 });
	bw_json_array_end(&w.json);
	expect(&w, "[-9223372036854775808,0.1,100.0,null,null,81,81.0,"
		   "\"1970-01-01T00:00:00+00:00\"]");
}

static void a_member_is_a_key_and_its_value(void **state)
{
	struct writer w;

	start(&w);
	bw_json_object_begin(&w.json);
	bw_json_member_int(&w.json, "int", -7);
	bw_json_member_double(&w.json, "double", 0.5);
	bw_json_member_bool(&w.json, "bool", true);
	bw_json_member_string(&w.json, "string", "x");
	bw_json_object_end(&w.json);
	expect(&w, "{\"int\":-7,\"double\":0.5,\"bool\":true,\"string\":\"x\"}");
}

static void raw_parts_keep_the_commas_right(void **state)
{
	struct writer w;

	start(&w);
	bw_json_object_begin(&w.json);
	bw_json_raw_members(&w.json, "", 0);
	bw_json_raw_members(&w.json, "\"a\":1,\"b\":2", 11);
	bw_json_raw_members(&w.json, "", 0);
	bw_json_key(&w.json, "c");
	bw_json_raw(&w.json, "[3]", 3);
	bw_json_object_end(&w.json);
	expect(&w, "{\"a\":1,\"b\":2,\"c\":[3]}");
}

static void all_64_levels_can_be_used(void **state)
{
	struct writer w;
	char text[2 * BW_JSON_DEPTH_MAX + 3];

	start(&w);
	for (int i = 0; i < BW_JSON_DEPTH_MAX; i++)
		bw_json_array_begin(&w.json);
	for (int i = 0; i < BW_JSON_DEPTH_MAX; i++)
		bw_json_array_end(&w.json);
	bw_json_int(&w.json, 1);
	memset(text, '[', BW_JSON_DEPTH_MAX);
	memset(text + BW_JSON_DEPTH_MAX, ']', BW_JSON_DEPTH_MAX);
	memcpy(text + sizeof(text) - 3, ",1", 3);
	expect(&w, text);
}

static void text_is_escaped_and_made_valid(void **state)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "plain </script> &", "\"plain </script> &\"" },
		{ "\"\\/", "\"\\\"\\\\/\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94",
		  "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94\"" },
		{ "\xff"
		  "a",
		  "\"\xef\xbf\xbd"
		  "a\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe0\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf0\x9f\x94", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82x", "\"\xef\xbf\xbd\xef\xbf\xbdx\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct writer w;

		start(&w);
		bw_json_string(&w.json, rows[i].text);
		expect(&w, rows[i].json);
	}
}

static void a_nul_inside_a_text_is_escaped(void **state)
{
	struct writer w;

	start(&w);
	bw_json_string_len(&w.json, "a\0b", 3);
	expect(&w, "\"a\\u0000b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_and_nowhere_else),
		cmocka_unit_test(numbers_and_times),
		cmocka_unit_test(a_member_is_a_key_and_its_value),
		cmocka_unit_test(raw_parts_keep_the_commas_right),
		cmocka_unit_test(all_64_levels_can_be_used),
		cmocka_unit_test(text_is_escaped_and_made_valid),
		cmocka_unit_test(a_nul_inside_a_text_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
