/* paths.c - the folder hierarchy of FHS 3.0 and the XDG base directory specification. */
#include "daemon/paths.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = xmalloc(size);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static bool is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

static char *usual_folder(void)
{
	const char *state = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (is_set(state))
		return xstrndup(state, strcspn(state, ":"));
	if (geteuid() == 0)
		return xstrdup("/var/lib/bellwether");
	if (is_set(xdg))
		return join(xdg, "bellwether");
	if (is_set(home))
		return join(home, ".local/state/bellwether");
	return NULL;
}

/* Every missing folder on the way. */
static int make_folders(char *path)
{
	struct stat info;

	for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		int made = mkdir(path, 0755);
		*slash = '/';
		if (made != 0 && errno != EEXIST)
			return -1;
	}
	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST || stat(path, &info) != 0)
		return -1;
	if (S_ISDIR(info.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

enum bw_status paths_data_folder(const char *asked, char **out, struct bw_error *err)
{
	char *path = is_set(asked) ? xstrdup(asked) : usual_folder();

	if (path == NULL)
		return bw_fail(err, BW_ENOTFOUND,
			       "no folder for data: HOME is not set; say --data FOLDER");
	if (make_folders(path) != 0) {
		enum bw_status status =
			bw_fail(err, BW_EIO, "data folder %s: %s; make it, or say --data FOLDER",
				path, strerror(errno));
		free(path);
		return status;
	}
	*out = path;
	return BW_OK;
}
