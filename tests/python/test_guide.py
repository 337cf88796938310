"""The Python examples of the guide run as they stand there, one after the other in a program of their own."""
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys

import pytest

import bellwether

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "breakers.md", ROOT / "docs" / "status-dashboard.md"]
# What the examples take from their reader: a vendor that answers, at times with "not now".
AROUND = """
import types

class session:
    status = 200

    @classmethod
    def get(cls, url, timeout):
        return types.SimpleNamespace(status_code=cls.status, headers={"Retry-After": "12"})

def from_cache(symbol):
    return "kept"
"""
# What must be true behind the examples of a page.
AFTER = {
    "README.md": "",
    "status-dashboard.md": """
assert [alert["title"] for alert in document["alerts"]] == ["System Degraded", "High CPU Usage"]
assert document["metrics"]["system_health_score"] == 74.1, document["metrics"]["system_health_score"]
""",
    "breakers.md": """
assert answer.status_code == 200
session.status = 429
assert tiingo.state == "metrics_only", tiingo.state
quotes("SPY")
try:
    quotes("SPY")
    raise SystemExit("admitted")
except CircuitBreakerError as rejected:
    assert rejected.reason == "open" and 11 < rejected.retry_after < 12.1, rejected.retry_after
""",
}


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_run(page, tmp_path):
    program = tmp_path / "examples.py"
    program.write_text(AROUND + "\n".join(blocks(page)) + AFTER[page.name])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-B", "-W", "error", program], env=env, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_guide_has_examples():
    assert len(blocks(ROOT / "docs" / "breakers.md")) >= 4


def test_every_test_that_the_guide_names_is_there():
    named = set(re.findall(r"`(difference_\w+)`", (ROOT / "docs" / "breakers.md").read_text()))
    run = re.findall(r"cmocka_unit_test\((difference_\w+)\)", (ROOT / "tests" / "unit" / "shm" / "test_reference.c").read_text())
    assert named == set(run)
    assert {name[:13] for name in named} == {f"difference_{i}_" for i in range(1, 9)}


def test_another_configuration_is_told_and_does_not_hold(tmp_path):
    code = "import bellwether; bellwether.CircuitBreaker('vendor', failure_threshold=3)"
    subprocess.run([sys.executable, "-B", "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
                   check=True, timeout=60)
    with pytest.warns(bellwether.ConfigurationMismatchWarning, match="failure_threshold"):
        breaker = bellwether.CircuitBreaker("vendor", failure_threshold=4)
    assert breaker.config.failure_threshold == 3


def failed_calls(shared, answers):
    """A worker that calls a vendor which is down, until its breaker stops it."""
    breaker, count = bellwether.CircuitBreaker("vendor", shared=shared), 0
    while (ticket := breaker.try_acquire()):
        ticket.record("failure", 0.1)
        count += 1
    answers.put(count)


@pytest.mark.parametrize("shared, failures", [(False, 160), (True, 5)])
def test_the_arithmetic_of_the_guide(shared, failures):
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    for _ in range(32):
        worker = context.Process(target=failed_calls, args=(shared, answers))
        worker.start()
        worker.join(30)
        assert worker.exitcode == 0
    assert sum(answers.get() for _ in range(32)) == failures
