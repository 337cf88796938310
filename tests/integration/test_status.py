"""The public page and the badges: what they show, what they keep to themselves, and that nothing breaks out."""
import gzip
import json
import re
import time
import xml.etree.ElementTree as ElementTree

from daemon import Daemon, wait_until
from live import Reporter

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<script>alert(1)</script>"\'&\u202e'


def page_of(daemon, path="/status"):
    status, headers, body = daemon.request("GET", path)
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    return body.decode()


def fresh_page(daemon, wanted):
    """A page is kept for five seconds."""
    return wait_until(lambda: wanted in (text := page_of(daemon)) and text, what=f"{wanted} on the page")


def config(settings="", more=""):
    return (f"{settings}components:\n  - {{ name: tiingo, group: prices, push: {{ every: 1h }} }}\n"
            f"  - {{ name: iex, group: prices, push: {{ every: 1h }} }}\n"
            f"  - {{ name: vault, group: storage, critical: true, push: {{ every: 1h }} }}\n{more}")


def test_the_page_shows_states_and_hides_why(tmp_path):
    with Daemon(tmp_path, config()) as daemon, Reporter(daemon) as reporter:
        reporter.report([("tiingo", {"status": "healthy", "response_time_ms": 12.5}), ("iex", {"status": "degraded", "error": "10.1.2.3:5432 refused"}),
                         ("vault", {"status": "healthy"})])
        text = fresh_page(daemon, "3 components: 1 degraded, 2 healthy.")
        assert "<h1>Degraded</h1>" in text and "<title>Degraded – Status</title>" in text
        assert "10.1.2.3" not in text and "12.5" not in text
        assert text.index("<h2>prices</h2>") < text.index("tiingo") < text.index("<h2>storage</h2>") < text.index("vault")
        assert "<b>iex</b> degraded since then" in text
        assert '<p class="made">Degraded since <time' in text and ". As of <time" in text
        assert re.search(r'<time datetime="[0-9T:+-]+">\d\d:\d\d UTC</time>', text)
        assert "<script" not in text and " style=" not in text and "onload" not in text
        status, headers, _ = daemon.request("GET", "/status")
        assert headers["Refresh"] == "60" and headers["Cache-Control"] == "public, max-age=5"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Refresh" not in daemon.request("GET", "/status?still")[1]
        style = daemon.request("GET", re.search(r'rel="stylesheet" href="([^"]+)"', text).group(1))
        assert style[0] == 200 and style[1]["Content-Type"].startswith("text/css")


def test_what_was_never_known_is_not_green(tmp_path):
    with Daemon(tmp_path, config()) as daemon:
        text = page_of(daemon)
        assert "<h1>Unknown</h1>" in text and 'rect class="healthy"' not in text
        assert text.count('class="uptime"') == 3 and len(re.findall(r'class="uptime"[^>]*>–<', text)) == 3
        assert "48 not known" in text and "None is known." in text


def test_errors_and_times_only_when_allowed_and_never_as_markup(tmp_path):
    settings = f"status_page: {{ title: {json.dumps('Team ' + EVIL)}, errors: true, response_times: true }}\n"
    with Daemon(tmp_path, config(settings)) as daemon, Reporter(daemon) as reporter:
        reporter.report([("iex", {"status": "unhealthy", "error": "why " + EVIL, "response_time_ms": 12.5})])
        text = fresh_page(daemon, "12.5 ms")
        assert "why &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;" in text
        assert "<script" not in text and "\u202e" not in text and "Team &lt;script&gt;" in text


