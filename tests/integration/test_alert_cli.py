"""`bellwether ack` and `bellwether silence`: what a person sees and orders, over a scripted API (docs/internals/alerts.md)
for every answer that there can be, and over a real daemon."""
import contextlib
import http.server
import json
import os
import pwd
import subprocess
import threading

import pytest

from daemon import PROGRAM, Daemon, wait_until

USAGE, REFUSED, NO_INPUT, UNAVAILABLE, PROTOCOL = 64, 65, 66, 69, 76
ME = pwd.getpwuid(os.getuid()).pw_name

ALERT = {"id": "a17", "severity": "critical", "type": "component", "title": "Component Unhealthy: database",
         "message": "refused", "state": "firing", "fired": "2026-03-02T14:30:00+00:00", "ack": None, "quiet": None}
TAKEN = {**ALERT, "id": "a5", "title": "High CPU Usage", "severity": "warning",
         "ack": {"by": "ada", "at": "2026-03-02T14:31:00+00:00", "comment": "", "sticky": True, "until": None}}
SILENCE = {"id": "s3", "match": ["component=database", "severity!=info"], "by": "ada", "reason": "new \x1b[31mdisks",
           "created": "2026-03-02T14:30:00+00:00", "from": "2026-03-02T14:30:00+00:00", "until": None,
           "until_resolved": True, "state": "active", "expired": None, "expired_by": None, "hides": 4}


class Api:
    """Answers by "METHOD PATH" (the path without its query); what was asked is kept."""

    def __init__(self, answers):
        self.asked = []
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                api.asked.append((self.command, self.path, json.loads(body) if body else None))
                status, document = answers.get(f"{self.command} {path}", (404, {"detail": "there is no such thing"}))
                text = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextlib.contextmanager
def api(**answers):
    given = Api({key.replace("_", " ", 1): value for key, value in answers.items()})
    thread = threading.Thread(target=given.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield given
    finally:
        given.server.shutdown()
        given.server.server_close()
        thread.join()


def run(*words, url=None):
    command = [PROGRAM, *words] + ([f"--url={url}"] if url else [])
    return subprocess.run(command, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})


FIRING = {"GET_/api/v1/alerts": (200, {"alerts": [ALERT, TAKEN]})}
NOTHING = {"GET_/api/v1/alerts": (200, {"alerts": []})}
SILENCES = {"GET_/api/v1/silences": (200, {"silences": [SILENCE]})}


# --- ack ---

def test_ack_lists_what_fires():
    with api(**FIRING) as given:
        done = run("ack", url=given.url)
    assert (done.returncode, done.stderr) == (0, "")
    head, first, second = done.stdout.splitlines()
    assert head.split() == ["ID", "SEVERITY", "FIRES", "FOR", "ALERT"]
    assert first.startswith("a17     ") and "critical" in first and first.endswith("Component Unhealthy: database")
    assert second.startswith("a5      ") and second.endswith("High CPU Usage  acknowledged by ada")
    assert all(len(line) <= 80 for line in (head, first, second))
    assert given.asked[0][1].startswith("/api/v1/alerts?state=firing")


def test_ack_lists_nothing_as_nothing():
    with api(**NOTHING) as given:
        assert run("ack", url=given.url).stdout == "nothing is firing\n"
        assert run("ack", "--quiet", url=given.url).stdout == ""
        assert json.loads(run("ack", "--json", url=given.url).stdout) == {"alerts": []}


