"""The rules of the breaker, one by one, as `bellwether breaker replay` shows them from outside.

A scenario is a configuration and rows of (time, step, what the answer must hold). What must hold is a few words:
`open`, `half_open`, … is the state, `late`, `applied`, `admitted` the answer, `no open 10` a rejection with its
reason and retry_after (`-`: null), `#3` the generation, `run 2`, `probes 1`, `retry 10`, `due`, `calls 5`,
`window.failure_rate=0.5`; `closed>open:open_for` is an event: all of them are named, or none, or `quiet` says that
there is none.
"""
import json
import os
import subprocess

import pytest

from daemon import PROGRAM

STATES = ("closed", "open", "half_open", "forced_open", "disabled", "metrics_only")
OUTCOMES = ("success", "failure", "timeout", "ignored", "cancelled", "rejected_local")
COUNTED = {"success": "success", "failure": "failure", "timeout": "failure", "ignored": "ignored",
           "cancelled": "ignored", "rejected_local": "ignored"}
THREE = {"strategy": "consecutive", "failure_threshold": 3, "recovery_timeout": 10, "success_threshold": 2}
ONE = {**THREE, "failure_threshold": 1}


def run(text):
    data = text if isinstance(text, bytes) else text.encode()
    return subprocess.run([PROGRAM, "breaker", "replay"], input=data, capture_output=True, timeout=60,
                          env={**os.environ, "BELLWETHER_REGION": "/nonexistent/region"})


def step_of(at, words):
    """`record a failure 2.5`, `call success 0.1 x5`, `acquire a`, `open_for 30`, `reset`."""
    what, *rest = words.split()
    step = {"at": at, "do": what}
    if what in ("acquire", "record"):
        step["as"] = rest.pop(0)
    if what == "open_for":
        step["seconds"] = float(rest.pop(0))
    if what in ("record", "call"):
        step["outcome"] = rest.pop(0)
    for word in rest:
        if word[0] == "x":
            step["times"] = int(word[1:])
        else:
            step["duration"] = float(word)
    return step


def member(answer, path):
    for key in path.split("."):
        answer = answer[key]
    return answer


def same(got, want):
    if isinstance(want, float) and isinstance(got, (int, float)):
        return abs(got - want) <= 1e-9 * max(1, abs(want))
    return got == want


def facts(want):
    """(path, value) of every word; an event is ("event", text)."""
    words = iter(want.split())
    for word in words:
        if word in STATES:
            yield "state", word
        elif word == "admitted":
            yield "admitted", True
        elif word == "no":
            yield "admitted", False
            yield "reason", next(words)
            wait = next(words)
            yield "retry_after", None if wait == "-" else float(wait)
        elif word == "applied":
            yield "applied", True
        elif word == "late":
            yield "applied", False
            yield "late", True
        elif word in ("due", "undue"):
            yield "retry_due", word == "due"
        elif word in ("run", "probes", "calls"):
            yield {"run": "consecutive_failures", "probes": "probes_in_flight",
                   "calls": "window.total_calls"}[word], int(next(words))
        elif word == "retry":
            wait = next(words)
            yield "time_until_retry", None if wait == "-" else float(wait)
        elif word[0] == "#":
            yield "generation", int(word[1:])
        elif word == "quiet":
            yield "events", []
        elif ">" in word:
            yield "event", word
        else:
            path, value = word.split("=")
            yield path, json.loads(value, parse_int=float)


def wrong(answer, want):
    events = [f"{event['from']}>{event['to']}:{event['reason']}" for event in answer["events"]]
    told = [value for path, value in facts(want) if path == "event"]
    if told and told != events:
        yield f"events {events}, not {told}"
    for path, value in facts(want):
        if path != "event" and not same(member(answer, path), value):
            yield f"{path} {member(answer, path)!r}, not {value!r}"


def play(config, rows):
    steps = [step_of(at, words) for at, words, _ in rows]
    done = run("".join(json.dumps(line) + "\n" for line in [{"config": config}, *steps]))
    assert (done.returncode, done.stderr) == (0, b"")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(rows)
    return found


SCENARIOS = {}


def rule(name, config, *rows):
    assert name not in SCENARIOS
    SCENARIOS[name] = (config, rows)


# --- defaults and strategies ---

