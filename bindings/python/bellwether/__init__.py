"""Bellwether: circuit breakers that all processes of a host share, and the status dashboard."""
from . import _native
from .dashboard import (StatusDashboard, get_dashboard_data, get_dashboard_metadata,
                        get_status_dashboard)

__all__ = ["StatusDashboard", "_native", "get_dashboard_data", "get_dashboard_metadata",
           "get_status_dashboard"]
