/* host.c - the machine, or the container around us, against limits.
 *
 * The CPU's share of work needs two readings. The sampler remembers the one of the run before; only
 * the first run takes a second reading FIRST_GAP_US later itself.
 */
#include "checks/kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "checks/host_sample.h"

enum { FIRST_GAP_US = 200 * 1000, TEXT_MAX = 960 };

/* 0: no limit. */
struct host_limits {
	double warn, critical;
};

struct host_settings {
	const char *root;
	int cgroups;
	struct config_list mounts;
	struct host_limits cpu, memory, disk, load, pressure;
};

struct host_state {
	struct host_sampler *sampler;
};

struct host_run {
	struct check_run *run;
	struct io_timer *timer;
};

struct verdict {
	enum bw_health health;
	char text[TEXT_MAX];
	size_t len;
};

static const char *const cgroups_words[] = { "auto", "all", "none", NULL };

static const struct config_field percent_fields[] = {
	{ .name = "warn",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, warn),
	  .max = 100,
	  .help = "degraded from this percentage on" },
	{ .name = "critical",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, critical),
	  .max = 100,
	  .help = "unhealthy from this percentage on" },
	{ 0 },
};

static const struct config_field disk_fields[] = {
	{ .name = "warn",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, warn),
	  .max = 100,
	  .help = "degraded from this percentage of a file system on" },
	{ .name = "critical",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, critical),
	  .standard = "99",
	  .max = 100,
	  .help = "unhealthy from this percentage of a file system on; 0: never" },
	{ 0 },
};

static const struct config_field load_fields[] = {
	{ .name = "warn",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, warn),
	  .max = 1e6,
	  .help = "degraded from this 5-minute load per core on" },
	{ .name = "critical",
	  .type = CONFIG_NUMBER,
	  .offset = offsetof(struct host_limits, critical),
	  .max = 1e6,
	  .help = "unhealthy from this 5-minute load per core on" },
	{ 0 },
};

static const struct config_field host_fields[] = {
	{ .name = "mounts",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct host_settings, mounts),
	  .max = HOST_MOUNTS_MAX,
	  .help = "mount points to watch; empty: `/` and every local file system. A network mount "
		  "is "
		  "asked only when it is named here, and can hold the program while its server is "
		  "away",
	  .example = "[/, /data]" },
	{ .name = "cpu",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct host_settings, cpu),
	  .fields = percent_fields,
	  .help = "limits of the processors' work, in percent of the cores that may be used",
	  .example = "{ warn: 90 }" },
	{ .name = "memory",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct host_settings, memory),
	  .fields = percent_fields,
	  .help = "limits of the memory that is not available, in percent",
	  .example = "{ warn: 85, critical: 95 }" },
	{ .name = "disk",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct host_settings, disk),
	  .fields = disk_fields,
	  .help = "limits of every watched file system, of its bytes and its inodes, in percent as "
		  "`df` shows it",
	  .example = "{ warn: 90, critical: 97 }" },
	{ .name = "load",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct host_settings, load),
	  .fields = load_fields,
	  .help = "limits of the 5-minute load average divided by the machine's cores",
	  .example = "{ warn: 1.5, critical: 4 }" },
	{ .name = "pressure",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct host_settings, pressure),
	  .fields = percent_fields,
	  .help = "limits of the time in which something waited for CPU, memory or disks, in "
		  "percent "
		  "of the last minute (PSI `some avg60`)",
	  .example = "{ warn: 40 }" },
	{ .name = "cgroups",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct host_settings, cgroups),
	  .standard = "auto",
	  .words = cgroups_words,
	  .help = "which cgroup v2 limits count: `auto` those of containers, slices and scopes; "
		  "`all` "
		  "those of this systemd service as well; `none` shows the machine" },
	{ .name = "root",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct host_settings, root),
	  .standard = "/",
	  .help = "what stands before /proc, /sys and the mount points" },
	{ 0 },
};

static void complain_limits(const struct host_limits *limits, const char *path,
			    struct config_complaints *complaints, const struct config_node *node)
{
	char at[32];

	if (limits->warn <= 0 || limits->critical <= 0 || limits->warn <= limits->critical)
		return;
	snprintf(at, sizeof(at), "%s.warn", path);
	config_complain_at(complaints, node, at, "warn (%g) is above critical (%g)", limits->warn,
			   limits->critical);
}

static void host_prepare(const void *settings_arg, void *state_arg,
			 struct config_complaints *complaints, const struct config_node *node)
{
	const struct host_settings *settings = settings_arg;
	struct host_state *state = state_arg;
	struct host_sampler_options options = {
		.root = settings->root,
		.cgroups = (enum host_cgroups)settings->cgroups,
		.mounts = settings->mounts.count > 0 ? settings->mounts.items : NULL,
		.mount_count = settings->mounts.count,
	};
	size_t i;

