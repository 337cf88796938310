"""`bellwether breaker`: what a person sees of the breakers of this host, and the orders they give, with and without a
daemon. The workers are processes of tests/support/breaker_worker.c."""
import contextlib
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tempfile
import unicodedata

import pytest

from daemon import PROGRAM, Daemon, wait_until

WORKER = os.environ.get("BREAKER_WORKER",
                        str(pathlib.Path(PROGRAM).parent / "tests" / "support" / "breaker_worker"))
USAGE, NO_INPUT, UNAVAILABLE, NO_PERMISSION = 64, 66, 69, 77


@pytest.fixture
def region(tmp_path, monkeypatch):
    path = tmp_path / "region"
    monkeypatch.setenv("BELLWETHER_REGION", str(path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return path


def breaker(*words, **more):
    return subprocess.run([PROGRAM, "breaker", *map(str, words)], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=60, env={**os.environ, **more})


def good(*words):
    done = breaker(*words)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


class Worker:
    def __init__(self, name, *settings):
        self.child = subprocess.Popen([WORKER, name, *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        assert self.child.stdout.readline().strip()

    def do(self, *words):
        for word in words:
            self.child.stdin.write(word + "\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline().strip()
        return answer

    def kill(self):
        self.child.kill()
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.child.stdin.close()
        self.child.stdout.close()


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fits(text):
    for line in text.splitlines():
        assert width(line) <= 80, (width(line), line)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    return text


# -- nothing there --

def test_no_region_is_told_and_none_is_made(region):
    assert good("list") == f"no breakers yet: nobody on this host has opened one (looked in {region})\n"
    assert json.loads(good("list", "--json")) == {"region": str(region), "breakers": {}}
    for words in (["show", "x"], ["reset", "x"], ["reset", "--all"], ["open-for", "x", "1s"], ["force-open", "x"]):
        done = breaker(*words)
        assert done.returncode == NO_INPUT and done.stdout == "", words
        assert "there " in done.stderr and done.stderr.startswith("bellwether: ")
    assert not region.exists()


def test_another_path(region, tmp_path):
    other = tmp_path / "other"
    assert str(other) in good("list", "--region", other)
    with Worker("vendor"):
        assert "vendor" in good("list") and "vendor" not in good("list", "--region", other)
        assert "vendor" in good("list", "--region", region)
    assert breaker("list", "--region", "x" * 5000).returncode == USAGE


@pytest.mark.parametrize("words, printed", [
    ([], "what shall be done?"),
    (["lst"], "did you mean `breaker list`?"),
    (["frobnicate"], "there is no `breaker frobnicate`"),
    (["list", "x"], "there is a word too many; write breaker list"),
    (["show"], "a word is missing; write breaker show NAME"),
    (["reset"], "which one? write breaker reset NAME, or --all"),
    (["reset", "--all", "x"], "--all is for `breaker reset --all`"),
    (["disable", "--all", "x"], "--all is for `breaker reset --all`"),
    (["open-for", "x"], "a word is missing; write breaker open-for NAME DURATION"),
    (["open-for", "x", "30"], "`30` is no duration; write 30s"),
    (["open-for", "x", "-1s"], "there is no option -1"),
    (["list", "--url", "ftp://x"], "is no URL"),
    (["list", "--frob"], "there is no option --frob"),
])
def test_mistakes(region, words, printed):
    done = breaker(*words)
    assert done.returncode == USAGE and done.stdout == ""
    assert printed in done.stderr


def test_help_fits():
    done = subprocess.run([PROGRAM, "help", "breaker"], text=True, capture_output=True, timeout=60)
    assert done.returncode == 0 and "open-for NAME 30s" in fits(done.stdout)


# -- looking --

def test_list(region):
    with Worker("vendor", "failures=2") as one, Worker("vendor") as two, Worker("a quite long name of a breaker"):
        one.do("ok", "fail")
        assert two.do("fail") == "open"
        lines = fits(good("list")).splitlines()
        assert lines[0].split() == ["NAME", "STATE", "FAILS", "SUCCESS", "AVG", "MS", "CALLS", "WORK", "PROBE"]
        assert re.fullmatch(r"vendor +✖ open +2/2 +33\.3 % +\d+\.\d +3 +2  in (60|59) s", lines[1]), lines[1]
        assert re.fullmatch(r"a quite long name… · closed +0/5 +- +- +0 +\d", lines[2]), lines[2]
        found = json.loads(good("list", "--json"))["breakers"]
        assert list(found) == ["vendor", "a quite long name of a breaker"]
        assert found["vendor"]["state"] == "open" and found["vendor"]["workers"]["total"] == 2
        ascii_lines = breaker("list", LC_ALL="C").stdout
        assert ascii_lines.isascii() and "X open" in ascii_lines


def test_show(region):
    with Worker("vendor", "failures=3") as one, Worker("vendor") as two, Worker("vendor") as gone:
        one.do("ok", "ok")
        gone.do("begin")
        assert "WORKERS (2)\n" in good("show", "vendor", "--region", region)
        gone.kill()
        two.do("fail", "fail", "fail")
        text = fits(good("show", "vendor", "--region", region))
        assert re.match(r"vendor  ✖ open  not closed for \d s  next probe in ", text)
        assert "5 calls, 40.0 % succeeded" in text and "3 of 3 failures" in text
        assert "strategy                combined" in text and "recovery_timeout        60 s" in text
        assert "WORKERS (3, 1 of them dead)" in text and "the cause" not in text
        assert re.search(rf"{gone.child.pid} breaker_worker +1 +0  ✖ dead, 1 never ended", text), text
        assert re.search(r"EVENTS \(the last 1\)\n  \d\d:\d\d:\d\d UTC ✖ open +3 failures in a row, pid "
                         rf"{two.child.pid}\n", text), text
        found = json.loads(good("show", "vendor", "--json"))
        assert found["name"] == "vendor" and found["breaker"]["state"] == "open"
        assert found["lifetime"]["admitted"] == 6 and found["config"]["failure_threshold"] == 3
        assert [w["alive"] for w in sorted(found["worker_list"], key=lambda w: w["alive"])] == [False, True, True]


def test_a_configuration_found_can_be_replayed(region):
    with Worker("vendor", "failures=2"):
        config = json.loads(good("show", "vendor", "--json"))["config"]
    steps = [{"config": config}, {"at": 0, "do": "call", "outcome": "failure", "times": 2}]
    done = subprocess.run([PROGRAM, "breaker", "replay"], input="\n".join(map(json.dumps, steps)), text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["state"] == "open"


def test_a_name_that_is_wrong(region):
    with Worker("vendor"):
        for words in (["show", "vndor"], ["reset", "vndor"], ["watch", "vndor"], ["open-for", "vndor", "1s"]):
            done = breaker(*words)
            assert done.returncode == NO_INPUT
            assert done.stderr == "bellwether: there is no breaker `vndor`; did you mean `vendor`?\n"
        assert "`bellwether breaker list` shows them" in breaker("show", "\x1b[31m").stderr
        assert "\x1b" not in breaker("show", "\x1b[31m").stderr
        assert breaker("show", "x" * 300).returncode == NO_INPUT


def test_foreign_names_are_harmless(region):
    with Worker("日本\u202eevil"), Worker("<b>&amp;"):
        text = fits(good("list"))
        assert "\u202e" not in text and "日本\\u202eevil" in text
        fits(good("show", "日本\u202eevil"))
        assert "日本\u202eevil" in json.loads(good("list", "--json"))["breakers"]


def test_a_damaged_region_is_told(region):
    region.write_bytes(b"nonsense" * 1000)
    region.chmod(0o600)
    for words in (["list"], ["show", "x"], ["reset", "x"], ["watch"]):
        done = breaker(*words)
        assert done.returncode == UNAVAILABLE and done.stdout == "", done
        assert str(region) in done.stderr and done.stderr.count("\n") == 1
    assert region.read_bytes() == b"nonsense" * 1000


# -- orders --

def test_orders(region):
    with Worker("vendor") as worker:
        assert good("force-open", "vendor") == "vendor: forced_open (was closed)\n"
        assert worker.do("ok") == "rejected"
        assert good("disable", "vendor") == "vendor: disabled (was forced_open)\n"
        assert good("metrics-only", "vendor") == "vendor: metrics_only (was disabled)\n"
        assert worker.do("fail", "fail", "fail", "fail", "fail", "fail") == "metrics_only"
        assert good("enable", "vendor") == "vendor: closed (was metrics_only)\n"
        assert good("open-for", "vendor", "1h30m") == "vendor: open (was closed)\n"
        assert worker.do("ok") == "rejected"
        found = json.loads(good("reset", "vendor", "--json"))
        assert found["breaker"]["state"] == "closed"
        assert [event["reason"] for event in found["events"]] == [
            "force_open", "disable", "metrics_only", "would_have_opened", "enable", "open_for", "reset"]
        assert worker.do("ok") == "closed"
        assert good("reset", "vendor", "--quiet") == ""
        with Worker("other"):
            good("force-open", "other")
            assert sorted(good("reset", "--all").splitlines()) == ["other: closed (was forced_open)", "vendor: closed"]


def test_the_switch_of_a_worker_does_not_reach_the_commands(region):
    with Worker("vendor"):
        assert breaker("force-open", "vendor", BELLWETHER_BREAKERS="off").stdout == "vendor: forced_open (was closed)\n"
        assert "forced_open" in breaker("list", BELLWETHER_BREAKERS="off").stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")
def test_orders_for_the_region_of_another_user(monkeypatch):
    nobody = dict(user=65534, group=65534, extra_groups=[])
    with tempfile.TemporaryDirectory() as folder:
        region = pathlib.Path(folder) / "region"
        monkeypatch.setenv("BELLWETHER_REGION", str(region))
        os.chmod(folder, 0o755)
        try:
            subprocess.run([PROGRAM, "version"], check=True, capture_output=True, timeout=60, **nobody)
        except OSError:
            pytest.skip("other users cannot run this build")
        with Worker("vendor"):
            region.chmod(0o644)
            done = subprocess.run([PROGRAM, "breaker", "reset", "vendor"], text=True, capture_output=True, timeout=60,
                                  **nobody)
        assert done.returncode == NO_PERMISSION and done.stdout == ""
        assert done.stderr.startswith("bellwether: ") and str(region) in done.stderr


# -- watching --

class Watch:
    def __init__(self, *words, **more):
        self.child = subprocess.Popen([PROGRAM, "breaker", "watch", *words], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, bufsize=0, **more)

    def line(self, seconds=15):
        assert select.select([self.child.stdout], [], [], seconds)[0], "no line came"
        return self.child.stdout.readline().decode()

    def stop(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        rest, error = self.child.communicate(timeout=15)
        return self.child.returncode, rest.decode(), error.decode()


def first_look(watch):
    """Until it has seen the state before: its descriptor for signals is made after that of the region."""
    def has_signals():
        try:
            return any(os.readlink(f"/proc/{watch.child.pid}/fd/{fd}").startswith("anon_inode:[signalfd]")
                       for fd in os.listdir(f"/proc/{watch.child.pid}/fd"))
        except FileNotFoundError:  # one was closed between the two
            return False
    wait_until(has_signals, what="it watches")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch(region, number):
    with Worker("vendor", "failures=2", "recovery=0") as worker:
        worker.do("fail", "ok")
        watch = Watch()
        first_look(watch)
        worker.do("fail")
        good("reset", "vendor")
        assert re.fullmatch(r"\d\d:\d\d:\d\d UTC vendor +· closed +reset, pid \d+\n", watch.line())
        worker.do("fail", "fail")
        assert re.fullmatch(rf"\d\d:\d\d:\d\d UTC vendor +✖ open +2 failures in a row, pid {worker.child.pid}\n",
                            fits(watch.line()))
        worker.do("ok", "fail")
        assert re.search(r"▲ half_open +a probe is due, pid", fits(watch.line()))
        assert re.search(r"✖ open +a probe failed, pid", fits(watch.line()))
        with Worker("another", "failures=1") as another:
            another.do("fail")
            assert "another" in watch.line()
        assert watch.stop(number) == (0, "", "")


def test_watch_waits_for_the_first_breaker(region):
    watch = Watch("vendor", "--json")
    assert b"waiting for the first" in watch.child.stderr.readline()
    with Worker("other") as other, Worker("vendor", "failures=1") as worker:
        good("force-open", "other")
        worker.do("fail")
        event = json.loads(watch.line())
        assert (event["name"], event["from"], event["to"], event["reason"]) == (
            "vendor", "closed", "open", "consecutive_failures")
        assert event["pid"] == worker.child.pid
        other.do("state")
    assert watch.stop()[0] == 0


def test_watch_ends_when_nobody_reads(region):
    with Worker("vendor"):
        watch = Watch()
        first_look(watch)
        watch.child.stdout.close()
        assert watch.child.wait(15) == 0
        assert watch.child.stderr.read() == b""
        watch.child.stderr.close()


def test_watch_on_a_terminal_begins_with_the_table(region):
    with Worker("vendor"):
        main, side = pty.openpty()
        child = subprocess.Popen([PROGRAM, "breaker", "watch"], stdout=side, stderr=subprocess.DEVNULL,
                                 env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})
        os.close(side)
        got = b""
        while b"force" not in got:
            assert select.select([main], [], [], 15)[0], got
            got += os.read(main, 4096)
            if b"vendor" in got and b"force" not in got:
                good("force-open", "vendor")
        assert b"NAME" in got and b"\x1b[" in got
        child.send_signal(signal.SIGINT)
        assert child.wait(15) == 0
        os.close(main)


# -- through a daemon --

CONFIG = "components:\n  - { name: database, push: { every: 1h }, breaker: { failure_threshold: 3 } }\n"


def test_through_a_daemon(tmp_path):
    with Daemon(tmp_path, CONFIG) as daemon:
        url = f"--url=http://127.0.0.1:{daemon.port}"
        wait_until(lambda: "database" in breaker("list", url).stdout, what="the breaker is listed")
        assert "· closed" in fits(good("list", url))
        assert json.loads(good("list", url, "--json"))["breakers"]["database"]["state"] == "closed"
        assert "database  · closed" in fits(good("show", "database", url))
        watch = Watch(url)
        first_look(watch)
        assert good("force-open", "database", url) == "database: forced_open\n"
        assert "forced_open" in watch.line()
        assert good("reset", "--all", url) == "database: closed\n"
        assert json.loads(good("disable", "database", url, "--json"))["breaker"]["state"] == "disabled"
        assert good("enable", "database", url) == "database: closed\n"
        for words in (["reset", "datbase"], ["show", "datbase"]):
            done = breaker(*words, url)
            assert done.returncode == NO_INPUT and "did you mean `database`?" in done.stderr
        assert watch.stop()[0] == 0
    assert breaker("list", url).returncode == UNAVAILABLE


def test_workers_through_a_daemon(region, tmp_path):
    with Daemon(tmp_path, CONFIG, environment={"BELLWETHER_REGION": str(region)}) as daemon:
        url = f"--url=http://127.0.0.1:{daemon.port}"
        with contextlib.ExitStack() as workers:
            worker = workers.enter_context(Worker("vendor", "failures=2"))
            for _ in range(3):
                workers.enter_context(Worker("vendor")).do("ok")
            assert worker.do("fail", "fail") == "open"
            text = wait_until(lambda: (shown := breaker("show", "vendor", url).stdout) and "WORKERS (4" in shown
                              and "✖ open" in shown and fits(shown), what="the daemon has seen it")
            cause = f"1 of 4 workers is the cause: pid {worker.child.pid} breaker_worker"
            assert cause in text and cause in fits(good("show", "vendor"))
            assert re.search(rf"{worker.child.pid} breaker_worker +2 +2  failed \d+ s ago", text), text
            assert "✖ open         2 failures in a row, pid" in text
            assert "recovery_timeout        60 s" in text and "lump                    none" in text
            config = json.loads(good("show", "vendor", url, "--json"))["config"]
            assert config == {**json.loads(good("show", "vendor", "--json"))["config"], "configured": False}
            watch = Watch("vendor", url)
            first_look(watch)
            assert good("reset", "vendor", url) == "vendor: closed\n"
            assert re.search(r"vendor +· closed +reset", watch.line())
            assert good("open-for", "vendor", "1h", url) == "vendor: open\n"
            assert re.search(r"vendor +✖ open +told to wait", watch.line())
            assert worker.do("ok") == "rejected"
            assert good("metrics-only", "vendor", url) == "vendor: metrics_only\n"
            assert worker.do("ok") == "metrics_only"
            assert breaker("open-for", "vendor", "0", url).returncode == 76
            assert watch.stop()[0] == 0
