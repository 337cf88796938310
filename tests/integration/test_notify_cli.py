"""`bellwether notify list` and `notify test`, and programs as channels."""
import json
import os
import signal
import subprocess

import pytest

from daemon import PROGRAM, wait_until
from receivers import Hook, alert, configure, notice, send

SECRET = "tOken0987654321"


def run(*words, **more):
    return subprocess.run([PROGRAM, "notify", *map(str, words)], text=True, capture_output=True,
                          timeout=60, **more)


def test_a_test_message_is_sent_and_its_answer_shown(tmp_path):
    with Hook() as hook:
        config = configure(tmp_path, slack={"url": f"{hook.url}/services/{SECRET}"})
        done = run("test", "slack", "--config", config)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"slack (slack, 127.0.0.1:{hook.port}): sent; HTTP 200 (")
        assert json.loads(hook.requests[0]["body"])["text"] == "[TEST] Channel slack works"
        done = run("test", "slack", "--json", "-c", config)
        answer = json.loads(done.stdout)
        assert answer.pop("took_ms") > 0
        assert answer == {"channel": "slack", "kind": "slack", "to": f"127.0.0.1:{hook.port}",
                          "outcome": "sent", "answer": "HTTP 200"}
        assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("answer, word", [({"status": 403, "body": f"no {SECRET}"}, "refused"),
                                          ({"status": 500}, "failed"), ("close", "failed")])
def test_who_is_not_reached_is_told(tmp_path, answer, word):
    with Hook() as hook:
        config = configure(tmp_path, discord={"url": f"{hook.url}/api/webhooks/1/{SECRET}"})
        hook.answers = [answer, answer]
        done = run("test", "discord", "-c", config)
        assert done.returncode == 1
        assert {"refused": "refused; ", "failed": "not sent; "}[word] in done.stdout
        done = run("test", "discord", "--json", "-c", config)
        assert done.returncode == 1 and json.loads(done.stdout)["outcome"] == word
        assert SECRET not in done.stdout + done.stderr


def test_a_test_of_every_kind_reaches_its_receiver(tmp_path):
    with Hook() as hook:
        config = configure(
            tmp_path, webhook={"url": hook.url}, slack={"url": hook.url},
            discord={"url": hook.url}, ntfy={"url": hook.url, "topic": "t"},
            telegram={"url": hook.url, "token": "1:a", "chat": "1"},
            pagerduty={"url": hook.url, "routing_key": "k"}, alertmanager={"url": hook.url},
            exec={"command": ["/bin/true"]})
        for kind in ("webhook", "slack", "discord", "ntfy", "telegram", "pagerduty",
                     "alertmanager", "exec"):
            done = run("test", kind, "-c", config)
            assert done.returncode == 0, done.stdout + done.stderr
        actions = [json.loads(request["body"]).get("event_action") for request in hook.requests
                   if b"event_action" in request["body"]]
        assert actions == ["trigger", "resolve"]


def test_a_list_shows_no_secrets(tmp_path):
    config = configure(tmp_path, slack={"url": f"https://hooks.slack.example/services/{SECRET}"},
                       email={"server": "smtps://ada:" + SECRET + "@mail.example", "from": "a@b.c",
                              "to": ["ops@b.c", "Ada <ada@b.c>"]},
                       exec={"command": ["/usr/local/bin/page-me", SECRET]})
    done = run("list", "-c", config)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["CHANNEL", "KIND", "FROM", "TO"]
    rows = json.loads(run("list", "--json", "-c", config).stdout)["channels"]
    assert [(row["name"], row["to"]) for row in rows] == [
        ("slack", "hooks.slack.example"), ("email", "mail.example to ops@b.c, Ada <ada@b.c>"),
        ("exec", "/usr/local/bin/page-me")]
    assert SECRET not in done.stdout + done.stderr + json.dumps(rows)


def test_what_is_misspelt_is_guessed(tmp_path):
    config = configure(tmp_path, slack={"url": "http://127.0.0.1:9/x"})
    done = run("test", "slak", "-c", config)
    assert done.returncode == 66 and "did you mean `slack`?" in done.stderr
    assert run("tst", "slack", "-c", config).returncode == 64
    assert run("test", "-c", config).returncode == 64
    assert run().returncode == 64
    assert "--config" in run("list").stderr


def test_bad_settings_are_refused_before_anything_is_sent(tmp_path):
    config = configure(tmp_path, webhook={"url": "http://x.example", "body": '{"a": {headlin}}'})
    done = run("test", "webhook", "-c", config)
    assert done.returncode == 78
    assert "did you mean `headline`?" in done.stderr


def test_a_program_gets_the_notice_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    script = tmp_path / "channel"
    script.write_text(f"#!/bin/sh\ncat > {out}.json\nenv > {out}.env\necho not now >&2\n"
                      "exit ${CODE:-0}\n")
    script.chmod(0o755)
    evil = "$(touch /tmp/never) `x`; \"'\r\nBELLWETHER_KEY=other\n"
    os.environ["BELLWETHER_TEST_SECRET"] = SECRET
    try:
        got = send(tmp_path, "exec", {"command": [str(script)], "env": {"TOKEN": "t"}},
                   notice(alerts=[alert(title=evil)]))
    finally:
        del os.environ["BELLWETHER_TEST_SECRET"]
    assert got == {"outcome": "sent", "retry_us": 0, "text": "exit code 0"}
    given = json.loads((tmp_path / "out.json").read_text())
    assert given["alerts"][0]["title"] == evil
    env = dict(line.split("=", 1) for line in (tmp_path / "out.env").read_text().splitlines())
    assert env["BELLWETHER_KEY"] == "i1-a7-firing-1" and env["TOKEN"] == "t"
    assert SECRET not in env.values()
    assert set(env) <= {"PATH", "HOME", "LANG", "PWD", "SHLVL", "_", "OLDPWD", "TOKEN"} | {
        name for name in env if name.startswith("BELLWETHER_")}
    for code, outcome in ((75, "retry"), (1, "refused"), (126, "refused")):
        got = send(tmp_path, "exec", {"command": [str(script)], "env": {"CODE": str(code)}},
                   notice())
        assert got["outcome"] == outcome and got["text"] == f"exit code {code}: not now"


def test_an_interrupted_test_says_that_nothing_is_known(tmp_path):
    with Hook() as hook:
        hook.answers = ["hang"]
        config = configure(tmp_path, webhook={"url": hook.url})
        child = subprocess.Popen([PROGRAM, "notify", "test", "webhook", "-c", str(config)],
                                 text=True, stderr=subprocess.PIPE)
        wait_until(lambda: hook.requests, seconds=60, what="the request")
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        assert child.returncode == 130 and "interrupted" in said
