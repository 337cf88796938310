"""The history over HTTP: components, breakers, host and system as objects, columns and CSV, strips, uptime, changes,
badges; names that are no more, times before anything was kept, a store that is not there, and every bad question."""
import csv
import io
import json
import time

import pytest

from daemon import Daemon, wait_until
from live import Reporter

DAY = 86400
CONFIG = ("refresh_interval: 1s\nthresholds: { cpu_usage: 100, memory_usage: 100, disk_usage: 100 }\n"
          "breakers: [{ name: vendor }]\ncomponents:\n"
          "  - { name: db, push: { every: 1h } }\n  - { name: feed, push: { every: 1h } }\n")
GONE = CONFIG.replace("  - { name: feed, push: { every: 1h } }\n", "")


def kept(daemon, path, condition=lambda got: got["found"] > 0):
    """What was told is committed within a second."""
    return wait_until(lambda: condition(got := daemon.get(path)) and got, 60, path)


def both(got):
    """The results of db that were told; a check of its own may repeat the last one."""
    return got["found"] >= 2


def text_of(daemon, path):
    status, headers, body = daemon.request("GET", path)
    assert status == 200 and headers["Content-Type"] == "text/csv; charset=utf-8", (path, status, body[:300])
    return list(csv.reader(io.StringIO(body.decode())))


def told(daemon, reporter):
    reporter.report([("db", {"status": "healthy", "response_time_ms": 12.5}), ("feed", {"status": "healthy"})])
    daemon.wait_status("feed", "healthy")
    reporter.report([("db", {"status": "unhealthy", "error": 'no "answer", again', "response_time_ms": 90})])
    daemon.wait_status("db", "unhealthy")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("history"), CONFIG) as running, Reporter(running) as reporter:
        told(running, reporter)
        yield running


def test_a_component_as_objects(daemon):
    got = kept(daemon, "/api/v1/components/db/history?range=7d", both)
    assert set(got) == {"component", "from", "to", "found", "cut", "resolution_seconds", "data"}
    assert got["component"] == "db" and got["resolution_seconds"] == 0 and got["cut"] is False
    first, second, *_ = got["data"]
    assert first == {"timestamp": first["timestamp"], "status": "healthy", "response_time_ms": 12.5}
    assert second == {"timestamp": second["timestamp"], "status": "unhealthy", "response_time_ms": 90.0,
                      "error_message": 'no "answer", again'}
    exact = daemon.get("/api/v1/components/db/history?from=" + second["timestamp"].replace("+", "%2B"))
    assert exact["data"][0] == second and {row["status"] for row in exact["data"]} == {"unhealthy"}


def test_a_component_as_csv(daemon):
    kept(daemon, "/api/v1/components/db/history", both)
    head, *rows = text_of(daemon, "/api/v1/components/db/history?format=csv&range=7d")
    assert head == ["time", "status", "hold", "maintenance", "error", "response_us"]
    looks = [row for row in rows if row[2] != ""]
    assert [(row[1], row[4], row[5]) for row in looks[:2]] == [("healthy", "", "12500"),
                                                              ("unhealthy", 'no "answer", again', "90000")]


@pytest.mark.parametrize("span", ["24h", "7d", "1y", "100y"])
def test_a_component_as_columns(daemon, span):
    path = f"/api/v1/components/db/history?format=columns&range={span}"
    got = kept(daemon, path, both)
    assert set(got) == {"component", "from", "to", "now", "resolution_s", "found", "cut", "step_s", "values", "bands",
                        "quantiles", "strip", "gaps", "maintenance"}
    assert got["values"]["response_us"][:2] == [12500, 90000]
    assert len(got["step_s"]) == len(got["values"]["response_us"]) == got["found"]
    # Nothing was kept before: that time is a gap and no value.
    words = [word for _, word in got["strip"]]
    assert words[0] == "none" and words[-1] == "unhealthy" and got["strip"][0][0] == 0
    assert got["gaps"][0][0] == 0 and got["gaps"][0][1] <= got["step_s"][0] + 1
    assert got["maintenance"] == []
    assert got["from"] + 1000 * sum(got["step_s"]) <= got["to"] == got["now"]


def test_the_system_beyond_a_day(daemon):
    recent = kept(daemon, "/api/v1/history?format=columns", lambda got: got["found"] >= 3)
    longer = kept(daemon, "/api/v1/history?format=columns&range=30d", lambda got: got["found"] >= 3)
    assert set(recent) == set(longer)
    assert set(recent["values"]) == set(longer["values"])
    assert longer["to"] - longer["from"] == 30 * DAY * 1000
    assert longer["status"][0] == [0, "none"] and longer["status"][-1][1] == "degraded"
    assert longer["gaps"][0][0] == 0 and longer["gaps"][0][2] == "not recorded"
    assert ["daemon", "", "none", "started"] in [mark[1:5] for mark in longer["marks"]]
    first = recent["from"] + 1000 * recent["step_s"][0]
    assert abs(longer["from"] + 1000 * longer["step_s"][0] - first) <= 1000
    assert longer["values"]["health_score"][0] == recent["values"]["health_score"][0]
    objects = kept(daemon, "/api/v1/history?range=7d", lambda got: got["found"] >= 3)
    assert objects["data"][0] == daemon.get("/api/v1/history")["data"][0]
    head, *rows = text_of(daemon, "/api/v1/history?format=csv")
    assert head[:4] == ["time", "status", "hold", "health_score"] and len(rows) >= 3


