/* report.c - keeps complaints with their places, sorts them once, prints them.
 *
 * Every text passes the mask, whoever wrote it: a kind of check may well have put a whole URL into
 * its complaint.
 */
#include "config/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "config/mask.h"
#include "config/node.h"
#include "config/quote.h"

enum { TEXT_MAX = 1024 };

struct complaint {
	struct config_file *file; /* NULL: about no file */
	struct config_span token;
	char *text;
};

struct complaint_list {
	struct complaint items[CONFIG_COMPLAINTS_MAX];
	size_t kept, count;
};

struct config_complaints {
	char *name;
	struct complaint_list errors, warnings;
};

struct config_complaints *config_complaints_create(const char *name)
{
	struct config_complaints *complaints = xcalloc(1, sizeof *complaints);

	complaints->name = xstrdup(name);
	return complaints;
}

static void list_finish(struct complaint_list *list)
{
	for (size_t i = 0; i < list->kept; i++)
		free(list->items[i].text);
}

void config_complaints_destroy(struct config_complaints *complaints)
{
	if (!complaints)
		return;
	list_finish(&complaints->errors);
	list_finish(&complaints->warnings);
	free(complaints->name);
	free(complaints);
}

BW_PRINTF(1, 0)
static char *safe_text(const char *format, va_list args)
{
	char raw[TEXT_MAX];
	struct bw_buf masked, shown;
	char *text;

	bw_text_format_args(raw, sizeof raw, format, args);
	bw_buf_init(&masked, 0);
	bw_buf_init(&shown, 0);
	config_mask_append(&masked, raw, strlen(raw));
	if (masked.len > 0)
		bw_display_append(&shown, masked.data, masked.len);
	text = bw_buf_take(&shown, NULL);
	bw_buf_finish(&masked);
	bw_buf_finish(&shown);
	return text ? text : xstrdup("");
}

BW_PRINTF(4, 0)
static void add(struct complaint_list *list, struct config_file *file, struct config_span token,
		const char *format, va_list args)
{
	list->count++;
	if (list->kept == CONFIG_COMPLAINTS_MAX)
		return;
	list->items[list->kept++] = (struct complaint){ file, token, safe_text(format, args) };
}

static struct config_span key_of(const struct config_node *node)
{
	return (struct config_span){ node->key_begin, node->key_end };
}

/* A list or map that begins below its key is marked at the key. */
static struct config_span token_of(const struct config_node *node)
{
	struct config_span value = { node->begin, node->end };
	bool is_block;

	if (!node->file || node->key_end <= node->key_begin)
		return value;
	is_block = (node->kind == CONFIG_NODE_LIST || node->kind == CONFIG_NODE_MAP) &&
		   memchr(node->file->text + node->key_begin, '\n', node->begin - node->key_begin);
	return is_block || node->end <= node->begin ? key_of(node) : value;
}

void config_complain(struct config_complaints *complaints, const struct config_node *node,
		     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&complaints->errors, node ? node->file : NULL,
	    node ? token_of(node) : (struct config_span){ 0, 0 }, format, args);
	va_end(args);
}

void config_complain_key(struct config_complaints *complaints, const struct config_node *node,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&complaints->errors, node->file,
	    node->key_end > node->key_begin ? key_of(node) : token_of(node), format, args);
	va_end(args);
}

void config_complain_at(struct config_complaints *complaints, const struct config_node *node,
			const char *path, const char *format, ...)
{
	const struct config_node *nearest = node ? config_node_nearest(node, path) : NULL;
	va_list args;

	va_start(args, format);
	add(&complaints->errors, nearest ? nearest->file : NULL,
	    nearest ? token_of(nearest) : (struct config_span){ 0, 0 }, format, args);
	va_end(args);
}

/* Where the value of a scalar stands in its file, walked along side by side with what was read. */
struct walk {
	const char *source, *end; /* next byte of the file */
	const char *text;         /* next byte of the value */
	char quote;               /* '"', '\'' or 0 */
};

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* One byte of the value; false: it was written in a way that is not followed here. */
static bool step(struct walk *walk)
{
	const char *source = walk->source;

	while (source < walk->end && is_space(*source) && !is_space(*walk->text))
		source++;
	if (source < walk->end && is_space(*source) && is_space(*walk->text)) {
		source++;
	} else {
		bool is_escape = (walk->quote == '"' && *source == '\\') ||
				 (walk->quote == '\'' && *source == '\'');

		source += is_escape;
		if (source >= walk->end || *source != *walk->text)
			return false;
		source++;
	}
	walk->source = source;
	walk->text++;
	return true;
}

