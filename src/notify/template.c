/* template.c - a list of parts: literal bytes, fields, and the two ends of the loop over alerts.
 *
 * The loop has no stack: it cannot be nested, so its end needs only to know where it began.
 */
#include "notify/template.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "config/guess.h"
#include "notify/document.h"
#include "notify/message.h"

enum { WORD_MAX = 32, MESSAGE_LIMIT = 4000 };

struct scene {
	const struct notice *notice;
	const char *page_url;
	const struct notice_alert *alert; /* of the loop, or the first; NULL: there is none */
	size_t nth;
};

typedef void field_write(const struct scene *scene, struct bw_buf *out);

struct part {
	enum { PART_TEXT, PART_FIELD, PART_LOOP, PART_LOOP_END, PART_COMMA } type;
	const char *text; /* into the template's copy */
	size_t len;
	field_write *write;
	enum template_escape escape;
};

struct template
{
	char *text;
	struct part *parts;
	size_t count, room;
};

/* Fields */

static void put_wall(struct bw_wall time, struct bw_buf *out)
{
	char text[BW_WALL_TEXT_MAX];

	if (time.us == 0)
		return;
	bw_wall_format(time, text);
	bw_buf_text(out, text);
}

static void put_kind(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, notice_kind_text(scene->notice->kind));
}

static void put_key(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->notice->key);
}

static void put_channel(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->notice->channel);
}

static void put_severity(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, bw_severity_text(notice_severity(scene->notice)));
}

static void put_headline(const struct scene *scene, struct bw_buf *out)
{
	char headline[MESSAGE_HEADLINE_MAX];

	message_headline(scene->notice, headline);
	bw_buf_text(out, headline);
}

static void put_label(const struct scene *scene, struct bw_buf *out)
{
	char label[MESSAGE_LABEL_MAX];

	message_label(scene->notice, label);
	bw_buf_text(out, label);
}

static void put_message(const struct scene *scene, struct bw_buf *out)
{
	static const struct message_style plain = { .limit = MESSAGE_LIMIT };

	message_write(scene->notice, scene->page_url, &plain, out);
}

static void put_group(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->notice->group);
}

static void put_remark(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->notice->remark);
}

static void put_at(const struct scene *scene, struct bw_buf *out)
{
	put_wall(scene->notice->at, out);
}

static void put_reminder(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_format(out, "%d", scene->notice->reminder);
}

static void put_count(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_format(out, "%zu", scene->notice->count + scene->notice->more);
}

static void put_more(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_format(out, "%zu", scene->notice->more);
}

static void put_page(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->page_url ? scene->page_url : "");
}

static void put_document(const struct scene *scene, struct bw_buf *out)
{
	struct bw_json json;

	bw_json_init(&json, out);
	document_write(scene->notice, scene->page_url, &json);
}

static void put_id(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_format(out, "a%" PRIu64, scene->alert->id);
}

static void put_alert_severity(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, bw_severity_text(scene->alert->severity));
}

static void put_rule(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->rule);
}

static void put_type(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->type);
}

static void put_subject_kind(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, alert_subject_text(scene->alert->subject_kind));
}

static void put_subject(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->subject);
}

static void put_alert_group(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->group);
}

static void put_title(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->title);
}

static void put_alert_message(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->message);
}

static void put_reason(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, alert_reason_text(scene->alert->reason));
}

static void put_started(const struct scene *scene, struct bw_buf *out)
{
	put_wall(scene->alert->started, out);
}

static void put_fired(const struct scene *scene, struct bw_buf *out)
{
	put_wall(scene->alert->fired, out);
}

static void put_resolved(const struct scene *scene, struct bw_buf *out)
{
	put_wall(scene->alert->resolved, out);
}

static void put_hides(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_format(out, "%zu", scene->alert->hides);
}

static void put_runbook(const struct scene *scene, struct bw_buf *out)
{
	bw_buf_text(out, scene->alert->runbook);
}

static const struct {
	const char *name;
	field_write *write;
} fields[] = {
	{ "kind", put_kind },
	{ "key", put_key },
	{ "channel", put_channel },
	{ "severity", put_severity },
	{ "label", put_label },
	{ "headline", put_headline },
	{ "message", put_message },
	{ "group", put_group },
	{ "remark", put_remark },
	{ "at", put_at },
	{ "reminder", put_reminder },
	{ "count", put_count },
	{ "more", put_more },
	{ "page", put_page },
	{ "document", put_document },
	{ "alert.id", put_id },
	{ "alert.severity", put_alert_severity },
	{ "alert.rule", put_rule },
	{ "alert.type", put_type },
	{ "alert.kind", put_subject_kind },
	{ "alert.subject", put_subject },
	{ "alert.group", put_alert_group },
	{ "alert.title", put_title },
	{ "alert.message", put_alert_message },
	{ "alert.reason", put_reason },
	{ "alert.started", put_started },
	{ "alert.fired", put_fired },
	{ "alert.resolved", put_resolved },
	{ "alert.hides", put_hides },
	{ "alert.runbook", put_runbook },
};

enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

const char *template_field_name(size_t nth)
{
	return nth < FIELD_COUNT ? fields[nth].name : NULL;
}

/* Compiling */

static bool is_word_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || byte == '.' || byte == '_';
}

static enum bw_status add_part(struct template *parts, struct part part, struct bw_error *err)
{
	if (parts->count == TEMPLATE_PARTS_MAX)
		return bw_fail(err, BW_ELIMIT, "more than %d fields and texts between them",
			       TEMPLATE_PARTS_MAX);
	if (parts->count == parts->room) {
		parts->room = parts->room ? 2 * parts->room : 16;
		parts->parts = xrealloc(parts->parts, parts->room * sizeof(*parts->parts));
	}
	parts->parts[parts->count++] = part;
	return BW_OK;
}

static enum bw_status add_text(struct template *parts, const char *begin, const char *end,
			       struct bw_error *err)
{
	struct part part = { .type = PART_TEXT, .text = begin, .len = (size_t)(end - begin) };

	return part.len == 0 ? BW_OK : add_part(parts, part, err);
}

static bool is_in_loop(const struct template *parts)
{
	for (size_t i = parts->count; i > 0; i--)
		if (parts->parts[i - 1].type == PART_LOOP ||
		    parts->parts[i - 1].type == PART_LOOP_END)
			return parts->parts[i - 1].type == PART_LOOP;
	return false;
}

static enum bw_status find_field(const char *name, struct part *out, struct bw_error *err)
{
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (strcmp(fields[i].name, name) == 0) {
			out->type = PART_FIELD;
			out->write = fields[i].write;
			return BW_OK;
		}
		config_guess_add(&guess, fields[i].name);
	}
	if (guess.best)
		return bw_fail(err, BW_EPARSE,
			       "there is no field `%s`; did you mean `%s`? A brace that is "
			       "none of ours is written {{",
			       name, guess.best);
	return bw_fail(err, BW_EPARSE,
		       "there is no field `%s`; a brace that is none of ours is written {{", name);
}

static enum bw_status find_escape(const char *word, struct part *out, struct bw_error *err)
{
	static const struct {
		const char *word;
		enum template_escape escape;
	} rows[] = { { "raw", TEMPLATE_RAW },
		     { "url", TEMPLATE_URL },
		     { "json", TEMPLATE_JSON },
		     { "line", TEMPLATE_LINE } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].word, word) != 0)
			continue;
		out->escape = rows[i].escape;
		return BW_OK;
	}
	return bw_fail(err, BW_EPARSE, "`:%s` is none of :json, :line, :raw and :url", word);
}

static enum bw_status read_words(const struct template *parts, const char *name, const char *escape,
				 struct part *out, struct bw_error *err)
{
	bool looping = is_in_loop(parts);

	if (strcmp(name, "alerts") == 0) {
		if (looping)
			return bw_fail(err, BW_EPARSE, "{alerts} stands inside of {alerts}");
		out->type = PART_LOOP;
		return BW_OK;
	}
	if (strcmp(name, "/alerts") == 0 || strcmp(name, "comma") == 0) {
		if (!looping)
			return bw_fail(err, BW_EPARSE, "{%s} without an {alerts} before it", name);
		out->type = name[0] == '/' ? PART_LOOP_END : PART_COMMA;
		return BW_OK;
	}
	if (escape[0] && find_escape(escape, out, err) != BW_OK)
		return BW_EPARSE;
	return find_field(name, out, err);
}

/* `*at` is behind the brace; it is left behind the closing one. */
static enum bw_status read_field(const struct template *parts, const char **at, struct part *out,
				 struct bw_error *err)
{
	char words[2][WORD_MAX] = { "", "" };
	size_t len = 0, which = 0;
	const char *byte = *at;

	for (; *byte != '}'; byte++) {
		if (*byte == ':' && which == 0) {
			which = 1;
			len = 0;
			continue;
		}
		if ((!is_word_byte(*byte) && !(*byte == '/' && byte == *at)) ||
		    len + 1 == sizeof(words[0]))
			return bw_fail(err, BW_EPARSE,
				       "`{%.*s` is no field; a brace that is none of ours is "
				       "written {{",
				       (int)strnlen(*at, 20), *at);
		words[which][len++] = *byte;
		words[which][len] = '\0';
	}
	*at = byte + 1;
	return read_words(parts, words[0], words[1], out, err);
}

static bool begins_field(const char *brace)
{
	return (brace[1] >= 'a' && brace[1] <= 'z') || brace[1] == '/';
}

static enum bw_status compile(struct template *parts, enum template_escape standard,
			      struct bw_error *err)
{
	const char *at = parts->text, *begin = at;
	enum bw_status status = BW_OK;

