/* test_host_sample.c - the sampler over folders that look like a machine and like containers. */
#include "checks/host_sample.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "checks/host_cgroup.h"
#include "checks/host_mounts.h"
#include "support/folder.h"

#define CGROUP_MOUNT "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"

static struct bw_mono second(int64_t seconds)
{
	return (struct bw_mono){ seconds * BW_SECOND_US };
}

static void write_machine(struct folder *folder)
{
	folder_write(folder, "proc/self/mountinfo", CGROUP_MOUNT);
	folder_write(folder, "proc/self/cgroup", "0::/\n");
	folder_write(folder, "proc/stat",
		     "cpu  300 0 100 600 0 0 0 0 0 0\ncpu0 100 0 50 350 0 0 0 0 0 0\n"
		     "cpu1 200 0 50 250 0 0 0 0 0 0\nintr 1 2 3\n");
	folder_write(folder, "proc/meminfo",
		     "MemTotal:       1000000 kB\nMemFree:          100000 kB\n"
		     "MemAvailable:    400000 kB\nSwapTotal:  2000 kB\nSwapFree:  500 kB\n");
	folder_write(folder, "proc/loadavg", "0.50 1.25 2.00 3/500 4242\n");
	folder_write(folder, "proc/uptime", "3600.25 7000.00\n");
	folder_write(folder, "proc/pressure/cpu",
		     "some avg10=1.50 avg60=2.50 avg300=3.50 total=99\n");
	folder_write(folder, "proc/pressure/memory",
		     "some avg10=0.00 avg60=0.10 avg300=0.20 total=9\n"
		     "full avg10=0.00 avg60=0.05 avg300=0.15 total=4\n");
	folder_write(folder, "proc/pressure/io", "rubbish\n");
}

static struct host_sampler *sampler_of(const struct folder *folder, enum host_cgroups cgroups)
{
	struct host_sampler_options options = { .root = folder->path, .cgroups = cgroups };

	return host_sampler_create(&options);
}

static void test_a_machine(void **state)
{
	struct folder folder;
	struct host_sampler *sampler;
	struct host_sample sample;

	(void)state;
	folder_init(&folder);
	write_machine(&folder);
	sampler = sampler_of(&folder, HOST_CGROUPS_AUTO);
	host_sampler_take(sampler, second(1), &sample);
	assert_string_equal(sample.problem, "");
	assert_false(sample.cpu_known);
	assert_false(sample.known);
	assert_int_equal(sample.machine_cores, 2);
	assert_true(sample.memory_known);
	assert_float_equal(sample.memory_pct, 60.0, 1e-9);
	assert_int_equal(sample.memory_used_bytes, INT64_C(600000) * 1024);
	assert_int_equal(sample.swap_used_bytes, 1500 * 1024);
	assert_float_equal(sample.load_average[1], 1.25, 1e-9);
	assert_float_equal(sample.uptime_s, 3600.25, 1e-9);
	assert_true(sample.cpu_pressure.known);
	assert_float_equal(sample.cpu_pressure.some_pct[1], 2.5, 1e-9);
	assert_float_equal(sample.memory_pressure.full_pct[2], 0.15, 1e-9);
	assert_false(sample.io_pressure.known);
	assert_true(sample.disk_known);

	folder_write(&folder, "proc/stat",
		     "cpu  360 0 100 700 40 0 0 0 0 0\ncpu0 130 0 50 400 20 0 0 0 0 0\n"
		     "cpu1 230 0 50 300 20 0 0 0 0 0\n");
	host_sampler_take(sampler, second(2), &sample);
	assert_true(sample.cpu_known);
	assert_true(sample.known);
	assert_float_equal(sample.cpu_pct, 30.0, 1e-9);
	host_sampler_take(sampler, second(2), &sample);
	assert_float_equal(sample.cpu_pct, 30.0, 1e-9);
	host_sampler_destroy(sampler);
	folder_finish(&folder);
}

