"""Channels that speak HTTP to receivers that record, fail, hang, hurry and go away."""
import json
import socket
import ssl

import pytest

from receivers import Hook, alert, certificate, notice, send

EVIL = ("\"'\\`{}[]()<>&*_~|#@everyone <!channel> [x](http://e.vil) </b>\r\nX-Evil: 1\r\n\r\n"
        "\U0001F600 \u05E9\u05DC\u05D5\u05DD \u202Eabc ") * 80

SECRET = "tOken0987654321"


def kinds(hook):
    """Settings of every kind that speaks HTTP, all pointing to the hook."""
    return {
        "webhook": {"url": f"{hook.url}/in/{SECRET}"},
        "slack": {"url": f"{hook.url}/services/T0/B0/{SECRET}"},
        "discord": {"url": f"{hook.url}/api/webhooks/1/{SECRET}"},
        "telegram": {"token": f"1:{SECRET}", "chat": "-100", "url": hook.url},
        "ntfy": {"topic": SECRET, "url": hook.url},
        "pagerduty": {"routing_key": SECRET, "url": f"{hook.url}/v2/enqueue"},
        "alertmanager": {"url": hook.url, "bearer": SECRET},
    }


KINDS = sorted(kinds(type("Hook", (), {"url": ""})))


@pytest.fixture
def hook():
    with Hook() as running:
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_arrives_whole(tmp_path, hook, kind):
    answer = send(tmp_path, kind, kinds(hook)[kind], notice())
    assert answer == {"outcome": "sent", "retry_us": 0, "text": "HTTP 200"}
    request, = hook.requests
    assert request["method"] == "POST"
    assert request["headers"]["Content-Type"] == "application/json"
    assert "Component Unhealthy: db" in json.dumps(json.loads(request["body"])).replace("\\\\", "")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_arrive_as_valid_json(tmp_path, hook, kind):
    what = notice(alerts=[alert(number, title=EVIL[:300], message=EVIL, subject=EVIL, group=EVIL)
                          for number in range(1, 21)], more=7, group=EVIL, remark=EVIL)
    assert send(tmp_path, kind, kinds(hook)[kind], what)["outcome"] == "sent"
    assert len(hook.requests) == (20 if kind == "pagerduty" else 1)
    for request in hook.requests:
        json.loads(request["body"])
        assert "X-Evil" not in request["headers"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer, outcome, retry_us, text", [
    ({"status": 500}, "retry", 0, "HTTP 500: ok"),
    ({"status": 429, "headers": {"Retry-After": "17"}}, "retry", 17_000_000, "HTTP 429: ok"),
    ({"status": 429, "body": {"message": "slow", "retry_after": 0.5}}, "retry", 500_000,
     "HTTP 429: slow"),
    ({"status": 429, "body": {"ok": False, "description": "later",
                              "parameters": {"retry_after": 3}}}, "retry", 3_000_000,
     "HTTP 429: later"),
    ({"status": 503, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}}, "retry", 0,
     "HTTP 503: ok"),
    ({"status": 404, "body": "no_such_hook"}, "refused", 0, "HTTP 404: no_such_hook"),
    ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, "refused", 0,
     "HTTP 302: redirected; the configuration needs the final address"),
    ("close", "retry", 0, None),
])
def test_what_is_answered_decides(tmp_path, hook, kind, answer, outcome, retry_us, text):
    hook.answers = [answer]
    got = send(tmp_path, kind, kinds(hook)[kind], notice())
    assert got["outcome"] == outcome
    assert got["retry_us"] == retry_us
    if text:
        assert got["text"] == text
    assert len(hook.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_comes_back(tmp_path, hook, kind):
    hook.answers = [{"status": 404, "body": f"{SECRET} is not known: {hook.url}/in/{SECRET}"}]
    got = send(tmp_path, kind, kinds(hook)[kind], notice())
    assert got["outcome"] == "refused"
    assert SECRET not in got["text"]
    assert "***" in got["text"]


def test_nobody_listens(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    got = send(tmp_path, "slack", {"url": f"http://127.0.0.1:{port}/services/x"}, notice())
    assert got["outcome"] == "retry"
    assert got["text"] == f"connection refused by 127.0.0.1:{port}"


def test_who_says_nothing_is_left_after_a_while(tmp_path, hook):
    hook.answers = ["hang"]
    got = send(tmp_path, "webhook", {"url": hook.url}, notice())
    assert got == {"outcome": "retry", "retry_us": 0, "text": "no answer within 20 s"}


def test_the_key_is_the_same_for_every_attempt(tmp_path, hook):
    hook.answers = [{"status": 500}, "close", {}]
    for _ in range(3):
        send(tmp_path, "webhook", {"url": hook.url}, notice(key="bw-a3-firing-1"))
    keys = {request["headers"]["Idempotency-Key"] for request in hook.requests}
    assert len(hook.requests) == 3 and keys == {"bw-a3-firing-1"}


def test_an_event_that_is_refused_keeps_the_others_not_back(tmp_path, hook):
    hook.answers = [{"status": 400, "body": "the first"}, {"status": 400, "body": "the second"}, {}]
    got = send(tmp_path, "pagerduty", kinds(hook)["pagerduty"],
               notice(alerts=[alert(1), alert(2), alert(3)]))
    assert got == {"outcome": "refused", "retry_us": 0, "text": "HTTP 400: the first"}
    assert len({json.loads(request["body"])["dedup_key"] for request in hook.requests}) == 3


def test_a_webhook_of_ones_own(tmp_path, hook):
    settings = {"url": f"{hook.url}/x", "method": "PUT", "user": "ada", "password": "pw-pw-pw",
                "headers": {"X-Severity": "{severity}", "X-Evil": "{alert.title:raw}"},
                "body": '{"t": "{headline}", "all": [{alerts}"{alert.message}"{comma}{/alerts}]}'}
    got = send(tmp_path, "webhook", settings, notice(alerts=[alert(1, title=EVIL), alert(2)]))
    assert got["outcome"] == "sent"
    request, = hook.requests
    assert request["method"] == "PUT" and request["path"] == "/x"
    assert request["headers"]["Authorization"].startswith("Basic ")
    assert request["headers"]["X-Severity"] == "critical"
    assert len(json.loads(request["body"])["all"]) == 2


def test_an_https_server_is_verified(tmp_path):
    ca, cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Hook() as hook:
        hook.server.socket = context.wrap_socket(hook.server.socket, server_side=True)
        url = f"https://localhost:{hook.port}/hook"
        got = send(tmp_path, "slack", {"url": url}, notice())
        assert got["outcome"] == "retry" and "TLS" in got["text"]
        got = send(tmp_path, "slack", {"url": url, "tls": {"ca_file": str(ca)}}, notice())
        assert got["outcome"] == "sent", got
