"""States, orders, what a breaker tells, and the registry of this process."""
import copy
import gc
import os
import pickle
import time
import warnings

import pytest

import bellwether
from bellwether import (CircuitBreaker, CircuitBreakerConfig, CircuitState,
                        ConfigurationMismatchWarning, FailureDetectionStrategy, Region,
                        circuit_breaker, get_all_circuit_breaker_status,
                        get_all_circuit_breakers, get_circuit_breaker, register_circuit_breaker,
                        reset_all_circuit_breakers, with_circuit_breaker)


def top_level():
    return 1


@pytest.fixture
def clock():
    return Region(private=True, manual_clock=True)


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("vendor", failure_threshold=3, recovery_timeout=60, region=clock)


def fail():
    raise ValueError


def trip(breaker):
    while breaker.state == "closed":
        with pytest.raises(ValueError):
            breaker.call(fail)


def test_it_opens_probes_and_closes(breaker, clock):
    trip(breaker)
    assert breaker.is_open and not breaker.is_closed and breaker.time_until_retry() == 60.0
    clock.advance(59.5)
    assert breaker.time_until_retry() == 0.5
    clock.advance(0.5)
    assert breaker.time_until_retry() == 0.0 and breaker.snapshot()["retry_due"] is True
    assert breaker.get_status()["time_until_retry"] == 0.0, "zero is no None"
    for _ in range(3):
        breaker.call(len, ())
    assert breaker.state is CircuitState.CLOSED and breaker.time_until_retry() is None
    assert [event.reason for event in breaker.events()] == \
        ["consecutive_failures", "recovery_timeout", "probes_succeeded"]


def test_a_failed_probe_opens_again(breaker, clock):
    trip(breaker)
    clock.advance(60)
    with pytest.raises(ValueError):
        breaker.call(fail)
    assert breaker.state == "open" and breaker.events()[-1].reason == "probe_failed"


def test_orders(breaker, clock):
    for order, state in (("force_open", "forced_open"), ("disable", "disabled"),
                         ("metrics_only", "metrics_only"), ("enable", "closed"),
                         ("reset", "closed")):
        getattr(breaker, order)()
        assert breaker.state.value == state and breaker.events()[-1].reason == order
    breaker.open_for(30)
    assert breaker.state == "open" and breaker.time_until_retry() == 30.0


def test_the_snapshot_has_the_shape_of_the_reference(breaker, clock):
    breaker.acquire().record("success", 0.5)
    breaker.acquire().record("timeout", 1.5)
    clock.advance(2)
    status = breaker.get_status()
    metrics = status["metrics"]
    assert {"name", "state", "consecutive_failures", "time_until_retry", "metrics"} <= set(status)
    assert (metrics["total_calls"], metrics["success_rate"], metrics["failure_rate"],
            metrics["timeout_rate"]) == (2, 0.5, 0.5, 0.5)
    assert metrics["avg_response_time"] == metrics["avg_duration"] == pytest.approx(1.0)
    assert metrics["uptime_percentage"] == 100.0
    assert metrics["last_failure_time"] == pytest.approx(time.time(), abs=60)
    assert status["config"]["failure_threshold"] == 3 and status["shared"] is False


def test_an_empty_window(breaker):
    metrics = breaker.get_metrics()
    assert (metrics.get_total_calls(), metrics.get_success_rate(), metrics.get_failure_rate(),
            metrics.get_average_response_time(), metrics.get_last_failure_time(),
            metrics.get_uptime_percentage()) == (0, 1.0, 0.0, 0.0, None, 100.0)


def test_events_after_a_cursor(breaker):
    breaker.force_open()
    found, cursor, missed = breaker.events_after(0)
    assert len(found) == 1 and missed == 0
    assert breaker.events_after(cursor) == ([], cursor, 0)
    for _ in range(100):
        breaker.reset()
    found, _, missed = breaker.events_after(cursor)
    assert len(found) + missed == 100 and found[-1].reason == "reset"


def test_workers_of_the_shared_region():
    breaker = CircuitBreaker("vendor", 10 ** 6, detection_strategy="consecutive")
    ticket = breaker.acquire()
    (worker,) = breaker.workers()
    assert (worker.pid, worker.is_alive, worker.in_flight) == (os.getpid(), True, 1)
    assert worker.busy_since is not None
    ticket.record("failure")
    (worker,) = breaker.workers()
    assert (worker.failed, worker.in_flight) == (1, 0)
    while breaker.workers()[0].last_failure is None:  # in the region's first millisecond
        breaker.acquire().record("failure")


