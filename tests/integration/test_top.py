"""`bellwether top` on a real terminal of the kernel, its picture read by a terminal emulator."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from daemon import PROGRAM, Daemon

pyte = pytest.importorskip("pyte", reason="python3-pyte is not there")

CONFIG = r"""
refresh_interval: 1s
components:
  - { name: ticks, every: 1s, exec: { command: [/bin/sh, -c, "echo 'disk is gone'; exit 2"] } }
  - { name: evil, every: 1s, exec: { command: [/bin/sh, -c, "printf 'x\\033]0;pwned\\007y'; exit 2"] } }
"""


class Top:
    def __init__(self, daemon, rows=24, columns=80):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.size(rows, columns)
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self.child = subprocess.Popen(
            [PROGRAM, "top", "--url", f"http://127.0.0.1:{daemon.port}"], stdin=self.slave,
            stdout=self.slave, stderr=self.slave, env=environment, start_new_session=True)

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

    def until(self, wanted, seconds=30):
        end = time.monotonic() + seconds
        while not wanted(self.text()):
            assert time.monotonic() < end, self.text()
            if select.select([self.master], [], [], 0.2)[0]:
                data = os.read(self.master, 65536)
                self.raw += data
                self.stream.feed(data)

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path, CONFIG) as running:
        running.wait_status("ticks", "unhealthy")
        running.wait_status("evil", "unhealthy")
        yield running


@pytest.fixture
def top(daemon):
    shown = Top(daemon)
    yield shown
    shown.end()


def test_shows_what_fails_follows_the_window_and_restores_the_terminal(top):
    top.until(lambda text: "Live" in text and "disk is gone" in text)
    top.resize(10, 40)
    top.until(lambda text: "at least 60 x 12" in text)
    top.resize(30, 100)
    top.until(lambda text: "disk is gone" in text)
    top.press(b"/tick\r")
    top.until(lambda text: "COMPONENTS 1 of 2" in text)
    top.press(b"\r")
    top.until(lambda text: "like this since" in text)
    top.press(b"q")
    assert top.child.wait(10) == 0
    assert termios.tcgetattr(top.slave) == top.before
    assert b"\x1b]0;pwned" not in top.raw


def test_a_stopped_daemon_is_late_then_lost_then_back(top, daemon):
    top.until(lambda text: "Live" in text)
    daemon.child.send_signal(signal.SIGSTOP)
    try:
        top.until(lambda text: "Late" in text)
        top.until(lambda text: "Lost" in text and "? unknown" in text)
    finally:
        daemon.child.send_signal(signal.SIGCONT)
    top.until(lambda text: "Live" in text)