static void write_limits(struct folder *folder, const char *where, const char *memory,
			 const char *cpu)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.max", where);
	folder_write(folder, path, memory);
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.current", where);
	folder_write(folder, path, "300000000\n");
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.stat", where);
	folder_write(folder, path, "anon 5\nfile 9\ninactive_file 100000000\nactive_file 7\n");
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/cpu.max", where);
	folder_write(folder, path, cpu);
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/cpu.stat", where);
	folder_write(folder, path, "usage_usec 1000000\nuser_usec 4\n");
}

static void test_a_container(void **state)
{
	struct folder folder;
	struct host_sampler *sampler;
	struct host_sample sample;

	(void)state;
	folder_init(&folder);
	write_machine(&folder);
	write_limits(&folder, "", "400000000\n", "50000 100000\n");
	sampler = sampler_of(&folder, HOST_CGROUPS_AUTO);
	host_sampler_take(sampler, second(10), &sample);
	assert_true(sample.memory_limited);
	assert_float_equal(sample.memory_pct, 50.0, 1e-9);
	assert_int_equal(sample.memory_total_bytes, 400000000);
	assert_true(sample.cpu_limited);
	assert_float_equal(sample.cores, 0.5, 1e-9);
	assert_false(sample.cpu_known);
	folder_write(&folder, "sys/fs/cgroup/cpu.stat", "usage_usec 1400000\n");
	host_sampler_take(sampler, second(12), &sample);
	assert_float_equal(sample.cpu_pct, 40.0, 1e-9);

	folder_write(&folder, "sys/fs/cgroup/cpu.max", "max 100000\n");
	host_sampler_take(sampler, second(14), &sample);
	assert_false(sample.cpu_limited);
	assert_false(sample.cpu_known);
	host_sampler_destroy(sampler);
	folder_finish(&folder);
}

static const struct {
	const char *own, *mount, *memory_folder;
	enum host_cgroups mode;
	const char *where[2], *limit[2];
} limit_cases[] = {
	{ "0::/a/b\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup/a",
	  HOST_CGROUPS_AUTO,
	  { "/a", "/a/b" },
	  { "100\n", "200\n" } },
	{ "0::/a/b\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup/a/b",
	  HOST_CGROUPS_AUTO,
	  { "/a", "/a/b" },
	  { "100\n", "50\n" } },
	{ "0::/a/b\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup/a",
	  HOST_CGROUPS_AUTO,
	  { "/a", "/a/b" },
	  { "100\n", "100\n" } },
	{ "0::/a/b\n", CGROUP_MOUNT, "", HOST_CGROUPS_NONE, { "/a", "/a/b" }, { "100\n", "50\n" } },
	{ "0::/a/b.service\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup/a",
	  HOST_CGROUPS_AUTO,
	  { "/a", "/a/b.service" },
	  { "100\n", "50\n" } },
	{ "0::/a/b.service\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup/a/b.service",
	  HOST_CGROUPS_ALL,
	  { "/a", "/a/b.service" },
	  { "100\n", "50\n" } },
	{ "4:memory:/x\n0::/docker/abc\n",
	  "41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
	  "/sys/fs/cgroup",
	  HOST_CGROUPS_AUTO,
	  { "", "/other" },
	  { "100\n", "50\n" } },
	{ "0::/gone/away\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup",
	  HOST_CGROUPS_AUTO,
	  { "", "/other" },
	  { "100\n", "50\n" } },
	{ "0::/../outside\n",
	  CGROUP_MOUNT,
	  "/sys/fs/cgroup",
	  HOST_CGROUPS_AUTO,
	  { "", "/other" },
	  { "100\n", "50\n" } },
	{ "0::/a\n", CGROUP_MOUNT, "", HOST_CGROUPS_AUTO, { "/a", "/a/b" }, { "max\n", "50\n" } },
	{ "0::/a\n", "nonsense\n", "", HOST_CGROUPS_AUTO, { "/a", "/a/b" }, { "10\n", "50\n" } },
	{ "4:memory:/x\n", CGROUP_MOUNT, "", HOST_CGROUPS_AUTO, { "", "/a" }, { "10\n", "50\n" } },
};

