"""The store in PostgreSQL: a whole daemon on a real server that is stopped, frozen, full of refusals or shared."""
import contextlib
import json
import os
import pathlib
import shutil
import signal

import pytest

import postgres_server
from daemon import Daemon, wait_until

PASSWORD = postgres_server.PASSWORD
LONG = 60


@pytest.fixture(scope="module")
def server():
    server = postgres_server.create()
    yield server
    signal_all(server, signal.SIGCONT)
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def database(server, request):
    """A database of the test's own; its name."""
    name = request.node.name.replace("[", "_").replace("]", "")[:60]
    server.sql(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0')
    return name


def signal_all(server, number):
    """The first process before its children: it makes no new ones then."""
    if server.child.poll() is not None:
        return
    server.child.send_signal(number)
    children = pathlib.Path(f"/proc/{server.child.pid}/task/{server.child.pid}/children").read_text()
    for child in children.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child), number)


def config_of(server, database, storage="", **url):
    return (f'refresh_interval: 1s\nstorage: {{ url: "{server.url(database=database, **url)}"{storage} }}\n'
            "components:\n  - name: root\n    every: 1s\n    timeout: 500ms\n    file: { path: / }\n")


def ask(server, database, sql):
    return server.run("psql", "-h", str(server.folder), "-p", str(server.port), "-U", "boss",
                      "-d", database, "-XAtqc", sql).strip()


def times(daemon):
    return [row["timestamp"] for row in daemon.get("/api/v1/components/root/history")["data"]]


def notices(daemon):
    return daemon.get("/api/v1/dashboard")["metadata"]["notices"]


def kept(server, database):
    """How many batches are in the log; only ever more, as long as none is trimmed."""
    return int(ask(server, database, "SELECT coalesce(max(id), 0) FROM bellwether.log"))


def wait_kept(server, database, more=2):
    goal = kept(server, database) + more
    wait_until(lambda: kept(server, database) >= goal, LONG, "further batches are kept")


def told(daemon, text):
    return wait_until(lambda: [n for n in notices(daemon) if text in n], LONG,
                      f"a notice with {text!r}: {notices(daemon)}")[0]


def untold(daemon):
    wait_until(lambda: not notices(daemon), LONG, f"no notice any more: {notices(daemon)}")


def assert_silent(daemon):
    """The password is nowhere."""
    for path in ("dashboard", "alerts", "components", "changes", "history", "dashboard/metadata", "live/snapshot"):
        assert PASSWORD not in json.dumps(daemon.get(f"/api/v1/{path}")), path
    for path in ("/", "/metrics"):
        assert PASSWORD.encode() not in daemon.request("GET", path)[2], path
    assert PASSWORD not in daemon.log_text()
    assert PASSWORD.encode() not in pathlib.Path(f"/proc/{daemon.child.pid}/cmdline").read_bytes()


def test_history_outlives_restart_and_kill(tmp_path, server, database):
    daemon = Daemon(tmp_path, config_of(server, database)).start()
    try:
        wait_until(lambda: len(times(daemon)) >= 2, LONG)
        assert daemon.request("GET", "/")[0] == 200
        assert notices(daemon) == []
        assert_silent(daemon)
        before = times(daemon)
        assert daemon.stop() == 0
        daemon.start()
        wait_until(lambda: len(times(daemon)) > len(before), LONG)
        assert times(daemon)[:len(before)] == before
        wait_kept(server, database)
        before = times(daemon)[:-3]
        daemon.stop(signal.SIGKILL)
        daemon.start()
        assert times(daemon)[:len(before)] == before
        wait_kept(server, database)
        assert notices(daemon) == []
        assert [a for a in daemon.get("/api/v1/alerts?state=firing")["alerts"] if a["type"] == "storage"] == []
        assert not (tmp_path / "data" / "bellwether.db").exists()
    finally:
        daemon.stop(signal.SIGKILL)


def test_a_server_that_is_stopped_and_started_loses_nothing(tmp_path, server, database):
    with Daemon(tmp_path, config_of(server, database)) as daemon:
        wait_kept(server, database)
        before = times(daemon)
        port = server.port
        server.stop()
        told(daemon, "PostgreSQL")
        assert_silent(daemon)
        assert daemon.component("root")["status"] == "healthy"
        server.start(port=port)
        untold(daemon)
        wait_kept(server, database)
        after = times(daemon)
        assert after[:len(before)] == before
        assert after == sorted(set(after))


