/* process_list.c - /proc/<pid>/status, cmdline and stat of every process.
 *
 * A process may end between any two reads: what cannot be read any more is passed over, it is not
 * running. A kernel thread has no memory map (no VmSize) and is no zombie.
 */
#include "checks/process_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checks/procfs.h"

enum { STATUS_MAX = 16 * 1024, STAT_MAX = 4096, STAT_FIELDS_TO_START = 20 };

struct reader {
	const char *root;
	double uptime_s; /* negative: unknown */
	struct bw_buf text, command;
};

static bool read_of(struct reader *reader, int64_t pid, const char *file, size_t limit,
		    struct bw_buf *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, file);
	return procfs_read(reader->root, path, limit, out);
}

/* The word behind "key:" of status. */
static bool status_word(const char *text, const char *key, char *out, size_t size)
{
	size_t key_len = strlen(key), len;
	const char *line = text;

	while (line && (strncmp(line, key, key_len) != 0 || line[key_len] != ':')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return false;
	line += key_len + 1;
	line += strspn(line, " \t");
	len = strcspn(line, "\n");
	if (len >= size)
		len = size - 1;
	memcpy(out, line, len);
	out[len] = '\0';
	return true;
}

/* False for a kernel thread and for what is gone. */
static bool read_status(struct reader *reader, struct process *process)
{
	char state[32];
	int64_t value;

	if (!read_of(reader, process->pid, "status", STATUS_MAX, &reader->text))
		return false;
	if (!status_word(reader->text.data, "Name", process->short_name,
			 sizeof(process->short_name)) ||
	    !status_word(reader->text.data, "State", state, sizeof(state)) ||
	    !procfs_value(reader->text.data, "Uid", &process->uid))
		return false;
	process->zombie = state[0] == 'Z' || state[0] == 'X';
	process->stopped = state[0] == 'T';
	if (procfs_value(reader->text.data, "VmRSS", &value))
		process->memory_bytes = value * 1024;
	return process->zombie || procfs_value(reader->text.data, "VmSize", &value);
}

static void read_command(struct reader *reader, struct process *process)
{
	const char *slash;
	size_t i;

	snprintf(process->name, sizeof(process->name), "%s", process->short_name);
	process->command = process->short_name;
	process->command_len = strlen(process->short_name);
	if (!read_of(reader, process->pid, "cmdline", PROCESS_COMMAND_MAX, &reader->command))
		return;
	while (reader->command.len > 0 && reader->command.data[reader->command.len - 1] == '\0')
		reader->command.len--;
	if (reader->command.len == 0)
		return;
	slash = strrchr(reader->command.data, '/');
	snprintf(process->name, sizeof(process->name), "%s",
		 slash ? slash + 1 : reader->command.data);
	for (i = 0; i < reader->command.len; i++)
		if (reader->command.data[i] == '\0')
			reader->command.data[i] = ' ';
	process->command = reader->command.data;
	process->command_len = reader->command.len;
}

/* Field 22 of stat, behind the name in brackets, which may itself hold brackets and blanks. */
static void read_age(struct reader *reader, struct process *process)
{
	char *cursor, *word = NULL;
	int64_t started;
	int i;

	if (reader->uptime_s < 0 || !read_of(reader, process->pid, "stat", STAT_MAX, &reader->text))
		return;
	cursor = strrchr(reader->text.data, ')');
	if (!cursor)
		return;
	cursor++;
	for (i = 0; i < STAT_FIELDS_TO_START; i++)
		word = procfs_next_word(&cursor);
	if (!word || !procfs_int(word, &started))
		return;
	process->has_age = true;
	process->age_s =
		(int64_t)(reader->uptime_s - (double)started / (double)sysconf(_SC_CLK_TCK));
	if (process->age_s < 0)
		process->age_s = 0;
}

static void add(struct process_totals *out, const struct process *process)
{
	if (process->zombie) {
		out->zombies++;
		return;
	}
	if (out->count < PROCESS_PIDS_MAX)
		out->pids[out->count] = process->pid;
	out->count++;
	out->stopped += process->stopped;
	out->memory_bytes += process->memory_bytes;
	if (process->has_age && (out->youngest_s < 0 || process->age_s < out->youngest_s))
		out->youngest_s = process->age_s;
}

static void look_at(struct reader *reader, int64_t pid, process_filter *filter, void *arg,
		    struct process_totals *out)
{
	struct process process = { .pid = pid };

	if (!read_status(reader, &process))
		return;
	read_command(reader, &process);
	out->looked_at++;
	if (!filter(arg, &process))
		return;
	read_age(reader, &process);
	add(out, &process);
}

static void read_uptime(struct reader *reader)
{
	char *cursor, *word;

	reader->uptime_s = -1;
	if (!procfs_read(reader->root, "/proc/uptime", STAT_MAX, &reader->text))
		return;
	cursor = reader->text.data;
	word = procfs_next_word(&cursor);
	if (word && !procfs_double(word, &reader->uptime_s))
		reader->uptime_s = -1;
}

static bool look_at_all(struct reader *reader, process_filter *filter, void *arg,
			struct process_totals *out)
{
	char path[PROCFS_PATH_MAX];
	struct dirent *entry;
	int64_t pid;
	DIR *folder;

	if (!procfs_path(reader->root, "/proc", path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	folder = opendir(path);
	if (!folder)
		return false;
	while ((entry = readdir(folder)))
		if (procfs_int(entry->d_name, &pid) && pid > 0)
			look_at(reader, pid, filter, arg, out);
	closedir(folder);
	return true;
}

bool process_list(const char *root, int64_t pid, process_filter *filter, void *arg,
		  struct process_totals *out)
{
	struct reader reader = { .root = root };
	bool ok = true;
	int saved;

	memset(out, 0, sizeof(*out));
	out->youngest_s = -1;
	bw_buf_init(&reader.text, STATUS_MAX + 8192);
	bw_buf_init(&reader.command, PROCESS_COMMAND_MAX + 8192);
	read_uptime(&reader);
	if (pid > 0)
		look_at(&reader, pid, filter, arg, out);
	else
		ok = look_at_all(&reader, filter, arg, out);
	saved = errno;
	bw_buf_finish(&reader.text);
	bw_buf_finish(&reader.command);
	errno = saved;
	return ok;
}
