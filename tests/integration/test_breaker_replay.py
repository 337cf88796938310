"""`bellwether breaker replay`: its lines, its mistakes, and random walks side by side with a model of the rules."""
import json
import math
import os
import random
import subprocess
import time

import pytest

from breaker_model import Model, micro
from daemon import PROGRAM

DATA, IO = 65, 74
KEYS = {"state", "generation", "retry_due", "time_until_retry", "consecutive_failures", "probes_in_flight", "events",
        "window", "lifetime"}
WINDOW_KEYS = {"total_calls", "success_rate", "failure_rate", "avg_response_time", "timeout_rate",
               "last_failure_time", "uptime_percentage"}
LIFETIME_KEYS = {"admitted", "rejected", "success", "failure", "timeout", "ignored", "late"}


def replay(text, folder="/nonexistent", words=(), **env):
    """BELLWETHER_REGION leads nowhere: a replay never touches a file."""
    text = text if isinstance(text, bytes) else text.encode()
    return subprocess.run([PROGRAM, "breaker", "replay", *words], input=text, capture_output=True, timeout=60,
                          env={**os.environ, "BELLWETHER_REGION": f"{folder}/region", **env})


def lines(config, steps):
    return "".join(json.dumps(line) + "\n" for line in [{"config": config}, *steps])


def answers(config, steps, **env):
    done = replay(lines(config, steps), **env)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(got) == len(steps)
    return got


def call(at, outcome="failure", **more):
    return {"at": at, "do": "call", "outcome": outcome, **more}


def do(at, what, **more):
    return {"at": at, "do": what, **more}


def test_every_answer_says_all():
    got = answers({}, [do(0, "snapshot"), do(1, "acquire", **{"as": "a"}),
                       do(1.25, "record", outcome="success", duration=0.25, **{"as": "a"})])
    assert set(got[0]) == KEYS
    assert set(got[0]["window"]) == WINDOW_KEYS
    assert set(got[0]["lifetime"]) == LIFETIME_KEYS
    assert got[0]["state"] == "closed" and got[0]["generation"] == 1 and got[0]["events"] == []
    assert got[0]["time_until_retry"] is None and got[0]["retry_due"] is False
    assert got[0]["window"] == {"total_calls": 0, "success_rate": 1, "failure_rate": 0, "avg_response_time": 0,
                                "timeout_rate": 0, "last_failure_time": None, "uptime_percentage": 100}
    assert set(got[1]) == KEYS | {"admitted"} and got[1]["admitted"] is True
    assert set(got[2]) == KEYS | {"applied"} and got[2]["applied"] is True
    assert got[2]["window"]["avg_response_time"] == 0.25


def test_a_rejection_says_why_and_for_how_long():
    got = answers({"failure_threshold": 1, "success_threshold": 1, "recovery_timeout": 12.5}, [
        call(0), do(0, "acquire", **{"as": "a"}), do(12.499, "acquire"), do(12.5, "acquire", **{"as": "b"}),
        do(12.5, "acquire"), do(12.5, "force_open"), do(13, "acquire"),
        do(13, "record", outcome="success", **{"as": "b"}), do(13, "record", outcome="success", **{"as": "a"})])
    assert got[0]["events"] == [{"from": "closed", "to": "open", "reason": "consecutive_failures"}]
    assert (got[1]["admitted"], got[1]["reason"], got[1]["retry_after"]) == (False, "open", 12.5)
    assert got[1]["time_until_retry"] == 12.5
    assert got[2]["retry_after"] == 0.001
    assert got[3]["admitted"] and "reason" not in got[3]
    assert (got[4]["reason"], got[4]["retry_after"]) == ("half_open_full", None)
    assert (got[6]["reason"], got[6]["retry_after"]) == ("forced_open", None)
    assert (got[7]["applied"], got[7]["late"], got[7]["lifetime"]["late"]) == (False, True, 1)
    assert (got[8]["applied"], got[8]["late"], got[8]["lifetime"]) == (False, False, got[7]["lifetime"])


def test_the_last_answers_of_a_call():
    got = answers({"failure_threshold": 3}, [call(0, times=5), call(1, "success")])
    assert (got[0]["admitted"], got[0]["applied"], got[0]["late"]) == (False, False, False)
    assert got[0]["lifetime"]["admitted"] == 3 and got[0]["lifetime"]["rejected"] == 2
    assert got[1]["admitted"] is False and got[1]["lifetime"]["success"] == 0


