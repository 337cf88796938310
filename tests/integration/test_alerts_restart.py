"""Alerts over a kill -9: in the middle of a hold, of a silence and of an outage nothing is lost, and nothing is told twice."""
import signal

from daemon import Daemon, wait_until
from receiver import Receiver

CONFIG = """
refresh_interval: 1h
alerts: {{ for: {hold}, recover_for: 0s, reminders: 0s, group: {{ by: [], wait: 0s }} }}
thresholds: {{ cpu_usage: 100, memory_usage: 100, disk_usage: 100 }}
self_watch: false
notify:
  - {{ name: ops, webhook: {{ url: "{url}" }}, match: ["component=db"] }}
components:
  - {{ name: db, critical: true, every: 1s, jitter: 0s, file: {{ path: {flag} }} }}
"""


def start(tmp_path, receiver, hold="0s"):
    flag = tmp_path / "flag"
    flag.write_text("up")
    daemon = Daemon(tmp_path, CONFIG.format(hold=hold, url=receiver.url, flag=flag)).start()
    daemon.wait_status("db", "healthy", 60)
    return daemon, flag


def restart(daemon):
    daemon.stop(signal.SIGKILL)
    daemon.start()


def alerts(daemon, states):
    return daemon.get(f"/api/v1/alerts?state={states}&match=component=db")["alerts"]


def wait_alert(daemon, states):
    return wait_until(lambda: alerts(daemon, states), 60, f"an alert that is {states}")[0]


def wait_delivered(daemon):
    wait_until(lambda: daemon.get("/api/v1/channels")["outbox"]["depth"] == 0, 60, "an empty outbox")


def kinds(receiver):
    return [message["kind"] for message in receiver.messages]


def wait_stored(daemon):
    """All that was said so far is on disk."""
    written = metric(daemon, "bellwether_store_written_total") + metric(daemon, "bellwether_store_queue_length")
    wait_until(lambda: metric(daemon, "bellwether_store_written_total") >= written, 60, "a commit")


def metric(daemon, name):
    text = daemon.request("GET", "/metrics")[2].decode()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(name + " "))


def test_a_hold_goes_on_where_it_was(tmp_path):
    with Receiver() as receiver:
        daemon, flag = start(tmp_path, receiver, hold="3s")
        with_daemon(daemon, lambda: hold_goes_on(daemon, flag, receiver))


def with_daemon(daemon, story):
    try:
        story()
    finally:
        if daemon.child.poll() is None:
            daemon.stop(signal.SIGKILL)


def hold_goes_on(daemon, flag, receiver):
    flag.unlink()
    before = wait_alert(daemon, "pending")
    wait_stored(daemon)
    restart(daemon)
    after = wait_alert(daemon, "pending,firing")
    assert (after["id"], after["started"]) == (before["id"], before["started"])
    receiver.wait(1)
    flag.write_text("up")
    receiver.wait(2)
    wait_delivered(daemon)
    assert kinds(receiver) == ["firing", "resolved"]
    assert len(set(receiver.keys)) == 2


def test_a_silence_holds_over_a_kill_and_its_end_is_told_once(tmp_path):
    with Receiver() as receiver:
        daemon, flag = start(tmp_path, receiver)
        with_daemon(daemon, lambda: silence_holds(daemon, flag, receiver))


def silence_holds(daemon, flag, receiver):
    silence = daemon.post("/api/v1/silences", 201, {"match": ["component=db"], "by": "ada", "reason": "a new disk",
                                                    "for": "1h"})
    flag.unlink()
    alert = wait_alert(daemon, "silenced")
    assert alert["quiet"]["kind"] == "silence" and alert["quiet"]["by"] == silence["id"]
    wait_stored(daemon)
    restart(daemon)
    assert daemon.get(f"/api/v1/silences/{silence['id']}")["state"] == "active"
    assert wait_alert(daemon, "silenced")["id"] == alert["id"]
    assert kinds(receiver) == []
    ended = daemon.post(f"/api/v1/silences/{silence['id']}?by=bob", 200, method="DELETE")
    assert ended["state"] == "expired" and ended["expired_by"] == "bob"
    receiver.wait(1)
    assert "still firing" in receiver.messages[0]["remark"]
    wait_delivered(daemon)
    wait_stored(daemon)
    restart(daemon)
    flag.write_text("up")
    receiver.wait(2)
    wait_delivered(daemon)
    assert kinds(receiver) == ["firing", "resolved"]


def test_an_outage_over_a_kill_loses_nothing_and_doubles_nothing(tmp_path):
    with Receiver() as receiver:
        receiver.status = 503
        daemon, flag = start(tmp_path, receiver)
        with_daemon(daemon, lambda: outage_is_survived(daemon, flag, receiver))


def outage_is_survived(daemon, flag, receiver):
    flag.unlink()
    wait_until(lambda: daemon.get("/api/v1/channels")["channels"][0]["failing_since"], 60, "a channel that fails")
    row = daemon.get("/api/v1/deliveries")["deliveries"][0]
    wait_stored(daemon)
    restart(daemon)
    assert daemon.get("/api/v1/channels")["outbox"]["depth"] >= 1
    assert [one["key"] for one in daemon.get("/api/v1/deliveries")["deliveries"]] == [row["key"]]
    flag.write_text("up")
    wait_alert(daemon, "resolved")
    assert kinds(receiver) == []
    receiver.status = 200
    receiver.wait(2)
    wait_delivered(daemon)
    assert kinds(receiver) == ["firing", "resolved"]
    assert receiver.keys[0] == row["key"]
