"""CircuitBreaker: the breaker that all processes of a host share under one name."""
from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import enum
import functools
import inspect
import os
import sys
import types
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from . import _native
from .config import CircuitBreakerConfig, CircuitState, ExceptionClasses, FailureDetectionStrategy
from .errors import (CallTimeoutError, CircuitBreakerError, ConfigurationMismatchWarning,
                     warn_caller)
from .looking import CircuitBreakerMetrics, Event, Worker
from .region import Region, shared_region
from .retry import retry_after_from_response

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

_TIMEOUTS: tuple[type[BaseException], ...] = tuple(dict.fromkeys(
    (TimeoutError, asyncio.TimeoutError, concurrent.futures.TimeoutError)))
_reported: set[tuple[str, ...]] = set()  # mismatches that were warned of; as many as breakers

_native.setup(CircuitBreakerError, types.CoroutineType, types.MethodType)
os.register_at_fork(after_in_child=_native.forked)


def _plain(value: Any) -> Any:
    """Words of an enum as text, a timedelta as seconds."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return value


def _classes(value: Any) -> Any:
    """A list of exception classes is as good as a tuple."""
    return tuple(value) if isinstance(value, (list, set, frozenset)) else value


def _rebuild(given: dict[str, Any]) -> CircuitBreaker:
    return CircuitBreaker(**given)


class CircuitBreaker(_native.Breaker):
    """A circuit breaker; the same name is the same breaker for all processes of this host.

    It is a decorator, a context manager (`with`, `async with`), and has call(), call_async() and
    acquire(). Any number of threads and tasks may use it. Without a single setting it attaches to
    whatever is there under its name; a setting that differs from what is there is reported by a
    ConfigurationMismatchWarning and does not hold.

    Args:
        name: 1 to 63 bytes without control characters; or a CircuitBreakerConfig, alone.
        failure_threshold: failures in a row that open; 5.
        failure_rate_threshold: share of failures, or of timeouts, in the window that opens; 0.5.
        timeout_threshold: seconds; a failure that took so long is a timeout; 10. A coroutine is
            cancelled then, and CallTimeoutError raised (see `enforce_timeout`).
        recovery_timeout: seconds it stays open before it lets probes through; 60.
        success_threshold: probes that must succeed before it closes; 3.
        window_size: seconds that the rates look back; 60.
        detection_strategy: "combined", "consecutive", "failure_rate" or "timeout_rate".
        expected_exceptions: a class or several; what counts as a failure; Exception. What is not
            expected does not count. KeyboardInterrupt, SystemExit, GeneratorExit and cancelled
            tasks never count unless named here; neither does a rejection by a breaker further in.
        strategy: another name for detection_strategy.
        ignored_exceptions: exceptions that do not count although they are expected.
        timeout_exceptions: exceptions that are timeouts, beside TimeoutError; they always count.
        is_failure: is asked about every result; true: the call counts as a failure.
        open_for_retry_after: is asked about every result and exception; seconds: the breaker opens
            for so long. True: retry_after_from_response.
        max_retry_after: seconds that open_for_retry_after may ask for at most; 3600.
        enforce_timeout: False: coroutines may take as long as they like.
        minimum_calls, max_probes, retry_multiplier, retry_jitter, max_open, lump,
            min_failing_workers, slow_success_counts, slow_threshold: see CircuitBreakerConfig.
        shared: False: a breaker of this object alone.
        region: a Region, or the path of its file; None: the host's.
        on_unavailable: "local", "admit" or "error", when the region cannot be used (see Region).

    Raises:
        TypeError, ValueError: an argument is not what it must be; the text names it.
        OSError: the region cannot be used, with on_unavailable="error".
    """

    def __init__(self, name: str | CircuitBreakerConfig, failure_threshold: int | None = None,
                 failure_rate_threshold: float | None = None,
                 timeout_threshold: float | None = None, recovery_timeout: float | None = None,
                 success_threshold: int | None = None, window_size: float | None = None,
                 detection_strategy: FailureDetectionStrategy | str | None = None,
                 expected_exceptions: ExceptionClasses | None = None, *,
                 strategy: FailureDetectionStrategy | str | None = None,
                 ignored_exceptions: ExceptionClasses = (),
                 timeout_exceptions: ExceptionClasses = (),
                 is_failure: Callable[[Any], Any] | None = None,
                 open_for_retry_after: Callable[[Any], float | None] | bool | None = None,
                 max_retry_after: float = 3600.0, enforce_timeout: bool = True,
                 minimum_calls: int | None = None, max_probes: int | None = None,
                 retry_multiplier: float | None = None, retry_jitter: float | None = None,
                 max_open: float | None = None, lump: float | None = None,
                 min_failing_workers: int | None = None, slow_success_counts: bool | None = None,
                 slow_threshold: float | None = None, shared: bool = True,
                 region: Region | str | os.PathLike[str] | None = None,
                 on_unavailable: str = "local") -> None:
        given = {key: value for key, value in locals().items()
                 if key not in ("self", "__class__") and value is not None}
        settings = {key: given[key] for key in _SETTINGS if key in given}
        if strategy is not None:
            if detection_strategy is not None:
                raise TypeError("strategy and detection_strategy are the same setting: give one")
            settings["detection_strategy"] = strategy
        if isinstance(name, CircuitBreakerConfig):
            if settings:
                raise TypeError("settings come from the CircuitBreakerConfig or as arguments, "
                                f"not both: {', '.join(settings)}")
            settings = name.settings()
            expected_exceptions = name.expected_exceptions
            name = name.name
        if not isinstance(name, str):
            raise TypeError(f"name must be a str, not {type(name).__name__}")
        if open_for_retry_after is True:
            open_for_retry_after = retry_after_from_response
        extra = _classes(timeout_exceptions)
        policy = (Exception if expected_exceptions is None else _classes(expected_exceptions),
                  _classes(ignored_exceptions),
                  _TIMEOUTS + (extra if isinstance(extra, tuple) else (extra,)),
                  is_failure, open_for_retry_after or None, _plain(max_retry_after))
        self._given = given
        self._enforce_timeout = enforce_timeout
        self._region = _region_of(region, shared, on_unavailable)
        asked = {key: _plain(value) for key, value in settings.items()}
        super().__init__(self._region._native, name, asked or None, policy)
        self._limit = float(self._settings()["timeout_threshold"])
        if self._is_different:
            _report_mismatch(self, asked)
        if shared and not self.is_shared and self._region.info()["kind"] == "shared":
            warn_caller(f"circuit breaker {name!r} is not shared: its region is full or busy",
                        RuntimeWarning)
        from .registry import remember
        remember(self)

    # ---- calls ----

    def __call__(self, function: F) -> F:
        """Decorates a function, a coroutine function, or a class or static method.

        TypeError for generator functions: their body runs after the call, so put the `with` block
        inside them; and for classes.
        """
        if isinstance(function, (staticmethod, classmethod)):
            return cast(F, type(function)(self(function.__func__)))
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{_name_of(function)} is a generator function, whose body runs after "
                            "the call: use `with breaker:` inside it")
        if inspect.isclass(function):
            raise TypeError(f"a breaker guards functions; {_name_of(function)} is a class")
        if not callable(function):
            raise TypeError(f"a breaker guards functions, not {type(function).__name__}")
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
                getattr(function, "__call__", None)):
            return cast(F, self._guard_coroutine(function))
        guarded = self.guard(function)
        functools.update_wrapper(guarded, function)
        return cast(F, guarded)

    def _guard_coroutine(self, function: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
        async def guarded(*args: Any, **kwargs: Any) -> R:
            return await self.call_async(function, *args, **kwargs)

        functools.update_wrapper(guarded, function)
        guarded.breaker = self  # type: ignore[attr-defined]
        return guarded

    def call_sync(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """The same as call()."""
        result: R = self.call(function, *args, **kwargs)
        return result

    async def call_async(self, function: Callable[..., Awaitable[R]], *args: Any,
                         **kwargs: Any) -> R:
        """Awaits function(*args, **kwargs) through the breaker.

        Raises:
            CircuitBreakerError: rejected; the function was not called.
            CallTimeoutError: it took longer than timeout_threshold and was cancelled.
        """
        ticket = self.acquire()
        with ticket:
            awaitable = function(*args, **kwargs)
            if not hasattr(awaitable, "__await__"):
                ticket.record("cancelled")
                raise TypeError(f"{_name_of(function)} gave {type(awaitable).__name__}, which "
                                "cannot be awaited: use call()")
            result = await (self._in_time(awaitable) if self._enforce_timeout else awaitable)
            return ticket._finish(result)

    if sys.version_info >= (3, 11):
        async def _in_time(self, awaitable: Awaitable[R]) -> R:
            scope = asyncio.timeout(self._limit)
            try:
                async with scope:
                    return await awaitable
            except TimeoutError as error:
                if scope.expired():
                    raise CallTimeoutError(self.name, self._limit) from error
                raise
    else:
        async def _in_time(self, awaitable: Awaitable[R]) -> R:
            task = asyncio.ensure_future(awaitable)
            try:
                return await asyncio.wait_for(task, self._limit)
            except asyncio.TimeoutError as error:
                if task.cancelled():
                    raise CallTimeoutError(self.name, self._limit) from error
                raise

    async def __aenter__(self) -> CircuitBreaker:
        self.__enter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: types.TracebackType | None) -> None:
        self.__exit__(kind, error, trace)

    # ---- looking ----

    @property
    def state(self) -> CircuitState:
        """The state now. An open breaker whose time is up stays "open" until the next call."""
        return CircuitState(self._snapshot()["state"])

    @property
    def is_open(self) -> bool:
        """Are calls rejected until a time?"""
        return self.state is CircuitState.OPEN

    @property
    def is_closed(self) -> bool:
        """Do calls go out as usual?"""
        return self.state is CircuitState.CLOSED

    @property
    def consecutive_failures(self) -> int:
        """Failures in a row."""
        return int(self._snapshot()["consecutive_failures"])

    @property
    def config(self) -> CircuitBreakerConfig:
        """The settings that hold now, for all processes."""
        expected = self._given.get("expected_exceptions", (Exception,))
        if isinstance(self._given["name"], CircuitBreakerConfig):
            expected = self._given["name"].expected_exceptions
        settings = self._settings()
        settings["detection_strategy"] = FailureDetectionStrategy(settings["detection_strategy"])
        return CircuitBreakerConfig(self.name, expected_exceptions=expected, **settings)

    @property
    def region(self) -> Region:
        """The region that it lives in."""
        return self._region

    def configure(self, **settings: Any) -> None:
        """Changes settings (of CircuitBreakerConfig) for all processes; state and counts stay."""
        if "strategy" in settings:
            settings["detection_strategy"] = settings.pop("strategy")
        self._configure({key: _plain(value) for key, value in settings.items()})
        self._limit = float(self._settings()["timeout_threshold"])

    def time_until_retry(self) -> float | None:
        """Seconds until the first probe; 0.0: it may go now; None: not open."""
        seconds: float | None = self._snapshot()["time_until_retry"]
        return seconds

    def snapshot(self) -> dict[str, Any]:
        """All that is known: name, state, consecutive_failures, time_until_retry (seconds, None
        unless open), metrics (of the window: total_calls, success_rate, failure_rate and
        timeout_rate 0..1, avg_response_time in seconds, last_failure_time in seconds since 1970 or
        None, uptime_percentage), generation, retry_due, probes_in_flight, probe_successes, lifetime
        (counts since creation: admitted, rejected, success, failure, timeout, ignored, late),
        changed_at and not_closed_since (seconds since 1970, or None)."""
        return self._snapshot()

    def get_status(self) -> dict[str, Any]:
        """The snapshot with time_until_retry to one decimal, `config` and `shared`."""
        status = self._snapshot()
        if status["time_until_retry"] is not None:
            status["time_until_retry"] = round(status["time_until_retry"], 1)
        status["metrics"]["avg_duration"] = status["metrics"]["avg_response_time"]
        status["config"] = self._settings()
        status["shared"] = self.is_shared
        return status

    def get_metrics(self) -> CircuitBreakerMetrics:
        """The figures of the window."""
        return CircuitBreakerMetrics(self)

    def events(self) -> list[Event]:
        """The latest changes, oldest first; at most 64 are kept."""
        return self.events_after(0)[0]

    def events_after(self, cursor: int) -> tuple[list[Event], int, int]:
        """(changes after `cursor`, the cursor for the next call, how many were missed); begin
        with 0."""
        found, after, missed = self._events(cursor)
        return [Event(**event) for event in found], after, missed

    def workers(self) -> list[Worker]:
        """The processes that used this breaker, at most 256."""
        return [Worker(**worker) for worker in self._workers()]

    # ---- as an object ----

    def __repr__(self) -> str:
        try:
            return f"<CircuitBreaker {self.name!r} {self.state.value}>"
        except RuntimeError:
            return "<CircuitBreaker, never opened>"

    def __copy__(self) -> CircuitBreaker:
        return self  # the same name is the same breaker

    def __deepcopy__(self, memo: dict[int, Any]) -> CircuitBreaker:
        return self

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], CircuitBreaker], tuple[dict[str, Any]]]:
        """Pickles by its arguments: the other process attaches to the same breaker."""
        if isinstance(self._given.get("region"), Region):
            if self._region._private:
                raise TypeError("a breaker of a private region cannot be pickled")
            return _rebuild, ({**self._given, "region": self._region._path},)
        return _rebuild, (self._given,)


_SETTINGS = tuple(CircuitBreakerConfig("").settings())


def _name_of(thing: Any) -> str:
    return getattr(thing, "__qualname__", None) or type(thing).__name__


def _region_of(region: Any, shared: bool, on_unavailable: str) -> Region:
    if isinstance(region, Region):
        return region
    if region is not None and not isinstance(region, (str, os.PathLike)):
        raise TypeError(f"region must be a Region or a path, not {type(region).__name__}")
    if not shared:
        return Region(private=True)
    return shared_region(region, on_unavailable)


def _report_mismatch(breaker: CircuitBreaker, asked: dict[str, Any]) -> None:
    """Warns once a process of settings that were asked for and do not hold."""
    holds = breaker._settings()
    wanted = {**CircuitBreakerConfig(breaker.name).settings(), **asked}
    texts = [f"{key} is {holds[key]!r}, not {_plain(value)!r}" for key, value in wanted.items()
             if holds[key] != _plain(value)]
    key = (breaker.name, breaker.region.info()["path"], *texts)
    if texts and key not in _reported:
        _reported.add(key)
        warn_caller(f"circuit breaker {breaker.name!r} exists with another configuration, which "
                    f"stays: {', '.join(texts)}", ConfigurationMismatchWarning)