static struct walk walk_begin(const struct config_node *node)
{
	struct walk walk = { .source = node->file->text + node->begin,
			     .end = node->file->text + node->end,
			     .text = node->text };

	if (node->begin < node->end && (*walk.source == '"' || *walk.source == '\''))
		walk.quote = *walk.source++;
	else if (node->begin < node->end && (*walk.source == '|' || *walk.source == '>'))
		while (walk.source < walk.end && *walk.source != '\n')
			walk.source++;
	return walk;
}

static bool find_within(const struct config_node *node, struct config_part_of_text part,
			struct config_span *out)
{
	struct walk walk = walk_begin(node);
	const char *base = node->file->text;
	size_t begin = 0;

	if (part.at > node->len || part.len > node->len - part.at)
		return false;
	for (size_t i = 0; i < part.at + part.len; i++) {
		if (!step(&walk))
			return false;
		if (i == part.at)
			begin = (size_t)(walk.source - base) - 1;
	}
	*out = (struct config_span){ begin, (size_t)(walk.source - base) };
	if (part.len == 0)
		out->begin = out->end;
	return true;
}

void config_complain_within(struct config_complaints *complaints, const struct config_node *node,
			    const char *text, struct config_part_of_text part, const char *format,
			    ...)
{
	struct config_span token = token_of(node);
	va_list args;

	if (node->kind == CONFIG_NODE_SCALAR && strcmp(text, node->text) == 0)
		find_within(node, part, &token);
	va_start(args, format);
	add(&complaints->errors, node->file, token, format, args);
	va_end(args);
}

void config_warn(struct config_complaints *complaints, const struct config_node *node,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&complaints->warnings, node ? node->file : NULL,
	    node ? token_of(node) : (struct config_span){ 0, 0 }, format, args);
	va_end(args);
}

int config_error_count(const struct config_complaints *complaints)
{
	return (int)complaints->errors.count;
}

size_t config_warning_count(const struct config_complaints *complaints)
{
	return complaints->warnings.kept;
}

static void print_head(const struct config_complaints *complaints,
		       const struct complaint *complaint, struct bw_buf *buf)
{
	const char *name = complaint->file ? complaint->file->name : complaints->name;

	bw_display_append(buf, name, strlen(name));
	if (complaint->file) {
		struct config_place place =
			config_file_place(complaint->file, complaint->token.begin);

		bw_buf_format(buf, ":%zu:%zu", place.line, place.column);
	}
	bw_buf_format(buf, ": %s", complaint->text);
}

static char *take(struct bw_buf *buf)
{
	char *text = bw_buf_take(buf, NULL);

	return text ? text : xstrdup("");
}

char *config_warning_text(const struct config_complaints *complaints, size_t nth)
{
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	print_head(complaints, &complaints->warnings.items[nth], &buf);
	return take(&buf);
}

/* Files are loaded in the order of their names, so names order them. */
static int compare(const void *left, const void *right)
{
	const struct complaint *a = *(const struct complaint *const *)left;
	const struct complaint *b = *(const struct complaint *const *)right;
	int order;

	if (!a->file || !b->file)
		order = (a->file != NULL) - (b->file != NULL);
	else
		order = strcmp(a->file->name, b->file->name);
	if (order == 0 && a->token.begin != b->token.begin)
		order = a->token.begin < b->token.begin ? -1 : 1;
	return order != 0 ? order : (a > b) - (a < b);
}

char *config_complaints_report(const struct config_complaints *complaints)
{
	const struct complaint_list *list = &complaints->errors;
	const struct complaint *sorted[CONFIG_COMPLAINTS_MAX];
	struct bw_buf buf;

	for (size_t i = 0; i < list->kept; i++)
		sorted[i] = &list->items[i];
	if (list->kept > 0)
		qsort(sorted, list->kept, sizeof *sorted, compare);
	bw_buf_init(&buf, 0);
	for (size_t i = 0; i < list->kept; i++) {
		print_head(complaints, sorted[i], &buf);
		bw_buf_byte(&buf, '\n');
		if (sorted[i]->file)
			config_quote(&buf, sorted[i]->file, sorted[i]->token);
	}
	if (list->count > list->kept)
		bw_buf_format(&buf, "%s: and %zu more errors\n", complaints->name,
			      list->count - list->kept);
	return take(&buf);
}
