/* negotiate.c - two small comma lists. A list that makes no sense asks for nothing. */
#include "http/negotiate.h"

#include <string.h>
#include <strings.h>

struct text {
	const char *at, *end;
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct text trim(struct text text)
{
	while (text.at < text.end && is_blank(*text.at))
		text.at++;
	while (text.at < text.end && is_blank(text.end[-1]))
		text.end--;
	return text;
}

/* Splits at the first `separator`; what is behind it stays in `rest`. */
static struct text cut(struct text *rest, char separator)
{
	struct text first = { rest->at,
			      memchr(rest->at, separator, (size_t)(rest->end - rest->at)) };

	if (first.end == NULL)
		first.end = rest->at = rest->end;
	else
		rest->at = first.end + 1;
	return trim(first);
}

static bool is(struct text text, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(text.end - text.at) == len && strncasecmp(text.at, word, len) == 0;
}

/* "0.5" to 500; a weight that is none counts as 0: refused. */
static int weight(struct text text)
{
	int value = 0, digits = 0;

	if (text.at == text.end || (*text.at != '0' && *text.at != '1'))
		return 0;
	value = *text.at++ - '0';
	if (text.at < text.end && *text.at++ != '.')
		return 0;
	for (; text.at < text.end && digits < 3; text.at++, digits++) {
		if (*text.at < '0' || *text.at > '9')
			return 0;
		value = value * 10 + (*text.at - '0');
	}
	for (; digits < 3; digits++)
		value *= 10;
	return value <= 1000 ? value : 0;
}

static int weight_of(struct text parameters)
{
	while (parameters.at < parameters.end) {
		struct text parameter = cut(&parameters, ';');
		struct text name = cut(&parameter, '=');

		if (is(name, "q"))
			return weight(trim(parameter));
	}
	return 1000;
}

bool http_accepts_gzip(const char *value, size_t len)
{
	struct text rest = { value, value + len };
	int gzip = -1, identity = -1, any = -1;

	while (rest.at < rest.end) {
		struct text item = cut(&rest, ',');
		struct text coding = cut(&item, ';');
		int item_weight = weight_of(item);

		if (is(coding, "gzip") || is(coding, "x-gzip"))
			gzip = item_weight;
		else if (is(coding, "identity"))
			identity = item_weight;
		else if (is(coding, "*"))
			any = item_weight;
	}
	if (gzip < 0)
		gzip = any;
	return gzip > 0 && gzip >= identity;
}

bool http_none_match_has(const char *value, size_t len, const char *tag)
{
	struct text rest = { value, value + len };

	while (rest.at < rest.end) {
		struct text item = cut(&rest, ',');

		if (is(item, "*"))
			return true;
		if (item.end - item.at > 2 && memcmp(item.at, "W/", 2) == 0)
			item.at += 2;
		if (item.end - item.at < 2 || *item.at != '"' || item.end[-1] != '"')
			continue;
		item.at++;
		item.end--;
		if ((size_t)(item.end - item.at) == strlen(tag) &&
		    memcmp(item.at, tag, strlen(tag)) == 0)
			return true;
	}
	return false;
}
