"""Calls through a breaker: every way in, and what their ends mean."""
import contextlib
import functools
import gc
import inspect
import pickle
import sys
import threading

import pytest

import bellwether
from bellwether import CircuitBreaker, CircuitBreakerError, Region


class VendorError(Exception):
    pass


@pytest.fixture
def clock():
    return Region(private=True, manual_clock=True)


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("vendor", failure_threshold=3, recovery_timeout=60, region=clock)


def fail(error=VendorError):
    raise error


def trip(breaker):
    while breaker.state == "closed":
        with pytest.raises(VendorError):
            breaker.call(fail)


def lifetime(breaker):
    return breaker.snapshot()["lifetime"]


# ---- the decorator ----

def test_a_guarded_function_is_the_function(breaker):
    @breaker
    def fetch(symbol, *, days=1):
        """Fetches."""
        return symbol, days

    assert fetch("A", days=3) == ("A", 3)
    assert fetch.__name__ == "fetch" and fetch.__doc__ == "Fetches." and fetch.breaker is breaker
    assert list(inspect.signature(fetch).parameters) == ["symbol", "days"]
    assert "vendor" in repr(fetch) and lifetime(breaker)["success"] == 1


def test_failures_open_and_rejections_say_why(breaker):
    guarded = breaker(fail)
    for _ in range(3):
        with pytest.raises(VendorError):
            guarded()
    with pytest.raises(CircuitBreakerError) as caught:
        guarded()
    error = caught.value
    assert (error.name, error.state, error.reason, error.retry_after) == \
        ("vendor", "open", "open", 60.0)
    assert error.service == "vendor" and error.context == {"state": "open",
                                                           "time_until_retry": 60.0}
    assert str(error) == ("circuit breaker 'vendor' is open: the call was not made; "
                          "try again in 60.0 s")
    assert pickle.loads(pickle.dumps(error)).args == error.args


def test_a_traceback_ends_where_the_function_raised(breaker):
    with pytest.raises(VendorError) as caught:
        breaker(fail)()
    assert caught.traceback[-1].name == "fail"


def test_methods_static_and_class_methods(breaker):
    class Client:
        @breaker
        def plain(self, value):
            return self, value

        @breaker
        @classmethod
        def of_class(cls):
            return cls

        @staticmethod
        @breaker
        def static(value):
            return value

        @breaker
        @staticmethod
        def static_too(value):
            return value

    client = Client()
    bound = client.plain
    assert client.plain(1) == (client, 1) == bound(1) == Client.plain(client, 1)
    assert client.of_class() is Client and client.static(2) == 2 == client.static_too(2)
    assert lifetime(breaker)["success"] == 6


def test_generator_functions_and_classes_are_refused(breaker):
    def numbers():
        yield 1

    async def later():
        yield 1

    for function in (numbers, later):
        with pytest.raises(TypeError, match="is a generator function.*inside it"):
            breaker(function)
    with pytest.raises(TypeError, match="is a class"):
        breaker(VendorError)
    with pytest.raises(TypeError, match="guards functions, not int"):
        breaker(5)


def test_partial_functions_and_deep_recursion(breaker):
    assert breaker(functools.partial(pow, 2))(3) == 8

    @breaker
    def down(depth):
        return 0 if depth == 0 else 1 + down(depth - 1)

    assert down(100) == 100
    before = lifetime(breaker)
    with pytest.raises(RecursionError):
        down(10 ** 6)
    after = lifetime(breaker)
    ended = sum(after[key] for key in ("success", "failure", "ignored"))
    assert after["admitted"] == ended > before["admitted"]


def module_level(value):
    return value * 2


doubled = CircuitBreaker("pickled", shared=False)(module_level)
module_level = doubled


def test_a_guarded_function_pickles_by_name():
    assert pickle.loads(pickle.dumps(doubled)) is doubled


def test_a_coroutine_is_no_result(breaker):
    async def fetch():
        return 1

    with pytest.raises(TypeError, match="call_async"):
        breaker.call(fetch)
    assert lifetime(breaker)["success"] == 0


# ---- with ----

def test_with_counts_success_and_failure(breaker):
    with breaker as inside:
        assert inside is breaker
    with pytest.raises(VendorError), breaker:
        raise VendorError
    assert lifetime(breaker)["success"] == 1 and lifetime(breaker)["failure"] == 1


def test_with_nests_and_times_each_block(breaker, clock):
    with breaker:
        clock.advance(1)
        with breaker:
            clock.advance(2)
    assert breaker.get_metrics().get_average_response_time() == pytest.approx((3 + 2) / 2)


def test_with_in_an_exit_stack_and_by_hand(breaker):
    with contextlib.ExitStack() as stack:
        stack.enter_context(breaker)
        stack.enter_context(breaker.acquire())
    breaker.__enter__()
    breaker.__exit__(None, None, None)
    assert lifetime(breaker)["success"] == 3
    with pytest.raises(RuntimeError, match="without __enter__"):
        breaker.__exit__(None, None, None)


def test_a_rejected_block_does_not_run(breaker):
    trip(breaker)
    with pytest.raises(CircuitBreakerError), breaker:
        pytest.fail("it ran")


def test_a_block_left_open_is_given_up_with_the_breaker(clock):
    watcher = CircuitBreaker("left", region=clock)
    gone = CircuitBreaker("left", region=clock)
    gone.__enter__()
    del gone
    gc.collect()
    assert lifetime(watcher) == {**lifetime(watcher), "admitted": 1, "success": 0, "ignored": 1}


