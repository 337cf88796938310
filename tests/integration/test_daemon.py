"""The whole daemon over HTTP: documents, endpoints, live events, reload, restart, faults."""
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemon import PROGRAM, Daemon, Events, wait_until

EVERY = "    every: 1s\n    timeout: 500ms\n"


class Listener:
    """A TCP peer that can be stopped and started again on the same port."""

    def __init__(self):
        self.socket = None
        self.port = 0
        self.start()

    def start(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", self.port))
        self.port = self.socket.getsockname()[1]
        self.socket.listen(64)
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    @staticmethod
    def accept(listening):
        while True:
            try:
                listening.accept()[0].close()
            except OSError:
                return

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def peer():
    listener = Listener()
    yield listener
    try:
        listener.stop()
    except OSError:
        pass


def firing(daemon, kind):
    """Alerts of one type: a busy machine may well have others of its own."""
    return [a for a in daemon.get("/api/v1/alerts?state=firing")["alerts"] if a["type"] == kind]


def number_of(event_id):
    """7 of "7-1772461800": ids also tell one run of the daemon from another."""
    return int(event_id.split("-")[0])


def config_of(peer, more=""):
    return (f"refresh_interval: 1s\ncomponents:\n  - name: peer\n    group: net\n    critical: true\n{EVERY}"
            f"    tcp: {{ host: 127.0.0.1, port: {peer.port} }}\n{more}")


def test_without_a_configuration_the_host_and_the_daemon_are_watched(tmp_path):
    with Daemon(tmp_path) as daemon:
        daemon.wait_status("bellwether", "healthy")
        document = wait_until(lambda: (d := daemon.get("/api/v1/dashboard"))["resources"]["known"] and d)
        assert list(document)[:8] == ["overview", "components", "circuit_breakers", "resources", "metrics",
                                      "alerts", "historical", "metadata"]
        assert {"host", "bellwether"} <= set(document["components"])
        assert document["resources"]["memory_total_mb"] > 0
        assert document["resources"]["load_average"]
        assert 0 <= document["metrics"]["system_health_score"] <= 100
        assert document["overview"]["overall_status"] in ("healthy", "degraded", "unknown")


def test_every_endpoint_answers_as_the_description_says(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer) + "breakers: [{ name: vendor }]\n") as daemon:
        daemon.wait_status("peer", "healthy")
        description = daemon.get("/api/v1/openapi.json")
        for path, operations in description["paths"].items():
            if "{id}" in path or path.endswith("/test") or path in ("/api/v1/events", "/api/v1/live"):
                continue
            filled = path.replace("components/{name}", "components/peer").replace("{name}", "vendor")
            filled = filled.replace("{component}", "peer").replace("{file}", "status.svg")
            filled += "?names=peer" if path.endswith(("/strips", "/uptime")) else ""
            for method, operation in operations.items():
                if path.endswith("/report"):
                    continue
                wants = '{"seconds": 30}' if "requestBody" in operation else None
                if path.endswith("/silences") and wants:
                    wants = '{"match": ["component=other"], "by": "ada", "reason": "a test", "for": "1h"}'
                status, headers, body = daemon.request(method.upper(), filled, wants)
                assert str(status) in operation["responses"], (method, path, status, body[:300])
                assert status < 400, (method, path, status, body[:300])
                wanted = list(operation["responses"][str(status)]["content"])[0]
                assert headers["Content-Type"].split(";")[0] == wanted, path


