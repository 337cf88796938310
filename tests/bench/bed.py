"""What the benchmarks share: the daemon, targets to check, and clocks. All of it on loopback.

Every process started here is ended by its own handle when the `with` ends.
"""
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def emit(bench, value, unit, limit=None, better="lower", **more):
    """One JSON line; tools/bench makes the table."""
    row = {"bench": bench, "value": round(value, 3), "unit": unit}
    if limit is not None:
        row.update(limit=limit, better=better)
    print(json.dumps(row | more), flush=True)


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds} s still not: {what}")
        time.sleep(0.05)


def cpu_seconds(pid):
    """CPU used by all threads a process has now, to the nanosecond: the ticks of /proc/PID/stat
    are sampled, and a program that wakes with the timer is never caught by them."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            total += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
        except FileNotFoundError:
            continue
    return total / 1e9


def status_number(pid, name):
    """A number of /proc/PID/status: VmRSS (in KiB), Threads."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


class Process:
    """A child in a folder of its own, ended by SIGTERM."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bellwether-bench-"))
        self.child = None

    def start(self, command, cpu=None, **more):
        if cpu is not None:
            command = ["taskset", "-c", str(cpu), *command]
        self.log = open(self.folder / "log", "w+")
        more.setdefault("env", {**os.environ, "BELLWETHER_REGION": str(self.folder / "region")})
        self.child = subprocess.Popen(command, stdin=more.pop("stdin", subprocess.DEVNULL),
                                      stdout=more.pop("stdout", self.log), stderr=self.log, **more)

    @property
    def pid(self):
        return self.child.pid

    def log_end(self):
        return "".join(open(self.folder / "log", errors="replace").readlines()[-20:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Process):
    """One worker that answers "ok" on several loopback addresses (each has its own ports to
    connect from) and counts requests; `files` also serves a folder."""

    CONFIG = """
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 65536;
pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 30000; }}
http {{
    access_log off; keepalive_timeout 60; keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    sendfile on; tcp_nopush on; open_file_cache max=16;
    server {{
        {listen}
        {tls}
        root {folder}/files;
        location = / {{ return 200 "ok\\n"; }}
        location = /status {{ stub_status; }}
    }}
}}
"""

    def __init__(self, addresses=1, cpu=None, tls=None):
        super().__init__()
        (self.folder / "files").mkdir()
        self.port = free_port()
        self.addresses = [f"127.0.1.{n + 1}" for n in range(addresses)]
        listen = [f"listen {a}:{self.port} backlog=8192;" for a in ["127.0.0.1", *self.addresses]]
        secure = ""
        if tls:
            self.tls_port = free_port()
            listen.append(f"listen 127.0.0.1:{self.tls_port} ssl backlog=8192;")
            secure = (f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}; "
                      "ssl_session_tickets off;")
        config = self.folder / "nginx.conf"
        config.write_text(self.CONFIG.format(folder=self.folder, listen="\n".join(listen),
                                             tls=secure))
        self.start(["nginx", "-p", str(self.folder), "-c", str(config)], cpu)
        self.asked = 0
        wait_until(lambda: self.alive() and self.requests() is not None, 10, "nginx answers")

    def alive(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"nginx ended: {self.log_end()}")
        return True

    def url(self, nth=0):
        return f"http://{self.addresses[nth % len(self.addresses)]}:{self.port}/"

    def requests(self):
        """Requests of others so far; None while it does not answer."""
        try:
            text = get(self.port, "/status")[1].decode()
        except OSError:
            return None
        self.asked += 1
        return int(text.split("\n")[2].split()[2]) - self.asked


class Hang(Process):
    """Accepts and never answers; tells how long each peer waited before it gave up."""

    def __init__(self):
        super().__init__()
        self.start([sys.executable, __file__, "hang"], stdin=subprocess.PIPE,
                   stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.child.stdout.readline())["port"]

    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def stat(self):
        """{"open", "peak", "accepted", "waited": [seconds...]} since the call before."""
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())


def hang_main():
    import selectors
    raise_descriptor_limit()
    door = socket.create_server(("127.0.0.1", 0), backlog=4096)
    door.setblocking(False)
    print(json.dumps({"port": door.getsockname()[1]}), flush=True)
    chooser = selectors.DefaultSelector()
    chooser.register(door, selectors.EVENT_READ)
    chooser.register(sys.stdin, selectors.EVENT_READ)
    began, waited, peak, accepted = {}, [], 0, 0
    while True:
        for key, _ in chooser.select():
            if key.fileobj is door:
                try:
                    while True:
                        peer, _ = door.accept()
                        peer.setblocking(False)
                        began[peer] = time.monotonic()
                        accepted += 1
                        chooser.register(peer, selectors.EVENT_READ)
                except BlockingIOError:
                    pass
                peak = max(peak, len(began))
            elif key.fileobj is sys.stdin:
                if not sys.stdin.readline():
                    return
                print(json.dumps({"open": len(began), "peak": peak, "accepted": accepted,
                                  "waited": waited}), flush=True)
                waited, peak, accepted = [], len(began), 0
            else:
                try:
                    if key.fileobj.recv(65536):
                        continue
                except ConnectionError:
                    pass
                except BlockingIOError:
                    continue
                waited.append(time.monotonic() - began.pop(key.fileobj))
                chooser.unregister(key.fileobj)
                key.fileobj.close()


def get(port, path, timeout=30):
    """(status, body) of one GET on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Daemon(Process):
    """The program under test; `components` are the lines of YAML below `components:`."""

    def __init__(self, program, components=None, cpu=None, before=""):
        super().__init__()
        self.port = free_port()
        command = [str(program), "serve", "--listen", f"127.0.0.1:{self.port}",
                   "--data", str(self.folder)]
        if components is not None:
            config = self.folder / "config.yaml"
            config.write_text(before + "components:\n" + "\n".join(components) + "\n")
            command += ["--config", str(config)]
        self.began = time.perf_counter()
        self.start(command, cpu)

    def wait_live(self, seconds=30):
        """Seconds from start to the first answered request, asked without a pause."""
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as peer:
                    peer.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    if peer.recv(4096).startswith(b"HTTP/1.1 200"):
                        return time.perf_counter() - self.began
            except OSError:
                pass
            if self.child.poll() is not None:
                raise RuntimeError(f"the daemon ended: {self.log_end()}")
            if time.perf_counter() - self.began > seconds:
                raise TimeoutError(f"not live after {seconds} s: {self.log_end()}")

    def document(self):
        return json.loads(get(self.port, "/api/v1/dashboard")[1])

    def wait_looked(self, seconds, states=("healthy",)):
        """Until every component is in one of `states`."""
        def looked():
            parts = self.document()["components"].values()
            return parts and all(part["status"] in states for part in parts)
        wait_until(looked, seconds, f"all components are {' or '.join(states)}")

    def rss_mb(self):
        return status_number(self.pid, "VmRSS") * 1024 / 1e6

    def cpu(self):
        return cpu_seconds(self.pid)

    def threads(self):
        return status_number(self.pid, "Threads")


def http_component(nth, url, every, timeout, more=""):
    return (f"  - name: c{nth:05d}\n    every: {every}\n    timeout: {timeout}\n"
            f"    http: {{ url: \"{url}\"{more} }}")


def run_sections(sections):
    """Runs those named on the command line, or all; one that fails does not hide the others."""
    raise_descriptor_limit()
    status = 0
    for name in sys.argv[2:] or sections:
        try:
            sections[name](sys.argv[1])
        except Exception:
            traceback.print_exc()
            status = 1
    return status


if __name__ == "__main__" and sys.argv[1:] == ["hang"]:
    try:
        hang_main()
    except KeyboardInterrupt:
        pass
