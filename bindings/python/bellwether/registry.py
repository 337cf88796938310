"""The breakers of this process by name."""
from __future__ import annotations

import functools
import hashlib
import inspect
import weakref
from collections.abc import Callable
from typing import Any, TypeVar, cast

from .breaker import CircuitBreaker
from .config import ExceptionClasses, FailureDetectionStrategy

F = TypeVar("F", bound=Callable[..., Any])

NAME_MAX = 63  # bytes

_made: weakref.WeakValueDictionary[str, CircuitBreaker] = weakref.WeakValueDictionary()
_kept: dict[str, CircuitBreaker] = {}  # registered, or around a function


def remember(breaker: CircuitBreaker) -> None:
    """Notes a new breaker for as long as somebody holds it; the first of a name is found."""
    _made.setdefault(breaker.name, breaker)


def register_circuit_breaker(name: str, breaker: CircuitBreaker) -> None:
    """Keeps a breaker, to be found under `name`."""
    if not isinstance(name, str):
        raise TypeError(f"name must be a str, not {type(name).__name__}")
    if not isinstance(breaker, CircuitBreaker):
        raise TypeError(f"breaker must be a CircuitBreaker, not {type(breaker).__name__}")
    _kept[name] = breaker


def get_circuit_breaker(name: str) -> CircuitBreaker | None:
    """The breaker of this process with that name; None when it has none."""
    return _kept.get(name) or _made.get(name)


def get_all_circuit_breakers() -> dict[str, CircuitBreaker]:
    """The breakers of this process by name."""
    return {**_made, **_kept}


def get_all_circuit_breaker_status() -> dict[str, dict[str, Any]]:
    """CircuitBreaker.get_status() of every breaker of this process, by name."""
    return {name: breaker.get_status() for name, breaker in get_all_circuit_breakers().items()}


get_circuit_breaker_status = get_all_circuit_breaker_status


def reset_all_circuit_breakers() -> int:
    """Resets every breaker that this process has, for all processes. Returns how many."""
    breakers = get_all_circuit_breakers().values()
    for breaker in breakers:
        breaker.reset()
    return len(breakers)


def _name_of(function: Callable[..., Any]) -> str:
    """module.function; of a longer one than a breaker's name may be, its end and a checksum."""
    name = f"{function.__module__}.{getattr(function, '__qualname__', 'unknown')}"
    whole = name.encode()
    if len(whole) <= NAME_MAX:
        return name
    head = hashlib.blake2b(whole, digest_size=4).hexdigest() + "~"
    return head + whole[len(head) - NAME_MAX:].decode(errors="ignore")


def circuit_breaker(name: str | None = None, failure_threshold: int | None = None,
                    failure_rate_threshold: float | None = None,
                    timeout_threshold: float | None = None, recovery_timeout: float | None = None,
                    expected_exceptions: ExceptionClasses | None = None,
                    success_threshold: int | None = None, window_size: float | None = None,
                    detection_strategy: FailureDetectionStrategy | str | None = None,
                    **more: Any) -> Callable[[F], F]:
    """A decorator that guards a function with the breaker `name` (None: module.function).

    Functions with the same name share the breaker; the settings of the first one in this process
    hold. The arguments are CircuitBreaker's, all to be given by keyword.
    """
    if callable(name):
        raise TypeError("write @circuit_breaker() with parentheses")

    def decorate(function: F) -> F:
        wanted = name or _name_of(function)
        breaker = get_circuit_breaker(wanted) or CircuitBreaker(
            wanted, failure_threshold, failure_rate_threshold, timeout_threshold, recovery_timeout,
            success_threshold, window_size, detection_strategy, expected_exceptions, **more)
        guarded = breaker(function)
        _kept.setdefault(wanted, breaker)
        return guarded

    return decorate


def with_circuit_breaker(service_name: str) -> Callable[[F], F]:
    """A decorator that looks the breaker up at every call, so that it may be registered later. When
    this process has none of that name, it attaches to the host's."""
    def decorate(function: F) -> F:
        def find() -> CircuitBreaker:
            breaker = get_circuit_breaker(service_name)
            if breaker is None:
                breaker = _kept[service_name] = CircuitBreaker(service_name)
            return breaker

        if inspect.iscoroutinefunction(function):
            @functools.wraps(function)
            async def waiting(*args: Any, **kwargs: Any) -> Any:
                return await find().call_async(function, *args, **kwargs)
            return cast(F, waiting)

        @functools.wraps(function)
        def calling(*args: Any, **kwargs: Any) -> Any:
            return find().call(function, *args, **kwargs)
        return cast(F, calling)

    return decorate


with_async_circuit_breaker = with_circuit_breaker
