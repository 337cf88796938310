"""`bellwether config test-rule`: what a rule would have done, by a file, by a real daemon, by one that thins."""
import datetime
import http.server
import itertools
import json
import os
import subprocess
import threading
import urllib.parse

import pytest

from daemon import PROGRAM, Daemon, wait_until

USAGE, DATA, NOINPUT, UNAVAILABLE, PROTOCOL, CONFIG = 64, 65, 66, 69, 76, 78
START = datetime.datetime(2026, 3, 2, 14, tzinfo=datetime.timezone.utc)

RULES = """
components:
  - { name: db, critical: true, group: storage, tcp: { host: 127.0.0.1, port: 1 } }
alerts:
  rules:
    - { name: cpu_usage, for: 5m, clear_below: 70, recover_for: 2m }
    - { name: slow, when: component.response_time > 2s, for: 3 of 5, title: "Slow: {component.name}",
        message: "answers in {component.response_time:human}" }
    - { name: mine, when: component.group == "storage" and component.status != healthy }
    - { name: off, when: component.status == unhealthy, enabled: false }
"""


def at(minute, second=0):
    return (START + datetime.timedelta(minutes=minute, seconds=second)).isoformat()


def run(*words, history=None, stdin=None):
    source = [] if history is None else ["--history", str(history)]
    return subprocess.run([PROGRAM, "config", "test-rule", *words, *source], input=stdin, capture_output=True,
                          text=True, timeout=60, env={**os.environ, "NO_COLOR": "1"})


def answer(*words, **where):
    done = run(*words, "--json", **where)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def story(got):
    """(minutes since START, subject, state) of each event."""
    return [((datetime.datetime.fromisoformat(event["at"]) - START).total_seconds() / 60, event["subject"],
             event["state"]) for event in got["events"]]


def write(path, samples):
    path.write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    return path


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return str(path)


def hot(minute):
    return 95 if 10 <= minute < 30 or minute >= 45 else 75 if 30 <= minute < 35 else 40


@pytest.fixture
def cpu(tmp_path):
    return write(tmp_path / "cpu.jsonl", [{"at": at(i), "resource.cpu": hot(i)} for i in range(60)])


def test_a_built_in_rule_as_it_stands(cpu):
    got = answer("cpu_usage", history=cpu)
    assert story(got) == [(10, None, "firing"), (30, None, "resolved"), (45, None, "firing")]
    assert got["events"][0]["title"] == "High CPU Usage"
    assert got["events"][0]["message"] == "CPU usage is 95%, above threshold of 80.0%"
    assert (got["fired"], got["still_firing"], got["firing_seconds"]) == (2, 1, (20 + 14) * 60)
    assert got["last_fired"] == at(45) and got["samples"] == 60


def test_hold_hysteresis_and_way_back_of_the_configuration(cpu, config):
    got = answer("cpu_usage", "--config", config, history=cpu)
    assert story(got) == [(10, None, "pending"), (15, None, "firing"), (35, None, "recovering"), (37, None, "resolved"),
                          (45, None, "pending"), (50, None, "firing")]
    assert got["events"][3]["fired_seconds"] == 22 * 60


def test_holds_end_between_samples_at_their_own_time(tmp_path, config):
    path = write(tmp_path / "h", [{"at": at(i), "resource.cpu": 95} for i in (0, 4, 8)])
    assert story(answer("cpu_usage", "--config", config, history=path)) == [(0, None, "pending"), (5, None, "firing")]


def test_m_of_n_by_subject(tmp_path, config):
    slow = {("a", 1), ("a", 3), ("a", 5), ("b", 1), ("b", 2)}
    path = write(tmp_path / "h", [{"at": at(i), "component": name, "component.response_time":
                                   2300.5 if (name, i) in slow else 12} for i in range(12) for name in "ab"])
    got = answer("slow", "--config", config, history=path)
    assert [row for row in story(got) if row[2] == "firing"] == [(5, "a", "firing")]
    assert got["events"][-1]["state"] != "pending" and got["fired"] == 1
    fired = next(event for event in got["events"] if event["state"] == "firing")
    assert (fired["title"], fired["message"]) == ("Slow: a", "answers in 2.30 s")
    only = answer("slow", "b", "--config", config, history=path)
    assert only["fired"] == 0 and only["samples"] == 12


