/* parse.c - line by line: each line is judged the moment its CRLF is there.
 *
 * So a bad line is refused at once, without waiting for the rest of a head that may never come,
 * and a head that arrives byte by byte costs no more than one that arrives whole. Lines end with
 * CRLF and nothing else: a bare LF is what some proxies pass on and others split at.
 *
 * Invariant: line <= scanned <= the bytes seen; every span lies before `line`.
 */
#include "http/parse.h"

#include <string.h>
#include <strings.h>

static enum http_parse refuse(struct http_parser *parser, int status, const char *why)
{
	parser->status = status;
	parser->why = why;
	return HTTP_PARSE_REFUSED;
}

static bool is_token_byte(unsigned char byte)
{
	if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= '0' && byte <= '9'))
		return true;
	return byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static size_t token_length(const char *data, size_t len)
{
	size_t count = 0;

	while (count < len && is_token_byte((unsigned char)data[count]))
		count++;
	return count;
}

static bool is_value_byte(unsigned char byte)
{
	return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct http_span span_of(size_t begin, size_t end)
{
	return (struct http_span){ (uint32_t)begin, (uint32_t)(end - begin) };
}

bool http_span_is(const char *data, struct http_span span, const char *text)
{
	return strlen(text) == span.len && strncasecmp(data + span.at, text, span.len) == 0;
}

const struct http_field *http_head_find(const struct http_head *head, const char *data,
					const char *name)
{
	for (int i = 0; i < head->field_count; i++) {
		if (http_span_is(data, head->fields[i].name, name))
			return &head->fields[i];
	}
	return NULL;
}

void http_parser_init(struct http_parser *parser, size_t head_bytes_max, size_t target_bytes_max)
{
	*parser = (struct http_parser){ .head_bytes_max = head_bytes_max,
					.target_bytes_max = target_bytes_max };
}

static enum http_parse take_version(struct http_parser *parser, const char *text, size_t len)
{
	static const char prefix[] = "HTTP/";
	const size_t prefix_len = sizeof(prefix) - 1;

	if (len != prefix_len + 3 || memcmp(text, prefix, prefix_len) != 0 ||
	    text[prefix_len + 1] != '.')
		return refuse(parser, 400, "the request line does not end with an HTTP version");
	if (text[prefix_len] != '1' || (text[prefix_len + 2] != '0' && text[prefix_len + 2] != '1'))
		return refuse(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	parser->head.minor = (uint8_t)(text[prefix_len + 2] - '0');
	return HTTP_PARSE_MORE;
}

static enum http_parse take_request_line(struct http_parser *parser, const char *data, size_t end)
{
	const size_t begin = parser->line;
	size_t method_end = begin + token_length(data + begin, end - begin), target_end;

	if (method_end == begin || method_end == end || data[method_end] != ' ')
		return refuse(parser, 400, "the request line does not begin with a method");
	if (method_end - begin > HTTP_METHOD_BYTES_MAX)
		return refuse(parser, 501, "no method has a name this long");
	target_end = method_end + 1;
	while (target_end < end && data[target_end] > 0x20 && data[target_end] < 0x7f)
		target_end++;
	if (target_end == method_end + 1 || target_end == end || data[target_end] != ' ')
		return refuse(parser, 400,
			      "the request target is empty or holds a byte that must "
			      "be percent-encoded");
	parser->head.method = span_of(begin, method_end);
	parser->head.target = span_of(method_end + 1, target_end);
	if (parser->head.target.len > parser->target_bytes_max)
		return refuse(parser, 414, "the request target is too long");
	return take_version(parser, data + target_end + 1, end - target_end - 1);
}

static enum http_parse take_host(struct http_parser *parser, struct http_span value)
{
	if (parser->head.has_host)
		return refuse(parser, 400, "there are two Host fields");
	parser->head.has_host = true;
	parser->head.host = value;
	return HTTP_PARSE_MORE;
}

static enum http_parse take_content_length(struct http_parser *parser, const char *data,
					   struct http_span value)
{
	uint64_t length = 0;

	if (parser->head.has_length)
		return refuse(parser, 400, "there are two Content-Length fields");
	if (value.len == 0)
		return refuse(parser, 400, "Content-Length is empty");
	for (uint32_t i = 0; i < value.len; i++) {
		char digit = data[value.at + i];

		if (digit < '0' || digit > '9')
			return refuse(parser, 400, "Content-Length is not a plain number");
		/* Beyond this no limit on bodies can lie, so a larger number may stay at the top.
		 */
		if (length < UINT64_C(1) << 56)
			length = length * 10 + (uint64_t)(digit - '0');
	}
	parser->head.has_length = true;
	parser->head.content_length = length;
	return HTTP_PARSE_MORE;
}

static enum http_parse take_transfer_encoding(struct http_parser *parser, const char *data,
					      struct http_span value)
{
	if (parser->head.chunked)
		return refuse(parser, 400, "there are two Transfer-Encoding fields");
	if (!http_span_is(data, value, "chunked"))
		return refuse(parser, 501, "the only transfer coding understood is chunked");
	parser->head.chunked = true;
	return HTTP_PARSE_MORE;
}

static enum http_parse take_connection(struct http_parser *parser, const char *data,
				       struct http_span value)
{
	size_t at = value.at;
	const size_t end = value.at + value.len;

	while (at < end) {
		size_t option = at;

		while (at < end && data[at] != ',')
			at++;
		size_t option_end = at++;

		while (option < option_end && is_blank(data[option]))
			option++;
		while (option < option_end && is_blank(data[option_end - 1]))
			option_end--;
		if (http_span_is(data, span_of(option, option_end), "close"))
			parser->wants_close = true;
		else if (http_span_is(data, span_of(option, option_end), "keep-alive"))
			parser->wants_keep_alive = true;
	}
	return HTTP_PARSE_MORE;
}

static enum http_parse take_expect(struct http_parser *parser, const char *data,
				   struct http_span value)
{
	if (!http_span_is(data, value, "100-continue"))
		return refuse(parser, 417, "the only expectation understood is 100-continue");
	parser->head.expect_continue = true;
	return HTTP_PARSE_MORE;
}

static enum http_parse take_known(struct http_parser *parser, const char *data,
				  const struct http_field *field)
{
	if (http_span_is(data, field->name, "host"))
		return take_host(parser, field->value);
	if (http_span_is(data, field->name, "content-length"))
		return take_content_length(parser, data, field->value);
	if (http_span_is(data, field->name, "transfer-encoding"))
		return take_transfer_encoding(parser, data, field->value);
	if (http_span_is(data, field->name, "connection"))
		return take_connection(parser, data, field->value);
	if (http_span_is(data, field->name, "expect"))
		return take_expect(parser, data, field->value);
	return HTTP_PARSE_MORE;
}

static enum http_parse take_field(struct http_parser *parser, const char *data, size_t end)
{
	const size_t begin = parser->line;
	struct http_field *field = &parser->head.fields[parser->head.field_count];
	size_t colon, value;

	if (is_blank(data[begin]))
		return refuse(parser, 400, "a field is folded over two lines");
	colon = begin + token_length(data + begin, end - begin);
	if (colon == begin || colon == end || data[colon] != ':')
		return refuse(parser, 400, "a field has no name, or no colon right behind it");
	if (parser->head.field_count == HTTP_FIELDS_MAX)
		return refuse(parser, 431, "there are too many fields");
	for (size_t i = colon + 1; i < end; i++) {
		if (!is_value_byte((unsigned char)data[i]))
			return refuse(parser, 400, "a field holds a control character");
	}
	value = colon + 1;
	while (value < end && is_blank(data[value]))
		value++;
	while (end > value && is_blank(data[end - 1]))
		end--;
	field->name = span_of(begin, colon);
	field->value = span_of(value, end);
	parser->head.field_count++;
	return take_known(parser, data, field);
}

/* What only the whole head can tell. */
static enum http_parse finish(struct http_parser *parser)
{
	struct http_head *head = &parser->head;

	if (head->minor == 1 && !head->has_host)
		return refuse(parser, 400, "there is no Host field");
	if (head->chunked && head->has_length)
		return refuse(parser, 400, "Content-Length and Transfer-Encoding contradict");
	if (head->chunked && head->minor == 0)
		return refuse(parser, 400, "HTTP/1.0 has no Transfer-Encoding");
	head->keep_alive = !parser->wants_close && (head->minor == 1 || parser->wants_keep_alive);
	head->expect_continue = head->expect_continue && head->minor == 1;
	parser->head_bytes = parser->scanned;
	return HTTP_PARSE_DONE;
}

static enum http_parse take_line(struct http_parser *parser, const char *data, size_t end)
{
	switch (parser->stage) {
	case HTTP_STAGE_START:
		/* One empty line before a request is what old clients sent after a body. */
		parser->stage = HTTP_STAGE_REQUEST_LINE;
		if (end == parser->line)
			return HTTP_PARSE_MORE;
		/* fallthrough */
	case HTTP_STAGE_REQUEST_LINE:
		parser->stage = HTTP_STAGE_FIELDS;
		return take_request_line(parser, data, end);
	case HTTP_STAGE_FIELDS:
		break;
	}
	if (end == parser->line)
		return finish(parser);
	return take_field(parser, data, end);
}

static enum http_parse too_large(struct http_parser *parser)
{
	if (parser->stage != HTTP_STAGE_FIELDS)
		return refuse(parser, 414, "the request line is too long");
	return refuse(parser, 431, "the head of the request is too large");
}

/* The last line has no end yet; is it already beyond hope? */
static enum http_parse judge_rest(struct http_parser *parser, const char *data, size_t len)
{
	const size_t rest = len - parser->line;

	if (len >= parser->head_bytes_max)
		return too_large(parser);
	if (parser->stage == HTTP_STAGE_FIELDS || rest == 0)
		return HTTP_PARSE_MORE;
	if (data[parser->line] != '\r' && !is_token_byte((unsigned char)data[parser->line]))
		return refuse(parser, 400, "this is not HTTP");
	if (rest > parser->target_bytes_max + HTTP_METHOD_BYTES_MAX)
		return refuse(parser, 414, "the request line is too long");
	return HTTP_PARSE_MORE;
}

enum http_parse http_parser_feed(struct http_parser *parser, const char *data, size_t len)
{
	while (parser->scanned < len) {
		const char *feed = memchr(data + parser->scanned, '\n', len - parser->scanned);
		enum http_parse state;
		size_t end;

		if (feed == NULL) {
			parser->scanned = len;
			break;
		}
		end = (size_t)(feed - data);
		parser->scanned = end + 1;
		if (parser->scanned > parser->head_bytes_max)
			return too_large(parser);
		if (end == parser->line || data[end - 1] != '\r')
			return refuse(parser, 400, "a line does not end with CR and LF");
		state = take_line(parser, data, end - 1);
		if (state != HTTP_PARSE_MORE)
			return state;
		parser->line = end + 1;
	}
	return judge_rest(parser, data, len);
}
