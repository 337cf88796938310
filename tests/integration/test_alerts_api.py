"""The doors of alerts, silences, maintenance, channels and deliveries: what they do, and what they say to a wrong question."""
import json

import pytest

from daemon import Daemon, wait_until
from receiver import Receiver

CONFIG = """
refresh_interval: 1h
alerts: {{ reminders: 0s, group: {{ by: [], wait: 0s }} }}
thresholds: {{ cpu_usage: 100, memory_usage: 100, disk_usage: 100 }}
self_watch: false
maintenance:
  - {{ name: move, match: ["component=rack"], from: "2020-01-01T00:00:00Z", until: "2090-01-01T00:00:00Z", reason: a new rack }}
notify:
  - {{ name: ops, webhook: {{ url: "{url}" }}, match: ["component=db"] }}
components:
  - {{ name: db, group: storage, critical: true, every: 1s, file: {{ path: {gone} }} }}
  - {{ name: rack, every: 1s, file: {{ path: {gone} }} }}
"""


@pytest.fixture
def told(tmp_path):
    """A daemon whose two components are down, and what it told."""
    with Receiver() as receiver:
        config = CONFIG.format(url=receiver.url, gone=tmp_path / "gone")
        with Daemon(tmp_path, config) as daemon:
            receiver.wait(1)
            yield daemon, receiver


def alert_of(daemon, component):
    def found():
        rows = daemon.get(f"/api/v1/alerts?state=firing&match=component={component}")["alerts"]
        return rows and rows[0]

    return wait_until(found, 60, f"an alert of {component}")


def problem(daemon, method, path, body, status):
    got, headers, answer = daemon.request(method, path, body)
    assert got == status, (method, path, got, answer[:300])
    assert headers["Content-Type"].startswith("application/problem+json")
    return json.loads(answer)["detail"]


def test_an_alert_is_taken_and_given_back(told):
    daemon, _ = told
    alert = alert_of(daemon, "db")
    assert alert["subject"] == {"kind": "component", "name": "db", "group": "storage"}
    door = f"/api/v1/alerts/{alert['id']}/ack"
    taken = daemon.post(door, 200, {"by": "ada", "comment": "a new disk", "sticky": True, "for": "2h"})
    assert (taken["ack"]["by"], taken["ack"]["comment"], taken["ack"]["sticky"]) == ("ada", "a new disk", True)
    assert taken["ack"]["until"] is not None
    assert [one["id"] for one in daemon.get("/api/v1/alerts?state=acked")["alerts"]] == [alert["id"]]
    assert daemon.get("/api/v1/alerts/summary")["acked"] == 1
    changes = daemon.get("/api/v1/changes?kind=alert")["changes"]
    assert any(one["to"] == "acknowledged" and one["text"] == "by ada: a new disk" for one in changes)
    assert daemon.post(f"{door}?by=bob", 200, method="DELETE")["ack"] is None
    problem(daemon, "DELETE", door, None, 409)


def test_an_alert_says_who_was_told_of_it(told):
    daemon, receiver = told
    alert = alert_of(daemon, "db")
    one = wait_until(lambda: (a := daemon.get(f"/api/v1/alerts/{alert['id']}"))["deliveries"] and a, 60)
    assert [(row["channel"], row["state"]) for row in one["told"]] == [("ops", "firing")]
    assert [row["channel"] for row in one["deliveries"]] == ["ops"]
    assert receiver.messages[0]["alerts"][0]["id"] == alert["id"]


def test_a_window_of_maintenance_is_shown_and_hides(told):
    daemon, receiver = told
    assert alert_of(daemon, "rack")["quiet"]["kind"] == "maintenance"
    window, = daemon.get("/api/v1/maintenance")["windows"]
    assert (window["name"], window["reason"], window["active"], window["match"]) == (
        "move", "a new rack", True, ["component=rack"])
    assert window["hides"] >= 1
    spans = daemon.get("/api/v1/history?format=columns")["maintenance"]
    assert [why for _, _, why in spans] == ["a new rack"]
    snapshot = daemon.get("/api/v1/live/snapshot")
    assert snapshot["components"]["maintenance"] == [snapshot["components"]["name"].index("rack")]
    assert "move" not in daemon.request("GET", "/status")[2].decode()


