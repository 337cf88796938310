"""StatusDashboard against the reference's own class, fed the same health; what the reference does not have, apart."""
import asyncio
import datetime
import enum
import json
import logging
import math
import pathlib
import random
import sys
import types

import pytest

import bellwether
from bellwether import dashboard as dashboards

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import reference  # noqa: E402
from test_eval_reference import differences, scenario  # noqa: E402

SEED = 20260302
SCENARIOS = reference.CHECK.with_name("dashboard.jsonl")
needs_reference = pytest.mark.skipif(not reference.MODULE.exists(), reason=f"no reference at {reference.MODULE}")
logging.getLogger("bellwether.dashboard").disabled = True


class Fed:
    """A dashboard whose health, breakers and clock are those of a tick."""

    def __init__(self, as_objects=False, names_breakers=False, asynchronous=False):
        self.tick, self.as_objects, self.names_breakers = None, as_objects, names_breakers
        self.dashboard = None
        self.health_source = self.later if asynchronous else self.health

    def health(self):
        if "error" in self.tick:
            raise RuntimeError(self.tick["error"])
        health = dict(self.tick["health"])
        if self.as_objects and "components" in health:
            health["components"] = {n: reference.Component(c) for n, c in health["components"].items()}
        if self.names_breakers:
            health["circuit_breakers"] = {n: types.SimpleNamespace(state=b.get("state", "unknown"))
                                          for n, b in self.tick.get("breakers", {}).items()}
        return health

    async def later(self):
        await asyncio.sleep(0)
        return self.health()

    def now(self):
        return datetime.datetime.fromisoformat(self.tick["now"]).timestamp()

    def document(self, tick):
        self.tick = tick
        self.dashboard = self.dashboard or dashboards.StatusDashboard(
            health=self.health_source, breakers=lambda: self.tick.get("breakers", {}), clock=self.now)
        return asyncio.run(self.dashboard.get_dashboard_data())


@pytest.fixture(scope="module")
def module():
    return reference.load_reference()


def compare(module, ticks, what, **options):
    wanted, fed = reference.documents(module, ticks), Fed(**options)
    for i, (tick, want) in enumerate(zip(ticks, wanted)):
        found = differences(want, fed.document(tick))
        assert not found, f"{what}, tick {i} ({json.dumps(tick)[:1000]}): {found[:3]}"


@needs_reference
@pytest.mark.parametrize("count, times", [(1, 150), (2, 40), (20, 20), (101, 2), (250, 1)])
def test_random_histories_are_answered_as_the_reference_answers(module, count, times):
    for i in range(times):
        rng = random.Random(f"{SEED}/{count}/{i}")
        compare(module, scenario(rng, count), f"history of {count}, {i}", as_objects=rng.random() < 0.5,
                names_breakers=rng.random() < 0.5, asynchronous=rng.random() < 0.5)


@pytest.mark.skipif(not SCENARIOS.exists(), reason=f"no scenarios at {SCENARIOS}")
def test_the_shared_scenarios_pass():
    check = reference.load(reference.CHECK)
    count = 0
    for line in SCENARIOS.open(encoding="utf-8"):
        told, fed = json.loads(line), Fed()
        documents = [fed.document(tick) for tick in told["ticks"]]
        for i, want in told["expect"].items():
            found = list(check.differences(want, documents[int(i)]))
            assert not found, f"{told['name']}, tick {i}: {found[:3]}"
            count += 1
    assert count >= 83


@needs_reference
def test_the_history_is_the_reference_s_list(module):
    ticks, fed = scenario(random.Random(SEED), 30), Fed()
    for tick in ticks:
        fed.document(tick)
    wanted = module.StatusDashboard()
    for tick in ticks:
        reference.Clock.present = reference.Clock.fromisoformat(tick["now"])
        reference.Tick.health, reference.Tick.breakers, reference.Tick.error = \
            tick.get("health"), tick.get("breakers", {}), tick.get("error")
        asyncio.run(wanted.get_dashboard_data())
    assert fed.dashboard.historical_data == wanted.historical_data
    assert [list(point) for point in fed.dashboard.historical_data] == [list(point) for point in wanted.historical_data]


@needs_reference
def test_alerts_are_of_the_breakers_in_health(module):
    """In the reference the alerts look at health's breakers, the summary at the registry's."""
    tick = {"now": "2026-03-02T14:30:00+00:00", "breakers": {"a": {"state": "open"}},
            "health": {"status": "degraded", "circuit_breakers": {"b": types.SimpleNamespace(state="half_open")}}}
    fed = Fed()
    document = fed.document(tick)
    assert [alert["title"] for alert in document["alerts"]] == ["System Degraded", "Circuit Breaker Testing: b"]
    assert list(document["circuit_breakers"]["breakers"]) == ["a"]
    tick["health"]["circuit_breakers"] = {}
    assert [alert["title"] for alert in fed.document(tick)["alerts"]] == ["System Degraded"]


TICK = {"now": "2026-03-02T14:30:00+00:00",
        "health": {"status": "unhealthy", "components": {"database": {"status": "unhealthy", "error": "refused"}},
                   "checks_summary": {"unhealthy": 1}, "resource_usage": {"cpu_percent": 81, "disk_percent": 97.5}},
        "breakers": {"tiingo": {"state": "half_open"}}}


def later(seconds, **changes):
    at = datetime.datetime.fromisoformat(TICK["now"]) + datetime.timedelta(seconds=seconds)
    return {**TICK, "now": at.isoformat(), **changes}


