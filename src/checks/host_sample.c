/* host_sample.c - one pass over /proc, corrected by the cgroup around us.
 *
 * CPU: with a quota below the cores, the usage the cgroup itself accounts over the time passed,
 * relative to the quota; otherwise /proc/stat, only of the processors our cpuset leaves us. Waiting
 * for disks (iowait) is idle time. When what is measured changes (a quota appears), the old
 * counters are forgotten: a difference between two sources means nothing.
 *
 * Memory: MemAvailable, not MemFree: the page cache is given back on demand. In a limited cgroup,
 * memory.current without inactive_file, of the limit.
 */
#include "checks/host_sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "checks/host_cgroup.h"
#include "checks/host_mounts.h"
#include "checks/procfs.h"

enum {
	FILE_MAX = 256 * 1024,
	MOUNTINFO_MAX = 4 * 1024 * 1024,
	STAT_FIELDS = 8, /* user nice system idle iowait irq softirq steal */
	STAT_IDLE = 3,
	STAT_IOWAIT = 4,
	GAP_MIN_US = 50 * 1000,
};

/* Counters that only grow; busy / total is the share of time worked. */
struct cpu_counters {
	bool known, from_cgroup;
	double busy, total;
	struct bw_mono at;
};

struct host_sampler {
	struct host_sampler_options options;
	struct bw_buf text, mountinfo;
	struct host_cgroup cgroup;
	struct host_mount_list list;
	struct cpu_counters last;
	bool cpu_known;
	double cpu_pct;
};

static const char *copy_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

struct host_sampler *host_sampler_create(const struct host_sampler_options *options)
{
	struct host_sampler *sampler = xcalloc(1, sizeof(*sampler));
	char **mounts = NULL;
	size_t i;

	if (options->mounts) {
		mounts = xcalloc(options->mount_count + 1, sizeof(*mounts));
		for (i = 0; i < options->mount_count; i++)
			mounts[i] = xstrdup(options->mounts[i]);
	}
	sampler->options = *options;
	sampler->options.root = copy_or_null(options->root);
	sampler->options.mounts = (const char *const *)mounts;
	bw_buf_init(&sampler->text, FILE_MAX + 8192);
	bw_buf_init(&sampler->mountinfo, MOUNTINFO_MAX + 8192);
	return sampler;
}

void host_sampler_destroy(struct host_sampler *sampler)
{
	size_t i;

	if (!sampler)
		return;
	if (sampler->options.mounts) {
		for (i = 0; i < sampler->options.mount_count; i++)
			free((void *)sampler->options.mounts[i]);
		free((void *)sampler->options.mounts);
	}
	free((void *)sampler->options.root);
	bw_buf_finish(&sampler->text);
	bw_buf_finish(&sampler->mountinfo);
	free(sampler);
}

static void set_problem(struct host_sample *out, const char *path)
{
	if (!out->problem[0])
		snprintf(out->problem, sizeof(out->problem), "cannot read %s: %s", path,
			 errno ? strerror(errno) : "not in the expected form");
}

static bool read_file(struct host_sampler *sampler, const char *path)
{
	bool ok = procfs_read(sampler->options.root, path, FILE_MAX, &sampler->text);

	if (ok)
		errno = 0;
	return ok;
}

static bool add_processor(char *rest, struct cpu_counters *counters)
{
	char *word;
	int64_t value;
	int i;

	for (i = 0; i < STAT_FIELDS && (word = procfs_next_word(&rest)); i++) {
		if (!procfs_int(word, &value))
			return false;
		counters->total += (double)value;
		if (i != STAT_IDLE && i != STAT_IOWAIT)
			counters->busy += (double)value;
	}
	return i > STAT_IDLE;
}

/* Sums the processors of /proc/stat that we may run on, and counts them all. */
static bool parse_stat(struct host_sampler *sampler, struct cpu_counters *counters,
		       struct host_sample *out)
{
	const struct host_cgroup *cgroup = &sampler->cgroup;
	char *cursor = sampler->text.data, *line, *rest, *word;
	int64_t number;
	int usable = 0;