def test_only_the_components_that_are_named(tmp_path):
    settings = "status_page: { components: [prices, nobody] }\n"
    with Daemon(tmp_path, config(settings)) as daemon, Reporter(daemon) as reporter:
        assert "there is no component and no group `nobody`" in daemon.log_text()
        reporter.report([("vault", {"status": "unhealthy"}), ("tiingo", {"status": "healthy"}), ("iex", {"status": "healthy"})])
        text = fresh_page(daemon, "All 2 components are healthy.")
        assert "vault" not in text and "storage" not in text and "<h1>Healthy</h1>" in text
        assert json.loads(daemon.request("GET", "/badge/status.json")[2])["message"] == "healthy"
        hidden, unknown = (daemon.request("GET", f"/badge/{name}/status.svg") for name in ("vault", "nobody"))
        assert hidden[0] == unknown[0] == 404 and hidden[2] == unknown[2]
        # What was shown is hidden at once when the configuration says so.
        daemon.config.write_text(config("status_page: { components: [tiingo] }\n"))
        wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, what="reloaded")
        assert "iex" not in page_of(daemon)
        daemon.config.write_text(config("status_page: { enabled: false }\n"))
        wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, what="reloaded")
        assert [daemon.request("GET", path)[0] for path in ("/status", "/badge/status.svg", "/badge/tiingo/status.json")] == [404] * 3


def test_ten_thousand_components_are_a_small_page(tmp_path):
    names = [f"n{n:05}" for n in range(10000)]
    parts = "".join(f"  - {{ name: {name}, group: g{i % 9}, push: {{ every: 1h }} }}\n" for i, name in enumerate(names))
    with Daemon(tmp_path, "components:\n" + parts) as daemon, Reporter(daemon) as reporter:
        reporter.report([(name, {"status": "unhealthy" if name == "n09999" else "healthy"}) for name in names])
        text = fresh_page(daemon, "1 unhealthy, 9999 healthy")
        assert text.count("<h3>") == 300 and "<h3>n09999</h3>" in text
        assert "The worst 300 are shown; 9700 more are not." in text
        size, packed = len(text.encode()), len(gzip.compress(text.encode()))
        began = time.monotonic()
        page_of(daemon)
        print(f"/status of 10,000: {size} bytes, {packed} with gzip, kept one in {1000 * (time.monotonic() - began):.1f} ms")
        assert size < 400_000 and packed < 40_000


def badge(daemon, path, status=200):
    got, headers, body = daemon.request("GET", path)
    assert got == status and headers["Content-Type"] == "image/svg+xml", (path, got, headers)
    return ElementTree.fromstring(body)


def test_badges(tmp_path):
    with Daemon(tmp_path, config("status_page: { response_times: true }\n")) as daemon, Reporter(daemon) as reporter:
        reporter.report([("iex", {"status": "degraded", "response_time_ms": 184.2}), ("tiingo", {"status": "healthy"}),
                         ("vault", {"status": "healthy", "response_time_ms": 1254.3})])
        daemon.wait_status("vault", "healthy")
        for path, label, message in [("/badge/iex/status", "iex", "degraded"), ("/badge/iex/response-time", "response", "184 ms"),
                                     ("/badge/vault/response-time", "response", "1.25 s"), ("/badge/status", "status", "degraded"),
                                     ("/badge/iex/uptime", "uptime 24 h", "100 %")]:
            picture = badge(daemon, path + ".svg")
            assert picture.get("role") == "img" and picture.get("aria-label") == f"{label}: {message}"
            assert picture.find(SVG + "title").text == f"{label}: {message}"
            assert [t.text for t in picture.iter(SVG + "text")] == [label, message]
            right = max(int(t.get("x")) + int(t.get("textLength")) for t in picture.iter(SVG + "text"))
            assert right < int(picture.get("width"))
            told = json.loads(daemon.request("GET", path + ".json")[2])
            assert set(told) == {"schemaVersion", "label", "message", "color", "isError", "cacheSeconds"}
            assert (told["schemaVersion"], told["label"], told["message"], told["isError"]) == (1, label, message, False)
        for path in ("/badge/nobody/status", "/badge/iex/weight", "/badge/weight"):
            assert "no such" in badge(daemon, path + ".svg", 404).get("aria-label")
            status, _, body = daemon.request("GET", path + ".json")
            assert status == 404 and json.loads(body)["isError"] is True
        assert daemon.request("GET", "/badge/%3Cscript%3E/status.svg")[0] == 404
        assert daemon.request("GET", "/badge/iex/status.svg")[1]["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_badge_of_response_times_needs_leave(tmp_path):
    with Daemon(tmp_path, config()) as daemon, Reporter(daemon) as reporter:
        reporter.report([("iex", {"status": "healthy", "response_time_ms": 184.2})])
        badge(daemon, "/badge/iex/response-time.svg", 404)
