"""Attacks on the daemon: whoever reaches its port, whoever it watches, whoever shares the machine.

Nothing here sleeps to be right: waits are for answers, ends of connections and facts of the process. What each part of
the program promises alone is tested beside it (test_http_hostile.py, the fuzzers); here are the sums and the whole.
"""
import contextlib
import itertools
import json
import os
import pathlib
import resource
import socket
import struct
import subprocess
import time

import pytest

from daemon import PROGRAM, Daemon, wait_until
from peers import Peer, check

DEMO = pathlib.Path(os.environ.get("HTTP_DEMO", str(pathlib.Path(PROGRAM).parent / "tests" / "support" / "http_demo")))
needs_demo = pytest.mark.skipif(not DEMO.exists(), reason=f"no {DEMO}: configure with -Dtests=true")
HOST = b"Host: localhost\r\n"


@pytest.fixture(autouse=True)
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def demo(*options):
    """The HTTP server alone, with limits small enough to be reached; gives its port and its process."""
    child = subprocess.Popen([DEMO, *options], stdout=subprocess.PIPE, text=True)
    try:
        address = child.stdout.readline().split()[1]
        yield int(address.rsplit(":", 1)[1]), child
    finally:
        child.terminate()
        assert child.wait(20) == 0


def connect(port, receive_bytes=None):
    client = socket.socket()
    client.settimeout(20)
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.connect(("127.0.0.1", port))
    return client


def read_all(client):
    """Everything up to the end, and whether it was a clean one."""
    got = b""
    try:
        while data := client.recv(1 << 20):
            got += data
    except ConnectionResetError:
        return got, False
    return got, True


def memory_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


# Who reaches the port


@needs_demo
def test_answers_nobody_reads_have_a_sum():
    """40 clients ask for 4 MiB each, made for them alone, and do not read: without a sum 160 MiB would wait."""
    with demo("page=4194304", "outgoing=16777216") as (port, child), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port, 4096)) for _ in range(40)]
        for client in clients:
            client.sendall(b"GET /fresh HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        # They came after all of those, and the longest idle of those was cut for them.
        with connect(port) as reader:
            reader.sendall(b"GET /fresh HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            assert len(read_all(reader)[0]) > 4_000_000
        whole = [clean and len(got) > 4_000_000 for got, clean in map(read_all, clients)]
        assert 1 <= sum(whole) <= 4, "as many as fit into the sum are served, the others cut"


@needs_demo
def test_bodies_that_come_slowly_have_a_sum():
    """30 clients begin a body of 200 KiB each; the sum is 1 MiB."""
    with demo("incoming=1048576") as (port, _), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(30)]
        for client in clients:
            client.sendall(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 204800\r\n\r\n" + b"x" * 200_000)
        # The first to come has waited longest and is told to go.
        assert clients[0].recv(65536).startswith(b"HTTP/1.1 503 ")
        clients[-1].sendall(b"x" * 4800)
        assert clients[-1].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_storm_of_reloads_leaves_the_checks_their_time(tmp_path):
    """Each of these configurations takes jq some 30 ms a condition to read, and the loop stands still meanwhile."""
    condition = {"url": "http://127.0.0.1:9/", "expect": {"body": ".a == 1"}}
    components = [{"name": f"c{i}", "every": "1h", "http": condition} for i in range(10)]
    with Daemon(tmp_path, json.dumps({"components": components})) as daemon:
        assert daemon.request("POST", "/-/reload")[0] == 200
        status, headers, body = daemon.request("POST", "/-/reload")
        assert status == 429 and int(headers["Retry-After"]) >= 1, body
        wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, 60, "a reload is possible again")


def test_a_storm_of_check_now_does_not_hammer_the_target(tmp_path):
    runs = tmp_path / "runs"
    command = ["/bin/sh", "-c", f"echo >> {runs}"]
    config = {"components": [{"name": "c", "every": "1h", "jitter": "0s", "exec": {"command": command}}]}
    with Daemon(tmp_path, json.dumps(config)) as daemon:
        daemon.wait_status("c", "healthy")
        began = time.monotonic()
        for _ in range(100):
            daemon.post("/api/v1/components/c/check", 202)
        took = time.monotonic() - began
        assert len(runs.read_text()) <= 2 + took, "at most one a second"


# Whom it watches


def message(letter, body):
    return letter + struct.pack(">i", 4 + len(body)) + body


def test_a_postgres_that_never_ends_its_greeting(tmp_path):
    """Thousands of parameters, each another name: libpq would keep and search them all."""
    def greet(connection):
        connection.recv(65536)
        connection.sendall(message(b"R", b"\0\0\0\0"))
        for nth in itertools.count(step=1000):
            connection.sendall(b"".join(message(b"S", b"%x\0\0" % (nth + i)) for i in range(1000)))

    with Peer(greet) as peer:
        url = f"postgresql://u@127.0.0.1:{peer.port}/db?sslmode=disable"
        got = check(tmp_path, "postgres", {"url": url}, timeout="20s")
    assert got["status"] == "unhealthy" and "more than 64 KiB" in got["error_message"], got


# Who shares the machine


def test_nobody_else_reads_what_is_kept_and_children_inherit_nothing(tmp_path):
    """With an open umask and a secret in the environment: modes of all files, a child's environment and descriptors."""
    # Without the variables of the shell's own making; descriptor 3 is that of `ls` itself.
    command = ["/bin/sh", "-c", "echo $(env | cut -d= -f1 | sort) $(ls /proc/self/fd); exit 1"]
    config = {"components": [{"name": "c", "every": "1h", "jitter": "0s", "exec": {"command": command}}]}
    environment = {"TOP_SECRET": "hunter2"}
    with Daemon(tmp_path, json.dumps(config), environment=environment, preexec=lambda: os.umask(0)) as daemon:
        got = daemon.wait_status("c", "degraded")
        assert got["error_message"] == "HOME LANG PATH PWD 0 1 2 3"
        data = tmp_path / "data"
        wait_until(lambda: (data / "bellwether.db").exists(), what="a store")
        assert data.stat().st_mode & 0o777 == 0o700
        for path in data.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600, path
        assert "hunter2" not in daemon.log_text()
