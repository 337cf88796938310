"""The daemon among faults: full and read-only disks, hostile peers and clients, stops, storms, secrets."""
import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemon import Daemon, Events, wait_until
from peers import Peer, floods, free_port, says

EVERY = "    every: 1s\n    jitter: 0s\n    timeout: 800ms\n"
UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]


class Counting(Peer):
    """A peer that counts who comes."""

    def __init__(self):
        self.times = []
        super().__init__(self.note)

    def note(self, connection):
        self.times.append(time.monotonic())
        connection.close()


def config_of(port, more="", every=EVERY):
    return (f"refresh_interval: 1s\ncomponents:\n  - name: peer\n{every}"
            f"    tcp: {{ host: 127.0.0.1, port: {port} }}\n{more}")


def memory_kb(daemon, what="VmRSS"):
    with open(f"/proc/{daemon.child.pid}/status") as status:
        return int(re.search(rf"^{what}:\s+(\d+)", status.read(), re.M).group(1))


def assert_memory_below(daemon, limit_kb, what="VmRSS"):
    """A sanitizer's own memory says nothing of ours."""
    if not {"ASAN_OPTIONS", "TSAN_OPTIONS"} & set(os.environ):
        assert memory_kb(daemon, what) < limit_kb


def finished_checks(daemon):
    text = daemon.request("GET", "/metrics")[2].decode()
    return sum(float(value) for value in re.findall(r"^bellwether_checks_total(?:\{[^}]*\})? (\S+)$", text, re.M))


def checks_go_on(daemon, more=3):
    begun = finished_checks(daemon)
    wait_until(lambda: finished_checks(daemon) >= begun + more, what="checks go on")


def mounted(folder, options):
    """A prefix that runs the daemon with a small file system of its own at `folder`."""
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    command = UNSHARE + ["sh", "-c", script, str(folder)]
    if subprocess.run(command + ["true"], capture_output=True).returncode != 0:
        pytest.skip("this machine allows no mount of one's own")
    return command


@pytest.mark.parametrize("options", ["size=160k", "size=4k", "ro"])
def test_a_full_or_read_only_disk_is_told_and_checks_go_on(tmp_path, options):
    data = tmp_path / "data"
    data.mkdir()
    with Counting() as peer:
        with Daemon(tmp_path, config_of(peer.port), prefix=mounted(data, options)) as daemon:
            daemon.wait_status("peer", "healthy")
            notices = wait_until(lambda: daemon.get("/api/v1/dashboard")["metadata"]["notices"], 60, "a notice")
            assert any("full" in n or "read-only" in n.lower() or "readonly" in n or "disk" in n for n in notices), \
                notices
            alert = wait_until(lambda: [a for a in daemon.get("/api/v1/alerts?state=firing")["alerts"]
                                        if a["type"] == "storage"])[0]
            assert alert["title"] == "History Not Kept"
            checks_go_on(daemon)
            assert daemon.get("/api/v1/history")["found"] > 0
            assert daemon.stop() == 0


def test_idle_and_slow_clients_disturb_nobody(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 2400:
        pytest.skip(f"only {hard} descriptors are allowed here")
    try:
        with Counting() as peer, contextlib.ExitStack() as held:
            with Daemon(tmp_path, config_of(peer.port)) as daemon:
                daemon.wait_status("peer", "healthy")
                for _ in range(2000):
                    held.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=10))
                slow = held.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=30))
                cut = threading.Event()
                threading.Thread(target=drip, args=(slow, cut), daemon=True).start()
                begun = time.monotonic()
                daemon.get("/health/live")
                assert time.monotonic() - begun < 2
                checks_go_on(daemon)
                assert cut.wait(20), "a client that sends a byte a second is cut"
                assert_memory_below(daemon, 100 * 1024)
                checks_go_on(daemon)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def drip(connection, cut):
    """One byte of a request a second, until the other side has had enough."""
    with contextlib.suppress(OSError):
        for byte in b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100:
            connection.sendall(bytes([byte]))
            connection.settimeout(1)
            with contextlib.suppress(TimeoutError):
                connection.recv(4096)  # an answer or an end: either way it is over
                break
    cut.set()