# ---- configurations ----

def test_every_setting_arrives(clock):
    settings = dict(failure_threshold=2, failure_rate_threshold=0.25, timeout_threshold=1.5,
                    recovery_timeout=2.5, success_threshold=4, window_size=30.0,
                    detection_strategy=FailureDetectionStrategy.FAILURE_RATE, minimum_calls=7,
                    max_probes=2, retry_multiplier=2.0, retry_jitter=0.25, max_open=90.0, lump=0.5,
                    min_failing_workers=3, slow_success_counts=True, slow_threshold=0.75)
    breaker = CircuitBreaker("all", **settings, region=clock)
    assert breaker.config == CircuitBreakerConfig("all", **settings)
    other = CircuitBreaker(CircuitBreakerConfig("by_config", **settings), region=clock)
    assert other.config.settings() == breaker.config.settings()
    breaker.configure(strategy="consecutive", recovery_timeout=9)
    assert breaker.config.recovery_timeout == 9.0
    assert breaker.config.detection_strategy is FailureDetectionStrategy.CONSECUTIVE_FAILURES


def test_the_standard_settings_are_the_librarys(clock):
    assert CircuitBreaker("standard", region=clock).config == CircuitBreakerConfig("standard")


def test_another_configuration_is_reported_once(recwarn):
    first = CircuitBreaker("vendor", failure_threshold=3)
    with pytest.warns(ConfigurationMismatchWarning) as caught:
        CircuitBreaker("vendor", failure_threshold=5, recovery_timeout=30)
    assert str(caught[0].message) == (
        "circuit breaker 'vendor' exists with another configuration, which stays: "
        "failure_threshold is 3, not 5, recovery_timeout is 60.0, not 30")
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CircuitBreaker("vendor", failure_threshold=5, recovery_timeout=30)
        assert CircuitBreaker("vendor").config.failure_threshold == 3
        CircuitBreaker("vendor", failure_threshold=3)
    assert first.config.failure_threshold == 3


# ---- as an object ----

def test_copies_are_the_breaker_and_pickles_attach_to_it():
    breaker = CircuitBreaker("vendor", failure_threshold=3, expected_exceptions=(ValueError,))
    assert copy.copy(breaker) is breaker and copy.deepcopy([breaker])[0] is breaker
    other = pickle.loads(pickle.dumps(breaker))
    assert other is not breaker and other.config == breaker.config
    trip(breaker)
    assert other.is_open and repr(other) == "<CircuitBreaker 'vendor' open>"


def test_a_breaker_of_a_private_region_does_not_pickle(breaker):
    with pytest.raises(TypeError, match="private region"):
        pickle.dumps(breaker)


def test_private_breakers_share_nothing():
    one, other = (CircuitBreaker("own", shared=False) for _ in range(2))
    one.force_open()
    assert other.is_closed and not one.is_shared


# ---- the registry ----

def test_breakers_are_found_while_somebody_holds_them():
    breaker = CircuitBreaker("held")
    assert get_circuit_breaker("held") is breaker
    assert "held" in get_all_circuit_breakers()
    assert get_all_circuit_breaker_status()["held"]["state"] == "closed"
    del breaker
    gc.collect()
    assert get_circuit_breaker("held") is None


def test_registered_breakers_stay_and_are_reset():
    register_circuit_breaker("alias", CircuitBreaker("kept"))
    gc.collect()
    get_circuit_breaker("alias").force_open()
    assert reset_all_circuit_breakers() >= 1
    assert get_circuit_breaker("alias").is_closed


def test_the_decorator_factory_names_and_shares():
    @circuit_breaker(failure_threshold=2, expected_exceptions=(ValueError,))
    def first():
        return 1

    @circuit_breaker(name="together")
    def second():
        return 2

    @circuit_breaker("together", failure_threshold=9)
    def third():
        return 3

    assert first() + second() + third() == 6
    assert first.breaker.name.endswith(".first") and first.breaker.config.failure_threshold == 2
    assert len(first.breaker.name) == 63, "a long name keeps its end"
    assert circuit_breaker()(top_level).breaker.name == f"{__name__}.top_level"
    assert second.breaker is third.breaker is get_circuit_breaker("together")
    with pytest.raises(TypeError, match="with parentheses"):
        circuit_breaker(fail)


def test_a_breaker_looked_up_at_each_call():
    guarded = with_circuit_breaker("later")(lambda: 1)
    assert guarded() == 1
    get_circuit_breaker("later").force_open()
    with pytest.raises(bellwether.CircuitBreakerError):
        guarded()
