"""A reader of the live stream: takes a snapshot and lays the patches into it, as the page does."""
import gzip
import http.client
import json
import socket
import time

PARTS = ("overview", "metrics", "resources", "metadata", "thresholds", "alerts")
COLUMNS = ("status", "response_ms", "checked_s", "since_s")


def at(now, age_s):
    return None if age_s is None else now - 1000 * age_s


class Model:
    """What a reader knows; `differences(other)` compares, times to the second they were cut to."""

    def __init__(self, snapshot):
        rows = snapshot["components"]
        self.seq, self.roster, self.now = snapshot["seq"], snapshot["roster"], snapshot["now"]
        self.taken_at = snapshot["taken_at"]
        self.parts = {part: snapshot[part] for part in PARTS}
        self.breakers = dict(snapshot["breakers"]["changed"])
        self.counts = {key: snapshot["breakers"][key] for key in ("total_breakers", "states")}
        self.names, errors = rows["name"], dict(rows["error"])
        for column in (*COLUMNS, "group", "kind", "limit_ms"):
            assert len(rows[column]) == len(self.names), column
        self.rows = [self.row(rows, i, errors.get(i), self.now) for i in range(len(self.names))]

    @staticmethod
    def row(columns, i, error, now):
        status, response, checked, since = (columns[name][i] for name in COLUMNS)
        return {"status": status, "response": response, "checked": at(now, checked),
                "since": at(now, since), "error": error}

    def apply(self, event, data):
        """False: only a new snapshot helps."""
        assert data["seq"] == self.seq + 1, (self.seq, data["seq"])
        # A snapshot may know what no patch has told; the patch behind it then tells everybody.
        is_told_again = self.seq in self.taken_at
        self.seq = data["seq"]
        if event == "resync":
            return False
        if event != "patch":
            return True
        assert data["roster"] == self.roster
        for part in PARTS:
            if part in data:
                assert is_told_again or data[part] != self.parts[part], f"{part} is the same"
                self.parts[part] = data[part]
        if "breakers" in data:
            self.breakers.update(data["breakers"]["changed"])
            for name in data["breakers"]["removed"]:
                self.breakers.pop(name, None)
            self.counts = {key: data["breakers"][key] for key in self.counts}
        rows = data.get("components", {"row": []})
        for i, row in enumerate(rows["row"]):
            self.rows[row] = self.row(rows, i, rows["error"][i], data["now"])
        return True

    def differences(self, other):
        found = [part for part in PARTS if self.parts[part] != other.parts[part]]
        if (self.breakers, self.counts, self.names) != (other.breakers, other.counts, other.names):
            found.append("breakers or names")
        for name, mine, its in zip(self.names, self.rows, other.rows):
            times = [(mine[key], its[key]) for key in ("checked", "since")]
            close = all(a == b if None in (a, b) else abs(a - b) < 1010 for a, b in times)
            if not close or any(mine[k] != its[k] for k in ("status", "response", "error")):
                found.append((name, mine, its))
        return found


def snapshot_of(daemon):
    """`taken_at` grows by the `seq` of every snapshot that was taken of this daemon."""
    snapshot = daemon.get("/api/v1/live/snapshot")
    daemon.snapshots.add(snapshot["seq"])
    return {**snapshot, "taken_at": daemon.snapshots}


def packed_snapshot(daemon):
    status, headers, body = daemon.request("GET", "/api/v1/live/snapshot",
                                           headers={"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    return body, json.loads(gzip.decompress(body))


class Reporter:
    """Reports to push components over one connection; many at once go out in one write."""

    def __init__(self, daemon):
        self.socket = socket.create_connection(("127.0.0.1", daemon.port))
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def report(self, reports):
        """reports: (name, report)."""
        requests = []
        for name, report in reports:
            body = json.dumps(report).encode()
            requests.append(f"PUT /api/v1/components/{name}/report HTTP/1.1\r\nHost: localhost\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        for first in range(0, len(requests), 100):
            some = requests[first:first + 100]
            self.socket.sendall(b"".join(some))
            for _ in some:
                answer = http.client.HTTPResponse(_Kept(self.reader))
                answer.begin()
                assert answer.status == 202, answer.read()
                answer.read()


class _Kept:
    """What HTTPResponse wants of a socket, without closing the file that the next answer needs."""

    def __init__(self, reader):
        self.reader = reader

    def makefile(self, _mode):
        return _Unclosed(self.reader)


class _Unclosed:
    def __init__(self, reader):
        self.reader = reader

    def __getattr__(self, name):
        return getattr(self.reader, name)

    def close(self):
        pass


class Reader:
    """Follows the stream with every snapshot it was given; all must come to the same."""

    def __init__(self, events):
        self.events, self.models, self.kinds = events, [], []

    def take(self, daemon):
        self.models.append(Model(snapshot_of(daemon)))

    def follow(self, quiet_s=None, until_seq=None, seconds=30):
        """Lays events in until one has the number, or nothing was kept for `quiet_s`."""
        end, last = time.monotonic() + seconds, time.monotonic()
        seq = -1
        while time.monotonic() < end:
            if until_seq is not None and seq >= until_seq:
                return
            if quiet_s is not None and time.monotonic() - last > quiet_s:
                return
            try:
                event, _, data = self.events.next(0.1)
            except Exception as problem:
                assert type(problem).__name__ == "Empty", problem
                continue
            assert event is not None, "the stream ended"
            seq = data["seq"]
            if event == "heartbeat":
                continue
            last = time.monotonic() if data.get("components") else last
            self.kinds.append(event)
            for model in list(self.models):
                if data["seq"] > model.seq and not model.apply(event, data):
                    self.models.remove(model)
        raise AssertionError(f"after {seconds} s: {seq} of {until_seq}")
