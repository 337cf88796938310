/* mask.c - looks for `://user:password@` and for `name: value` or `name=value` with a telling name.
 *
 * When in doubt it hides more: an error text with too many stars is still readable.
 */
#include "config/mask.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_name_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || byte == '-';
}

/* "DB_PASS", "x-auth": short words, so only whole ones. */
static bool has_secret_word(const char *name, size_t len)
{
	static const char *const words[] = { "pass", "pw", "auth" };

	for (size_t at = 0, end; at < len; at = end + 1) {
		for (end = at; end < len && name[end] != '_' && name[end] != '-';)
			end++;
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (strlen(words[i]) == end - at &&
			    strncasecmp(name + at, words[i], end - at) == 0)
				return true;
	}
	return false;
}

/* Parameters of a URL or a command that are harmless as keys of a configuration. */
static bool is_secret_parameter(const char *text, size_t len, struct config_span name)
{
	const size_t size = name.end - name.begin;

	return name.end < len && text[name.end] == '=' && size == 3 &&
	       (strncasecmp(text + name.begin, "key", 3) == 0 ||
		strncasecmp(text + name.begin, "sig", 3) == 0);
}

bool config_name_is_secret(const char *name, size_t len)
{
	static const char *const parts[] = {
		"passw",         "passphrase", "pwd",         "secret",     "token",
		"apikey",        "api_key",    "api-key",     "credential", "bearer",
		"authorization", "cookie",     "private_key", "access_key", "signature",
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t part_len = strlen(parts[i]);

		for (size_t at = 0; at + part_len <= len; at++)
			if (strncasecmp(name + at, parts[i], part_len) == 0)
				return true;
	}
	return has_secret_word(name, len);
}

bool config_is_reference(const char *text, size_t len)
{
	if (len > 5 && memcmp(text, "file:", 5) == 0)
		return true;
	if (len < 4 || memcmp(text, "${", 2) != 0 || text[len - 1] != '}')
		return false;
	for (size_t i = 2; i < len - 1; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return true;
}

static bool is_quote(char byte)
{
	return byte == '"' || byte == '\'' || byte == '`';
}

static bool ends_url(char byte)
{
	return isspace((unsigned char)byte) || is_quote(byte);
}

/* `at` is behind "://". */
static bool find_url_password(const char *text, size_t len, size_t at, struct config_span *out)
{
	size_t colon = len, last_at = len;
	bool has_slash = false;

	/* A password may have a blank in it, but then only quotes tell where the URL ends. */
	for (; at < len && !is_quote(text[at]); at++) {
		if (isspace((unsigned char)text[at]) && (has_slash || last_at != len))
			break;
		has_slash = has_slash || text[at] == '/';
		if (text[at] == ':' && colon == len)
			colon = at;
		if (text[at] == '@')
			last_at = at;
	}
	if (colon == len || last_at == len || last_at <= colon + 1 ||
	    config_is_reference(text + colon + 1, last_at - colon - 1))
		return false;
	*out = (struct config_span){ colon + 1, last_at };
	return true;
}

static size_t end_of_value(const char *text, size_t len, size_t at, bool in_query)
{
	bool in_flow = memchr(text, '{', at) || memchr(text, '[', at);
	const char *stop;

	if (text[at] == '"' || text[at] == '\'') {
		stop = memchr(text + at + 1, text[at], len - at - 1);
		return stop ? (size_t)(stop - text) + 1 : len;
	}
	if (text[at] == '[' || text[at] == '{')
		return len;
	for (; at < len; at++) {
		if (in_query ? ends_url(text[at]) || strchr("&,;}]", text[at])
			     : in_flow && strchr(",}]", text[at]))
			break;
	}
	return at;
}

static bool is_quoted_reference(const char *text, size_t len)
{
	if (len > 2 && (text[0] == '"' || text[0] == '\'') && text[len - 1] == text[0])
		return config_is_reference(text + 1, len - 2);
	return config_is_reference(text, len);
}

/* `name` is the span of a telling name; the value behind it, if there is one. */
static bool find_named_value(const char *text, size_t len, struct config_span name,
			     struct config_span *out)
{
	size_t at = name.end, end;
	bool in_query;

	if (at < len && (text[at] == '"' || text[at] == '\''))
		at++;
	while (at < len && text[at] == ' ')
		at++;
	if (at >= len || (text[at] != ':' && text[at] != '='))
		return false;
	in_query = text[at++] == '=';
	while (at < len && isspace((unsigned char)text[at]))
		at++;
	if (at >= len)
		return false;
	end = end_of_value(text, len, at, in_query);
	while (end > at && isspace((unsigned char)text[end - 1]))
		end--;
	if (end == at || is_quoted_reference(text + at, end - at))
		return false;
	*out = (struct config_span){ at, end };
	return true;
}

bool config_mask_next(const char *text, size_t len, size_t from, struct config_span *out)
{
	for (size_t at = from; at < len;) {
		struct config_span name = { at, at };

		if (len - at > 3 && memcmp(text + at, "://", 3) == 0 &&
		    find_url_password(text, len, at + 3, out))
			return true;
		while (name.end < len && is_name_byte(text[name.end]))
			name.end++;
		if (name.end == name.begin) {
			at++;
			continue;
		}
		if ((config_name_is_secret(text + name.begin, name.end - name.begin) ||
		     is_secret_parameter(text, len, name)) &&
		    find_named_value(text, len, name, out))
			return true;
		at = name.end;
	}
	return false;
}

void config_mask_append(struct bw_buf *buf, const char *text, size_t len)
{
	struct config_span secret;
	size_t at = 0;

	while (config_mask_next(text, len, at, &secret)) {
		bw_buf_append(buf, text + at, secret.begin - at);
		bw_buf_text(buf, CONFIG_MASK);
		at = secret.end;
	}
	bw_buf_append(buf, text + at, len - at);
}

/* True if the last `name:` before `end` is a telling one. */
static bool last_name_is_secret(const char *text, size_t end)
{
	while (end > 0) {
		size_t begin;

		end--;
		if (text[end] != ':')
			continue;
		begin = end;
		while (begin > 0 && is_name_byte(text[begin - 1]))
			begin--;
		if (begin < end)
			return config_name_is_secret(text + begin, end - begin);
	}
	return false;
}

void config_hide_around(struct config_file *file, size_t offset)
{
	struct config_span line = config_file_line(file, offset), secret;
	const char *text = file->text + line.begin;
	size_t len = line.end - line.begin;

	if (config_mask_next(text, len, 0, &secret))
		config_file_hide(file, (struct config_span){ line.begin + secret.begin, line.end });
	else if (line.begin > 0 &&
		 (!memchr(text, ':', len) || last_name_is_secret(file->text, offset)) &&
		 last_name_is_secret(file->text, line.begin))
		config_file_hide(file, line);
}
