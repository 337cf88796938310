"""What the package raises and warns of."""
from __future__ import annotations

import os
import sys
import warnings
from typing import Any

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class CircuitBreakerError(Exception):
    """A call was not made, because its breaker rejected it.

    Attributes:
        name: the breaker's name (`service` is the same).
        state: its state when it rejected: "open", "half_open" or "forced_open".
        reason: "open", "half_open_full" (all probes are out) or "forced_open".
        retry_after: seconds until the next call may be tried; None when that is not known.
    """

    def __init__(self, name: str, state: str = "open", reason: str = "open",
                 retry_after: float | None = None) -> None:
        super().__init__(name, state, reason, retry_after)

    # The arguments are the attributes: an error that is caught and dropped, as most rejections
    # are, costs no more than it must, and pickles.
    @property
    def name(self) -> str:
        """The breaker's name."""
        return str(self.args[0])

    service = name

    @property
    def state(self) -> str:
        """The state that rejected."""
        return str(self.args[1])

    @property
    def reason(self) -> str:
        """Why: "open", "half_open_full" or "forced_open"."""
        return str(self.args[2])

    @property
    def retry_after(self) -> float | None:
        """Seconds until the next try; None: not known."""
        seconds: float | None = self.args[3]
        return seconds

    @property
    def context(self) -> dict[str, Any]:
        """State and time until the next try (seconds, one decimal), for a log line."""
        seconds = self.retry_after
        return {"state": self.state,
                "time_until_retry": None if seconds is None else round(seconds, 1)}

    def __str__(self) -> str:
        if self.reason == "half_open_full":
            why = "is half open and all its probes are out"
        elif self.reason == "forced_open":
            why = "was opened by hand, until enable() or reset()"
        else:
            why = "is open"
        when = "" if self.retry_after is None else f"; try again in {self.retry_after:.1f} s"
        return f"circuit breaker {self.name!r} {why}: the call was not made{when}"


class ExternalServiceError(Exception):
    """Something went wrong between here and a service outside."""


class CallTimeoutError(ExternalServiceError, TimeoutError):
    """A coroutine took longer than its breaker's timeout_threshold and was cancelled.

    Attributes:
        name: the breaker's name (`service` is the same).
        timeout: the limit, in seconds.
    """

    def __init__(self, name: str, timeout: float) -> None:
        super().__init__(name, timeout)
        self.name = self.service = name
        self.timeout = timeout

    def __str__(self) -> str:
        return f"the call through circuit breaker {self.name!r} took longer than {self.timeout:g} s"


class ConfigurationMismatchWarning(UserWarning):
    """A breaker of this name exists with another configuration, which stays."""


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warns at the line that called into this package, however deep inside it was noticed."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and os.path.abspath(frame.f_code.co_filename).startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
