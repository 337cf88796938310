"""Ten thousand components fall at once behind one parent that is dead: one message, and one when all is well."""
from daemon import Daemon, wait_until
from receiver import Receiver

CHILDREN = 10000

# A component is there as long as its file is; the parent's goes with those of all its children.
CONFIG = """
refresh_interval: 1h
alerts: {{ for: 1s, recover_for: 0s, reminders: 0s, group: {{ by: [], wait: 500ms }} }}
thresholds: {{ cpu_usage: 100, memory_usage: 100, disk_usage: 100 }}
self_watch: false
notify:
  - {{ name: ops, webhook: {{ url: "{url}" }}, match: ["subject=component"] }}
components:
  - {{ name: gateway, critical: true, every: 1s, file: {{ path: {flag} }} }}
{children}
"""


def config_of(receiver, flag, children):
    rows = "".join(f"  - {{ name: n{n:05}, every: 5s, depends_on: [gateway], file: {{ path: {flag} }} }}\n"
                   for n in range(children))
    return CONFIG.format(url=receiver.url, flag=flag, children=rows)


def unhealthy(daemon):
    return daemon.get("/api/v1/dashboard")["overview"]["component_breakdown"]["unhealthy"]


def firing(daemon):
    return daemon.get("/api/v1/alerts/summary")["total_alerts"]


def test_ten_thousand_behind_one_dead_parent_are_one_message(tmp_path):
    flag = tmp_path / "flag"
    flag.write_text("up")
    with Receiver() as receiver, Daemon(tmp_path, config_of(receiver, flag, CHILDREN)) as daemon:
        wait_until(lambda: daemon.get("/api/v1/dashboard")["overview"]["overall_status"] == "healthy", 120)
        flag.unlink()
        receiver.wait(1)
        wait_until(lambda: firing(daemon) > CHILDREN, 120, "all of them fire")
        assert unhealthy(daemon) == CHILDREN + 1
        assert [(message["kind"], [alert["subject"]["name"] for alert in message["alerts"]], message["more"])
                for message in receiver.messages] == [("firing", ["gateway"], 0)]
        root = next(alert for alert in daemon.get("/api/v1/alerts?state=firing&match=component=gateway")["alerts"]
                    if alert["quiet"] is None)
        assert wait_until(lambda: daemon.get(f"/api/v1/alerts/{root['id']}")["hides"] >= CHILDREN, 60)
        flag.write_text("up")
        wait_until(lambda: daemon.get("/api/v1/dashboard")["overview"]["overall_status"] == "healthy", 120)
        wait_until(lambda: firing(daemon) == 0, 120, "all of them are resolved")
        receiver.wait(2)
        wait_until(lambda: daemon.get("/api/v1/channels")["outbox"]["depth"] == 0)
        assert [message["kind"] for message in receiver.messages] == ["firing", "resolved"]
        assert len(set(receiver.keys)) == 2
