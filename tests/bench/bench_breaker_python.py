#!/usr/bin/env python3
"""What a call through a breaker costs from Python: ours beside the reference's breaker, restated in
Python, and beside the same library through ctypes.

Usage: bench_breaker_python.py PROGRAM      (the package is looked for beside it)
The reference takes the lock, keeps the list and counts every rate anew, as the original does, so it
is the same work. Each round measures one after the other; what counts is the median of the rounds.
"""
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/bellwether").resolve().parent
PYTHON = "/usr/bin/python3"  # the one that the package of the build is made for
ROUNDS = 31
CALLS, FAILURES, IN_WINDOW = 2000, 20, 1000

sys.path[:0] = [str(BUILD / "bindings" / "python"), str(ROOT / "tests" / "integration")]


def say(name, value, unit, **more):
    print(json.dumps({"bench": f"breaker_python.{name}", "value": value, "unit": unit, **more}), flush=True)


def built():
    """The package as a folder of the build, and the shared library for ctypes."""
    names = sorted(path.name for path in (ROOT / "bindings/python/bellwether").iterdir()
                   if path.suffix in (".py", ".pyi", ".typed") or path.name == "py.typed")
    targets = [f"bindings/python/bellwether/{name}" for name in (*names, "_native.abi3.so")]
    done = subprocess.run(["ninja", "-C", str(BUILD), *targets, "src/libbellwether.so.0.1.0"],
                          capture_output=True, text=True)
    return done.returncode == 0


def nanoseconds(work, count):
    begun = time.perf_counter_ns()
    work(count)
    return (time.perf_counter_ns() - begun) / count


def compare(ours, theirs, our_count, their_count):
    """Medians of both, in turn."""
    pairs = [(nanoseconds(ours, our_count), nanoseconds(theirs, their_count)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def tell(name, ours, theirs, limit=None):
    promised = {"limit": limit, "better": "higher"} if limit else {}
    say(name, theirs / ours, "x", **promised, ns=round(ours, 1), reference_ns=round(theirs, 1))


def answer():
    return None


def fail():
    raise ValueError


def successes(breaker):
    def work(count):
        call = breaker.call
        for _ in range(count):
            call(answer)
    return work


def failures(breaker):
    def work(count):
        call = breaker.call
        for _ in range(count):
            try:
                call(fail)
            except ValueError:
                pass
    return work


def rejections(breaker, rejected):
    def work(count):
        call = breaker.call
        for _ in range(count):
            try:
                call(answer)
            except rejected:
                pass
    return work


def raising(count):
    """What an exception costs without any breaker; a part of each failure and rejection."""
    for _ in range(count):
        try:
            fail()
        except ValueError:
            pass


def plain(count):
    for _ in range(count):
        answer()


def measure_calls(bellwether, reference, region):
    never = {"failure_threshold": 1000000, "failure_rate_threshold": 1.0}
    # The reference keeps every call of its window: a small one keeps its successes cheap, as is fair.
    ours = bellwether.CircuitBreaker("success", region=region, window_size=1, **never)
    theirs = reference.ReferenceBreaker(window_size=0.005, **never)
    tell("success", *compare(successes(ours), successes(theirs), CALLS, CALLS), limit=10)
    ours = bellwether.CircuitBreaker("failure", region=region, **never)
    theirs = reference.ReferenceBreaker(**never)
    for breaker in (ours, theirs):
        for _ in range(IN_WINDOW):
            breaker.call(answer)
    tell("failure_at_1000_calls", *compare(failures(ours), failures(theirs), CALLS, FAILURES), limit=100)
    ours = bellwether.CircuitBreaker("rejection", region=region)
    theirs = reference.ReferenceBreaker()
    for _ in range(5):
        failures(ours)(1)
        failures(theirs)(1)
    tell("rejection", *compare(rejections(ours, bellwether.CircuitBreakerError),
                               rejections(theirs, reference.Rejected), CALLS, CALLS))
    say("plain_call", statistics.median(nanoseconds(plain, CALLS) for _ in range(ROUNDS)), "ns")
    say("plain_exception", statistics.median(nanoseconds(raising, CALLS) for _ in range(ROUNDS)), "ns")


class Ticket(ctypes.Structure):
    _fields_ = [("word", ctypes.c_uint64), ("value", ctypes.c_int64)]


def measure_ctypes():
    """The same library without an extension: acquire and record through ctypes."""
    library = ctypes.CDLL(str(BUILD / "src" / "libbellwether.so.0"))
    region, breaker = ctypes.c_void_p(), ctypes.c_void_p()
    acquire, record = library.bw_breaker_acquire, library.bw_breaker_record
    acquire.argtypes, acquire.restype = [ctypes.c_void_p], Ticket
    record.argtypes = [ctypes.c_void_p, Ticket, ctypes.c_int, ctypes.c_int64]
    record.restype = ctypes.c_bool
    if library.bw_region_open(None, ctypes.byref(region), None) or \
            library.bw_breaker_open(region, b"ctypes", None, ctypes.byref(breaker), None):
        return

    def work(count):
        for _ in range(count):
            record(breaker, acquire(breaker), 0, 0)
    say("ctypes_acquire_record", statistics.median(nanoseconds(work, CALLS) for _ in range(ROUNDS)), "ns")


def main():
    if not built():
        say("success", 0, "x", skipped="the package of the build is not there")
        return 0
    if "BELLWETHER_BENCH_CHILD" not in os.environ:
        with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
            return subprocess.run([PYTHON, "-B", __file__, *sys.argv[1:]], env={
                **os.environ, "BELLWETHER_BENCH_CHILD": "1",
                "BELLWETHER_REGION": os.path.join(folder, "region")}).returncode
    import bellwether
    import reference_breaker as reference
    measure_calls(bellwether, reference, bellwether.Region())
    measure_ctypes()
    return 0


if __name__ == "__main__":
    sys.exit(main())