rule("default: five failures in a row open", {"strategy": "consecutive"},
     (0, "call failure x4", "closed run 4 #1 quiet"),
     (1, "call failure", "open run 5 #2 retry 60 undue closed>open:consecutive_failures admitted applied"),
     (60.999, "acquire a", "no open 0.001"),
     (61, "acquire a", "admitted half_open #3 probes 1 open>half_open:recovery_timeout retry -"))
rule("default: combined opens by the rate at five calls of which half failed", {},
     (0, "call success x2", "closed"), (1, "call failure x2", "closed calls 4 window.failure_rate=0.5"),
     (2, "call failure", "open closed>open:failure_rate calls 5 window.failure_rate=0.6"))
rule("combined opens by the run", {"failure_threshold": 2},
     (0, "call failure", "closed"), (0, "call failure", "open closed>open:consecutive_failures"))
rule("rates need five calls, inclusive", {"strategy": "failure_rate"},
     (0, "call failure x4", "closed"), (0, "call failure", "open closed>open:failure_rate"))
rule("failure_rate at exactly the threshold", {"strategy": "failure_rate"},
     (0, "call success x5", "closed"), (0, "call failure x4", "closed"), (0, "call failure", "open calls 10"))
rule("failure_rate of all", {"strategy": "failure_rate", "failure_rate_threshold": 1},
     (0, "call failure x4", "closed"), (0, "call success", "closed"), (0, "call failure x20", "closed"))
rule("failure_rate knows no run", {"strategy": "failure_rate", "failure_threshold": 1},
     (0, "call failure", "closed run 1"))
rule("consecutive knows no rate", {"strategy": "consecutive"},
     (0, "call failure x4", "closed"), (0, "call success", "closed run 0"), (0, "call failure x4", "closed run 4"))
rule("the trip test runs only on a failing outcome", {"strategy": "failure_rate"},
     (0, "call failure x4", "closed"), (0, "call success", "closed window.failure_rate=0.8"),
     (0, "call ignored", "closed"), (0, "call failure", "open"))
rule("a failure as long as timeout_threshold is a timeout", {"strategy": "timeout_rate", "timeout_threshold": 2},
     (0, "call failure 1.999 x5", "closed window.timeout_rate=0 lifetime.timeout=0"),
     (0, "call failure 2 x4", "closed lifetime.timeout=4 lifetime.failure=9"),
     (0, "call failure 2", "open closed>open:timeout_rate window.timeout_rate=0.5 window.failure_rate=1"))
rule("difference 1: timeout_rate uses timeout_threshold", {"strategy": "timeout_rate", "timeout_threshold": 30},
     (0, "call failure 10 x8", "closed window.timeout_rate=0"), (0, "call timeout x8", "open"))
rule("the outcome timeout needs no duration", {"strategy": "timeout_rate"},
     (0, "call timeout x4", "closed run 4"), (0, "call timeout", "open lifetime.timeout=5 lifetime.failure=5"))
rule("timeouts end no run and begin one", {"strategy": "consecutive", "failure_threshold": 3},
     (0, "call timeout", "run 1"), (0, "call failure", "run 2"), (0, "call timeout", "open run 3"))
rule("threshold one", ONE, (0, "call failure", "open run 1 #2"))

# --- outcomes in CLOSED ---

for outcome in ("ignored", "cancelled", "rejected_local"):
    rule(f"{outcome} leaves run and window", THREE,
         (0, "call failure x2", "run 2 calls 2"), (0, f"call {outcome} 50", "closed run 2 calls 2 applied"),
         (0, "snapshot", "lifetime.ignored=1 lifetime.admitted=3 window.avg_response_time=0"),
         (0, "call failure", "open run 3"))
rule("a success ends the run", THREE,
     (0, "call failure x2", "run 2"), (0, "call success", "run 0"), (0, "call failure x2", "closed run 2"),
     (0, "call failure", "open run 3"))
rule("rejected admissions never enter the rates", ONE,
     (0, "call failure", "open calls 1"), (1, "call failure x100", "no open 9 open calls 1 lifetime.rejected=100"),
     (2, "snapshot", "lifetime.admitted=1 lifetime.failure=1 lifetime.late=0 window.failure_rate=1"))

# --- OPEN and the retry time ---

