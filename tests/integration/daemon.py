"""A daemon under test: started on a port of the kernel's choice, asked over HTTP, ended by its own handle."""
import http.client
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BELLWETHER", str(ROOT / "build" / "bellwether"))


def wait_until(condition, seconds=15, what="the condition"):
    """Polls a fact of another process; returns the first true answer."""
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.02)


class Daemon:
    """`with Daemon(folder, config_text) as daemon:` - config None: started without one."""

    def __init__(self, folder, config=None, args=(), environment=None, preexec=None, prefix=()):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "bellwether.yaml"
        self.args = list(args)
        self.region = self.folder / "breakers.region"
        self.environment = {**os.environ, "BELLWETHER_REGION": str(self.region),
                            **(environment or {})}
        self.preexec = preexec
        self.prefix = list(prefix)  # a command that ends by executing the daemon in its own place
        self.child = None
        self.port = None
        self.snapshots = set()  # the numbers of those that live.snapshot_of() took
        if config is not None:
            self.config.write_text(config)

    def command(self):
        command = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", str(self.folder / "data")]
        if self.config.exists():
            command += ["--config", str(self.config)]
        return self.prefix + command + self.args

    def start(self):
        self.log = open(self.folder / "daemon.log", "a+")
        at = self.log.seek(0, os.SEEK_END)
        self.child = subprocess.Popen(self.command(), stderr=self.log, stdin=subprocess.DEVNULL,
                                      env=self.environment, preexec_fn=self.preexec)

        def find_port():
            assert self.child.poll() is None, self.log_text()
            found = re.search(r"serving on http://127\.0\.0\.1:(\d+)", self.log_text()[at:])
            return found and int(found.group(1))

        self.port = wait_until(find_port, what="the daemon serves")
        return self

    def log_text(self):
        return (self.folder / "daemon.log").read_text(errors="replace")

    def stop(self, number=signal.SIGTERM, seconds=15):
        if self.child and self.child.poll() is None:
            self.child.send_signal(number)
            self.child.wait(seconds)
        self.log.close()
        return self.child.returncode

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if self.child.poll() is None:
                self.child.kill()
                self.child.wait()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path, status=200):
        got, headers, body = self.request("GET", path)
        assert got == status, (path, got, body[:500])
        return json.loads(body)

    def post(self, path, status=200, body=None, method="POST"):
        got, headers, answer = self.request(method, path, body and json.dumps(body))
        assert got == status, (path, got, answer[:500])
        return json.loads(answer)

    def component(self, name):
        return self.get(f"/api/v1/components/{name}")

    def wait_status(self, name, status, seconds=20):
        return wait_until(lambda: (c := self.component(name))["status"] == status and c,
                          seconds, f"{name} is {status}: {self.component(name)}")


class Events:
    """An event stream, read on a thread of its own: `next(seconds)` gives (event, id, data)."""

    def __init__(self, daemon, last_id=None, path="/api/v1/events"):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.queue = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        event = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n").rstrip("\r")
                if line == "":
                    if "data" in event:
                        self.queue.put((event.get("event"), event.get("id"), json.loads(event["data"])))
                    event = {}
                elif not line.startswith(":"):
                    key, _, value = line.partition(": ")
                    event[key] = value
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.queue.put((None, None, None))

    def next(self, seconds=15):
        return self.queue.get(timeout=seconds)

    def until(self, wanted, seconds=15):
        end = time.monotonic() + seconds
        while True:
            event = self.next(max(0.1, end - time.monotonic()))
            if event[0] is None or wanted(event):
                return event

    def close(self):
        sock = self.connection.sock
        if sock:
            sock.close()
        self.answer.close()
        self.connection.close()
