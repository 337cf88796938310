"""Bad arguments are told apart and named."""
import datetime
import fractions

import pytest

from bellwether import (CircuitBreaker, CircuitBreakerConfig, Region, _native,
                        register_circuit_breaker)


@pytest.fixture
def region():
    return Region(private=True)


@pytest.mark.parametrize("setting, value, error, text", [
    ("failure_threshold", 0, ValueError, "failure_threshold must be 1 to 1000000, not 0"),
    ("failure_threshold", 10 ** 400, ValueError, "failure_threshold must be"),
    ("failure_threshold", 2.5, TypeError, "failure_threshold must be a whole number, not float"),
    ("failure_threshold", True, TypeError, "failure_threshold must be a whole number, not bool"),
    ("failure_threshold", "5", TypeError, "failure_threshold must be a whole number, not str"),
    ("failure_rate_threshold", 0, ValueError, "failure_rate_threshold must be above 0 and at most 1, not 0"),
    ("failure_rate_threshold", 1.5, ValueError, "above 0 and at most 1, not 1.5"),
    ("failure_rate_threshold", float("nan"), ValueError, "above 0 and at most 1, not nan"),
    ("timeout_threshold", 0, ValueError, "above 0 and at most 31622400 seconds, not 0"),
    ("timeout_threshold", float("inf"), ValueError, "not inf"),
    ("recovery_timeout", -1, ValueError, "recovery_timeout must be 0 to 31622400 seconds, not -1"),
    ("recovery_timeout", "60", TypeError, "recovery_timeout must be a number of seconds, not str"),
    ("recovery_timeout", [], TypeError, "recovery_timeout must be a number of seconds, not list"),
    ("success_threshold", 0, ValueError, "success_threshold"),
    ("window_size", 0, ValueError, "window_size must be"),
    ("detection_strategy", "any", ValueError, "'timeout_rate', not 'any'"),
    ("detection_strategy", 3, TypeError, "detection_strategy must be a strategy's name, not int"),
    ("strategy", "any", ValueError, "detection_strategy must be 'combined'"),
    ("minimum_calls", 0, ValueError, "minimum_calls"),
    ("max_probes", 9, ValueError, "max_probes must be 0 to 8, not 9"),
    ("retry_multiplier", 0.5, ValueError, "retry_multiplier must be 1 to"),
    ("retry_jitter", 2, ValueError, "retry_jitter must be 0 to 1, not 2"),
    ("max_open", -1, ValueError, "max_open"),
    ("lump", -1, ValueError, "lump"),
    ("min_failing_workers", 65, ValueError, "min_failing_workers must be 1 to 64, not 65"),
    ("slow_success_counts", 1, TypeError, "slow_success_counts must be True or False, not int"),
    ("slow_threshold", -1, ValueError, "slow_threshold"),
    ("expected_exceptions", 5, TypeError, "expected_exceptions must be an exception class or"),
    ("expected_exceptions", (ValueError, "x"), TypeError, "a tuple of them, not 'x'"),
    ("ignored_exceptions", int, TypeError, "ignored_exceptions must be"),
    ("timeout_exceptions", "x", TypeError, "timeout_exceptions must be"),
    ("is_failure", 5, TypeError, "is_failure must be callable or None, not 5"),
    ("open_for_retry_after", 5, TypeError, "open_for_retry_after must be callable or None, not 5"),
    ("max_retry_after", -1, ValueError, "max_retry_after must be 0 to"),
    ("max_retry_after", "x", TypeError, "max_retry_after must be a number of seconds, not str"),
    ("on_unavailable", "panic", ValueError, "on_unavailable must be 'local', 'admit' or 'error'"),
    ("colour", "red", TypeError, "colour"),
])
def test_settings(tmp_path, setting, value, error, text):
    where = {"region": tmp_path / "x"} if setting == "on_unavailable" else {"shared": False}
    with pytest.raises(error) as caught:
        CircuitBreaker("x", **{setting: value}, **where)
    assert text in str(caught.value)


@pytest.mark.parametrize("name, error", [
    ("", ValueError), ("x" * 64, ValueError), ("a\nb", ValueError), ("a\0b", ValueError),
    ("\ud800", ValueError), (5, TypeError), (None, TypeError), (b"x", TypeError),
])
def test_names(region, name, error):
    with pytest.raises(error):
        CircuitBreaker(name, region=region)


def test_names_of_other_scripts(region):
    assert CircuitBreaker("börse-日本", region=region).name == "börse-日本"


@pytest.mark.parametrize("value", [5, datetime.timedelta(seconds=5), fractions.Fraction(5)])
def test_seconds_of_any_kind(region, value):
    assert CircuitBreaker("x", recovery_timeout=value, region=region).config.recovery_timeout == 5.0


def test_the_same_thing_twice(region):
    with pytest.raises(TypeError, match="give one"):
        CircuitBreaker("x", detection_strategy="combined", strategy="combined", region=region)
    with pytest.raises(TypeError, match="not both: failure_threshold"):
        CircuitBreaker(CircuitBreakerConfig("x"), failure_threshold=3, region=region)


def test_regions(tmp_path):
    with pytest.raises(TypeError, match="region must be a Region or a path, not int"):
        CircuitBreaker("x", region=5)
    with pytest.raises(RuntimeError, match="manual_clock=True"):
        Region(private=True).advance(1)
    with pytest.raises(TypeError, match="a bellwether region, not int"):
        _native.Breaker(5, "x", None, (Exception, (), (), None, None, 1.0))
    with pytest.raises(TypeError):
        _native.Region()


def test_calls(region):
    breaker = CircuitBreaker("x", region=region)
    for arguments in ((), (5,)):
        with pytest.raises(TypeError, match="function to call as its first"):
            breaker.call(*arguments)
    ticket = breaker.acquire()
    for outcome, error in (("won", ValueError), (5, TypeError), (None, TypeError)):
        with pytest.raises(error):
            ticket.record(outcome)
    for duration, error in ((-1, ValueError), ("1", TypeError), (float("nan"), ValueError)):
        with pytest.raises(error, match="duration"):
            ticket.record("success", duration)
    assert ticket.record("success", duration=0), "a bad record does not use the ticket up"
    for seconds, error in ((-1, ValueError), ("x", TypeError), (1e12, ValueError)):
        with pytest.raises(error, match="seconds"):
            breaker.open_for(seconds)
    with pytest.raises(TypeError, match="no setting 'colour'"):
        breaker.configure(colour="red")
    with pytest.raises((TypeError, OverflowError)):
        breaker.events_after(-1)
    with pytest.raises(TypeError, match="three arguments"):
        breaker.__exit__(None)


def test_a_breaker_without_init(region):
    class Half(CircuitBreaker):
        def __init__(self):
            pass

    half = Half()
    for use in (half.acquire, half.try_acquire, half.reset, half.snapshot, half.events,
                half.workers, half.__enter__, lambda: half.name, lambda: half.call(len, ()),
                lambda: half.guard(len), lambda: half.open_for(1)):
        with pytest.raises(RuntimeError, match="never opened"):
            use()
    with pytest.raises(RuntimeError):
        half.__exit__(None, None, None)
    assert repr(half) == "<CircuitBreaker, never opened>"
    with pytest.raises(RuntimeError, match="open already"):
        breaker = CircuitBreaker("x", region=region)
        breaker.__init__("y", region=region)


def test_the_registry():
    with pytest.raises(TypeError, match="must be a CircuitBreaker, not int"):
        register_circuit_breaker("x", 5)
    with pytest.raises(TypeError, match="name must be a str"):
        register_circuit_breaker(5, 5)
