/* authority.c - two short lists of names and one flag.
 *
 * Ports are not compared for a Host: a forwarded port is common, and a page on another port is
 * another origin already, which http_origin_is_own() sees because there the whole text counts.
 */
#include "http/authority.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/assert.h"
#include "base/xalloc.h"

enum { NAMES_MAX = 64, ADDRESS_TEXT_MAX = 64 };

struct http_authorities {
	char *names[NAMES_MAX];     /* configured: count for Host and for Origin */
	char *addresses[NAMES_MAX]; /* listened on, without the port: count for Host */
	int name_count, address_count;
	bool all, all_addresses;
};

struct http_authorities *http_authorities_create(const char *const *names)
{
	struct http_authorities *authorities = xcalloc(1, sizeof(*authorities));

	for (; names != NULL && *names != NULL; names++) {
		bw_assert(authorities->name_count < NAMES_MAX);
		if (strcmp(*names, "*") == 0)
			authorities->all = true;
		else
			authorities->names[authorities->name_count++] = xstrdup(*names);
	}
	return authorities;
}

void http_authorities_destroy(struct http_authorities *authorities)
{
	if (authorities == NULL)
		return;
	for (int i = 0; i < authorities->name_count; i++)
		free(authorities->names[i]);
	for (int i = 0; i < authorities->address_count; i++)
		free(authorities->addresses[i]);
	free(authorities);
}

/* Length of the name or address in "name:port", "[::1]:port", "name". */
static size_t name_length(const char *host, size_t len)
{
	const char *end;

	if (len > 0 && *host == '[') {
		end = memchr(host, ']', len);
		return end != NULL ? (size_t)(end - host) + 1 : len;
	}
	end = memchr(host, ':', len);
	return end != NULL ? (size_t)(end - host) : len;
}

static bool same(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(text, name, len) == 0;
}

void http_authorities_listen(struct http_authorities *authorities, const char *address)
{
	size_t len = name_length(address, strlen(address));

	if (strncmp(address, "unix:", 5) == 0)
		return;
	if (same(address, len, "0.0.0.0") || same(address, len, "[::]"))
		authorities->all_addresses = true;
	bw_assert(authorities->address_count < NAMES_MAX);
	authorities->addresses[authorities->address_count++] = xstrndup(address, len);
}

static bool is_numeric(const char *name, size_t len)
{
	char text[ADDRESS_TEXT_MAX];
	unsigned char bytes[sizeof(struct in6_addr)];

	if (len < 3 || len >= sizeof(text))
		return false;
	if (*name == '[') {
		memcpy(text, name + 1, len - 2);
		text[len - 2] = '\0';
		return name[len - 1] == ']' && inet_pton(AF_INET6, text, bytes) == 1;
	}
	memcpy(text, name, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1;
}

static bool has(char *const *list, int count, const char *text, size_t len)
{
	for (int i = 0; i < count; i++) {
		if (same(text, len, list[i]))
			return true;
	}
	return false;
}

static bool is_loopback_name(const char *name, size_t len)
{
	return same(name, len, "localhost") || same(name, len, "127.0.0.1") ||
	       same(name, len, "[::1]");
}

bool http_authority_is_allowed(const struct http_authorities *authorities, const char *host,
			       size_t len)
{
	const size_t name_len = name_length(host, len);

	if (authorities->all || is_loopback_name(host, name_len))
		return true;
	if (has(authorities->addresses, authorities->address_count, host, name_len))
		return true;
	if (authorities->all_addresses && is_numeric(host, name_len))
		return true;
	return has(authorities->names, authorities->name_count, host, name_len) ||
	       has(authorities->names, authorities->name_count, host, len);
}

bool http_origin_is_own(const struct http_authorities *authorities, const char *origin,
			size_t origin_len, const char *host, size_t host_len)
{
	const char *end = origin + origin_len;

	if (origin_len > 7 && strncasecmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (origin_len > 8 && strncasecmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	origin_len = (size_t)(end - origin);
	if (origin_len == host_len && strncasecmp(origin, host, host_len) == 0)
		return true;
	return has(authorities->names, authorities->name_count, origin, origin_len);
}
