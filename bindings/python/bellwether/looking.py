"""What a breaker tells about itself."""
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .breaker import CircuitBreaker


@dataclasses.dataclass(frozen=True)
class Event:
    """One change of a breaker. `time` is seconds since 1970, `failures` those in a row then, `pid`
    who did it (0: not known any more). A reason "would_have_opened" has equal states."""

    from_state: str
    to_state: str
    reason: str
    time: float
    generation: int
    failures: int
    pid: int


@dataclasses.dataclass(frozen=True)
class Worker:
    """One process that used a breaker. Times are seconds since 1970, or None; counts are since it
    registered. `in_flight`: admitted and not ended; of a dead process: never ended. `is_foreign`:
    of another pid namespace, so that `is_alive` is a guess by its results."""

    pid: int
    command: str
    is_alive: bool
    is_foreign: bool
    registered: float
    admitted: int
    rejected: int
    failed: int
    in_flight: int
    busy_since: float | None
    last_result: float | None
    last_failure: float | None


class CircuitBreakerMetrics:
    """The figures of a breaker's window, looked up when asked."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker = breaker

    def get_stats(self) -> dict[str, Any]:
        """All of them: total_calls, success_rate, failure_rate, timeout_rate (0..1),
        avg_response_time and avg_duration (the same, seconds), last_failure_time (seconds since
        1970, or None), uptime_percentage (0..100)."""
        stats: dict[str, Any] = self._breaker.snapshot()["metrics"]
        return {**stats, "avg_duration": stats["avg_response_time"]}

    def get_total_calls(self) -> int:
        """Calls in the window."""
        return int(self.get_stats()["total_calls"])

    def get_success_rate(self) -> float:
        """0..1; 1 when there was no call."""
        return float(self.get_stats()["success_rate"])

    def get_failure_rate(self) -> float:
        """0..1."""
        return float(self.get_stats()["failure_rate"])

    def get_average_response_time(self) -> float:
        """Seconds."""
        return float(self.get_stats()["avg_response_time"])

    def get_last_failure_time(self) -> float | None:
        """Seconds since 1970; None when there is no failure in the window."""
        last: float | None = self.get_stats()["last_failure_time"]
        return last

    def get_uptime_percentage(self) -> float:
        """Share of the latest window that the breaker was closed, 0..100."""
        return float(self.get_stats()["uptime_percentage"])
