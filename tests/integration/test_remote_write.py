"""The history in real receivers: exactly, once, through outages of theirs and kills of the daemon."""
import base64
import json
import re
import signal
from datetime import datetime

import pytest

from daemon import Daemon, wait_until
from metric_stores import Prometheus, Victoria
from receivers import Hook

RESPONSE = 'bellwether_component_response_seconds{component="web"}'
STATE = 'bellwether_component_state{component="web"}'

needs_prometheus = pytest.mark.skipif(not Prometheus.program, reason="prometheus is not installed")
needs_victoria = pytest.mark.skipif(not Victoria.program, reason="victoria-metrics is not installed")
both = pytest.mark.parametrize("kind", [pytest.param(Prometheus, marks=needs_prometheus),
                                        pytest.param(Victoria, marks=needs_victoria)])


@pytest.fixture
def web():
    with Hook() as hook:
        yield hook


def configure(web, *targets):
    return json.dumps({
        "refresh_interval": "1s",
        "components": [{"name": "web", "http": {"url": web.url}, "every": "200ms"}],
        "remote_write": [{"every": "1s", "labels": {"instance": "here", "env": "test"}, **target}
                         for target in targets]})


def looks(daemon):
    """What the history has of the component: [(milliseconds, seconds)]."""
    return [(milliseconds(row["timestamp"]), round(row["response_time_ms"] * 1000) / 1e6)
            for row in history(daemon) if row["response_time_ms"] is not None]


def history(daemon):
    return daemon.get("/api/v1/components/web/history?limit=20000")["data"]


