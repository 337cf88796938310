"""The page's own stream: order, resume, resync, and that patches are the difference of snapshots."""
import gzip
import json
import pathlib
import random
import time

import pytest

from daemon import PROGRAM, Daemon, Events, wait_until
from live import PARTS, Model, Reader, Reporter, packed_snapshot, snapshot_of

LIVE = "/api/v1/live"
SEED = 20260302


def push(names, more=""):
    return "".join(f"  - name: {name}\n    group: g{n % 7}\n    push: {{ every: 1h, grace: 1h }}\n{more}"
                   for n, name in enumerate(names))


def config(names, before="refresh_interval: 1s\n", more="", after=""):
    return f"{before}components:\n{push(names, more)}{after}"


def some_report(rng):
    report = {"status": rng.choice(["healthy", "healthy", "degraded", "unhealthy"])}
    if rng.random() < 0.8:
        report["response_time_ms"] = round(rng.choice([0.05, 3, 40, 700, 9000]) * rng.random(), 3)
    if report["status"] != "healthy" and rng.random() < 0.7:
        report["error"] = rng.choice(["timeout", "refused", "é" * 400, "<b>x</b>", "a\u202eb", "z" * 300])
    return report


def test_a_connection_begins_with_hello_and_goes_on_in_order(tmp_path):
    with Daemon(tmp_path, config(["a", "b"])) as daemon, Reporter(daemon) as reporter:
        first = snapshot_of(daemon)
        assert list(first)[:3] == ["seq", "now", "roster"] and set(PARTS) < set(first)
        events = Events(daemon, path=LIVE)
        event, event_id, hello = events.next()
        assert event == "hello" and set(hello) == {"seq", "now", "roster"}
        assert hello["roster"] == first["roster"] and int(hello["roster"], 16) >= 0
        assert event_id.split("-")[0] == str(hello["seq"])
        reporter.report([("a", {"status": "degraded", "error": "late", "response_time_ms": 1234.56})])
        _, _, patch = events.until(lambda e: e[0] == "patch" and "components" in e[2])
        rows = patch["components"]
        assert rows["row"] == [0] and rows["error"] == ["late"] and rows["response_ms"] == [1235]
        words = snapshot_of(daemon)["components"]["words"]
        assert words["status"][rows["status"][0]] == "degraded"
        assert rows["checked_s"] == [0] and rows["since_s"] == [0]
        assert abs(patch["now"] - 1000 * time.time()) < 5000
        assert events.until(lambda e: e[0] == "sample")[2]["values"][0] is not None
        beat = events.until(lambda e: e[0] == "heartbeat")
        assert beat[1] is None and set(beat[2]) == {"seq", "now"}


def test_sequence_has_no_hole_and_a_heartbeat_comes_every_two_seconds(tmp_path):
    with Daemon(tmp_path, config(["a"])) as daemon:
        events = Events(daemon, path=LIVE)
        seq, beats = events.next()[2]["seq"], []
        while len(beats) < 3:
            event, event_id, data = events.next()
            if event == "heartbeat":
                beats.append(time.monotonic())
                assert data["seq"] == seq
                continue
            seq += 1
            assert data["seq"] == seq and event_id.split("-")[0] == str(seq)
        assert all(1.5 < b - a < 3.5 for a, b in zip(beats, beats[1:])), beats


def test_a_reader_that_resumes_gets_what_it_missed(tmp_path):
    with Daemon(tmp_path, config(["a", "b"])) as daemon, Reporter(daemon) as reporter:
        other = Events(daemon, path=LIVE)
        events = Events(daemon, path=LIVE)
        _, last_id, hello = events.next()
        events.close()
        reporter.report([("b", {"status": "unhealthy"})])
        other.until(lambda e: e[0] == "patch" and "components" in e[2])
        again = Events(daemon, last_id=last_id, path=LIVE)
        event, _, data = again.next()
        assert event in ("patch", "sample") and data["seq"] == hello["seq"] + 1
        strange = Events(daemon, last_id="5-abc", path=LIVE)
        assert strange.next()[0] == "hello"


def test_while_nobody_listens_one_resync_stands_for_all(tmp_path):
    with Daemon(tmp_path, config(["a"])) as daemon, Reporter(daemon) as reporter:
        events = Events(daemon, path=LIVE)
        _, last_id, hello = events.next()
        events.close()
        wait_until(lambda: "bellwether_event_streams 0" in daemon.request("GET", "/metrics")[2].decode(),
                   what="the stream is closed")
        before = snapshot_of(daemon)["seq"]
        reporter.report([("a", {"status": "unhealthy"})])
        daemon.wait_status("a", "unhealthy")
        # Each look counts as a listener, so each is followed by one resync and no more.
        after = wait_until(lambda: (s := snapshot_of(daemon))["seq"] > before and s)
        assert after["overview"]["component_breakdown"]["unhealthy"] == 1
        again = Events(daemon, last_id=last_id, path=LIVE)
        event, _, data = again.until(lambda e: e[0] != "heartbeat")
        kinds = [event]
        while data["seq"] < after["seq"]:
            event, _, data = again.next()
            kinds.append(event)
        assert kinds[-1] == "resync", kinds


