"""`bellwether eval` against the reference's own class: the shared scenarios, and thousands of random ticks."""
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys

import pytest

import reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BELLWETHER", str(ROOT / "build" / "bellwether"))
SEED = int(os.environ.get("EVAL_SEED", "20260302"))

pytestmark = pytest.mark.skipif(not reference.MODULE.exists(), reason=f"no reference at {reference.MODULE}")

NAMES = ["database", "c\u00e4che", "\u30c7\u30fc\u30bf", "a b", "x.y-z", "", "\"quoted\"", "back\\slash", "tab\tnew\nline", "\u0001\u001f\u007f",
         "\U0001f514", "</script>", "e\u0301", "\u2028", "n" * 200, "components", "null"]
WORDS = ["healthy", "degraded", "unhealthy", "unknown", "HEALTHY", "", "starting", "\u00fcnwell", "error"]
STATES = ["closed", "open", "half_open", "forced_open", "disabled", "Open", "", "half-open"]


def number(rng, scale=100.0):
    kind = rng.randrange(12)
    if kind < 3:
        return rng.randint(0, int(scale))
    if kind < 6:
        return round(rng.uniform(0, scale), rng.randint(0, 4))
    if kind < 8:
        return rng.uniform(0, scale)
    return rng.choice([0, 0.0, -0.0, -1.5, -7, 100, 100.0, 1e-9, 2.5e-7, 0.1 + 0.2, 80, 80.0, 80.00000000000001, 85, 90, 5000, 5000.005, 1e15, 123456789.125,
                       2**53, 1e16, 1.5e22, 99.995, 0.005, 0.045, 1 / 3, 5e-324])


def pick(rng, fields, present=0.9):
    """A dictionary of some of the fields: every missing one must give the reference's default."""
    return {key: make() for key, make in fields.items() if rng.random() < present}


def name(rng, i):
    return rng.choice(NAMES) if rng.random() < 0.3 else f"c{i:02}"


def component(rng):
    fields = {"status": rng.choice(WORDS[:4] if rng.random() < 0.8 else WORDS)}
    fields.update(pick(rng, {
        "response_time_ms": lambda: None if rng.random() < 0.2 else number(rng, 10 ** rng.randint(1, 5)),
        "last_check": lambda: rng.choice([None, "2026-03-02T14:30:00+00:00", "yesterday"]),
        "error": lambda: None if rng.random() < 0.5 else rng.choice(NAMES) + " refused",
    }))
    return fields


def breaker(rng):
    return pick(rng, {
        "state": lambda: rng.choice(STATES[:3] if rng.random() < 0.8 else STATES),
        "consecutive_failures": lambda: rng.randint(0, 50),
        "metrics": lambda: pick(rng, {
            "success_rate": lambda: number(rng, 1), "avg_response_time": lambda: number(rng, 5000), "total_calls": lambda: rng.randint(0, 10**9)}),
        "elsewhere": lambda: {"ignored": [1, {"a": None}]},
    })


def health(rng):
    return pick(rng, {
        "status": lambda: rng.choice(WORDS),
        "version": lambda: rng.choice(["1.0.0", "", "\u2713"]),
        "uptime_seconds": lambda: number(rng, 1e6),
        "components": lambda: {name(rng, i): component(rng) for i in range(rng.choice([0, 1, 2, 3, 7, 40]))},
        "checks_summary": lambda: pick(rng, {k: lambda: rng.randint(0, 40) for k in ("healthy", "degraded", "unhealthy", "other")}),
        "resource_usage": lambda: pick(rng, {
            "cpu_percent": lambda: number(rng), "memory_percent": lambda: number(rng), "disk_percent": lambda: number(rng),
            "memory_used_mb": lambda: number(rng, 1e5), "memory_total_mb": lambda: number(rng, 1e5), "disk_used_gb": lambda: number(rng, 1e3),
            "disk_total_gb": lambda: number(rng, 1e3), "load_average": lambda: [number(rng, 8) for _ in range(rng.choice([0, 1, 3, 16]))]}),
        "unheard_of": lambda: "ignored",
    }, present=0.95)


