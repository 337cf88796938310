#!/usr/bin/env python3
"""The history beside what others make of the same day, and how soon it answers.

Usage: tests/bench/bench_history.py PROGRAM [COMPONENTS]
1,000 components unless told otherwise, 24 hours at 30 s: history_data.c has the values. A sample is
a value with its time: the status and the response time of a look are two.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import history_rivals
from bed import emit

COMPONENTS, STEPS = 1000, 2880


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def size_of(path):
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))


def emit_rivals(data, components, samples, folder):
    sizes = {
        "sqlite_rows": history_rivals.plain_rows(data, components, folder),
        "victoria_metrics": history_rivals.victoria(data, components, folder),
        "prometheus": history_rivals.prometheus(data, components, folder),
        "rrdtool": history_rivals.rrdtool(folder, components),
    }
    for rival, size in sizes.items():
        if size is not None:
            emit(f"history.bytes_a_sample.{rival}", size / samples, "B")


def main(program, components):
    data = pathlib.Path(program).parent / "tests" / "bench" / "history_data"
    samples = components * STEPS * 2
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as name:
        folder = pathlib.Path(name)
        filled = json.loads(run(data, "fill", folder / "day.db", components))
        emit("history.bytes_a_sample", size_of(folder / "day.db") / samples, "B", 1.2,
             rows=filled["rows"])
        emit_rivals(data, components, samples, folder)
        emit("history.heads_of_10000", filled["head_bytes"] / components * 10000 / 1e6, "MB", 20)
        day = json.loads(run(data, "ask", folder / "day.db"))["day_rows"]
        emit("history.day_of_a_series.cold", day["cold_ms"], "ms", 2)
        emit("history.day_of_a_series.warm", day["warm_ms"], "ms", 0.3)
        run(data, "year", folder / "year.db")
        year = json.loads(run(data, "ask", folder / "year.db"))
        for question in ("buckets", "states", "uptime"):
            emit(f"history.year_of_a_series.{question}", year[f"year_{question}"]["warm_ms"], "ms", 5)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else COMPONENTS)
