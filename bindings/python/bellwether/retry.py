"""Retry-After: how long a server asks to be left alone."""
from __future__ import annotations

import datetime
import email.utils
import time
from typing import Any

_STATUSES = (429, 503)


def _first(thing: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        value = getattr(thing, name, None)
        if value is not None:
            return value
    return None


def parse_retry_after(text: str, now: float | None = None) -> float | None:
    """Seconds to wait by the text of a Retry-After header: a whole number or an HTTP date.

    Args:
        text: the header's value.
        now: seconds since 1970 that a date is measured from; None: now.

    Returns:
        Seconds, never negative; None when the text is neither.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= 12 else None
    try:
        when = email.utils.parsedate_to_datetime(text)
        if when.tzinfo is None:  # an HTTP date is always GMT, also where it does not say so
            when = when.replace(tzinfo=datetime.timezone.utc)
        return max(0.0, when.timestamp() - (time.time() if now is None else now))
    except (TypeError, ValueError, OverflowError):
        return None


def retry_after_from_response(thing: Any) -> float | None:
    """Seconds that a response, or an exception that carries one, asks to wait.

    Understands what requests, httpx, aiohttp and urllib give: an object with `headers`, or with a
    `response` that has them. Only the statuses 429 and 503 count. Made for
    `CircuitBreaker(open_for_retry_after=retry_after_from_response)`.

    Returns:
        Seconds, never negative; None when nothing is asked.
    """
    response = getattr(thing, "response", None)
    if getattr(response, "headers", None) is None:
        response = thing
    headers = getattr(response, "headers", None)
    status = _first(response, ("status_code", "status", "code"))
    if headers is None or not hasattr(headers, "get"):
        return None
    if isinstance(status, int) and status not in _STATUSES:
        return None
    text = headers.get("Retry-After") or headers.get("retry-after")
    return parse_retry_after(text) if isinstance(text, str) else None
