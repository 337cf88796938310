"""`bellwether eval` as a program in a pipe: answers at once, and clear ends on bad input."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BELLWETHER", str(ROOT / "build" / "bellwether"))
TICK = b'{"now":"2026-03-02T14:30:00Z","health":{"components":{"db":{"status":"healthy"}}}}\n'


def evaluate(data, *options):
    done = subprocess.run([PROGRAM, "eval", *options], input=data, capture_output=True, timeout=60)
    return done.returncode, done.stdout.splitlines(), done.stderr.decode()


def test_each_answer_comes_before_the_next_tick():
    child = subprocess.Popen([PROGRAM, "eval"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for points in range(3):
            child.stdin.write(TICK)
            child.stdin.flush()
            document = json.loads(child.stdout.readline())
            assert document["historical"]["summary"]["points"] == points
        child.stdin.close()
        assert child.stdout.read() == b""
        assert child.wait(timeout=30) == 0
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("line, why", [
    (b"nonsense", "not JSON at column"),
    (b"[1]", "an object expected, not a list"),
    (b'{"now":"2026-03-02T14:30:00Z","health":{"resource_usage":{"cpu_percent":"81"}}}', "health.resource_usage.cpu_percent: a number expected, not text"),
    (b'{"now":"2026-03-02T14:30:00Z","health":{"status":"\xff"}}', "not JSON at column"),
    (b'{"now":"2026-03-02T14:30:00Z","now":"2026-03-02T14:30:00Z","health":{}}', "duplicate object key"),
    (b'{"health":{}}', "now: missing"),
    (b"[" * 100000, "not JSON at column"),
    (b" " * (17 << 20), "longer than 16 MiB"),
], ids=["nonsense", "list", "type", "utf-8", "duplicate", "no-now", "deep", "long"])
def test_a_bad_line_is_named_after_the_good_documents(line, why):
    status, documents, complaint = evaluate(TICK + b"\r\n" + TICK + line + b"\n" + TICK)
    assert status == 65
    assert len(documents) == 2
    assert complaint.startswith("line 4: ") and why in complaint and complaint.count("\n") == 1
    status, documents, complaint = evaluate(TICK + b"\n" + TICK + line, "--last")
    assert status == 65 and complaint.startswith("line 4: ")
    assert [json.loads(d)["historical"]["summary"]["points"] for d in documents] == [1]


def test_no_control_characters_reach_the_terminal():
    status, _, complaint = evaluate(b'{"now":"2026-03-02T14:30:00Z","health":{"components":{"\\u001b[31m":7}}}\n')
    assert status == 65
    assert "\x1b" not in complaint and "health.components.?[31m: an object expected" in complaint


def test_nothing_in_nothing_out():
    assert evaluate(b"") == (0, [], "")
    assert evaluate(b"\n\r\n  \n") == (0, [], "")
    assert evaluate(b"", "--last") == (0, [], "")


def test_a_file_is_read_as_standard_input_is(tmp_path):
    file = tmp_path / "ticks.jsonl"
    file.write_bytes(TICK * 3)
    assert evaluate(b"", str(file)) == evaluate(TICK * 3)
    assert evaluate(b"", "--last", str(file)) == evaluate(TICK * 3, "--last")
