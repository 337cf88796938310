/* test_top_view.c - the picture of `top` at many sizes, from documents that are well and badly
 * made, and what keys do to it. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/display.h"
#include "cli/screen.h"
#include "cli/top_view.h"

enum { MANY = 10000 };

struct scene {
	struct cli_overview overview;
	struct top_trend trend;
	struct top_view view;
	struct bw_buf out;
	size_t marked;
};

#define HEAD                                                                                       \
	"{\"overview\":{\"overall_status\":\"unhealthy\",\"since\":\"2026-03-02T14:00:00+00:00\"," \
	"\"trouble_since\":\"2026-03-02T13:00:00+00:00\",\"first_cause\":{\"text\":\"disk\"}},"    \
	"\"metadata\":{\"last_updated\":\"2026-03-02T14:30:00+00:00\"},"                           \
	"\"metrics\":{\"system_health_score\":62.5,\"usual_health_score\":93,"                     \
	"\"score_factors\":{\"availability\":{\"score\":50,\"weight\":0.3,\"points_lost\":15}}},"  \
	"\"resources\":{\"known\":true,\"cpu_percent\":96},\"thresholds\":{\"cpu_usage\":80},"
#define BREAKERS                                                                                   \
	"\"circuit_breakers\":{\"breakers\":{\"feed\":{\"state\":\"open\",\"failure_count\":5,"    \
	"\"failure_threshold\":3,\"time_until_retry\":90,\"workers\":{\"total\":32,"               \
	"\"cause\":\"1 of 32 workers is the cause: pid 4711 python3\"}},\"bars\":{"                \
	"\"state\":\"half_open\",\"failure_count\":0,\"failure_threshold\":3,"                     \
	"\"probe_successes\":1,\"success_threshold\":3,\"time_until_retry\":null,"                 \
	"\"workers\":{\"total\":3,\"dead\":1,\"overdue\":2,\"cause\":null}}}},"
#define ALERTS                                                                                     \
	"\"alerts\":[{\"title\":\"System\",\"severity\":\"critical\",\"state\":\"firing\","        \
	"\"message\":\"down\"},{\"title\":\"Old\",\"severity\":\"info\",\"state\":\"resolved\"}],"
#define COMPONENTS                                                                                 \
	"\"components\":{\"a\":{\"status\":\"healthy\",\"response_time_ms\":1.5},"                 \
	"\"b\":{\"status\":\"unhealthy\",\"error_message\":\"disk is gone\"},"                     \
	"\"c\":{\"status\":\"degraded\",\"error_message\":\"late\"},"                              \
	"\"d\":{\"status\":\"unknown\",\"error_message\":null}}}"
#define DOCUMENT HEAD BREAKERS ALERTS COMPONENTS

static void open_scene(struct scene *scene, const char *document)
{
	memset(scene, 0, sizeof *scene);
	bw_buf_init(&scene->out, 0);
	assert_int_equal(cli_overview_init(&scene->overview, document, strlen(document)), BW_OK);
	scene->view.overview = &scene->overview;
	scene->view.state = TOP_LIVE;
	scene->view.failure = scene->view.message = "";
	scene->view.now = scene->overview.made;
}

static void close_scene(struct scene *scene)
{
	cli_overview_finish(&scene->overview);
	top_trend_finish(&scene->trend);
	bw_buf_finish(&scene->out);
}

/* Every line fits, there are no more than rows, and no control byte but those of looks. */
static void check_picture(const struct scene *scene, size_t rows, size_t columns)
{
	size_t row = 0, used = 0, at = 0, bytes;
	const struct bw_buf *out = &scene->out;

	for (; at < out->len; at += bytes) {
		uint32_t character;

		bytes = bw_utf8_next(out->data + at, out->len - at, &character);
		if (character == '\n') {
			row++;
			used = 0;
			continue;
		}
		if (character < CLI_STYLES)
			continue;
		assert_true(character >= ' ' && character != 0x7f);
		assert_true(!scene->view.ascii || character < 0x7f);
		used += (size_t)bw_display_columns(character);
		assert_true(used <= columns);
	}
	assert_true(row <= rows && row > 0);
	assert_true(scene->marked == SIZE_MAX || scene->marked < rows);
}

static const char *draw(struct scene *scene, size_t rows, size_t columns)
{
	bw_buf_clear(&scene->out);
	top_view_draw(&scene->view, rows, columns, &scene->out, &scene->marked);
	check_picture(scene, rows, columns);
	bw_buf_byte(&scene->out, '\0');
	return scene->out.data;
}