def test_what_is_not_known_is_no_data_and_never_healthy(tmp_path):
    states = ["healthy", "unknown", None, "healthy", "unhealthy"]
    path = write(tmp_path / "h", [{"at": at(i), "component": "db", "component.status": state, "component.error": ""}
                                  for i, state in enumerate(states)])
    got = answer("component_unhealthy", history=path)
    assert story(got) == [(1, "db", "firing"), (3, "db", "resolved"), (4, "db", "firing")]
    assert [event["reason"] for event in got["events"]] == ["no_data", "no_data", "condition"]


def test_severity_and_group_come_from_the_configuration(tmp_path, config):
    path = write(tmp_path / "h", [{"at": at(i), "component": name, "component.status": "unhealthy"}
                                  for i in range(2) for name in ("db", "other")])
    plain = answer("component_unhealthy", history=path)
    known = answer("component_unhealthy", "--config", config, history=path)
    assert [event["severity"] for event in plain["events"]] == ["warning", "warning"]
    assert {event["subject"]: event["severity"] for event in known["events"]} == {"db": "critical", "other": "warning"}
    assert answer("mine", "--config", config, history=path)["events"][0]["subject"] == "db"


def test_a_rule_beside_values_of_the_whole(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("alerts: { rules: [ { name: busy, when: component.status == degraded and resource.cpu > 50% } ] }\n")
    samples = [{"at": at(0), "resource.cpu": 40}, {"at": at(1), "component": "a", "component.status": "degraded"},
               {"at": at(2), "resource.cpu": 60}, {"at": at(3), "component": "a", "component.status": "degraded"}]
    history = write(tmp_path / "h", reversed(samples))  # in any order
    assert story(answer("busy", "--config", str(path), history=history)) == [(3, "a", "firing")]


def test_a_breaker_from_a_file(tmp_path):
    path = write(tmp_path / "h", [{"at": at(i), "breaker": "api", "breaker.state": state}
                                  for i, state in enumerate(["closed", "open", "half_open", "closed"])])
    assert story(answer("breaker_open", history=path)) == [(1, "api", "firing"), (2, "api", "resolved")]
    assert story(answer("breaker_half_open", history=path)) == [(2, "api", "firing"), (3, "api", "resolved")]


def test_a_range(cpu):
    assert answer("cpu_usage", "--from", at(31), history=cpu)["samples"] == 29
    assert answer("cpu_usage", "--from", at(31), "--to", at(40), history=cpu)["samples"] == 10
    assert answer("cpu_usage", "--to", at(40), "--since", "5m", history=cpu)["samples"] == 6


def test_text_for_people(cpu):
    done = run("cpu_usage", history=cpu)
    assert done.stdout.splitlines()[0] == "cpu_usage: resource.cpu > threshold.cpu_usage"
    assert f"{at(10)}  FIRES\n" in done.stdout and f"{at(30)}  resolved      after 20 min\n" in done.stdout
    last = f"would have fired 2 times, 34 min in all, last at {at(45)}; 1 still firing at the end"
    assert done.stdout.splitlines()[-1] == last
    assert run("cpu_usage", "-q", history=cpu).stdout == last + "\n"
    assert run("cpu_usage", "--to", at(5), history=cpu).stdout.endswith("\n\nwould never have fired\n")
    assert run("cpu_usage", "-q", history="-", stdin=cpu.read_text()).stdout == last + "\n"


def test_a_rule_that_is_not_enabled_is_tried(tmp_path, config):
    path = write(tmp_path / "h", [{"at": at(0), "component": "db", "component.status": "unhealthy"}])
    done = run("off", "--config", config, history=path)
    assert "not enabled: tried all the same" in done.stdout and "would have fired 1 time" in done.stdout


@pytest.mark.parametrize("words, status, message", [
    ([], USAGE, "which rule? write bellwether config test-rule NAME"),
    (["cpu_usag"], USAGE, "there is no rule `cpu_usag`; did you mean `cpu_usage`?"),
    (["my-own"], USAGE, "there is no rule `my-own`; a rule of your own needs --config PATH"),
    (["cpu_usage", "--from", "yesterday"], USAGE, "--from `yesterday` is no time; write it like"),
    (["cpu_usage", "--to", "1"], USAGE, "--to `1` is no time"),
    (["cpu_usage", "--since", "a day"], USAGE, "--since `a day` is no time span; write it like 30m"),
    (["cpu_usage", "--since", "6h", "--from", "2026-03-02"], USAGE, "both say when to begin"),
    (["cpu_usage", "--from", "2026-03-03T00:00:00Z", "--to", "2026-03-02T00:00:00Z"], USAGE, "ends before it begins"),
    (["cpu_usage", "--url", "http://127.0.0.1:1", "--history", "x"], USAGE, "write one"),
    (["cpu_usage", "--history", "/nonexistent/file"], NOINPUT, "/nonexistent/file cannot be opened"),
    (["cpu_usage", "--config", "/nonexistent/file"], NOINPUT, "name a file or a folder"),
    (["breaker_open"], UNAVAILABLE, "asks for `breaker.state`, of which a daemon keeps no history"),
    (["system_unhealthy"], UNAVAILABLE, "asks for `system.status`, of which a daemon keeps no history"),
    (["cpu_usage", "--url", "unix:/nonexistent/socket"], UNAVAILABLE, "does not answer"),
])
def test_mistakes_on_the_command_line(words, status, message):
    done = run(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr and done.stderr.startswith("bellwether: ")


@pytest.mark.parametrize("line, message", [
    ("x", "no JSON: "),
    ("[]", "an object is wanted"),
    ('{"resource.cpu": 1}', "`at` is missing or no time"),
    ('{"at": 5}', "`at` is missing or no time"),
    ('{"at": "2026-03-02T14:00:00Z", "at": "2026-03-02T14:00:00Z"}', "no JSON: duplicate object key"),
    ('{"at": "2026-03-02T14:00:00Z", "resource.cpuu": 1}', "there is no field `resource.cpuu`; did you mean `resource.cpu`?"),
    ('{"at": "2026-03-02T14:00:00Z", "resource.cpu": "9"}', "`resource.cpu` is a number of percent, or null"),
    ('{"at": "2026-03-02T14:00:00Z", "threshold.cpu_usage": 9}', "comes from the configuration; leave it out"),
    ('{"at": "2026-03-02T14:00:00Z", "component.status": "healthy"}', 'needs the name: write "component": "NAME" too'),
    ('{"at": "2026-03-02T14:00:00Z", "component": "a", "component.status": "good"}', "`component.status` is never `good`"),
    ('{"at": "2026-03-02T14:00:00Z", "component": "a", "component.status": 5}', "`component.status` is a text, or null"),
    ('{"at": "2026-03-02T14:00:00Z", "component": "a", "component.critical": 1}', "is true, false or null"),
    ('{"at": "2026-03-02T14:00:00Z", "component": "a", "resource.cpu": 1}', "give it a line of its own"),
    ('{"at": "2026-03-02T14:00:00Z", "component": "a", "breaker": "b"}', "one subject, not a component and a breaker"),
    ('{"at": "2026-03-02T14:00:00Z", "component": ""}', "`component` is its name, a text"),
    ('{"at": "2026-03-02T14:00:00Z", "component": "' + "a" * 70000 + '"}', "longer than 64 KiB"),
])
def test_mistakes_in_a_file_name_their_line(tmp_path, line, message):
    path = tmp_path / "h"
    path.write_text(json.dumps({"at": at(0), "resource.cpu": 1}) + "\n\n" + line + "\n")
    done = run("cpu_usage", history=path)
    assert (done.returncode, done.stdout) == (DATA, "")
    assert f"{path}: line 3: " in done.stderr and message in done.stderr


def test_what_is_no_file_of_lines_ends_soon(tmp_path):
    done = run("cpu_usage", history="/dev/zero")
    assert done.returncode == DATA and "line 1: longer than 64 KiB" in done.stderr
    done = run("cpu_usage", history=tmp_path)
    assert done.returncode in (NOINPUT, 74) and str(tmp_path) in done.stderr
    path = tmp_path / "h"
    path.write_bytes(b"\0\0\n")
    assert "line 1: no JSON" in run("cpu_usage", history=path).stderr


def test_nothing_is_said_of_what_is_not_in_the_file(tmp_path, cpu):
    done = run("disk_usage", history=cpu)
    assert done.returncode == DATA and "never says `resource.disk`" in done.stderr
    done = run("cpu_usage", "--from", "2027-01-01T00:00:00Z", history=cpu)
    assert done.returncode == DATA and "there is no sample in that time" in done.stderr
    done = run("component_unhealthy", "nobody", history=cpu)
    assert done.returncode == NOINPUT and "there is no sample of `nobody`" in done.stderr
    never = write(tmp_path / "h", [{"at": at(0), "component": "a", "component.status": None}])
    assert run("component_unhealthy", history=never).returncode == DATA


def test_options_of_it_are_refused_elsewhere(config):
    done = subprocess.run([PROGRAM, "config", "check", "--json", config], capture_output=True, text=True, timeout=60)
    assert done.returncode == USAGE and "are for config test-rule" in done.stderr


def report(daemon, state, text):
    body = json.dumps({"status": state, "error": text or None})
    status, _, answer_ = daemon.request("PUT", "/api/v1/components/batch/report", body=body)
    assert status in (200, 202, 204), answer_


def test_beside_a_real_daemon(tmp_path):
    config_text = "components: [ { name: batch, critical: true, every: 1h, push: {} } ]\n"
    with Daemon(tmp_path, config_text) as daemon:
        url = f"http://127.0.0.1:{daemon.port}"
        states = ["healthy", "unhealthy", "healthy"]
        for nth, state in enumerate(states):
            report(daemon, state, "out of coffee" if state == "unhealthy" else "")

            def is_kept():
                # A state that only others report is also written again with every sample.
                rows = daemon.get("/api/v1/components/batch/history")["data"]
                words = [row["status"] for row in rows if row["status"] != "unknown"]
                return [word for word, _ in itertools.groupby(words)] == states[:nth + 1]
            wait_until(is_kept, 60, "the result is kept")
        got = answer("component_unhealthy", "--url", url, "--config", str(daemon.config))
        assert [event["state"] for event in got["events"] if event["reason"] == "condition"] == ["firing", "resolved"]
        fired = [event for event in got["events"] if event["reason"] == "condition"][0]
        assert fired["severity"] == "critical" and fired["message"] == "batch is unhealthy: out of coffee"
        done = run("component_unhealthy", "btch", "--url", url)
        assert done.returncode == NOINPUT and "has no component `btch`; did you mean `batch`?" in done.stderr


class Thinning(http.server.BaseHTTPRequestHandler):
    """A series of a point a second, of which at most LIMIT are given at once."""

    COUNT, LIMIT = 1000, 100

    def do_GET(self):
        where = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(where.query))
        low, high = (datetime.datetime.fromisoformat(query[key]) for key in ("from", "to"))
        rows = [{"timestamp": at(0, i), "cpu_usage": 90 if i == 777 else 10} for i in range(self.COUNT)
                if low <= START + datetime.timedelta(seconds=i) <= high]
        body = json.dumps({"found": len(rows), "data": rows[::len(rows) // self.LIMIT + 1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_no_sample_of_a_long_series_is_left_out():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Thinning) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            got = answer("cpu_usage", "--url", f"http://127.0.0.1:{server.server_port}", "--from", at(-60),
                         "--to", at(60))
        finally:
            server.shutdown()
            thread.join()
    assert got["samples"] == Thinning.COUNT
    assert [event["at"] for event in got["events"]] == [at(0, 777), at(0, 778)]
