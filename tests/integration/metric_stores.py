"""Real receivers of remote-write: Debian's Prometheus and VictoriaMetrics, each in a folder of its own."""
import contextlib
import http.client
import json
import math
import pathlib
import shutil
import socket
import subprocess
import urllib.parse

from daemon import wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MetricStore:
    """`with Prometheus(folder) as store:` - started; stop() and start() in between are an outage of it.

    Neither can be given a socket, so the port may be taken before it listens: the test then fails at start()."""

    program = None

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api/v1/write"
        self.child = None

    def start(self):
        with open(self.folder / "store.log", "a") as log:
            self.child = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        wait_until(self.is_ready, 60, f"{self.program} is ready")
        return self

    def is_ready(self):
        assert self.child.poll() is None, (self.folder / "store.log").read_text()
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask(self.ready_path)[0] == 200

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, path, **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Prometheus(MetricStore):
    program = shutil.which("prometheus")
    ready_path = "/-/ready"

    def command(self):
        (self.folder / "prometheus.yml").write_text("global: {}\n")
        return [self.program, f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/tsdb", "--web.enable-remote-write-receiver",
                f"--web.listen-address=127.0.0.1:{self.port}"]

    def series(self, selector):
        """[(labels, [(milliseconds, value)])] of all that is there."""
        status, body = self.ask("/api/v1/query", query=f"{selector}[1h]")
        assert status == 200, body
        return [(one["metric"], [(round(at * 1000), float(value)) for at, value in one["values"]])
                for one in json.loads(body)["data"]["result"]]

    def latest(self, selector):
        """What a dashboard shows now: series that have ended are not among them."""
        status, body = self.ask("/api/v1/query", query=selector)
        assert status == 200, body
        return [one["metric"] for one in json.loads(body)["data"]["result"]]


class Victoria(MetricStore):
    program = shutil.which("victoria-metrics")
    ready_path = "/health"

    def command(self):
        return [self.program, f"-storageDataPath={self.folder}/vm", "-retentionPeriod=1",
                f"-httpListenAddr=127.0.0.1:{self.port}", "-dedup.minScrapeInterval=1ms"]

    def series(self, selector):
        status, body = self.ask("/api/v1/export", **{"match[]": selector})
        assert status == 200, body
        lines = [json.loads(line) for line in body.splitlines() if line]
        return [(one["metric"], [(at, float(value)) for at, value in zip(one["timestamps"], one["values"])
                                 if value is not None and not math.isnan(float(value))])
                for one in lines]