def test_without_a_time_it_is_the_step_before():
    got = answers({}, [do(5, "snapshot"), {"do": "open_for", "seconds": 30}, do(10, "snapshot"),
                       {"do": "open_until", "until": 15.5}])
    assert [a["time_until_retry"] for a in got] == [None, 30, 25, 5.5]
    assert got[1]["events"] == [{"from": "closed", "to": "open", "reason": "open_for"}]


@pytest.mark.parametrize("start", [0, -5, 0.001, 1_767_225_600, 1_767_225_600.123, -99_999_999_999])
def test_any_time_may_be_the_first(start):
    got = answers({"failure_threshold": 1, "recovery_timeout": 0.5}, [
        call(start), do(start + 0.25, "acquire"), do(start - 3600, "snapshot"), do(start + 0.5, "acquire")])
    assert got[0]["window"]["last_failure_time"] == pytest.approx(start, abs=1e-5)
    assert got[1]["retry_after"] == pytest.approx(0.25, abs=0.002)
    assert got[2]["time_until_retry"] == pytest.approx(3600.5, abs=0.002)
    assert got[3]["admitted"] is True


@pytest.mark.parametrize("window", [0.5, 1, 7, 10, 45, 100, 3600, 31_536_000])
@pytest.mark.parametrize("start", [0, 0.001, 5.5, 1_767_225_600.123])
def test_the_retry_time_is_exact_whatever_the_window(window, start):
    got = answers({"failure_threshold": 1, "recovery_timeout": 12.5, "window": window}, [
        call(start), do(start + 12.4999, "acquire"), do(start + 12.5, "acquire")])
    assert got[0]["time_until_retry"] == 12.5
    assert got[1]["admitted"] is False and got[2]["admitted"] is True


def test_a_clock_that_goes_back_keeps_what_is_known():
    got = answers({}, [call(1000, times=2), do(1000 - 7200, "snapshot"), call(1000 - 7200), call(1001, times=2),
                       do(1001 - 30, "snapshot")])
    assert got[1]["window"]["total_calls"] == 2
    assert got[3]["state"] == "open"
    assert got[4]["time_until_retry"] == 90


def test_a_leap_into_the_future_is_survived():
    got = answers({}, [call(0, "success"), call(50_000_000, "success"), call(3, times=5), do(4, "snapshot")])
    assert got[1]["window"]["total_calls"] == 1
    assert got[2]["state"] == "open"


def test_a_million_calls_take_no_time():
    begin = time.monotonic()
    got = answers({"failure_threshold": 1000000}, [call(1, "success", duration=0.1, times=1_000_000)])
    assert got[0]["lifetime"]["success"] == 1_000_000
    assert got[0]["window"]["avg_response_time"] == pytest.approx(0.1, rel=1e-3)
    assert time.monotonic() - begin < 10
    assert answers({}, [call(1, "success", times=400_000)])[0]["window"]["total_calls"] == 400_000
    got = answers({"recovery_timeout": 0}, [call(1, times=100_000)])
    assert len(got[0]["events"]) == 64 and got[0]["events_missed"] > 100_000
    assert got[0]["generation"] > 100_000


def test_jitter_stays_in_its_band_and_is_the_same_each_time():
    steps = []
    for i in range(40):
        steps += [call(i * 10), do(i * 10, "snapshot"), do(i * 10, "reset")]
    config = {"failure_threshold": 1, "recovery_timeout": 100, "jitter": 0.2}
    waits = [a["time_until_retry"] for a in answers(config, steps)[1::3]]
    assert all(80 <= wait <= 120 for wait in waits)
    assert min(waits) < 95 and max(waits) > 105
    assert waits == [a["time_until_retry"] for a in answers(config, steps)[1::3]]


def test_the_switch_for_all_breakers_does_not_reach_a_replay():
    assert answers({"failure_threshold": 1}, [call(0)], BELLWETHER_BREAKERS="off")[0]["state"] == "open"


def test_ends_of_lines_and_empty_lines():
    done = replay(b'\r\n{"config": {}}\r\n\n  \t\n{"do": "snapshot"}\r\n\n{"do": "snapshot"}')
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2


def test_a_file_by_name(tmp_path):
    path = tmp_path / "steps.jsonl"
    path.write_text(lines({}, [do(0, "snapshot")]))
    done = replay("", words=[str(path)])
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1
    done = replay("", words=[str(tmp_path / "no")])
    assert done.returncode == 66 and b"cannot be opened" in done.stderr
    done = replay("", words=["a", "b"])
    assert done.returncode == 64