def test_the_host_and_a_breaker(daemon):
    host = kept(daemon, "/api/v1/host/history")
    assert host["host"] == "" and 0 <= host["data"][-1]["memory_usage"] <= 100
    columns = kept(daemon, "/api/v1/host/history?format=columns&range=90d")
    assert len(columns["values"]["memory_usage"]) == len(columns["step_s"]) == columns["found"]
    breaker = kept(daemon, "/api/v1/breakers/vendor/history?range=7d")
    assert breaker["breaker"] == "vendor" and breaker["data"][0]["state"] == "closed"
    columns = daemon.get("/api/v1/breakers/vendor/history?format=columns&range=7d")
    assert columns["strip"][-1][1] == "closed"
    assert text_of(daemon, "/api/v1/breakers/vendor/history?format=csv")[0][:3] == ["time", "state", "hold"]


def test_strips_of_any_time(daemon):
    day = daemon.get("/api/v1/strips?names=db,feed,nobody")
    assert sorted(day["strips"]) == ["db", "feed"]
    kept(daemon, "/api/v1/components/db/history", both)
    year = daemon.get("/api/v1/strips?names=db,feed,nobody,db&range=1y")
    assert sorted(year["strips"]) == ["db", "feed"] and sorted(year["maintenance"]) == ["db", "feed"]
    words = [word for _, word in year["strips"]["db"]]
    assert words[0] == "none" and words[-2:] == ["healthy", "unhealthy"]
    assert year["gaps"][0][0] == 0 and year["to"] - year["from"] == 365 * DAY * 1000


def test_uptime(daemon):
    kept(daemon, "/api/v1/components/db/history", both)
    got = daemon.get("/api/v1/uptime?names=db,feed,nobody")
    assert got["windows"] == ["24h", "7d", "30d", "90d", "1y"] and sorted(got["uptime"]) == ["db", "feed"]
    for window in got["windows"]:
        feed, db = got["uptime"]["feed"][window], got["uptime"]["db"][window]
        assert set(db) == {"percent", "text", "up_s", "down_s", "maintenance_s", "unknown_s"}
        assert feed["percent"] == 100 and feed["text"] == "100 %" and feed["down_s"] == 0
        assert db["percent"] is not None and db["percent"] < 100 and "100" not in db["text"]
    seconds = [sum(got["uptime"]["db"][w][part] for part in ("up_s", "down_s", "maintenance_s", "unknown_s"))
               for w in got["windows"]]
    for found, days in zip(seconds, (1, 7, 30, 90, 365)):
        assert abs(found - days * DAY) <= 4, (found, days)


def test_changes_beyond_a_day(daemon):
    wanted = daemon.get("/api/v1/changes?name=db")["changes"]
    got = kept(daemon, "/api/v1/changes?name=db&range=30d", lambda got: len(got["changes"]) == len(wanted))
    assert got["changes"] == wanted and got["cut"] is False
    one = daemon.get("/api/v1/changes?name=db&range=30d&limit=1")
    assert one["changes"] == wanted[:1] and one["cut"] is (len(wanted) > 1)
    assert {c["kind"] for c in daemon.get("/api/v1/changes?range=7d&kind=daemon")["changes"]} == {"daemon"}
    assert daemon.get("/api/v1/changes?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z")["changes"] == []


def test_extent(daemon):
    got = kept(daemon, "/api/v1/history/extent", lambda got: got["raw_from"] is not None)
    assert set(got) == {"usable", "trouble", "raw_from", "rollup_from", "limited", "limit_bytes", "bytes", "damaged", "damage"}
    assert (got["usable"], got["trouble"], got["limited"], got["damaged"], got["damage"]) == (True, None, False, 0, None)
    assert got["rollup_from"] is None and got["limit_bytes"] == 4 << 30 and got["bytes"] > 0


def test_badges_of_longer_times(daemon):
    kept(daemon, "/api/v1/components/db/history", both)
    for window, words in (("24h", "24 h"), ("7d", "7 d"), ("30d", "30 d"), ("90d", "90 d"), ("1y", "1 y")):
        said = daemon.get(f"/badge/feed/uptime-{window}.json")
        assert (said["label"], said["message"], said["isError"]) == (f"uptime {words}", "100 %", False)
        picture = daemon.request("GET", f"/badge/feed/uptime-{window}.svg")
        assert picture[0] == 200 and f"uptime {words}: 100 %".encode() in picture[2]
    assert daemon.get("/badge/db/uptime-90d.json")["message"] != "100 %"
    for path in ("/badge/feed/uptime-2d.json", "/badge/nobody/uptime-7d.json", "/badge/feed/uptime-.json"):
        assert daemon.get(path, 404)["isError"] is True
    page = wait_until(lambda: "<small" in (text := daemon.request("GET", "/status")[2].decode()) and text, 60)
    assert '<small title="of the last 90 days">90 d: 100 %</small>' in page


