/* address.c - inet_pton, but for link-local IPv6, whose zone only getaddrinfo's parser knows;
 * AI_NUMERICHOST keeps that from asking anybody. */
#include "io/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static bool parse_v4(const char *text, int port, struct io_address *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->storage;

	if (inet_pton(AF_INET, text, &v4->sin_addr) != 1)
		return false;
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	out->len = sizeof(*v4);
	return true;
}

static bool parse_v6(const char *text, int port, struct io_address *out)
{
	const struct addrinfo hints = { .ai_family = AF_INET6, .ai_flags = AI_NUMERICHOST };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->storage;
	struct addrinfo *found;

	if (!strchr(text, ':') || getaddrinfo(text, NULL, &hints, &found) != 0)
		return false;
	*v6 = *(struct sockaddr_in6 *)found->ai_addr;
	v6->sin6_port = htons((uint16_t)port);
	out->len = sizeof(*v6);
	freeaddrinfo(found);
	return true;
}

enum bw_status io_address_parse(const char *text, int port, struct io_address *out)
{
	struct io_address address = { .len = 0 };

	if (!parse_v4(text, port, &address) && !parse_v6(text, port, &address))
		return BW_EPARSE;
	*out = address;
	return BW_OK;
}

enum bw_status io_address_from_path(const char *path, struct io_address *out)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&out->storage;
	size_t len = strlen(path);

	if (len >= sizeof(local->sun_path))
		return BW_ELIMIT;
	*out = (struct io_address){ .len = sizeof(*local) };
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, len + 1);
	return BW_OK;
}

void io_address_text(const struct io_address *address, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->storage.ss_family == AF_UNIX) {
		snprintf(out, size, "%s",
			 ((const struct sockaddr_un *)&address->storage)->sun_path);
	} else if (address->storage.ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%d", host, ntohs(v4->sin_port));
	} else {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%d", host, ntohs(v6->sin6_port));
	}
}
