"""The change journal of a whole daemon: causes, strips, columns, and the gap that a kill leaves."""
import gzip
import itertools
import json
import pathlib
import subprocess
import time

import pytest

from daemon import PROGRAM, Daemon, Events, wait_until
from test_daemon import Listener

EVERY = "    every: 1s\n    jitter: 0s\n    timeout: 500ms\n"


def config_of(*peers, more=""):
    rows = "".join(f"  - name: {name}\n    critical: true\n{EVERY}    tcp: {{ host: 127.0.0.1, port: {peer.port} }}\n"
                   for name, peer in peers)
    calm = "thresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }\n"
    return f"refresh_interval: 1s\n{calm}components:\n{rows}{more}"


@pytest.fixture
def peer():
    listener = Listener()
    yield listener
    if listener.socket.fileno() >= 0:
        listener.stop()


@pytest.fixture
def other():
    listener = Listener()
    yield listener
    if listener.socket.fileno() >= 0:
        listener.stop()


def overview(daemon):
    return daemon.get("/api/v1/dashboard")["overview"]


def wait_overall(daemon, status):
    return wait_until(lambda: (o := overview(daemon))["overall_status"] == status and o, what=f"all is {status}")


def changes(daemon, query=""):
    return daemon.get("/api/v1/changes" + query)["changes"]


def words(points):
    return [word for _, word in points]


def test_the_first_cause_is_what_was_wrong_first(tmp_path, peer, other):
    with Daemon(tmp_path, config_of(("store", peer), ("feed", other))) as daemon:
        assert wait_overall(daemon, "healthy")["first_cause"] is None
        other.stop()
        daemon.wait_status("feed", "unhealthy")
        peer.stop()
        daemon.wait_status("store", "unhealthy")
        told = wait_until(lambda: (o := overview(daemon))["overall_status"] == "unhealthy" and o["first_cause"] and o)
        assert (told["first_cause"]["kind"], told["first_cause"]["name"]) == ("component", "feed")
        assert told["first_cause"]["text"].startswith("feed unhealthy: connection refused")
        assert told["first_cause"]["at"] <= told["since"] and told["trouble_since"] <= told["since"]
        other.start()
        daemon.wait_status("feed", "healthy")
        assert overview(daemon)["first_cause"]["name"] == "store"
        peer.start()
        well = wait_overall(daemon, "healthy")
        assert well["trouble_since"] is None and well["first_cause"] is None
        assert well["last_problem"]["text"].startswith("feed unhealthy") and well["last_problem"]["to"] == well["since"]


def test_changes_tell_who_did_what(tmp_path, peer):
    breaker = "    breaker: { failure_threshold: 2 }\n"
    config = config_of(("db", peer)).replace("    tcp:", breaker + "    tcp:")
    with Daemon(tmp_path, config) as daemon:
        daemon.wait_status("db", "healthy")
        peer.stop()
        wait_until(lambda: changes(daemon, "?kind=breaker"))
        opened = changes(daemon, "?kind=breaker")[0]
        assert (opened["name"], opened["from"], opened["to"]) == ("db", "closed", "open")
        assert opened["text"] == "opened after 2 failures in a row"
        daemon.post("/api/v1/breakers/db/reset")
        reset = changes(daemon, "?kind=breaker&limit=1")[0]
        assert (reset["to"], reset["text"]) == ("closed", "reset through the API")
        daemon.post("/-/reload")
        assert [c["to"] for c in changes(daemon, "?kind=daemon")] == ["reloaded", "started"]
        all_of_them = changes(daemon)
        assert [c["id"] for c in all_of_them] == sorted((c["id"] for c in all_of_them), reverse=True)
        assert {c["name"] for c in changes(daemon, "?name=db")} == {"db"}
        assert daemon.get("/api/v1/changes?limit=1")["cut"] is True
        assert changes(daemon, "?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z") == []