BAD = ["range=", "range=1", "range=-1d", "range=101y", "range=0s", "range=1y1d", "range=7d&from=0", "range=7d&to=0",
       "range=%00", "from=yesterday", "from=2&to=1", "from=-1", "to=1e99", "points=2", "points=20001", "points=1e3",
       "method=mean", "format=xml", "format=CSV", "format="]


def test_bad_questions_get_problems(daemon):
    for path in ("history", "components/db/history", "breakers/vendor/history", "host/history"):
        for query in BAD:
            status, headers, body = daemon.request("GET", f"/api/v1/{path}?{query}")
            assert status == 400 and json.loads(body)["detail"], (path, query, status, body)
            assert headers["Content-Type"].startswith("application/problem+json")
    for path in ("uptime", "uptime?names=", "uptime?names=a,,b", "uptime?names=" + ",".join("abcdefghi"[i % 9] + str(i) for i in range(41)),
                 "strips?names=db&range=x", "strips?range=7d", "changes?range=x", "changes?range=7d&kind=none"):
        assert daemon.request("GET", "/api/v1/" + path)[0] == 400, path
    for path in ("components/nobody/history", "breakers/nobody/history", "components/%3Cscript%3E/history"):
        for query in ("", "?range=1y&format=columns", "?format=csv"):
            assert daemon.request("GET", f"/api/v1/{path}{query}")[0] == 404, path


def test_times_that_never_were(daemon):
    """Before anything was kept, in the future, of no length: nothing is invented."""
    now = int(time.time())
    for times in ("from=0&to=1", f"from={now + 3600}&to={now + 7200}", "from=1000&to=1000", "from=1970-01-01T00:00:00Z&to=1971-01-01T00:00:00Z"):
        for path in ("components/db/history", "host/history", "history"):
            got = daemon.get(f"/api/v1/{path}?{times}")
            assert got["found"] == 0 and got["data"] == [], (path, times)
            got = daemon.get(f"/api/v1/{path}?{times}&format=columns")
            assert got["found"] == 0 and got["step_s"] == [], (path, times)
            assert all(lane == [] for lane in got["values"].values())
        assert daemon.get(f"/api/v1/strips?names=db&{times}")["strips"]["db"][-1][1] in ("none", "unknown"), times


def test_who_is_no_more_is_answered_by_name(tmp_path):
    with Daemon(tmp_path, CONFIG) as daemon, Reporter(daemon) as reporter:
        told(daemon, reporter)
        kept(daemon, "/api/v1/components/feed/history")
        daemon.config.write_text(GONE)
        assert daemon.request("POST", "/-/reload")[0] == 200
        wait_until(lambda: daemon.request("GET", "/api/v1/components/feed")[0] == 404)
        got = daemon.get("/api/v1/components/feed/history?range=7d")
        assert got["found"] == 1 and got["data"][0]["status"] == "healthy"
        assert "feed" in daemon.get("/api/v1/strips?names=feed")["strips"]
        assert "feed" in daemon.get("/api/v1/strips?names=feed&range=30d")["strips"]
        assert daemon.get("/api/v1/uptime?names=feed")["uptime"]["feed"]["1y"]["up_s"] >= 0
        assert daemon.request("GET", "/badge/feed/uptime-7d.svg")[0] == 404


def test_without_a_store_the_last_day_goes_on(tmp_path):
    """Something else lies where the file should be: nothing can be read, and that is said."""
    broken = CONFIG + f"storage: {{ path: {tmp_path}/folder/bellwether.db }}\n"
    (tmp_path / "folder" / "bellwether.db").mkdir(parents=True)
    with Daemon(tmp_path, broken) as daemon, Reporter(daemon) as reporter:
        told(daemon, reporter)
        wait_until(lambda: daemon.get("/api/v1/history")["found"] >= 2)
        assert daemon.get("/api/v1/history?format=columns")["found"] >= 2
        assert daemon.get("/api/v1/strips?names=db")["strips"]["db"][-1][1] == "unhealthy"
        assert daemon.get("/api/v1/changes?name=db")["changes"]
        for path in ("components/db/history", "host/history", "history?range=7d", "strips?names=db&range=7d",
                     "uptime?names=db", "changes?range=7d", "history?format=csv"):
            status, _, body = daemon.request("GET", "/api/v1/" + path)
            assert status == 503 and len(json.loads(body)["detail"]) > 10, (path, status, body)
        extent = daemon.get("/api/v1/history/extent")
        assert extent["usable"] is False and extent["trouble"] and extent["raw_from"] is None
        assert daemon.request("GET", "/badge/db/uptime-7d.svg")[0] == 503
        assert daemon.request("GET", "/badge/db/uptime.svg")[0] == 200
        assert daemon.request("GET", "/status")[0] == 200