# ---- what an end means ----

@pytest.mark.parametrize("error, counted", [
    (VendorError, "failure"), (ValueError, "failure"), (TimeoutError, "timeout"),
    (KeyboardInterrupt, None), (SystemExit, None), (GeneratorExit, None),
])
def test_exceptions_by_default(breaker, error, counted):
    with pytest.raises(error):
        breaker.call(fail, error)
    totals = lifetime(breaker)
    assert totals["failure"] == (counted is not None)
    assert totals["timeout"] == (counted == "timeout")
    assert breaker.consecutive_failures == (counted is not None)


def test_only_expected_exceptions_count(clock):
    breaker = CircuitBreaker("x", expected_exceptions=[VendorError, KeyError], region=clock)
    for error in (ValueError, VendorError, KeyError):
        with pytest.raises(error):
            breaker.call(fail, error)
    assert lifetime(breaker)["failure"] == 2 and lifetime(breaker)["ignored"] == 1
    assert breaker.config.expected_exceptions == [VendorError, KeyError]


def test_ignored_exceptions_do_not_count(clock):
    breaker = CircuitBreaker("x", ignored_exceptions=LookupError, region=clock)
    with pytest.raises(KeyError):
        breaker.call(fail, KeyError)
    assert lifetime(breaker)["failure"] == 0 and lifetime(breaker)["ignored"] == 1


def test_further_timeouts_and_interrupts_by_name(clock):
    breaker = CircuitBreaker("x", timeout_exceptions=VendorError, region=clock,
                             expected_exceptions=KeyboardInterrupt)
    for error in (VendorError, KeyboardInterrupt):
        with pytest.raises(error):
            breaker.call(fail, error)
    assert lifetime(breaker)["timeout"] == 1 and lifetime(breaker)["failure"] == 2


def test_a_rejection_further_in_is_nobodys_failure(breaker, clock):
    inner = CircuitBreaker("inner", region=clock)
    inner.force_open()
    with pytest.raises(CircuitBreakerError, match="opened by hand"):
        breaker.call(inner.call, len, ())
    assert lifetime(breaker)["failure"] == 0


def test_results_can_be_failures(clock):
    breaker = CircuitBreaker("x", is_failure=lambda status: status >= 500, region=clock)
    guarded = breaker(lambda status: status)
    assert guarded(200) == 200 and guarded(503) == 503
    assert lifetime(breaker)["success"] == 1 and lifetime(breaker)["failure"] == 1
    with pytest.raises(TypeError):
        guarded("?")
    assert lifetime(breaker)["success"] == 1 and lifetime(breaker)["failure"] == 1


# ---- two steps ----

def test_a_ticket_is_recorded_once(breaker):
    ticket = breaker.acquire()
    assert ticket and ticket.admitted and ticket.state == "closed" and ticket.reason is None
    assert ticket.retry_after is None
    assert ticket.record("success", 0.25) is True
    assert breaker.get_metrics().get_average_response_time() == pytest.approx(0.25)
    with pytest.raises(RuntimeError, match="recorded already"):
        ticket.record("success")


def test_a_late_result_says_so(breaker):
    ticket = breaker.acquire()
    breaker.reset()
    assert ticket.record("failure") is False
    assert lifetime(breaker)["late"] == 1 and breaker.consecutive_failures == 0


def test_a_rejected_ticket_is_false(breaker):
    trip(breaker)
    ticket = breaker.try_acquire()
    assert not ticket and (ticket.state, ticket.reason, ticket.retry_after) == \
        ("open", "open", 60.0)
    with pytest.raises(RuntimeError, match="no outcome"):
        ticket.record("success")
    with pytest.raises(CircuitBreakerError), ticket:
        pytest.fail("it ran")
    with pytest.raises(CircuitBreakerError):
        breaker.acquire()


def test_a_dropped_probe_gives_its_place_back(breaker, clock):
    trip(breaker)
    clock.advance(60)
    tickets = [breaker.acquire() for _ in range(3)]
    full = breaker.try_acquire()
    assert (full.state, full.reason, full.retry_after) == ("half_open", "half_open_full", None)
    with pytest.raises(CircuitBreakerError, match="all its probes are out"):
        breaker.call(len, ())
    tickets.pop()
    gc.collect()
    assert breaker.try_acquire()


def test_a_ticket_as_a_block_keeps_what_was_recorded(breaker):
    with breaker.acquire() as ticket:
        ticket.record("ignored")
    with pytest.raises(VendorError), breaker.acquire():
        raise VendorError
    assert lifetime(breaker)["ignored"] == 1 and lifetime(breaker)["failure"] == 1


# ---- threads ----

def test_blocks_of_threads_do_not_mix(clock):
    breaker = CircuitBreaker("threads", failure_threshold=10 ** 6, region=clock)
    gate = threading.Barrier(8)
    errors = []

    def work(number):
        gate.wait()
        for turn in range(500):
            try:
                with breaker:
                    if (turn + number) % 10 == 0:
                        raise VendorError
            except VendorError:
                pass
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    totals = lifetime(breaker)
    assert not errors and (totals["success"], totals["failure"]) == (3600, 400)
    assert totals["admitted"] == 4000 and totals["ignored"] == 0


def test_the_package_names_what_it_gives():
    for name in bellwether.__all__:
        assert getattr(bellwether, name).__doc__, name