def test_strips_are_the_days_of_components(tmp_path, peer, other):
    with Daemon(tmp_path, config_of(("a", peer), ("b", other))) as daemon:
        daemon.wait_status("a", "healthy")
        daemon.wait_status("b", "healthy")
        peer.stop()
        daemon.wait_status("a", "unhealthy")
        got = daemon.get("/api/v1/strips?names=a,b,nobody")
        assert sorted(got["strips"]) == ["a", "b"]
        assert words(got["strips"]["a"]) == ["none", "unknown", "healthy", "unhealthy"]
        assert words(got["strips"]["b"]) == ["none", "unknown", "healthy"]
        assert got["to"] == got["now"] and got["to"] - got["from"] == 86_400_000
        assert got["gaps"] == [[0, got["strips"]["a"][1][0]]]
        seconds = [at for at, _ in got["strips"]["a"]]
        assert seconds == sorted(seconds) and seconds[0] == 0 and seconds[-1] <= 86400


def test_columns_hold_lanes_ribbon_and_marks(tmp_path, peer):
    with Daemon(tmp_path, config_of(("a", peer))) as daemon:
        wait_overall(daemon, "healthy")
        peer.stop()
        wait_overall(daemon, "unhealthy")
        got = wait_until(lambda: (c := daemon.get("/api/v1/history?format=columns"))["found"] >= 3 and c)
        assert set(got) == {"from", "to", "now", "interval_ms", "step_s", "values", "status", "gaps", "maintenance",
                            "marks", "found", "cut", "resolution_s", "bands", "quantiles"}
        assert got["resolution_s"] == 0 and got["bands"] == {} and got["quantiles"] == {}
        assert got["interval_ms"] == 1000 and got["cut"] is False and got["maintenance"] == []
        assert {name: len(lane) for name, lane in got["values"].items()} == dict.fromkeys(
            ["health_score", "availability", "response_time", "cpu_usage", "memory_usage", "circuit_breaker_health"],
            got["found"])
        assert len(got["step_s"]) == got["found"] and sum(got["step_s"]) <= 86400
        assert min(got["step_s"]) >= 0 and sum(got["step_s"][:1]) >= got["status"][1][0]
        assert words(got["status"]) == ["none", "unknown", "healthy", "unhealthy"]
        assert got["gaps"] == [[0, got["status"][1][0], "not recorded"]]
        marks = [mark[1:5] for mark in got["marks"]]
        assert marks[0] == ["daemon", "", "none", "started"]
        assert ["component", "a", "healthy", "unhealthy"] in marks and ["component", "a", "unknown", "healthy"] not in marks
        points = daemon.get("/api/v1/history")["data"]
        assert points[0]["availability"] == got["values"]["availability"][0]


def test_marks_come_with_the_stream(tmp_path, peer):
    with Daemon(tmp_path, config_of(("a", peer))) as daemon:
        wait_overall(daemon, "healthy")
        stream = Events(daemon, path="/api/v1/live")
        assert stream.next()[0] == "hello"
        peer.stop()
        marks = [stream.until(lambda event: event[0] == "mark")[2]["mark"] for _ in range(3)]
        stream.close()
        assert [mark[1:5] for mark in marks[:2]] == [["component", "a", "healthy", "unhealthy"],
                                                     ["alert", "Component Unhealthy: a", "none", "firing"]]
        assert abs(marks[0][0] / 1000 - time.time()) < 60


HOSTILE = ["strips", "strips?names=", "strips?names=a,,b", "strips?names=a,", "strips?names=" + "a" * 600,
           "strips?names=" + ",".join(f"n{i}" for i in range(41)), "changes?kind=Overall", "changes?kind=",
           "changes?limit=0", "changes?limit=1001", "changes?limit=1e2", "changes?from=now", "changes?to=%00",
           "changes?from=200&to=100", "history?format=xml", "history?format=", "history?format=columns&points=2",
           "history?format=columns&method=mean", "history?format=columns&from=%22", "history?format=columns&from=2&to=1"]


