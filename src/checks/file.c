/* file.c - one file, or the newest that a pattern finds, against what it should look like.
 *
 * All of it is a handful of system calls on the loop's thread; the end of a file is read only when
 * its text matters, and never more than TAIL_MAX of it. Only regular files are opened, and without
 * waiting: a pipe or a device must not hold the loop.
 */
#include "checks/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "checks/match.h"
#include "checks/text.h"

enum {
	PATH_TEXT_MAX = 256,
	TAIL_MAX = 1024 * 1024,
	FUTURE_TOLERANCE_US = 2 * 1000 * 1000,
	SHOWN_PATTERN_MAX = 100,
};

struct file_settings {
	const char *path;
	bool exists;
	int64_t max_age_us, min_age_us;
	int64_t min_size, max_size;
	const char *contains;
	int64_t last_bytes;
	int64_t min_free;
	double min_free_pct;
};

struct file_state {
	struct check_match *match;
};

/* What was found; `path` is the file judged. */
struct found {
	char *path;
	struct stat about;
	size_t matches;
	int error;
};

static const struct config_field file_fields[] = {
	{ .name = "path",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct file_settings, path),
	  .required = true,
	  .help = "the file or folder; with `*`, `?` or `[...]` in it the newest that matches is "
		  "judged",
	  .example = "/data/bars/*.parquet" },
	{ .name = "exists",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct file_settings, exists),
	  .standard = "true",
	  .help = "false: it must not exist" },
	{ .name = "max_age",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct file_settings, max_age_us),
	  .help = "unhealthy when it was changed longer ago",
	  .example = "26h" },
	{ .name = "min_age",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct file_settings, min_age_us),
	  .help = "unhealthy when it was changed more recently" },
	{ .name = "min_size",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct file_settings, min_size),
	  .help = "unhealthy when it is smaller",
	  .example = "1KiB" },
	{ .name = "max_size",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct file_settings, max_size),
	  .help = "unhealthy when it is larger; 0: no limit" },
	{ .name = "contains",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct file_settings, contains),
	  .help = "text its end must contain; between slashes a regular expression (`/^rows: "
		  "[1-9]/m`)",
	  .example = "finished" },
	{ .name = "last",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct file_settings, last_bytes),
	  .standard = "64KiB",
	  .min = 1,
	  .max = TAIL_MAX,
	  .help = "how much of its end `contains` looks at" },
	{ .name = "min_free",
	  .type = CONFIG_SIZE,
	  .offset = offsetof(struct file_settings, min_free),
	  .help = "unhealthy when its file system has less space left",
	  .example = "5GiB" },
	{ .name = "min_free_percent",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct file_settings, min_free_pct),
	  .max = 100,
	  .help = "the same in percent of what everybody may use" },
	{ 0 },
};

static bool is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

static void complain_combinations(const struct file_settings *settings,
				  struct config_complaints *complaints,
				  const struct config_node *node)
{
	if (settings->path && settings->path[0] != '/')
		config_complain_at(complaints, node, "path", "\"%s\" is no absolute path",
				   settings->path);
	if (settings->max_age_us > 0 && settings->min_age_us >= settings->max_age_us)
		config_complain_at(complaints, node, "min_age", "min_age is not below max_age");
	if (settings->max_size > 0 && settings->min_size > settings->max_size)
		config_complain_at(complaints, node, "min_size", "min_size is above max_size");
	if (!settings->exists &&
	    (settings->contains || settings->max_age_us || settings->min_age_us ||
	     settings->min_size || settings->max_size || settings->min_free ||
	     settings->min_free_pct > 0))
		config_complain_at(complaints, node, "exists",
				   "a file that must not exist has no other properties");
}

static void file_prepare(const void *settings_arg, void *state_arg,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct file_settings *settings = settings_arg;
	struct file_state *state = state_arg;
	struct bw_error err;

	complain_combinations(settings, complaints, node);
	if (!settings->contains)
		return;
	state->match = check_match_create(settings->contains, &err);
	if (!state->match)
		config_complain_at(complaints, node, "contains", "%s", err.text);
}

static void file_release(void *state_arg)
{
	struct file_state *state = state_arg;

	check_match_destroy(state->match);
}

static int64_t mtime_us(const struct stat *about)
{
	return (int64_t)about->st_mtim.tv_sec * BW_SECOND_US + about->st_mtim.tv_nsec / 1000;
}