static void press(struct scene *scene, const char *keys)
{
	for (; *keys; keys++)
		(void)top_view_press(&scene->view, *keys);
}

static void assert_shows(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("`%s` is not in:\n%s", wanted, text);
}

static void assert_hides(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted))
		fail_msg("`%s` is in:\n%s", unwanted, text);
}

static void test_shows_everything_on_24_lines_of_80_columns(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	open_scene(&scene, DOCUMENT);
	scene.view.ascii = true;
	scene.view.now.us += 30 * BW_SECOND_US;
	text = draw(&scene, 24, 80);
	assert_shows(text, "* Live");
	assert_shows(text, "14:30:30 UTC");
	assert_shows(text, "X unhealthy");
	assert_shows(text, "in trouble for 1 h 30 m, since 2026-03-02 13:00:00 UTC");
	assert_shows(text, "First: disk");
	assert_shows(text, "Score 62.5 of 100");
	assert_shows(text, "usually 93");
	assert_shows(text, "#####.....");
	assert_shows(text, "-15.0");
	assert_shows(text, " 96 % ! of 80");
	assert_shows(text, "feed                     5/3 fails  probe in 1 m 0 s  1 of");
	assert_shows(text, "System");
	assert_shows(text, "[1 Components 4]");
	assert_shows(text, "3 Alerts 1 ");
	assert_true(strstr(text, "disk is gone") < strstr(text, "late"));
	close_scene(&scene);
}

static void test_shows_probes_and_workers(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	open_scene(&scene, DOCUMENT);
	scene.view.panel = TOP_BREAKERS;
	text = draw(&scene, 24, 80);
	assert_shows(text, "bars                     0/3 fails  1 of 3 probes passed  1 gone");
	text = draw(&scene, 24, 132);
	assert_shows(text, "  1 of 32 workers is the cause: pid 4711 python3");
	assert_shows(text, "  1 gone in a call  2 overdue  3 workers");
	close_scene(&scene);
}

static void test_every_size_is_kept(void **state)
{
	static const size_t sizes[][2] = { { 24, 80 }, { 40, 120 }, { 50, 200 },  { 12, 60 },
					   { 19, 61 }, { 20, 80 },  { 300, 500 }, { 10, 40 },
					   { 1, 1 },   { 11, 80 },  { 24, 59 } };
	struct scene scene;

	(void)state;
	open_scene(&scene, DOCUMENT);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		bool fits = sizes[i][0] >= TOP_ROWS_MIN && sizes[i][1] >= TOP_COLUMNS_MIN;

		for (int key = '1'; key <= '4'; key++) {
			(void)top_view_press(&scene.view, key);
			(void)draw(&scene, sizes[i][0], sizes[i][1]);
			(void)top_view_press(&scene.view, SCREEN_ENTER);
			(void)draw(&scene, sizes[i][0], sizes[i][1]);
		}
		press(&scene, "1");
		assert_true(!fits || strstr(draw(&scene, sizes[i][0], sizes[i][1]), "[1 Comp"));
	}
	assert_shows(draw(&scene, 10, 40), "needs 60 columns, 12 lines");
	close_scene(&scene);
}

static void test_lost_is_unknown_and_without_colour(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	open_scene(&scene, DOCUMENT);
	scene.view.ascii = true;
	scene.view.state = TOP_LOST;
	scene.view.silent_us = 75 * BW_SECOND_US;
	scene.view.retry_us = 4 * BW_SECOND_US;
	scene.view.failure = "refused";
	text = draw(&scene, 24, 80);
	assert_shows(text, "? Lost, last answer 1 m 15 s ago, next try in 4 s: refused");
	assert_shows(text, "? unknown");
	for (size_t i = 0; text[i]; i++)
		assert_true(text[i] == '\n' || text[i] >= ' ' || text[i] == CLI_STYLE_FAINT);
	scene.view.state = TOP_LATE;
	assert_shows(draw(&scene, 24, 80), "! Late, last answer");
	assert_hides(draw(&scene, 24, 80), "was last known");
	scene.view.overview = NULL;
	scene.view.state = TOP_WAITING;
	assert_shows(draw(&scene, 24, 80), "? Waiting for first data");
	close_scene(&scene);
}

