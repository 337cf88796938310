/* reload.c - looks at size, inode and change time instead of inotify, which is blind on network
 * file systems and loses its mark when an editor replaces the file.
 */
#include "daemon/reload.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"

struct reload {
	const char *path;
	io_callback *changed;
	void *arg;
	struct io_timer *timer;
	uint64_t seen, taken; /* fingerprints: at the latest look, and of what is in force */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
}

static uint64_t mix_stat(uint64_t hash, const struct stat *info)
{
	hash = mix(hash, (uint64_t)info->st_ino);
	hash = mix(hash, (uint64_t)info->st_size);
	hash = mix(hash, (uint64_t)info->st_ctim.tv_sec);
	return mix(hash, (uint64_t)info->st_ctim.tv_nsec);
}

static bool is_config_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot != NULL &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* Does not depend on the order in which the folder lists its files. */
static uint64_t mix_folder(DIR *folder)
{
	const struct dirent *entry;
	struct stat info;
	uint64_t sum = 0;

	while ((entry = readdir(folder)) != NULL)
		if (is_config_name(entry->d_name) &&
		    fstatat(dirfd(folder), entry->d_name, &info, 0) == 0)
			sum += mix_stat(1, &info);
	return sum;
}

static uint64_t fingerprint(const char *path)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return 0;
	if (!S_ISDIR(info.st_mode))
		return mix_stat(1, &info);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return 0;
	uint64_t sum = mix_folder(folder);
	closedir(folder);
	return sum;
}

static void look(void *arg)
{
	struct reload *reload = arg;
	uint64_t now = fingerprint(reload->path);
	bool quiet = now == reload->seen;

	io_timer_start(reload->timer, RELOAD_LOOK_US);
	reload->seen = now;
	if (!quiet || now == reload->taken || now == 0)
		return;
	reload->taken = now;
	reload->changed(reload->arg);
}

struct reload *reload_create(struct io_loop *loop, const char *path, io_callback *changed,
			     void *arg)
{
	struct reload *reload = xcalloc(1, sizeof(*reload));

	reload->path = path;
	reload->changed = changed;
	reload->arg = arg;
	reload->timer = io_timer_create(loop, look, reload);
	reload->seen = fingerprint(path);
	reload->taken = reload->seen;
	io_timer_start(reload->timer, RELOAD_LOOK_US);
	return reload;
}

void reload_destroy(struct reload *reload)
{
	if (reload == NULL)
		return;
	io_timer_destroy(reload->timer);
	free(reload);
}
