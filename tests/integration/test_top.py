"""`bellwether top` on a real terminal of the kernel, its picture read by a terminal emulator."""
import fcntl
import http.server
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
import unicodedata

import pytest

from daemon import PROGRAM, ROOT, Daemon, wait_until

pyte = pytest.importorskip("pyte", reason="python3-pyte is not there")

CONFIG = r"""
refresh_interval: 1s
components:
  - { name: ticks, every: 1s, group: store, exec: { command: [/bin/sh, -c, "echo 'disk is gone'; exit 2"] } }
  - { name: worker, every: 1s, exec: { command: [/bin/sh, -c, "echo 'heartbeat is late'; exit 1"] } }
  - { name: feed, every: 1s, tcp: { host: 127.0.0.1, port: 1 }, breaker: { failure_threshold: 2, recovery_timeout: 10m } }
"""


class Top:
    def __init__(self, url, rows=24, columns=80, words=(), environment=None, command=None):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.flags = fcntl.fcntl(self.slave, fcntl.F_GETFL)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.size(rows, columns)
        base = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.child = subprocess.Popen(
            command or [PROGRAM, "top", "--url", url, *words], stdin=self.slave,
            stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**base, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)
        os.close(self.slave)

    def size(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.size(rows, columns)
        self.child.send_signal(signal.SIGWINCH)

    def press(self, keys):
        os.write(self.master, keys)

    def text(self):
        return "\n".join(self.screen.display)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 65536)
        self.raw += data
        self.stream.feed(data)
        return True

    def until(self, wanted, seconds=30):
        """`wanted` is a text that is to be seen, or a question about the whole picture."""
        ask = wanted if callable(wanted) else lambda text: wanted in text
        end = time.monotonic() + seconds
        while not ask(self.text()):
            assert time.monotonic() < end, f"not seen: {wanted}\n{self.text()}"
            self.read(0.2)
        while self.read(0.05):  # the rest of the picture
            pass
        return self.text()

    def ends(self):
        """The child has ended and left the terminal as it was."""
        code = self.child.wait(15)
        while self.read(0):
            pass
        assert termios.tcgetattr(self.slave) == self.before
        assert fcntl.fcntl(self.slave, fcntl.F_GETFL) == self.flags
        assert self.raw.rstrip().endswith(b"\x1b[?1049l") or b"\x1b[?1049l" in self.raw[-200:]
        assert b"\x1b[?25h" in self.raw[-200:] or b"\x1b[?12l\x1b[?25h" in self.raw[-200:]
        return code


def url_of(daemon):
    return f"http://127.0.0.1:{daemon.port}"


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path, CONFIG) as running:
        running.wait_status("ticks", "unhealthy")
        running.wait_status("worker", "degraded")
        wait_until(lambda: running.get("/api/v1/breakers/feed")["breaker"]["state"] == "open")
        yield running


@pytest.fixture
def top(daemon):
    with Top(url_of(daemon)) as shown:
        yield shown


def width_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Liar:
    """A server that says what it is told to."""

    def __init__(self, document):
        body = json.dumps(document).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def document_of(components):
    return {"overview": {"overall_status": "unhealthy", "first_cause": {"text": "x\x1b[2Jy"}},
            "metadata": {"last_updated": "2026-03-02T14:30:00+00:00"}, "components": components,
            "metrics": {}, "resources": {}, "alerts": [], "circuit_breakers": {"breakers": {}}}


def test_the_picture_in_the_docs_is_of_this_program(top):
    page = (ROOT / "docs" / "top.md").read_text()
    picture = re.search(r"```text\n(.*?)```", page, re.S).group(1).splitlines()
    assert len(picture) == 24 and max(map(width_of, picture)) <= 80
    text = top.until("q quit").splitlines()
    assert picture[-1] == text[-1].rstrip()
    assert [line[:8] for line in picture[4:10]] == [line[:8] for line in text[4:10]]
    top.press(b"?")
    help_text = top.until("choose a row")
    for key in set(re.findall(r"`(.)`", re.search(r"\| key.*?\n\n", page, re.S).group(0))):
        assert re.search(rf"(^|\s){re.escape(key)}[\s,]", help_text, re.M), key


