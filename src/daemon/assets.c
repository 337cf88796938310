/* assets.c - names decide: index.html is "/", openapi.json is the API's description, the rest is
 * below /assets/.
 */
#include "daemon/assets.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/embedded.h"

extern const struct bw_embedded web_files[];
extern const size_t web_files_count;

static const char *const headers[] = {
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
	"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'",
	"Referrer-Policy: no-referrer",
	"Cross-Origin-Resource-Policy: same-origin",
	NULL,
};

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".html", "text/html; charset=utf-8" },
	{ ".ico", "image/x-icon" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(dot, types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static void path_of(const char *name, char *out, size_t size)
{
	int len;

	if (strcmp(name, "index.html") == 0)
		len = snprintf(out, size, "/");
	else if (strcmp(name, "openapi.json") == 0)
		len = snprintf(out, size, "/api/v1/openapi.json");
	else if (strcmp(name, "favicon.svg") == 0)
		len = snprintf(out, size, "/favicon.ico");
	else
		len = snprintf(out, size, "/assets/%s", name);
	bw_assert(len > 0 && (size_t)len < size);
}

void assets_publish(struct http_server *server)
{
	char path[256];

	http_server_set_headers(server, headers);
	for (size_t i = 0; i < web_files_count; i++) {
		const struct bw_embedded *file = &web_files[i];
		struct http_body *body =
			http_body_static(file->data, file->size, type_of(file->name));

		path_of(file->name, path, sizeof(path));
		http_server_publish(server, path, 200, body, "no-cache");
		http_body_release(body);
	}
}
