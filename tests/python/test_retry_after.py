"""Servers that ask to be left alone for a while (HTTP 429 and 503)."""
import email.message
import email.utils
import sys
import time
import urllib.error

import pytest

from bellwether import CircuitBreaker, Region, parse_retry_after, retry_after_from_response


class Response:
    def __init__(self, status, **headers):
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class HTTPStatusError(Exception):
    def __init__(self, response):
        self.response = response


@pytest.fixture
def region():
    return Region(private=True, manual_clock=True)


@pytest.fixture
def breaker(region):
    return CircuitBreaker("vendor", open_for_retry_after=True, max_retry_after=900, region=region)


@pytest.mark.parametrize("text, seconds", [
    ("0", 0.0), ("120", 120.0), (" 7 ", 7.0), ("-1", None), ("1.5", None), ("", None),
    ("soon", None), ("9" * 50, None), ("\u0661", None),
    ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0), ("Wed, 21 Oct 2015 07:26:00 GMT", 0.0),
    ("Wednesday, 21-Oct-15 07:28:00 GMT", 60.0), ("Wed, 99 Oct 2015 07:28:00 GMT", None),
])
def test_texts(text, seconds):
    now = email.utils.parsedate_to_datetime("Wed, 21 Oct 2015 07:27:00 GMT").timestamp()
    assert parse_retry_after(text, now) == seconds


@pytest.mark.parametrize("text", ["Wed Oct 21 07:28:00 2015", "Wed, 21 Oct 2015 07:28:00 -0000"])
def test_date_without_a_zone_is_gmt_wherever_we_are(text: str,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    now = email.utils.parsedate_to_datetime("Wed, 21 Oct 2015 07:27:00 GMT").timestamp()
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST+5")
        time.tzset()
        seconds = parse_retry_after(text, now)
    time.tzset()
    assert seconds == 60.0


def test_where_it_stands():
    headers = email.message.Message()
    headers["retry-after"] = "5"
    assert retry_after_from_response(Response(429, Retry_After="5")) == 5
    assert retry_after_from_response(Response(200, Retry_After="5")) is None
    assert retry_after_from_response(Response(503)) is None
    assert retry_after_from_response(HTTPStatusError(Response(503, retry_after="6"))) == 6
    error = urllib.error.HTTPError("http://x", 429, "slow", headers, None)
    assert retry_after_from_response(error) == 5
    for thing in (None, 5, "text", ValueError(), HTTPStatusError(None)):
        assert retry_after_from_response(thing) is None


def test_a_result_opens_the_breaker(breaker):
    breaker.call(lambda: Response(429, Retry_After="30"))
    assert breaker.state == "open" and breaker.time_until_retry() == 30.0
    assert breaker.events()[-1].reason == "open_for"


def test_an_exception_opens_the_breaker(breaker):
    with pytest.raises(HTTPStatusError):
        breaker.call(fail_with, Response(503, Retry_After="30"))
    assert breaker.time_until_retry() == 30.0 and breaker.snapshot()["lifetime"]["failure"] == 1
    assert breaker.snapshot()["lifetime"]["late"] == 0


def fail_with(response):
    raise HTTPStatusError(response)


def test_through_with_and_guarded_functions(breaker):
    with pytest.raises(HTTPStatusError), breaker:
        fail_with(Response(429, Retry_After="30"))
    assert breaker.time_until_retry() == 30.0
    breaker.reset()
    with pytest.raises(HTTPStatusError) as caught:
        breaker(fail_with)(Response(429, Retry_After="20"))
    assert breaker.time_until_retry() == 20.0
    assert caught.traceback[-1].name == "fail_with"


def test_no_server_may_ask_for_more_than_the_limit(breaker):
    breaker.call(lambda: Response(429, Retry_After="999999999"))
    assert breaker.time_until_retry() == 900.0


def test_zero_and_nothing_open_nothing(breaker):
    for headers in ({}, {"Retry_After": "0"}, {"Retry_After": "nonsense"}):
        breaker.call(lambda: Response(429, **headers))
    assert breaker.state == "closed"


def test_a_hook_of_ones_own(region):
    breaker = CircuitBreaker("x", region=region,
                             open_for_retry_after=lambda thing: getattr(thing, "wait", None))
    breaker.call(lambda: type("Answer", (), {"wait": 12.5}))
    assert breaker.time_until_retry() == 12.5


def test_a_broken_hook_never_hides_the_calls_own_exception(region, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    breaker = CircuitBreaker("x", region=region, open_for_retry_after=lambda thing: 1 / 0)
    with pytest.raises(KeyError):
        breaker.call({}.__getitem__, "x")
    assert seen[0].exc_type is ZeroDivisionError
    assert breaker.snapshot()["lifetime"]["failure"] == 1
    with pytest.raises(ZeroDivisionError):
        breaker.call(len, ())
