"""Coroutines through a breaker."""
import asyncio
import inspect

import pytest

from bellwether import CallTimeoutError, CircuitBreaker, CircuitBreakerError, Region


@pytest.fixture
def clock():
    return Region(private=True, manual_clock=True)


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("vendor", failure_threshold=3, recovery_timeout=60, region=clock)


async def answer(value=1):
    await asyncio.sleep(0)
    return value


async def fail():
    raise ConnectionError


async def for_ever():
    await asyncio.Event().wait()


def lifetime(breaker):
    return breaker.snapshot()["lifetime"]


def test_a_coroutine_function_stays_one(breaker):
    guarded = breaker(answer)
    assert inspect.iscoroutinefunction(guarded) and guarded.__name__ == "answer"
    assert guarded.breaker is breaker
    assert asyncio.run(guarded(7)) == 7
    assert lifetime(breaker)["success"] == 1


def test_an_object_with_an_async_call(breaker):
    class Fetcher:
        async def __call__(self):
            return 3

    assert asyncio.run(breaker(Fetcher())()) == 3


def test_failures_open(breaker):
    async def work():
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await breaker.call_async(fail)
        with pytest.raises(CircuitBreakerError):
            await breaker.call_async(answer)
        with pytest.raises(CircuitBreakerError):
            async with breaker:
                pytest.fail("it ran")

    asyncio.run(work())


def test_a_cancelled_task_does_not_count_and_frees_its_probe(breaker, clock):
    async def work():
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await breaker.call_async(fail)
        clock.advance(60)
        tasks = [asyncio.create_task(breaker.call_async(for_ever)) for _ in range(3)]
        await asyncio.sleep(0)
        assert breaker.snapshot()["probes_in_flight"] == 3
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert breaker.snapshot()["probes_in_flight"] == 0 and breaker.state == "half_open"
        for _ in range(3):
            await breaker.call_async(answer)
        assert breaker.state == "closed"

    asyncio.run(work())


def test_a_coroutine_that_takes_too_long_is_cancelled_and_a_timeout(clock):
    breaker = CircuitBreaker("slow", timeout_threshold=0.01, region=clock)
    with pytest.raises(CallTimeoutError) as caught:
        asyncio.run(breaker.call_async(for_ever))
    assert isinstance(caught.value, TimeoutError)
    assert str(caught.value) == "the call through circuit breaker 'slow' took longer than 0.01 s"
    assert lifetime(breaker)["timeout"] == 1


def test_the_limit_can_be_left_to_the_function(clock):
    breaker = CircuitBreaker("slow", timeout_threshold=0.001, enforce_timeout=False, region=clock)

    async def slower():
        await asyncio.sleep(0.02)
        return 5

    assert asyncio.run(breaker.call_async(slower)) == 5


def test_a_timeout_of_the_function_itself_stays_what_it_is(breaker):
    async def work():
        raise asyncio.TimeoutError("own")

    with pytest.raises(asyncio.TimeoutError, match="own") as caught:
        asyncio.run(breaker.call_async(work))
    assert not isinstance(caught.value, CallTimeoutError)
    assert lifetime(breaker)["timeout"] == 1


def test_a_plain_function_cannot_be_awaited(breaker):
    with pytest.raises(TypeError, match="use call()"):
        asyncio.run(breaker.call_async(len, ()))
    assert lifetime(breaker)["failure"] == 0


@pytest.mark.parametrize("manner", ["with", "async with"])
def test_blocks_of_tasks_that_overlap_keep_their_own_times(breaker, clock, manner):
    """The first one in is the first one out: the newest block is never the one that ends."""
    async def block(gate):
        if manner == "with":
            with breaker:
                await gate.wait()
        else:
            async with breaker:
                await gate.wait()

    async def work():
        gates = [asyncio.Event() for _ in range(2)]
        first = asyncio.create_task(block(gates[0]))
        await asyncio.sleep(0)
        clock.advance(10)
        second = asyncio.create_task(block(gates[1]))
        await asyncio.sleep(0)
        gates[0].set()
        await first
        assert breaker.get_metrics().get_average_response_time() == pytest.approx(10)
        clock.advance(1)
        gates[1].set()
        await second
        assert breaker.get_metrics().get_average_response_time() == pytest.approx((10 + 1) / 2)

    asyncio.run(work())


def test_results_are_judged(clock):
    breaker = CircuitBreaker("x", is_failure=lambda value: value > 5, region=clock)
    assert asyncio.run(breaker.call_async(answer, 9)) == 9
    assert lifetime(breaker)["failure"] == 1


def test_many_tasks_at_once_trip_once(breaker):
    async def work():
        answers = await asyncio.gather(*(breaker.call_async(fail) for _ in range(100)),
                                       return_exceptions=True)
        kinds = {type(one) for one in answers}
        assert kinds == {ConnectionError, CircuitBreakerError}

    asyncio.run(work())
    assert [event.reason for event in breaker.events()] == ["consecutive_failures"]
