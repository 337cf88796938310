/* quote.c - lays a line out in cells, each a few bytes and some columns, then prints a window.
 *
 * A cell is a character, a tab widened to its stop, an escaped control character, or a whole secret
 * as three stars. Only the part of a line near the token is laid out, so that a file of one huge
 * line costs no more than any other.
 */
#include "config/quote.h"

#include <string.h>

#include "base/display.h"
#include "config/mask.h"

enum { NEAR_BYTES = 2000, COLUMNS_MAX = 96, TAB_COLUMNS = 8, MASKS_MAX = 32 };

struct layout {
	struct config_file *file;
	struct config_span line, token;
	struct config_span masks[MASKS_MAX];
	size_t mask_count;
	size_t token_begin, token_end, width; /* columns, found by the first walk */
};

static void add_mask(struct layout *layout, size_t begin, size_t end)
{
	if (begin < layout->line.begin)
		begin = layout->line.begin;
	if (end > layout->line.end)
		end = layout->line.end;
	if (begin < end && layout->mask_count < MASKS_MAX)
		layout->masks[layout->mask_count++] = (struct config_span){ begin, end };
}

static void find_masks(struct layout *layout)
{
	const struct config_file *file = layout->file;
	const char *text = file->text + layout->line.begin;
	size_t len = layout->line.end - layout->line.begin, at = 0;
	struct config_span secret;

	for (size_t i = 0; i < file->hidden_count; i++)
		add_mask(layout, file->hidden[i].begin, file->hidden[i].end);
	while (config_mask_next(text, len, at, &secret)) {
		add_mask(layout, layout->line.begin + secret.begin,
			 layout->line.begin + secret.end);
		at = secret.end;
	}
	/* A line with more secrets than fit is not shown at all. */
	if (layout->mask_count == MASKS_MAX) {
		layout->mask_count = 1;
		layout->masks[0] = layout->line;
	}
}

/* Where the secret that begins at or covers `at` ends; 0: there is none. */
static size_t masked_until(const struct layout *layout, size_t at)
{
	size_t end = 0;

	for (size_t i = 0; i < layout->mask_count; i++)
		if (layout->masks[i].begin <= at && at < layout->masks[i].end &&
		    layout->masks[i].end > end)
			end = layout->masks[i].end;
	return end;
}

/* Appends the cell at `at` to `out` (which may be NULL), and moves on. */
static size_t next_cell(const struct layout *layout, size_t at, size_t *column, struct bw_buf *out)
{
	const char *text = layout->file->text + at;
	size_t end = masked_until(layout, at), columns;
	uint32_t character;

	if (end > 0) {
		columns = sizeof CONFIG_MASK - 1;
		if (out)
			bw_buf_text(out, CONFIG_MASK);
	} else if (*text == '\t') {
		end = at + 1;
		columns = TAB_COLUMNS - *column % TAB_COLUMNS;
		if (out)
			bw_buf_format(out, "%*s", (int)columns, "");
	} else {
		end = at + bw_utf8_next(text, layout->line.end - at, &character);
		columns = (size_t)bw_display_columns(character);
		if (out)
			bw_display_append(out, text, end - at);
	}
	*column += columns;
	return end;
}

static void measure(struct layout *layout)
{
	size_t column = 0;

	layout->token_begin = SIZE_MAX;
	for (size_t at = layout->line.begin; at < layout->line.end;) {
		size_t before = column;

		at = next_cell(layout, at, &column, NULL);
		if (layout->token_begin == SIZE_MAX && at > layout->token.begin)
			layout->token_begin = before;
		if (at <= layout->token.end || before == layout->token_begin)
			layout->token_end = column;
	}
	layout->width = column;
	if (layout->token_begin == SIZE_MAX)
		layout->token_begin = layout->token_end = column;
}

static void print_window(const struct layout *layout, size_t from, size_t to, struct bw_buf *buf)
{
	size_t column = 0;

	for (size_t at = layout->line.begin; at < layout->line.end && column < to;) {
		size_t after = column, next = next_cell(layout, at, &after, NULL);

		if (column >= from && after <= to)
			next_cell(layout, at, &column, buf);
		column = after;
		at = next;
	}
}

/* The window holds the token's beginning with a third of the room before it. */
static void print(const struct layout *layout, struct bw_buf *buf)
{
	size_t from = 0, to = layout->width, caret = layout->token_begin, marked;

	if (layout->width > COLUMNS_MAX) {
		from = caret > COLUMNS_MAX / 3 ? caret - COLUMNS_MAX / 3 : 0;
		to = from + COLUMNS_MAX;
	}
	bw_buf_text(buf, "  ");
	if (from > 0)
		bw_buf_text(buf, "\xe2\x80\xa6");
	print_window(layout, from, to, buf);
	if (to < layout->width)
		bw_buf_text(buf, "\xe2\x80\xa6");
	marked = (layout->token_end < to ? layout->token_end : to);
	marked = marked > caret + 1 ? marked - caret - 1 : 0;
	bw_buf_format(buf, "\n  %*s^", (int)(caret - from + (from > 0)), "");
	for (size_t i = 0; i < marked; i++)
		bw_buf_byte(buf, '~');
	bw_buf_byte(buf, '\n');
}

/* A token of several lines is marked to the end of its first, without a comment behind it. */
static size_t end_of_token(const struct layout *layout)
{
	const char *text = layout->file->text;
	size_t end = layout->token.end;

	if (end <= layout->line.end)
		return end;
	end = layout->line.end;
	for (size_t at = layout->token.begin; at + 1 < end; at++)
		if (text[at] == ' ' && text[at + 1] == '#')
			end = at;
	while (end > layout->token.begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	return end;
}

void config_quote(struct bw_buf *buf, struct config_file *file, struct config_span token)
{
	struct layout layout = { .file = file, .token = token };

	layout.line = config_file_line(file, token.begin);
	layout.token.end = end_of_token(&layout);
	if (token.begin - layout.line.begin > NEAR_BYTES)
		layout.line.begin = token.begin - NEAR_BYTES;
	if (layout.line.end > token.begin + NEAR_BYTES)
		layout.line.end = token.begin + NEAR_BYTES;
	find_masks(&layout);
	measure(&layout);
	print(&layout, buf);
}
