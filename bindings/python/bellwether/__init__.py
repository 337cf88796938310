"""Bellwether: circuit breakers that all processes of a host share, and the status dashboard."""
from . import _native

__all__ = ["_native"]