rule("OPEN becomes HALF_OPEN by an admission alone", ONE,
     (0, "call failure", "open"), (10, "snapshot", "open due retry 0 #2 quiet"),
     (500, "snapshot", "open due retry 0 #2 quiet"),
     (500, "acquire a", "admitted half_open #3 undue retry - open>half_open:recovery_timeout"))
rule("one moment before the retry time", ONE,
     (0, "call failure", "open"), (9.999, "acquire a", "no open 0.001 open undue"), (10, "acquire b", "admitted half_open"))
rule("difference 2: late failures do not lengthen the open period", ONE,
     (0, "acquire a", "admitted"), (0, "acquire b", "admitted"), (0, "record a failure", "open applied retry 10"),
     (5, "record b failure", "late open #2 retry 5 quiet calls 1 run 1 lifetime.failure=2 lifetime.late=1"),
     (10, "acquire c", "admitted half_open"))
rule("difference 8: a retry time of 0 stays 0", {**ONE, "recovery_timeout": 0},
     (0, "call failure", "open retry 0 due"), (0, "acquire a", "admitted half_open"))
rule("time_until_retry is null unless open, never negative", ONE,
     (0, "snapshot", "retry -"), (0, "call failure", "retry 10"), (4.5, "snapshot", "retry 5.5"),
     (99, "snapshot", "retry 0"), (99, "acquire a", "retry -"))

# --- HALF_OPEN ---

rule("success_threshold successes close", ONE,
     (0, "call failure", "open"), (10, "call success", "half_open applied probes 0"),
     (11, "call success", "closed #4 half_open>closed:probes_succeeded calls 0 run 0"))
rule("any failure reopens", ONE,
     (0, "call failure", "open"), (10, "call success", "half_open"),
     (11, "call failure", "open #4 half_open>open:probe_failed retry 10"), (20.999, "acquire a", "no open 0.001"),
     (21, "acquire a", "admitted half_open #5"))
rule("a timeout reopens", ONE,
     (0, "call failure", "open"), (10, "call timeout", "open open>half_open:recovery_timeout half_open>open:probe_failed"))
for outcome in ("ignored", "cancelled", "rejected_local"):
    rule(f"{outcome} frees a probe and decides nothing", {**ONE, "max_probes": 1},
         (0, "call failure", "open"), (10, "acquire a", "admitted probes 1"), (10, "acquire b", "no half_open_full -"),
         (11, f"record a {outcome}", "half_open applied probes 0 quiet #3"), (11, "acquire c", "admitted probes 1"))
rule("after closing the count begins anew", THREE,
     (0, "call failure x3", "open"), (10, "call success x2", "closed run 0 calls 0"),
     (11, "call failure x2", "closed run 2 calls 2"), (11, "call failure", "open #5"))
rule("difference 4: probes are limited to success_threshold", ONE,
     (0, "call failure", "open"), (10, "acquire a", "admitted probes 1"), (10, "acquire b", "admitted probes 2"),
     (10, "acquire c", "no half_open_full - half_open probes 2 lifetime.rejected=1 retry -"))
rule("in flight and successes never pass success_threshold", {**ONE, "success_threshold": 3},
     (0, "call failure", "open"), (10, "call success", "half_open"), (10, "acquire a", "admitted probes 1"),
     (10, "acquire b", "admitted probes 2"), (10, "acquire c", "no half_open_full -"),
     (11, "record a success", "half_open probes 1"), (11, "acquire d", "no half_open_full -"),
     (12, "record b success", "closed probes 0"))
rule("max_probes below success_threshold", {**ONE, "success_threshold": 5, "max_probes": 2},
     (0, "call failure", "open"), (10, "acquire a", "probes 1"), (10, "acquire b", "probes 2"),
     (10, "acquire c", "no half_open_full -"), (10, "record a success", "half_open probes 1"),
     (10, "acquire d", "admitted probes 2"))
rule("max_probes above success_threshold", {**ONE, "success_threshold": 1, "max_probes": 8},
     (0, "call failure", "open"), (10, "acquire a", "admitted probes 1"), (10, "acquire b", "no half_open_full -"))
rule("at most eight probes by default", {**ONE, "success_threshold": 20},
     (0, "call failure", "open"), *((10, f"acquire p{i}", f"admitted probes {i + 1}") for i in range(8)),
     (10, "acquire q", "no half_open_full - probes 8"),
     *((11, f"record p{i} success", "half_open applied") for i in range(8)), (12, "call success x11", "half_open"),
     (12, "call success", "closed #4"))
