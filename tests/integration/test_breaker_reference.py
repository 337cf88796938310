"""Ours and the reference's breaker, side by side: `bellwether breaker replay` and the restatement
run the same calls on the same clock. Equal in every figure, except for the listed differences, each
of which has a case that asserts both behaviours.

A step of the clock is a thousandth longer than a bucket, so that no call is ever exactly as old as
the window, where sixtieths and an exact list of calls would differ.
"""
import json
import os
import random
import subprocess

import pytest

import reference_breaker as reference

BELLWETHER = os.environ.get("BELLWETHER", "build/bellwether")
SEQUENCES = int(os.environ.get("BREAKER_SEQUENCES", "40"))
STEPS = 150
TICKS_MAX = 900
FIGURES = ("total_calls", "success_rate", "failure_rate", "timeout_rate", "avg_response_time",
           "uptime_percentage")
DURATIONS = (0, 0.1, 1, 5, 10, 17)


def replay(config, steps):
    """One answer a step."""
    lines = [{"config": config}, *steps]
    done = subprocess.run([BELLWETHER, "breaker", "replay"], text=True, capture_output=True,
                          input="".join(json.dumps(line) + "\n" for line in lines), timeout=60)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return answers[-len(steps):]


class Pair:
    """The restatement, driven at once; ours is asked at the end, with the same steps."""

    def __init__(self, ways=(), **config):
        self.config = config
        self.now = 0.0
        self.breaker = reference.ReferenceBreaker(clock=lambda: self.now, ways=ways, **config)
        self.steps, self.expected = [], []

    def _answer(self, **more):
        breaker = self.breaker
        self.expected.append({
            "state": breaker.state.value, "consecutive_failures": breaker.consecutive,
            "time_until_retry": breaker.retry(), "window": breaker.stats(), **more})

    def _step(self, **step):
        self.steps.append({"at": self.now, **step})

    def call(self, is_success, duration):
        self._step(do="call", outcome="success" if is_success else "failure", duration=duration)
        admitted = self.breaker.acquire()
        if admitted:
            self.breaker.record(is_success, duration)
        self._answer(admitted=admitted)

    def reset(self):
        self._step(do="reset")
        self.breaker.reset()
        self._answer()

    def look(self):
        self._step(do="snapshot")
        self._answer()

    def answers(self):
        return replay(self.config, self.steps)

    def differences(self):
        for number, (ours, theirs) in enumerate(zip(self.answers(), self.expected)):
            yield from (f"step {number}: {what}" for what in unequal(ours, theirs))


def near(ours, theirs, tolerance):
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= tolerance


def unequal(ours, theirs):
    for key in ("state", "consecutive_failures", "admitted"):
        if key in theirs and ours.get(key) != theirs[key]:
            yield f"{key}: {ours.get(key)} and {theirs[key]}"
    if not near(ours["time_until_retry"], theirs["time_until_retry"], 0.0011):
        yield f"time_until_retry: {ours['time_until_retry']} and {theirs['time_until_retry']}"
    for key, value in theirs["window"].items():
        if key in FIGURES and not near(ours["window"][key], value, 0.01):
            yield f"{key}: {ours['window'][key]} and {value}"
    if (ours["window"]["last_failure_time"] is None) != \
            (theirs["window"]["last_failure_time"] is None):
        yield "last_failure_time"


def random_pair(seed, ways):
    draw = random.Random(seed)
    window = 60 * draw.randint(1, 3)
    pair = Pair(ways, failure_threshold=draw.randint(1, 12),
                failure_rate_threshold=draw.randint(1, 100) / 100,
                timeout_threshold=draw.randint(1, 30), recovery_timeout=draw.randint(1, 100),
                success_threshold=draw.randint(1, 5), window_size=window,
                strategy=draw.choice(("consecutive", "failure_rate", "timeout_rate", "combined")))
    well, ticks = draw.random(), 0
    for _ in range(STEPS):
        ticks += draw.randint(0, 3) if draw.random() < 0.9 else draw.randint(0, 70)
        if ticks > TICKS_MAX:
            break
        pair.now = round(ticks * window / 60 * 1.001, 6)
        if draw.random() < 0.3:
            pair.look()
        if draw.random() < 0.02:
            pair.reset()
        else:
            pair.call(draw.random() < well, draw.choice(DURATIONS))
    return pair


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_random_calls_agree_in_every_figure(seed):
    assert list(random_pair(seed, reference.ALL).differences())[:3] == []


