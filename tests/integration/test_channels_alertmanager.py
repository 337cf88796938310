"""Alerts in Debian's prometheus-alertmanager, seen through its API and through amtool."""
import json

import pytest

from receivers import Alertmanager, alert, notice, send

pytestmark = pytest.mark.skipif(not Alertmanager.program or not Alertmanager.amtool,
                                reason="prometheus-alertmanager is not installed")


@pytest.fixture(scope="module")
def receiver(tmp_path_factory):
    with Alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


def names(receiver):
    return sorted((one["labels"]["name"], one["labels"]["severity"]) for one in receiver.alerts())


def test_an_alert_begins_and_ends(tmp_path, receiver):
    settings = {"url": receiver.url, "labels": {"cluster": "c1"}}
    one = alert(subject="begins", runbook="https://wiki.example/db")
    for _ in range(3):  # told again each minute, and still one
        got = send(tmp_path, "alertmanager", settings, notice(alerts=[one]))
        assert got == {"outcome": "sent", "retry_us": 0, "text": "HTTP 200"}
    seen, = receiver.alerts()
    assert seen["labels"] == {"alertname": "component_unhealthy", "severity": "critical",
                              "kind": "component", "name": "begins", "group": "storage",
                              "type": "component_unhealthy", "cluster": "c1"}
    assert seen["annotations"] == {"summary": "Component Unhealthy: db", "id": "a7",
                                   "description": "connection refused by 127.0.0.1:5432",
                                   "runbook_url": "https://wiki.example/db"}
    assert seen["startsAt"] == "2026-03-02T14:30:00.000Z"
    assert seen["status"]["state"] in ("active", "unprocessed")
    listed = json.loads(receiver.tool("alert", "query", "name=begins", "--output=json"))
    assert [one["labels"]["alertname"] for one in listed] == ["component_unhealthy"]
    send(tmp_path, "alertmanager", settings, notice("resolved", "k2", [
        {**one, "resolved_us": one["started_us"] + 60_000_000}]))
    assert receiver.alerts() == []
    assert receiver.tool("alert", "query", "name=begins", "--output=json").strip() in ("[]", "null")


def test_another_severity_takes_the_place_of_the_first(tmp_path, receiver):
    settings = {"url": receiver.url}
    warning, critical = (alert(subject="rises", severity=word) for word in ("warning", "critical"))
    send(tmp_path, "alertmanager", settings, notice(alerts=[warning]))
    assert names(receiver) == [("rises", "warning")]
    send(tmp_path, "alertmanager", settings, notice("changed", "k2", [critical]))
    assert names(receiver) == [("rises", "critical")]
    send(tmp_path, "alertmanager", settings, notice("resolved", "k3", [warning]))
    assert names(receiver) == []


def test_many_and_hostile_ones(tmp_path, receiver):
    evil = "\"{}\\<b>\r\n\U0001F600\u202E" * 100
    many = [alert(number, subject=f"many-{number}", title=evil, message=evil, group=evil)
            for number in range(1, 21)]
    assert send(tmp_path, "alertmanager", {"url": receiver.url},
                notice(alerts=many))["outcome"] == "sent"
    assert len(receiver.alerts()) == 20
    assert send(tmp_path, "alertmanager", {"url": receiver.url},
                notice("resolved", "k2", many))["outcome"] == "sent"
    assert receiver.alerts() == []


def test_a_test_is_seen_and_is_no_alert_of_ours(tmp_path, receiver):
    assert send(tmp_path, "alertmanager", {"url": receiver.url},
                notice("test", "t1", []))["outcome"] == "sent"
    assert [one["labels"]["alertname"] for one in receiver.alerts()] == ["BellwetherTest"]


def test_what_it_refuses_is_told(tmp_path, receiver):
    got = send(tmp_path, "alertmanager", {"url": receiver.url + "/nowhere"}, notice())
    assert got["outcome"] == "refused" and got["text"].startswith("HTTP 404")