def test_names_of_the_configuration():
    full = {
        "strategy": "combined", "failure_threshold": 5, "failure_rate_threshold": 0.5, "timeout_threshold": 10,
        "recovery_timeout": 60.5, "success_threshold": 3, "window_size": 60, "minimum_calls": 5, "max_probes": 3,
        "retry_multiplier": 2, "retry_jitter": 0.1, "max_open": 600, "lump_ms": 10, "min_failing_workers": 1,
        "slow_success_counts": True, "slow_threshold": 2}
    assert answers(full, [do(0, "snapshot")])
    assert answers({"mult": 2, "jitter": 0, "window": 30, "max_probes": None, "failure_threshold": 3.0},
                   [call(0, times=3)])[0]["state"] == "open"


@pytest.mark.parametrize("line, why", [
    ("x", "not JSON at column 1"),
    ("[]", "an object in braces expected"),
    ("{", "not JSON at column"),
    ('{"config": {}} x', "not JSON at column"),
    ('{"config": {}, "config": {}}', "duplicate object key"),
    ('{"config": []}', "the first line must be"),
    ('{"config": {}, "at": 1}', "the first line must be"),
    ('{"do": "snapshot"}', "the first line must be"),
    ('{"config": {"failure_treshold": 1}}', "there is no `failure_treshold` here; did you mean `failure_threshold`?"),
    ('{"config": {"failure_threshold": 0}}', "failure_threshold must be"),
    ('{"config": {"failure_threshold": "3"}}', "failure_threshold: a whole number expected"),
    ('{"config": {"failure_threshold": 2.5}}', "failure_threshold: a whole number expected"),
    ('{"config": {"failure_threshold": 3000000000}}', "failure_threshold: a whole number expected"),
    ('{"config": {"failure_threshold": true}}', "failure_threshold: a whole number expected"),
    ('{"config": {"failure_rate_threshold": 1.5}}', "failure_rate_threshold must be"),
    ('{"config": {"failure_rate_threshold": 0}}', "failure_rate_threshold must be"),
    ('{"config": {"recovery_timeout": -1}}', "recovery_timeout must be"),
    ('{"config": {"recovery_timeout": 1e30}}', "beyond every clock"),
    ('{"config": {"recovery_timeout": 1e999}}', "not JSON"),
    ('{"config": {"recovery_timeout": null}}', "recovery_timeout: seconds as a number expected"),
    ('{"config": {"window": 1, "window_size": 1}}', "named twice"),
    ('{"config": {"window": 0}}', "window"),
    ('{"config": {"strategy": "consecutiv"}}', "strategy: there is no `consecutiv`; did you mean `consecutive`?"),
    ('{"config": {"strategy": 1}}', "strategy: a word in quotes expected"),
    ('{"config": {"slow_success_counts": 1}}', "slow_success_counts: true or false expected"),
    ('{"config": {"max_probes": 9}}', "max_probes must be"),
    ('{"config": {"jitter": 2}}', "jitter must be"),
    ('{"config": {"\x1b[31m": 2}}', "not JSON"),
    ('{"config": {"\\u001b[31m": 2}}', "\\x1b[31m"),
])
def test_a_bad_configuration(line, why):
    done = replay(line + "\n")
    assert done.returncode == DATA and done.stdout == b""
    assert done.stderr.startswith(b"line 1: ") and done.stderr.count(b"\n") == 1
    assert why in done.stderr.decode()