def test_two_snapshots_of_one_number_are_the_same(tmp_path):
    """Whoever fetches first and then listens must notice what was between the two."""
    with Daemon(tmp_path, config([f"n{i}" for i in range(20)])) as daemon, Reporter(daemon) as reporter:
        rng, seen = random.Random(SEED), {}
        for _ in range(60):
            snapshot = snapshot_of(daemon)
            now = snapshot.pop("now")
            kept = seen.setdefault(snapshot["seq"], (snapshot, now))
            assert kept == (snapshot, now)
            reporter.report([(f"n{rng.randrange(20)}", some_report(rng))])
            time.sleep(rng.random() / 20)
        assert len(seen) > 5


def test_a_reload_renames_the_roster(tmp_path):
    with Daemon(tmp_path, config(["a", "b"])) as daemon:
        events = Events(daemon, path=LIVE)
        roster = events.next()[2]["roster"]

        def reload(text):
            daemon.config.write_text(text)
            daemon.post("/-/reload")

        changes = [config(["a", "b", "c"]), config(["c", "a", "b"]), config(["c", "a"]),
                   config(["c", "a"], more="    critical: true\n"), config(["c", "a"], more="    within: 2s\n")]
        for text in changes:
            wait_until(lambda: daemon.request("POST", "/-/reload")[0] != 429, what="a reload is allowed")
            daemon.config.write_text(text)
            wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, what="reloaded")
            _, _, data = events.until(lambda e: e[0] == "resync")
            assert data["roster"] != roster
            roster = data["roster"]
            assert snapshot_of(daemon)["roster"] == roster
        rows = snapshot_of(daemon)["components"]
        assert rows["name"] == ["c", "a"] and rows["limit_ms"] == [2000, 2000] and rows["critical"] == []
        # The same list again: no resync, and thresholds come as a patch.
        daemon.config.write_text(changes[-1] + "thresholds: { cpu_usage: 51 }\n")
        wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, what="reloaded")
        event, _, data = events.until(lambda e: e[0] == "resync" or "thresholds" in e[2])
        assert event == "patch" and data["thresholds"]["cpu_usage"] == 51 and data["roster"] == roster


def test_a_restart_renames_the_roster(tmp_path):
    with Daemon(tmp_path, config(["a"])) as daemon:
        events = Events(daemon, path=LIVE)
        _, last_id, hello = events.next()
        daemon.stop()
        daemon.start()
        event, _, data = Events(daemon, last_id=last_id, path=LIVE).next()
        assert event == "hello" and data["roster"] != hello["roster"]


def test_breakers_come_when_they_change_and_go_when_they_are_gone(tmp_path):
    """Those of the daemon alone: shared ones stay where others may use them."""
    alone = "region: { shared: false }\n"
    two = alone + "breakers: [{ name: vendor }, { name: broker }]\n"
    with Daemon(tmp_path, config(["a"], after=two)) as daemon:
        reader = Reader(Events(daemon, path=LIVE))
        assert reader.events.next()[0] == "hello"
        reader.take(daemon)
        daemon.post("/api/v1/breakers/vendor/force-open")
        _, _, patch = reader.events.until(lambda e: e[0] == "patch" and "vendor" in e[2].get("breakers", {}).get("changed", {}))
        assert patch["breakers"]["states"]["open"] + patch["breakers"]["total_breakers"] >= 2
        assert "broker" not in patch["breakers"]["changed"]
        daemon.config.write_text(config(["a"], after=alone + "breakers: [{ name: broker }]\n"))
        wait_until(lambda: daemon.request("POST", "/-/reload")[0] == 200, what="reloaded")
        _, _, patch = reader.events.until(lambda e: e[0] == "patch" and e[2].get("breakers", {}).get("removed"))
        assert patch["breakers"]["removed"] == ["vendor"] and patch["breakers"]["total_breakers"] == 1


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_patches_are_the_difference_of_snapshots(tmp_path, seed):
    names, rng = [f"n{i:02}" for i in range(40)], random.Random(seed)
    dead = ("  - name: dead\n    every: 1s\n    timeout: 500ms\n    tcp: { host: 127.0.0.1, port: 1 }\n"
            "    breaker: { recovery_timeout: 2s, failure_threshold: 2 }\n")
    with Daemon(tmp_path, config(names, after=dead)) as daemon, Reporter(daemon) as reporter:
        reader = Reader(Events(daemon, path=LIVE))
        assert reader.events.next()[0] == "hello"
        for step in range(120):
            reporter.report([(rng.choice(names), some_report(rng)) for _ in range(rng.randrange(1, 6))])
            if step % 6 == 0:  # while changes are under way: it may know more than its number
                reader.take(daemon)
            if rng.random() < 0.4:
                time.sleep(rng.random() / 12)
        reader.follow(quiet_s=0.0, seconds=5)
        begun = len(reader.models)
        assert begun >= 15

        def agree():
            final = Model(snapshot_of(daemon))
            reader.follow(until_seq=final.seq)
            told = [model.differences(final) for model in reader.models]
            return None if any(told) else told

        assert wait_until(lambda: agree() is not None, what="all models agree")
        assert len(reader.models) == begun and "patch" in reader.kinds and "sample" in reader.kinds