rule("minimum volume and rates do not apply in HALF_OPEN", {"recovery_timeout": 10, "success_threshold": 5},
     (0, "call failure x5", "open"), (10, "call success x4", "half_open"), (10, "call failure", "open half_open>open:probe_failed"))
rule("a second probe is late once the first reopened", ONE,
     (0, "call failure", "open"), (10, "acquire a", "probes 1"), (10, "acquire b", "probes 2"),
     (11, "record a failure", "open #4 probes 0 retry 10"), (12, "record b success", "late open #4 quiet"),
     (13, "snapshot", "lifetime.success=1 lifetime.late=1 lifetime.failure=2"))
rule("a late failure does not end the next half-open", ONE,
     (0, "call failure", "open"), (10, "acquire a", ""), (10, "acquire b", ""), (11, "record a failure", "open"),
     (21, "acquire c", "admitted half_open #5"), (21, "record b failure", "late half_open #5 probes 1"),
     (22, "record c success", "applied half_open"))
rule("a late result after closing", {**ONE, "success_threshold": 1},
     (0, "acquire a", "admitted"), (0, "call failure", "open"), (10, "call success", "closed #4"),
     (11, "record a failure", "late closed #4 run 0 calls 0 lifetime.late=1"))

# --- leases ---

LEASE = {**ONE, "success_threshold": 1, "timeout_threshold": 4}
rule("a lease lasts timeout_threshold and a second", LEASE,
     (0, "call failure", "open"), (10, "acquire a", "admitted probes 1"), (14.999, "acquire b", "no half_open_full - probes 1"),
     (15, "acquire c", "admitted half_open #3 probes 1 quiet"), (19.999, "acquire d", "no half_open_full -"),
     (20, "acquire e", "admitted"))
rule("who lost his lease still counts in the same generation", LEASE,
     (0, "call failure", "open"), (10, "acquire a", ""), (15, "acquire b", "admitted"),
     (16, "record a success", "applied closed #4"), (17, "record b failure", "late closed #4 run 0"))
rule("who lost his lease frees nothing", {**LEASE, "success_threshold": 3, "max_probes": 1},
     (0, "call failure", "open"), (10, "acquire a", ""), (15, "acquire b", "admitted probes 1"),
     (16, "record a ignored", "applied half_open probes 1"), (16, "acquire c", "no half_open_full -"),
     (17, "record b ignored", "applied probes 0"), (17, "acquire d", "admitted"))
rule("who lost his lease may reopen", LEASE,
     (0, "call failure", "open"), (10, "acquire a", ""), (15, "acquire b", "admitted"),
     (16, "record a failure", "applied open #4"), (17, "record b success", "late open"))
rule("an expired lease is not in flight", LEASE,
     (0, "call failure", "open"), (10, "acquire a", "probes 1"), (15, "snapshot", "probes 0 half_open"))
rule("a probe recorded after its deadline counts", LEASE,
     (0, "call failure", "open"), (10, "acquire a", "probes 1"), (100, "record a success", "applied closed #4"))

# --- orders ---

rule("reset in CLOSED: generation and event always", THREE,
     (0, "call failure x2", "run 2"), (1, "reset", "closed #2 run 0 calls 0 closed>closed:reset"),
     (1, "reset", "closed #3 closed>closed:reset"), (1, "snapshot", "lifetime.failure=2 lifetime.admitted=2 quiet"))
rule("reset in OPEN", ONE,
     (0, "call failure", "open"), (1, "reset", "closed #3 open>closed:reset retry - run 0 calls 0 window.last_failure_time=null"),
     (1, "acquire a", "admitted"))
rule("reset while probing makes the probe late", ONE,
     (0, "call failure", "open"), (10, "acquire a", "probes 1"), (11, "reset", "closed #4 half_open>closed:reset probes 0"),
     (12, "record a failure", "late closed run 0 #4"))
rule("a result from before a reset is late", THREE,
     (0, "acquire a", ""), (0, "reset", "#2"), (0, "record a failure", "late closed run 0 calls 0 lifetime.failure=1"))
rule("force_open never times out", ONE,
     (0, "force_open", "forced_open #2 closed>forced_open:force_open retry - undue"),
     (0, "acquire a", "no forced_open -"), (1e6, "acquire b", "no forced_open - forced_open lifetime.rejected=2"))
