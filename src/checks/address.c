/* address.c - one pass from left to right: scheme, user information, host, port, path. */
#include "checks/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { PORT_MAX = 65535 };

void check_tls_options(const struct config_tls *settings, bool enabled, struct io_tls_options *out)
{
	*out = (struct io_tls_options){
		.enabled = enabled,
		.verify = settings->verify,
		.server_name = settings->server_name,
		.ca_file = settings->ca_file,
		.certificate_file = settings->certificate_file,
		.key_file = settings->key_file,
	};
}

/* false: too long, a broken escape, or a NUL. */
static bool decode(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int byte = (unsigned char)text[i];

		if (byte == '%') {
			if (i + 2 >= len || bw_hex_value(text[i + 1]) < 0 ||
			    bw_hex_value(text[i + 2]) < 0)
				return false;
			byte = bw_hex_value(text[i + 1]) * 16 + bw_hex_value(text[i + 2]);
			i += 2;
		}
		if (byte == 0 || used + 1 >= size)
			return false;
		out[used++] = (char)byte;
	}
	out[used] = '\0';
	return true;
}

static bool read_port(const char *text, size_t len, int *out)
{
	long port = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		port = port * 10 + (text[i] - '0');
	}
	*out = (int)port;
	return port > 0 && port <= PORT_MAX;
}

static bool read_user(const char *text, size_t len, struct check_url *out)
{
	const char *colon = memchr(text, ':', len);
	size_t user = colon ? (size_t)(colon - text) : len;

	if (!decode(text, user, out->user, sizeof(out->user)))
		return false;
	return !colon || decode(colon + 1, len - user - 1, out->password, sizeof(out->password));
}

static const char *read_host(const char *text, size_t len, struct check_url *out)
{
	const char *colon, *end = text + len;
	size_t host = len;

	if (len > 0 && text[0] == '[') {
		const char *close = memchr(text, ']', len);

		if (!close)
			return "a bracket is not closed";
		text++;
		host = (size_t)(close - text);
		colon = close + 1 < end ? close + 1 : NULL;
		if (colon && *colon != ':')
			return "something stands behind the closing bracket";
	} else {
		colon = memchr(text, ':', len);
		if (colon)
			host = (size_t)(colon - text);
	}
	if (!decode(text, host, out->host, sizeof(out->host)))
		return "the host is too long or wrongly escaped";
	if (colon && !read_port(colon + 1, (size_t)(end - colon - 1), &out->port))
		return "the port is not a number from 1 to 65535";
	return NULL;
}

/* The '@' that ends user and password: the last one, as passwords may hold others. */
static const char *end_of_user(const char *text, const char *end)
{
	const char *at = NULL;

	for (; text < end; text++)
		if (*text == '@')
			at = text;
	return at;
}

enum bw_status check_url_parse(const char *url, struct check_url *out, struct bw_error *err)
{
	const char *rest = strstr(url, "://"), *path, *at, *wrong;
	struct check_url found = { 0 };

	if (!rest || rest == url || (size_t)(rest - url) >= sizeof(found.scheme))
		return bw_fail(err, BW_EPARSE, "a URL begins with a scheme and \"://\"");
	for (size_t i = 0; url + i < rest; i++)
		found.scheme[i] = (char)tolower((unsigned char)url[i]);
	rest += 3;
	path = rest + strcspn(rest, "/?#");
	at = end_of_user(rest, path);
	if (at && !read_user(rest, (size_t)(at - rest), &found))
		return bw_fail(err, BW_EPARSE, "user or password is too long or wrongly escaped");
	rest = at ? at + 1 : rest;
	wrong = read_host(rest, (size_t)(path - rest), &found);
	if (wrong)
		return bw_fail(err, BW_EPARSE, "%s", wrong);
	if (strlen(path) >= sizeof(found.path))
		return bw_fail(err, BW_EPARSE, "the path is longer than %d bytes",
			       CHECK_PATH_MAX - 1);
	memcpy(found.path, path, strlen(path) + 1);
	*out = found;
	return BW_OK;
}

void check_address_text(const char *host, int port, char *out, size_t size)
{
	if (host[0] == '/')
		snprintf(out, size, "%s", host);
	else if (strchr(host, ':'))
		snprintf(out, size, "[%s]:%d", host, port);
	else
		snprintf(out, size, "%s:%d", host, port);
}