def test_unknown_names_and_bad_queries_get_problem_documents(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        for method, path, status in [
            ("GET", "/api/v1/components/nobody", 404), ("POST", "/api/v1/components/nobody/check", 404),
            ("GET", "/api/v1/breakers/nobody", 404), ("POST", "/health/circuit-breakers/nobody/reset", 404),
            ("GET", "/api/v1/alerts/a99", 404), ("GET", "/api/v1/alerts/x", 404), ("GET", "/nothing", 404),
            ("GET", "/api/v1/components?status=fine", 400), ("GET", "/api/v1/components?limit=-1", 400),
            ("GET", "/api/v1/components?sort=age", 400), ("GET", "/api/v1/alerts?state=x", 400),
            ("GET", "/api/v1/history?from=yesterday", 400), ("GET", "/api/v1/history?points=1", 400),
            ("GET", "/api/v1/components/peer/history?method=mean", 400), ("GET", "/api/v1/history?from=20&to=10", 400),
            ("DELETE", "/api/v1/dashboard", 405), ("POST", "/api/v1/dashboard", 405),
            ("PUT", "/api/v1/components/peer/report", 400),
        ]:
            got, headers, body = daemon.request(method, path)
            assert got == status, (method, path, got, body)
            assert headers["Content-Type"] == "application/problem+json", path
            problem = json.loads(body)
            assert problem["status"] == status and problem["title"], path


def test_a_dead_peer_shows_everywhere_and_comes_back(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        daemon.wait_status("peer", "healthy")
        assert daemon.get("/health/ready")["status"] == "ready"
        events = Events(daemon)
        assert events.next()[0] == "snapshot"
        peer.stop()
        _, _, change = events.until(lambda e: e[0] == "change" and
                                    e[2]["components"].get("peer", {}).get("status") == "unhealthy")
        assert "refused" in change["components"]["peer"]["error_message"]
        assert change["overview"]["overall_status"] == "unhealthy"
        assert daemon.get("/health/ready", status=503)["component"] == "peer"
        alerts = wait_until(lambda: firing(daemon, "system_health"))
        assert [a["title"] for a in alerts] == ["System Unhealthy"]
        assert daemon.get("/api/v1/alerts/summary")["critical"] >= 1
        one = daemon.get(f"/api/v1/alerts/{alerts[0]['id']}")
        assert one["state"] == "firing" and one["message"] == "One or more critical components are unhealthy"
        document = daemon.get("/api/v1/dashboard")
        assert "System Unhealthy" in [a["title"] for a in document["alerts"]]
        assert 'bellwether_component_state{component="peer",state="unhealthy"} 1' in \
            daemon.request("GET", "/metrics")[2].decode()
        peer.start()
        daemon.wait_status("peer", "healthy")
        wait_until(lambda: not firing(daemon, "system_health"))
        assert daemon.get("/api/v1/alerts?state=resolved")["alerts"][0]["resolved"]
        history = wait_until(lambda: (h := daemon.get("/api/v1/components/peer/history"))["found"] > 3 and h)
        assert {"healthy", "unhealthy"} <= {row["status"] for row in history["data"]}
        events.close()


def test_events_resume_where_they_stopped(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        daemon.wait_status("peer", "healthy")
        other = Events(daemon)  # keeps the stream heard
        events = Events(daemon)
        assert events.next()[0] == "snapshot"
        _, last, first = events.until(lambda e: e[0] == "change")
        events.close()
        resumed = Events(daemon, last_id=last)
        kind, following, data = resumed.next()
        assert kind in ("change", "sample") and number_of(following) == number_of(last) + 1
        assert data["seq"] == number_of(following)
        beat = resumed.until(lambda e: e[0] == "heartbeat", seconds=10)
        assert beat[0] == "heartbeat" and beat[2]["now"]
        resumed.close()
        stale = Events(daemon, last_id="1-5")
        assert stale.next()[0] == "snapshot"
        stale.close()
        other.close()


def test_history_is_sampled_whether_or_not_anybody_looks(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        daemon.wait_status("peer", "healthy")
        points = wait_until(lambda: (h := daemon.get("/api/v1/history"))["found"] >= 3 and h["data"])
        times = [p["timestamp"] for p in points]
        assert times == sorted(times)
        assert set(points[0]) >= {"timestamp", "health_score", "availability", "response_time", "cpu_usage",
                                  "memory_usage", "circuit_breaker_health"}


def test_push_reports_and_check_now(tmp_path):
    config = "components:\n  - name: job\n    push: { every: 5s, grace: 5s }\n"
    with Daemon(tmp_path, config) as daemon:
        assert daemon.component("job")["status"] == "unknown"
        daemon.post("/api/v1/components/job/report", 202, {"status": "degraded", "error": "late <b>data</b>",
                                                           "response_time_ms": 12.5}, method="PUT")
        got = daemon.wait_status("job", "degraded")
        assert got["error_message"] == "late <b>data</b>" and got["response_time_ms"] == 12.5
        for bad in ({"status": "fine"}, {}, {"status": "healthy", "response_time_ms": -1},
                    {"status": "healthy", "error": 5}, {"status": "healthy", "message": "ok"}):
            daemon.post("/api/v1/components/job/report", 400, bad, method="PUT")
        got, _, body = daemon.request("PUT", "/api/v1/components/job/report", "{not json")
        assert got == 400 and "line 1" in json.loads(body)["detail"]
        daemon.post("/api/v1/components/job/report", 202, {"status": "healthy"}, method="PUT")
        daemon.wait_status("job", "healthy")
        daemon.post("/api/v1/components/job/check", 202)


def test_a_breaker_stops_the_calls_and_lets_them_through_again(tmp_path, peer):
    config = (f"components:\n  - name: vendor\n    every: 300ms\n    timeout: 200ms\n"
              f"    tcp: {{ host: 127.0.0.1, port: {peer.port} }}\n"
              f"    breaker: {{ failure_threshold: 2, recovery_timeout: 2s, success_threshold: 1 }}\n"
              f"  - name: vendor-view\n    breaker: shared\n    every: 1s\nbreakers: [{{ name: shared }}]\n")
    with Daemon(tmp_path, config) as daemon:
        daemon.wait_status("vendor", "healthy")
        daemon.wait_status("vendor-view", "healthy")
        peer.stop()
        got = wait_until(lambda: (c := daemon.component("vendor"))["error_message"] and
                         c["error_message"].startswith("Circuit breaker open") and c)
        assert got["status"] == "unhealthy"
        breaker = daemon.get("/api/v1/breakers/vendor")["breaker"]
        assert breaker["state"] == "open" and breaker["time_until_retry"] > 0
        assert breaker["open_since"].startswith("20")
        titles = [a["title"] for a in wait_until(lambda: firing(daemon, "circuit_breaker"))]
        assert titles == ["Circuit Breaker Open: vendor"]
        peer.start()
        daemon.wait_status("vendor", "healthy")
        daemon.post("/api/v1/breakers/shared/force-open")
        assert daemon.wait_status("vendor-view", "unhealthy")["error_message"] == \
            "Circuit breaker open due to failures"
        daemon.post("/health/circuit-breakers/shared/reset")
        daemon.wait_status("vendor-view", "healthy")
        daemon.post("/health/circuit-breakers/reset-all")


def test_a_reload_keeps_state_and_a_bad_one_changes_nothing(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        since = daemon.wait_status("peer", "healthy")["since"]
        daemon.config.write_text(config_of(peer, f"  - name: second\n{EVERY}    file: {{ path: / }}\n"))
        wait_until(lambda: daemon.get("/api/v1/components")["total"] == 2, what="the changed file is read")
        assert daemon.component("peer")["since"] == since
        daemon.config.write_text("components:\n  - name: peer\n    tpc: {}\n")
        got, _, body = daemon.request("POST", "/-/reload")
        assert got == 422 and "tpc" in json.loads(body)["detail"] and "tcp" in json.loads(body)["detail"]
        assert daemon.get("/api/v1/components")["total"] == 2
        wait_until(lambda: any("not in force" in n for n in
                               daemon.get("/api/v1/dashboard")["metadata"]["notices"]))
        assert "keeping the old configuration" in daemon.log_text()
        assert b"bellwether_config_last_reload_successful 0" in daemon.request("GET", "/metrics")[2]
        daemon.config.write_text(config_of(peer) + "server: { listen: 127.0.0.1:1 }\n")
        daemon.child.send_signal(signal.SIGHUP)
        wait_until(lambda: daemon.get("/api/v1/components")["total"] == 1)
        wait_until(lambda: any("takes a restart" in n for n in
                               daemon.get("/api/v1/dashboard")["metadata"]["notices"]))
        assert "second" not in daemon.get("/api/v1/dashboard")["components"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_history_states_and_alerts_survive(tmp_path, peer, number):
    config = config_of(peer)
    daemon = Daemon(tmp_path, config).start()
    try:
        daemon.wait_status("peer", "healthy")
        peer.stop()
        daemon.wait_status("peer", "unhealthy")
        alert = wait_until(lambda: firing(daemon, "system_health"))[0]
        found = wait_until(lambda: (h := daemon.get("/api/v1/history"))["found"] >= 3 and h["found"])
        since = daemon.component("peer")["since"]
        wait_until(lambda: daemon.get("/api/v1/components/peer/history")["data"][-1]["status"] == "unhealthy")
        time.sleep(1.5)  # what is older than the documented second must survive kill -9
        daemon.stop(number)
        daemon.start()
        assert daemon.get("/api/v1/history")["found"] >= found
        again = wait_until(lambda: firing(daemon, "system_health"))[0]
        assert (again["id"], again["fired"]) == (alert["id"], alert["fired"])
        daemon.wait_status("peer", "unhealthy")
        assert daemon.component("peer")["since"] == since
    finally:
        daemon.stop(signal.SIGKILL)


def test_a_damaged_or_unwritable_store_is_told_and_checks_go_on(tmp_path, peer):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bellwether.db").write_bytes(os.urandom(8192))
    with Daemon(tmp_path, config_of(peer)) as daemon:
        daemon.wait_status("peer", "healthy")
        assert any("damaged" in n or "not a database" in n
                   for n in daemon.get("/api/v1/dashboard")["metadata"]["notices"])
    config = config_of(peer) + "storage: { path: /proc/nowhere/bellwether.db }\n"
    other = tmp_path / "other"
    other.mkdir()
    with Daemon(other, config) as daemon:
        daemon.wait_status("peer", "healthy")
        assert daemon.get("/api/v1/dashboard")["metadata"]["notices"]
        assert wait_until(lambda: firing(daemon, "storage"))[0]["title"] == "History Not Kept"


def test_a_data_folder_that_cannot_be_is_told_on_the_page(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer), ["--data", "/proc/nowhere"]) as daemon:
        assert any("keeping history in memory only" in n
                   for n in daemon.get("/api/v1/dashboard")["metadata"]["notices"])


def test_a_start_that_cannot_be_says_whose_fault_it_is(tmp_path):
    for arguments, status, text in (
            (["--listen", "nonsense"], 64, "bellwether: cannot listen on nonsense: "),
            (["--config", str(tmp_path / "none.yaml")], 66, f"bellwether: {tmp_path}/none.yaml: ")):
        got = subprocess.run([PROGRAM, "serve", "--data", str(tmp_path), *arguments],
                             capture_output=True, text=True, timeout=60)
        assert (got.returncode, got.stderr.startswith(text)) == (status, True), got.stderr


def test_a_second_daemon_on_the_same_port_is_told_so(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer)) as daemon:
        second = subprocess.run([PROGRAM, "serve", "--listen", f"127.0.0.1:{daemon.port}",
                                 "--data", str(tmp_path / "second")], capture_output=True, text=True, timeout=20)
        assert second.returncode == 69
        assert second.stderr.startswith("bellwether: ") and str(daemon.port) in second.stderr
        assert "another process uses the port" in second.stderr


def test_no_descriptors_left_is_unknown_not_unhealthy(tmp_path, peer):
    more = "".join(f"  - name: c{i:03}\n{EVERY}    tcp: {{ host: 127.0.0.1, port: {peer.port} }}\n"
                   for i in range(40))

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    with Daemon(tmp_path, config_of(peer, more), preexec=few) as daemon:
        held = []
        for _ in range(60):  # idle readers take every descriptor
            held.append(socket.create_connection(("127.0.0.1", daemon.port), timeout=5))
        time.sleep(2.5)
        for sock in held:
            sock.close()
        rows = wait_until(lambda: daemon.get("/api/v1/components")["components"])
        assert not [r for r in rows if r["status"] == "unhealthy"], rows
        wait_until(lambda: all(r["status"] == "healthy" for r in daemon.get("/api/v1/components")["components"]))


def test_metrics_are_what_promtool_expects(tmp_path, peer):
    with Daemon(tmp_path, config_of(peer) + "breakers: [{ name: vendor }]\n") as daemon:
        daemon.wait_status("peer", "healthy")
        text = daemon.request("GET", "/metrics")[2]
    assert b"bellwether_health_score " in text
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=20)
    assert check.returncode == 0 and check.stdout + check.stderr == b"", check


def test_a_stop_is_graceful_and_quick(tmp_path, peer):
    daemon = Daemon(tmp_path, config_of(peer)).start()
    events = Events(daemon)
    assert events.next()[0] == "snapshot"
    begun = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begun < 8
    assert events.until(lambda e: e[0] is None, 10)[0] is None


def test_systemd_is_told(tmp_path, peer):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(15)
        environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}
        with Daemon(tmp_path, config_of(peer), environment=environment) as daemon:
            seen = set()
            while not {b"READY=1", b"WATCHDOG=1"} <= seen:
                seen.add(manager.recv(4096))
            daemon.stop()
            while b"STOPPING=1" not in seen:
                seen.add(manager.recv(4096))