def test_what_the_journal_takes_in_is_a_mark(tmp_path):
    with Daemon(tmp_path, config(["a"], after="breakers: [{ name: vendor }]\n")) as daemon, Reporter(daemon) as reporter:
        reporter.report([("a", {"status": "healthy"})])
        daemon.wait_status("a", "healthy")
        events = Events(daemon, path=LIVE)
        assert events.next()[0] == "hello"
        reporter.report([("a", {"status": "degraded", "error": "late"})])
        _, event_id, data = events.until(lambda e: e[0] == "mark" and e[2]["mark"][1] == "overall")
        assert set(data) == {"seq", "now", "mark"} and event_id.startswith(f"{data['seq']}-")
        assert data["mark"][3:5] == ["healthy", "degraded"] and abs(data["mark"][0] - data["now"]) < 5000
        daemon.post("/api/v1/breakers/vendor/force-open")
        _, _, data = events.until(lambda e: e[0] == "mark" and e[2]["mark"][1] == "breaker")
        assert data["mark"][2] == "vendor"


def test_nothing_visible_is_no_patch(tmp_path):
    """A report that says the same again is visible by its time alone; a turn without one is not."""
    with Daemon(tmp_path, config(["a"], before="refresh_interval: 1h\n")) as daemon:
        events = Events(daemon, path=LIVE)
        assert events.next()[0] == "hello"
        snapshot = snapshot_of(daemon)
        held = {part: snapshot[part] for part in PARTS}
        beats = 0
        while beats < 6:
            event, _, data = events.next()
            beats += event == "heartbeat"
            if event == "patch":
                parts = [part for part in data if part in (*PARTS, "breakers", "components")]
                news = all(data[part] != held.get(part) for part in parts)
                assert parts and (news or data["seq"] == snapshot["seq"] + 1)
                held.update({part: data[part] for part in parts})


def test_ten_thousand_components_are_small(tmp_path):
    names, rng = [f"feed-{n:05}.prices" for n in range(10000)], random.Random(SEED)
    with Daemon(tmp_path, config(names, before="refresh_interval: 1h\n")) as daemon, Reporter(daemon) as reporter:
        def report():
            response = round(rng.lognormvariate(3.5, 0.8), 3)
            if rng.random() < 0.97:
                return {"status": "healthy", "response_time_ms": response}
            return {"status": "degraded", "response_time_ms": response, "error": f"slow: {response} ms is over 100 ms"}

        reporter.report([(name, report()) for name in names])
        wait_until(lambda: daemon.get("/api/v1/dashboard")["overview"]["component_breakdown"]["unknown"] == 0)
        body, snapshot = packed_snapshot(daemon)
        print(f"snapshot of 10,000: {len(body)} bytes with gzip")
        assert len(body) <= 60_000 and len(snapshot["components"]["name"]) == 10000
        events, sizes = Events(daemon, path=LIVE), []
        assert events.next()[0] == "hello"
        for _ in range(10):
            chosen = rng.sample(names, 500)
            reporter.report([(name, report()) for name in chosen])
            got = 0
            while got < 500:
                event, _, data = events.next()
                rows = len(data["components"]["row"]) if event == "patch" and "components" in data else 0
                got += rows
                if rows > 100:
                    sizes.append((rows, len(gzip.compress(json.dumps(data["components"], separators=(",", ":")).encode(), 6))))
        a_row = max(size / rows for rows, size in sizes if rows >= 300)
        print(f"patches (rows, bytes with gzip): {sizes}")
        assert max(rows for rows, _ in sizes) >= 300 and a_row * 500 <= 2800  # errors that all differ


