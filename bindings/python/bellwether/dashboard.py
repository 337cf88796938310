"""The status dashboard: health, breakers and resources in, one document out.

``StatusDashboard().get_dashboard_data()`` answers as the reference's class of that name does: keys,
order, rounding, alert texts, history and error document. The arithmetic is libbellwether's, the same
that the daemon and ``bellwether eval`` use, and keys of its own (``score_factors``) stand beside.

Differences, on purpose: ``get_alert_summary()`` counts the alerts of the last document (a stub in the
reference), and where health comes from is an argument.
"""
from __future__ import annotations

import enum
import importlib
import inspect
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Union

from . import _native

__all__ = ["DASHBOARD_REFRESH_INTERVAL", "HISTORICAL_DATA_RETENTION", "HostHealth", "StatusDashboard",
           "get_dashboard_data", "get_dashboard_metadata", "get_status_dashboard"]

logger = logging.getLogger(__name__)

#: Seconds between two looks that the document advises.
DASHBOARD_REFRESH_INTERVAL = 30
#: Hours of history that are kept.
HISTORICAL_DATA_RETENTION = 24

Answer = Union[Mapping[str, Any], Awaitable[Mapping[str, Any]]]
Source = Callable[[], Answer]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_POINT = ("timestamp", "health_score", "availability", "response_time", "cpu_usage", "memory_usage",
          "circuit_breaker_health")
_RESOURCES = ("cpu_percent", "memory_percent", "disk_percent", "memory_used_mb", "memory_total_mb",
              "disk_used_gb", "disk_total_gb")
_BREAKER = (("success_rate", "success_rate"), ("avg_response_time", "avg_response_time"),
            ("total_calls", "total_calls"))


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, enum.Enum) else value)


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _component(component: Any) -> tuple[Any, Any, Any, Any]:
    """status, response time, last check, error; of a mapping only the first must be there."""
    if isinstance(component, Mapping):
        return (component["status"], component.get("response_time_ms"), component.get("last_check"),
                component.get("error"))
    return component.status, component.response_time_ms, component.last_check, component.error


def _state(breaker: Any) -> Any:
    return breaker.get("state", "unknown") if isinstance(breaker, Mapping) else breaker.state


def _breaker(breaker: Any) -> dict[str, Any]:
    """A breaker as the document shows it."""
    def of(key: str, default: Any) -> Any:
        is_mapping = isinstance(breaker, Mapping)
        return breaker.get(key, default) if is_mapping else getattr(breaker, key, default)

    metrics = of("metrics", {})
    shown = {"state": of("state", "unknown"), "failure_count": of("consecutive_failures", 0)}
    for key, name in _BREAKER:
        shown[key] = metrics.get(name, 0) if isinstance(metrics, Mapping) else getattr(metrics, name, 0)
    return shown


class HostHealth:
    """The health of this host alone, from /proc: the default of :class:`StatusDashboard`.

    It knows no components, so its status is ``unknown``: empty is never healthy. Call it; the answer
    has the shape that the dashboard expects of any health source.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._cpu = (0, 0)

    def _cpu_percent(self) -> float:
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        idle, total = ticks[3] + ticks[4], sum(ticks)
        before_idle, before = self._cpu
        if total > before:
            self._cpu = (idle, total)
            return round(100 * (1 - (idle - before_idle) / (total - before)), 1)
        return 0.0

    @staticmethod
    def _memory() -> tuple[float, float]:
        sizes = {}
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                words = line.split()
                sizes[words[0].rstrip(":")] = int(words[1]) / 1024
        return sizes["MemTotal"] - sizes["MemAvailable"], sizes["MemTotal"]

    def __call__(self) -> dict[str, Any]:
        used, total = self._memory()
        disk = os.statvfs("/")
        disk_total = disk.f_blocks * disk.f_frsize
        disk_used = disk_total - disk.f_bfree * disk.f_frsize
        return {
            "status": "unknown",
            "version": "unknown",
            "uptime_seconds": time.monotonic() - self._began,
            "components": {},
            "checks_summary": {"healthy": 0, "degraded": 0, "unhealthy": 0},
            "resource_usage": {
                "cpu_percent": self._cpu_percent(),
                "memory_percent": round(100 * used / total, 1),
                "disk_percent": round(100 * disk_used / disk_total, 1) if disk_total else 0.0,
                "memory_used_mb": round(used, 1),
                "memory_total_mb": round(total, 1),
                "disk_used_gb": round(disk_used / 2**30, 1),
                "disk_total_gb": round(disk_total / 2**30, 1),
                "load_average": list(os.getloadavg()),
            },
        }


def _of_application(module: str, name: str) -> Any:
    """What the reference imports by itself, where this process is the reference's application; None
    elsewhere. Nothing is imported of a package that the program does not use already."""
    if module.partition(".")[0] not in sys.modules:
        return None
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


class _StandardHealth:
    """The application's own health where there is one, else this host's."""

    def __init__(self) -> None:
        self._host = HostHealth()

    def __call__(self) -> Answer:
        source: Source | None = _of_application("maverick_mcp.api.routers.health_enhanced",
                                                "_get_detailed_health_status")
        return (source or self._host)()


def _standard_breakers() -> Mapping[str, Any]:
    """The breakers of this process: the application's, and the ones of this package."""
    from . import get_all_circuit_breaker_status

    source = _of_application("maverick_mcp.utils.circuit_breaker", "get_all_circuit_breaker_status")
    theirs: Mapping[str, Any] = source() if source else {}
    return {**theirs, **get_all_circuit_breaker_status()}