	complain_limits(&settings->cpu, "cpu", complaints, node);
	complain_limits(&settings->memory, "memory", complaints, node);
	complain_limits(&settings->disk, "disk", complaints, node);
	complain_limits(&settings->load, "load", complaints, node);
	complain_limits(&settings->pressure, "pressure", complaints, node);
	for (i = 0; i < options.mount_count; i++)
		if (options.mounts[i][0] != '/')
			config_complain_at(complaints, node, "mounts", "\"%s\" is no absolute path",
					   options.mounts[i]);
	state->sampler = host_sampler_create(&options);
}

static void host_release(void *state_arg)
{
	struct host_state *state = state_arg;

	host_sampler_destroy(state->sampler);
}

static void note(struct verdict *verdict, enum bw_health health, const char *format, ...)
	BW_PRINTF(3, 4);

static void note(struct verdict *verdict, enum bw_health health, const char *format, ...)
{
	size_t left = sizeof(verdict->text) - verdict->len;
	va_list args;
	int written;

	verdict->health = bw_health_worse(verdict->health, health);
	if (verdict->len > 0 && left > 2) {
		memcpy(verdict->text + verdict->len, "; ", 3);
		verdict->len += 2;
		left -= 2;
	}
	va_start(args, format);
	written = vsnprintf(verdict->text + verdict->len, left, format, args);
	va_end(args);
	if (written > 0)
		verdict->len += (size_t)written < left ? (size_t)written : left - 1;
}

static void judge(struct verdict *verdict, const struct host_limits *limits, double value,
		  const char *name, const char *unit)
{
	if (limits->critical > 0 && value >= limits->critical)
		note(verdict, BW_HEALTH_UNHEALTHY, "%s at %.1f%s, limit %g%s", name, value, unit,
		     limits->critical, unit);
	else if (limits->warn > 0 && value >= limits->warn)
		note(verdict, BW_HEALTH_DEGRADED, "%s at %.1f%s, limit %g%s", name, value, unit,
		     limits->warn, unit);
}

static void judge_mount(struct verdict *verdict, const struct host_limits *limits,
			const struct host_mount *mount)
{
	char name[HOST_MOUNT_PATH_MAX + 32];

	if (!mount->mounted) {
		note(verdict, BW_HEALTH_UNHEALTHY, "nothing is mounted at %s", mount->path);
		return;
	}
	if (!mount->known) {
		note(verdict, BW_HEALTH_UNKNOWN, "cannot ask the file system at %s: %s",
		     mount->path, strerror(mount->error));
		return;
	}
	snprintf(name, sizeof(name), "disk %s", mount->path);
	judge(verdict, limits, mount->used_pct, name, "%");
	snprintf(name, sizeof(name), "inodes of %s", mount->path);
	if (mount->has_inodes)
		judge(verdict, limits, mount->inodes_pct, name, "%");
}

static void judge_pressure(struct verdict *verdict, const struct host_limits *limits,
			   const struct host_sample *sample)
{
	if (sample->cpu_pressure.known)
		judge(verdict, limits, sample->cpu_pressure.some_pct[1], "CPU pressure", "%");
	if (sample->memory_pressure.known)
		judge(verdict, limits, sample->memory_pressure.some_pct[1], "memory pressure", "%");
	if (sample->io_pressure.known)
		judge(verdict, limits, sample->io_pressure.some_pct[1], "disk pressure", "%");
	if ((limits->warn > 0 || limits->critical > 0) && !sample->cpu_pressure.known)
		note(verdict, BW_HEALTH_UNKNOWN, "this kernel shows no pressure");
}

static void judge_all(const struct host_settings *settings, const struct host_sample *sample,
		      struct host_sampler *sampler, struct verdict *verdict)
{
	const struct host_mount *mounts;
	size_t i, count;

	verdict->health = BW_HEALTH_HEALTHY;
	if (sample->problem[0])
		note(verdict, BW_HEALTH_UNKNOWN, "%s", sample->problem);
	if (sample->cpu_known)
		judge(verdict, &settings->cpu, sample->cpu_pct, "CPU", "%");
	else if (!sample->problem[0])
		note(verdict, BW_HEALTH_UNKNOWN, "the CPU counters do not move");
	if (sample->memory_known)
		judge(verdict, &settings->memory, sample->memory_pct, "memory", "%");
	mounts = host_sampler_mounts(sampler, &count, NULL);
	for (i = 0; i < count; i++)
		judge_mount(verdict, &settings->disk, &mounts[i]);
	if (sample->load_known && sample->machine_cores > 0)
		judge(verdict, &settings->load, sample->load_average[1] / sample->machine_cores,
		      "load per core", "");
	judge_pressure(verdict, &settings->pressure, sample);
}

static void write_pct(struct bw_json *json, const char *key, double value)
{
	bw_json_key(json, key);
	bw_json_double(json, bw_round(value, 1));
}

static void write_bytes(struct bw_json *json, const char *key, int64_t value)
{
	bw_json_key(json, key);
	bw_json_int(json, value);
}

