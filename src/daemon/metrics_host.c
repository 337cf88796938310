/* metrics_host.c - the names are those under which the history is sent (remote/sample.c). */
#include "daemon/metrics_host.h"

#include "daemon/metrics_text.h"

static void write_load(const struct host_sample *host, struct bw_buf *out)
{
	metrics_single(out, "bellwether_host_load1", "gauge", "Load average of a minute.",
		       host->load_average[0]);
	metrics_single(out, "bellwether_host_load5", "gauge", "Load average of 5 minutes.",
		       host->load_average[1]);
	metrics_single(out, "bellwether_host_load15", "gauge", "Load average of 15 minutes.",
		       host->load_average[2]);
}

void metrics_write_host(const struct host_sample *host, struct bw_buf *out)
{
	if (host == NULL)
		return;
	if (host->cpu_known)
		metrics_single(out, "bellwether_host_cpu_usage_ratio", "gauge",
			       "Share of the CPU time that we may use which is used.",
			       host->cpu_pct / 100.0);
	if (host->memory_known) {
		metrics_single(out, "bellwether_host_memory_usage_ratio", "gauge",
			       "Share of the memory that we may use which is used.",
			       host->memory_pct / 100.0);
		metrics_single(out, "bellwether_host_swap_used_bytes", "gauge",
			       "Swap space in use.", (double)host->swap_used_bytes);
	}
	if (host->disk_known)
		metrics_single(out, "bellwether_host_disk_usage_ratio", "gauge",
			       "Share of the root file system that is used.",
			       host->disk_pct / 100.0);
	if (host->load_known)
		write_load(host, out);
}