rule("enable ends force_open", ONE,
     (0, "force_open", ""), (1, "enable", "closed #3 forced_open>closed:enable"), (1, "acquire a", "admitted"))
rule("reset ends force_open", ONE, (0, "force_open", ""), (1, "reset", "closed #3 forced_open>closed:reset"))
rule("disable admits all and keeps lifetime totals only", ONE,
     (0, "disable", "disabled #2 closed>disabled:disable"),
     (1, "call failure 20 x50", "admitted applied disabled calls 0 run 0 lifetime.failure=50 lifetime.timeout=50 quiet"),
     (2, "enable", "closed #3 disabled>closed:enable calls 0"))
rule("disable from OPEN", ONE,
     (0, "call failure", "open"), (1, "disable", "disabled #3 open>disabled:disable retry -"), (1, "acquire a", "admitted"),
     (2, "enable", "closed #4"), (2, "record a failure", "late closed"))
rule("metrics_only records, admits and opens nothing", THREE,
     (0, "metrics_only", "metrics_only #2 closed>metrics_only:metrics_only"),
     (1, "call failure x2", "admitted applied metrics_only run 2 calls 2 quiet"),
     (1, "call failure", "metrics_only #2 run 3 metrics_only>metrics_only:would_have_opened"),
     (2, "call failure x9", "metrics_only #2 quiet run 12"))
rule("metrics_only: one event an episode", THREE,
     (0, "metrics_only", ""), (1, "call failure x3", "metrics_only>metrics_only:would_have_opened"),
     (2, "call success", "run 0 quiet"), (3, "call failure", "quiet run 1"), (3, "call failure", "quiet"),
     (4, "call failure", "metrics_only>metrics_only:would_have_opened #2"))
rule("metrics_only ends empty", THREE,
     (0, "metrics_only", ""), (1, "call failure x5", ""), (2, "enable", "closed #3 run 0 calls 0 metrics_only>closed:enable"))
rule("overrides always bump the generation", ONE,
     (0, "force_open", "#2"), (0, "force_open", "#3 forced_open>forced_open:force_open"),
     (0, "disable", "#4 forced_open>disabled:disable"), (0, "disable", "#5"), (0, "metrics_only", "#6"),
     (0, "metrics_only", "#7"), (0, "reset", "closed #8"))
rule("enable outside an override does nothing", ONE,
     (0, "enable", "closed #1 quiet"), (0, "call failure", "open #2"), (1, "enable", "open #2 quiet"),
     (10, "acquire a", "half_open #3"), (10, "enable", "half_open #3 quiet probes 1"))

# --- open_for ---

rule("open_for in CLOSED", ONE,
     (5, "open_for 30", "open #2 retry 30 closed>open:open_for"), (34.999, "acquire a", "no open 0.001"),
     (35, "acquire a", "admitted half_open #3"))
rule("open_for in OPEN sets its own deadline", ONE,
     (0, "call failure", "open"), (1, "open_for 2.5", "open retry 2.5 open>open:open_for #3"), (3.5, "acquire a", "admitted"))
rule("open_for in HALF_OPEN", ONE,
     (0, "call failure", "open"), (10, "acquire a", ""), (11, "open_for 60", "open #4 retry 60 half_open>open:open_for probes 0"),
     (12, "record a success", "late open #4"))
for order, state in (("force_open", "forced_open"), ("disable", "disabled"), ("metrics_only", "metrics_only")):
    rule(f"open_for leaves {state}", ONE, (0, order, "#2"), (1, "open_for 30", f"{state} #2 quiet retry -"))
rule("open_for 0", ONE, (0, "open_for 0", "open due retry 0"), (0, "acquire a", "admitted half_open"))
rule("open_for knows no max_open", {**ONE, "max_open": 5}, (0, "open_for 30", "retry 30"))

# --- back-off ---

rule("every reopening lengthens the open period", {**ONE, "mult": 2, "max_open": 50},
     (0, "call failure", "open retry 10"), (10, "call failure", "open retry 20"), (30, "call failure", "open retry 40"),
     (70, "call failure", "open retry 50"), (120, "call failure", "open retry 50"),
     (170, "call success x2", "closed"), (171, "call failure", "open retry 10"))