static void test_where_the_limits_are_found(void **state)
{
	struct host_cgroup found;
	struct folder folder;
	struct bw_buf scratch;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(limit_cases) / sizeof(limit_cases[0]); i++) {
		folder_init(&folder);
		folder_write(&folder, "proc/self/cgroup", limit_cases[i].own);
		write_limits(&folder, limit_cases[i].where[0], limit_cases[i].limit[0],
			     "max 100000\n");
		write_limits(&folder, limit_cases[i].where[1], limit_cases[i].limit[1],
			     "max 100000\n");
		bw_buf_init(&scratch, 65536);
		host_cgroup_find(folder.path, limit_cases[i].mode, limit_cases[i].mount, &scratch,
				 &found);
		assert_string_equal(found.memory_folder, limit_cases[i].memory_folder);
		assert_string_equal(found.cpu_folder, "");
		bw_buf_finish(&scratch);
		folder_finish(&folder);
	}
}

static void test_a_cpuset_hides_the_other_processors(void **state)
{
	struct folder folder;
	struct host_sampler *sampler;
	struct host_sample sample;

	(void)state;
	folder_init(&folder);
	write_machine(&folder);
	folder_write(&folder, "sys/fs/cgroup/cpuset.cpus.effective", "1\n");
	sampler = sampler_of(&folder, HOST_CGROUPS_AUTO);
	host_sampler_take(sampler, second(1), &sample);
	assert_float_equal(sample.cores, 1.0, 1e-9);
	folder_write(&folder, "proc/stat",
		     "cpu  0 0 0 0\ncpu0 900 0 50 350 0 0 0 0\ncpu1 225 0 50 325 0 0 0 0\n");
	host_sampler_take(sampler, second(2), &sample);
	assert_float_equal(sample.cpu_pct, 25.0, 1e-9);
	host_sampler_destroy(sampler);
	folder_finish(&folder);
}

static void test_cpu_lists(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int count;
	} cases[] = {
		{ "0-3\n", true, 4 },      { "0,2,4-5", true, 4 }, { "7", true, 1 },
		{ "", false, 0 },          { "3-1", false, 0 },    { "0-99999", false, 0 },
		{ "1-", false, 0 },        { "x", false, 0 },      { "1,,2", false, 0 },
		{ "1 rubbish", false, 0 },
	};
	bool cpus[HOST_CPUS_MAX];
	size_t i;
	int at, count;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(host_cpu_list_parse(cases[i].text, cpus), cases[i].good);
		for (at = count = 0; at < HOST_CPUS_MAX; at++)
			count += cpus[at];
		if (cases[i].good)
			assert_int_equal(count, cases[i].count);
	}
}

static void test_nothing_to_read_is_a_problem_not_a_zero(void **state)
{
	struct folder folder;
	struct host_sampler *sampler;
	struct host_sample sample;

	(void)state;
	folder_init(&folder);
	sampler = sampler_of(&folder, HOST_CGROUPS_AUTO);
	host_sampler_take(sampler, second(1), &sample);
	assert_false(sample.memory_known);
	assert_non_null(strstr(sample.problem, "No such file"));
	folder_write(&folder, "proc/self/mountinfo", "");
	folder_write(&folder, "proc/stat", "\xff\xfe garbage");
	folder_write(&folder, "proc/meminfo", "MemTotal: many\n");
	host_sampler_take(sampler, second(2), &sample);
	assert_false(sample.memory_known);
	assert_false(sample.cpu_known);
	assert_string_equal(sample.problem, "cannot read /proc/stat: not in the expected form");
	host_sampler_destroy(sampler);
	folder_finish(&folder);
}