def test_status_fits_one_screen_and_says_what_it_leaves_out():
    document = document_of({f"c{i:02}": {"status": "unhealthy", "error_message": "\x1b[2Jx 日本語" * 9} for i in range(30)})
    document["alerts"] = [{"title": f"a{i}\x07", "severity": "critical", "message": "m" * 99} for i in range(9)]
    document["circuit_breakers"]["breakers"] = {f"b{i}": {"state": "open"} for i in range(7)}
    with Liar(document) as liar:
        def run(*words, locale="C.UTF-8"):
            return subprocess.run([PROGRAM, "status", "--url", liar.url, *words], capture_output=True,
                                  timeout=20, env={**os.environ, "LC_ALL": locale})

        for locale in ("C.UTF-8", "C"):
            done = run(locale=locale)
            assert done.returncode == 2, done.stderr
            lines = done.stdout.decode("utf-8" if locale == "C.UTF-8" else "ascii").splitlines()
            assert len(lines) <= 23 and max(map(width_of, lines)) <= 80  # one line is the prompt's
            assert not re.search("[\x00-\x1f]", "".join(lines))
            for said in ("ALERTS (9, 6 more with --verbose)", "NOT HEALTHY (30, 24 more with --verbose)",
                         "BREAKERS NOT CLOSED (7, 5 more with --verbose)"):
                assert said in lines
        whole = run("--verbose").stdout.decode()
        assert whole.count("✖ unhealthy  c") == 30 and whole.count("✖ open") == 7 and "more with" not in whole
        assert len(run("--quiet").stdout.splitlines()) == 3
        assert json.loads(run("--json").stdout)["components"]["c29"]["status"] == "unhealthy"


@pytest.mark.parametrize("word, code", [("healthy", 0), ("degraded", 1), ("unhealthy", 2), ("unknown", 3), ("odd", 3)])
def test_status_exits_with_the_verdict(word, code):
    document = document_of({})
    document["overview"]["overall_status"] = word
    with Liar(document) as liar:
        assert subprocess.run([PROGRAM, "status", "--url", liar.url], capture_output=True, timeout=20).returncode == code


def test_shows_what_fails_on_24_lines_of_80_columns(top):
    text = top.until(lambda text: "* Live" in text and "disk is gone" in text and "✖ open" in text)
    assert re.search(r"^✖ unhealthy|^▲ degraded", text, re.M) and " since " in text
    assert re.search(r"Score \d+\.\d of 100", text) and "Availability" in text and "Memory" in text
    assert re.search(r"breaker ✖ open +feed .*probe in \d", text), text
    assert re.search(r"\[1 Components 3\]  2 Breakers 1   3 Alerts \d", text)
    rows = [line for line in text.splitlines() if line[2:11] in ("unhealthy", "degraded ")]
    assert [row[13:20].strip() for row in rows[-3:]] == ["feed", "ticks", "worker"]
    assert text.splitlines()[-1].startswith("Enter open")


def test_lives_on_when_the_window_changes(top):
    top.until("disk is gone")
    top.resize(10, 40)
    top.until("needs 60 columns, 12 lines")
    top.resize(12, 60)
    top.until(lambda text: "[1 Components 3]" in text and "needs" not in text)
    top.resize(50, 200)
    top.until(lambda text: "disk is gone" in text and "q quit" in text.splitlines()[-1])


def test_keys_filter_open_turn_and_quit(top):
    top.until("disk is gone")
    top.press(b"/DISK\r")
    top.until("[1 Components 1 of 3]")
    top.press(b"\r")
    text = top.until(lambda text: re.search(r"\d\d:\d\d:\d\d UTC  ✖ unhealthy .*disk is gone", text))
    assert "exec of store, checked" in text and "like this since" in text
    top.press(b"\x1b")
    top.until("[1 Components 1 of 3]")
    top.press(b"\x1b")
    top.until("[1 Components 3]")
    top.press(b"ff")
    top.until(lambda text: "[1 Components 1 of 3]" in text and "heartbeat is late" in text)
    top.press(b"4")
    top.until(lambda text: re.search(r"\[4 Changes .*breaker feed: closed to ✖ open", text, re.S))
    top.press(b"\t?")
    top.until("reset its breaker: press twice")
    top.press(b"?p")
    top.until("= Paused, as of")
    top.press(b"p")
    top.until("* Live")
    top.press(b"q")
    assert top.ends() == 0


def test_a_breaker_is_reset_in_two_steps_and_a_check_runs_now(top, daemon):
    def resets():
        return [change for change in daemon.get("/api/v1/changes?kind=breaker&name=feed")["changes"]
                if change["to"] == "closed" and change["from"] == "open"]

    top.until("breaker ✖ open")
    top.press(b"2R")
    top.until("R again within 5 s resets the breaker feed")
    assert not resets()
    top.press(b"R")
    top.until("feed: reset done")
    wait_until(resets, what="the breaker was reset")
    top.press(b"1\x1bOB\x1bOB")
    top.press(b"c")
    top.until("worker: check done")
    top.press(b"R")
    top.until("choose a breaker")


def test_a_stopped_daemon_is_late_then_lost_then_back(top, daemon):
    top.until("* Live")
    daemon.child.send_signal(signal.SIGSTOP)
    try:
        text = top.until("! Late, last answer")
        assert "◌ unknown" not in text.splitlines()[1]
        text = top.until("? Lost, last answer")
        assert text.splitlines()[1].startswith("◌ unknown  all below is what was last known")
        colours = {top.screen.buffer[row][column].fg for row in range(24) for column in range(80)}
        assert colours == {"default"}
    finally:
        daemon.child.send_signal(signal.SIGCONT)
    top.until("Live again after")
    top.until("* Live")