@pytest.mark.parametrize("line, why", [
    ("nonsense", "not JSON at column 8"),
    (b"\xff\xfe", "not JSON at column"),
    (b'{"at": 1, "do": "acquire", "as": "\xff"}', "not JSON at column"),
    (b'{"at": 1, "do": "acquire", "as": "a\x00b"}', "not JSON at column"),
    ('{"at": 1, "do": "acquire", "as": "a\\u0000b"}', "not JSON at column"),
    ('{"config": {}}', "the configuration stands in the first line only"),
    ('{"at": 1}', "`do` is missing"),
    ('{"at": 1, "do": "snapshott"}', "do: there is no `snapshott`; did you mean `snapshot`?"),
    ('{"at": 1, "do": 3}', "do: a word in quotes expected"),
    ('{"at": 1, "at": 2, "do": "snapshot"}', "duplicate object key"),
    ('{"at": "1", "do": "snapshot"}', "at: seconds as a number expected"),
    ('{"at": null, "do": "snapshot"}', "at: seconds as a number expected"),
    ('{"at": 1e13, "do": "snapshot"}', "at: 1e+13 seconds are beyond every clock"),
    ('{"at": 1e8, "do": "snapshot"}', "at: must lie within"),
    ('{"at": -1e7, "do": "snapshot"}', "at: must lie within"),
    ('{"att": 1, "do": "snapshot"}', "there is no `att` here; did you mean `at`?"),
    ('{"at": 1, "do": "snapshot", "as": "a"}', "snapshot has no use for `as`"),
    ('{"at": 1, "do": "acquire", "as": ""}', "as: a name in quotes expected"),
    ('{"at": 1, "do": "acquire", "as": 1}', "as: a name in quotes expected"),
    ('{"at": 1, "do": "acquire", "as": "x", "times": 2}', "acquire has no use for `times`"),
    ('{"at": 1, "do": "record", "outcome": "success"}', "record needs `as`"),
    ('{"at": 1, "do": "record", "as": "a"}', "record needs `outcome`"),
    ('{"at": 1, "do": "record", "as": "b", "outcome": "success"}', "no open call is named `b`"),
    ('{"at": 1, "do": "record", "as": "done", "outcome": "success"}', "no open call is named `done`"),
    ('{"at": 1, "do": "record", "as": "a", "outcome": "sucess"}', "did you mean `success`?"),
    ('{"at": 1, "do": "record", "as": "a", "outcome": "success", "duration": "1"}', "duration: seconds as a number"),
    ('{"at": 1, "do": "call"}', "call needs `outcome`"),
    ('{"at": 1, "do": "call", "outcome": "failure", "times": 0}', "times: must be 1 to 10000000"),
    ('{"at": 1, "do": "call", "outcome": "failure", "times": -1}', "times: must be 1 to 10000000"),
    ('{"at": 1, "do": "call", "outcome": "failure", "times": 1e8}', "times: must be 1 to 10000000"),
    ('{"at": 1, "do": "call", "outcome": "failure", "times": 1.5}', "times: a whole number expected"),
    ('{"at": 1, "do": "open_for"}', "open_for needs `seconds`"),
    ('{"at": 1, "do": "open_for", "seconds": -1}', "seconds: must not be negative"),
    ('{"at": 1, "do": "call", "outcome": "success", "duration": -0.1}', "duration: must not be negative"),
    ('{"at": 1, "do": "snapshot", "x": "' + "y" * 65536 + '"}', "longer than 64 KiB"),
    ("[" * 60000, "not JSON"),
])
def test_a_bad_step_ends_it_after_the_answers_before(line, why):
    good = lines({}, [do(0, "acquire", **{"as": "a"}), do(0, "acquire", **{"as": "done"}),
                      do(0, "record", outcome="success", **{"as": "done"})])
    line = line if isinstance(line, bytes) else line.encode()
    done = replay(good.encode() + line + b"\n" + b'{"do": "snapshot"}\n')
    assert done.returncode == DATA
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.startswith(b"line 5: ") and done.stderr.count(b"\n") == 1
    assert why in done.stderr.decode()


def test_no_input_is_no_run():
    for text in (b"", b"\n \n"):
        done = replay(text)
        assert done.returncode == DATA and b": there is no line" in done.stderr