static void write_pressure(struct bw_json *json, const char *key,
			   const struct host_pressure *pressure)
{
	static const char *const ages[] = { "avg10", "avg60", "avg300" };
	int i;

	if (!pressure->known)
		return;
	bw_json_key(json, key);
	bw_json_object_begin(json);
	for (i = 0; i < 3; i++) {
		bw_json_key(json, ages[i]);
		bw_json_double(json, pressure->some_pct[i]);
	}
	bw_json_object_end(json);
}

static void write_mounts(struct bw_json *json, const struct host_sampler *sampler)
{
	size_t i, count, left_out;
	const struct host_mount *mounts = host_sampler_mounts(sampler, &count, &left_out);

	bw_json_key(json, "disks");
	bw_json_array_begin(json);
	for (i = 0; i < count; i++) {
		bw_json_object_begin(json);
		bw_json_key(json, "mount");
		bw_json_string(json, mounts[i].path);
		if (mounts[i].known) {
			bw_json_key(json, "type");
			bw_json_string(json, mounts[i].type);
			write_pct(json, "percent", mounts[i].used_pct);
			write_bytes(json, "available_bytes", mounts[i].available_bytes);
			write_bytes(json, "total_bytes", mounts[i].total_bytes);
		}
		if (mounts[i].known && mounts[i].has_inodes)
			write_pct(json, "inodes_percent", mounts[i].inodes_pct);
		if (mounts[i].read_only) {
			bw_json_key(json, "read_only");
			bw_json_bool(json, true);
		}
		bw_json_object_end(json);
	}
	bw_json_array_end(json);
	if (left_out > 0)
		write_bytes(json, "disks_left_out", (int64_t)left_out);
}

static void write_details(struct bw_json *json, const struct host_sample *sample,
			  const struct host_sampler *sampler)
{
	int i;

	if (sample->cpu_known)
		write_pct(json, "cpu_percent", sample->cpu_pct);
	bw_json_key(json, "cores");
	bw_json_double(json, sample->cores);
	if (sample->memory_known) {
		write_pct(json, "memory_percent", sample->memory_pct);
		write_bytes(json, "memory_used_bytes", sample->memory_used_bytes);
		write_bytes(json, "memory_total_bytes", sample->memory_total_bytes);
		write_bytes(json, "swap_used_bytes", sample->swap_used_bytes);
	}
	if (sample->cpu_limited || sample->memory_limited) {
		bw_json_key(json, "limited_by_cgroup");
		bw_json_bool(json, true);
	}
	if (sample->load_known) {
		bw_json_key(json, "load_average");
		bw_json_array_begin(json);
		for (i = 0; i < 3; i++)
			bw_json_double(json, sample->load_average[i]);
		bw_json_array_end(json);
	}
	write_pressure(json, "cpu_pressure", &sample->cpu_pressure);
	write_pressure(json, "memory_pressure", &sample->memory_pressure);
	write_pressure(json, "io_pressure", &sample->io_pressure);
	if (sample->uptime_known)
		write_bytes(json, "uptime_seconds", (int64_t)sample->uptime_s);
	write_mounts(json, sampler);
}

static void finish(struct check_run *run, const struct host_sample *sample)
{
	struct host_state *state = check_state(run);
	struct verdict verdict = { .health = BW_HEALTH_HEALTHY };

	judge_all(check_settings(run), sample, state->sampler, &verdict);
	write_details(check_details(run), sample, state->sampler);
	check_no_response(run);
	check_finish(run, verdict.health, verdict.len > 0 ? "%s" : NULL, verdict.text);
}

static void on_second_reading(void *arg)
{
	struct host_run *host = arg;
	struct host_state *state = check_state(host->run);
	struct host_sample sample;

	host_sampler_take(state->sampler, io_loop_mono(check_loop(host->run)), &sample);
	finish(host->run, &sample);
}

static void host_start(struct check_run *run)
{
	struct host_run *host = check_data(run);
	struct host_state *state = check_state(run);
	int64_t gap_us = check_timeout_us(run) / 2;
	struct host_sample sample;

	host->run = run;
	host_sampler_take(state->sampler, io_loop_mono(check_loop(run)), &sample);
	if (sample.cpu_known || sample.machine_cores == 0) {
		finish(run, &sample);
		return;
	}
	check_phase(run, "waiting for a second reading of the CPU counters");
	host->timer = io_timer_create(check_loop(run), on_second_reading, host);
	io_timer_start(host->timer, gap_us < FIRST_GAP_US ? gap_us : FIRST_GAP_US);
}

static void host_stop(struct check_run *run)
{
	struct host_run *host = check_data(run);

	if (host->timer)
		io_timer_destroy(host->timer);
}

const struct check_kind check_kind_host = {
	.name = "host",
	.summary = "CPU, memory, disks, load and pressure of this machine or container",
	.fields = host_fields,
	.settings_size = sizeof(struct host_settings),
	.state_size = sizeof(struct host_state),
	.run_size = sizeof(struct host_run),
	.prepare = host_prepare,
	.release = host_release,
	.start = host_start,
	.stop = host_stop,
};
