"""Breakers of other processes: found, shown, told, ordered about; workers that die or hang; a daemon
that was not there meanwhile. The workers are real processes (tests/support/told_worker.c)."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from daemon import PROGRAM, Daemon, Events, wait_until

WORKER = pathlib.Path(PROGRAM).resolve().parent / "tests" / "support" / "told_worker"
LIVE = "/api/v1/live"
pytestmark = pytest.mark.skipif(not WORKER.exists(), reason=f"{WORKER} is not built")


class Worker:
    """One process that uses one breaker: `say(line)` gives its answer."""

    def __init__(self, region, name=None, options=""):
        self.child = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={**os.environ, "BELLWETHER_REGION": str(region)})
        self.origin = name and self.say(f"open {name} {options}")

    @property
    def pid(self):
        return self.child.pid

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(15)

    def leave(self):
        self.child.stdin.write("leave\n")
        self.child.stdin.flush()
        assert self.child.wait(15) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.kill()
        self.child.stdin.close()
        self.child.stdout.close()


def breaker(daemon, name):
    """As the document has it; None: not there."""
    return daemon.get("/api/v1/dashboard")["circuit_breakers"]["breakers"].get(name)


def wait_breaker(daemon, name, condition, seconds=5):
    return wait_until(lambda: (b := breaker(daemon, name)) and condition(b) and b, seconds, f"{name}: {breaker(daemon, name)}")


def changes(daemon, name):
    """(from, to, text) of the breaker, oldest first."""
    found = daemon.get(f"/api/v1/changes?kind=breaker&name={name}&limit=1000")["changes"]
    return [(c["from"], c["to"], c["text"]) for c in reversed(found)]


def metrics(daemon):
    lines = daemon.request("GET", "/metrics")[2].decode().splitlines()
    return {key: float(value) for key, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


NOTHING = "components: []\n"


def test_a_worker_is_shown_whoever_came_first(tmp_path):
    region = tmp_path / "breakers.region"
    with Worker(region, "before") as first:
        assert first.say("call success 3") == "applied"
        with Daemon(tmp_path, NOTHING) as daemon:
            assert wait_breaker(daemon, "before", lambda b: b["total_calls"] == 3)["shared"] is True
            with Worker(region, "after é<b>") as second:
                pass
            with Worker(region, "after") as second:
                second.say("call success 2")
                second.say("begin")
                shown = wait_breaker(daemon, "after", lambda b: b["workers"]["in_flight"] == 1)
                assert shown["workers"] == {"total": 1, "alive": 1, "failing": 0, "dead": 0, "overdue": 0,
                                            "in_flight": 1, "cause": None}
                assert (shown["probe_successes"], shown["success_threshold"], shown["probes_in_flight"]) == (0, 3, 0)
                detail = daemon.get("/api/v1/breakers/after")
                assert detail["config"]["failure_threshold"] == 5 and detail["config"]["configured"] is False
                (listed,) = detail["worker_list"]
                assert listed["pid"] == second.pid and listed["command"].startswith("told_worker"[:15])
                assert listed["alive"] and listed["in_flight"] == 1 and listed["busy_s"] >= 0
                assert (listed["admitted"], listed["failed"], listed["last_failure"]) == (3, 0, None)
                second.say("record success")
                wait_breaker(daemon, "after", lambda b: b["workers"]["in_flight"] == 0)
            assert daemon.get("/api/v1/region")["state"] == "shared"
            names = daemon.get("/api/v1/dashboard")["circuit_breakers"]
            assert names["total_breakers"] == 2 and names["states"]["closed"] == 2


def test_a_change_is_told_to_the_stream_within_a_second(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, "vendor", "failures=2") as worker:
        wait_breaker(daemon, "vendor", lambda b: b["state"] == "closed")
        live, plain = Events(daemon, path=LIVE), Events(daemon)
        assert live.next()[0] == "hello"
        begun = time.monotonic()
        assert worker.say("call failure 2") == "applied"
        _, _, patch = live.until(lambda e: e[0] == "patch" and "vendor" in e[2].get("breakers", {}).get("changed", {})
                                 and e[2]["breakers"]["changed"]["vendor"]["state"] == "open")
        assert time.monotonic() - begun < 1
        assert patch["breakers"]["states"]["open"] == 1
        plain.until(lambda e: e[0] == "change" and e[2]["circuit_breakers"]["breakers"]["vendor"]["state"] == "open")
        assert time.monotonic() - begun < 1
        _, _, mark = live.until(lambda e: e[0] == "mark" and e[2]["mark"][1] == "breaker")
        assert mark["mark"][2:5] == ["vendor", "closed", "open"]
        assert mark["mark"][5] == f"opened after 2 failures in a row, by pid {worker.pid} told_worker"
        assert breaker(daemon, "vendor")["open_since"] is not None
        opened = daemon.get("/api/v1/breakers/vendor")["events"][-1]
        assert (opened["from"], opened["to"], opened["reason"], opened["failures"], opened["pid"]) == \
            ("closed", "open", "consecutive_failures", 2, worker.pid)
        wait_until(lambda: any(a["title"] == "Circuit Breaker Open: vendor" for a in daemon.get("/api/v1/alerts")["alerts"]))
        live.close()
        plain.close()


def test_metrics_of_shared_breakers(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, 'a"b\\c', "failures=9") as worker:
        for call in ("success 4", "failure 2", "timeout 1", "ignored 3"):
            worker.say(f"call {call}")
        worker.say("begin")
        label = 'breaker="a\\"b\\\\c"'
        wait_until(lambda: metrics(daemon).get(f"bellwether_breaker_calls_in_flight{{{label}}}") == 1)
        got = metrics(daemon)
        counts = {o: got[f'bellwether_breaker_calls_total{{{label},outcome="{o}"}}'] for o in ("success", "failure", "timeout", "ignored")}
        assert counts == {"success": 4, "failure": 2, "timeout": 1, "ignored": 3}
        assert got[f'bellwether_breaker_state{{{label},state="closed"}}'] == 1
        assert got[f'bellwether_breaker_state{{{label},state="metrics_only"}}'] == 0
        assert got[f"bellwether_breaker_admitted_calls_total{{{label}}}"] == 11
        assert got[f'bellwether_breaker_workers{{{label},state="alive"}}'] == 1
        assert got[f'bellwether_breaker_workers{{{label},state="dead"}}'] == 0
        assert (got["bellwether_region_usable"], got["bellwether_region_breakers"]) == (1, 1)


def test_orders_reach_the_workers(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, "vendor") as worker:
        wait_breaker(daemon, "vendor", lambda b: True)
        for order, body, state, answer in (
                ("force-open", None, "forced_open", "forced_open"), ("enable", None, "closed", "admitted"),
                ("metrics-only", None, "metrics_only", "admitted"), ("disable", None, "disabled", "admitted"),
                ("reset", None, "closed", "admitted"), ("open-for", {"seconds": 30}, "open", "open")):
            got = daemon.post(f"/api/v1/breakers/vendor/{order}", body=body)
            assert got["breaker"]["state"] == state and got["name"] == "vendor", order
            assert worker.say("acquire") == answer, order
            if order == "open-for":
                assert 28 < got["breaker"]["time_until_retry"] <= 30
        texts = [text for _, _, text in changes(daemon, "vendor")]
        assert texts == [f"{what} through the API" for what in
                         ("forced open", "enabled", "set to measure only", "disabled", "reset", "opened for a given time")]
        for body in (None, {}, {"seconds": -1}, {"seconds": "1"}, {"seconds": 1, "x": 2}, {"seconds": 1e9}):
            assert "seconds" in daemon.post("/api/v1/breakers/vendor/open-for", 400, body)["detail"]
        assert daemon.post("/api/v1/breakers/nobody/reset", 404)["status"] == 404
        worker.say("reset")
        told = ("open", "closed", f"reset by pid {worker.pid} told_worker")
        wait_until(lambda: changes(daemon, "vendor")[-1] == told, what=f"{changes(daemon, 'vendor')}")


def test_a_killed_worker_with_calls_in_flight_is_shown_dead(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, "vendor") as living:
        living.say("call success")
        with Worker(daemon.region, "vendor") as killed, Worker(daemon.region, "vendor") as ends:
            for _ in range(3):
                killed.say("begin")
            ends.say("call success")
            wait_breaker(daemon, "vendor", lambda b: b["workers"]["alive"] == 3 and b["workers"]["in_flight"] == 3)
            killed.kill()
            ends.leave()
            shown = wait_breaker(daemon, "vendor", lambda b: b["workers"]["dead"] == 1)
            assert (shown["workers"]["total"], shown["workers"]["alive"], shown["workers"]["in_flight"]) == (2, 1, 0) or \
                wait_breaker(daemon, "vendor", lambda b: b["workers"]["total"] == 2, 10)
            listed = {w["pid"]: w for w in daemon.get("/api/v1/breakers/vendor")["worker_list"]}
            assert listed[killed.pid]["alive"] is False and listed[killed.pid]["in_flight"] == 3
            assert listed[living.pid]["alive"] is True and ends.pid not in listed
            assert metrics(daemon)['bellwether_breaker_workers{breaker="vendor",state="dead"}'] == 1


def test_calls_that_last_too_long_are_overdue(tmp_path):
    """By begin(), which says since when, and by acquire(), which does not."""
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, "vendor", "timeout=1") as one, \
            Worker(daemon.region, "vendor", "timeout=1") as two:
        assert (one.say("begin"), two.say("acquire"), two.say("acquire")) == ("admitted",) * 3
        shown = wait_breaker(daemon, "vendor", lambda b: b["workers"]["overdue"] == 3, 10)
        assert shown["workers"]["in_flight"] == 3
        assert metrics(daemon)['bellwether_breaker_calls_overdue{breaker="vendor"}'] == 3
        one.say("record timeout")
        wait_breaker(daemon, "vendor", lambda b: b["workers"]["overdue"] == 2)


def test_one_worker_is_the_cause(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon:
        workers = [Worker(daemon.region, "vendor", "failures=50") for _ in range(8)]
        try:
            for worker in workers:
                worker.say("call success 3")
            workers[5].say("call failure 4")
            shown = wait_breaker(daemon, "vendor", lambda b: b["workers"]["cause"])
            assert shown["workers"]["cause"] == f"1 of 8 workers is the cause: pid {workers[5].pid} told_worker"
            assert (shown["workers"]["alive"], shown["workers"]["failing"]) == (8, 1)
            for worker in workers:
                worker.say("call failure")
            shown = wait_breaker(daemon, "vendor", lambda b: b["workers"]["failing"] == 8)
            assert shown["workers"]["cause"] is None
        finally:
            for worker in workers:
                worker.__exit__()


def test_what_happened_without_the_daemon_is_told_once(tmp_path):
    """Killed with -9 twice; the workers go on. History is complete, nothing stands twice."""
    expected = []

    def trip(worker):
        worker.say("call failure 2")
        worker.say("reset")
        expected.extend([("closed", "open", f"opened after 2 failures in a row, by pid {worker.pid} told_worker"),
                         ("open", "closed", f"reset by pid {worker.pid} told_worker")])

    with Worker(tmp_path / "breakers.region", "vendor", "failures=2") as worker:
        trip(worker)
        daemon = Daemon(tmp_path, NOTHING)
        for _ in range(2):
            daemon.start()
            wait_until(lambda: changes(daemon, "vendor") == expected, what=f"{changes(daemon, 'vendor')}")
            trip(worker)
            wait_until(lambda: changes(daemon, "vendor") == expected, what=f"{changes(daemon, 'vendor')}")
            time_of_last = daemon.get("/api/v1/changes?kind=breaker&limit=1")["changes"][0]["at"]
            wait_until(lambda: metrics(daemon)["bellwether_store_queue_length"] == 0)
            daemon.stop(signal.SIGKILL)
            trip(worker)
        with daemon:
            wait_until(lambda: changes(daemon, "vendor") == expected, what=f"{changes(daemon, 'vendor')}")
            entries = daemon.get("/api/v1/changes?kind=breaker&limit=100")["changes"]
            times = [entry["at"] for entry in reversed(entries)]
            assert times == sorted(times) and len(set(times)) == len(times)
            assert entries[2]["at"] >= time_of_last
            daemon.stop()
        with daemon:
            assert changes(daemon, "vendor") == expected


def test_more_changes_than_the_region_keeps_are_counted(tmp_path):
    with Daemon(tmp_path, NOTHING) as daemon, Worker(daemon.region, "vendor") as worker:
        worker.say("reset")
        wait_until(lambda: len(changes(daemon, "vendor")) == 1)
        daemon.child.send_signal(signal.SIGSTOP)
        try:
            for _ in range(100):
                worker.say("reset")
        finally:
            daemon.child.send_signal(signal.SIGCONT)
        wait_until(lambda: any("changes were not seen" in c[2] for c in changes(daemon, "vendor")))
        told = changes(daemon, "vendor")
        (missed,) = [int(text.split()[0]) for _, _, text in told if "were not seen" in text]
        assert len(told) - 1 + missed == 101 and missed >= 36
        assert metrics(daemon)['bellwether_breaker_events_missed_total{breaker="vendor"}'] == missed


GUARDED = """components:
  - name: shop
    every: 1s
    breaker: { failure_threshold: 3, recovery_timeout: 60s }
    tcp: { host: 127.0.0.1, port: 1 }
