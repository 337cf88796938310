/* assets.c - names decide: index.html is "/", openapi.json is the API's description, what is below
 * assets/ is named after its bytes (tools/bundle.py) and may be kept for ever.
 *
 * A row NAME.gz behind NAME is the same compressed by the build. As rows are sorted and no name
 * goes on from another with something before ".gz", it is always the next one.
 */
#include "daemon/assets.h"

#include <stdbool.h>
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

static bool is_named_after_bytes(const char *name)
{
	return strncmp(name, "assets/", strlen("assets/")) == 0;
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
		len = snprintf(out, size, "/%s", name);
	bw_assert(len > 0 && (size_t)len < size);
}

static bool is_compressed_form(const struct bw_embedded *file, const struct bw_embedded *plain)
{
	size_t len = strlen(plain->name);

	return strncmp(file->name, plain->name, len) == 0 && strcmp(file->name + len, ".gz") == 0;
}

static struct http_body *body_of(const struct bw_embedded *file, const struct bw_embedded *gzip)
{
	struct http_bytes plain = { file->data, file->size };

	if (gzip == NULL)
		return http_body_static(plain.data, plain.len, type_of(file->name));
	return http_body_static_gzip(plain, (struct http_bytes){ gzip->data, gzip->size },
				     type_of(file->name));
}

void assets_publish(struct http_server *server)
{
	char path[256];

	http_server_set_headers(server, headers);
	for (size_t i = 0; i < web_files_count; i++) {
		const struct bw_embedded *file = &web_files[i];
		bool packed = i + 1 < web_files_count && is_compressed_form(file + 1, file);
		struct http_body *body = body_of(file, packed ? file + 1 : NULL);

		path_of(file->name, path, sizeof(path));
		http_server_publish(server, path, 200, body,
				    is_named_after_bytes(file->name)
					    ? "public, max-age=31536000, immutable"
					    : "no-cache");
		http_body_release(body);
		i += packed;
	}
}