def test_a_trial_of_a_silence_keeps_nothing(told):
    daemon, _ = told
    alert_of(daemon, "db")
    wanted = {"match": ["component=db"], "by": "ada", "reason": "a test", "for": "1h"}
    trial = daemon.post("/api/v1/silences?dry_run=1", 200, wanted)
    assert trial["id"] is None and trial["hides"] == 1
    assert daemon.get("/api/v1/silences?expired=1")["silences"] == []


def test_an_expression_that_costs_too_much_is_told_instead_of_asked(tmp_path):
    names = [f"{n:02}-" + "a" * 100 for n in range(25)]
    config = {"components": [{"name": name, "every": "1h", "exec": {"command": ["/bin/false"]}} for name in names]}
    with Daemon(tmp_path, json.dumps(config)) as daemon:
        def all_fire():
            alerts = daemon.get("/api/v1/alerts?state=firing&limit=100")["alerts"]
            return sum(alert["rule"].startswith("component_") for alert in alerts) == 25
        wait_until(all_fire, 60, "all of them fire")
        wanted = {"match": ["component=~([a-z0-9-]+)+[A-Z]"], "by": "ada", "reason": "a test", "for": "1h"}
        answer = daemon.post("/api/v1/silences?dry_run=1", 400, wanted)
        assert "too many steps" in answer["detail"]
        wanted["match"] = ["component=~[0-9]+-a+"]
        assert daemon.post("/api/v1/silences?dry_run=1", 200, wanted)["hides"] == 25


def test_a_channel_is_tried(told):
    daemon, receiver = told
    row = daemon.post("/api/v1/channels/ops/test", 202)
    assert row["channel"] == "ops"
    wait_until(lambda: "test" in [message["kind"] for message in receiver.messages], 60, "the test message")
    assert row["key"] in receiver.keys
    assert problem(daemon, "POST", "/api/v1/channels/nobody/test", None, 404)


WRONG = [
    ("/api/v1/silences", "{", "no JSON"),
    ("/api/v1/silences", "[]", "a JSON object"),
    ("/api/v1/silences", '{"mach": []}', "did you mean `match`"),
    ("/api/v1/silences", '{"match": ["component=db"], "for": "1h", "reason": "x"}', "`by` is missing"),
    ("/api/v1/silences", '{"match": ["component=db"], "for": "1h", "by": "x"}', "`reason` is missing"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "x", "reason": "x"}', "`until_resolved`"),
    ("/api/v1/silences", '{"match": [], "by": "x", "reason": "x", "for": "1h"}', "`match`"),
    ("/api/v1/silences", '{"match": [1], "by": "x", "reason": "x", "for": "1h"}', "item 1"),
    ("/api/v1/silences", '{"match": ["colour=red"], "by": "x", "reason": "x", "for": "1h"}', "colour"),
    ("/api/v1/silences", '{"match": ["component=~("], "by": "x", "reason": "x", "for": "1h"}', "`match`"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "x", "reason": "x", "for": "soon"}', "`for`"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "x", "reason": "x", "for": "1h", "until": "2090-01-01T00:00:00Z"}',
     "only one of them"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "x", "reason": "x", "until": "2001-01-01T00:00:00Z"}', "`until`"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "a\\nb", "reason": "x", "for": "1h"}', "one line"),
    ("/api/v1/silences", '{"match": ["component=db"], "by": "%s", "reason": "x", "for": "1h"}' % ("x" * 500), "bytes"),
    ("/api/v1/alerts/ID/ack", "{}", "`by` is missing"),
    ("/api/v1/alerts/ID/ack", '{"by": "ada", "stick": true}', "did you mean `sticky`"),
    ("/api/v1/alerts/ID/ack", '{"by": "ada", "sticky": 1}', "true or false"),
]


def test_wrong_orders_are_told_what_is_wrong(told):
    daemon, _ = told
    name = alert_of(daemon, "db")["id"]
    for path, body, says in WRONG:
        assert says in problem(daemon, "POST", path.replace("ID", name), body, 400), (path, body)
    for path in ("alerts?state=open", "alerts?severity=bad", "alerts?match=db", "alerts?limit=0", "silences?expired=yes",
                 "deliveries?channel=nobody", "deliveries?limit=501"):
        assert problem(daemon, "GET", f"/api/v1/{path}", None, 400), path
    for path in ("alerts/a999", "alerts/a", "alerts/17", "alerts/a1x", "silences/s9", "silences/a1"):
        assert problem(daemon, "GET", f"/api/v1/{path}", None, 404), path
    assert daemon.get("/api/v1/silences?expired=1")["silences"] == []
