#!/usr/bin/env python3
"""A restart with a week of 1,000 components in the store: how long until the first complete answer.

Usage: tests/bench/bench_restart.py PROGRAM
Complete: the document with every component as the daemon before left it and the thinned points of
the last day. The file is in the page cache, as after a restart of the daemon alone.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from bed import Daemon, Nginx, emit, get

COMPONENTS, DAYS, ROUNDS = 1000, 7, 5


def complete(port):
    """The document when it is whole, else None."""
    try:
        status, body = get(port, "/api/v1/dashboard")
    except OSError:
        return None
    if status != 200:
        return None
    document = json.loads(body)
    parts = document["components"].values()
    if len(parts) < COMPONENTS or any(part["status"] != "healthy" for part in parts):
        return None
    return document if len(document["historical"]["data"]) >= 100 else None


def restart(program, database, port):
    before = f"storage: {{ path: {database} }}\n"
    parts = [f"  - {{ name: service-{n:04d}, every: 12h, tcp: {{ host: 127.0.0.1, port: {port} }} }}"
             for n in range(COMPONENTS)]
    with Daemon(program, parts, before=before) as daemon:
        daemon.wait_live()
        while not complete(daemon.port):
            if time.perf_counter() - daemon.began > 60:
                raise TimeoutError(f"not complete after a minute: {daemon.log_end()}")
        return (time.perf_counter() - daemon.began) * 1000


def main(program):
    fill = pathlib.Path(program).parent / "tests" / "bench" / "fill_history"
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        database = pathlib.Path(folder) / "week.db"
        done = subprocess.run([fill, database, str(COMPONENTS), str(DAYS)], check=True,
                              capture_output=True, text=True)
        filled = json.loads(done.stdout)
        with Nginx() as nginx:
            times = [restart(program, database, nginx.port) for _ in range(ROUNDS)]
    emit("restart.week_of_1000_components", statistics.median(times), "ms", 200,
         worst=round(max(times), 1), rows=filled["rows"], megabytes=round(filled["bytes"] / 1e6))


if __name__ == "__main__":
    main(sys.argv[1])
