"""The change journal of a whole daemon: causes, strips, columns, and the gap that a kill leaves."""
import gzip
import json
import time

import pytest

from daemon import Daemon, wait_until
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
        assert opened["text"] == "opened after 2 failures"
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
        assert set(got) == {"from", "to", "now", "interval_ms", "at_s", "values", "status", "gaps", "maintenance",
                            "marks", "found", "cut"}
        assert got["interval_ms"] == 1000 and got["cut"] is False and got["maintenance"] == []
        assert {name: len(lane) for name, lane in got["values"].items()} == dict.fromkeys(
            ["health_score", "availability", "response_time", "cpu_usage", "memory_usage", "circuit_breaker_health"],
            got["found"])
        assert len(got["at_s"]) == got["found"] and got["at_s"] == sorted(got["at_s"])
        assert words(got["status"]) == ["none", "unknown", "healthy", "unhealthy"]
        assert got["gaps"] == [[0, got["status"][1][0], "not recorded"]]
        marks = [mark[1:5] for mark in got["marks"]]
        assert marks[0] == ["daemon", "", "none", "started"]
        assert ["component", "a", "healthy", "unhealthy"] in marks and ["component", "a", "unknown", "healthy"] not in marks
        points = daemon.get("/api/v1/history")["data"]
        assert points[0]["availability"] == got["values"]["availability"][0]


HOSTILE = ["strips", "strips?names=", "strips?names=a,,b", "strips?names=a,", "strips?names=" + "a" * 600,
           "strips?names=" + ",".join(f"n{i}" for i in range(41)), "changes?kind=Overall", "changes?kind=",
           "changes?limit=0", "changes?limit=1001", "changes?limit=1e2", "changes?from=now", "changes?to=%00",
           "changes?from=200&to=100", "history?format=csv", "history?format=", "history?format=columns&points=2",
           "history?format=columns&method=mean", "history?format=columns&from=%22", "history?format=columns&from=2&to=1"]


def test_hostile_queries_get_problems(tmp_path, peer):
    with Daemon(tmp_path, config_of(("a", peer))) as daemon:
        for query in HOSTILE:
            status, headers, body = daemon.request("GET", "/api/v1/" + query)
            assert status == 400, (query, status, body)
            assert headers["Content-Type"].startswith("application/problem+json"), query
        forty = ",".join(f"n{i}" for i in range(39)) + ",a"
        assert list(daemon.get("/api/v1/strips?names=" + forty)["strips"]) == ["a"]
        assert changes(daemon, "?name=%3Cimg%20onerror%3E") == []