@pytest.mark.parametrize("words, sent", [
    ([], {"by": ME, "sticky": False}),
    (["--by=ada", "--comment=on it", "--sticky", "--for=2h"],
     {"by": "ada", "comment": "on it", "sticky": True, "for": "2h"}),
    (["--until=2027-01-01T00:00:00+01:00"], {"by": ME, "sticky": False, "until": "2026-12-31T23:00:00+00:00"}),
])
def test_ack_says_what_was_written(words, sent):
    with api(**{"POST_/api/v1/alerts/a17/ack": (200, {**ALERT, "ack": {"by": "ada", "sticky": True, "until": None}})}) as given:
        done = run("ack", "17", *words, url=given.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "a17: acknowledged by ada, also when it gets worse: Component Unhealthy: database\n"
        assert given.asked == [("POST", "/api/v1/alerts/a17/ack", sent)]


def test_ack_is_taken_back():
    with api(**{"DELETE_/api/v1/alerts/a17/ack": (200, ALERT)}) as given:
        done = run("ack", "a17", "--undo", "--by=ada b", url=given.url)
        assert done.stdout == "a17: not acknowledged: Component Unhealthy: database\n"
        assert given.asked == [("DELETE", "/api/v1/alerts/a17/ack?by=ada%20b", None)]


def test_ack_of_an_unknown_id_says_what_there_is():
    with api(**FIRING) as given:
        done = run("ack", "a99", url=given.url)
    assert done.returncode == NO_INPUT
    assert done.stderr == (f"bellwether: {given.url} has no alert `a99`; firing are a17 (Component Unhealthy: database), "
                           "a5 (High CPU Usage)\n")
    with api(**NOTHING) as given:
        assert "has no alert `a99`; nothing is firing\n" in run("ack", "a99", url=given.url).stderr


def test_ack_that_the_daemon_refuses():
    with api(**{"POST_/api/v1/alerts/a17/ack": (409, {"detail": "a17 is not firing"})}) as given:
        done = run("ack", "a17", url=given.url)
    assert (done.returncode, done.stderr) == (REFUSED, f"bellwether: {given.url} refuses: a17 is not firing\n")


@pytest.mark.parametrize("words, why", [
    (["ack", "x1"], "`x1` is no id of an alert"),
    (["ack", "a"], "`a` is no id of an alert"),
    (["ack", "a1/../b"], "is no id of an alert"),
    (["ack", "a1", "a2"], "one alert at a time"),
    (["ack", "--undo"], "which one?"),
    (["ack", "a1", "--undo", "--sticky"], "--undo stands alone"),
    (["ack", "a1", "--for=2h", "--until=2027-01-01"], "--for and --until say the same"),
    (["ack", "a1", "--for=2"], "--for=2 is no duration; write 30m"),
    (["ack", "a1", "--for=0s"], "--for=0s is no duration"),
    (["ack", "a1", "--until=tomorrow"], "--until=tomorrow is no time; write one such as 2026-12-01T22:00:00Z"),
    (["silence", "ad"], "did you mean `silence add`?"),
    (["silence", "zork"], "write silence add, list or expire"),
    (["silence", "add"], "a word is missing; write silence add MATCHER..."),
    (["silence", "add", "component=a", "--for=1h"], "--reason is missing"),
    (["silence", "add", "component=a", "--reason=x"], "no silence lasts for ever"),
    (["silence", "add", "component=a", "--reason=x", "--for=1"], "--for=1 is no duration"),
    (["silence", "add", "component=a", "--reason=x", "--for=1h", "--from=now"], "--from=now is no time"),
    (["silence", "expire"], "a word is missing; write silence expire ID"),
    (["silence", "expire", "a3"], "`a3` is no id of a silence; one is s3"),
    (["silence", "list", "s3"], "a word too many"),
])
def test_mistakes_of_the_command_line(words, why):
    with api() as given:
        done = run(*words, url=given.url)
    assert done.returncode == USAGE and done.stdout == ""
    assert why in done.stderr and given.asked == []


@pytest.mark.parametrize("words", [["ack"], ["ack", "a1"], ["silence", "list"], ["silence", "expire", "s1"],
                                   ["silence", "add", "component=a", "--reason=x", "--for=1h"]])
def test_what_goes_wrong_with_the_daemon(words):
    done = run(*words, url="unix:/nonexistent/bellwether.sock")
    assert done.returncode == UNAVAILABLE and "start `bellwether serve`, or name another with --url" in done.stderr
    everything = {f"{method}_{path}": (200, b"<html>") for method, path in
                  [("GET", "/api/v1/alerts"), ("POST", "/api/v1/alerts/a1/ack"), ("GET", "/api/v1/silences"),
                   ("POST", "/api/v1/silences"), ("DELETE", "/api/v1/silences/s1")]}
    with api(**everything) as given:
        done = run(*words, url=given.url)
    assert done.returncode == PROTOCOL and "is no JSON object; name a daemon with --url" in done.stderr


# --- silence ---

def test_silence_list():
    with api(**SILENCES) as given:
        done = run("silence", "list", url=given.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert run("silence", url=given.url).stdout == done.stdout
        run("silence", "list", "--all", url=given.url)
        assert [asked[1] for asked in given.asked][-1] == "/api/v1/silences?expired=1"
    head, first, match = done.stdout.splitlines()
    assert first.split()[:6] == ["s3", "active", "resolved", "4", "ada", "new"]
    assert "\x1b" not in first and first.endswith("[31mdisks")
    assert match == "       component=database and severity!=info"
    assert all(len(line) <= 80 for line in (head, first, match))


def test_silence_list_of_nothing():
    with api(**{"GET_/api/v1/silences": (200, {"silences": []})}) as given:
        assert run("silence", "list", url=given.url).stdout == "nothing is silenced\n"


@pytest.mark.parametrize("words, sent", [
    (["--for=2h"], {"until_resolved": False, "for": "2h"}),
    (["--until-resolved", "--from=2027-01-01T00:00:00Z"],
     {"until_resolved": True, "from": "2027-01-01T00:00:00+00:00"}),
])
def test_silence_says_what_was_written(words, sent):
    with api(**{"POST_/api/v1/silences": (201, SILENCE)}) as given:
        done = run("silence", "add", "component=database", "severity!=info", "--reason=new disks", *words, url=given.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert "s3     active" in done.stdout
        assert given.asked == [("POST", "/api/v1/silences", {
            "match": ["component=database", "severity!=info"], "by": ME, "reason": "new disks", **sent})]


def test_silence_may_be_tried():
    with api(**{"POST_/api/v1/silences": (200, SILENCE)}) as given:
        done = run("silence", "add", "group=g", "--reason=x", "--for=1h", "--dry-run", url=given.url)
        assert done.stdout == "it would hide 4 of the alerts that are there now\n"
        assert given.asked[0][1] == "/api/v1/silences?dry_run=1"


def test_silence_that_the_daemon_refuses():
    with api(**{"POST_/api/v1/silences": (400, {"detail": "member `match`: `x` is no matcher"})}) as given:
        done = run("silence", "add", "x", "--reason=x", "--for=1h", url=given.url)
    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert done.stderr == f"bellwether: {given.url} refuses: member `match`: `x` is no matcher\n"


def test_silence_expires():
    with api(**{"DELETE_/api/v1/silences/s3": (200, {**SILENCE, "state": "expired"})}) as given:
        assert run("silence", "expire", "3", "--by=ada", url=given.url).stdout == "s3 has ended\n"
        assert given.asked == [("DELETE", "/api/v1/silences/s3?by=ada", None)]


def test_silence_of_an_unknown_id_says_what_there_is():
    with api(**SILENCES) as given:
        done = run("silence", "expire", "s9", url=given.url)
    assert done.returncode == NO_INPUT
    assert "has no silence `s9`; there are s3 (new" in done.stderr and "\x1b" not in done.stderr


def test_json_is_what_the_daemon_said():
    with api(**SILENCES, **{"POST_/api/v1/silences": (201, SILENCE)}) as given:
        assert json.loads(run("silence", "list", "--json", url=given.url).stdout) == {"silences": [SILENCE]}
        done = run("silence", "add", "group=g", "--reason=x", "--for=1h", "--json", url=given.url)
        assert json.loads(done.stdout) == SILENCE


# --- over a real daemon ---

CONFIG = """\
components:
  - { name: dead, group: storage, every: 1s, tcp: { host: 127.0.0.1, port: 9 } }
  - { name: other, group: vendors, every: 1s, file: { path: /nonexistent } }
"""


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path, CONFIG) as running:
        yield running


def alert_of(url, title):
    """The alert as `ack` shows it, as soon as it fires."""
    def find():
        alerts = json.loads(run("ack", "--json", url=url).stdout)["alerts"]
        return next((alert for alert in alerts if alert["title"] == title), None)
    return wait_until(find, seconds=60, what=f"{title} fires")


def test_an_alert_is_taken_and_given_back(daemon):
    url = f"http://127.0.0.1:{daemon.port}"
    alert = alert_of(url, "Component Unhealthy: dead")
    done = run("ack", alert["id"], "--by=ada", "--comment=on it", "--sticky", "--for=2h", url=url)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith(f"{alert['id']}: acknowledged by ada until ")
    ack = alert_of(url, "Component Unhealthy: dead")["ack"]
    assert (ack["by"], ack["comment"], ack["sticky"]) == ("ada", "on it", True) and ack["until"]
    assert "Component Unhealthy: dead  acknowledged by ada\n" in run("ack", url=url).stdout
    assert run("ack", alert["id"], "--undo", url=url).returncode == 0
    assert alert_of(url, "Component Unhealthy: dead")["ack"] is None
    done = run("ack", "a999999", url=url)
    assert done.returncode == NO_INPUT and f"{alert['id']} (Component Unhealthy: dead)" in done.stderr


def test_a_silence_hides_and_ends(daemon):
    url = f"http://127.0.0.1:{daemon.port}"
    alert_of(url, "Component Unhealthy: dead")
    alert_of(url, "Component Unhealthy: other")
    words = ["silence", "add", "component=dead", "rule=component_unhealthy", "--reason=new disks", "--for=2h"]
    assert run(*words, "--dry-run", url=url).stdout == "it would hide 1 of the alerts that are there now\n"
    assert run("silence", "list", url=url).stdout == "nothing is silenced\n"
    made = json.loads(run(*words, "--json", url=url).stdout)
    assert (made["by"], made["reason"], made["state"]) == (ME, "new disks", "active")
    assert alert_of(url, "Component Unhealthy: dead")["quiet"]["kind"] == "silence"
    assert alert_of(url, "Component Unhealthy: other")["quiet"] is None
    assert "component=dead and rule=component_unhealthy" in run("silence", "list", url=url).stdout
    assert run("silence", "expire", made["id"], "--by=bob", url=url).stdout == f"{made['id']} has ended\n"
    assert run("silence", "expire", made["id"], url=url).returncode == REFUSED
    assert alert_of(url, "Component Unhealthy: dead")["quiet"] is None
    over = json.loads(run("silence", "list", "--all", "--json", url=url).stdout)["silences"]
    assert [(silence["id"], silence["expired_by"]) for silence in over] == [(made["id"], "bob")]


def test_a_matcher_that_is_none_is_refused(daemon):
    done = run("silence", "add", "zork", "--reason=x", "--for=1h", url=f"http://127.0.0.1:{daemon.port}")
    assert done.returncode == REFUSED and "`zork` is no matcher" in done.stderr