	while ((line = procfs_next_line(&cursor)) && strncmp(line, "cpu", 3) == 0) {
		rest = line + 3;
		if (*rest == ' ')
			continue;
		word = procfs_next_word(&rest);
		if (!word || !procfs_int(word, &number))
			return false;
		out->machine_cores++;
		if (cgroup->has_cpus && (number >= HOST_CPUS_MAX || !cgroup->cpus[number]))
			continue;
		if (!add_processor(rest, counters))
			return false;
		usable++;
	}
	out->cores = usable;
	return usable > 0;
}

static void compare(struct host_sampler *sampler, const struct cpu_counters *now)
{
	const struct cpu_counters *last = &sampler->last;
	double total = now->total - last->total, busy = now->busy - last->busy;

	if (last->known && last->from_cgroup == now->from_cgroup) {
		if (bw_mono_since(now->at, last->at) < GAP_MIN_US || total <= 0)
			return;
		sampler->cpu_known = true;
		sampler->cpu_pct = 100.0 * busy / total;
		if (sampler->cpu_pct < 0)
			sampler->cpu_pct = 0;
		if (sampler->cpu_pct > 100)
			sampler->cpu_pct = 100;
	} else {
		sampler->cpu_known = false;
	}
	sampler->last = *now;
}

static void take_cpu(struct host_sampler *sampler, struct bw_mono now, struct host_sample *out)
{
	const struct host_cgroup *cgroup = &sampler->cgroup;
	struct cpu_counters counters = { .known = true, .at = now };
	int64_t usage;

	if (!read_file(sampler, "/proc/stat") || !parse_stat(sampler, &counters, out)) {
		set_problem(out, "/proc/stat");
		return;
	}
	if (cgroup->cpu_folder[0] && cgroup->cpu_quota < out->cores &&
	    host_cgroup_cpu_usage_us(sampler->options.root, cgroup->cpu_folder, &sampler->text,
				     &usage)) {
		counters.from_cgroup = out->cpu_limited = true;
		counters.busy = (double)usage;
		counters.total = (double)now.us * cgroup->cpu_quota;
		out->cores = cgroup->cpu_quota;
	}
	compare(sampler, &counters);
	out->cpu_known = sampler->cpu_known;
	out->cpu_pct = sampler->cpu_pct;
}

static bool parse_meminfo(const char *text, struct host_sample *out)
{
	int64_t total, available, part, swap_total, swap_free;

	if (!procfs_value(text, "MemTotal", &total) || total <= 0)
		return false;
	if (!procfs_value(text, "MemAvailable", &available)) {
		if (!procfs_value(text, "MemFree", &available))
			return false;
		available += procfs_value(text, "Buffers", &part) ? part : 0;
		available += procfs_value(text, "Cached", &part) ? part : 0;
	}
	if (available > total)
		available = total;
	out->memory_total_bytes = total * 1024;
	out->memory_used_bytes = (total - available) * 1024;
	if (procfs_value(text, "SwapTotal", &swap_total) &&
	    procfs_value(text, "SwapFree", &swap_free)) {
		out->swap_total_bytes = swap_total * 1024;
		out->swap_used_bytes = (swap_total - swap_free) * 1024;
	}
	return true;
}

static void take_memory(struct host_sampler *sampler, struct host_sample *out)
{
	const struct host_cgroup *cgroup = &sampler->cgroup;
	int64_t used;

	if (!read_file(sampler, "/proc/meminfo") || !parse_meminfo(sampler->text.data, out)) {
		set_problem(out, "/proc/meminfo");
		return;
	}
	if (cgroup->memory_folder[0] && cgroup->memory_limit_bytes > 0 &&
	    cgroup->memory_limit_bytes < out->memory_total_bytes &&
	    host_cgroup_memory_used(sampler->options.root, cgroup->memory_folder, &sampler->text,
				    &used)) {
		out->memory_limited = true;
		out->memory_total_bytes = cgroup->memory_limit_bytes;
		out->memory_used_bytes = used;
	}
	out->memory_known = true;
	out->memory_pct = 100.0 * (double)out->memory_used_bytes / (double)out->memory_total_bytes;
}

