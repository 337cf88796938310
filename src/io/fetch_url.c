/* fetch_url.c - URLs by libcurl's own parser, so that what is resolved here is what libcurl asks
 * for there.
 *
 * That parser costs as much as a tenth of a whole check. What leaves no room for two opinions is
 * therefore read here: http:// or https://, a dotted address or a name of letters, digits, '-' and
 * '.' whose last label begins with a letter (so that it cannot be a number in disguise), perhaps a
 * port, then the end or a path of plain characters. Everything else goes to libcurl.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "io/fetch_internal.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PLAIN_HOST LETTERS DIGITS "-."
#define PLAIN_PATH LETTERS DIGITS "-._~/"

/* A part of a parsed URL, the caller's; NULL when there is none. */
static char *take_part(CURLU *parsed, CURLUPart which, unsigned flags)
{
	char *part = NULL, *copy;

	if (curl_url_get(parsed, which, &part, flags) != CURLUE_OK) {
		curl_free(part); /* a host that cannot be written in ASCII is left there */
		return NULL;
	}
	copy = xstrdup(part);
	curl_free(part);
	return copy;
}

/* Without the brackets of an IPv6 address. */
static bool copy_host(const char *host, char out[FETCH_HOST_MAX])
{
	size_t len = strlen(host);

	if (host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= FETCH_HOST_MAX)
		return false;
	memcpy(out, host, len);
	out[len] = '\0';
	return true;
}

static bool read_target(CURLU *parsed, struct fetch_target *out)
{
	char *scheme = take_part(parsed, CURLUPART_SCHEME, 0);
	char *host = take_part(parsed, CURLUPART_HOST, CURLU_PUNYCODE);
	char *port = take_part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	bool complete = scheme && host && port && copy_host(host, out->host);

	if (complete) {
		out->secure = strcmp(scheme, "https") == 0;
		out->port = (int)strtol(port, NULL, 10);
		complete = out->secure || strcmp(scheme, "http") == 0;
	}
	free(scheme);
	free(host);
	free(port);
	return complete && out->port > 0;
}

static enum bw_status parse_any_url(const char *url, struct fetch_target *out, struct bw_error *err)
{
	CURLU *parsed = curl_url();
	struct fetch_target target = { .port = 0 };
	CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	bool is_web = code == CURLUE_OK && read_target(parsed, &target);

	curl_url_cleanup(parsed);
	if (code != CURLUE_OK)
		return bw_fail(err, BW_EINVAL, "not a usable URL: %s", curl_url_strerror(code));
	if (!is_web)
		return bw_fail(err, BW_EINVAL,
			       "not a usable URL: it must begin with http:// or https://");
	*out = target;
	return BW_OK;
}

static bool is_plain_name(const char *host)
{
	const char *last = strrchr(host, '.');
	struct in_addr address;

	last = last ? last + 1 : host;
	return isalpha((unsigned char)*last) || inet_pton(AF_INET, host, &address) == 1;
}

/* The end, or a path that has nothing to be decoded, mended or refused. */
static bool is_plain_path(const char *path)
{
	return path[0] == '\0' || (path[0] == '/' && path[strspn(path, PLAIN_PATH)] == '\0');
}

static bool read_plain(const char *url, struct fetch_target *out)
{
	bool secure = strncmp(url, "https://", 8) == 0;
	const char *host = url + (secure ? 8 : 7);
	size_t len;
	char *rest;
	long port = secure ? 443 : 80;

	if (!secure && strncmp(url, "http://", 7) != 0)
		return false;
	len = strspn(host, PLAIN_HOST);
	if (len == 0 || len >= FETCH_HOST_MAX || host[0] == '.' || host[0] == '-')
		return false;
	rest = (char *)host + len;
	if (rest[0] == ':') {
		if (!isdigit((unsigned char)rest[1]))
			return false;
		port = strtol(rest + 1, &rest, 10);
	}
	if (port < 1 || port > 65535 || !is_plain_path(rest))
		return false;
	out->secure = secure;
	out->port = (int)port;
	memcpy(out->host, host, len);
	out->host[len] = '\0';
	return is_plain_name(out->host);
}