@pytest.mark.parametrize("way", (reference.OWN_TIMEOUT, reference.CLOSES_EMPTY,
                                 reference.ZERO_IS_ZERO))
def test_random_calls_see_the_difference(way):
    """Without one of the ways some sequence must differ, or the comparison would be blind."""
    assert any(list(random_pair(seed, reference.ALL - {way}).differences())
               for seed in range(30))


def test_difference_1_timeout_rate_uses_timeout_threshold():
    pair = Pair(strategy="timeout_rate", timeout_threshold=2)
    for _ in range(5):
        pair.call(False, 3)
    assert pair.breaker.state.value == "closed"
    assert pair.answers()[-1]["state"] == "open"


def test_difference_2_open_period_runs_from_the_opening():
    """A call that began before the opening fails 30 s later."""
    pair = Pair()
    slow = pair.breaker.acquire()
    for _ in range(5):
        pair.call(False, 1)
    pair.now = 30.0
    pair.breaker.record(False, 30)
    pair.now = 60.0
    assert slow and not pair.breaker.acquire()
    answers = replay({}, [{"at": 0, "do": "acquire", "as": "slow"},
                          *({"at": 0, "do": "call", "outcome": "failure", "duration": 1}
                            for _ in range(5)),
                          {"at": 30, "do": "record", "as": "slow", "outcome": "failure",
                           "duration": 30},
                          {"at": 60, "do": "acquire", "as": "probe"}])
    assert answers[-2]["applied"] is False and answers[-2]["late"] is True
    assert answers[-1]["admitted"] is True


def test_difference_3_closing_starts_with_an_empty_window():
    pair = Pair(recovery_timeout=10)
    for _ in range(5):
        pair.call(False, 1)
    pair.now = 10.0
    for _ in range(3):
        pair.call(True, 1)
    assert pair.breaker.state.value == "closed"
    pair.call(False, 1)
    assert pair.breaker.state.value == "open"
    assert pair.answers()[-1]["state"] == "closed"


def test_difference_3_reset_starts_with_an_empty_window():
    pair = Pair()
    for _ in range(5):
        pair.call(False, 1)
    pair.reset()
    pair.call(False, 1)
    assert pair.breaker.state.value == "open"
    assert pair.answers()[-1]["state"] == "closed"


def test_difference_4_probes_are_limited():
    pair = Pair()
    for _ in range(5):
        pair.call(False, 1)
    pair.now = 60.0
    assert [pair.breaker.acquire() for _ in range(4)] == [True] * 4
    answers = replay({}, [*({"at": 0, "do": "call", "outcome": "failure", "duration": 1}
                            for _ in range(5)),
                          *({"at": 60, "do": "acquire", "as": name} for name in "abcd")])
    assert [answer["admitted"] for answer in answers[-4:]] == [True, True, True, False]
    assert answers[-1]["reason"] == "half_open_full"


def test_difference_5_time_never_moves_back():
    """The reference decides by the wall clock; an hour back keeps it open for an hour more. Ours
    has a clock that does not do that; where it does, the period still ends by that clock alone."""
    pair = Pair()
    for _ in range(5):
        pair.call(False, 1)
    pair.now = 60.0 - 3600
    assert not pair.breaker.acquire()
    answers = replay({}, [*({"at": 0, "do": "call", "outcome": "failure", "duration": 1}
                            for _ in range(5)),
                          {"at": 60, "do": "acquire", "as": "probe"}])
    assert answers[-1]["admitted"] is True


def test_difference_7_a_failure_does_not_look_at_every_call():
    """The reference's list grows with the calls; ours has a fixed number of buckets. What that
    costs is measured by tests/unit/shm/test_reference.c and the benchmarks."""
    pair = Pair(failure_threshold=1000000, failure_rate_threshold=1.0)
    for _ in range(500):
        pair.call(True, 0)
    assert len(pair.breaker.log.calls) == 500


def test_difference_8_a_retry_time_of_zero_stays_zero():
    pair = Pair()
    for _ in range(5):
        pair.call(False, 1)
    pair.now = 60.0
    pair.look()
    assert pair.breaker.retry() is None
    assert pair.answers()[-1]["time_until_retry"] == 0
