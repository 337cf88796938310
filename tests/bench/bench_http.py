#!/usr/bin/env python3
"""Published bodies of 20 KB and 200 KB, plain and gzip, beside nginx with the same bytes in files.

Usage: tests/bench/bench_http.py PROGRAM     (the server alone is tests/bench/http_server_alone beside it)
Both servers on one core, the client (wrk, keep-alive) on the other; they take turns, the median of
five ratios. nginx has sendfile, open_file_cache and gzip_static: it compresses nothing here.
"""
import gzip
import pathlib
import re
import statistics
import subprocess
import sys
import urllib.request

from bed import Nginx, Process, cpu_seconds, emit

ROUNDS = 5


class Demo(Process):
    def __init__(self, demo, page_bytes):
        super().__init__()
        self.start([str(demo), f"page={page_bytes}"], cpu=0, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)\n", self.child.stdout.readline())[1])
        assert self.child.stdout.readline() == "ready\n"


class StaticNginx(Nginx):
    CONFIG = Nginx.CONFIG.replace("sendfile on;", "sendfile on; gzip_static on;")


def rate(server, encoding, seconds=1):
    """Requests a second, and CPU microseconds of the server for each."""
    url = f"http://127.0.0.1:{server.port}/page"
    before = cpu_seconds(server.pid)
    done = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c16", f"-d{seconds}s",
                           "-H", f"Accept-Encoding: {encoding}", url],
                          capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    used = cpu_seconds(server.pid) - before
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]), used / requests * 1e6


def get(port, encoding):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/page",
                                     headers={"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers.get("Content-Encoding", "identity"), response.read()


def compare(demo, nginx, encoding, page_bytes):
    if get(demo.port, encoding) != get(nginx.port, encoding):
        raise RuntimeError(f"the two do not send the same {encoding} bytes")
    pairs = [[rate(server, encoding) for server in (demo, nginx)] for _ in range(ROUNDS)]
    name = f"http.{page_bytes // 1000}kb_{encoding}"
    for nth, (what, limit) in enumerate([("requests", 1.0), ("cpu_us", None)]):
        ratio = statistics.median(ours[nth] / theirs[nth] for ours, theirs in pairs)
        emit(f"{name}_{what}_over_nginx", ratio, "x", limit, "higher",
             ours=round(statistics.median(ours[nth] for ours, _ in pairs), 2),
             nginx=round(statistics.median(theirs[nth] for _, theirs in pairs), 2))


def main(program):
    demo_path = pathlib.Path(program).resolve().parent / "tests" / "bench" / "http_server_alone"
    if not demo_path.exists():
        sys.exit(f"bench_http: no {demo_path}: meson configure -Dtests=true, then ninja")
    for page_bytes in (20000, 200000):
        with Demo(demo_path, page_bytes) as demo, StaticNginx(cpu=0) as nginx:
            page = get(demo.port, "identity")[1]
            packed = get(demo.port, "gzip")[1]
            assert gzip.decompress(packed) == page
            (nginx.folder / "files" / "page").write_bytes(page)
            (nginx.folder / "files" / "page.gz").write_bytes(packed)
            for encoding in ("identity", "gzip"):
                compare(demo, nginx, encoding, page_bytes)


if __name__ == "__main__":
    main(sys.argv[1])