def test_hostile_queries_get_problems(tmp_path, peer):
    with Daemon(tmp_path, config_of(("a", peer))) as daemon:
        for query in HOSTILE:
            status, headers, body = daemon.request("GET", "/api/v1/" + query)
            assert status == 400, (query, status, body)
            assert headers["Content-Type"].startswith("application/problem+json"), query
        forty = ",".join(f"n{i}" for i in range(39)) + ",a"
        assert list(daemon.get("/api/v1/strips?names=" + forty)["strips"]) == ["a"]
        # A name is told once: forty times the day of a busy component would be tens of megabytes.
        once, often = (daemon.request("GET", "/api/v1/strips?names=" + names)[2] for names in ("a", ",".join("a" * 40)))
        assert len(often) - len(once) < 20, (len(once), len(often))
        assert changes(daemon, "?name=%3Cimg%20onerror%3E") == []


def restarted_strip(daemon):
    """The strip of `a` without its first two points, which tell of the time before the first start."""
    return daemon.get("/api/v1/strips?names=a")["strips"]["a"][2:]


def test_a_kill_leaves_a_gap_that_a_restart_shows(tmp_path, peer):
    config = config_of(("a", peer))
    with Daemon(tmp_path, config) as daemon:
        wait_overall(daemon, "healthy")
        since = overview(daemon)["since"]
        wait_until(lambda: daemon.get("/api/v1/history?format=columns")["found"] >= 2)
        time.sleep(1.1)  # a commit: what was told is on disk within a second
        daemon.child.kill()
        daemon.child.wait()
        killed = time.time()
        wait_until(lambda: time.time() > killed + 3.2)
        daemon.start()
        wait_overall(daemon, "healthy")
        got = daemon.get("/api/v1/history?format=columns")
        assert words(got["status"]) == ["none", "unknown", "healthy", "none", "unknown", "healthy"]
        (_, _, first), (begin, end, why) = got["gaps"]
        assert (first, why) == ("not recorded", "lost") and 3 <= end - begin <= 8
        assert [c["to"] for c in changes(daemon, "?kind=daemon")] == ["started", "lost", "started"]
        assert words(restarted_strip(daemon))[:2] == ["healthy", "none"] and words(restarted_strip(daemon))[-1] == "healthy"
        assert overview(daemon)["since"] == since


def test_samples_of_a_version_without_a_journal_lie_in_no_gap(tmp_path, peer):
    import sqlite3

    with Daemon(tmp_path, config_of(("a", peer))) as daemon:
        wait_until(lambda: daemon.get("/api/v1/history?format=columns")["found"] >= 3)
        assert daemon.stop() == 0
        with sqlite3.connect(next(daemon.folder.glob("data/*.db"))) as store:
            store.executescript(
                "DROP TABLE change; DROP TABLE record; DROP TABLE IF EXISTS alert; PRAGMA user_version = 1;"
                "CREATE TABLE alert (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, severity INTEGER NOT NULL, type TEXT NOT NULL,"
                " title TEXT NOT NULL, message TEXT NOT NULL, started_us INTEGER NOT NULL, fired_us INTEGER NOT NULL,"
                " resolved_us INTEGER NOT NULL)"
            )
        store.close()
        daemon.start()
        wait_overall(daemon, "healthy")
        got = daemon.get("/api/v1/history?format=columns")
        sampled = list(itertools.accumulate(got["step_s"]))
        (begin, end, why), *_ = got["gaps"]
        assert (begin, end, why) == (0, sampled[0], "not recorded")
        assert not [(at, gap) for at in sampled for gap in got["gaps"] if gap[0] < at < gap[1]]
        assert words(got["status"])[:2] == ["none", "unknown"] and got["status"][1][0] == end