def test_the_summary_counts_what_fires():
    fed = Fed()
    fed.document(TICK)
    assert fed.dashboard.get_alert_summary() == {
        "total_alerts": 4, "critical": 2, "warning": 1, "info": 1, "last_check": "2026-03-02T14:30:00+00:00"}
    fed.document(later(30, health={"status": "healthy"}, breakers={}))
    assert fed.dashboard.get_alert_summary()["total_alerts"] == 0


def test_before_the_first_document_nothing_fires():
    assert dashboards.StatusDashboard().get_alert_summary()["total_alerts"] == 0


def test_thresholds_are_the_user_s():
    fed = Fed()
    fed.document(TICK)
    fed.dashboard.alert_thresholds.update(cpu_usage=99.5, disk_usage=97.25)
    titles = {a["title"]: a["message"] for a in fed.document(later(30))["alerts"]}
    assert "High CPU Usage" not in titles
    assert titles["High Disk Usage"] == "Disk usage is 97.5%, above threshold of 97.25%"


def test_the_history_can_be_replaced():
    fed, other = Fed(), Fed()
    for i in range(5):
        fed.document(later(30 * i))
    other.document(TICK)
    other.dashboard.historical_data = fed.dashboard.historical_data
    assert other.dashboard.historical_data == fed.dashboard.historical_data
    assert len(other.document(later(150))["historical"]["data"]) == 6
    other.dashboard.historical_data = []
    assert other.document(later(180))["historical"]["data"] == []


class Status(enum.Enum):
    HEALTHY = "healthy"


def test_values_come_back_as_they_were_given():
    moment, error = datetime.datetime(2026, 3, 2), ValueError("why")
    component = types.SimpleNamespace(status=Status.HEALTHY, response_time_ms=2**70, last_check=moment, error=error)
    health = {"components": {"database": component}, "checks_summary": {"healthy": 1},
              "resource_usage": {"memory_used_mb": math.inf}}
    document = Fed().document(later(0, health=health))
    assert document["components"]["database"] == {
        "status": Status.HEALTHY, "response_time_ms": 2**70, "last_check": moment, "has_error": True, "error_message": error}
    assert document["metrics"]["availability_percentage"] == 100
    assert document["resources"]["memory_used_mb"] == math.inf


@pytest.mark.parametrize("health", [
    {"components": {"a": {}}},
    {"components": {"a": object()}},
    {"components": 7},
    {"components": {7: {"status": "healthy"}}},
    {"components": {"a\0b": {"status": "healthy"}}},
    {"resource_usage": {"cpu_percent": None}},
    {"resource_usage": {"cpu_percent": "80"}},
    {"resource_usage": {"load_average": [1.0] * 17}},
    {"resource_usage": {"load_average": ["x"]}},
    None,
])
def test_health_that_is_none_gives_the_error_document(health):
    fed = Fed()
    fed.document(TICK)
    document = _with(fed, health).document(later(30))
    assert document["overview"]["overall_status"] == "error"
    assert document["overview"]["error"]
    assert document["metadata"]["error"] is True
    assert len(fed.dashboard.historical_data) == 1
    assert fed.dashboard.get_alert_summary()["critical"] == 1


def _with(fed, health):
    fed.dashboard._health = lambda: health
    return fed


@needs_reference
def test_in_the_reference_s_application_one_import_is_changed(module):
    """There the sources are the application's own, as in the reference's class."""
    ticks = scenario(random.Random(SEED), 12)
    wanted, clock = reference.documents(module, ticks), {}
    dashboard = dashboards.StatusDashboard(clock=lambda: clock.get("now", 0.0))
    for tick, want in zip(ticks, wanted):
        reference.Tick.health, reference.Tick.breakers, reference.Tick.error = \
            tick.get("health"), tick.get("breakers", {}), tick.get("error")
        clock["now"] = datetime.datetime.fromisoformat(tick["now"]).timestamp()
        dashboard.start_time = dashboard.start_time if tick is not ticks[0] else clock["now"]
        assert not differences(want, asyncio.run(dashboard.get_dashboard_data()))


@pytest.fixture
def alone(monkeypatch):
    """No application's modules: this process is a program of somebody else's."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "maverick_mcp"]:
        monkeypatch.delitem(sys.modules, name)


def test_breakers_of_this_process_are_shown(alone):
    breaker = bellwether.CircuitBreaker("vendor", failure_threshold=2)
    for _ in range(2):
        breaker.acquire().record("failure", 0.25)
    document = asyncio.run(dashboards.StatusDashboard().get_dashboard_data())
    assert document["circuit_breakers"]["breakers"]["vendor"] == {
        "state": "open", "failure_count": 2, "success_rate": 0, "avg_response_time": 0.25, "total_calls": 2}
    assert [alert["title"] for alert in document["alerts"]] == ["Circuit Breaker Open: vendor"]


def test_without_a_source_it_looks_at_this_host(alone):
    document = asyncio.run(dashboards.StatusDashboard(breakers=dict).get_dashboard_data())
    assert document["overview"]["overall_status"] == "unknown"
    assert document["resources"]["memory_total_mb"] > document["resources"]["memory_used_mb"] > 0
    assert 0 <= document["resources"]["cpu_percent"] <= 100
    assert len(document["resources"]["load_average"]) == 3
    assert document["components"] == {}


def test_the_module_s_own_dashboard(alone, monkeypatch):
    monkeypatch.setattr("bellwether.get_all_circuit_breaker_status", dict, raising=False)
    assert dashboards.get_dashboard_metadata()["last_updated"] is None
    document = asyncio.run(dashboards.get_dashboard_data())
    metadata = dashboards.get_dashboard_metadata()
    assert metadata["last_updated"] == document["metadata"]["last_updated"]
    assert metadata["refresh_interval"] == 30 and metadata["retention_hours"] == 24
    assert dashboards.get_status_dashboard().get_dashboard_metadata()["version"] == "1.0.0"