def tick(rng, now):
    out = {"now": now.isoformat()}
    if rng.random() < 0.05:
        out["error"] = rng.choice(NAMES) + " is gone" * rng.choice([1, 1, 100])
    else:
        out["health"] = health(rng)
    if rng.random() < 0.9:
        out["breakers"] = {name(rng, i): breaker(rng) for i in range(rng.choice([0, 0, 1, 2, 5, 60]))}
    return out


def scenario(rng, count):
    now = datetime.datetime(2026, 3, 2, 14, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=rng.choice([0, 0, 1, -5]))))
    steps = rng.choice([[30], [1, 30, 600], [0, 0.000001, 30.5], [3600, 7200], [30, 30, 30, 30, 90000], [30, 30, 30, -3600], [600, 86400], [86399.999999, 86400]])
    ticks = []
    for _ in range(count):
        ticks.append(tick(rng, now))
        now += datetime.timedelta(seconds=rng.choice(steps))
    return ticks


def evaluate(ticks, *options, status=0):
    lines = "".join(json.dumps(t, ensure_ascii=(i % 2 == 0)) + "\n" for i, t in enumerate(ticks))
    done = subprocess.run([PROGRAM, "eval", *options], input=lines.encode(), capture_output=True, timeout=120)
    assert done.returncode == status, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(want, got, path=""):
    """Every key of the reference in its order, texts and numbers exactly; only the uptime, which the reference
    computes from floats of the time of day, may differ in its last microsecond."""
    if isinstance(want, dict):
        if not isinstance(got, dict) or [k for k in got if k in want] != list(want):
            return [f"{path}: keys {list(want)} expected, not {list(got) if isinstance(got, dict) else got!r}"]
        return [d for k in want for d in differences(want[k], got[k], f"{path}/{k}")]
    if isinstance(want, list):
        if not isinstance(got, list) or len(want) != len(got):
            return [f"{path}: a list of {len(want)} expected"]
        return [d for i, pair in enumerate(zip(want, got)) for d in differences(*pair, f"{path}/{i}")]
    same = type(got) is not bool and math.isclose(want, got, abs_tol=2e-6) if path == "/metadata/uptime_seconds" else want == got and isinstance(want, bool) == isinstance(got, bool)
    return [] if same else [f"{path}: {want!r} expected, not {got!r}"]


@pytest.fixture(scope="module")
def module():
    return reference.load_reference()


def compare(module, ticks, what):
    wanted, answers = reference.documents(module, ticks), evaluate(ticks)
    assert len(wanted) == len(answers), what
    for i, (want, got) in enumerate(zip(wanted, answers)):
        found = differences(want, got)
        assert not found, f"{what}, tick {i} ({json.dumps(ticks[i])[:2000]}): {found[:3]}"


def test_the_shared_scenarios_pass():
    done = subprocess.run([sys.executable, str(reference.CHECK), PROGRAM], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip() == "83 passed, 0 failed"


def test_single_random_ticks(module):
    for i in range(400):
        compare(module, scenario(random.Random(f"{SEED}/single/{i}"), 1), f"single {i}")


@pytest.mark.parametrize("count", [2, 5, 20])
def test_short_random_histories(module, count):
    for i in range(60):
        compare(module, scenario(random.Random(f"{SEED}/{count}/{i}"), count), f"history of {count}, {i}")


@pytest.mark.parametrize("count", [99, 100, 101, 102, 103, 201, 250, 303, 400])
def test_long_random_histories(module, count):
    compare(module, scenario(random.Random(f"{SEED}/long/{count}"), count), f"history of {count}")


def test_last_prints_only_the_last_document(module):
    ticks = scenario(random.Random(SEED), 12)
    assert evaluate(ticks, "--last") == evaluate(ticks)[-1:]


def test_keys_of_our_own_stand_beside(module):
    ticks = [t for t in scenario(random.Random(SEED), 40) if "health" in t]
    for document in evaluate(ticks):
        factors = document["metrics"]["score_factors"]
        assert math.isclose(sum(f["weight"] for f in factors.values()), 1)
        assert set(factors) == {"availability", "breaker_health", "cpu_performance", "memory_performance", "response_time"}
        lost = 100 - sum(f["points_lost"] for f in factors.values())
        assert math.isclose(min(100, max(0, lost)), document["metrics"]["system_health_score"], abs_tol=0.1)