static void test_filters_facets_and_panels(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, DOCUMENT);
	press(&scene, "/GONE");
	assert_shows(draw(&scene, 24, 80), "[1 Components 1 of 4]");
	assert_shows(scene.out.data, "/GONE_");
	(void)top_view_press(&scene.view, SCREEN_ERASE);
	(void)top_view_press(&scene.view, SCREEN_ENTER);
	assert_shows(draw(&scene, 24, 80), "/GON");
	(void)top_view_press(&scene.view, SCREEN_ESCAPE);
	press(&scene, "f");
	assert_shows(draw(&scene, 24, 80), "1 of 4]");
	assert_shows(scene.out.data, "disk is gone");
	press(&scene, "fff");
	assert_hides(draw(&scene, 24, 80), "disk is gone");
	press(&scene, "f3");
	assert_shows(draw(&scene, 24, 80), "[3 Alerts 1]");
	press(&scene, "4/zzz");
	assert_shows(draw(&scene, 24, 80), "[4 Changes 0]");
	close_scene(&scene);
}

static void test_a_chosen_row_stays_when_the_order_changes(void **state)
{
	struct scene before, after;

	(void)state;
	open_scene(&before, DOCUMENT);
	(void)draw(&before, 24, 80);
	press(&before, "j");
	assert_string_equal(top_view_chosen(&before.view)->name, "c");
	open_scene(&after, HEAD "\"components\":{\"c\":{\"status\":\"healthy\"},\"b\":{\"status\":"
				"\"healthy\"},\"a\":{\"status\":\"unhealthy\"}}}");
	before.view.overview = &after.overview;
	(void)draw(&before, 24, 80);
	assert_string_equal(top_view_chosen(&before.view)->name, "c");
	(void)top_view_press(&before.view, SCREEN_HOME);
	before.view.overview = &before.overview;
	(void)draw(&before, 24, 80);
	assert_string_equal(top_view_chosen(&before.view)->name, "b");
	close_scene(&after);
	close_scene(&before);
}

static void test_keys_that_ask_others(void **state)
{
	static const struct {
		int key;
		enum top_action action;
	} keys[] = { { 'q', TOP_QUIT },    { 'p', TOP_PAUSE },
		     { 'c', TOP_CHECK },   { 'R', TOP_RESET },
		     { 'r', TOP_TRY },     { '+', TOP_ZOOM },
		     { 'z', TOP_NOTHING }, { SCREEN_ENTER, TOP_OPENED } };
	struct scene scene;

	(void)state;
	open_scene(&scene, DOCUMENT);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_int_equal(top_view_press(&scene.view, keys[i].key), keys[i].action);
	assert_int_equal(top_view_hours(&scene.view), 6);
	press(&scene, "/q");
	assert_string_equal(scene.view.filter, "q");
	close_scene(&scene);
}

static const char hostile[] =
	HEAD "\"components\":{\"e\\u001b[31mvil\\u0007\\u202e\":{\"status\":\"\\u001b[2J\","
	     "\"error_message\":\"\\u0001\\u0006a\\nb\\tc\\u009bd e\\u0301e\\u0301 "
	     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
	     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
	     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\","
	     "\"group\":\"\\u001b\",\"kind\":7,\"since\":\"never\",\"response_time_ms\":1e308},"
	     "\"y\":[],\"n\":null},\"alerts\":{\"no\":\"list\"},\"circuit_breakers\":[1]}";

static void test_hostile_text_moves_nothing(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, hostile);
	for (int ascii = 0; ascii < 2; ascii++) {
		scene.view.ascii = ascii;
		for (size_t columns = TOP_COLUMNS_MIN; columns < 140; columns++) {
			assert_shows(draw(&scene, 24, columns), "\\x1b[31mvil");
			(void)top_view_press(&scene.view, SCREEN_ENTER);
			assert_shows(draw(&scene, 24, columns), "\\x01\\x06a");
			(void)top_view_press(&scene.view, SCREEN_ESCAPE);
		}
	}
	close_scene(&scene);
}

static void test_ten_thousand_components_make_no_more_lines(void **state)
{
	struct scene scene;
	struct bw_buf document;
	clock_t begin, took;

	(void)state;
	bw_buf_init(&document, 0);
	bw_buf_text(&document, HEAD "\"components\":{");
	for (int i = 0; i < MANY; i++)
		bw_buf_format(&document, "%s\"component-%05d\":{\"status\":\"%s\"}", i ? "," : "",
			      i, i % 7 ? "healthy" : "unhealthy");
	bw_buf_text(&document, "}}");
	bw_buf_byte(&document, '\0');
	open_scene(&scene, document.data);
	begin = clock();
	for (int i = 0; i < 100; i++) {
		(void)top_view_press(&scene.view, SCREEN_PAGE_DOWN);
		(void)draw(&scene, 50, 200);
	}
	took = clock() - begin;
	assert_true(took < 10 * CLOCKS_PER_SEC);
	assert_true(scene.out.len < 50 * 200 * 4);
	(void)top_view_press(&scene.view, SCREEN_END);
	assert_shows(draw(&scene, 24, 80), "component-09999");
	assert_shows(scene.out.data, "[1 Components 10000]");
	press(&scene, "/component-00007");
	assert_shows(draw(&scene, 24, 80), "1 of 10000]");
	bw_buf_finish(&document);
	close_scene(&scene);
}

