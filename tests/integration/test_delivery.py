"""From the daemon's outbox to real receivers: outages, slow answers, refusals, and kills at any point."""
import contextlib
import itertools
import json
import random
import signal
import socket
import threading

import pytest

from daemon import Daemon, wait_until
from receivers import Hook

GENEROUS = 60  # seconds; nothing here asserts how fast it goes


def config_of(**hooks):
    """One channel a hook, for test messages alone: what the machine suffers from is told to nobody."""
    return json.dumps({
        "components": [{"name": "here", "file": {"path": "/"}}],
        "self_watch": False,
        "notify": [{"name": name, "match": ["component=nobody"], "webhook": {"url": hook.url + "/in"}, "rate": 10000, "per": "1s"}
                   for name, hook in hooks.items()]})


def put(daemon, channel="ops"):
    return daemon.post(f"/api/v1/channels/{channel}/test", status=202)


def keys(hook):
    return [request["headers"]["Idempotency-Key"] for request in hook.requests]


def deliveries(daemon, channel="ops"):
    """All rows of the channel, the oldest first."""
    rows = daemon.get(f"/api/v1/deliveries?channel={channel}&limit=500")["deliveries"]
    return rows[::-1]


def channel(daemon, name="ops"):
    return next(c for c in daemon.get("/api/v1/channels")["channels"] if c["name"] == name)


def wait_sent(daemon, count, name="ops"):
    wait_until(lambda: len([d for d in deliveries(daemon, name) if d["state"] == "sent"]) >= count, GENEROUS,
               f"{count} messages are sent: {channel(daemon, name)}")


class Door:
    """A port that refuses until it is opened: nobody else can take it meanwhile."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.hook = Hook()

    def open(self):
        """Hands what comes over to the hook's server."""
        self.socket.listen(64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                self.hook.server.process_request(*self.socket.accept())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # ends accept()
        self.socket.close()
        self.hook.__exit__()


def test_messages_arrive_in_order_and_once(tmp_path):
    with Hook() as hook, Daemon(tmp_path, config_of(ops=hook)) as daemon:
        put_keys = [put(daemon)["key"] for _ in range(20)]
        wait_sent(daemon, 20)
        assert keys(hook) == put_keys
        assert [d["key"] for d in deliveries(daemon)] == put_keys
        assert channel(daemon)["sent"] == 20 and channel(daemon)["queued"] == 0


def test_later_and_never(tmp_path):
    with Hook() as hook, Daemon(tmp_path, config_of(ops=hook)) as daemon:
        hook.answers += [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 200},
                         {"status": 400, "body": "no such room"}, {"status": 200}]
        first, refused, last = (put(daemon)["key"] for _ in range(3))
        wait_until(lambda: channel(daemon)["queued"] == 0, GENEROUS)
        assert keys(hook) == [first, first, refused, last]
        rows = {d["key"]: d for d in deliveries(daemon)}
        assert (rows[first]["state"], rows[first]["attempts"]) == ("sent", 2)
        assert rows[refused]["state"] == "given_up" and "no such room" in rows[refused]["text"]
        assert rows[last]["state"] == "sent"
        assert channel(daemon)["given_up"] == 1 and channel(daemon)["failing_since"] is None


def test_a_failing_channel_holds_up_nobody_else(tmp_path):
    with Hook() as good, Hook() as bad, Daemon(tmp_path, config_of(ops=good, boss=bad)) as daemon:
        bad.answers += ["close", {"status": 503}, "hang"]
        held = [put(daemon, "boss")["key"] for _ in range(2)]
        for _ in range(10):
            put(daemon)
        wait_sent(daemon, 10)
        wait_until(lambda: channel(daemon, "boss")["failing_since"], GENEROUS)
        assert channel(daemon, "boss")["queued"] == 2
        wait_until(lambda: channel(daemon, "boss")["trouble"].find("503") >= 0, GENEROUS)
        # The third attempt hangs; a restart ends it and tries at once, with the same key.
        wait_until(lambda: len(bad.requests) == 3, GENEROUS)
        daemon.stop()
        daemon.start()
        wait_sent(daemon, 2, "boss")
        assert keys(bad) == [held[0]] * 4 + [held[1]]