	while (status == BW_OK && (at = strchr(at, '{'))) {
		struct part part = { .escape = standard };

		if (at[1] == '{' && begins_field(at + 1)) {
			status = add_text(parts, begin, at + 1, err);
			begin = at += 2;
			continue;
		}
		if (!begins_field(at)) {
			at++;
			continue;
		}
		status = add_text(parts, begin, at, err);
		at++;
		if (status == BW_OK)
			status = read_field(parts, &at, &part, err);
		if (status == BW_OK)
			status = add_part(parts, part, err);
		begin = at;
	}
	if (status == BW_OK)
		status = add_text(parts, begin, begin + strlen(begin), err);
	if (status == BW_OK && is_in_loop(parts))
		return bw_fail(err, BW_EPARSE, "{alerts} is not ended by {/alerts}");
	return status;
}

enum bw_status template_compile(const char *text, enum template_escape standard,
				struct template **out, struct bw_error *err)
{
	struct template *parts;
	enum bw_status status;

	if (strlen(text) > TEMPLATE_TEXT_MAX)
		return bw_fail(err, BW_ELIMIT, "longer than %d bytes", TEMPLATE_TEXT_MAX);
	parts = xcalloc(1, sizeof(*parts));
	parts->text = xstrdup(text);
	status = compile(parts, standard, err);
	if (status == BW_OK)
		*out = parts;
	else
		template_destroy(parts);
	return status;
}

void template_destroy(struct template *parts)
{
	if (!parts)
		return;
	free(parts->parts);
	free(parts->text);
	free(parts);
}

/* Writing */

static void put_json(const char *text, size_t len, struct bw_buf *out)
{
	struct bw_buf quoted;
	struct bw_json json;

	bw_buf_init(&quoted, 0);
	bw_json_init(&json, &quoted);
	bw_json_string_len(&json, text, len);
	if (quoted.len >= 2)
		bw_buf_append(out, quoted.data + 1, quoted.len - 2);
	bw_buf_finish(&quoted);
}

static void put_clean_line(const char *text, size_t len, struct bw_buf *out)
{
	size_t size = 3 * len + 4;
	char *clean = xmalloc(size);

	bw_text_clean(text, len, clean, size);
	bw_buf_text(out, clean);
	free(clean);
}

static void put_escaped_url(const char *text, size_t len, struct bw_buf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		    (byte >= '0' && byte <= '9') || strchr("-._~", byte))
			bw_buf_byte(out, (char)byte);
		else
			bw_buf_format(out, "%%%02X", byte);
	}
}

static void put_field(const struct part *part, const struct scene *scene, struct bw_buf *out)
{
	struct bw_buf value;
	const char *text;

	bw_buf_init(&value, 0);
	part->write(scene, &value);
	text = value.data ? value.data : "";
	switch (part->escape) {
	case TEMPLATE_JSON:
		put_json(text, value.len, out);
		break;
	case TEMPLATE_LINE:
		put_clean_line(text, value.len, out);
		break;
	case TEMPLATE_URL:
		put_escaped_url(text, value.len, out);
		break;
	case TEMPLATE_RAW:
	default:
		bw_buf_append(out, text, value.len);
	}
	bw_buf_finish(&value);
}

/* The part behind the loop's end. */
static size_t behind_loop(const struct template *parts, size_t at)
{
	while (parts->parts[at].type != PART_LOOP_END)
		at++;
	return at + 1;
}

static void write_part(const struct part *part, const struct scene *scene, struct bw_buf *out)
{
	static const struct notice_alert none = {
		.rule = "",
		.type = "",
		.subject = "",
		.group = "",
		.runbook = "",
		.title = "",
		.message = "",
		.subject_kind = ALERT_SUBJECT_SYSTEM,
	};
	struct scene filled = *scene;

	if (!filled.alert)
		filled.alert = &none;
	if (part->type == PART_TEXT)
		bw_buf_append(out, part->text, part->len);
	else if (part->type == PART_FIELD)
		put_field(part, &filled, out);
	else if (part->type == PART_COMMA && scene->nth + 1 < scene->notice->count)
		bw_buf_byte(out, ',');
}

void template_write(const struct template *parts, const struct notice *notice, const char *page_url,
		    struct bw_buf *out)
{
	const struct notice_alert *first = notice->count > 0 ? notice->alerts : NULL;
	struct scene scene = { .notice = notice, .page_url = page_url, .alert = first };
	size_t loop = 0;

	for (size_t i = 0; i < parts->count && out->status == BW_OK; i++) {
		const struct part *part = &parts->parts[i];

		if (part->type == PART_LOOP) {
			loop = i;
			scene.nth = 0;
			if (notice->count == 0)
				i = behind_loop(parts, i) - 1;
		} else if (part->type == PART_LOOP_END) {
			scene.nth++;
			if (scene.nth < notice->count) {
				scene.alert = &notice->alerts[scene.nth];
				i = loop;
				continue;
			}
			scene.alert = first;
		} else {
			write_part(part, &scene, out);
		}
	}
}