rule("a multiplier with a fraction", {**ONE, "mult": 1.15},
     (0, "call failure", "retry 10"), (10, "call failure", "retry 11.5"), (21.5, "call failure", "retry 13.225"))
rule("reset ends the back-off", {**ONE, "mult": 3},
     (0, "call failure", "retry 10"), (10, "call failure", "retry 30"), (11, "reset", ""), (11, "call failure", "retry 10"))
rule("multiplier 1 and jitter 0 by default", ONE,
     (0, "call failure", "retry 10"), (10, "call failure", "retry 10"), (20, "call failure", "retry 10"))
rule("max_open cuts the first period", {**ONE, "max_open": 4}, (0, "call failure", "retry 4"))

# --- the window ---

rule("an empty window", {},
     (0, "snapshot", "calls 0 window.success_rate=1 window.failure_rate=0 window.avg_response_time=0 window.timeout_rate=0"
      " window.last_failure_time=null window.uptime_percentage=100"))
rule("averages", {},
     (0, "call success 0.1", "window.avg_response_time=0.1"), (0, "call success 0.2", "window.avg_response_time=0.15"),
     (0, "call failure 0.6", "window.avg_response_time=0.3 window.last_failure_time=0"),
     (0, "call success 12.5", "window.avg_response_time=3.35 window.timeout_rate=0"))
rule("calls leave after the window", {"window_size": 60},
     (0, "call success", "calls 1"), (30, "call failure", "calls 2"), (59.999, "snapshot", "calls 2"),
     (60, "snapshot", "calls 1 window.failure_rate=1 window.last_failure_time=30"),
     (90, "snapshot", "calls 0 window.success_rate=1 window.last_failure_time=null"))
rule("the run does not leave with the window", THREE,
     (0, "call failure x2", "run 2"), (1000, "snapshot", "run 2 calls 0"), (1000, "call failure", "open run 3"))
rule("old failures do not count in the rate", {"strategy": "failure_rate"},
     (0, "call failure x4", "closed"), (70, "call failure x4", "closed calls 4"), (71, "call failure", "open"))
rule("a window of one second", {"window_size": 1},
     (0, "call failure", "calls 1"), (0.9, "snapshot", "calls 1"), (1, "snapshot", "calls 0"))
rule("the window shows why it is open", ONE,
     (0, "call failure 0.5", "open calls 1 window.last_failure_time=0 window.avg_response_time=0.5 run 1"))

# --- uptime ---

rule("uptime is the share spent CLOSED", {**ONE, "window_size": 100, "success_threshold": 1},
     (0, "call failure", "open window.uptime_percentage=100"), (10, "snapshot", "window.uptime_percentage=90"),
     (50, "snapshot", "window.uptime_percentage=50"), (50, "call success", "closed window.uptime_percentage=50"),
     (60, "snapshot", "window.uptime_percentage=50"), (100, "snapshot", "window.uptime_percentage=50"),
     (120, "snapshot", "window.uptime_percentage=70"), (150, "snapshot", "window.uptime_percentage=100"))
rule("no transition for long", ONE, (0, "call success", ""), (1e6, "snapshot", "window.uptime_percentage=100"))
rule("open for the whole window", ONE, (0, "call failure", "open"), (60, "snapshot", "window.uptime_percentage=0"))

# --- lump, quorum, slow successes ---

rule("lump: failures within it count once", {**THREE, "lump_ms": 500},
     (0, "call failure x10", "closed run 1 calls 1 applied lifetime.failure=10"), (0.499, "call failure", "run 1"),
     (0.5, "call failure", "run 2 calls 2"), (1, "call failure", "open run 3"))
rule("lump 0 counts each", {**THREE, "lump_ms": 0}, (0, "call failure x3", "open"))
rule("lump: a probe's failure reopens", {**ONE, "lump_ms": 60000},
     (0, "call failure", "open"), (10, "call failure", "open open>half_open:recovery_timeout half_open>open:probe_failed"))
rule("quorum: one process alone does not open", {**ONE, "min_failing_workers": 2}, (0, "call failure x50", "closed run 50"))
rule("quorum of one", {**ONE, "min_failing_workers": 1}, (0, "call failure", "open"))
rule("slow successes do not count by default", {"strategy": "timeout_rate"},
     (0, "call success 60 x9", "closed window.timeout_rate=0"), (0, "call timeout", "closed window.timeout_rate=0.1"))
