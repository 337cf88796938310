"""The memory that breakers live in: one file for all processes of a host."""
from __future__ import annotations

import os
import threading
from typing import Any

from . import _native
from .errors import warn_caller


class Region:
    """The breakers' memory. Most programs never name it: CircuitBreaker opens the shared one.

    Args:
        path: the file; None: $BELLWETHER_REGION, or /dev/shm/bellwether-<uid>/breakers.v<major>.
        on_unavailable: what to do where the file cannot be used: "local" (breakers of this process
            alone, and a RuntimeWarning), "admit" (every call goes out, nothing is recorded, and a
            RuntimeWarning) or "error" (OSError).
        private: memory of this process and nobody else's; `path` is not used.
        manual_clock: time stands still until advance(); for tests of code that uses breakers.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *,
                 on_unavailable: str = "local", private: bool = False,
                 manual_clock: bool = False) -> None:
        self._path = None if path is None else os.fsdecode(os.fspath(path))
        self._private = private
        self._on_unavailable = on_unavailable
        self._native = _native.open_region(self._path, on_unavailable, private, manual_clock)
        trouble = self.info()["trouble"]
        if trouble:
            kind = "every process has its own breakers" if on_unavailable == "local" else \
                "every call is admitted"
            warn_caller(f"circuit breakers are not shared, {kind}: {trouble}", RuntimeWarning)

    def info(self) -> dict[str, Any]:
        """kind ("shared", "private", "fallback", "admits" or "off"), path, created (seconds since
        1970), breakers, breakers_max, workers, workers_max (slots: one a thread, or a Python
        process), corrupt (impossible words met) and trouble (why the file is not used; "")."""
        return self._native.info()

    def names(self) -> list[str]:
        """The breakers of all processes in this region."""
        return self._native.names()

    def advance(self, seconds: float) -> None:
        """Moves the manual clock on. RuntimeError without one."""
        self._native.advance(seconds)

    def __repr__(self) -> str:
        info = self.info()
        return f"<bellwether.Region {info['kind']} {info['path']!r}>"


_lock = threading.Lock()
_regions: dict[tuple[str, str, str], Region] = {}


def shared_region(path: str | os.PathLike[str] | None, on_unavailable: str) -> Region:
    """The region of this file; opened once for a process."""
    name = os.environ.get("BELLWETHER_REGION", "") if path is None else os.fsdecode(os.fspath(path))
    key = (name, on_unavailable, os.environ.get("BELLWETHER_BREAKERS", ""))
    with _lock:
        region = _regions.get(key)
        if region is None:
            region = _regions[key] = Region(path, on_unavailable=on_unavailable)
        return region


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()  # another thread may have held it when the process forked


os.register_at_fork(after_in_child=_after_fork)
