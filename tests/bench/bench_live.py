#!/usr/bin/env python3
"""Ten thousand readers of the live stream: what each costs, and how long until all have a change.

Usage: tests/bench/bench_live.py PROGRAM [SECTION...]
One reader is one TCP connection on loopback; all of them are read by one thread with epoll, which
takes time from the same two cores: what is measured is the daemon, the kernel and this reader.
"""
import json
import re
import select
import socket
import statistics
import sys
import time

from bed import Daemon, emit, get, run_sections

READERS = 10000
ROUNDS = 20
CONFIG = ["  - { name: job, push: { every: 1h } }", "  - { name: other, push: { every: 1h } }"]
QUIET = "refresh_interval: 1h\n"


def kernel_socket_kb():
    """Memory of all TCP sockets of the machine, both ends: pages that hold data, and the sockets
    themselves as the slab allocator has them."""
    text = open("/proc/net/sockstat").read()
    pages = int(re.search(r"^TCP:.* mem (\d+)", text, re.M)[1]) * 4
    slabs = 0
    try:
        for line in open("/proc/slabinfo"):
            name, *numbers = line.split()
            if name in ("TCP", "TCPv6", "sock_inode_cache", "filp", "dentry", "skbuff_head_cache"):
                slabs += int(numbers[1]) * int(numbers[2]) / 1024
    except (OSError, IndexError, ValueError):
        pass
    return pages, slabs


class Readers:
    """Connections to /api/v1/live, spread over loopback addresses so that ports do not run out."""

    def __init__(self, port, count):
        self.poll = select.epoll()
        self.by_fd = {}
        request = b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for nth in range(count):
            peer = socket.socket()
            peer.bind((f"127.0.2.{nth % 8 + 1}", 0))
            peer.connect(("127.0.0.1", port))
            peer.sendall(request)
            peer.setblocking(False)
            self.by_fd[peer.fileno()] = peer
            self.poll.register(peer, select.EPOLLIN)
            if nth % 200 == 199:
                self.drain(0)

    def drain(self, seconds):
        for fd, _ in self.poll.poll(seconds, 2000):
            if not self.by_fd[fd].recv(65536):
                raise RuntimeError("a stream ended")

    def wait_all(self, marker, seconds=30):
        """When each reader had `marker`: seconds on the monotonic clock, in their order."""
        waiting, times, end = set(self.by_fd), [], time.monotonic() + seconds
        while waiting:
            for fd, _ in self.poll.poll(0.5, 2000):
                if marker in self.by_fd[fd].recv(65536) and fd in waiting:
                    waiting.discard(fd)
                    times.append(time.monotonic())
            if time.monotonic() > end:
                raise TimeoutError(f"{len(waiting)} readers have not got the change")
        return times

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in self.by_fd.values():
            peer.close()
        self.poll.close()


def streams_of(daemon):
    text = get(daemon.port, "/metrics")[1].decode()
    return int(re.search(r"^bellwether_event_streams (\d+)", text, re.M)[1])


def report(port, marker):
    """A change that all readers are to see."""
    body = json.dumps({"status": "degraded", "error": marker}).encode()
    with socket.create_connection(("127.0.0.1", port)) as peer:
        began = time.monotonic()
        peer.sendall(b"PUT /api/v1/components/job/report HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        if b" 202 " not in peer.recv(4096):
            raise RuntimeError("the report was refused")
    return began


def changes(daemon, readers):
    """(first, median, last) of each round in ms, and the daemon's CPU for one round."""
    rows, used = [], daemon.cpu()
    for nth in range(ROUNDS):
        marker = f"change-{nth:04}-of-many"
        began = report(daemon.port, marker)
        times = [1000 * (one - began) for one in readers.wait_all(marker.encode())]
        rows.append((times[0], statistics.median(times), times[-1]))
    return rows, (daemon.cpu() - used) / ROUNDS * 1000


def streams(program):
    with Daemon(program, CONFIG, before=QUIET) as daemon:
        daemon.wait_live()
        with Readers(daemon.port, 100) as few:
            few.wait_all(b"heartbeat")
        before, (pages, slabs) = daemon.rss_mb(), kernel_socket_kb()
        with Readers(daemon.port, READERS) as readers:
            readers.wait_all(b"heartbeat")
            assert streams_of(daemon) == READERS, streams_of(daemon)
            grown = (daemon.rss_mb() - before) * 1000
            pages_now, slabs_now = kernel_socket_kb()
            rows, cpu_ms = changes(daemon, readers)
            began, used = time.monotonic(), daemon.cpu()
            while time.monotonic() - began < 10:
                readers.drain(0.5)
            idle = 100 * (daemon.cpu() - used) / (time.monotonic() - began)
    emit("live.memory_a_stream", grown / READERS, "KB", 1.0, readers=READERS,
         kernel_data_kb=round((pages_now - pages) / READERS, 2),
         kernel_sockets_both_ends_kb=round((slabs_now - slabs) / READERS, 2))
    first, middle, last = (statistics.median(column) for column in zip(*rows))
    emit("live.change_to_half_of_10000", middle, "ms", 250, first=round(first, 1), rounds=ROUNDS)
    emit("live.change_to_all_10000", last, "ms", 500, worst=round(max(r[2] for r in rows), 1))
    emit("live.cpu_of_a_change_to_10000", cpu_ms, "ms of CPU", 100,
         us_a_reader=round(cpu_ms * 1000 / READERS, 1))
    emit("live.idle_10000", idle, "% of a core", 10, what="a heartbeat every 2 s")


def report_many(port, names):
    body = b'{"status": "healthy", "response_time_ms": %d}' % (time.monotonic_ns() % 900)
    with socket.create_connection(("127.0.0.1", port)) as peer:
        got = b""
        for first in range(0, len(names), 50):
            some = names[first:first + 50]
            peer.sendall(b"".join(b"PUT /api/v1/components/%s/report HTTP/1.1\r\nHost: localhost\r\n"
                                  b"Content-Length: %d\r\n\r\n%s" % (name.encode(), len(body), body)
                                  for name in some))
            while got.count(b"HTTP/1.1 202") < first + len(some):
                more = peer.recv(65536)
                if not more:
                    raise RuntimeError("the reports were refused")
                got += more


def turns(program):
    """10,000 components, 400 of them changed: a whole turn with a reader and a snapshot each."""
    names = [f"c{n:05}" for n in range(10000)]
    parts = [f"  - {{ name: {name}, push: {{ every: 1h }} }}" for name in names]
    with Daemon(program, parts, before=QUIET) as daemon:
        daemon.wait_live()
        report_many(daemon.port, names)
        with Readers(daemon.port, 1):
            times, snapshots = [], []
            for nth in range(40):
                report_many(daemon.port, names[nth * 200:nth * 200 + 400])
                text = get(daemon.port, "/metrics")[1].decode()
                times.append(1000 * float(re.search(r"^bellwether_turn_seconds (\S+)", text, re.M)[1]))
                began = time.perf_counter()
                get(daemon.port, "/api/v1/live/snapshot")
                snapshots.append(1000 * (time.perf_counter() - began))
    emit("live.turn_10000_components", statistics.median(times), "ms", 20,
         worst=round(max(times), 1))
    emit("live.snapshot_10000_components", statistics.median(snapshots), "ms", 50,
         worst=round(max(snapshots), 1))


SECTIONS = {"streams": streams, "turns": turns}

if __name__ == "__main__":
    sys.exit(run_sections(SECTIONS))
