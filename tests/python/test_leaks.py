"""Nothing is kept: references and memory are the same after many rounds."""
import gc
import sys
import tracemalloc

import pytest

from bellwether import CircuitBreaker, CircuitBreakerError, Region


def everything(breaker, arguments):
    @breaker
    def good(*args):
        return args

    @breaker
    def bad(error):
        raise error

    good(arguments)
    breaker.call(good, arguments)
    for error in (ValueError(arguments), KeyboardInterrupt(), TimeoutError()):
        with pytest.raises(type(error)):
            bad(error)
    with breaker:
        pass
    with pytest.raises(ValueError), breaker:
        raise ValueError(arguments)
    breaker.acquire().record("success", 1)
    breaker.acquire()
    with pytest.raises(TypeError):
        breaker.call(5)
    with pytest.raises(ValueError):
        breaker.acquire().record("?")
    breaker.force_open()
    with pytest.raises(CircuitBreakerError):
        good()
    with pytest.raises(CircuitBreakerError), breaker:
        pass
    breaker.try_acquire()
    breaker.snapshot(), breaker.get_status(), breaker.events(), breaker.workers(), breaker.config
    breaker.reset()


def rounds(breaker, arguments, count):
    for _ in range(count):
        everything(breaker, arguments)
    gc.collect()


def test_references_and_memory_stay():
    region = Region(private=True)
    breaker = CircuitBreaker("x", failure_threshold=10 ** 6, open_for_retry_after=lambda _: None,
                             is_failure=lambda _: False, region=region)
    watched = (breaker, breaker._native if hasattr(breaker, "_native") else breaker, region._native,
               CircuitBreakerError, None, "closed", arguments := ("a", object()))
    rounds(breaker, arguments, 20)
    tracemalloc.start()
    rounds(breaker, arguments, 5)
    before, memory = [sys.getrefcount(one) for one in watched], tracemalloc.get_traced_memory()[0]
    rounds(breaker, arguments, 200)
    after, grown = [sys.getrefcount(one) for one in watched], tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert all(abs(new - old) < 20 for new, old in zip(after, before)), (before, after)
    assert grown - memory < 20_000


def test_opened_breakers_and_regions_are_closed():
    def count_types():
        return sys.getrefcount(Region(private=True)._native.__class__)

    for _ in range(3):
        CircuitBreaker("x", shared=False)
    gc.collect()
    before = count_types()
    for _ in range(300):
        CircuitBreaker("x", shared=False).call(len, ())
        with pytest.raises(ValueError):
            CircuitBreaker("x", failure_threshold=0, shared=False)
    gc.collect()
    assert count_types() <= before + 3


def test_cycles_are_collected():
    breaker = CircuitBreaker("x", shared=False, is_failure=lambda _: breaker is None)
    guarded = breaker(lambda: guarded)
    guarded.me = guarded
    guarded()
    gc.collect()
    import weakref
    watch, watch_too = weakref.ref(breaker), weakref.ref(guarded)
    del breaker, guarded
    gc.collect()
    assert watch() is None and watch_too() is None