static void test_a_root_that_is_no_mount_point_is_measured(void **state)
{
	struct host_sample sample;
	const struct host_mount *mounts;
	struct host_sampler *sampler;
	struct folder folder;
	size_t count;

	(void)state;
	folder_init(&folder);
	write_machine(&folder);
	folder_write(&folder, "proc/self/mountinfo", "1 0 0:9 / /proc rw - proc proc rw\n");
	sampler = sampler_of(&folder, HOST_CGROUPS_NONE);
	host_sampler_take(sampler, second(0), &sample);
	mounts = host_sampler_mounts(sampler, &count, NULL);
	assert_int_equal(count, 1);
	assert_string_equal(mounts[0].path, "/");
	assert_true(mounts[0].mounted);
	assert_true(mounts[0].known);
	assert_true(mounts[0].total_bytes > 0);
	host_sampler_destroy(sampler);
	folder_finish(&folder);
}

static void test_mounts(void **state)
{
	static const char info[] =
		"1 0 0:50 / / rw - overlay overlay rw\n"
		"2 1 8:1 / /data\\040set rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw\n"
		"3 1 8:1 /sub /data\\040set/again rw - ext4 /dev/sda1 rw\n"
		"4 1 8:2 / /etc/hosts rw - ext4 /dev/sda2 rw\n"
		"5 1 0:9 / /net rw - nfs4 server:/x rw\n"
		"6 1 0:5 / /proc rw - proc proc rw\n"
		"7 1 8:3 / /archive ro,noatime - xfs /dev/sda3 ro\n"
		"8 1 8:3\n"
		"rubbish\n";
	char copy[sizeof(info)];
	static const char *const named[] = { "/net", "/gone" };
	struct host_mount_list *list = calloc(1, sizeof(*list));
	struct host_sampler_options options = { 0 };
	struct folder folder;

	(void)state;
	folder_init(&folder);
	options.root = folder.path;
	folder_write(&folder, "data set/x", "");
	folder_write(&folder, "archive/x", "");
	folder_write(&folder, "net/x", "");
	folder_write(&folder, "etc/hosts", "");
	memcpy(copy, info, sizeof(info));
	host_mounts_measure(&options, copy, list);
	assert_int_equal(list->count, 3);
	assert_string_equal(list->mounts[0].path, "/");
	assert_string_equal(list->mounts[1].path, "/data set");
	assert_true(list->mounts[1].known);
	assert_string_equal(list->mounts[2].path, "/archive");
	assert_true(list->mounts[2].read_only);

	options.mounts = named;
	options.mount_count = 2;
	memcpy(copy, info, sizeof(info));
	host_mounts_measure(&options, copy, list);
	assert_int_equal(list->count, 2);
	assert_true(list->mounts[0].mounted);
	assert_string_equal(list->mounts[0].type, "nfs4");
	assert_false(list->mounts[1].mounted);
	assert_string_equal(list->mounts[1].path, "/gone");
	free(list);
	folder_finish(&folder);
}

static void test_the_percentage_of_df(void **state)
{
	struct statvfs figures = { .f_frsize = 4096, .f_blocks = 1000, .f_bfree = 300 };
	struct host_mount mount = { 0 };

	(void)state;
	figures.f_bavail = 200;
	figures.f_files = 100;
	figures.f_ffree = figures.f_favail = 25;
	host_mount_fill(&figures, &mount);
	assert_float_equal(mount.used_pct, 700.0 / 9, 1e-9);
	assert_int_equal(mount.available_bytes, 200 * 4096);
	assert_float_equal(mount.inodes_pct, 75.0, 1e-9);
	memset(&figures, 0, sizeof(figures));
	host_mount_fill(&figures, &mount);
	assert_float_equal(mount.used_pct, 0.0, 1e-9);
	assert_false(mount.has_inodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_machine),
		cmocka_unit_test(test_a_container),
		cmocka_unit_test(test_where_the_limits_are_found),
		cmocka_unit_test(test_a_cpuset_hides_the_other_processors),
		cmocka_unit_test(test_cpu_lists),
		cmocka_unit_test(test_nothing_to_read_is_a_problem_not_a_zero),
		cmocka_unit_test(test_a_root_that_is_no_mount_point_is_measured),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_the_percentage_of_df),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
