#!/usr/bin/env python3
"""The page in a browser, each figure beside its budget: bytes, times, processor, nodes, heap.

Usage: tests/bench/bench_browser.py PROGRAM
The figures are those of tests/browser/test_budgets.mjs; a time's limit is the budget times how much
slower than the machine of the budgets this one was at that moment. Without Chromium or Node.js there
are none.
"""
import pathlib
import re
import shutil
import subprocess
import sys

from bed import emit

BROWSER = pathlib.Path(__file__).resolve().parent.parent / "browser"
FIGURE = re.compile(r"^ +figure (.+): (\S+) of (\S+) (.*?) ?"
                    r"(?:\([\d.]+(?:, machine ([\d.]+) .*)?\))?$")


def main(program):
    if not shutil.which("chromium") or not shutil.which("node"):
        print("bench_browser: no Chromium or no Node.js here: skipped", file=sys.stderr)
        return 0
    subprocess.run([BROWSER / "prepare"], check=True, stdout=sys.stderr)
    child = subprocess.Popen(["node", BROWSER / "run.mjs", program, "test_budgets.mjs"], text=True,
                             stdout=subprocess.PIPE)
    for line in child.stdout:
        found = FIGURE.match(line)
        if found:
            name, value, budget, unit, slow = found.groups()
            more = {"slower": float(slow), "budget": float(budget)} if slow else {}
            emit(f"browser.{name}", float(value), unit, float(budget) * float(slow or 1), **more)
        elif line.startswith("FAIL"):
            print(line, end="", file=sys.stderr)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