rule("slow successes count toward timeout_rate", {"strategy": "timeout_rate", "slow_success_counts": True},
     (0, "call success 9.999 x4", "window.timeout_rate=0"), (0, "call success 10 x4", "closed window.timeout_rate=0.5"),
     (0, "call timeout", "open closed>open:timeout_rate window.failure_rate=0.1111111111111111 lifetime.success=8"))
rule("slow successes by a threshold of their own",
     {"strategy": "timeout_rate", "slow_success_counts": True, "slow_threshold": 1},
     (0, "call success 0.999", "window.timeout_rate=0"), (0, "call success 1", "window.timeout_rate=0.5 run 0"))

# --- the clock ---

rule("time never moves a window back", {},
     (100, "call failure", "calls 1"), (50, "call failure", "calls 2"), (30, "call failure", "calls 2"),
     (100, "snapshot", "calls 2"))
rule("a clock that goes back opens nothing early", ONE,
     (100, "call failure", "open retry 10"), (95, "acquire a", "no open 15 open"), (110, "acquire b", "admitted"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_rule(name):
    config, rows = SCENARIOS[name]
    for number, (answer, row) in enumerate(zip(play(config, rows), rows), 1):
        assert list(wrong(answer, row[2])) == [], f"row {number}: {row}"


# --- every state with every step ---

INTO = {
    "closed": [(0, "snapshot", "")],
    "open": [(0, "open_for 100", "")],
    "half_open": [(0, "open_for 0", ""), (0, "acquire first", "")],
    "forced_open": [(0, "force_open", "")],
    "disabled": [(0, "disable", "")],
    "metrics_only": [(0, "metrics_only", "")],
}
OVERRIDES = ("forced_open", "disabled", "metrics_only")


def after(state, order):
    if order == "enable":
        return "closed" if state in OVERRIDES else state
    if order == "open_for 30":
        return state if state in OVERRIDES else "open"
    return {"reset": "closed", "force_open": "forced_open", "disable": "disabled", "metrics_only": "metrics_only"}[order]


@pytest.mark.parametrize("order", ("reset", "force_open", "disable", "metrics_only", "enable", "open_for 30"))
@pytest.mark.parametrize("state", STATES)
def test_every_order_in_every_state(state, order):
    before, answer = play(THREE, [*INTO[state], (1, "snapshot", ""), (2, order, "")])[-2:]
    assert before["state"] == state
    to = after(state, order)
    moved = not (order == "enable" and state not in OVERRIDES or order == "open_for 30" and state in OVERRIDES)
    assert answer["state"] == to
    assert answer["generation"] == before["generation"] + moved
    assert answer["events"] == ([{"from": state, "to": to, "reason": order.split()[0]}] if moved else [])


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("state", STATES)
def test_every_late_outcome_in_every_state(state, outcome):
    """A ticket of CLOSED, ended after the state was left (and, for CLOSED, entered again)."""
    into = INTO[state] if state != "closed" else [(0, "reset", "")]
    *_, before, answer = play(THREE, [(0, "acquire old", ""), *into, (1, "snapshot", ""), (1, f"record old {outcome} 99", "")])
    assert (answer["applied"], answer["late"]) == (False, True)
    for key in ("state", "generation", "window", "consecutive_failures", "probes_in_flight"):
        assert answer[key] == before[key], key
    assert answer["events"] == []
    changed = {key for key, value in answer["lifetime"].items() if value != before["lifetime"][key]}
    assert changed == {"late", COUNTED[outcome]} | ({"timeout"} if COUNTED[outcome] == "failure" else set())


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("state", ("closed", "disabled", "metrics_only"))
def test_every_outcome_where_all_are_admitted(state, outcome):
    answer = play(THREE, [*INTO[state], (1, f"call {outcome} 0.5 x2", "")])[-1]
    assert (answer["admitted"], answer["applied"], answer["state"]) == (True, True, state)
    counts = state != "disabled" and COUNTED[outcome] != "ignored"
    assert answer["window"]["total_calls"] == (2 if counts else 0)
    assert answer["consecutive_failures"] == (2 if counts and COUNTED[outcome] == "failure" else 0)
    assert answer["lifetime"][COUNTED[outcome]] == 2
    assert answer["lifetime"]["timeout"] == (2 if outcome == "timeout" else 0)
