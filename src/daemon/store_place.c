#include "daemon/store_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "daemon/paths.h"

#define DATABASE_NAME "bellwether.db"

static enum bw_status find_standard(const char *data_dir, char **out, struct bw_error *err)
{
	char *folder = NULL;
	enum bw_status status = paths_data_folder(data_dir, &folder, err);

	if (status != BW_OK)
		return status;
	size_t size = strlen(folder) + sizeof("/" DATABASE_NAME);
	*out = xmalloc(size);
	snprintf(*out, size, "%s/" DATABASE_NAME, folder);
	free(folder);
	return BW_OK;
}

enum bw_status store_place_find(const struct daemon_settings *settings, const char *data_dir,
				struct store_place *out, struct bw_error *err)
{
	*out = (struct store_place){ .instance = settings->storage.instance };
	if (gethostname(out->host, sizeof(out->host) - 1) != 0)
		out->host[0] = '\0';
	if (out->instance == NULL)
		out->instance = out->host;
	if (settings->storage.url != NULL)
		out->where = xstrdup(settings->storage.url);
	else if (settings->storage.path == NULL)
		return find_standard(data_dir, &out->where, err);
	else if (strcmp(settings->storage.path, "none") != 0)
		out->where = xstrdup(settings->storage.path);
	return BW_OK;
}