def test_an_outage_of_every_channel(tmp_path):
    """Nothing can be delivered for a while, with a kill in the middle; then everything is, in order, once."""
    with Door() as ops, Door() as boss, Daemon(tmp_path, config_of(ops=ops, boss=boss)) as daemon:
        put_keys = {"ops": [], "boss": []}
        for part in range(2):
            for _ in range(25):
                for name in put_keys:
                    put_keys[name].append(put(daemon, name)["key"])
            for name in put_keys:
                wait_until(lambda name=name: channel(daemon, name)["failing_since"], GENEROUS)
            if part == 0:  # what the page shows as failing was stored before it was tried
                daemon.stop(signal.SIGKILL)
                daemon.start()
                stored = {name: [d["key"] for d in deliveries(daemon, name)] for name in put_keys}
                for name in put_keys:
                    assert stored[name] == put_keys[name][:len(stored[name])] and stored[name]
                    put_keys[name] = stored[name]
        assert not ops.hook.requests and not boss.hook.requests
        ops.open()
        boss.open()
        for name, door in (("ops", ops), ("boss", boss)):
            wait_sent(daemon, len(put_keys[name]), name)
            assert keys(door.hook) == put_keys[name]
        assert daemon.get("/api/v1/channels")["outbox"]["depth"] == 0


def runs(sequence):
    """Neighbours that are the same count once."""
    return [key for key, _ in itertools.groupby(sequence)]


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_between_store_and_delivery(tmp_path, seed):
    """kill -9 again and again: what the log knew is delivered in its order, and only neighbours repeat a key."""
    chance = random.Random(seed)
    with Hook() as hook, Daemon(tmp_path, config_of(ops=hook)) as daemon:
        kept = []
        for _ in range(6):
            for _ in range(chance.randrange(1, 12)):
                put(daemon)
            goal = len(hook.requests) + chance.randrange(0, 4)
            if chance.random() < 0.7:
                hook.answers[:] = [chance.choice([{}, {}, {"status": 503, "headers": {"Retry-After": "1"}}])
                                   for _ in range(3)]
                wait_until(lambda goal=goal: len(hook.requests) >= goal or channel(daemon)["queued"] == 0, GENEROUS)
            daemon.stop(signal.SIGKILL)
            daemon.start()
            kept = [d["key"] for d in deliveries(daemon)]
        wait_until(lambda: channel(daemon)["queued"] == 0, GENEROUS)
        arrived = keys(hook)
        # Only the message under way at a kill, or one that was told "later", comes again, right behind itself.
        assert len(runs(arrived)) == len(set(arrived))
        assert [key for key in runs(arrived) if key in set(kept)] == kept
        assert all(d["state"] == "sent" for d in deliveries(daemon))


def test_a_full_disk_silences_nobody(tmp_path):
    """The file may not grow any more: messages go, and the trouble is told."""
    import resource

    with Hook() as hook, Daemon(tmp_path, config_of(ops=hook)) as daemon:
        put(daemon)
        wait_sent(daemon, 1)
        resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        for _ in range(3):
            put(daemon)
        wait_until(lambda: len(hook.requests) >= 4, GENEROUS)
        assert len(set(keys(hook))) == 4
        wait_until(lambda: "cannot be stored" in (daemon.get("/api/v1/channels")["outbox"]["trouble"] or ""), GENEROUS)
        resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until(lambda: not daemon.get("/api/v1/channels")["outbox"]["trouble"], GENEROUS)
        daemon.stop(signal.SIGKILL)
        daemon.start()
        wait_until(lambda: len(deliveries(daemon)) == 4, GENEROUS)
        assert len(hook.requests) == 4