/* Keeps the newest in `found`. A file that went away meanwhile was no match. */
static void pick_newest(const glob_t *matches, struct found *found)
{
	const char *newest = NULL;
	struct stat about;
	size_t i;

	found->error = ENOENT;
	for (i = 0; i < matches->gl_pathc; i++) {
		if (stat(matches->gl_pathv[i], &about) != 0) {
			if (errno != ENOENT && !newest)
				found->error = errno;
			continue;
		}
		found->matches++;
		if (newest && mtime_us(&about) <= mtime_us(&found->about))
			continue;
		newest = matches->gl_pathv[i];
		found->about = about;
	}
	if (!newest)
		return;
	found->error = 0;
	found->path = xstrdup(newest);
}

/* A folder of the pattern that may not be read hides what is in it. */
static int on_glob_error(const char *path, int error_number)
{
	return error_number != ENOENT && error_number != ENOTDIR;
}

static void find(const char *path, struct found *found)
{
	glob_t matches = { 0 };
	int code;

	memset(found, 0, sizeof(*found));
	if (!is_pattern(path)) {
		found->path = xstrdup(path);
		found->error = stat(path, &found->about) == 0 ? 0 : errno;
		found->matches = found->error == 0;
		return;
	}
	errno = 0;
	code = glob(path, GLOB_NOSORT, on_glob_error, &matches);
	if (code == 0)
		pick_newest(&matches, found);
	else if (code == GLOB_NOMATCH)
		found->error = ENOENT;
	else
		found->error = errno ? errno : EACCES;
	globfree(&matches);
}

/* The last bytes of a regular file. -1 and errno, or how many. */
static ssize_t read_tail(const char *path, int64_t wanted, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat about;
	ssize_t got = -1, filled = 0;
	int64_t start;

	if (fd < 0)
		return -1;
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	start = about.st_size > wanted ? about.st_size - wanted : 0;
	*out = xmalloc((size_t)wanted + 1);
	do {
		got = pread(fd, *out + filled, (size_t)(wanted - filled), start + filled);
		filled += got > 0 ? got : 0;
	} while ((got > 0 && filled < wanted) || (got < 0 && errno == EINTR));
out:
	close(fd);
	return got < 0 ? -1 : filled;
}

/* These finish the run, and return false, when something is not as it should be. */
static bool tail_is_good(struct check_run *run, const char *text, size_t len)
{
	const struct file_settings *settings = check_settings(run);
	const struct file_state *state = check_state(run);

	switch (check_match_test(state->match, text, len)) {
	case CHECK_MATCH_YES:
		return true;
	case CHECK_MATCH_TOO_COSTLY:
		check_finish(run, BW_HEALTH_UNKNOWN, "\"%.*s\" takes too long on this file",
			     SHOWN_PATTERN_MAX, settings->contains);
		break;
	case CHECK_MATCH_NO:
		check_finish(run, BW_HEALTH_UNHEALTHY, "its end does not contain \"%.*s\"",
			     SHOWN_PATTERN_MAX, settings->contains);
		break;
	}
	return false;
}

static bool text_is_good(struct check_run *run, const struct found *found)
{
	const struct file_settings *settings = check_settings(run);
	char *text = NULL;
	ssize_t len;
	bool good;

	if (!settings->contains)
		return true;
	len = read_tail(found->path, settings->last_bytes, &text);
	if (len < 0) {
		free(text);
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot read %s: %s", found->path,
			     errno == EINVAL ? "not a regular file" : strerror(errno));
		return false;
	}
	good = tail_is_good(run, text, (size_t)len);
	free(text);
	return good;
}

static bool age_is_good(struct check_run *run, const struct found *found, int64_t age_us)
{
	const struct file_settings *settings = check_settings(run);
	char age[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX];

	if (settings->max_age_us == 0 && settings->min_age_us == 0)
		return true;
	if (age_us < -FUTURE_TOLERANCE_US) {
		check_text_age(-age_us, age);
		check_finish(run, BW_HEALTH_DEGRADED,
			     "%s is dated %s in the future: one of the clocks is wrong",
			     found->path, age);
		return false;
	}
	check_text_age(age_us, age);
	if (settings->max_age_us > 0 && age_us > settings->max_age_us) {
		check_text_age(settings->max_age_us, limit);
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s was changed %s ago, limit %s",
			     found->path, age, limit);
		return false;
	}
	if (age_us < settings->min_age_us) {
		check_text_age(settings->min_age_us, limit);
		check_finish(run, BW_HEALTH_UNHEALTHY,
			     "%s was changed %s ago, expected to rest for %s", found->path, age,
			     limit);
		return false;
	}
	return true;
}

