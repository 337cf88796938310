/* badge.c - two rectangles and two texts.
 *
 * Widths are those of a wide common font; `textLength` makes whatever font is there fit them, so
 * that no text ever leaves its half.
 */
#include "daemon/badge.h"

#include <string.h>

#include "base/display.h"
#include "base/json_write.h"
#include "base/markup_write.h"

enum { HEIGHT = 20, PADDING = 6, CACHE_S = 60 };

bool badge_parse(const char *file, char what[BADGE_WHAT_MAX], bool *as_json)
{
	const char *dot = strrchr(file, '.');

	if (dot == NULL || dot - file >= BADGE_WHAT_MAX)
		return false;
	*as_json = strcmp(dot, ".json") == 0;
	if (!*as_json && strcmp(dot, ".svg") != 0)
		return false;
	memcpy(what, file, (size_t)(dot - file));
	what[dot - file] = '\0';
	return true;
}

static const char *color_of(enum badge_tone tone)
{
	static const char *const colors[] = { [BADGE_GOOD] = "#07737a",
					      [BADGE_WARN] = "#8a5600",
					      [BADGE_BAD] = "#c01f3a",
					      [BADGE_UNKNOWN] = "#626c74" };

	return colors[tone];
}

static int width_of(uint32_t character)
{
	if (character >= 0x80)
		return character == 0x2013 || character == 0xa0 ? 7 : 12;
	if (strchr("ijl|!.,:;'I", (int)character) != NULL)
		return 5;
	if (strchr("ft()[]{}r/- ", (int)character) != NULL)
		return 5;
	if (strchr("mwMW%@", (int)character) != NULL)
		return 11;
	return character >= 'A' && character <= 'Z' ? 8 : 7;
}

int badge_text_width(const char *text)
{
	size_t len = strlen(text), at = 0;
	uint32_t character;
	int width = 0;

	while (at < len) {
		at += bw_utf8_next(text + at, len - at, &character);
		width += width_of(character);
	}
	return width;
}

static void write_half(struct bw_buf *out, const char *text, int x, int width)
{
	bw_buf_format(out, "<text x=\"%d\" y=\"14\" textLength=\"%d\">", x, width);
	bw_markup_text(out, text);
	bw_buf_text(out, "</text>");
}

void badge_write_svg(const struct badge *badge, struct bw_buf *out)
{
	int label = badge_text_width(badge->label), message = badge_text_width(badge->message);
	int left = label + 2 * PADDING, right = message + 2 * PADDING;

	bw_buf_format(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		      "role=\"img\" aria-label=\"",
		      left + right, HEIGHT);
	bw_markup_text(out, badge->label);
	bw_buf_text(out, ": ");
	bw_markup_text(out, badge->message);
	bw_buf_text(out, "\"><title>");
	bw_markup_text(out, badge->label);
	bw_buf_text(out, ": ");
	bw_markup_text(out, badge->message);
	bw_buf_format(out,
		      "</title><rect width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\"/>"
		      "<path d=\"M3 0h%dv%dH3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z\" fill=\"#333b40\"/>",
		      left + right, HEIGHT, color_of(badge->tone), left - 3, HEIGHT);
	bw_buf_text(out, "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" "
			 "font-size=\"11\">");
	write_half(out, badge->label, PADDING, label);
	write_half(out, badge->message, left + PADDING, message);
	bw_buf_text(out, "</g></svg>\n");
}

void badge_write_json(const struct badge *badge, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	bw_json_object_begin(&json);
	bw_json_key(&json, "schemaVersion");
	bw_json_int(&json, 1);
	bw_json_key(&json, "label");
	bw_json_string(&json, badge->label);
	bw_json_key(&json, "message");
	bw_json_string(&json, badge->message);
	bw_json_key(&json, "color");
	bw_json_string(&json, color_of(badge->tone));
	bw_json_key(&json, "isError");
	bw_json_bool(&json, badge->is_error);
	bw_json_key(&json, "cacheSeconds");
	bw_json_int(&json, CACHE_S);
	bw_json_object_end(&json);
}