enum bw_status fetch_parse_url(const char *url, struct fetch_target *out, struct bw_error *err)
{
	struct fetch_target plain = { .port = 0 };

	if (!read_plain(url, &plain))
		return parse_any_url(url, out, err);
	*out = plain;
	return BW_OK;
}

enum bw_status fetch_parse_mail_url(const char *url, struct fetch_target *out, struct bw_error *err)
{
	CURLU *parsed = curl_url();
	CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	char *scheme = take_part(parsed, CURLUPART_SCHEME, 0);
	char *host = take_part(parsed, CURLUPART_HOST, CURLU_PUNYCODE);
	char *port = take_part(parsed, CURLUPART_PORT, 0);
	struct fetch_target target = { .port = 0 };
	enum bw_status status = BW_EINVAL;

	curl_url_cleanup(parsed);
	if (code != CURLUE_OK || !scheme || !host || !copy_host(host, target.host) ||
	    strncmp(scheme, "smtp", 4) != 0 || (scheme[4] && strcmp(scheme, "smtps") != 0))
		goto out;
	target.secure = scheme[4] == 's';
	target.port = port ? (int)strtol(port, NULL, 10) : target.secure ? 465 : 587;
	if (target.port > 0)
		status = BW_OK;
out:
	free(scheme);
	free(host);
	free(port);
	if (status != BW_OK)
		return bw_fail(err, status,
			       "not a usable mail server: it is written smtps://host:port or "
			       "smtp://host:port");
	*out = target;
	return BW_OK;
}

bool fetch_same_target(const struct fetch_target *a, const struct fetch_target *b)
{
	return a->secure == b->secure && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

void fetch_take_credentials(const char *url, char **user, char **password)
{
	CURLU *parsed;

	if (!strchr(url, '@'))
		return;
	parsed = curl_url();
	if (curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK) {
		*user = take_part(parsed, CURLUPART_USER, CURLU_URLDECODE);
		*password = take_part(parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
	}
	curl_url_cleanup(parsed);
}

static bool is_proxy_scheme(const char *scheme)
{
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "socks5") == 0 ||
	       strcmp(scheme, "socks5h") == 0;
}

static const char *proxy_default_port(const char *scheme)
{
	return scheme[0] == 'h' ? "3128" : "1080";
}

/* "socks5" would have libcurl look the target up on a thread of its own; "socks5h" leaves it to the
 * proxy, where it belongs. */
static enum bw_status read_proxy(CURLU *parsed, char **url, char **host, int *port)
{
	char *scheme = take_part(parsed, CURLUPART_SCHEME, 0);
	char *raw_host = take_part(parsed, CURLUPART_HOST, CURLU_PUNYCODE);
	char *digits = take_part(parsed, CURLUPART_PORT, 0);
	char name[FETCH_HOST_MAX];
	enum bw_status status = BW_EINVAL;

	if (!scheme || !raw_host || !is_proxy_scheme(scheme) || !copy_host(raw_host, name))
		goto out;
	if (!digits) {
		digits = xstrdup(proxy_default_port(scheme));
		curl_url_set(parsed, CURLUPART_PORT, digits, 0);
	}
	if (scheme[0] == 's')
		curl_url_set(parsed, CURLUPART_SCHEME, "socks5h", CURLU_NON_SUPPORT_SCHEME);
	*url = take_part(parsed, CURLUPART_URL, 0);
	*host = xstrdup(name);
	*port = (int)strtol(digits, NULL, 10);
	status = BW_OK;
out:
	free(scheme);
	free(raw_host);
	free(digits);
	return status;
}

enum bw_status fetch_parse_proxy(const char *proxy, char **url, char **host, int *port,
				 struct bw_error *err)
{
	CURLU *parsed = curl_url();
	enum bw_status status = BW_EINVAL;

	if (curl_url_set(parsed, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		status = read_proxy(parsed, url, host, port);
	curl_url_cleanup(parsed);
	if (status != BW_OK)
		return bw_fail(err, status,
			       "not a usable proxy: it must begin with http:// or socks5://");
	return BW_OK;
}