def test_a_clean_stop_is_told_and_the_old_state_is_not_painted_across(tmp_path, peer):
    config = config_of(("a", peer))
    with Daemon(tmp_path, config) as daemon:
        peer.stop()
        daemon.wait_status("a", "unhealthy")
        cause = wait_until(lambda: overview(daemon)["first_cause"])
        assert daemon.stop() == 0
        stopped = time.time()
        wait_until(lambda: time.time() > stopped + 3.2)  # longer than two intervals and a time-out: the state is stale
        peer.start()
        daemon.start()
        daemon.wait_status("a", "healthy")
        got = restarted_strip(daemon)
        assert words(got) == ["unhealthy", "none", "unknown", "healthy"]
        assert got[2][0] - got[1][0] >= 3
        assert [c["to"] for c in changes(daemon, "?kind=daemon")] == ["started", "stopped", "started"]
        assert wait_overall(daemon, "healthy")["last_problem"]["text"] == cause["text"]


def test_trouble_outlives_a_restart(tmp_path, peer):
    config = config_of(("a", peer))
    with Daemon(tmp_path, config) as daemon:
        wait_overall(daemon, "healthy")
        peer.stop()
        before = wait_overall(daemon, "unhealthy")
        assert daemon.stop() == 0
        daemon.start()
        after = wait_until(lambda: (o := overview(daemon))["overall_status"] == "unhealthy" and
                           changes(daemon, "?kind=overall&limit=1")[0]["to"] == "unhealthy" and o)
        for key in ("since", "trouble_since", "first_cause"):
            assert after[key] == before[key], key


def test_a_day_of_points_fits_into_the_budget(tmp_path, peer):
    import random

    config = config_of(("a", peer)).replace("refresh_interval: 1s", "refresh_interval: 30s")
    with Daemon(tmp_path, config) as daemon:
        wait_overall(daemon, "healthy")
        assert daemon.stop() == 0
        path = next(daemon.folder.glob("data/*.db"))
        noise, now_ms = random.Random(7), int(time.time() * 1000)
        lines, cpu, memory, took = [], 20.0, 61.0, 184.0
        for i in range(2880):
            cpu = min(95, max(2, cpu + noise.gauss(0, 4)))
            memory = min(95, max(20, memory + noise.gauss(0, 0.3)))
            took = max(5, took * (1 + noise.gauss(0, 0.05)) + (184 - took) * 0.05)
            available = 100.0 if noise.random() > 0.1 else round(100 - noise.random() * 2, 2)
            score = round(30 * available / 100 + 25 + 20 * (100 - cpu) / 100 + 15 * (100 - memory) / 100 + 9.7, 1)
            lines.append({"row": "point", "at": now_ms - (2880 - i) * 30_000 + noise.randrange(3),
                          "values": [score, available, round(took, 2), round(cpu, 1), round(memory, 1),
                                     round(100 * (20 - noise.randrange(2)) / 20, 2)]})
        for i in range(400):
            lines.append({"row": "change", "at": lines[0]["at"] + i * 200_000, "kind": "component",
                          "name": f"feeds/exchange-{noise.randrange(40)}",
                          "from": "healthy" if i % 2 else "unhealthy", "to": "unhealthy" if i % 2 else "healthy",
                          "text": f"no answer within {noise.randrange(90, 999)} ms" if i % 2 else ""})
        subprocess.run([pathlib.Path(PROGRAM).parent / "tests/support/store_fill", path, str(now_ms)], check=True,
                       text=True, input="\n".join(json.dumps(line) for line in lines) + "\n")
        daemon.start()
        status, headers, body = daemon.request("GET", "/api/v1/history?format=columns", headers={"Accept-Encoding": "gzip"})
        plain = gzip.decompress(body)
        got = json.loads(plain)
        assert got["found"] >= 2870 and len(got["step_s"]) == got["found"] and len(got["marks"]) == 200
        assert len(body) <= 25_000, (len(body), len(plain))
        begin = time.perf_counter()
        for _ in range(20):
            daemon.request("GET", "/api/v1/history?format=columns")
        assert (time.perf_counter() - begin) / 20 < 0.05
