#!/usr/bin/env python3
"""The whole daemon: memory, start, idle cost, hung targets.

Usage: tests/bench/bench_daemon.py PROGRAM [SECTION...]
"""
import statistics
import sys
import time

from bed import (Daemon, Hang, Nginx, emit, free_port, http_component, run_sections)


def components(nginx, count, every="30s", timeout="5s"):
    return [http_component(n, nginx.url(n), every, timeout) for n in range(count)]


def start(program):
    """Start to first answered request, 10 components: the median of 15."""
    with Nginx() as nginx:
        times = []
        for _ in range(15):
            with Daemon(program, components(nginx, 10)) as daemon:
                times.append(daemon.wait_live() * 1000)
    emit("daemon.start_to_first_answer", statistics.median(times), "ms", 50,
         worst=round(max(times), 1))


def memory(program):
    """Resident memory when every component was looked at twice and the document asked for."""
    with Nginx(addresses=8) as nginx:
        for count, every, limit in ((10, "5s", 14), (10000, "20s", 60)):
            with Daemon(program, components(nginx, count, every)) as daemon:
                daemon.wait_live()
                before = nginx.requests()
                daemon.wait_looked(120, ("healthy", "unhealthy"))
                while nginx.requests() - before < 2 * count:
                    time.sleep(0.2)
                emit(f"daemon.rss_{count}_components", daemon.rss_mb(), "MB", limit,
                     threads=daemon.threads())


def idle(program):
    """CPU with 100 components every 30 s, over 60 s, nobody looking."""
    with Nginx() as nginx, Daemon(program, components(nginx, 100)) as daemon:
        daemon.wait_live()
        daemon.wait_looked(60)
        began, used, asked = time.monotonic(), daemon.cpu(), nginx.requests()
        time.sleep(60)
        share = 100 * (daemon.cpu() - used) / (time.monotonic() - began)
        emit("daemon.idle_100_components", share, "% of a core", 0.5,
             checks=nginx.requests() - asked)


def hung(program):
    """100 components every second, 3 of them hung: what the 97 others still get."""
    with Nginx() as nginx, Hang() as hang:
        parts = components(nginx, 97, "1s", "900ms")
        parts += [http_component(97 + n, hang.url(), "1s", "900ms") for n in range(3)]
        with Daemon(program, parts) as daemon:
            daemon.wait_live()
            time.sleep(3)
            hang.stat()
            began, asked = time.monotonic(), nginx.requests()
            time.sleep(20)
            took = time.monotonic() - began
            good = (nginx.requests() - asked) / took
            bad = hang.stat()["accepted"] / took
    emit("daemon.checks_per_second_3_of_100_hung", good + bad, "checks/s", 99, "higher",
         healthy_targets=round(good, 1), hung_targets=round(bad, 2))


def unanswered(program):
    """1,000 checks in flight that never get an answer: threads, memory, punctual time-outs."""
    count, every, timeout = 1000, "6s", 5.0
    closed = f"http://127.0.0.1:{free_port()}/"
    with Daemon(program, [http_component(n, closed, every, "5s") for n in range(count)]) as daemon:
        daemon.wait_live()
        time.sleep(8)
        daemon.document()
        at_rest = daemon.rss_mb()
    with Hang() as hang:
        parts = [http_component(n, hang.url(), every, "5s") for n in range(count)]
        with Daemon(program, parts) as daemon:
            daemon.wait_live()
            time.sleep(5)
            threads, rss, peak, waited = 0, 0.0, 0, []
            for _ in range(70):
                time.sleep(0.2)
                state = hang.stat()
                threads = max(threads, daemon.threads())
                if state["peak"] >= peak:
                    peak, rss = state["peak"], max(rss, daemon.rss_mb())
                waited += state["waited"]
            daemon.document()
    late = [(seconds - timeout) * 1000 for seconds in waited]
    emit("daemon.unanswered_threads", threads, "threads", 4)
    emit("daemon.unanswered_memory", (rss - at_rest) * 1000 / max(1, peak), "KB a check", 20,
         in_flight=peak)
    emit("daemon.unanswered_latest_timeout", max(late), "ms late", 100, checks=len(late),
         earliest=round(min(late), 2), median=round(statistics.median(late), 2))


SECTIONS = {"start": start, "memory": memory, "idle": idle, "hung": hung,
            "unanswered": unanswered}

if __name__ == "__main__":
    sys.exit(run_sections(SECTIONS))
