#!/usr/bin/env python3
"""Ten thousand components that fall within a second behind one dead parent: how long no turn and no slice may take.

Usage: tests/bench/bench_alerts.py PROGRAM [SECTION...]
All of them look at one file, which goes; the message goes to a receiver in this process.
"""
import http.server
import json
import os
import re
import sys
import tempfile
import threading
import time

from bed import Daemon, emit, get, run_sections, wait_until

CHILDREN = 10000
HOLD = 1.0
GATHERED = 0.5
FAMILIES = {"turn": "bellwether_turn_duration_seconds", "slice": "bellwether_alert_slice_duration_seconds"}


class Receiver(http.server.ThreadingHTTPServer):
    """Notes each message."""

    def __init__(self):
        self.came = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.came.append(body["kind"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def buckets(daemon, family):
    """Upper limit in milliseconds: how many were at most so long and longer than the limit before."""
    found = re.findall(rf'^{family}_bucket{{le="([^"]+)"}} (\d+)$', get(daemon.port, "/metrics")[1].decode(), re.M)
    numbers = [int(count) for _, count in found]
    return {float(limit) * 1000: count - before for (limit, _), count, before in zip(found, numbers, [0] + numbers)}


def worst(before, after):
    return max((limit for limit in after if after[limit] > before[limit]), default=0)


def firing(daemon):
    return json.loads(get(daemon.port, "/api/v1/alerts/summary")[1])["total_alerts"]


def storm(program):
    """The upper limit of the histogram's bucket that the longest turn and slice fell into."""
    receiver = Receiver()
    before = (f"refresh_interval: 1h\nself_watch: false\n"
              f"thresholds: {{ cpu_usage: 100, memory_usage: 100, disk_usage: 100 }}\n"
              f"alerts: {{ for: {HOLD}s, reminders: 0s, group: {{ by: [], wait: {int(GATHERED * 1000)}ms }} }}\n"
              f"notify: [{{ name: ops, webhook: {{ url: \"http://127.0.0.1:{receiver.server_port}/\" }}, "
              f"match: [\"subject=component\"] }}]\n")
    with tempfile.TemporaryDirectory() as folder:
        flag = f"{folder}/flag"
        open(flag, "w").close()
        rows = [f"  - {{ name: gateway, every: 1s, jitter: 0s, file: {{ path: {flag} }} }}"]
        rows += [f"  - {{ name: n{nth:05}, every: 2s, depends_on: [gateway], file: {{ path: {flag} }} }}"
                 for nth in range(CHILDREN)]
        with Daemon(program, rows, before=before) as daemon:
            daemon.wait_live()
            daemon.wait_looked(120)
            time.sleep(5)
            calm = {name: buckets(daemon, family) for name, family in FAMILIES.items()}
            os.unlink(flag)
            wait_until(lambda: firing(daemon) > CHILDREN, 120, "all fire")
            time.sleep(3)
            for name, family in FAMILIES.items():
                emit(f"alerts.storm_longest_{name}", worst(calm[name], buckets(daemon, family)), "ms or less", 50)
            emit("alerts.storm_messages", len(receiver.came), "messages", 1)
            emit("alerts.storm_rss", daemon.rss_mb(), "MB", 60)
    receiver.shutdown()


SECTIONS = {"storm": storm}

if __name__ == "__main__":
    sys.exit(run_sections(SECTIONS))