static void take_load(struct host_sampler *sampler, struct host_sample *out)
{
	char *cursor, *word;
	int i;

	if (!read_file(sampler, "/proc/loadavg"))
		return;
	cursor = sampler->text.data;
	for (i = 0; i < 3; i++) {
		word = procfs_next_word(&cursor);
		if (!word || !procfs_double(word, &out->load_average[i]))
			return;
	}
	out->load_known = true;
}

static void take_uptime(struct host_sampler *sampler, struct host_sample *out)
{
	char *cursor, *word;

	if (!read_file(sampler, "/proc/uptime"))
		return;
	cursor = sampler->text.data;
	word = procfs_next_word(&cursor);
	out->uptime_known = word && procfs_double(word, &out->uptime_s);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static bool parse_pressure_line(char *line, double out[3])
{
	static const char *const keys[] = { "avg10=", "avg60=", "avg300=" };
	char *word;
	int i;

	procfs_next_word(&line);
	for (i = 0; i < 3; i++) {
		word = procfs_next_word(&line);
		if (!word || strncmp(word, keys[i], strlen(keys[i])) != 0 ||
		    !procfs_double(word + strlen(keys[i]), &out[i]))
			return false;
	}
	return true;
}

static void take_pressure(struct host_sampler *sampler, const char *folder, const char *what,
			  struct host_pressure *out)
{
	char path[PROCFS_PATH_MAX + 32];
	char *cursor, *line;

	if (folder[0])
		snprintf(path, sizeof(path), "%s/%s.pressure", folder, what);
	else
		snprintf(path, sizeof(path), "/proc/pressure/%s", what);
	if (!read_file(sampler, path))
		return;
	cursor = sampler->text.data;
	while ((line = procfs_next_line(&cursor))) {
		if (strncmp(line, "some ", 5) == 0)
			out->known = parse_pressure_line(line, out->some_pct);
		else if (strncmp(line, "full ", 5) == 0)
			(void)parse_pressure_line(line, out->full_pct);
	}
}

static void take_disks(struct host_sampler *sampler, struct host_sample *out)
{
	const struct host_sampler_options *options = &sampler->options;
	struct statvfs figures;
	struct host_mount root = { 0 };
	char path[PROCFS_PATH_MAX];

	host_mounts_measure(options, sampler->mountinfo.data, &sampler->list);
	if (!procfs_path(options->root, "/", path) || statvfs(path, &figures) != 0)
		return;
	host_mount_fill(&figures, &root);
	out->disk_known = true;
	out->disk_pct = root.used_pct;
	out->disk_used_bytes = root.used_bytes;
	out->disk_total_bytes = root.total_bytes;
}

static void read_mountinfo(struct host_sampler *sampler, struct host_sample *out)
{
	if (procfs_read(sampler->options.root, "/proc/self/mountinfo", MOUNTINFO_MAX,
			&sampler->mountinfo))
		return;
	set_problem(out, "/proc/self/mountinfo");
	bw_buf_clear(&sampler->mountinfo);
	bw_buf_byte(&sampler->mountinfo, '\n');
}

void host_sampler_take(struct host_sampler *sampler, struct bw_mono now, struct host_sample *out)
{
	const struct host_cgroup *cgroup = &sampler->cgroup;
	const struct host_sampler_options *options = &sampler->options;

	memset(out, 0, sizeof(*out));
	read_mountinfo(sampler, out);
	host_cgroup_find(options->root, options->cgroups, sampler->mountinfo.data, &sampler->text,
			 &sampler->cgroup);
	take_cpu(sampler, now, out);
	take_memory(sampler, out);
	take_load(sampler, out);
	take_uptime(sampler, out);
	take_pressure(sampler, out->cpu_limited ? cgroup->cpu_folder : "", "cpu",
		      &out->cpu_pressure);
	take_pressure(sampler, out->memory_limited ? cgroup->memory_folder : "", "memory",
		      &out->memory_pressure);
	take_pressure(sampler, out->memory_limited ? cgroup->memory_folder : "", "io",
		      &out->io_pressure);
	take_disks(sampler, out);
	out->known = out->cpu_known && out->memory_known;
}

const struct host_mount *host_sampler_mounts(const struct host_sampler *sampler, size_t *count,
					     size_t *left_out)
{
	*count = sampler->list.count;
	if (left_out)
		*left_out = sampler->list.left_out;
	return sampler->list.mounts;
}