static bool size_is_good(struct check_run *run, const struct found *found)
{
	const struct file_settings *settings = check_settings(run);
	char size[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX];
	int64_t bytes = found->about.st_size;
	bool small = bytes < settings->min_size;

	if (!small && (settings->max_size == 0 || bytes <= settings->max_size))
		return true;
	check_text_size(bytes, size);
	check_text_size(small ? settings->min_size : settings->max_size, limit);
	check_finish(run, BW_HEALTH_UNHEALTHY, "%s has %s, %s %s", found->path, size,
		     small ? "expected at least" : "limit", limit);
	return false;
}

static bool space_is_good(struct check_run *run, const struct found *found)
{
	const struct file_settings *settings = check_settings(run);
	char left[CHECK_DURATION_MAX], limit[CHECK_DURATION_MAX];
	struct statvfs figures;
	int64_t free_bytes;
	double usable, pct;

	if (settings->min_free == 0 && settings->min_free_pct <= 0)
		return true;
	if (statvfs(found->path, &figures) != 0) {
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot ask the file system of %s: %s",
			     found->path, strerror(errno));
		return false;
	}
	free_bytes = (int64_t)figures.f_bavail * (int64_t)figures.f_frsize;
	usable = (double)(figures.f_blocks - figures.f_bfree) + (double)figures.f_bavail;
	pct = usable > 0 ? 100.0 * (double)figures.f_bavail / usable : 0;
	bw_json_key(check_details(run), "free_bytes");
	bw_json_int(check_details(run), free_bytes);
	check_text_size(free_bytes, left);
	check_text_size(settings->min_free, limit);
	if (free_bytes < settings->min_free)
		check_finish(run, BW_HEALTH_UNHEALTHY, "%s left beside %s, expected at least %s",
			     left, found->path, limit);
	else if (pct < settings->min_free_pct)
		check_finish(run, BW_HEALTH_UNHEALTHY,
			     "%.1f%% (%s) left beside %s, expected at least %g%%", pct, left,
			     found->path, settings->min_free_pct);
	else
		return true;
	return false;
}

static void write_details(struct check_run *run, const struct found *found, int64_t age_us)
{
	const struct file_settings *settings = check_settings(run);
	struct bw_json *json = check_details(run);
	char path[PATH_TEXT_MAX];

	if (is_pattern(settings->path)) {
		bw_text_clean(found->path, strlen(found->path), path, sizeof(path));
		bw_json_key(json, "file");
		bw_json_string(json, path);
		bw_json_key(json, "matches");
		bw_json_int(json, (int64_t)found->matches);
	}
	bw_json_key(json, "size_bytes");
	bw_json_int(json, found->about.st_size);
	bw_json_key(json, "age_seconds");
	bw_json_int(json, age_us / BW_SECOND_US);
}

/* Exactly one check_finish(). */
static void judge(struct check_run *run, const struct found *found)
{
	const struct file_settings *settings = check_settings(run);
	int64_t age_us;

	if (found->error != 0 && found->error != ENOENT && found->error != ENOTDIR) {
		check_finish(run, BW_HEALTH_UNKNOWN, "cannot look at %s: %s", settings->path,
			     strerror(found->error));
		return;
	}
	if (found->error != 0 || !settings->exists) {
		if (found->error != 0 && settings->exists)
			check_finish(run, BW_HEALTH_UNHEALTHY, "no such file: %s", settings->path);
		else if (found->error != 0)
			check_finish(run, BW_HEALTH_HEALTHY, NULL);
		else
			check_finish(run, BW_HEALTH_UNHEALTHY, "%s exists", found->path);
		return;
	}
	bw_assert(found->path != NULL);
	age_us = io_loop_wall(check_loop(run)).us - mtime_us(&found->about);
	write_details(run, found, age_us);
	if (age_is_good(run, found, age_us) && size_is_good(run, found) &&
	    space_is_good(run, found) && text_is_good(run, found))
		check_finish(run, BW_HEALTH_HEALTHY, NULL);
}

static void file_start(struct check_run *run)
{
	const struct file_settings *settings = check_settings(run);
	struct found found;

	check_no_response(run);
	find(settings->path, &found);
	judge(run, &found);
	free(found.path);
}

static void file_stop(struct check_run *run)
{
}

const struct check_kind check_kind_file = {
	.name = "file",
	.summary = "age, size, text of a file and the space left beside it",
	.fields = file_fields,
	.settings_size = sizeof(struct file_settings),
	.state_size = sizeof(struct file_state),
	.prepare = file_prepare,
	.release = file_release,
	.start = file_start,
	.stop = file_stop,
};