static void test_an_opened_component_shows_its_checks(void **state)
{
	json_t *checks = json_loads("{\"data\":[{\"timestamp\":\"2026-03-02T14:00:00+00:00\","
				    "\"status\":\"healthy\",\"response_time_ms\":2},"
				    "{\"timestamp\":\"2026-03-02T14:01:00+00:00\","
				    "\"status\":\"unhealthy\",\"error_message\":\"gone\"},7]}",
				    0, NULL);
	struct scene scene;
	const char *text;

	(void)state;
	open_scene(&scene, DOCUMENT);
	(void)top_view_press(&scene.view, SCREEN_ENTER);
	assert_shows(draw(&scene, 24, 80), "Recent checks: not known yet");
	scene.view.checks = checks;
	text = draw(&scene, 24, 80);
	assert_shows(text, "newest first");
	assert_true(strstr(text, "14:01:00 UTC") < strstr(text, "14:00:00 UTC"));
	json_decref(checks);
	close_scene(&scene);
}

static const char history[] =
	"{\"from\":1772460000000,\"to\":1772463600000,\"step_s\":[10,1000,2500],\"values\":{"
	"\"health_score\":[0,100,null],\"response_time\":[5,10,2.5]},\"marks\":["
	"[10,\"component\",\"old\",\"healthy\",\"unhealthy\",\"why\"],"
	"[20,\"alert\",\"new\",\"none\",\"firing\",\"\\u001b[2J\"],[],7]}";

static void test_curves_leave_gaps_blank(void **state)
{
	static const char *const broken[] = { "", "[]", "{}", "{\"from\":1,\"to\":1}",
					      "{\"from\":\"1\",\"to\":2}" };
	struct top_trend trend;
	struct bw_buf out;

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		assert_int_equal(top_trend_init(&trend, broken[i], strlen(broken[i])), BW_EPARSE);
	assert_int_equal(top_trend_init(&trend, history, strlen(history)), BW_OK);
	bw_buf_init(&out, 0);
	top_trend_curve(&trend, "health_score", 100, 10, true, &out);
	bw_buf_byte(&out, '|');
	top_trend_curve(&trend, "response_time", 0, 10, true, &out);
	bw_buf_byte(&out, '|');
	top_trend_curve(&trend, "nothing", 0, 4, true, &out);
	bw_buf_byte(&out, '\0');
	assert_string_equal(out.data, "_ #       |= #      -|    ");
	bw_buf_finish(&out);
	top_trend_finish(&trend);
}

static void test_changes_are_newest_first(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	open_scene(&scene, DOCUMENT);
	scene.view.ascii = true;
	assert_int_equal(top_trend_init(&scene.trend, history, strlen(history)), BW_OK);
	scene.view.trend = &scene.trend;
	press(&scene, "4");
	text = draw(&scene, 24, 80);
	assert_shows(text, "[4 Changes 4]");
	assert_shows(text, "alert new: firing");
	assert_shows(text, "\\x1b[2J");
	assert_shows(text, "component old: healthy to ");
	assert_true(strstr(text, "alert new") < strstr(text, "component old"));
	close_scene(&scene);
}

static void test_what_is_no_document_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "7", "{}", "{\"overview\":{}}",
		"{\"overview\":{},\"metadata\":{\"last_updated\":7}}"
	};
	struct cli_overview overview;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(cli_overview_init(&overview, texts[i], strlen(texts[i])),
				 BW_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows_everything_on_24_lines_of_80_columns),
		cmocka_unit_test(test_shows_probes_and_workers),
		cmocka_unit_test(test_every_size_is_kept),
		cmocka_unit_test(test_lost_is_unknown_and_without_colour),
		cmocka_unit_test(test_filters_facets_and_panels),
		cmocka_unit_test(test_a_chosen_row_stays_when_the_order_changes),
		cmocka_unit_test(test_keys_that_ask_others),
		cmocka_unit_test(test_hostile_text_moves_nothing),
		cmocka_unit_test(test_ten_thousand_components_make_no_more_lines),
		cmocka_unit_test(test_an_opened_component_shows_its_checks),
		cmocka_unit_test(test_curves_leave_gaps_blank),
		cmocka_unit_test(test_changes_are_newest_first),
		cmocka_unit_test(test_what_is_no_document_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