def milliseconds(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def arrived(store):
    series = store.series(RESPONSE)
    assert len(series) <= 1, series
    return series[0][1] if series else []


def expect_all(daemon, store):
    """Everything that the history has by now arrives, and nothing else."""
    wanted = looks(daemon)
    assert len(wanted) > 10
    last = wanted[-1][0]
    got = wait_until(lambda: (rows := arrived(store)) and rows[-1][0] >= last and rows, 120,
                     f"all up to {last} is there: {target_of(daemon)}")
    assert [row for row in got if row[0] <= last] == wanted


def target_of(daemon):
    return daemon.get("/api/v1/remote-write")["targets"][0]


@both
def test_values_arrive_exactly(tmp_path, web, kind):
    with kind(tmp_path).start() as store, Daemon(tmp_path, configure(web, {"url": store.url})) as daemon:
        wait_until(lambda: len(looks(daemon)) > 20, 60, "twenty looks")
        expect_all(daemon, store)
        statuses = {milliseconds(row["timestamp"]): row["status"] for row in history(daemon)}
        states = store.series(STATE)
        assert sorted(labels["state"] for labels, _ in states) == ["degraded", "healthy", "unhealthy", "unknown"]
        for labels, rows in states:
            assert labels == {"__name__": "bellwether_component_state", "component": "web", "env": "test",
                              "instance": "here", "job": "bellwether", "state": labels["state"]}
            assert [row for row in rows if row[0] in statuses] == [
                (at, float(status == labels["state"])) for at, status in statuses.items() if at <= rows[-1][0]]
        score, = store.series("bellwether_health_score")
        assert all(0 <= value <= 100 for _, value in score[1])
        target = target_of(daemon)
        assert target["state"] == "ok" and target["rejected"] == 0 and target["failures"] == 0
        assert target["host"] == f"127.0.0.1:{store.port}"
        metrics = daemon.request("GET", "/metrics")[2].decode()
        assert 'bellwether_remote_write_samples_total{target="1"}' in metrics
        assert 'bellwether_remote_write_failing{target="1"} 0' in metrics
        # What is sent goes by the names of /metrics, so that a dashboard works on both.
        sent = {labels["__name__"] for labels, _ in store.series('{job="bellwether"}')}
        assert "bellwether_host_load1" in sent and "bellwether_component_in_maintenance" in sent
        assert sent <= set(re.findall(r"^# TYPE (\S+)", metrics, re.M))


@both
def test_an_outage_is_caught_up(tmp_path, web, kind):
    with kind(tmp_path) as store, Daemon(tmp_path, configure(web, {"url": store.url})) as daemon:
        wait_until(lambda: len(looks(daemon)) > 20 and target_of(daemon)["state"] == "failing", 60,
                   "it is missed")
        assert "refused" in target_of(daemon)["trouble"]
        store.start()
        expect_all(daemon, store)
        target = target_of(daemon)
        assert target["rejected"] == 0 and target["lost_seconds"] == 0 and target["failures"] > 0


@both
def test_kills_lose_and_double_nothing(tmp_path, web, kind):
    with kind(tmp_path).start() as store:
        config = configure(web, {"url": store.url, "samples": 50})
        for _ in range(3):
            with Daemon(tmp_path, config) as daemon:
                before = target_of(daemon)["samples"]
                wait_until(lambda: target_of(daemon)["samples"] > before + 50, 60, "something is sent")
                daemon.stop(signal.SIGKILL)
        with Daemon(tmp_path, config) as daemon:
            wait_until(lambda: target_of(daemon)["samples"] > 50, 60, "something is sent")
            expect_all(daemon, store)
            target = target_of(daemon)
            assert target["rejected_ever"] == 0 and target["lost_seconds"] == 0


@needs_prometheus
def test_what_nobody_looks_at_ends(tmp_path, web):
    with Prometheus(tmp_path).start() as store:
        with Daemon(tmp_path, configure(web, {"url": store.url})) as daemon:
            wait_until(lambda: store.latest(STATE), 60, "it is there")
            daemon.config.write_text(configure(web, {"url": store.url}).replace('"web"', '"other"'))
            daemon.post("/-/reload")
            wait_until(lambda: not store.latest(STATE), 60, "its series have ended")
            wait_until(lambda: store.latest('bellwether_component_state{component="other"}'), 60, "others go on")


def test_a_failed_request_is_made_again_as_it_was(tmp_path, web):
    with Hook() as hook:
        hook.answers = [{"status": 401, "body": "token s3cret is wrong"}, "close", "hang"]
        config = configure(web, {"url": hook.url + "/k3y?a=b", "user": "me", "password": "s3cret",
                                 "timeout": "1s", "headers": {"X-Tenant": "t3nant"}})
        with Daemon(tmp_path, config) as daemon:
            wait_until(lambda: len(hook.requests) > 4, 120, "requests")
            first = hook.requests[0]
            assert all(request["body"] == first["body"] for request in hook.requests[1:4])
            assert hook.requests[4]["body"] != first["body"]
            assert first["method"] == "POST" and first["path"] == "/k3y?a=b"
            headers = {name.lower(): value for name, value in first["headers"].items()}
            assert headers["content-encoding"] == "snappy"
            assert headers["content-type"] == "application/x-protobuf"
            assert headers["x-prometheus-remote-write-version"] == "0.1.0"
            assert headers["x-tenant"] == "t3nant" and "expect" not in headers
            assert headers["authorization"] == "Basic " + base64.b64encode(b"me:s3cret").decode()
            target = wait_until(lambda: (one := target_of(daemon))["state"] == "ok" and one, 60, "it works")
            assert target["failures"] == 3 and target["rejected"] == 0
            told = json.dumps(daemon.get("/api/v1/remote-write")) + daemon.log_text()
            told += daemon.request("GET", "/metrics")[2].decode()
            for secret in ("s3cret", "k3y", "t3nant"):
                assert secret not in told


def test_self_watch_tells_of_a_target(tmp_path, web):
    with Hook() as hook:
        config = json.loads(configure(web, {"url": hook.url, "name": "central"}))
        with Daemon(tmp_path, json.dumps({**config, "self_watch": True})) as daemon:
            daemon.wait_status("bellwether.remote_write.central", "healthy", 60)
            hook.answers = [{"status": 400, "body": "out of order"}] * 10000
            seen = daemon.wait_status("bellwether.remote_write.central", "degraded", 60)
            assert "HTTP 400: out of order" in json.dumps(seen)
