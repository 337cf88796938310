"""The settings of a breaker, and the words for its states."""
from __future__ import annotations

import dataclasses
import enum
from typing import Any


class CircuitState(str, enum.Enum):
    """The state of a breaker. The last three are overrides, given by hand."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    FORCED_OPEN = "forced_open"
    DISABLED = "disabled"
    METRICS_ONLY = "metrics_only"

    __str__ = str.__str__


class FailureDetectionStrategy(str, enum.Enum):
    """What opens a breaker: failures in a row, a rate in the window, or any of them."""

    CONSECUTIVE_FAILURES = "consecutive"
    FAILURE_RATE = "failure_rate"
    TIMEOUT_RATE = "timeout_rate"
    COMBINED = "combined"

    __str__ = str.__str__


ExceptionClasses = type[BaseException] | tuple[type[BaseException], ...]


@dataclasses.dataclass
class CircuitBreakerConfig:
    """The settings of one breaker; all times are seconds.

    Attributes:
        name: 1 to 63 bytes; the same name is the same breaker for all processes of the host.
        failure_threshold: failures in a row that open.
        failure_rate_threshold: share of failures (or of timeouts) in the window that opens.
        timeout_threshold: a failure that took so long is a timeout; coroutines are cancelled then.
        recovery_timeout: how long the breaker stays open before it lets probes through.
        success_threshold: probes that must succeed before it closes.
        window_size: how far back the rates look.
        detection_strategy: what opens.
        expected_exceptions: what counts as a failure; anything else does not count at all.
        minimum_calls: rates say nothing before so many calls are in the window.
        max_probes: probes in flight at once, at most 8; 0: success_threshold.
        retry_multiplier: the open period grows by it with every failed probe.
        retry_jitter: 0 to 1; the open period is drawn from 1 -/+ this.
        max_open: the longest open period; 0: no limit.
        lump: failures within so many seconds of another count once; 0: each counts.
        min_failing_workers: opening needs failures of so many processes.
        slow_success_counts: a success that took slow_threshold counts as a timeout in the rates.
        slow_threshold: 0: timeout_threshold.
    """

    name: str
    failure_threshold: int = 5
    failure_rate_threshold: float = 0.5
    timeout_threshold: float = 10.0
    recovery_timeout: float = 60.0
    success_threshold: int = 3
    window_size: float = 60.0
    detection_strategy: FailureDetectionStrategy | str = FailureDetectionStrategy.COMBINED
    expected_exceptions: ExceptionClasses = (Exception,)
    minimum_calls: int = 5
    max_probes: int = 0
    retry_multiplier: float = 1.0
    retry_jitter: float = 0.0
    max_open: float = 0.0
    lump: float = 0.0
    min_failing_workers: int = 1
    slow_success_counts: bool = False
    slow_threshold: float = 0.0

    def settings(self) -> dict[str, Any]:
        """What the processes share: everything but the name and the exceptions."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)
                if field.name not in ("name", "expected_exceptions")}