def test_each_answer_comes_before_the_next_line_is_read():
    child = subprocess.Popen([PROGRAM, "breaker", "replay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(b'{"config": {}}\n')
    for at in range(3):
        child.stdin.write(json.dumps(do(at, "snapshot")).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["state"] == "closed"
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def test_output_that_cannot_be_written():
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "breaker", "replay"], input=lines({}, [do(0, "snapshot")]).encode(),
                              stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == IO


# -- side by side --

def differences(want, got, path=""):
    if isinstance(want, dict):
        if set(want) != set(got):
            yield f"{path}: {sorted(want)} expected, not {sorted(got)}"
        else:
            for key in want:
                yield from differences(want[key], got[key], f"{path}/{key}")
    elif isinstance(want, bool) or not isinstance(want, (int, float)):
        if want != got or isinstance(want, bool) != isinstance(got, bool):
            yield f"{path}: {want!r} expected, not {got!r}"
    elif isinstance(got, bool) or not isinstance(got, (int, float)) or not math.isclose(want, got, rel_tol=1e-9,
                                                                                       abs_tol=1e-9):
        yield f"{path}: {want!r} expected, not {got!r}"


def random_config(dice):
    config = {
        "strategy": dice.choice(["combined", "consecutive", "failure_rate", "timeout_rate"]),
        "failure_threshold": dice.randint(1, 6), "failure_rate_threshold": dice.choice([0.1, 0.25, 0.5, 1]),
        "timeout_threshold": dice.choice([0.5, 2, 10]), "recovery_timeout": dice.choice([0, 1, 5, 60]),
        "success_threshold": dice.randint(1, 4), "window_size": dice.choice([6, 60, 600]),
        "minimum_calls": dice.randint(1, 8), "max_probes": dice.choice([0, 1, 2, 8]),
        "retry_multiplier": dice.choice([1, 2]), "max_open": dice.choice([0, 7]),
        "lump_ms": dice.choice([0, 0, 0, 250]), "min_failing_workers": dice.choice([1, 1, 1, 1, 2]),
        "slow_success_counts": dice.random() < 0.3, "slow_threshold": dice.choice([0, 0.5])}
    return {key: config[key] for key in config if dice.random() < 0.7}


class Walk:
    """Random steps that make sense: only open calls are recorded."""

    def __init__(self, dice, start, goes_back=False):
        self.dice, self.now, self.open, self.count, self.goes_back = dice, start, [], 0, goes_back

    def outcome(self):
        return self.dice.choices(["success", "failure", "timeout", "ignored", "cancelled", "rejected_local"],
                                 [8, 10, 2, 1, 1, 1])[0]

    def step(self):
        dice = self.dice
        self.now += dice.choice([0, 0, 0, 0.001, 0.1, 0.5, 1, 3, dice.choice([10, 61, 1000, 400000])])
        if self.goes_back and dice.random() < 0.05:
            self.now -= dice.choice([0.001, 0.1, 1, 5, 70, 3000])
        self.now = round(self.now, 3)
        kind = dice.choices(["call", "acquire", "record", "order", "snapshot"], [10, 6, 6, 1, 1])[0]
        if kind == "record" and self.open:
            name = self.open.pop(dice.randrange(len(self.open)))
            return do(self.now, "record", outcome=self.outcome(), duration=self.duration(), **{"as": name})
        if kind == "acquire":
            self.count += 1
            self.open.append(f"t{self.count}")
            return do(self.now, "acquire", **{"as": self.open[-1]})
        if kind == "order":
            self.now = round(self.now + 0.001, 3)  # two would-have-opened of one millisecond are one
            order = dice.choice(["reset", "force_open", "disable", "metrics_only", "enable", "enable", "open_for"])
            return do(self.now, order, **({"seconds": dice.choice([0, 2, 30])} if order == "open_for" else {}))
        if kind == "snapshot":
            return do(self.now, "snapshot")
        return do(self.now, "call", outcome=self.outcome(), duration=self.duration(), times=dice.choice([1, 1, 2, 5]))

    def duration(self):
        return self.dice.choice([0, 0.1, 0.5, 0.7, 2, 12.3])


def compare(config, steps):
    """What differs at the first step where something does."""
    model = Model(config)
    for nth, (step, got) in enumerate(zip(steps, answers(config, steps))):
        want = model.step(step)
        if model.is_blurred():
            want["window"].pop("uptime_percentage"), got["window"].pop("uptime_percentage")
        wrong = list(differences(want, got))
        if wrong:
            before = "\n".join(json.dumps(line) for line in [{"config": config}, *steps[:nth + 1]])
            return f"{before}\n" + "\n".join(wrong)
    return None


@pytest.mark.parametrize("goes_back", [False, True], ids=["forward", "also back"])
@pytest.mark.parametrize("seed", range(30))
def test_a_random_walk_is_as_the_rules_have_it(seed, goes_back):
    dice = random.Random(seed)
    for _ in range(5):
        config = random_config(dice)
        walk = Walk(dice, dice.choice([0, 1000, 1_767_225_600]), goes_back)
        wrong = compare(config, [walk.step() for _ in range(300)])
        assert wrong is None, wrong


def test_the_comparison_can_fail():
    assert list(differences({"a": 1}, {"a": 2})) and list(differences({"a": True}, {"a": 1}))
    assert list(differences({"a": None}, {"a": 0})) and list(differences([1], []))
    assert micro(0.001) == 1000