async def _ask(source: Source) -> Mapping[str, Any]:
    answer = source()
    found: Mapping[str, Any] = await answer if inspect.isawaitable(answer) else answer
    return found


class StatusDashboard:
    """Aggregates health, breakers and resources into the dashboard document.

    :param health: gives the health of this moment, called for each document: a function or coroutine
        function that returns ``{"status", "version", "uptime_seconds", "components": {name: ...},
        "checks_summary", "resource_usage"}``. A component is a mapping or an object with ``status``,
        ``response_time_ms``, ``last_check`` and ``error``. What it raises becomes the error document.
        Default: in the reference's application its own health collection, elsewhere
        :class:`HostHealth`.
    :param breakers: the same for the breakers: ``{name: {"state", "consecutive_failures", "metrics"}}``.
        Default: :func:`bellwether.get_all_circuit_breaker_status`. Alerts are of the breakers in
        ``health["circuit_breakers"]`` where health has that key, as in the reference.
    :param clock: seconds since 1970, for tests.

    May be used from several tasks and threads.
    """

    def __init__(self, *, health: Source | None = None, breakers: Source | None = None,
                 clock: Callable[[], float] = time.time) -> None:
        self._health: Source = health or _StandardHealth()
        self._breakers: Source = breakers or _standard_breakers
        self._clock = clock
        self._lock = threading.Lock()
        self._severities: list[str] = []
        self.start_time: float = clock()
        self._model = _native.Dashboard(self._us())
        self.last_update: datetime | None = None
        self.alert_thresholds: dict[str, float] = {
            "cpu_usage": 80.0,
            "memory_usage": 85.0,
            "disk_usage": 90.0,
            "response_time_ms": 5000.0,
            "failure_rate": 0.1,
        }

    def _us(self) -> int:
        return round(self._clock() * 1_000_000)

    @property
    def historical_data(self) -> list[dict[str, Any]]:
        """The points of the last 24 hours, oldest first, as a new list; assign one to replace them."""
        return [dict(zip(_POINT, (_moment(us).isoformat(), *values)))
                for us, *values in self._model.points()]

    @historical_data.setter
    def historical_data(self, points: list[dict[str, Any]]) -> None:
        model = _native.Dashboard(round(self.start_time * 1_000_000))
        for point in points:
            at = datetime.fromisoformat(point["timestamp"].replace("Z", "+00:00"))
            model.restore((at - _EPOCH) // timedelta(microseconds=1), *(point[key] for key in _POINT[1:]))
        with self._lock:
            self._model = model

    async def get_dashboard_data(self) -> dict[str, Any]:
        """The document of this moment; a point is added to the history."""
        try:
            health = await _ask(self._health)
            breakers = await _ask(self._breakers)
            with self._lock:
                document = self._document(health, breakers)
        except Exception as error:
            logger.error("Failed to generate dashboard data: %s", error)
            return self._get_error_dashboard(str(error))
        return document

    def _document(self, health: Mapping[str, Any], breakers: Mapping[str, Any]) -> dict[str, Any]:
        now = self._clock()
        us = round(now * 1_000_000)
        self._model.set_thresholds(*(self.alert_thresholds[key] for key in (
            "cpu_usage", "memory_usage", "disk_usage", "response_time_ms", "failure_rate")))
        own = self._feed(self._model, health, breakers)
        document: dict[str, Any] = json.loads(self._model.document(us))
        alerted = health.get("circuit_breakers")
        if alerted is not None and {n: _text(_state(b)) for n, b in alerted.items()} != \
                {n: _text(b["state"]) for n, b in own["breakers"].items()}:
            document["alerts"] = self._alerts(health, alerted, us)
        self._put_own(document, own)
        document["metadata"]["uptime_seconds"] = now - self.start_time
        self._model.sample(us)
        self._severities = [alert["severity"] for alert in document["alerts"]]
        self.last_update = _moment(us)
        return document

    @staticmethod
    def _feed(model: Any, health: Mapping[str, Any], breakers: Mapping[str, Any]) -> dict[str, Any]:
        """Fills the model; returns the values that the document hands through as they came."""
        summary, resources = health.get("checks_summary", {}), health.get("resource_usage", {})
        overview = {
            "overall_status": health.get("status", "unknown"),
            "uptime_seconds": health.get("uptime_seconds", 0),
            "version": health.get("version", "unknown"),
        }
        counts = {key: summary.get(key, 0) for key in ("healthy", "degraded", "unhealthy")}
        used = {key: resources.get(key, 0) for key in _RESOURCES}
        loads = resources.get("load_average", [])
        components, shown = {}, {}
        model.clear()
        model.set_overview(_text(overview["overall_status"]), _text(overview["version"]),
                           overview["uptime_seconds"], *counts.values())
        model.set_resources(*used.values(), tuple(loads))
        for name, component in health.get("components", {}).items():
            status, response, last_check, error = _component(component)
            model.set_component(name, _text(status), response, _text_or_none(last_check),
                                _text_or_none(error))
            components[name] = {"status": status, "response_time_ms": response, "last_check": last_check,
                                "error_message": error}
        for name, breaker in breakers.items():
            shown[name] = _breaker(breaker)
            model.set_breaker(name, _text(shown[name]["state"]), *list(shown[name].values())[1:])
        return {"overview": overview, "counts": counts, "resources": {**used, "load_average": loads},
                "components": components, "breakers": shown}

    def _alerts(self, health: Mapping[str, Any], alerted: Mapping[str, Any], us: int) -> list[Any]:
        """The alerts where health names other breakers, or other states, than the breakers' source."""
        model = _native.Dashboard(us)
        model.set_thresholds(*(self.alert_thresholds[key] for key in (
            "cpu_usage", "memory_usage", "disk_usage", "response_time_ms", "failure_rate")))
        self._feed(model, health, {name: {"state": _state(breaker)} for name, breaker in alerted.items()})
        alerts: list[Any] = json.loads(model.document(us))["alerts"]
        return alerts

    @staticmethod
    def _put_own(document: dict[str, Any], own: Mapping[str, Any]) -> None:
        """The reference hands values through; JSON would make text of a date and null of a NaN."""
        document["overview"].update(own["overview"])
        document["overview"]["component_breakdown"].update(own["counts"])
        document["resources"].update(own["resources"])
        usage = document["metrics"]["resource_utilization"]
        usage.update({key: own["resources"][key] for key in usage})
        for name, values in own["components"].items():
            document["components"][name].update(values)
        for name, values in own["breakers"].items():
            document["circuit_breakers"]["breakers"][name].update(values)

    def _get_error_dashboard(self, error_message: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(
            _native.Dashboard.error_document(error_message, self._us()))
        self._severities = [alert["severity"] for alert in document["alerts"]]
        return document

    def get_alert_summary(self) -> dict[str, Any]:
        """How many alerts the last document has, by severity; all 0 before the first."""
        counts = {word: self._severities.count(word) for word in ("critical", "warning", "info")}
        return {"total_alerts": len(self._severities), **counts, "last_check": _moment(self._us()).isoformat()}

    def get_dashboard_metadata(self) -> dict[str, Any]:
        """Version, last update, uptime and intervals."""
        return {
            "version": "1.0.0",
            "last_updated": self.last_update.isoformat() if self.last_update else None,
            "uptime_seconds": self._clock() - self.start_time,
            "refresh_interval": DASHBOARD_REFRESH_INTERVAL,
            "retention_hours": HISTORICAL_DATA_RETENTION,
        }


_dashboard = StatusDashboard()


def get_status_dashboard() -> StatusDashboard:
    """The dashboard of this process."""
    return _dashboard


async def get_dashboard_data() -> dict[str, Any]:
    """The document of the dashboard of this process."""
    return await _dashboard.get_dashboard_data()


def get_dashboard_metadata() -> dict[str, Any]:
    """The metadata of the dashboard of this process."""
    return _dashboard.get_dashboard_metadata()
