"""postgres, exec, file, process, host and push against the real things, through `bellwether check`."""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

import postgres_server
from daemon import PROGRAM, Daemon, wait_until

EXIT = {"healthy": 0, "degraded": 1, "unhealthy": 2, "unknown": 3}


@pytest.fixture
def check(tmp_path):
    """check(kind, settings, **options): one run of one component; its object of the JSON answer."""

    def run(kind, settings, **options):
        config = tmp_path / "check.yaml"
        config.write_text(json.dumps({"components": [{"name": "it", kind: settings, **options}]}))
        done = subprocess.run([PROGRAM, "check", "--json", "--config", str(config), "it"], text=True,
                              capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.stdout, done.stderr
        assert postgres_server.PASSWORD not in done.stdout + done.stderr
        answer = json.loads(done.stdout)["components"]["it"]
        assert done.returncode == EXIT[answer["status"]]
        answer["error"] = answer["error_message"] or ""
        return answer

    return run


# -- postgres --


@pytest.fixture(scope="module")
def server():
    running = postgres_server.create()
    yield running
    running.stop()
    shutil.rmtree(running.folder)


@pytest.fixture(scope="module")
def standby(server):
    running = postgres_server.create_standby(server)
    yield running
    running.stop()


def test_postgres_answers_over_tcp_and_over_its_socket(server, check):
    over_tcp = check("postgres", {"url": server.url()})
    assert over_tcp["status"] == "healthy", over_tcp
    assert over_tcp["details"]["in_recovery"] is False
    assert over_tcp["details"]["server_version"]
    assert over_tcp["response_time_ms"] > 0
    over_socket = check("postgres", {"host": str(server.folder), "port": server.port, "user": "boss",
                                     "password": postgres_server.PASSWORD, "database": "postgres"})
    assert over_socket["status"] == "healthy", over_socket
    by_name = check("postgres", {"url": server.url().replace("127.0.0.1", "localhost")})
    assert by_name["status"] == "healthy", by_name


@pytest.mark.parametrize("query, expect, status, error", [
    ("select 5", "5", "healthy", ""),
    ("select 5", "> 4", "healthy", ""),
    ("select 5", "> 10", "unhealthy", 'the value is "5", expected > 10'),
    ("select 'up'", "!= down", "healthy", ""),
    ("select null", "1", "unhealthy", "the value is null"),
    ("select generate_series(1, 2)", "1", "unhealthy", "2 rows of 1 column"),
    ("select 1, 2", "1", "unhealthy", "1 row of 2 columns"),
    ("select 1 where false", "1", "unhealthy", "0 rows of 1 column"),
    ("select 1; select 1", "1", "unhealthy", "2 statements"),
    ("create table t (a int)", None, "unhealthy", "read-only transaction (25006)"),
    ("selec", None, "unhealthy", 'syntax error at or near "selec" (42601)'),
    ("copy (select 1) to stdout", None, "unhealthy", "COPY"),
    ("select pg_terminate_backend(pg_backend_pid())", None, "unhealthy", "57P01"),
    ("select repeat('x', 50000000)", None, "unhealthy", "larger than 8 MiB"),
    ("select generate_series(1, 20000)", None, "healthy", ""),
    ("do $$ begin raise notice 'x'; end $$", None, "healthy", ""),
])
def test_postgres_queries(server, check, query, expect, status, error):
    settings = {"url": server.url(), "query": query}
    if expect is not None:
        settings["expect"] = expect
    answer = check("postgres", settings)
    assert answer["status"] == status, answer
    assert error in answer["error"]


def test_postgres_wrong_password_and_database_without_the_password(server, check):
    answer = check("postgres", {"url": server.url(password="wrong-password")})
    assert answer["status"] == "unhealthy"
    assert 'FATAL: password authentication failed for user "boss"' in answer["error"]
    assert "wrong-password" not in json.dumps(answer)
    answer = check("postgres", {"url": server.url(database="nosuch")})
    assert 'database "nosuch" does not exist' in answer["error"]


def test_postgres_slow_query_is_cut_and_does_not_stay_behind(server, check):
    answer = check("postgres", {"url": server.url(), "query": "select pg_sleep(30)"}, timeout="700ms")
    assert answer["status"] == "unhealthy"
    assert answer["error"].startswith("timed out after 700 ms while waiting for the answer")
    wait_until(lambda: server.sql("select count(*) from pg_stat_activity where query like "
                                  "'%pg_sleep(30)%' and pid <> pg_backend_pid()") == "0",
               what="the server ended the statement")


def test_postgres_too_many_connections(server, check):
    held = []
    wait_until(lambda: server.sql("select count(*) from pg_stat_activity "
                                  "where backend_type = 'client backend'") == "1", what="it is quiet")
    try:
        for _ in range(25):
            held.append(subprocess.Popen(
                [str(postgres_server.programs() / "psql"), "-h", str(server.folder), "-p",
                 str(server.port), "-U", "boss", "-d", "postgres", "-Xq"],
                env={**os.environ, "PGPASSWORD": postgres_server.PASSWORD},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE))
        wait_until(lambda: sum(child.poll() is not None for child in held) == 5,
                   what="all 20 connections are taken")
        answer = check("postgres", {"url": server.url()})
        assert answer["status"] == "unhealthy"
        assert "too many clients" in answer["error"] or "remaining connection slots" in answer["error"]
    finally:
        for child in held:
            child.stdin.close()
            child.wait()
    wait_until(lambda: check("postgres", {"url": server.url()})["status"] == "healthy",
               what="connections are free again")


def test_postgres_replication(server, standby, check):
    monitor = {"url": standby.url(), "role": "standby", "max_lag": "10m"}
    assert check("postgres", monitor)["status"] == "healthy"
    answer = check("postgres", {"url": standby.url(), "role": "primary"})
    assert "the server is a standby, expected a primary" in answer["error"]
    primary = {"url": server.url(), "role": "primary", "replicas": 1, "max_lag": "10m"}
    answer = wait_until(lambda: (got := check("postgres", primary))["status"] == "healthy" and got,
                        what="the replica streams")
    assert answer["details"]["replicas"] == 1
    answer = check("postgres", {"url": server.url(), "replicas": 2})
    assert "1 streaming replicas, expected at least 2" in answer["error"]

    server.sql("create table first as select 1")
    wait_until(lambda: standby.sql("select pg_last_xact_replay_timestamp() is not null") == "t",
               what="something was replayed")
    standby.sql("select pg_wal_replay_pause()")
    server.sql("create table moved as select 1; select pg_switch_wal()")
    wait_until(lambda: standby.sql(
        "select pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()") == "t", what="replay lags")
    answer = check("postgres", {"url": standby.url(), "max_lag": "1ms"})
    assert answer["status"] == "unhealthy"
    assert "replication is" in answer["error"] and "behind, limit 1 ms" in answer["error"]
    standby.sql("select pg_wal_replay_resume()")
    wait_until(lambda: check("postgres", {"url": standby.url(), "max_lag": "1ms"})["status"] ==
               "healthy", what="the standby caught up")


def test_postgres_replicas_need_a_right(server, standby, check):
    server.sql(f"create role weak login password '{postgres_server.PASSWORD}'")
    url = server.url().replace("boss", "weak")
    answer = wait_until(lambda: (got := check("postgres", {"url": url, "replicas": 1}))["status"] ==
                        "unknown" and got, what="the replica is there")
    assert "pg_monitor" in answer["error"]


class Peer:
    """Accepts and treats each connection as `behave(connection)` says."""

    def __init__(self, behave):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.held = []
        threading.Thread(target=self.serve, args=(behave,), daemon=True).start()

    def serve(self, behave):
        while True:
            try:
                connection = self.socket.accept()[0]
                self.held.append(connection)
                behave(connection)
            except OSError:
                return

    def close(self):
        self.socket.close()
        for connection in self.held:
            connection.close()


def close_with_reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def say(*parts):
    def behave(connection):
        for part in parts:
            connection.recv(4096)
            connection.sendall(part)
        connection.close()

    return behave


@pytest.mark.parametrize("behave, error", [
    (lambda connection: None, "timed out after 500 ms while connecting to 127.0.0.1:"),
    (lambda connection: connection.close(), "server closed the connection unexpectedly"),
    (close_with_reset, "connection"),
    (say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "invalid response to SSL negotiation"),
    (say(b"N", b"R\x00\x00"), "server closed the connection unexpectedly"),
    (say(b"N", b"\xff\xfe\x00\x01\x02\x03" * 9), "expected authentication request"),
    (say(b"N", b"R\x7f\xff\xff\xff" + b"x" * 100000), "expected authentication request"),
    (say(b"N", b"E" + struct.pack(">I", 30) + b"SFATAL\0C28000\0Mgo \xff away\0\0\0"), "go \ufffd away"),
])
def test_postgres_peers_that_are_none(check, behave, error):
    peer = Peer(behave)
    try:
        answer = check("postgres", {"url": f"postgresql://bt:pass-word@127.0.0.1:{peer.port}/x"},
                       timeout="500ms")
        assert answer["status"] == "unhealthy"
        assert error.lower() in answer["error"].lower(), answer
        assert "pass-word" not in json.dumps(answer)
    finally:
        peer.close()


def test_postgres_refused(check):
    port = postgres_server.free_port()
    answer = check("postgres", {"url": f"postgresql://bt@127.0.0.1:{port}/x"})
    assert answer["status"] == "unhealthy"
    assert answer["error"] == f"127.0.0.1:{port}: Connection refused"
    answer = check("postgres", {"host": "/nonexistent", "user": "bt"})
    assert "No such file or directory" in answer["error"]


# -- exec --


def plugin(folder, text, name="plugin"):
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_exec_plugin_with_performance_data(tmp_path, check):
    path = plugin(tmp_path, "#!/bin/sh\necho \"DISK OK | '/ used'=12GB;80;90;0;100 time=U\"\necho more\n")
    answer = check("exec", {"command": [path]})
    assert answer["status"] == "healthy"
    assert answer["details"]["output"] == "DISK OK"
    assert answer["details"]["more_output"] == "more"
    assert answer["details"]["performance"] == [
        {"label": "/ used", "value": 12.0, "unit": "GB", "warn": "80", "critical": "90", "min": 0.0,
         "max": 100.0}, {"label": "time", "value": None}]


@pytest.mark.parametrize("text, settings, status, error", [
    ("echo WARNING; exit 1", {}, "degraded", "WARNING"),
    ("echo CRITICAL; exit 2", {}, "unhealthy", "CRITICAL"),
    ("echo UNKNOWN; exit 3", {}, "unknown", "UNKNOWN"),
    ("exit 77", {}, "unhealthy", "exit code 77 without a word"),
    ("echo oops >&2; exit 1", {"codes": "plain"}, "unhealthy", "exit code 1: oops"),
    ("kill -9 $$", {}, "unhealthy", "ended by signal 9 (Killed)"),
    ("exec /nonexistent/program", {}, "unknown", "not found"),
    ("printf 'CRIT \\377\\376\\033[31m bad\\n'; exit 2", {}, "unhealthy", "CRIT \ufffd\ufffd [31m bad"),
    ("head -c 3000000 /dev/zero | tr '\\0' x; exit 2", {}, "unhealthy", "xxxx"),
    ("test \"$SECRET\" = open && test -z \"$OTHER\"", {"env": {"SECRET": "open"}}, "healthy", ""),
    ("test \"$(pwd)\" = /usr", {"directory": "/usr"}, "healthy", ""),
    ("read line", {"codes": "plain"}, "unhealthy", "exit code 1"),
])
def test_exec_programs(tmp_path, check, monkeypatch, text, settings, status, error):
    monkeypatch.setenv("OTHER", "not for plugins")
    path = plugin(tmp_path, f"#!/bin/sh\n{text}\n")
    answer = check("exec", {"command": [path], **settings})
    assert answer["status"] == status, answer
    assert error in answer["error"], answer


def test_exec_example_of_the_manual(check):
    answer = check("exec", {"command": [sys.executable, "-c", "import no_such_module"]})
    assert answer["status"] == "degraded"
    assert "No module named 'no_such_module'" in answer["error"]


def test_exec_what_cannot_be_run_is_unknown(tmp_path, check):
    assert check("exec", {"command": ["no-such-program-here"]})["status"] == "unknown"
    path = tmp_path / "data"
    path.write_text("no program")
    answer = check("exec", {"command": [str(path)]})
    assert answer["status"] == "unknown"
    assert str(path) in answer["error"]


def test_exec_time_out_kills_the_whole_group(tmp_path, check):
    pid_file = tmp_path / "pid"
    path = plugin(tmp_path, f"#!/bin/sh\nsleep 60 &\necho $! > {pid_file}.new\nmv {pid_file}.new {pid_file}\n"
                            "wait\n")
    answer = check("exec", {"command": [path]}, timeout="500ms")
    assert answer["status"] == "unhealthy"
    assert answer["error"].startswith("timed out after 500 ms while running")
    pid = int(pid_file.read_text())

    def is_gone():
        try:
            with open(f"/proc/{pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(is_gone, what="the grandchild is gone")


# -- file --


def test_file(tmp_path, check):
    path = tmp_path / "bars.parquet"
    missing = check("file", {"path": str(path)})
    assert missing["status"] == "unhealthy" and "no such file" in missing["error"]
    assert check("file", {"path": str(path), "exists": False})["status"] == "healthy"
    path.write_bytes(b"start\n" + b"x" * 100000 + b"\nrows: 12\n")
    good = check("file", {"path": str(path), "max_age": "10m", "min_size": "1KiB",
                          "contains": "/^rows: [1-9]/m", "min_free": "1KiB"})
    assert good["status"] == "healthy", good
    assert good["response_time_ms"] is None
    assert check("file", {"path": str(path), "contains": "start"})["status"] == "unhealthy"
    assert check("file", {"path": str(path), "contains": "start", "last": "1MiB"})["status"] == "healthy"
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert "was changed 2 h ago, limit 10 min" in check("file", {"path": str(path), "max_age": "10m"})["error"]
    os.utime(path, (time.time() + 3600, time.time() + 3600))
    future = check("file", {"path": str(path), "max_age": "10m"})
    assert future["status"] == "degraded" and "in the future" in future["error"]
    full = check("file", {"path": str(path), "min_free_percent": 100})
    assert full["status"] == "unhealthy" and "expected at least 100%" in full["error"]


def test_file_that_is_no_file(tmp_path, check):
    os.mkfifo(tmp_path / "pipe")
    answer = check("file", {"path": str(tmp_path / "pipe"), "contains": "x"})
    assert answer["status"] == "unknown" and "not a regular file" in answer["error"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    answer = check("file", {"path": str(tmp_path / "loop")})
    assert answer["status"] == "unknown" and "Too many levels" in answer["error"]


# -- process --


def test_process(tmp_path, check):
    marker = f"bellwether-{os.getpid()}-{time.monotonic_ns()}"
    command = {"command": f"/{marker}/"}
    assert check("process", command)["error"].endswith("does not run")
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", marker],
                             stdin=subprocess.PIPE)
    try:
        wait_until(lambda: check("process", command)["status"] == "healthy", what="it runs")
        found = check("process", {**command, "user": str(os.getuid())})
        assert found["details"]["pids"] == [child.pid]
        assert found["details"]["memory_bytes"] > 1024 * 1024
        assert found["details"]["youngest_age_seconds"] < 600
        assert "1 run, limit 0" in check("process", {**command, "max": 0})["error"]
        assert check("process", {**command, "max_memory": "1KiB"})["status"] == "degraded"
        pid_file = tmp_path / "it.pid"
        pid_file.write_text(f"{child.pid}\n")
        assert check("process", {"pidfile": str(pid_file), **command})["status"] == "healthy"
        assert check("process", {"pidfile": str(pid_file), "name": "other"})["status"] == "unhealthy"
        child.stdin.close()
        wait_until(lambda: open(f"/proc/{child.pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z",
                   what="it is a zombie")
        zombie = check("process", {"pidfile": str(pid_file)})
        assert zombie["status"] == "unhealthy" and "not collected by its parent" in zombie["error"]
    finally:
        child.kill()
        child.wait()


# -- host --


def test_host_agrees_with_df_and_free(check):
    answer = check("host", {"mounts": ["/"]})
    assert answer["status"] == "healthy", answer
    details = answer["details"]
    assert 0 <= details["cpu_percent"] <= 100
    usage = os.statvfs("/")
    used = usage.f_blocks - usage.f_bfree
    assert abs(details["disks"][0]["percent"] - 100 * used / (used + usage.f_bavail)) < 2
    with open("/proc/meminfo") as lines:
        values = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    if not details.get("limited_by_cgroup"):
        assert details["memory_total_bytes"] == values["MemTotal"]
        expected = values["MemTotal"] - values["MemAvailable"]
        assert abs(details["memory_used_bytes"] - expected) < 0.1 * values["MemTotal"]


def test_host_limits_and_missing_mounts(check):
    answer = check("host", {"memory": {"warn": 0.001}, "disk": {"critical": 0.001}})
    assert answer["status"] == "unhealthy"
    assert "memory at" in answer["error"] and "disk / at" in answer["error"]
    answer = check("host", {"mounts": ["/no/such/mount"]})
    assert answer["status"] == "unhealthy"
    assert answer["error"] == "nothing is mounted at /no/such/mount"


# -- push --


def test_push_over_http(tmp_path):
    config = "components: [{ name: router, push: { every: 1h } }]\n"
    with Daemon(tmp_path, config) as daemon:
        def shown():
            return daemon.get("/api/v1/components/router")

        wait_until(lambda: "waiting for the first report" in (shown()["error_message"] or ""),
                   what="it waits")
        assert shown()["status"] == "unknown"
        status, _, answer = daemon.request("PUT", "/api/v1/components/router/report", json.dumps(
            {"status": "degraded", "error": "queue is long", "response_time_ms": 12.5}),
            {"Content-Type": "application/json"})
        assert status < 300, answer
        wait_until(lambda: shown()["status"] == "degraded", what="the report is shown")
        assert shown()["error_message"] == "queue is long"