def test_a_daemon_that_ends_is_lost_at_once(top, daemon):
    top.until("* Live")
    daemon.stop(signal.SIGKILL)
    text = top.until("? Lost")
    assert "refused" in text.splitlines()[0]
    assert text.splitlines()[1].startswith("◌ unknown")
    top.press(b"q")
    assert top.ends() == 0


def test_waits_for_a_daemon_that_is_not_there():
    with Top("http://127.0.0.1:1") as top:
        top.until(lambda text: "? Waiting for first data" in text and "refused" in text)
        assert top.child.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_signals_leave_the_terminal_as_it_was(top, number):
    top.until("disk is gone")
    top.child.send_signal(number)
    assert top.ends() == 0


def test_a_crash_leaves_the_terminal_as_it_was(top):
    top.until("disk is gone")
    top.child.send_signal(signal.SIGSEGV)
    assert top.ends() == -signal.SIGSEGV


def test_a_stop_gives_the_terminal_back_and_goes_on(daemon):
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Top(url_of(daemon), command=shell, environment={"PS1": "ready> "}) as top:
        top.until("ready>")
        top.press(f"{PROGRAM} top --url {url_of(daemon)}\r".encode())
        top.until(lambda text: "* Live" in text and "disk is gone" in text)
        top.press(b"\x1a")
        top.until(lambda text: "Stopped" in text and "* Live" not in text)
        top.press(b"fg\r")
        top.until(lambda text: "* Live" in text and "disk is gone" in text)
        top.press(b"q")
        top.until(lambda text: text.splitlines()[-1].startswith("ready>"))
        top.press(b"echo back$((6 * 7))\r")
        top.until("back42")
        top.press(b"exit\r")
        top.child.wait(15)


def test_hostile_text_moves_nothing():
    evil = {"status": "unhealthy", "error_message": "a\x1b]0;pwned\x07b\u202erev\u0301 日本語\r\nZ" + "e\u0301" * 200}
    parts = {"evil\x1b[2J\x1b[31m" + "名" * 60: evil, "plain": {"status": "healthy"},
             "odd": {"status": "\x1b[7mstrange", "error_message": 7, "response_time_ms": "x"}}
    with Liar(document_of(parts)) as liar, Top(liar.url) as top:
        text = top.until("[1 Components 3]")
        assert b"pwned\x07" not in top.raw and b"\x1b[2J\x1b[31m" not in top.raw and b"\x1b[7mstr" not in top.raw
        assert r"\x1b" in text and re.search(r"^· healthy +plain", text, re.M)
        top.press(b"\r")
        top.until(lambda text: r"a\x1b]0;pwned\x07b\u202erev" in text)
        assert b"\x1b]0;" not in top.raw


def test_a_stranger_is_no_daemon():
    with Liar(["no", "dashboard"]) as liar, Top(liar.url) as top:
        top.until(lambda text: "Waiting" in text and "is no dashboard" in text)


def test_colours_are_a_choice_and_ascii_a_fallback(daemon):
    with Top(url_of(daemon)) as top:
        top.until("disk is gone")
        assert b"\x1b[31m" in top.raw or b"\x1b[1m\x1b[31m" in top.raw or b"[38;5;1m" in top.raw
    for words, environment in ((["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "vt100"})):
        with Top(url_of(daemon), words=words, environment=environment) as top:
            top.until(lambda text: "disk is gone" in text and "✖ unhealthy" in text)
            assert not re.search(rb"\x1b\[[0-9;]*3[0-7](;[0-9;]*)?m", top.raw)
    with Top(url_of(daemon), environment={"LC_ALL": "C"}) as top:
        top.until("X unhealthy")
        assert all(byte < 0x80 for byte in top.raw)


def test_only_what_changed_is_sent(top):
    top.until("disk is gone")
    top.press(b"4")
    top.until("[4 Changes")
    while top.read(0.5):
        pass
    before = len(top.raw)
    top.press(b"j")
    top.until(lambda _: len(top.raw) > before)
    assert len(top.raw) - before < 2000


@pytest.mark.parametrize("words, code, said", [
    (["--url", "gopher://x"], 64, "is no URL"), (["--url", "http://[::1"], 64, "cannot be asked"),
    (["spare"], 64, "takes no words")])
def test_wrong_words(words, code, said):
    master, slave = pty.openpty()
    try:
        done = subprocess.run([PROGRAM, "top", *words], stdin=slave, stdout=slave,
                              stderr=subprocess.PIPE, text=True, timeout=20)
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == code and said in done.stderr


@pytest.mark.parametrize("term", ["dumb", "no-such-terminal"])
def test_a_terminal_that_cannot_show_it(term):
    with Top("http://127.0.0.1:1", environment={"TERM": term}) as top:
        top.until("this terminal cannot show it")
        assert top.child.wait(15) == 69
        assert termios.tcgetattr(top.slave) == top.before


def test_what_is_no_terminal_is_sent_to_status():
    done = subprocess.run([PROGRAM, "top"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert done.returncode == 64 and "bellwether status" in done.stderr and not done.stdout
