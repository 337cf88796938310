#!/usr/bin/env python3
"""GET /api/v1/dashboard with 1,000 components, beside nginx serving the same bytes as a file.

Usage: tests/bench/bench_serve.py PROGRAM
Both servers on one core, the client (wrk, keep-alive) on the other; they take turns, the best of
three each.
"""
import re
import subprocess
import sys
import time

from bed import Daemon, Nginx, emit, get, http_component, raise_descriptor_limit


def rate(url, seconds=4):
    done = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}s", url],
                          capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def main(program):
    with Nginx(cpu=0) as nginx:
        parts = [http_component(n, nginx.url(n), "1h", "5s") for n in range(1000)]
        with Daemon(program, parts, cpu=0) as daemon:
            daemon.wait_live()
            time.sleep(3)
            status, body = get(daemon.port, "/api/v1/dashboard")
            if status != 200:
                raise RuntimeError(f"the document: {status}")
            (nginx.folder / "files" / "dashboard.json").write_bytes(body)
            ours, theirs = [], []
            for _ in range(3):
                ours.append(rate(f"http://127.0.0.1:{daemon.port}/api/v1/dashboard"))
                theirs.append(rate(f"http://127.0.0.1:{nginx.port}/dashboard.json"))
    emit("serve.nginx", max(theirs), "requests/s", bytes=len(body))
    emit("serve.dashboard", max(ours), "requests/s", bytes=len(body))
    emit("serve.dashboard_over_nginx", max(ours) / max(theirs), "x", 1.0, "higher")


if __name__ == "__main__":
    raise_descriptor_limit()
    main(sys.argv[1])
