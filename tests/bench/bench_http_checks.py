#!/usr/bin/env python3
"""http checks on fresh connections: CPU for each, beside two others with the same target.

Usage: tests/bench/bench_http_checks.py PROGRAM [SECTION...]
Every program asks the same nginx for the same three bytes, a connection for each check.
"""
import shutil
import sys
import time

from bed import (Daemon, Nginx, Process, cpu_seconds, emit, free_port, get,
                 http_component, run_sections, wait_until)


def ours(program, nginx, seconds=15):
    """us of CPU a check: 500 components every second."""
    parts = [http_component(n, nginx.url(n), "1s", "900ms") for n in range(500)]
    with Daemon(program, parts) as daemon:
        daemon.wait_live()
        daemon.wait_looked(20)
        time.sleep(2)
        used, asked = daemon.cpu(), nginx.requests()
        time.sleep(seconds)
        used, asked = daemon.cpu() - used, nginx.requests() - asked
    return used * 1e6 / asked, asked / seconds


def blackbox(nginx, count=1500):
    if not shutil.which("prometheus-blackbox-exporter"):
        return None
    with Process() as exporter:
        port = free_port()
        config = exporter.folder / "blackbox.yml"
        config.write_text("modules: { m: { prober: http, timeout: 2s, "
                          "http: { preferred_ip_protocol: ip4 } } }\n")
        exporter.start(["prometheus-blackbox-exporter", f"--config.file={config}",
                        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])

        def probe():
            try:
                return b"\nprobe_success 1" in get(port, f"/probe?module=m&target={nginx.url()}")[1]
            except OSError:
                return False
        wait_until(probe, 20, "the exporter probes")
        used = cpu_seconds(exporter.pid)
        for _ in range(count):
            if not probe():
                raise RuntimeError("the exporter failed a probe")
        return (cpu_seconds(exporter.pid) - used) * 1e6 / count


def monit(nginx, hosts=500, seconds=20):
    if not shutil.which("monit"):
        return None
    with Process() as other:
        lines = ["set daemon 1", f"set idfile {other.folder}/id", f"set pidfile {other.folder}/pid",
                 f"set statefile {other.folder}/state", f"set logfile {other.folder}/monit.log"]
        for n in range(hosts):
            address = nginx.addresses[n % len(nginx.addresses)]
            lines.append(f"check host h{n} with address {address} if failed port {nginx.port} "
                         "protocol http request \"/\" then alert")
        config = other.folder / "monitrc"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)
        before = nginx.requests()
        other.start(["monit", "-I", "-c", str(config)])
        wait_until(lambda: nginx.requests() - before > hosts, 30, "monit checks")
        used, asked = cpu_seconds(other.pid), nginx.requests()
        time.sleep(seconds)
        used = cpu_seconds(other.pid) - used
        return used * 1e6 / (nginx.requests() - asked)


def cost(program):
    with Nginx(addresses=8) as nginx:
        mine, rate = ours(program, nginx)
        theirs, other = blackbox(nginx), monit(nginx)
    if theirs:
        emit("http_checks.blackbox_exporter", theirs, "us a check")
        emit("http_checks.times_cheaper_than_blackbox", theirs / mine, "x", 5, "higher")
    if other:
        emit("http_checks.monit", other, "us a check", ours_over_monit=round(mine / other, 2))
    emit("http_checks.cpu", mine, "us a check", 175, at_checks_per_second=round(rate))


def most(program):
    """Checks a second with the whole daemon on one core, nginx on the other.

    Every check leaves a port behind for a minute: with fewer addresses most of the time goes into
    the kernel's search for a free one."""
    count = 12000
    with Nginx(addresses=128, cpu=1) as nginx:
        parts = [http_component(n, nginx.url(n), "1s", "900ms") for n in range(count)]
        with Daemon(program, parts, cpu=0) as daemon:
            daemon.wait_live()
            time.sleep(5)
            used, asked, began = daemon.cpu(), nginx.requests(), time.monotonic()
            time.sleep(10)
            took = time.monotonic() - began
            rate = (nginx.requests() - asked) / took
            share = (daemon.cpu() - used) / took
            parts = daemon.document()["components"].values()
            healthy = sum(part["status"] == "healthy" for part in parts)
    emit("http_checks.most_per_second_one_core", rate, "checks/s", 8000, "higher",
         core_used_pct=round(100 * share), healthy_components=healthy)


SECTIONS = {"cost": cost, "most": most}

if __name__ == "__main__":
    sys.exit(run_sections(SECTIONS))
