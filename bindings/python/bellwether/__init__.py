"""Bellwether: circuit breakers that all processes of a host share, and the status dashboard.

    from bellwether import CircuitBreaker

    breaker = CircuitBreaker("vendor", failure_threshold=5, recovery_timeout=60)

    @breaker
    def fetch(symbol): ...
"""
from ._native import Ticket
from .breaker import CircuitBreaker
from .config import CircuitBreakerConfig, CircuitState, FailureDetectionStrategy
from .dashboard import (StatusDashboard, get_dashboard_data, get_dashboard_metadata,
                        get_status_dashboard)
from .errors import (CallTimeoutError, CircuitBreakerError, ConfigurationMismatchWarning,
                     ExternalServiceError)
from .looking import CircuitBreakerMetrics, Event, Worker
from .region import Region
from .registry import (circuit_breaker, get_all_circuit_breaker_status, get_all_circuit_breakers,
                       get_circuit_breaker, get_circuit_breaker_status, register_circuit_breaker,
                       reset_all_circuit_breakers, with_async_circuit_breaker,
                       with_circuit_breaker)
from .retry import parse_retry_after, retry_after_from_response

EnhancedCircuitBreaker = CircuitBreaker

__version__ = "0.1.0"

__all__ = [
    "CallTimeoutError", "CircuitBreaker", "CircuitBreakerConfig", "CircuitBreakerError",
    "CircuitBreakerMetrics", "CircuitState", "ConfigurationMismatchWarning",
    "EnhancedCircuitBreaker", "Event", "ExternalServiceError", "FailureDetectionStrategy",
    "Region", "StatusDashboard", "Ticket", "Worker", "circuit_breaker", "get_all_circuit_breaker_status",
    "get_all_circuit_breakers", "get_circuit_breaker", "get_circuit_breaker_status",
    "get_dashboard_data", "get_dashboard_metadata", "get_status_dashboard",
    "parse_retry_after", "register_circuit_breaker", "reset_all_circuit_breakers",
    "retry_after_from_response", "with_async_circuit_breaker", "with_circuit_breaker",
]