def test_too_much_for_a_patch_is_a_resync(tmp_path):
    """Five hundred errors of a kilobyte: readers fetch the snapshot, and go on from there."""
    names = [f"n{n:03}" for n in range(500)]
    with Daemon(tmp_path, config(names, before="refresh_interval: 1h\n")) as daemon, Reporter(daemon) as reporter:
        reader = Reader(Events(daemon, path=LIVE))
        assert reader.events.next()[0] == "hello"
        for nth in range(40):
            reader.take(daemon)
            error = f"{nth:02}" + "\U0001f680" * 250
            reporter.report([(name, {"status": "degraded", "error": error}) for name in names])
            wait_until(lambda: all(text.startswith(error[:2]) for _, text in snapshot_of(daemon)["components"]["error"]))
            reader.follow(until_seq=snapshot_of(daemon)["seq"])
            if "resync" in reader.kinds:
                break
        assert "resync" in reader.kinds
        reader.models = [Model(snapshot_of(daemon))]
        reporter.report([(names[7], {"status": "healthy"})])
        wait_until(lambda: daemon.component(names[7])["status"] == "healthy")

        def is_told():
            """A snapshot may show what the next turn tells, which may be too much for a patch once more."""
            final, known = Model(snapshot_of(daemon)), len(reader.kinds)
            reader.follow(until_seq=final.seq)
            if "resync" in reader.kinds[known:]:
                reader.models = [Model(snapshot_of(daemon))]
            return reader.models[0].differences(final) == []

        wait_until(is_told, seconds=60)


def test_turns_stay_short_at_ten_thousand_components(tmp_path):
    names, rng = [f"n{n:05}" for n in range(10000)], random.Random(SEED)
    breakers = "breakers:\n" + "".join(f"  - name: b{n}\n" for n in range(1000))
    with Daemon(tmp_path, config(names, after=breakers)) as daemon, Reporter(daemon) as reporter:
        events = Events(daemon, path=LIVE)
        worst = []
        for _ in range(40):
            reporter.report([(rng.choice(names), some_report(rng)) for _ in range(400)])
            text = daemon.request("GET", "/metrics")[2].decode()
            worst.append(1000 * float(next(line.split()[1] for line in text.splitlines()
                                           if line.startswith("bellwether_turn_seconds "))))
            packed_snapshot(daemon)
        events.close()
        worst.sort()
        print(f"turns: median {worst[20]:.2f} ms, worst {worst[-1]:.2f} ms")
        # A look at all of them for each change would take seconds.
        slow = b"__asan_" in pathlib.Path(PROGRAM).read_bytes()
        assert worst[len(worst) // 2] < (250 if slow else 50)


def test_hostile_texts_stay_texts(tmp_path):
    plugin = tmp_path / "plugin"
    plugin.write_bytes(b"#!/bin/sh\nprintf 'bad \\000 \\377\\376 \\033[31m \\342\\200\\256 <script>alert(1)</script> '\n"
                       b"head -c 4096 /dev/zero | tr '\\0' '\\303'\nexit 2\n")
    plugin.chmod(0o755)
    part = f"    every: 1s\n    timeout: 800ms\n    exec: {{ command: [{plugin}] }}\n"
    with Daemon(tmp_path, f"components:\n  - name: one\n    group: {'g' * 128}\n{part}  - name: {'n' * 128}\n{part}") as daemon:
        events = Events(daemon, path=LIVE)
        snapshot = wait_until(lambda: (s := snapshot_of(daemon))["overview"]["component_breakdown"]["unhealthy"] == 2 and s)
        rows = snapshot["components"]
        assert rows["name"] == ["one", "n" * 128]
        assert rows["words"]["group"] == ["g" * 128] and rows["group"] == [0, None]
        assert len(rows["error"]) == 2
        _, _, patch = events.until(lambda e: e[0] == "patch" and "components" in e[2])
        for error in [text for _, text in rows["error"]] + patch["components"]["error"]:
            if error is None:
                continue
            assert len(error) <= 300
            assert "\x00" not in error and "\x1b" not in error and "<script>" in error
        raw = daemon.request("GET", "/api/v1/live/snapshot")[2]
        raw.decode()  # whole UTF-8, whatever the program said


def test_secrets_are_not_in_the_stream(tmp_path):
    secret = "s3cret-of-live"
    part = (f"  - name: db\n    every: 1s\n    timeout: 800ms\n    redis: {{ url: \"redis://u:{secret}@127.0.0.1:1/0\" }}\n")
    with Daemon(tmp_path, "components:\n" + part) as daemon:
        daemon.wait_status("db", "unhealthy")
        assert secret not in json.dumps(daemon.get("/api/v1/live/snapshot"))