breakers:
  - { name: vendor, failure_threshold: 7 }
"""


def test_the_configuration_is_the_authority_and_state_survives_the_daemon(tmp_path):
    with Worker(tmp_path / "breakers.region", "vendor", "failures=2") as worker:
        daemon = Daemon(tmp_path, GUARDED)
        with daemon:
            assert daemon.get("/api/v1/breakers/vendor")["config"]["failure_threshold"] == 7
            assert "breaker vendor had other rules" in daemon.log_text().replace('"', "")
            worker.say("call failure 3")
            assert worker.say("state") == "closed 1"
            wait_breaker(daemon, "shop", lambda b: b["state"] == "open", 10)
            with Worker(daemon.region, "shop") as other:  # the same breaker as the check's
                assert other.origin == "different" and other.say("begin") == "open"
            since = breaker(daemon, "shop")["open_since"]
            daemon.stop()
        with daemon:
            shown = breaker(daemon, "shop")
            assert (shown["state"], shown["open_since"]) == ("open", since)
            told = [c for c in changes(daemon, "shop")]
            assert told == [("closed", "open", "opened after 3 failures in a row")], told
            assert daemon.wait_status("shop", "unhealthy")["error_message"].startswith("Circuit breaker open")


def test_a_reload_leaves_what_is_shared(tmp_path):
    with Daemon(tmp_path, GUARDED) as daemon:
        assert daemon.get("/api/v1/breakers/vendor")["config"]["configured"] is True
        daemon.config.write_text(NOTHING)
        wait_until(lambda: not daemon.get("/api/v1/breakers/vendor")["config"]["configured"])
        daemon.config.write_text("region: { shared: false }\n" + GUARDED)
        wait_until(lambda: daemon.get("/api/v1/region")["state"] == "private")
        shown = breaker(daemon, "vendor")
        assert shown["shared"] is False and shown["workers"] is None
        daemon.config.write_text(GUARDED)
        wait_until(lambda: daemon.get("/api/v1/region")["state"] == "shared")
        assert wait_breaker(daemon, "vendor", lambda b: b["shared"])


def test_a_region_that_cannot_be_used_is_said_and_tried_again(tmp_path):
    region = tmp_path / "breakers.region"
    region.write_bytes(b"not a region" * 100)
    with Daemon(tmp_path, GUARDED) as daemon:
        told = daemon.get("/api/v1/region")
        assert told["state"] == "unusable" and "not shared" in told["notice"]
        assert told["notice"] in daemon.get("/api/v1/dashboard")["metadata"]["notices"]
        assert breaker(daemon, "vendor")["shared"] is False
        assert daemon.log_text().count("not shared with other processes") == 1
        region.unlink()
        wait_until(lambda: daemon.get("/api/v1/region")["state"] == "shared", 15)
        assert wait_breaker(daemon, "vendor", lambda b: b["shared"])
        assert daemon.get("/api/v1/dashboard")["metadata"]["notices"] == []
        with Worker(region, "vendor") as worker:
            worker.say("force-open")
            wait_breaker(daemon, "vendor", lambda b: b["state"] == "forced_open")


def test_a_region_that_is_replaced_is_joined_anew(tmp_path):
    with Daemon(tmp_path, GUARDED) as daemon:
        with Worker(daemon.region, "theirs") as worker:
            worker.say("force-open")
            wait_breaker(daemon, "theirs", lambda b: b["state"] == "forced_open")
        daemon.region.unlink()
        wait_until(lambda: breaker(daemon, "theirs") is None, 10)
        assert changes(daemon, "theirs")[-1][1:] == ("none", "its region is gone")
        with Worker(daemon.region, "vendor") as worker:
            assert worker.origin == "different"
            worker.say("force-open")
            wait_breaker(daemon, "vendor", lambda b: b["state"] == "forced_open")


def test_a_full_region_leaves_the_others_private(tmp_path):
    more = "".join(f"  - {{ name: b{n:04} }}\n" for n in range(150)) + f"  - {{ name: {'x' * 70} }}\n"
    with Worker(tmp_path / "breakers.region", "first"), Daemon(tmp_path, GUARDED + more) as daemon:
        told = daemon.get("/api/v1/region")
        assert told["state"] == "shared" and told["breakers"] == told["breakers_max"] == 128
        assert told["left_out"] == 153 - 127 and "26 breakers of the configuration are not shared" in told["notice"]
        assert told["notice"] in daemon.get("/api/v1/dashboard")["metadata"]["notices"]
        assert breaker(daemon, "b0149")["shared"] is False and breaker(daemon, "b0000")["shared"] is True
        assert daemon.post("/api/v1/breakers/b0149/force-open")["breaker"]["state"] == "forced_open"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_another_users_breakers_are_looked_at_only(tmp_path):
    try:
        subprocess.run([PROGRAM, "version"], check=True, capture_output=True, timeout=60, user=65534)
    except OSError:
        pytest.skip("other users cannot run this build")
    folder = pathlib.Path("/tmp") / f"bellwether-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    region = folder / "theirs.region"
    theirs = {"BELLWETHER_REGION": str(region)}

    def drop():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    try:
        with Worker(region, "vendor") as worker:
            worker.say("call success 2")
            os.chown(region, 0, 65534)
            region.chmod(0o640)
            own = tmp_path / "own"
            own.mkdir()
            os.chown(own, 65534, 65534)
            for parent in [own, *own.parents][:4]:
                if parent != pathlib.Path("/tmp"):
                    parent.chmod(0o755)
            with Daemon(own, GUARDED, environment=theirs, preexec=drop) as daemon:
                told = daemon.get("/api/v1/region")
                assert told["state"] == "read_only" and "only looked at" in told["notice"], told
                assert breaker(daemon, "vendor")["shared"] is False  # the configured one is its own
                with Worker(region, "feed") as other:
                    other.say("call success 2")
                    assert wait_breaker(daemon, "feed", lambda b: b["total_calls"] == 2)["shared"] is True
                    refused = daemon.post("/api/v1/breakers/feed/reset", 403)
                    assert refused["status"] == 403 and "another user" in refused["detail"]
    finally:
        region.unlink(missing_ok=True)
        folder.rmdir()