def test_a_thousand_event_streams_are_served_and_forgotten(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 1400:
        pytest.skip(f"only {hard} descriptors are allowed here")
    try:
        with Counting() as peer, contextlib.ExitStack() as held:
            with Daemon(tmp_path, config_of(peer.port)) as daemon:
                daemon.wait_status("peer", "healthy")
                for _ in range(1000):  # they ask and never read
                    stream = held.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=10))
                    stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                events = Events(daemon)
                assert events.next()[0] == "snapshot"
                assert events.until(lambda e: e[0] == "change")[0] == "change"
                events.close()
                checks_go_on(daemon)
                assert_memory_below(daemon, 150 * 1024)
                held.close()
                wait_until(lambda: b"\nbellwether_event_streams 0.0\n" in daemon.request("GET", "/metrics")[2],
                           what="the streams are forgotten")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_floods_from_a_server_and_a_plugin_take_bounded_memory(tmp_path):
    flood = Peer(floods(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"))
    command = "head -c 100000000 /dev/zero | tr '\\\\000' '\\\\377'; exit 2"
    more = (f"  - name: flood\n    every: 2s\n    timeout: 2s\n"
            f"    http: {{ url: \"http://127.0.0.1:{flood.port}/\", expect: {{ body: \"/x/\" }} }}\n"
            f"  - name: plugin\n    every: 3s\n    timeout: 3s\n    exec: {{ command: \"{command}\", shell: true }}\n")
    with Counting() as peer, flood:
        with Daemon(tmp_path, config_of(peer.port, more)) as daemon:
            daemon.wait_status("peer", "healthy")
            before = memory_kb(daemon)
            for name in ("flood", "plugin"):
                got = wait_until(lambda: (c := daemon.component(name))["last_check"] and c, 30)
                assert got["status"] != "healthy" or name == "flood", got
            checks_go_on(daemon, 10)
            assert_memory_below(daemon, before + 24 * 1024, "VmHWM")
            daemon.component("plugin")["error_message"].encode("utf-8")
            assert daemon.component("peer")["status"] == "healthy"


def test_a_stopped_daemon_goes_on_without_a_bunch(tmp_path):
    every = "    every: 200ms\n    jitter: 0s\n    timeout: 200ms\n"
    with Counting() as peer:
        with Daemon(tmp_path, config_of(peer.port, every=every)) as daemon:
            wait_until(lambda: len(peer.times) > 5)
            daemon.child.send_signal(signal.SIGSTOP)
            wait_until(lambda: time.monotonic() - peer.times[-1] > 3, what="nobody comes")
            before = len(peer.times)
            resumed = time.monotonic()
            daemon.child.send_signal(signal.SIGCONT)
            wait_until(lambda: len(peer.times) >= before + 5)
            burst = [t for t in peer.times[before:] if t < resumed + 0.6]
            assert len(burst) <= 5, burst
            daemon.wait_status("peer", "healthy")


def running(pattern):
    return subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True).stdout.split()


def test_a_stop_leaves_no_child_behind(tmp_path):
    mark = f"sleep 77.{os.getpid()}"
    more = f"  - name: long\n    every: 90s\n    timeout: 80s\n    exec: {{ command: \"{mark}; true\", shell: true }}\n"
    with Counting() as peer:
        with Daemon(tmp_path, config_of(peer.port, more)) as daemon:
            wait_until(lambda: running(mark), what="the child runs")
            assert daemon.stop() == 0
            wait_until(lambda: not running(mark), what="the child is gone")


def test_a_configuration_that_vanishes_changes_nothing(tmp_path):
    with Counting() as peer:
        with Daemon(tmp_path, config_of(peer.port)) as daemon:
            since = daemon.wait_status("peer", "healthy")["since"]
            text = daemon.config.read_text()
            daemon.config.unlink()
            status, _, body = daemon.request("POST", "/-/reload")
            assert status == 422 and "bellwether.yaml" in json.loads(body)["detail"]
            daemon.child.send_signal(signal.SIGHUP)
            wait_until(lambda: "keeping the old configuration" in daemon.log_text())
            checks_go_on(daemon)
            daemon.config.write_text(text)
            daemon.post("/-/reload")
            assert daemon.component("peer")["since"] == since
            wait_until(lambda: not daemon.get("/api/v1/dashboard")["metadata"]["notices"])


def test_a_folder_of_configurations(tmp_path):
    folder = tmp_path / "conf.d"
    folder.mkdir()
    with Counting() as peer:
        (folder / "a.yaml").write_text(config_of(peer.port))
        with Daemon(tmp_path, args=["--config", str(folder)]) as daemon:
            daemon.wait_status("peer", "healthy")
            (folder / "b.yaml").write_text(f"components:\n  - name: second\n{EVERY}    file: {{ path: / }}\n")
            wait_until(lambda: daemon.request("GET", "/api/v1/components/second")[0] == 200)
            daemon.wait_status("second", "healthy")
            (folder / "b.yaml").unlink()
            wait_until(lambda: daemon.request("GET", "/api/v1/components/second")[0] == 404)
            daemon.wait_status("peer", "healthy")


def test_a_storm_of_reloads(tmp_path):
    more = "".join(f"  - name: c{i:03}\n{EVERY}    file: {{ path: / }}\n" for i in range(200))
    with Counting() as peer:
        with Daemon(tmp_path, config_of(peer.port, more)) as daemon:
            since = daemon.wait_status("peer", "healthy")["since"]
            for _ in range(20):
                daemon.child.send_signal(signal.SIGHUP)
                daemon.get("/health/live")
            before = memory_kb(daemon)
            for _ in range(80):
                daemon.child.send_signal(signal.SIGHUP)
                daemon.get("/health/live")
            assert_memory_below(daemon, before + 16 * 1024)
            checks_go_on(daemon, 200)
            assert daemon.component("peer")["since"] == since
            assert daemon.stop() == 0


SECRET = "s3cr3t-Zq9xW"


def test_no_secret_is_ever_shown(tmp_path):
    (tmp_path / "token").write_text(SECRET + "-file\n")
    port = free_port()
    redis = Peer(says(b"-WRONGPASS invalid username-password pair\r\n"))
    web = Peer(says(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    more = f"""\
  - name: database
{EVERY}    postgres: {{ url: "postgresql://bt:{SECRET}-url@127.0.0.1:{port}/bars" }}
  - name: database2
{EVERY}    postgres: {{ url: "postgresql://bt@127.0.0.1:{port}/bars", password: "${{DB_PASSWORD}}" }}
  - name: cache
{EVERY}    redis: {{ url: "redis://:{SECRET}-redis@127.0.0.1:{redis.port}" }}
  - name: web
{EVERY}    http: {{ url: "http://user:{SECRET}-user@127.0.0.1:{web.port}/", headers: {{ Authorization: "Bearer {SECRET}-bearer" }} }}
  - name: web2
{EVERY}    http: {{ url: "http://127.0.0.1:{web.port}/", user: u, password: "file:{tmp_path}/token" }}
  - name: plugin
{EVERY}    exec: {{ command: ["sh", "-c", "test -n \\"$TOKEN\\"; exit 2"], env: {{ TOKEN: "{SECRET}-env" }} }}
"""
    with Counting() as peer, redis, web:
        with Daemon(tmp_path, config_of(peer.port, more), environment={"DB_PASSWORD": SECRET + "-password"}) as daemon:
            names = ["database", "database2", "cache", "web", "web2", "plugin"]
            for name in names:
                daemon.wait_status(name, "unhealthy")
            paths = list(daemon.get("/api/v1/openapi.json")["paths"])
            streams = ("/api/v1/events", "/api/v1/live")
            pages = [p.replace("{name}", name) for p in paths if "{id}" not in p and p not in streams
                     for name in (names if "{name}" in p else [""])]
            shown = {p: daemon.request("GET", p)[2] for p in pages + ["/", "/metrics"]}
            shown["stream"] = json.dumps(Events(daemon).next()[2]).encode()
            good = daemon.config.read_text()
            daemon.config.write_text(good.replace("postgres: { url", "postgres: { uri"))
            status, _, shown["bad reload"] = daemon.request("POST", "/-/reload")
            assert status == 422
            shown["notice"] = daemon.request("GET", "/api/v1/dashboard")[2]
            shown["title"] = open(f"/proc/{daemon.child.pid}/cmdline", "rb").read()
            assert daemon.stop() == 0
        shown["log"] = (tmp_path / "daemon.log").read_bytes()
        for file in (tmp_path / "data").iterdir():
            shown[file.name] = file.read_bytes()
    assert len(shown) > 20
    for place, text in shown.items():
        assert SECRET.encode() not in text, (place, text[max(0, text.find(SECRET.encode()) - 200):][:400])