def test_a_server_that_hangs_holds_up_nobody(tmp_path, server, database):
    with Daemon(tmp_path, config_of(server, database)) as daemon:
        wait_kept(server, database)
        signal_all(server, signal.SIGSTOP)
        try:
            told(daemon, "does not answer")
            daemon.get("/health/live")
            checked = daemon.component("root")["last_check"]
            wait_until(lambda: daemon.component("root")["last_check"] > checked, LONG)
            assert daemon.stop(seconds=LONG) == 0
        finally:
            signal_all(server, signal.SIGCONT)
        daemon.start()
        untold(daemon)
        wait_kept(server, database)


def test_a_server_that_refuses_writes_is_told_and_waited_for(tmp_path, server, database):
    switch = f'ALTER DATABASE "{database}" SET default_transaction_read_only ='
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    with Daemon(tmp_path, config_of(server, database)) as daemon:
        wait_kept(server, database)
        server.sql(f"{switch} on")
        server.sql(end)
        told(daemon, "read-only")
        assert daemon.component("root")["status"] == "healthy"
        server.sql(f"{switch} off")
        server.sql(end)
        untold(daemon)
        wait_kept(server, database)


@pytest.mark.parametrize("which, said", [
    ("password", "password authentication failed"),
    ("database", "does not exist"),
    ("port", "Connection refused"),
])
def test_a_wrong_url_is_told_without_its_password(tmp_path, server, which, said):
    wrong = {"password": {"password": "wr0ng-" + PASSWORD}, "database": {}, "port": {
        "port": postgres_server.free_port()}}[which]
    name = "nowhere" if which == "database" else "postgres"
    with Daemon(tmp_path, config_of(server, name, **wrong)) as daemon:
        told(daemon, said)
        daemon.wait_status("root", "healthy")
        assert wait_until(lambda: [a for a in daemon.get("/api/v1/alerts?state=firing")["alerts"]
                                   if a["type"] == "storage"], LONG)[0]["title"] == "History Not Kept"
        assert_silent(daemon)


def test_tables_of_a_newer_version_are_not_touched(tmp_path, server, database):
    with Daemon(tmp_path, config_of(server, database)):
        wait_kept(server, database)
    ask(server, database, "UPDATE bellwether.store SET version = 99")
    entries = kept(server, database)
    with Daemon(tmp_path, config_of(server, database)) as daemon:
        told(daemon, "newer Bellwether (schema 99")
        daemon.wait_status("root", "healthy")
    assert kept(server, database) == entries


def test_several_daemons_share_a_database_each_with_its_own_history(tmp_path, server, database):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    one = config_of(server, database, ", instance: one")
    two = config_of(server, database, ", instance: two").replace("name: root", "name: other")
    with Daemon(folders[0], one) as first, Daemon(folders[1], two) as second:
        wait_until(lambda: len(times(first)) >= 2, LONG)
        wait_until(lambda: second.get("/api/v1/components/other/history")["found"] >= 2, LONG)
        assert notices(first) == notices(second) == []
        assert first.request("GET", "/api/v1/components/other/history")[0] == 404
        assert second.request("GET", "/api/v1/components/root/history")[0] == 404
    assert ask(server, database, "SELECT name FROM bellwether.instance ORDER BY name") == "one\ntwo"
    assert ask(server, database, "SELECT i.name, s.name FROM bellwether.series s JOIN bellwether.instance i "
               "ON i.id = s.instance WHERE s.name IN ('root', 'other') ORDER BY 1") == "one|root\ntwo|other"


def test_two_daemons_of_one_instance_are_refused(tmp_path, server, database):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    config = config_of(server, database, ", instance: shared")
    with Daemon(folders[0], config) as first:
        wait_until(lambda: len(times(first)) >= 2, LONG)
        with Daemon(folders[1], config) as second:
            assert '"shared"' in told(second, "in use by another Bellwether")
            assert second.component("root")["status"] in ("healthy", "unknown")
            wait_kept(server, database)
            assert notices(first) == []
            first.stop()
            untold(second)
            wait_kept(server, database)


def test_tables_that_were_replaced_are_not_mixed_with_what_was_there(tmp_path, server, database):
    with Daemon(tmp_path, config_of(server, database)) as daemon:
        wait_kept(server, database)
        ask(server, database, "DROP SCHEMA bellwether CASCADE")
        told(daemon, "its tables were replaced")
        assert ask(server, database, "SELECT count(*) FROM bellwether.log") == "0"
        daemon.stop()
        daemon.start()
        wait_kept(server, database)
        assert notices(daemon) == []
