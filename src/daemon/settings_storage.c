/* settings_storage.c - `storage`: where the history is kept, for how long, and within what bound.
 *
 * A folder gets the database's usual name here, so that all others only know of files and URLs.
 */
#include <string.h>

#include "base/xalloc.h"
#include "daemon/settings_source.h"

#define FIELD(member) offsetof(struct raw_settings, storage.member)
#define HOUR_US 3600e6
#define DAY_US 86400e6
#define LIMIT_MIN 4194304.0 /* an empty database with its log, and some room to work in */
#define LIMIT_MAX 9.2e18

const struct config_field settings_storage_fields[] = {
	{ .name = "path",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(path),
	  .help = "The folder of the database, or the database file itself when it ends in .db, "
		  ".sqlite or .sqlite3; `none` keeps everything in memory. Without it the data "
		  "folder of the daemon is used",
	  .example = "/var/lib/bellwether" },
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = FIELD(url),
	  .help = "A PostgreSQL database instead of a file: "
		  "postgresql://user:password@host:port/database?option=value. Several daemons may "
		  "share one, each under its own `instance`",
	  .example = "postgresql://bellwether:${DB_PASSWORD}@db.example/health" },
	{ .name = "instance",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(instance),
	  .help = "Whose history it is in a database that several daemons share; the name of the "
		  "host when nothing is written",
	  .example = "research-1" },
	{ .name = "history",
	  .type = CONFIG_DURATION,
	  .offset = FIELD(history_us),
	  .standard = "7d",
	  .min = HOUR_US,
	  .max = 400 * DAY_US,
	  .help = "How long every single sample is kept. Older ones become rollups; the dashboard "
		  "document always shows the last 24 hours" },
	{ .name = "rollups",
	  .type = CONFIG_DURATION,
	  .offset = FIELD(rollups_us),
	  .standard = "400d",
	  .min = 0,
	  .max = 3653 * DAY_US,
	  .help = "How long the change journal and rollups of 5 minutes and of an hour are kept: "
		  "count, lowest, highest, average, quantiles and the time in each state. 0 makes "
		  "none" },
	{ .name = "limit",
	  .type = CONFIG_SIZE,
	  .offset = FIELD(limit),
	  .standard = "4GiB",
	  .min = LIMIT_MIN,
	  .max = LIMIT_MAX,
	  .help = "The database and its log are never longer than this. When it is reached, the "
		  "oldest samples go first, whatever `history` says, and the page says so" },
	{ 0 },
};

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

static const char *database_path(struct bw_arena *arena, const char *path)
{
	struct bw_buf buf;

	if (!path || !*path)
		return NULL;
	if (strcmp(path, "none") == 0 || has_suffix(path, ".db") || has_suffix(path, ".sqlite") ||
	    has_suffix(path, ".sqlite3"))
		return path;
	bw_buf_init(&buf, 0);
	bw_buf_format(&buf, "%s%sbellwether.db", path, has_suffix(path, "/") ? "" : "/");
	path = xarena_text(arena, buf.data);
	bw_buf_finish(&buf);
	return path;
}

static bool is_postgres(const char *url)
{
	return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
}

static void complain(const struct settings_source *source, const struct config_node *section)
{
	const struct raw_settings *raw = &source->raw;
	const char *url = raw->storage.url;

	if (url && raw->storage.path)
		config_complain_at(source->complaints, section, "url",
				   "`path` and `url` do not go together: write the one where the "
				   "history is kept");
	if (url && !is_postgres(url))
		config_complain_at(source->complaints, section, "url",
				   "only postgresql:// is known here; for a file write `path`");
	if (raw->storage.instance && strlen(raw->storage.instance) > STORAGE_INSTANCE_MAX)
		config_complain_at(source->complaints, section, "instance",
				   "a name has at most %d bytes", STORAGE_INSTANCE_MAX);
	if (raw->storage.rollups_us > 0 && raw->storage.rollups_us < raw->storage.history_us)
		config_warn(source->complaints, section,
			    "storage.rollups is shorter than storage.history: samples are removed "
			    "without ever becoming rollups");
}

void settings_read_storage(struct daemon_settings *settings, struct settings_source *source)
{
	const struct raw_settings *raw = &source->raw;
	const struct config_node *root = config_document_root(source->document);
	const char *instance = raw->storage.instance;

	complain(source, config_node_get(root, "storage"));
	settings->storage.path = database_path(settings->arena, raw->storage.path);
	settings->storage.url = raw->storage.url;
	settings->storage.instance = instance != NULL && *instance != '\0' ? instance : NULL;
	settings->storage.history_us = raw->storage.history_us;
	settings->storage.rollups_us = raw->storage.rollups_us;
	settings->storage.limit_bytes = raw->storage.limit;
}
